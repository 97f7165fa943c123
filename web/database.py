"""The records database: SQLite in a file, or another by its address; opened when it can be, brought up to date once."""

from __future__ import annotations

import logging
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from web.tables import NewerTables, migrate, version

BUSY_SECONDS = 3  # how long a write waits for another process

_log = logging.getLogger("web.records")


class RecordsUnavailable(Exception):
    """Records cannot be kept the way the settings ask for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"问答记录无法使用：{self.reason}"


class Database:
    """Transactions from any thread. Each raises SQLAlchemyError, OSError or RecordsUnavailable while it is out of reach."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = threading.Lock()  # in turn: cheaper than waiting on the database's own lock
        self._prepared = False

    @classmethod
    def open(cls, url: str) -> Database:
        """Raises RecordsUnavailable for what a setting must mend; a database that is only out of reach is tried again later."""
        database = cls(_engine(url))
        try:
            database.prepare()
        except (SQLAlchemyError, OSError) as problem:
            _log.error("records cannot be written now, answers go out without a number: %s", short(problem))
        return database

    def close(self) -> None:
        self.engine.dispose()

    def working(self) -> bool:
        """Can it be read now?"""
        try:
            with self.read() as connection:
                connection.execute(select(func.count()).select_from(version))
        except (SQLAlchemyError, OSError, RecordsUnavailable):
            return False
        return True

    def prepare(self) -> None:
        """Bring the tables to this program's version, once."""
        if self._prepared:
            return
        with self._writing:
            if not self._prepared:
                try:
                    migrate(self.engine)
                except NewerTables:
                    raise RecordsUnavailable("这个记录库是更新版本的程序写的，请升级程序，或恢复当时的备份。") from None
                self._prepared = True

    def read(self) -> AbstractContextManager[Connection]:
        self.prepare()
        return self.engine.connect()

    def write(self) -> AbstractContextManager[Connection]:
        self.prepare()
        return _Write(self.engine, self._writing)

    def forget(self) -> None:
        """What was deleted leaves SQLite's side file too."""
        if self.engine.dialect.name != "sqlite":
            return
        with self._writing, self.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")  # a checkpoint runs outside any transaction
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


class _Write:
    """One transaction; the writers of this process take turns."""

    def __init__(self, engine: Engine, turn: threading.Lock) -> None:
        self._turn = turn
        self._begun = engine.execution_options(writes=True).begin()

    def __enter__(self) -> Connection:
        self._turn.acquire()
        try:
            return self._begun.__enter__()
        except BaseException:
            self._turn.release()
            raise

    def __exit__(self, *raised: object) -> None:
        try:
            self._begun.__exit__(*raised)  # type: ignore[arg-type]
        finally:
            self._turn.release()


def stamp(moment: datetime) -> str:
    """As moments are stored: UTC, and so that they sort as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def clean(words: str) -> str:
    """Without what a database cannot store: halves of characters, NUL."""
    return words.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def short(problem: BaseException) -> str:
    """The reason alone: SQLAlchemy's own message repeats the values, and with them the question."""
    cause = getattr(problem, "orig", None) or problem
    return (
        f"{type(cause).__name__}: {cause}"
        if isinstance(problem, (SQLAlchemyError, OSError))
        else type(problem).__name__
    )


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() != "sqlite":
            return create_engine(address, pool_pre_ping=True, pool_timeout=BUSY_SECONDS, pool_size=16)
        engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, pool_size=16, pool_timeout=BUSY_SECONDS)
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
