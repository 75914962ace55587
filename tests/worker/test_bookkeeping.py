"""Tallies are kept up beside the worker, and nothing about them can stop it."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from rollcall.bookkeeping import AFTER_FAILURE, EVERY, Bookkeeper
from rollcall.roster.readings import What
from rollcall.simulator import Person
from rollcall.store.database import Store, open_store
from rollcall.store.tables import SessionTally
from rollcall.store.upgrade import upgrade
from rollcall.wiring import Identity
from tests.attendance.stored import Stored, a_registrant
from tests.worker.rig import Rig, a_session

NOW = datetime(2026, 8, 6, 9, 0, tzinfo=UTC)
PAST = "8009"


def the_tally(rig: Rig) -> SessionTally | None:
    with rig.store.read() as db:
        return db.get(SessionTally, (rig.connection_id, PAST))


def bookkeeper(store: Store, connection_id: int = 1) -> Bookkeeper:
    return Bookkeeper(store, Identity(connection_id), lambda: NOW)


def test_a_session_that_was_read_has_its_tally(rig: Rig) -> None:
    """What Compare shows is made without anybody opening Compare."""
    rig.world.add_session(a_session(PAST, starts_at=rig.clock.origin - 7200))
    rig.world.add_registrants(PAST, [Person("Ada", "Lovelace", "ada@example.com")])
    rig.start()
    rig.look(What.SESSIONS, "")
    rig.look(What.REGISTRANTS, PAST)
    keeper, stop = Bookkeeper(rig.store, rig.identity, rig.clock), threading.Event()
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()

    try:
        tally = rig.until(lambda: the_tally(rig), why="a tally of the session")
    finally:
        stop.set()
        thread.join(10)

    assert tally.registered == 1


def test_whatever_goes_wrong_is_said_without_names_and_tried_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that is locked or full for a while must not end it, nor fill the log."""
    store = open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")  # without tables
    try:
        with caplog.at_level(logging.ERROR):
            assert bookkeeper(store)._look() == AFTER_FAILURE
    finally:
        store.close()
    assert [record.getMessage() for record in caplog.records] == ["tallies could not be made: OperationalError"]


def test_with_nothing_to_do_it_looks_again_a_little_later(tmp_path: Path) -> None:
    """A look is one query and no write."""
    store = open_store(f"sqlite:///{tmp_path / 'book.sqlite'}")
    try:
        upgrade(store, now=NOW)
        assert bookkeeper(store)._look() == EVERY
    finally:
        store.close()


def test_a_session_that_cannot_be_counted_is_left_alone_for_a_while(
    store: Store, connection_id: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are counted at once, and the log tells of it once in ten minutes, not twice a second."""
    odd, other = Stored(store, connection_id, "8002"), Stored(store, connection_id, "8001")
    for one, begun_at in ((odd, NOW - timedelta(days=1)), (other, NOW - timedelta(days=2))):
        one.session(starts_at=begun_at, ends_at=begun_at + timedelta(hours=1))
        one.list_registrants(a_registrant(1))
    with store.write() as db:
        db.execute(text("UPDATE webinar_session SET raw = '[1]' WHERE session_id = '8002'"))
    keeper = bookkeeper(store, connection_id)

    with caplog.at_level(logging.ERROR):
        pauses = [keeper._look() for _ in range(4)]

    assert pauses == [0.0, 0.0, EVERY, EVERY]
    assert len(caplog.records) == 1
    with store.read() as db:
        assert db.get(SessionTally, (connection_id, "8001")) is not None
