"""Putting the parts together."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from rollcall import settings, wiring
from rollcall.store.upgrade import DatabaseTooNew


def held_open(folder: Path) -> list[str]:
    """Files below a folder that this process holds open."""
    return [file.path for file in psutil.Process().open_files() if file.path.startswith(str(folder))]


def test_a_database_that_is_refused_is_let_go_of(tmp_path: Path) -> None:
    """The refusal says to put the copy in its place, which nobody can whose file is still held open."""
    read = settings.load({"ROLLCALL_DATA_DIR": str(tmp_path)}, None)
    here = wiring.build(read)
    assert held_open(tmp_path)
    here.store.close()
    with closing(sqlite3.connect(tmp_path / "demo.sqlite")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(DatabaseTooNew):
        wiring.build(read)

    assert held_open(tmp_path) == []
