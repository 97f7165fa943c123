"""Answers for visitors: so many at a time, each handed on as soon as there is one, none for a visitor who has left."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress

import anyio
from anyio import CapacityLimiter

from assistant.answer import Answer
from assistant.assistant import Assistant

ANSWERING = 4  # at a time: answering is arithmetic, and more threads than processors only wait for each other
LISTENING = 40  # with a chat model, whose answers are mostly waited for
WAITING = 64  # behind those


class Busy(Exception):
    """More ask at once than can be answered soon."""


class Answering:
    def __init__(self) -> None:
        self._inside = 0
        self._threads: dict[int, CapacityLimiter] = {}  # made inside the event loop they belong to

    async def answers(
        self,
        assistant: Assistant,
        question: str,
        history: Sequence[Mapping[str, str]] = (),
        scope: Sequence[str] | None = None,
    ) -> AsyncGenerator[Answer, None]:
        """As `Assistant.answers`, from threads. Raises Busy."""
        size = ANSWERING if assistant.model is None else LISTENING
        if self._inside >= size + WAITING:
            raise Busy
        threads = self._threads.setdefault(size, CapacityLimiter(size))
        making = assistant.answers(question, history, scope)
        gone = threading.Event()

        def following() -> Answer | None:
            answer = next(making, None)
            if gone.is_set():
                making.close()
            return answer

        self._inside += 1
        try:
            while answer := await anyio.to_thread.run_sync(following, limiter=threads, abandon_on_cancel=True):
                yield answer
        finally:
            self._inside -= 1
            gone.set()
            with suppress(ValueError):  # one is being made this moment: `following` closes behind it
                making.close()
