"""The databases a benchmark runs on: a SQLite file, and a PostgreSQL that is there or is started for the run."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from rollcall.store.database import Store, open_store
from rollcall.store.upgrade import upgrade

GIVEN = "TEST_DATABASE_URL"
PROGRAMS = Path("/usr/lib/postgresql")  # where Debian puts them


class NoPostgres(Exception):
    """There is no PostgreSQL to run on; says why and what to do."""


@contextmanager
def sqlite_store() -> Iterator[Store]:
    """An empty database of our schema, in a file that goes away at the end."""
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        upgrade(store, now=datetime.now(UTC))
        try:
            yield store
        finally:
            store.close()


@contextmanager
def postgres_store(server: URL) -> Iterator[Store]:
    """The same as a database of its own beside the one that the address names."""
    name = f"rollcall_bench_{secrets.token_hex(4)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        store = open_store(server.set(database=name).render_as_string(hide_password=False))
        try:
            upgrade(store, now=datetime.now(UTC))
            yield store
        finally:
            store.close()
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


@contextmanager
def postgres_server() -> Iterator[URL]:
    """The server TEST_DATABASE_URL names, else one of our own that lives as long as the block.

    Raises:
        NoPostgres: neither is to be had.
    """
    if given := os.environ.get(GIVEN):
        yield make_url(given)
        return
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise NoPostgres(f"no PostgreSQL here: set {GIVEN}, or install one (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-pg-") as folder:
        yield from _own_server(found[-1].parent, Path(folder))


def _own_server(programs: Path, folder: Path) -> Iterator[URL]:
    """A cluster made for this run. Nothing in it waits for the disk: it is thrown away."""
    port = _free_port()
    folder.chmod(0o755)
    home = folder / "postgres"
    home.mkdir()
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data, log = home / "data", home / "log"
    _as_postgres(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
    )
    listen = f"-F -p {port} -h 127.0.0.1 -k {home}"
    _as_postgres([programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", listen, "start"])
    try:
        yield URL.create("postgresql+psycopg", "postgres", host="127.0.0.1", port=port, database="postgres")
    finally:
        _as_postgres([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _as_postgres(command: list[str | Path]) -> None:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    quiet = subprocess.DEVNULL
    subprocess.run([*become, *map(str, command)], check=True, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
