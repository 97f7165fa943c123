"""The tables of the records database, and the steps by which an older one becomes this one."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
    update,
)

NUMBER_CHARS = 8
NAME_CHARS = 40  # of a user
MIGRATING = 7860  # of PostgreSQL's lock while tables change; any number that others do not use

tables = MetaData()
version = Table("schema_version", tables, Column("version", Integer, nullable=False))
records = Table(
    "records",
    tables,
    Column("number", String(NUMBER_CHARS), primary_key=True),
    Column("created", String(20), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),  # Answer.to_json()
    Column("explanation", Text, nullable=False),
    Column("token", String(64), unique=True),  # of the shared link
    Column("expires", String(20)),  # of the shared link
    Column("liked", Boolean),
    Column("reason", Text, nullable=False, default=""),
    # what records are looked up by, repeated from the answer
    Column("status", String(10), nullable=False, default="", index=True),
    Column("writer", String(80), nullable=False, default=""),
    Column("milliseconds", Float),
    Column("margin", Float),
    Column("verdict", String(5)),  # of the last review: right or wrong
)
cited = Table(
    "cited",
    tables,
    Column("number", String(NUMBER_CHARS), nullable=False, index=True),
    Column("document", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("label", Text, nullable=False),
)
reviews = Table(
    "reviews",
    tables,
    Column("id", Integer, primary_key=True),
    Column("number", String(NUMBER_CHARS), nullable=False, index=True),
    Column("at", String(20), nullable=False),
    Column("person", String(NAME_CHARS), nullable=False),  # who signed
    Column("verdict", String(5), nullable=False),
    Column("reason", Text, nullable=False, default=""),
)
users = Table(
    "users",
    tables,
    Column("name", String(NAME_CHARS), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("password", Text, nullable=False),  # argon2, with its salt and cost
    Column("created", String(20), nullable=False),
)
logins = Table(
    "logins",
    tables,
    Column("key", String(64), primary_key=True),  # SHA-256 of what the cookie holds
    Column("name", String(NAME_CHARS), nullable=False, index=True),
    Column("expires", String(20), nullable=False),
)
proposals = Table(
    "proposals",
    tables,
    Column("id", Integer, primary_key=True),
    Column("at", String(20), nullable=False),
    Column("person", String(NAME_CHARS), nullable=False),  # who proposed
    Column("kind", String(10), nullable=False),
    Column("fields", Text, nullable=False),  # JSON object
    Column("covers", Text, nullable=False),  # JSON list of the questions it is for
    Column("state", String(10), nullable=False),
    Column("decided_by", String(NAME_CHARS), nullable=False, default=""),
)


class NewerTables(Exception):
    """A later version of the program has written this database."""


def migrate(engine: Engine) -> None:
    """Run the steps that the database has not seen, all of them or none. Raises NewerTables."""
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":  # two programs may start at once; SQLite lets one write anyway
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")
        if not inspect(connection).has_table(version.name):
            version.create(connection)
            connection.execute(insert(version).values(version=0))
        seen = connection.execute(select(version.c.version)).scalar_one()
        if seen > len(STEPS):
            raise NewerTables
        for step in STEPS[seen:]:
            step(connection)
        connection.execute(update(version).values(version=len(STEPS)))


# --- steps: frozen as they were first run, so written out rather than taken from the tables above --------------------


def _records_of_version_1(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE records (number VARCHAR(8) NOT NULL PRIMARY KEY, created VARCHAR(20) NOT NULL, question TEXT NOT NULL,"
        " answer TEXT NOT NULL, explanation TEXT NOT NULL, token VARCHAR(64) UNIQUE, expires VARCHAR(20), liked BOOLEAN,"
        " reason TEXT NOT NULL)"
    )
    connection.exec_driver_sql("CREATE INDEX ix_records_created ON records (created)")


def _users(connection: Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE users (name VARCHAR(40) NOT NULL PRIMARY KEY, role VARCHAR(10) NOT NULL, password TEXT NOT NULL,"
        " created VARCHAR(20) NOT NULL)"
    )
    connection.exec_driver_sql(
        "CREATE TABLE logins (key VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, expires VARCHAR(20) NOT NULL)"
    )
    connection.exec_driver_sql("CREATE INDEX ix_logins_name ON logins (name)")


def _reviews(connection: Connection) -> None:
    for column in (
        "status VARCHAR(10) NOT NULL DEFAULT ''",
        "writer VARCHAR(80) NOT NULL DEFAULT ''",
        "milliseconds FLOAT",
        "margin FLOAT",
        "verdict VARCHAR(5)",
    ):
        connection.exec_driver_sql(f"ALTER TABLE records ADD COLUMN {column}")
    connection.exec_driver_sql("CREATE INDEX ix_records_status ON records (status)")
    connection.exec_driver_sql(
        "CREATE TABLE cited (number VARCHAR(8) NOT NULL, document TEXT NOT NULL, title TEXT NOT NULL, label TEXT NOT NULL)"
    )
    connection.exec_driver_sql("CREATE INDEX ix_cited_number ON cited (number)")
    connection.exec_driver_sql("CREATE INDEX ix_cited_document ON cited (document)")
    connection.exec_driver_sql(
        f"CREATE TABLE reviews (id {_counting(connection)} PRIMARY KEY, number VARCHAR(8) NOT NULL, at VARCHAR(20) NOT NULL,"
        " person VARCHAR(40) NOT NULL, verdict VARCHAR(5) NOT NULL, reason TEXT NOT NULL)"
    )
    connection.exec_driver_sql("CREATE INDEX ix_reviews_number ON reviews (number)")
    _fill_in(connection)


def _fill_in(connection: Connection) -> None:
    """What older records say of themselves, in the columns they are now looked up by."""
    rows = connection.execute(text("SELECT number, answer FROM records")).all()
    for number, answer in rows:
        said = json.loads(answer)
        connection.execute(
            text("UPDATE records SET status = :status, writer = :writer, milliseconds = :spent WHERE number = :number"),
            {
                "number": number,
                "status": said.get("status", ""),
                "writer": said.get("writer", "")[:80],
                "spent": said.get("milliseconds", {}).get("total"),
            },
        )
        for found in said.get("citations", []):
            place = {name: found.get(name, "") for name in ("document", "title", "label")}
            connection.execute(
                text("INSERT INTO cited (number, document, title, label) VALUES (:number, :document, :title, :label)"),
                {"number": number, **place},
            )


def _proposals(connection: Connection) -> None:
    connection.exec_driver_sql(
        f"CREATE TABLE proposals (id {_counting(connection)} PRIMARY KEY, at VARCHAR(20) NOT NULL, person VARCHAR(40) NOT NULL,"
        " kind VARCHAR(10) NOT NULL, fields TEXT NOT NULL, covers TEXT NOT NULL, state VARCHAR(10) NOT NULL,"
        " decided_by VARCHAR(40) NOT NULL)"
    )


def _counting(connection: Connection) -> str:
    """The type of a key that counts itself: the one word of these tables in which SQLite and PostgreSQL differ."""
    return "SERIAL" if connection.dialect.name == "postgresql" else "INTEGER"


STEPS: tuple[Callable[[Connection], None], ...] = (
    _records_of_version_1,
    _users,
    _reviews,
    _proposals,
)  # one a version, only ever appended
