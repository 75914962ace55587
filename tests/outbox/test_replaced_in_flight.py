"""A click that would replace a wish in the very moment in which the worker sends that one."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from rollcall import lease
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger
from rollcall.outbox.states import Outcome
from rollcall.store.database import Store
from tests.databases import NINE, POSTGRESQL
from tests.outbox.rows import a_line, a_person, a_running, action_ids, done, register, states_of, the

ON_POSTGRESQL = pytest.mark.parametrize("database", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)])


def until_it_waits_for_a_lock(store: Store) -> None:
    """Wait until somebody in this database waits for what somebody else has locked."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    breath = threading.Event()
    for _ in range(2000):
        with store.read() as db:
            if db.scalar(query):
                return
        breath.wait(0.01)
    pytest.fail("nobody waits for a lock")


def while_it_is_claimed(store: Store, connection_id: int, action_id: int, press: Callable[[], None]) -> None:
    """Claim a wish as the worker does; somebody presses before that is committed."""
    pressed = threading.Thread(target=press)
    with store.write() as db:
        lease.hold(db, connection_id, 1, now=NINE)
        assert ledger.claim(db, the(db, action_id), call_id=1, epoch=1, now=NINE)
        pressed.start()
        until_it_waits_for_a_lock(store)
    pressed.join(20)
    assert not pressed.is_alive()


@ON_POSTGRESQL  # SQLite has one writer: there the page waits until the worker's transaction has ended
def test_a_wish_that_has_just_left_keeps_its_imports_line(store: Store, connection_id: int) -> None:
    """The line went over to the click's wish, "already there": the undo of the import left her registered."""
    batch_id = a_running(store, connection_id, [a_line(1)])
    [sent] = action_ids(store, batch_id)
    with store.write() as db:
        assert lease.take(db, connection_id, lease.this_process("test"), now=NINE) == 1
    clicked: list[int] = []

    def press() -> None:
        with store.write() as db:
            clicked.append(register(db, connection_id, a_person(1, last_name="Byron")))

    while_it_is_claimed(store, connection_id, sent, press)
    with store.write() as db:
        assert done(db, sent, Outcome.REGISTERED)

    assert clicked[0] != sent
    assert action_ids(store, batch_id) == [sent]
    assert states_of(store, batch_id) == ["done"]
    with store.read() as db:
        assert the(db, clicked[0]).state == "waiting"
        assert batches.still_registered(db, batch_id) == 1
