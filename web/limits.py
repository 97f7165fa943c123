"""How much, how long and how often: what one client may send."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Message, Receive

from web.sentences import Refused

BODY_BYTES = 256 * 1024
UPLOAD_BYTES = 64 * 1024 * 1024  # from a maintainer who is logged in
UPLOAD_SECONDS = 600
DRAINED_BYTES = 8 * 1024 * 1024  # of a body that was refused
DRAIN_SECONDS = 5
BODY_SECONDS = 30  # for a body to arrive; who sends slower only holds a place
CLIENTS = 10_000  # remembered at a time


class Limiter:
    """A bucket of tokens for each client: full at first, refilled evenly over a minute."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._size, self._now = float(per_minute), now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """0 and one token taken, or how many seconds until there is one."""
        now = self._now()
        left, since = self._buckets.pop(client, (self._size, now))
        left = min(self._size, left + (now - since) * self._size / 60)
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)  # who came longest ago has the fullest bucket
        return 0.0 if allowed else (1 - left) * 60 / self._size


class Body:
    """What the visitor sends, as far as it is allowed to go and while it keeps coming."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until, self._limit = time.monotonic() + BODY_SECONDS, BODY_BYTES
        self._kept: list[Message] = []  # read ahead, to be handed on
        self._taken = 0
        self._complete = False
        self.refused = 0  # the status that says why

    def allow(self, size: int, seconds: float) -> None:
        """More than a visitor may send."""
        self._until, self._limit = time.monotonic() + seconds, size

    async def __call__(self) -> Message:
        return self._kept.pop(0) if self._kept else await self._next()

    async def _next(self) -> Message:
        if self.refused:
            return {"type": "http.disconnect"}
        if self._complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            self.refused, self._complete = 408, True
            return {"type": "http.disconnect"}
        self._taken += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._taken > self._limit:
            self.refused = 413
            return {"type": "http.disconnect"}
        return message

    async def whole(self) -> bytes:
        """All of it, and the app still gets it. Raises Refused."""
        while not self._complete and not self.refused:
            self._kept.append(await self._next())
        if self.refused:
            raise Refused(self.refused)
        return b"".join(message.get("body", b"") for message in self._kept)

    async def drain(self) -> None:
        """Read what is still being sent, up to a point: a browser shows no reply while it is sending."""
        drained = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._complete and drained < DRAINED_BYTES:
                    message = await self._receive()
                    drained += len(message.get("body", b""))
                    self._complete = not message.get("more_body", False)


def neighbourhood(address: str) -> str:
    """Whoever has one IPv6 address has the other 2^64 of its network too."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return address
    if parsed.version == 6 and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
