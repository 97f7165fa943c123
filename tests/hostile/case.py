"""What a case is, and the words the texts are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TEXT = "云岭茶叶学会章程\n\n第一条　本会名称为云岭茶叶学会。\n第二条　会员每年缴纳会费二百元，由秘书处收取。\n第三条　本会办事机构设在昆明市盘龙区。\n"
TRADITIONAL = "雲嶺茶葉學會章程\n\n第一條　本會定名為雲嶺茶葉學會，以推廣飲茶風氣為宗旨。\n第二條　會員每年繳納會費二百元，由秘書處收取。\n"
FEE = "会员每年缴纳会费二百元"


@dataclass(frozen=True, slots=True)
class Case:
    """One file and how it must end, written down before it is tried."""

    name: str  # path in the folder; how the report names it, unless `told` says otherwise
    make: bytes | Callable[[Path], object]  # its bytes, or what puts it in its place
    status: str  # ingest, skip, reject; "any": its end depends on the machine, but it has one
    reason: str = ""  # a regular expression that the reason must hold
    shows: str = ""  # what must stand in the text that is indexed
    hides: str = ""  # what must not
    told: str = ""  # how the report names it, where a name cannot be shown as it is
    user: str = ""  # the end it comes to for who may not read everything, where that is another
    child: bool = False  # read in a child process: some tenths of a second

    @property
    def group(self) -> str:
        return self.name.split("/", 1)[0]


def text(name: str, words: str = TEXT, status: str = "ingest", encoding: str = "utf-8", **more: str) -> Case:
    return Case(name, words.encode(encoding), status, **more)


def when_needed(make: Callable[[], bytes]) -> Callable[[Path], object]:
    """Bytes that take their time to make."""
    return lambda path: path.write_bytes(make())
