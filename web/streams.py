"""Replies that are sent while they are made, as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from fastapi.responses import StreamingResponse

from web.logs import log_failure, new_number
from web.sentences import SENTENCES

Failure = dict[str, dict[str, str]]  # {"error": {"code", "message"}}


def event(name: str, data: object) -> bytes:
    """One event of the stream, named; "" for none."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def stream(events: AsyncGenerator[bytes, None], failed: Callable[[Failure], bytes]) -> StreamingResponse:
    """Begun before anything is sent, so that what goes wrong at first has a status of its own; what goes wrong later ends
    the stream with the event that `failed` makes of our sentence."""
    first = await anext(events)

    async def all_of_them() -> AsyncGenerator[bytes, None]:
        async with aclosing(events):
            yield first
            try:
                async for more in events:
                    yield more
            except Exception as problem:
                number = new_number()
                log_failure(problem, number, "stream")
                code, sentence = SENTENCES[500]
                yield failed({"error": {"code": code, "message": f"{sentence}（编号 {number}）"}})

    return StreamingResponse(all_of_them(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})
