"""The database of a register: SQLite or PostgreSQL, its transactions, its errors in our words, its copies."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event, exc
from sqlalchemy.orm import Session

from api.register.errors import ConflictError, FullError, UnavailableError
from geo.errors import InputError, NotFoundError, fault

BUSY_SECONDS = 10
_POSTGRES = "postgresql"
_WRITING = "register_writing"
# any number that no other program takes for itself
_MIGRATION_LOCK = 7_310_455_021


class Database:
    """Where a register is kept.

    Parameters
    ----------
    where
        Path of a SQLite file, or ``postgresql://…``.

    Notes
    -----
    SQLite: write-ahead log, every commit forced to the disk before it is acknowledged (``synchronous=FULL``), a
    writer waits for others (``busy_timeout``) and takes its place before it reads (``BEGIN IMMEDIATE``), so that what
    it decides on is still so when it writes.
    """

    def __init__(self, where: str) -> None:
        self.path = None if is_dsn(where) else Path(where)
        self.engine = _sqlite(self.path) if self.path is not None else _postgres(where)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are on disk when the block ends; none of them when it fails.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        FullError
            When there is no room.
        """
        with told(), self.engine.connect() as bare:
            connection = bare.execution_options(**{_WRITING: True})
            with connection.begin(), Session(connection) as session:
                yield session
                session.flush()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database from beginning to end.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        """
        with told(), self.engine.connect() as connection, Session(connection) as session:
            yield session

    def migrate(self) -> None:
        """Bring the tables to what this version of the program expects; several may try at once.

        Raises
        ------
        UnavailableError
            When the database does not answer.
        """
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", "api.register:migrations")
        with told(), self.engine.connect() as bare:
            connection = bare.execution_options(**{_WRITING: True})
            with connection.begin():
                if self.path is None:
                    connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def copy_to(self, target: Path) -> None:
        """Copy the database while it is in use.

        Raises
        ------
        InputError
            When it is PostgreSQL, which has a tool of its own, or the target is there already.
        """
        if self.path is None:
            raise InputError(fault("register_backup_postgres"))
        if not self.path.is_file():
            raise NotFoundError(fault("register_no_file", path=self.path))
        if target.exists():
            raise InputError(fault("register_backup_there", path=target))
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        with told():
            with (
                contextlib.closing(sqlite3.connect(self.path)) as live,
                contextlib.closing(sqlite3.connect(part)) as copy,
            ):
                live.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            part.replace(target)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def is_dsn(where: str) -> bool:
    """Whether a register is kept on a database server."""
    return where.startswith((_POSTGRES, "postgres:"))


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say in our words what a database has to complain of."""
    try:
        yield
    except exc.TimeoutError as error:
        raise UnavailableError(fault("register_busy")) from error
    except exc.IntegrityError as error:
        raise ConflictError(fault("register_conflict")) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, exc.DBAPIError) else error
        text = str(cause).lower()
        state = getattr(cause, "sqlstate", None) or ""
        if "full" in text or state == "53100":
            raise FullError(fault("register_full")) from error
        if "locked" in text or "busy" in text:
            raise UnavailableError(fault("register_busy")) from error
        if _is_outage(error, state):
            raise UnavailableError(fault("register_unavailable")) from error
        raise


def _is_outage(error: Exception, state: str) -> bool:
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return True
    # 08 connection, 53 resources, 55 not in the state, 57 an operator stopped it
    if state[:2] in ("08", "53", "55", "57"):
        return True
    # what a driver says before it has a state: no server, no file, a broken file
    return isinstance(error, exc.OperationalError | exc.InterfaceError | sqlite3.OperationalError)


def _sqlite(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def _connected(raw: Any, _record: object) -> None:
        # the driver would begin transactions when it sees fit
        raw.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            raw.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres(where: str) -> sa.Engine:
    try:
        url = sa.make_url(where).set(drivername="postgresql+psycopg")
    except exc.ArgumentError as error:
        raise InputError(fault("register_bad_dsn")) from error
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=5,
        pool_timeout=5,
        connect_args={
            "connect_timeout": 3,
            "options": f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout=30s",
        },
    )
