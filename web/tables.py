"""The tables of the records database, and the steps by which an older one becomes this one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

NUMBER_CHARS = 8
NAME_CHARS = 40  # of a user

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


class NewerTables(Exception):
    """A later version of the program has written this database."""


def migrate(engine: Engine) -> None:
    """Run the steps that the database has not seen, all of them or none. Raises NewerTables."""
    with engine.execution_options(writes=True).begin() as connection:
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


STEPS: tuple[Callable[[Connection], None], ...] = (_records_of_version_1, _users)  # one a version, only ever appended
