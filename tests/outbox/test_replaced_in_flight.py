"""What somebody presses at a page in the very moment in which the worker writes about the same people."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from rollcall import chores, lease
from rollcall.duty import Chore, ChoreKind
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger
from rollcall.outbox.states import Outcome
from rollcall.store.database import Store
from rollcall.store.tables import Batch
from tests.databases import NINE, POSTGRESQL
from tests.outbox.rows import a_line, a_person, a_refused, a_running, action_ids, done, register, states_of, the

ON_POSTGRESQL = pytest.mark.parametrize("database", [pytest.param(POSTGRESQL, marks=pytest.mark.postgres)])
LINES = 4


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


def meanwhile(store: Store, connection_id: int, work: Callable[[Session], object], press: Callable[[], object]) -> None:
    """Let the worker write something; somebody presses before that is committed, and has to wait."""
    pressed = threading.Thread(target=press)
    with store.write() as db:
        assert lease.take(db, connection_id, lease.this_process("test"), now=NINE) == 1
    with store.write() as db:
        lease.hold(db, connection_id, 1, now=NINE)
        work(db)
        pressed.start()
        until_it_waits_for_a_lock(store)
    pressed.join(20)
    assert not pressed.is_alive()


@ON_POSTGRESQL  # SQLite has one writer: there the page waits until the worker's transaction has ended
def test_a_wish_that_has_just_left_keeps_its_imports_line(store: Store, connection_id: int) -> None:
    """The line went over to the click's wish, "already there": the undo of the import left her registered."""
    batch_id = a_running(store, connection_id, [a_line(1)])
    [sent] = action_ids(store, batch_id)
    clicked: list[int] = []

    def claim(db: Session) -> None:
        assert ledger.claim(db, the(db, sent), call_id=1, epoch=1, now=NINE)

    def press() -> None:
        with store.write() as db:
            clicked.append(register(db, connection_id, a_person(1, last_name="Byron")))

    meanwhile(store, connection_id, claim, press)
    with store.write() as db:
        assert done(db, sent, Outcome.REGISTERED)

    assert clicked[0] != sent
    assert action_ids(store, batch_id) == [sent]
    assert states_of(store, batch_id) == ["done"]
    with store.read() as db:
        assert the(db, clicked[0]).state == "waiting"
        assert batches.still_registered(db, batch_id) == 1


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("kind", "unfolded"), [(ChoreKind.UNFOLD, LINES - 1), (ChoreKind.FINISH, LINES), (ChoreKind.MOVE_CURSOR, LINES)]
)
def test_lines_tried_again_while_the_worker_writes_their_import_are_sent(
    store: Store, connection_id: int, kind: ChoreKind, unfolded: int
) -> None:
    """Pressed a moment later than the worker had looked: what it writes then must not be written over theirs."""
    batch_id = a_refused(store, connection_id, LINES, unfolded=unfolded)

    def work(db: Session) -> None:
        chores.do(db, connection_id, Chore(kind, batch=db.get_one(Batch, batch_id), number=LINES), now=NINE)

    def press() -> None:
        with store.write() as db:
            batches.retry_refused(db, batch_id, actor="marketer", now=NINE)

    meanwhile(store, connection_id, work, press)

    with store.read() as db:
        batch = db.get_one(Batch, batch_id)
        assert (batch.state, batch.unfolded, batch.cursor) == ("running", 0, 0)
