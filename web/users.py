"""Who may log in: names, roles, passwords as argon2 keeps them, and the logins that are under way."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import BoundedSemaphore
from typing import Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from web.database import Database, clean, stamp
from web.tables import NAME_CHARS, logins, users

Role = Literal["staff", "maintainer"]
ROLES: tuple[Role, ...] = get_args(Role)
FIRST = "admin"  # the user that is made when there is none
PASSWORD_CHARS = 10
LONGEST = 200  # characters of a password: hashing more is work for nothing
LOGIN_HOURS = 12

DEAR = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's recommendation of least memory
_hashing = BoundedSemaphore(2)  # at a time: guesses must not take the machine from those who ask


class CannotAdd(Exception):
    """A user who cannot be made or changed: one sentence for the person who tried."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """A maintainer may do what staff may."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Users:
    """Every method may raise what the database raises; nobody is let in then."""

    def __init__(self, database: Database, hasher: PasswordHasher = DEAR) -> None:
        self._database, self._hasher = database, hasher

    def any(self) -> bool:
        with self._database.read() as connection:
            return bool(connection.execute(select(func.count()).select_from(users)).scalar_one())

    def all(self) -> list[Person]:
        with self._database.read() as connection:
            rows = connection.execute(select(users.c.name, users.c.role).order_by(users.c.name))
            return [Person(row.name, row.role) for row in rows]

    def add(self, name: str, role: Role, password: str) -> Person:
        """Raises CannotAdd."""
        name = spelled_name(name)
        row = {"name": name, "role": role, "password": self._hashed(password), "created": stamp(datetime.now(UTC))}
        try:
            with self._database.write() as connection:
                connection.execute(insert(users).values(**row))
        except IntegrityError:
            raise CannotAdd(f"已有名为 {name} 的用户。要换口令，请用：python app.py user passwd {name}") from None
        return Person(name, role)

    def set_password(self, name: str, password: str) -> bool:
        """False when there is no such user. Logins under way end. Raises CannotAdd."""
        hashed, name = self._hashed(password), spelled_name(name)
        with self._database.write() as connection:
            connection.execute(delete(logins).where(logins.c.name == name))
            changed = connection.execute(update(users).where(users.c.name == name).values(password=hashed))
            return changed.rowcount > 0

    def remove(self, name: str) -> bool:
        """False when there is no such user. Logins under way end."""
        name = spelled_name(name)
        with self._database.write() as connection:
            connection.execute(delete(logins).where(logins.c.name == name))
            return connection.execute(delete(users).where(users.c.name == name)).rowcount > 0

    def check(self, name: str, password: str) -> Person | None:
        """None for a wrong password and for an unknown name alike, after the same work."""
        try:
            name = spelled_name(name)
        except CannotAdd:
            name = ""
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).first()
        with _hashing:
            try:
                self._hasher.verify(row.password if row else self._nobody, password[: LONGEST + 1])
            except VerificationError:
                return None
        return Person(row.name, row.role) if row else None

    def begin(self, person: Person) -> str:
        """A new login: the secret that its cookie carries. Only its digest is kept."""
        key, now = secrets.token_urlsafe(24), datetime.now(UTC)
        row = {"key": _digest(key), "name": person.name, "expires": stamp(now + timedelta(hours=LOGIN_HOURS))}
        with self._database.write() as connection:
            connection.execute(delete(logins).where(logins.c.expires <= stamp(now)))
            connection.execute(insert(logins).values(**row))
        return key

    def end(self, key: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(logins).where(logins.c.key == _digest(key)))

    def whose(self, key: str) -> Person | None:
        """Who began this login, as long as it has not ended and they are still users."""
        now = stamp(datetime.now(UTC))
        asked = (
            select(users.c.name, users.c.role)
            .join(logins, logins.c.name == users.c.name)
            .where(logins.c.key == _digest(key), logins.c.expires > now)
        )
        with self._database.read() as connection:
            row = connection.execute(asked).first()
        return Person(row.name, row.role) if row else None

    def _hashed(self, password: str) -> str:
        """Raises CannotAdd."""
        if not PASSWORD_CHARS <= len(password) <= LONGEST:
            raise CannotAdd(f"口令要有 {PASSWORD_CHARS} 到 {LONGEST} 个字符。")
        with _hashing:
            return self._hasher.hash(password)

    @cached_property
    def _nobody(self) -> str:
        """Checked in place of an unknown user's password, so that both take as long."""
        return self._hasher.hash(secrets.token_urlsafe(24))


def new_password() -> str:
    """Sixteen characters that can be read out: no 0 and O, no 1 and l."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def spelled_name(name: str) -> str:
    """One spelling of a name: full and half width alike, no spaces around it. Raises CannotAdd."""
    name = unicodedata.normalize("NFKC", clean(name)).strip()
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise CannotAdd(f"用户名要有 1 到 {NAME_CHARS} 个字，不含换行等控制字符。")
    return name


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
