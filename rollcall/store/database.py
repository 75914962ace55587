"""The store: one engine, short write transactions, reading that never blocks them.

SQLite by default: WAL, `synchronous = FULL` (a `sending` mark must survive a power cut), and `BEGIN IMMEDIATE` for
every write, because the driver's own transactions begin too late and lose updates. PostgreSQL runs the same text.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, ExceptionContext, Table, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from rollcall.store.tables import Base

BUSY_TIMEOUT = 30.0  # seconds a writer waits for another process's transaction
CHUNK = 500  # rows written in one transaction, so that the worker is never kept waiting
PAUSE = 0.01  # seconds between two chunks: SQLite's lock has no queue, and back-to-back chunks starve the worker


class Store:
    """The database of one process. `read()` and `write()` are the only ways in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        one_view = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}  # SQLite's reads are so anyway
        self._reader = engine.execution_options(read=True, **one_view)
        self._writing: Any = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back by an exception. Keep it short, make no call inside."""
        with self._writing, Session(self.engine, expire_on_commit=False) as db, db.begin():
            yield db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view that blocks nobody. What is changed in it is thrown away."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as db:
            yield db

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Open (and for SQLite: make, readable by its owner only) the database. Migrates nothing; see `upgrade.upgrade`.

    Its errors name no parameters: those are people's names and addresses, and errors go to logs.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        engine = create_engine(address, pool_pre_ping=True, pool_size=10, hide_parameters=True)
        event.listen(engine, "handle_error", _name_nobody)
        return Store(engine)
    if address.database:
        _make_private(Path(address.database))
    arguments = {"timeout": BUSY_TIMEOUT, "check_same_thread": False}
    engine = create_engine(address, connect_args=arguments, pool_size=20, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def _make_private(file: Path) -> None:
    """Make the file ours alone before SQLite opens it; its -wal and -shm files inherit the mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    file.chmod(0o600)


def _prepare_sqlite(driver: Any, _record: Any) -> None:
    driver.isolation_level = None  # the driver emits no BEGIN of its own; ours is in `_begin_sqlite`
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        driver.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    reading = connection.get_execution_options().get("read")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _name_nobody(context: ExceptionContext) -> None:
    """Cut a refusal of PostgreSQL's server to its first line: what follows quotes keys and whole rows.

    A failure to connect is left whole: it quotes nobody, and its later lines say what to do.
    """
    error = context.original_exception
    if getattr(error, "sqlstate", None) is None:
        return
    whole = str(error)
    first = whole.partition("\n")[0]
    error.args = (first,)
    if context.sqlalchemy_exception is not None:  # its text was put together before, from the whole one
        said, *others = context.sqlalchemy_exception.args
        context.sqlalchemy_exception.args = (str(said).replace(whole, first), *others)


def insert_ignoring(db: Session, table: type[Base], **values: Any) -> None:
    """Insert a row unless one with the same unique key is there already, whoever was quicker."""
    db.execute(_insert(db, table).values(**values).on_conflict_do_nothing())


def insert_ignoring_many(db: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for many rows of the same columns, one statement prepared once."""
    if rows:
        db.execute(_insert(db, table).on_conflict_do_nothing(), list(rows))


def upsert(
    db: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: Sequence[str],
    keep: Sequence[str] = (),
    instead: Mapping[str, Any] | None = None,
) -> None:
    """Insert rows, or overwrite those whose `key` is there: all but the columns in `keep`, and `instead` as it says."""
    if not rows:
        return
    statement = _insert(db, table)
    columns = [column for column in rows[0] if column not in key and column not in keep]
    changed = {column: statement.excluded[column] for column in columns} | dict(instead or {})
    db.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), list(rows))


def _insert(db: Session, table: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT; both databases spell it alike, SQLAlchemy does not."""
    insert = sqlite_insert if db.get_bind().dialect.name == "sqlite" else postgresql_insert
    return insert(cast(Table, table.__table__))
