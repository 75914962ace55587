"""From any database of ours to the schema of this code: once, after a copy, whoever starts at the same time."""

import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from rollcall.store import upgrade as upgrading
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Base
from rollcall.store.upgrade import DatabaseTooNew, upgrade
from tests.databases import NINE, SQLITE, a_connection

ON_SQLITE = pytest.mark.parametrize("database", [SQLITE], indirect=True)  # a server's data others back up
ROOT = Path(__file__).parents[2]
NEXT = '''"""A column of the release after this one"""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("connection", sa.Column("nickname", sa.Text(), nullable=True))
'''
BROKEN = """

def upgrade() -> None:
    op.add_column("connection", sa.Column("nickname", sa.Text(), nullable=True))
    raise RuntimeError("the disk is full")
"""
# What a starting process does with the database, once its starter says go.
STARTING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from rollcall.store import upgrade
from rollcall.store.database import open_store
upgrade._MIGRATIONS = Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
upgrade.upgrade(store, now=datetime(2026, 9, 1, 9, 0, tzinfo=UTC))
store.close()
"""


@pytest.fixture
def empty(empty_url: str) -> Iterator[Store]:
    opened = open_store(empty_url)
    yield opened
    opened.close()


@pytest.fixture
def with_next(tmp_path: Path) -> Path:
    """Our migrations and one more: the code of the next release."""
    return migrations_of_the_next_release(tmp_path / "next")


def migrations_of_the_next_release(folder: Path, *, broken: bool = False) -> Path:
    shutil.copytree(upgrading._MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    source = NEXT.format(head=HEAD)
    if broken:
        source = source[: source.index("\n\ndef upgrade")] + BROKEN
    (folder / "versions" / "next.py").write_text(source, encoding="utf-8")
    return folder


def _head() -> str:
    """The revision of this code."""
    found = upgrading.ScriptDirectory.from_config(upgrading._config()).get_current_head()
    assert found is not None
    return found


HEAD = _head()


def revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def columns(engine: Engine, table: str = "connection") -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns(table)}


def file_of(store: Store) -> Path:
    return Path(store.engine.url.database or "")


def copies(store: Store) -> list[Path]:
    return sorted(file_of(store).parent.glob("*.before-*"))


class TestFromNothing:
    def test_an_empty_database_gets_exactly_the_tables_of_the_models(self, empty: Store) -> None:
        """A model changed without a migration works on a developer's fresh database and nowhere else."""
        upgrade(empty, now=NINE)

        with empty.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_server_default": True})
            assert compare_metadata(context, Base.metadata) == []
            assert context.get_current_revision() == HEAD

    def test_the_indexes_are_over_the_rows_the_models_say(self, empty: Store, tmp_path: Path) -> None:
        """Alembic compares no conditions: a unique index over all actions would allow one wish per person for ever."""
        upgrade(empty, now=NINE)
        migrated = _indexes(empty.engine)

        with empty.engine.begin() as connection:
            Base.metadata.drop_all(connection)
            Base.metadata.create_all(connection)

        assert migrated == _indexes(empty.engine)
        assert "state = 'waiting'" in migrated["ux_action_waiting"].replace("::text", "").replace("(state)", "state")

    def test_states_that_do_not_exist_cannot_be_written(self, empty: Store) -> None:
        """Both databases refuse an unknown state, whatever code wrote it."""
        upgrade(empty, now=NINE)

        with empty.engine.connect() as connection:
            checks = {
                check["name"]
                for table in ("action", "batch", "reading")
                for check in inspect(connection).get_check_constraints(table)
            }
        assert checks >= {"ck_action_state", "ck_batch_state", "ck_reading_state"}

    def test_an_upgrade_of_what_is_up_to_date_changes_nothing(self, empty: Store) -> None:
        """Every start runs it."""
        upgrade(empty, now=NINE)
        a_connection(empty)

        upgrade(empty, now=NINE)

        with empty.read() as db:
            assert db.execute(text("SELECT count(*) FROM connection")).scalar() == 1
        if empty.is_sqlite:
            assert copies(empty) == []

    def test_down_to_nothing_and_up_again(self, empty: Store) -> None:
        """The way back is only for us, but one that fails half-way has hidden a mistake in the way up."""
        upgrade(empty, now=NINE)
        with empty.engine.begin() as connection:
            config = upgrading._config()
            config.attributes["connection"] = connection
            upgrading.command.downgrade(config, "base")
        assert set(inspect(empty.engine).get_table_names()) == {"alembic_version"}

        upgrade(empty, now=NINE)

        assert revision(empty.engine) == HEAD


def _indexes(engine: Engine) -> dict[str, str]:
    """Each index of the database with its definition, conditions included."""
    if engine.dialect.name == SQLITE:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        query = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    with engine.connect() as connection:
        found = connection.execute(text(query)).all()
    return {name: re.sub(r'[\s"]+', " ", definition) for name, definition in found if not name.startswith("alembic")}


