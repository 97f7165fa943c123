"""Logging in: a signed cookie, one check in front of the desks, and a limit to guessing that locks nobody out.

A browser that somebody has logged in from is remembered by a second cookie. It has tries of its own, so that whoever
guesses from elsewhere uses up nobody's (OWASP: device cookies).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from itsdangerous import BadSignature, URLSafeTimedSerializer

from web.users import LOGIN_HOURS, Person, Role, Users

COOKIE, DEVICE = "qa_login", "qa_known"
DEVICE_DAYS = 365
TRIES = 10  # wrong passwords from one address, or one known browser, in PERIOD
NAME_TRIES = 300  # for one name from all strange addresses together
PERIOD = 300.0  # seconds
REMEMBERED = 20_000  # addresses and names
KEY_FILE = "login.key"
DESKS: Mapping[str, Role] = {"staff": "staff", "maintain": "maintainer"}  # first part of the path, who may
FORMS = ("/signin", "/signout")

_log = logging.getLogger("web.login")


class TooManyTries(Exception):
    """A password that was not even looked at."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait  # seconds


class Tries:
    """How many wrong passwords came from somewhere, over a sliding period. A try counts until it proves right."""

    def __init__(self, allowed: int, now: Callable[[], float] = time.monotonic) -> None:
        self._allowed, self._now = allowed, now
        self._made: OrderedDict[str, list[float]] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, whence: str) -> None:
        """Raises TooManyTries."""
        now = self._now()
        with self._turn:
            made = [at for at in self._made.pop(whence, []) if at > now - PERIOD]
            self._made[whence] = made
            if len(self._made) > REMEMBERED:
                self._made.popitem(last=False)
            if len(made) >= self._allowed:
                raise TooManyTries(made[0] + PERIOD - now)
            made.append(now)

    def give_back(self, whence: str) -> None:
        with self._turn:
            if self._made.get(whence):
                self._made[whence].pop()


class Login:
    """What the edge asks who somebody is, and the log-in page lets them in by."""

    def __init__(self, users: Users, key: bytes, now: Callable[[], float] = time.monotonic) -> None:
        self.users = users
        self._cookie = URLSafeTimedSerializer(key, salt="login", signer_kwargs={"digest_method": hashlib.sha256})
        self._device = URLSafeTimedSerializer(key, salt="device", signer_kwargs={"digest_method": hashlib.sha256})
        self._strange, self._known = Tries(TRIES, now), Tries(TRIES, now)
        self._names = Tries(NAME_TRIES, now)

    def who(self, cookies: Mapping[str, str]) -> Person | None:
        """Nobody, unless a cookie of ours names a login that has not ended. Raises what the database raises."""
        key = self._login_key(cookies)
        return self.users.whose(key) if key else None

    def enter(self, name: str, password: str, address: str, cookies: Mapping[str, str]) -> tuple[str, str] | None:
        """The values of the two cookies; None when name and password do not belong together. Raises TooManyTries."""
        device = self._device_of(cookies, name)
        buckets = [(self._known, device)] if device else [(self._strange, address), (self._names, _folded(name))]
        taken: list[tuple[Tries, str]] = []
        try:
            for tries, whence in buckets:
                tries.take(whence)
                taken.append((tries, whence))
        except TooManyTries:
            _give_back(taken)
            raise
        person = self.users.check(name, password)
        if person is None:
            return None
        _give_back(taken)
        return (
            str(self._cookie.dumps(self.users.begin(person))),
            str(self._device.dumps([device or secrets.token_urlsafe(12), _folded(person.name)])),
        )

    def leave(self, cookies: Mapping[str, str]) -> None:
        if key := self._login_key(cookies):
            self.users.end(key)

    def _login_key(self, cookies: Mapping[str, str]) -> str:
        with suppress(BadSignature):
            key = self._cookie.loads(cookies.get(COOKIE, ""), max_age=LOGIN_HOURS * 3600)
            return key if isinstance(key, str) else ""
        return ""

    def _device_of(self, cookies: Mapping[str, str], name: str) -> str:
        with suppress(BadSignature, ValueError, TypeError):
            device, known = self._device.loads(cookies.get(DEVICE, ""), max_age=DEVICE_DAYS * 24 * 3600)
            return str(device) if known == _folded(name) else ""
        return ""


def needed_role(path: str) -> Role | None:
    """Who may see an address, however it is spelled: //Staff/x and /%73taff/x are /staff/x."""
    for _ in range(4):
        path = unquote(path)
    parts = [part for part in re.split(r"[/\\;?#]", path.casefold()) if part.strip(". \t\r\n\0")]
    return next((role for name, role in DESKS.items() if parts and parts[0].strip() == name), None)


def signing_key(folder: Path) -> bytes:
    """The secret of the cookies, kept beside the records so that logins outlive a restart. Readable by its owner alone."""
    path = folder / KEY_FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=folder, encoding="ascii") as file:  # nobody else's to read
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
                with suppress(FileExistsError):  # another process was first
                    os.link(file.name, path)
        path.chmod(0o600)
        key = path.read_text(encoding="ascii").strip()
        if len(key) < 64:
            raise OSError(f"{KEY_FILE} is incomplete: delete it")
        return key.encode()
    except (OSError, UnicodeDecodeError) as problem:
        _log.error("the key of the logins cannot be kept: logins end with this process: %s", problem)
        return secrets.token_bytes(32)


def _give_back(taken: list[tuple[Tries, str]]) -> None:
    for tries, whence in taken:
        tries.give_back(whence)


def _folded(name: str) -> str:
    return name.strip().casefold()[:80]
