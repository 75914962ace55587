"""The store on both databases: every test that asks for `store` runs on SQLite and on a real PostgreSQL.

PostgreSQL is the server that `TEST_DATABASE_URL` names; each pytest worker makes databases of its own there and drops
them. Without the variable those tests are skipped, except where `ROLLCALL_FORBID_SKIP` says that nothing may be.
"""

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from rollcall.store.database import Store, open_store
from rollcall.store.tables import Base, Connection
from rollcall.store.upgrade import upgrade

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(params=[SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    return str(request.param)


@pytest.fixture
def store(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty database with the schema of this code."""
    if database == SQLITE:
        file = tmp_path / "rollcall.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        opened = open_store(f"sqlite:///{file}")
    else:
        opened = open_store(request.getfixturevalue("postgresql_database"))
    yield opened
    if database == POSTGRESQL:
        _empty(opened)
    opened.close()


@pytest.fixture
def empty_url(database: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is, not even a table."""
    if database == SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    with _new_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that each test copies: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "rollcall.sqlite"
    made = open_store(f"sqlite:///{file}")
    upgrade(made, now=NINE)
    made.close()
    return file


@pytest.fixture(scope="session")
def postgresql_database() -> Iterator[str]:
    """The address of a migrated database, this worker's own."""
    with _new_postgresql() as url:
        made = open_store(url)
        upgrade(made, now=NINE)
        made.close()
        yield url


@contextmanager
def _new_postgresql() -> Iterator[str]:
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        reason = "PostgreSQL: set TEST_DATABASE_URL to a database on a server where databases may be made"
        if os.environ.get("ROLLCALL_FORBID_SKIP"):
            pytest.fail(reason)
        pytest.skip(reason)
    name = f"rollcall_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{secrets.token_hex(4)}"
    _command(server, f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _command(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _empty(store: Store) -> None:
    """Delete every row. Numbers go on, so that no test gets to rely on an id."""
    with store.write() as db:
        for table in reversed(Base.metadata.sorted_tables):
            db.execute(table.delete())


def a_connection(store: Store, *, owner_id: str | None = "4001", credential_hash: str = "hash-1") -> int:
    """A live connection that is signed in, unless it has no owner."""
    with store.write() as db:
        made = Connection(
            mode="live",
            server_url="https://platform.ringcentral.com",
            client_id="app-1",
            owner_id=owner_id,
            credential_hash=credential_hash,
            created_at=NINE,
        )
        db.add(made)
        db.flush()
        return made.id


@pytest.fixture
def connection_id(store: Store) -> int:
    """The connection that most tests are about."""
    return a_connection(store)


def in_threads(number: int, do: Callable[[int], None]) -> None:
    """Run `do(0)` to `do(number - 1)` at once and wait; what goes wrong in one of them goes wrong here."""
    ready, failures = threading.Barrier(number), list[BaseException]()

    def run(which: int) -> None:
        ready.wait(10)
        try:
            do(which)
        except BaseException as error:  # noqa: BLE001 (raised again below, in the test's own thread)
            failures.append(error)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
