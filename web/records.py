"""What was asked and answered, under a number a person can quote: kept for a while, without personal numbers, shared on request."""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from assistant.answer import Answer

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U, so that a number can be read out
NUMBER_CHARS = 8
REASON_CHARS = 300
BUSY_SECONDS = 3  # how long a write waits for another process before the answer goes out without a number

_log = logging.getLogger("web.records")

_tables = MetaData()
_version = Table("schema_version", _tables, Column("version", Integer, nullable=False))
_records = Table(
    "records",
    _tables,
    Column("number", String(NUMBER_CHARS), primary_key=True),
    Column("created", String(20), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("token", String(64), unique=True),
    Column("expires", String(20)),
    Column("liked", Boolean),
    Column("reason", Text, nullable=False, default=""),
)


class RecordsUnavailable(Exception):
    """Records cannot be kept the way the settings ask for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"问答记录无法使用：{self.reason}"


@dataclass(frozen=True, slots=True)
class Record:
    """One question and what was answered."""

    number: str
    created: datetime  # UTC, to the minute
    question: str
    answer: dict[str, object]  # Answer.to_json()
    explanation: dict[str, object]
    token: str  # of the shared link; "" when it is not shared
    expires: datetime | None  # of the shared link
    liked: bool | None
    reason: str


class Records:
    """The records, from any thread. A database that cannot be written costs the number of an answer, never the answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = threading.Lock()  # in turn: cheaper than waiting on the database's own lock
        self._prepared = False

    @classmethod
    def open(cls, url: str) -> Records:
        """Raises RecordsUnavailable for what a setting must mend; a database that is only out of reach is tried again later."""
        records = cls(_engine(url))
        try:
            records._prepare()
        except (SQLAlchemyError, OSError) as problem:
            _log.error("records cannot be written now, answers go out without a number: %s", _short(problem))
        return records

    def close(self) -> None:
        self._engine.dispose()

    def working(self) -> bool:
        """Can they be read now?"""
        try:
            self._prepare()
            with self._engine.connect() as connection:
                connection.execute(select(func.count()).select_from(_version))
        except (SQLAlchemyError, OSError, RecordsUnavailable):
            return False
        return True

    def add(self, answer: Answer, explanation: Mapping[str, object]) -> str:
        """The number of the new record, or "" when it could not be written."""
        try:
            row = _row_of(answer, explanation)
            self._prepare()
            return self._insert(row)
        except (SQLAlchemyError, OSError, ValueError, TypeError, RecordsUnavailable) as problem:
            _log.error("a record could not be written: %s", _short(problem))
            return ""

    def get(self, number: str) -> Record | None:
        return self._one(_records.c.number == spelled(number))

    def share(self, number: str, days: int) -> str:
        """The token of its link; "" when there is no such record or it could not be written. A link still alive stays as it is."""
        now = datetime.now(UTC)
        alone = or_(_records.c.token.is_(None), _records.c.expires <= _stamp(now))
        fresh = {"token": secrets.token_urlsafe(24), "expires": _stamp(now + timedelta(days=days))}
        try:
            with self._write() as connection:
                connection.execute(update(_records).where(_records.c.number == spelled(number), alone).values(**fresh))
                found = connection.execute(select(_records.c.token).where(_records.c.number == spelled(number))).first()
                return found.token if found else ""
        except (SQLAlchemyError, OSError) as problem:
            _log.error("a link could not be written: %s", _short(problem))
            return ""

    def shared(self, token: str) -> Record | None:
        """None when the link was withdrawn, has expired or never was."""
        if not token:
            return None
        record = self._one(_records.c.token == token)
        return record if record and record.expires and record.expires > datetime.now(UTC) else None

    def withdraw(self, number: str) -> bool:
        """End its link. False when there was none."""
        shared = (_records.c.number == spelled(number)) & _records.c.token.is_not(None)
        with self._write() as connection:
            return connection.execute(update(_records).where(shared).values(token=None, expires=None)).rowcount > 0

    def feedback(self, number: str, liked: bool, reason: str = "") -> bool:
        """False when there is no such record, or it could not be written: an opinion is not worth an error page."""
        said = {"liked": liked, "reason": masked(_clean(reason))[:REASON_CHARS]}
        try:
            with self._write() as connection:
                changed = connection.execute(
                    update(_records).where(_records.c.number == spelled(number)).values(**said)
                )
                return changed.rowcount > 0
        except (SQLAlchemyError, OSError) as problem:
            _log.error("feedback could not be written: %s", _short(problem))
            return False

    def delete(self, number: str) -> bool:
        with self._write() as connection:
            gone = connection.execute(delete(_records).where(_records.c.number == spelled(number))).rowcount > 0
        self._forget()
        return gone

    def expire(self, days: int, now: datetime) -> int:
        """Delete what is older than so many days; also the tokens of links that have ended. How many records went."""
        with self._write() as connection:
            connection.execute(
                update(_records).where(_records.c.expires <= _stamp(now)).values(token=None, expires=None)
            )
            old = _records.c.created < _stamp(now - timedelta(days=days))
            gone = connection.execute(delete(_records).where(old)).rowcount
        if gone:
            self._forget()
        return gone

    def _prepare(self) -> None:
        """Bring the tables to this program's version, once."""
        if self._prepared:
            return
        with self._writing:
            if not self._prepared:
                _migrate(self._engine)
                self._prepared = True

    def _write(self) -> AbstractContextManager[Connection]:
        self._prepare()
        return _Write(self._engine, self._writing)

    def _insert(self, row: dict[str, object]) -> str:
        for _ in range(5):  # a number is taken once in a billion: five in a row never are
            number = "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_CHARS))
            try:
                with self._write() as connection:
                    connection.execute(insert(_records).values(number=number, **row))
                return number
            except IntegrityError:
                continue
        return ""

    def _one(self, condition: object) -> Record | None:
        self._prepare()
        with self._engine.connect() as connection:
            row = connection.execute(select(_records).where(condition)).first()  # type: ignore[arg-type]
        return _record(row) if row else None

    def _forget(self) -> None:
        """What was deleted leaves SQLite's side file too."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._writing, self._engine.connect() as connection:
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


def spelled(number: str) -> str:
    """A number as it is stored, however it was read out: `7k3m-9qol` -> 7K3M9Q01."""
    return re.sub(r"[\s-]", "", number).upper().translate(str.maketrans("OIL", "011"))


# --- personal numbers ------------------------------------------------------------------------------------------------

_GAP = "[ \u00a0\u3000\u200b-\u200d\u2060\ufeff·.\\-\u2010-\u2015]?"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("〔邮箱〕", re.compile(r"[A-Za-z0-9._%+-]+\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    (
        "〔证件号〕",
        re.compile(rf"(?<![0-9])[1-9][0-9]{{5}}{_GAP}(?:18|19|20)[0-9]{{6}}{_GAP}[0-9]{{3}}[0-9Xx](?![0-9])"),
    ),
    ("〔银行卡号〕", re.compile(rf"(?<![0-9])[0-9]{{4}}(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?(?![0-9])")),
    ("〔证件号〕", re.compile(r"(?<![0-9])[0-9]{17}[Xx](?![0-9A-Za-z])")),
    ("〔手机号〕", re.compile(rf"(?<![0-9])(?:(?:\+|00)?86{_GAP})?1{_GAP}[3-9](?:{_GAP}[0-9]){{9}}(?![0-9])")),
    (
        "〔电话〕",
        re.compile(
            rf"(?<![0-9])(?:\(0[0-9]{{2,3}}\)|(?:\+86{_GAP})?0[1-9][0-9]{{1,2}}){_GAP}[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}(?![0-9])"
        ),
    ),
)
# Full width to half width, one character for one, so that places in the copy are places in the text.
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def masked(text: str, published: str = "") -> str:
    """`我的电话13800138000` -> `我的电话〔手机号〕`. Numbers that stand in the published words stay."""
    spans = [span for span in _personal(text) if not published or text[span[0] : span[1]] not in published]
    for start, end, name in reversed(spans):
        text = text[:start] + name + text[end:]
    return text


def _personal(text: str) -> list[tuple[int, int, str]]:
    """Where personal numbers stand, and what they are; first kind first, never two on one place."""
    if sum(character.isdigit() for character in text) < 7 and "@" not in text and "＠" not in text:
        return []
    plain = text.translate(_HALF)
    taken: list[tuple[int, int, str]] = []
    for name, pattern in _KINDS:
        for found in pattern.finditer(plain):
            if all(found.end() <= start or found.start() >= end for start, end, _ in taken):
                taken.append((found.start(), found.end(), name))
    return sorted(taken)


def _row_of(answer: Answer, explanation: Mapping[str, object]) -> dict[str, object]:
    """What is stored. Quoted documents are public and stay as they are; whatever may repeat the visitor's words is masked."""
    kept = answer.to_json()
    published = "\n".join(citation.quote.text for citation in answer.citations)
    asked = {plain for words in (answer.question, answer.searched) for plain in _digits_of(words)}
    for name, value in kept.items():
        if name in ("question", "searched", "asked", "subject", "notices"):
            kept[name] = _masked_all(value, "", asked)
        elif name in ("text", "statements"):
            kept[name] = _masked_all(value, published, set())
    return {
        "created": _stamp(datetime.now(UTC).replace(second=0)),
        "question": _clean(masked(answer.question)),
        "answer": _json(kept),
        "explanation": _json(_masked_all(dict(explanation), "", asked)),
        "reason": "",
    }


def _digits_of(words: str) -> list[str]:
    plain = words.translate(_HALF)
    return [re.sub(r"[^0-9A-Za-z@.]", "", plain[start:end]) for start, end, _ in _personal(words)]


def _masked_all(value: object, published: str, asked: set[str]) -> object:
    """The same value with personal numbers out of every string in it, pieces of the asked ones (from tokenising) too."""
    if isinstance(value, str):
        piece = value.translate(_HALF).strip()
        if len(piece) >= 2 and any(piece in number for number in asked):
            return "〔略〕"
        return masked(value, published)
    if isinstance(value, Mapping):
        return {
            str(_masked_all(str(name), published, asked)): _masked_all(item, published, asked)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked_all(item, published, asked) for item in value]
    return value


# --- rows ------------------------------------------------------------------------------------------------------------


def _json(value: object) -> str:
    return _clean(json.dumps(value, ensure_ascii=False, default=str))


def _clean(words: str) -> str:
    """Without what a database cannot store: halves of characters, NUL."""
    return words.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _record(row: Row[tuple[object, ...]]) -> Record:
    return Record(
        number=row.number,
        created=_moment(row.created),
        question=row.question,
        answer=json.loads(row.answer),
        explanation=json.loads(row.explanation),
        token=row.token or "",
        expires=_moment(row.expires) if row.expires else None,
        liked=row.liked,
        reason=row.reason,
    )


# --- the database ----------------------------------------------------------------------------------------------------


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() != "sqlite":
            return create_engine(address, pool_pre_ping=True, pool_timeout=BUSY_SECONDS)
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


def _create_tables(connection: Connection) -> None:
    _records.create(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_create_tables,)  # one for each version, only ever appended


def _migrate(engine: Engine) -> None:
    """Run the migrations the database has not seen. Raises RecordsUnavailable when it has seen more than there are."""
    with engine.execution_options(writes=True).begin() as connection:
        if not inspect(connection).has_table(_version.name):
            _version.create(connection)
            connection.execute(insert(_version).values(version=0))
        seen = connection.execute(select(_version.c.version)).scalar_one()
        if seen > len(MIGRATIONS):
            raise RecordsUnavailable("这个记录库是更新版本的程序写的，请升级程序，或恢复当时的备份。")
        for migration in MIGRATIONS[seen:]:
            migration(connection)
        connection.execute(update(_version).values(version=len(MIGRATIONS)))


def _short(problem: BaseException) -> str:
    """The reason alone: SQLAlchemy's own message repeats the values, and with them the question."""
    cause = getattr(problem, "orig", None) or problem
    return (
        f"{type(cause).__name__}: {cause}"
        if isinstance(problem, (SQLAlchemyError, OSError))
        else type(problem).__name__
    )