class TestTheVersionBefore:
    def test_its_rows_are_kept_and_the_new_column_is_there(
        self, empty: Store, with_next: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The marketer starts the next release over a running import."""
        upgrade(empty, now=NINE)
        a_connection(empty)
        monkeypatch.setattr(upgrading, "_MIGRATIONS", with_next)

        upgrade(empty, now=NINE)

        assert revision(empty.engine) == "next"
        with empty.read() as db:
            assert db.execute(text("SELECT client_id, nickname FROM connection")).all() == [("app-1", None)]

    @ON_SQLITE
    def test_a_copy_of_the_file_is_made_first(
        self, empty: Store, with_next: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The way back to the version before; what only lies in the -wal file belongs to it, others may not read it."""
        upgrade(empty, now=NINE)
        a_connection(empty)
        monkeypatch.setattr(upgrading, "_MIGRATIONS", with_next)

        upgrade(empty, now=NINE + timedelta(seconds=5))

        (copy,) = copies(empty)
        assert copy.name == f"empty.sqlite.before-{HEAD}-20260901T090005"
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        with closing(sqlite3.connect(copy)) as opened:
            assert opened.execute("SELECT client_id FROM connection").fetchall() == [("app-1",)]
            assert opened.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
            assert "nickname" not in {row[1] for row in opened.execute("PRAGMA table_info(connection)")}

    @ON_SQLITE
    def test_nothing_is_copied_when_there_was_nothing(self, empty: Store) -> None:
        """The first start of all."""
        upgrade(empty, now=NINE)

        assert copies(empty) == []

    def test_a_migration_that_fails_leaves_the_database_as_it_was(
        self, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The disk filled up in the middle: the version before must still be able to start."""
        upgrade(empty, now=NINE)
        a_connection(empty)
        broken = migrations_of_the_next_release(tmp_path / "broken", broken=True)
        monkeypatch.setattr(upgrading, "_MIGRATIONS", broken)

        with pytest.raises(RuntimeError, match="disk is full"):
            upgrade(empty, now=NINE)

        assert revision(empty.engine) == HEAD
        assert "nickname" not in columns(empty.engine)


class TestTheVersionAfter:
    def test_its_database_stops_us_with_one_message_and_is_not_touched(
        self, empty: Store, with_next: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody went back to an older release without putting the copy back."""
        with monkeypatch.context() as newer:
            newer.setattr(upgrading, "_MIGRATIONS", with_next)
            upgrade(empty, now=NINE)
        before = _contents(empty)

        with pytest.raises(DatabaseTooNew, match="newer version of Rollcall") as stopped:
            upgrade(empty, now=NINE)

        assert _contents(empty) == before
        assert "\n" not in str(stopped.value)
        if empty.is_sqlite:
            assert copies(empty) == []


def _contents(store: Store) -> object:
    """All there is: the bytes of a SQLite file, or the schema of a PostgreSQL database."""
    if store.is_sqlite:
        with closing(sqlite3.connect(file_of(store))) as opened:
            return list(opened.iterdump())
    return (revision(store.engine), sorted(inspect(store.engine).get_table_names()), sorted(columns(store.engine)))


class TestSeveralProcessesAtOnce:
    def test_four_that_start_on_nothing_make_the_tables_once(self, empty_url: str) -> None:
        """Two windows opened, or two servers on one PostgreSQL."""
        start_together(empty_url, upgrading._MIGRATIONS)

        opened = open_store(empty_url)
        assert revision(opened.engine) == HEAD
        opened.close()

    def test_four_that_start_on_the_version_before_migrate_it_once(
        self, empty: Store, empty_url: str, with_next: Path
    ) -> None:
        """The second would add the column again; and its copy would not be the version before any more."""
        upgrade(empty, now=NINE)
        a_connection(empty)

        start_together(empty_url, with_next)

        assert revision(empty.engine) == "next"
        assert "nickname" in columns(empty.engine)
        if empty.is_sqlite:
            (copy,) = copies(empty)
            with closing(sqlite3.connect(copy)) as opened:
                assert opened.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]

    def test_one_that_waited_for_another_copies_nothing_any_more(
        self, tmp_path: Path, with_next: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both saw the old revision; a copy made now would replace that of the version before."""
        url = f"sqlite:///{tmp_path / 'two.sqlite'}"
        first, second = open_store(url), open_store(url)
        upgrade(first, now=NINE)
        monkeypatch.setattr(upgrading, "_MIGRATIONS", with_next)
        look, looks = upgrading._revision, list[str | None]()

        def look_and_be_overtaken(connection: object, script: object) -> str | None:
            looks.append(look(connection, script))  # type: ignore[arg-type]
            mine = looks[-1]
            if len(looks) == 1:
                upgrade(second, now=NINE)
            return mine

        monkeypatch.setattr(upgrading, "_revision", look_and_be_overtaken)
        upgrade(first, now=NINE)

        (copy,) = copies(first)
        with closing(sqlite3.connect(copy)) as opened:
            assert opened.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        first.close()
        second.close()


def start_together(url: str, migrations: Path) -> None:
    """Four processes that upgrade the same database at the same moment; all of them must succeed."""
    command = [sys.executable, "-W", "error", "-c", STARTING, url, str(migrations)]
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        said.append(process.communicate(timeout=60)[1])
    assert [process.returncode for process in processes] == [0, 0, 0, 0], said
