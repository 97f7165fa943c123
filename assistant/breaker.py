"""Leaves an endpoint alone that keeps failing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 5  # in a row, after which the endpoint rests
REST = 60.0  # seconds until it is tried again


class Breaker:
    """Called from any thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._failed = 0
        self._again = 0.0

    def admits(self) -> bool:
        """May it be tried? While it rests, one caller in `REST` seconds may."""
        with self._lock:
            if self._failed < FAILURES:
                return True
            if self._now() < self._again:
                return False
            self._again = self._now() + REST
            return True

    @property
    def resting(self) -> bool:
        with self._lock:
            return self._failed >= FAILURES

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._again = self._now() + REST

    def worked(self) -> None:
        with self._lock:
            self._failed = 0
