"""No room left on the disk: no call leaves without its committed row, and it goes on when there is room again."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, select

from rollcall.simulator import SecondEmail
from rollcall.store.tables import Call
from rollcall.worker import Writing
from tests.worker.rig import Rig, people

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Disk:
    """A disk that can be filled: SQLite is told that its file may not grow, and answers as on a full disk."""

    def __init__(self, rig: Rig) -> None:
        self.is_full = False
        event.listen(rig.store.engine, "begin", self._limit)

    def _limit(self, connection: Any) -> None:
        driver: sqlite3.Connection = connection.connection.driver_connection
        pages = driver.execute("PRAGMA page_count").fetchone()[0] if self.is_full else 2**30
        driver.execute(f"PRAGMA max_page_count = {pages}").fetchone()


@pytest.fixture
def disk(rig: Rig) -> Iterator[Disk]:
    disk = Disk(rig)
    yield disk
    disk.is_full = False


def calls_on_record(rig: Rig) -> int:
    with rig.store.read() as db:
        return db.scalar(select(func.count()).where(Call.operation == "create")) or 0


@pytest.mark.parametrize("sent_before", [1, 6, 11])
def test_a_full_disk_stops_an_import_and_loses_and_doubles_nobody(
    rig: Rig, disk: Disk, sent_before: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer that cannot be written is kept, or its person is looked for on the list; nobody is sent blindly."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    worker = rig.start()
    batch_id = rig.import_of(people(40))
    rig.until(lambda: len(rig.posts()) >= sent_before)

    disk.is_full = True
    rig.until(lambda: "OperationalError" in caplog.text, why="the store is full")
    rig.skip(10)
    left = len(rig.posts())

    assert left < 40
    assert left <= calls_on_record(rig)

    rig.until(lambda: worker.writing.failing_since is not None, why="the pages can say it")

    disk.is_full = False
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    rig.until(lambda: worker.writing.failing_since is None, why="the pages say it no longer")
    assert rig.registered() == [one.email for one in people(40)]
    assert rig.counts(batch_id) == {"registered": 40}


def test_a_small_write_that_goes_through_does_not_hide_that_an_answer_cannot_be_written() -> None:
    """Renewing a lease changes a row in place, and may find room where an answer finds none."""
    writing = Writing()

    writing.failed(NOON, call_id=7)
    writing.worked()
    assert writing.failing_since == NOON

    writing.ended(7)
    writing.worked()
    assert writing.failing_since is None


def test_a_disk_that_is_full_from_the_start_lets_nothing_leave(
    rig: Rig, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """Every call needs its row first."""
    rig.import_of(people(5))
    used_up(rig)
    disk.is_full = True

    rig.start()
    rig.until(lambda: caplog.text.count("OperationalError") >= 2, why="the store is full")
    seen = rig.world.calls()
    disk.is_full = False

    assert len(seen) <= 2  # what the last pages had room for
    assert not rig.posts()


def used_up(rig: Rig) -> None:
    """Fill the free places of the pages in use, so that the next rows need new pages."""
    with rig.store.write() as db:
        now = rig.clock()
        db.add_all(
            Call(
                connection_id=rig.connection_id,
                quota_group="other",
                operation="x" * 32,
                result="x" * 32,
                request_id="x" * 128,
                departed_at=now,
                ended_at=now,
            )
            for _ in range(200)
        )
