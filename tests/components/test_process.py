"""What the process says when it cannot start, and that it ends when it is asked to. No browser looks."""

import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from components.process import without_values
from rollcall import settings, wiring

ROOT = Path(__file__).resolve().parent.parent.parent


def start(data: Path, *options: str, **environ: str) -> subprocess.Popen[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", *options],
        cwd=ROOT,
        env={**os.environ, "ROLLCALL_DATA_DIR": str(data), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(data: Path, *options: str, **environ: str) -> str:
    """What an app says that does not start."""
    process = start(data, *options, **environ)
    _, said = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    return said


def test_half_filled_settings_are_named_at_once(tmp_path: Path) -> None:
    """Each missing variable in one message, so that nobody starts five times; no secret is repeated."""
    said = refused(tmp_path, RC_CLIENT_ID="abc", RC_CLIENT_SECRET="s3cret")

    assert "RC_JWT" in said
    assert said.count("Rollcall cannot start") == 1
    assert "s3cret" not in said


def test_an_open_door_is_refused(tmp_path: Path) -> None:
    """Bound to all addresses, whoever reaches it could register and cancel people."""
    said = refused(tmp_path, "--server.address=0.0.0.0")

    assert "ROLLCALL_GUARDED=yes" in said


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """Going back to an older Rollcall must not write rows that the newer one would not understand."""
    here = wiring.build(settings.load({"ROLLCALL_DATA_DIR": str(tmp_path)}, None))
    here.store.close()
    with closing(sqlite3.connect(tmp_path / "demo.sqlite")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")

    said = refused(tmp_path)

    assert "newer version of Rollcall" in said


def test_it_ends_soon_after_it_is_asked_to(tmp_path: Path) -> None:
    """A restart by the system must not wait for a call, and must not leave a worker behind."""
    process = start(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            break

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) in (0, -signal.SIGTERM)
    process.communicate()


def test_a_failed_page_is_logged_without_what_it_held(caplog: pytest.LogCaptureFixture) -> None:
    """A database error quotes the row it could not write: the log names class and place, and no person."""
    log = logging.getLogger("test of a page")
    log.addFilter(without_values)
    try:
        raise ValueError("anna@example.com could not be written")
    except ValueError as error:
        log.error("Uncaught app execution", exc_info=error)

    assert "ValueError" in caplog.text
    assert "test_process.py:" in caplog.text
    assert "anna@example.com" not in caplog.text
