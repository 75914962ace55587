"""Bring the database to the schema of this code: after a copy of the file, once however many processes start."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from rollcall.store.database import Store

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_017_655  # PostgreSQL advisory lock: any number, the same in every process of ours


class DatabaseTooNew(Exception):
    """The database was written by a newer Rollcall; this one would not understand its rows."""


def upgrade(store: Store, *, now: datetime) -> None:
    """Run what migrations are missing, inside one transaction that a second process waits for.

    A SQLite file that has to change is copied first, beside itself, as `<name>.before-<revision>-<time>`.

    Raises:
        DatabaseTooNew: its revision is not one of ours; nothing was touched.
    """
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head()
    with store.read() as db:
        if _revision(db.connection(), script) == head:
            return
    with store.engine.begin() as connection:
        if not store.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _revision(connection, script) == head:
            return  # another process was quicker
        if store.is_sqlite:
            _copy_aside(store, now)  # with the lock held, so that nobody changes the file between copy and migration
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _revision(connection: Connection, script: ScriptDirectory) -> str | None:
    """The schema's revision, None for an empty database."""
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {known.revision for known in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseTooNew(
            "This database was last used by a newer version of Rollcall. Start that version, or restore the copy "
            "that lies beside the database from before the update. Nothing was changed."
        )
    return revision


def _copy_aside(store: Store, now: datetime) -> None:
    """Copy the file by SQLite's own backup, which is right even while another process writes."""
    source = store.engine.url.database
    if not source:
        return
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original:
        if not original.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return
        found = original.execute("SELECT version_num FROM alembic_version").fetchall()
        target = Path(f"{source}.before-{'-'.join(row[0] for row in found)}-{now:%Y%m%dT%H%M%S}")
        target.touch(mode=0o600)
        with closing(sqlite3.connect(target)) as copy:
            original.backup(copy)
