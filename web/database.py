"""The records database: SQLite in a file, or another by its address; opened when it can be, brought up to date once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from web.tables import NewerTables, migrate, version

BUSY_SECONDS = 3  # how long a write waits for another process, or anything for a server that says nothing
REST_SECONDS = 2  # after which a database that could not be prepared is tried again; until then nobody waits for it

# Whatever SQLAlchemy writes into a log or a traceback, it leaves out what was asked.
_POOL: Mapping[str, Any] = {"hide_parameters": True, "pool_size": 16, "pool_timeout": BUSY_SECONDS}

_log = logging.getLogger("web.records")


class RecordsUnavailable(Exception):
    """Records cannot be kept the way the settings ask for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"问答记录无法使用：{self.reason}"


# What any transaction may raise: that it cannot be had now, or not at all.
OUT_OF_REACH = (SQLAlchemyError, OSError, RecordsUnavailable)


class Database:
    """Transactions from any thread. Each raises one of OUT_OF_REACH while the database is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite has one writer at a time: taking turns here is cheaper than waiting on its lock.
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )
        self._preparing = threading.Lock()
        self._prepared = False
        self._again = 0.0  # of time.monotonic(), when to try to prepare it once more

    @classmethod
    def open(cls, url: str) -> Database:
        """Raises RecordsUnavailable for what a setting must mend; a database that is only out of reach is tried again later."""
        database = cls(_engine(url))
        try:
            database.prepare()
        except (SQLAlchemyError, OSError) as problem:
            _log.error("records cannot be written now, answers go out without a number: %s", short(problem))
        except RecordsUnavailable:
            database.close()
            raise
        return database

    def close(self) -> None:
        self.engine.dispose()

    def working(self) -> bool:
        """Can it be read now?"""
        try:
            with self.read() as connection:
                connection.execute(select(func.count()).select_from(version))
        except OUT_OF_REACH:
            return False
        return True

    def prepare(self) -> None:
        """Bring the tables to this program's version, once."""
        if self._prepared:
            return
        with self._preparing:
            if self._prepared:
                return
            if time.monotonic() < self._again:
                raise RecordsUnavailable("数据库暂时连不上。")
            try:
                migrate(self.engine)
            except NewerTables:
                raise RecordsUnavailable("这个记录库是更新版本的程序写的，请升级程序，或恢复当时的备份。") from None
            except (SQLAlchemyError, OSError):
                self._again = time.monotonic() + REST_SECONDS
                raise
            self._prepared = True

    def read(self) -> AbstractContextManager[Connection]:
        self.prepare()
        return self.engine.connect()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: kept when the block ends well, undone otherwise."""
        self.prepare()
        with self._turn, self.engine.execution_options(writes=True).begin() as connection:
            yield connection

    def forget(self) -> None:
        """What was deleted leaves SQLite's side file too."""
        if self.engine.dialect.name != "sqlite":
            return
        with self._turn, self.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # a checkpoint runs outside any transaction
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def stamp(moment: datetime) -> str:
    """As moments are stored: UTC, and so that they sort as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def clean(words: str) -> str:
    """Without what a database cannot store: halves of characters, NUL."""
    return words.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def short(problem: BaseException) -> str:
    """The reason alone: SQLAlchemy's own message, and the details a server adds, repeat the values, and with them the question."""
    if not isinstance(problem, (SQLAlchemyError, OSError)):
        return type(problem).__name__
    cause = getattr(problem, "orig", None) or problem
    said = cause.args[0] if cause.args else ""
    reason = f"{said.get('C')} {said.get('M')}" if isinstance(said, dict) else str(cause).partition("\n")[0]
    return f"{type(cause).__name__}: {reason}"


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() != "sqlite":
            patience = {"timeout": BUSY_SECONDS} if address.get_driver_name() == "pg8000" else {}
            return create_engine(address, connect_args=patience, pool_pre_ping=True, **_POOL)
        engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, **_POOL)
    except (NoSuchModuleError, ImportError) as problem:
        name = getattr(problem, "name", None) or url.split(":", 1)[0]
        raise RecordsUnavailable(f"缺少数据库驱动 {name}，请先安装。") from None
    except ArgumentError:
        raise RecordsUnavailable("QA_RECORDS_URL 不是数据库地址，例如 sqlite:////srv/qa/records.db。") from None
    if address.database and address.database != ":memory:":
        _make_folder(Path(address.database).parent)
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        _log.error("the folder for records cannot be made: %s", problem.strerror)


def _connected(connection: object, _: object) -> None:
    """WAL: readers and the writer do not wait for each other. secure_delete: what is deleted is overwritten."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # transactions begin below, not in the driver
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
