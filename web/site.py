"""What every page is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.assistant import Assistant
from web.answering import Answering
from web.records import Records
from web.selftest import SelfTest
from web.settings import WebSettings
from web.users import Users


@dataclass(frozen=True, slots=True)
class Site:
    assistant: Callable[[], Assistant]  # asked for each time, since a newer index may have come
    records: Records
    settings: WebSettings
    users: Users
    answering: Answering = field(default_factory=Answering)
    self_test: SelfTest = field(default_factory=SelfTest)
