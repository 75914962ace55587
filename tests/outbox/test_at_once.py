"""Many threads on the same rows, on both databases: nothing is claimed twice, nothing is lost, nobody is left hanging.

On SQLite the threads have stores of their own, as processes would, so that no lock of ours but the database's helps.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rollcall import lease
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, wishes
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.states import Kind, Outcome, State
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Action, Batch, Registration
from tests.databases import NINE, in_threads
from tests.outbox.rows import (
    NO_LINKS,
    a_draft,
    a_line,
    a_person,
    a_wish,
    action_ids,
    cancel,
    register,
    registration_of,
    states_of,
    the,
    unfold_all,
)

THREADS = 8


@pytest.fixture
def stores(store: Store) -> Iterator[list[Store]]:
    """A store for each thread, all on one database."""
    url = store.engine.url.render_as_string(hide_password=False)
    opened = [open_store(url) for _ in range(THREADS)]
    yield opened
    for one in opened:
        one.close()


class Tally:
    """How often each thing happened, counted by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counted: Counter[object] = Counter()

    def add(self, what: object) -> None:
        with self._lock:
            self.counted[what] += 1


@contextmanager
def as_worker(store: Store, connection_id: int) -> Iterator[Session]:
    """A transaction of a worker: the lease's row first, as the real one does."""
    with store.write() as db:
        lease.hold(db, connection_id, 1, now=NINE)
        yield db


def a_lease(store: Store, connection_id: int) -> None:
    with store.write() as db:
        assert lease.take(db, connection_id, lease.this_process("test"), now=NINE) == 1


def test_one_person_wished_by_eight_at_once_is_one_action(
    store: Store, stores: list[Store], connection_id: int
) -> None:
    """The same form in eight tabs: one registration, one action, one ref, and eight times the same answer."""
    answered = Tally()

    def wish(which: int) -> None:
        with stores[which].write() as db:
            answered.add(register(db, connection_id))

    in_threads(THREADS, wish)

    assert list(answered.counted.values()) == [THREADS]
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(Registration)) == 1
        assert db.scalar(select(func.count()).select_from(Action)) == 1


def test_eight_that_claim_the_same_actions_get_each_once(store: Store, stores: list[Store], connection_id: int) -> None:
    """Two workers at once are not meant to be; if they are, nobody is sent twice."""
    with store.write() as db:
        ids = [register(db, connection_id, a_person(number)) for number in range(40)]
    claimed = Tally()

    def claim_all(which: int) -> None:
        for action_id in ids[which:] + ids[:which]:
            with stores[which].write() as db:
                if ledger.claim(db, db.get_one(Action, action_id), call_id=which, epoch=1, now=NINE):
                    claimed.add(action_id)

    in_threads(THREADS, claim_all)

    assert claimed.counted == dict.fromkeys(ids, 1)
    with store.read() as db:
        assert {(the(db, one).state, the(db, one).attempts) for one in ids} == {("sending", 1)}


def test_a_claim_and_a_withdrawal_of_the_same_wish_never_both_happen(
    store: Store, stores: list[Store], connection_id: int
) -> None:
    """The marketer cancels in the very moment it is sent: either it left, or it did not."""
    with store.write() as db:
        ids = [register(db, connection_id, a_person(number)) for number in range(40)]
    moved = Tally()

    def turn(which: int) -> None:
        for action_id in ids:
            with stores[which].write() as db:
                if which % 2:
                    happened = ledger.withdraw(db, action_id, now=NINE)
                else:
                    happened = ledger.claim(db, db.get_one(Action, action_id), call_id=1, epoch=1, now=NINE)
            if happened:
                moved.add((action_id, "withdrawn" if which % 2 else "sending"))

    in_threads(THREADS, turn)

    assert len(moved.counted) == len(ids)
    assert set(moved.counted.values()) == {1}
    with store.read() as db:
        assert {(one, the(db, one).state) for one in ids} == set(moved.counted)


def test_conflicts_counted_at_once_are_all_counted(store: Store, stores: list[Store], connection_id: int) -> None:
    """A counter that is read and written back loses some."""
    with store.write() as db:
        action_id = register(db, connection_id)

    def go_round(which: int) -> None:
        for _ in range(10):
            with stores[which].write() as db:
                if ledger.claim(db, db.get_one(Action, action_id), call_id=1, epoch=1, now=NINE):
                    assert ledger.mark_unconfirmed(db, action_id, ledger.Failure("conflict"), now=NINE, conflict=True)
                    assert ledger.put_back(db, action_id, now=NINE)

    in_threads(THREADS, go_round)

    with store.read() as db:
        action = the(db, action_id)
        assert action.attempts == action.conflicts
        assert action.attempts >= 10


def test_wishes_cancellations_and_a_worker_at_once_leave_everybody_in_order(
    store: Store, stores: list[Store], connection_id: int
) -> None:
    """Six people click on the same four persons while a worker sends and settles without a call.

    Nobody gets an error (no deadlock, no broken unique index), and at the end every person has at most one wish in
    flight and one waiting.
    """
    a_lease(store, connection_id)
    stopping, sent = threading.Event(), Tally()

    def click(which: int) -> None:
        for turn in range(24):
            person = a_person(turn % 4, first_name=f"Ada {which}")
            with stores[which].write() as db:
                action_id = wishes.register(db, a_wish(connection_id), person, NO_LINKS, now=NINE)
            if turn % 3 == 2:
                with stores[which].write() as db:
                    cancel(db, connection_id, registration_of(db, action_id).id)

    def work(which: int) -> None:
        while not stopping.is_set():
            with as_worker(stores[which], connection_id) as db:
                action = ledger.next_click(db, connection_id, now=NINE)
                if action is None:
                    continue
                settled = wishes.settled_without_call(db, action, now=NINE)
                if settled is not None:
                    coming_from = frozenset({State.WAITING})
                    ledger.finish(
                        db, action.id, settled[0], registrant_id=settled[1], now=NINE, coming_from=coming_from
                    )
                    continue
                if not ledger.claim(db, action, call_id=1, epoch=1, now=NINE):
                    continue
                action_id, kind = action.id, action.kind
            with as_worker(stores[which], connection_id) as db:
                outcome = Outcome.REGISTERED if kind == Kind.CREATE else Outcome.CANCELLED
                registrant_id = f"r-{action_id}" if kind == Kind.CREATE else None
                assert ledger.finish(db, action_id, outcome, registrant_id=registrant_id, now=NINE)
                sent.add(action_id)

    clicking = list(range(THREADS - 2))

    def run(which: int) -> None:
        try:
            click(which) if which in clicking else work(which)
        finally:
            with lock:
                left.discard(which)
                if not left & set(clicking):
                    stopping.set()

    lock, left = threading.Lock(), set(range(THREADS))
    in_threads(THREADS, run)

    assert set(sent.counted.values()) <= {1}
    with store.read() as db:
        open_ones = Counter(
            db.execute(
                select(Action.registration_id, Action.state).where(Action.state.in_(["waiting", "sending"]))
            ).all()
        )
        assert db.scalar(select(func.count()).select_from(Registration)) == 4
    assert all(number == 1 for number in open_ones.values())


def test_a_click_and_the_settling_of_the_same_wish_do_not_wait_for_each_other(
    store: Store, stores: list[Store], connection_id: int
) -> None:
    """Both touch the person and the action; taken in two orders, PostgreSQL would give one of them an error."""
    with store.write() as db:
        waiting = register(db, connection_id)
        ref = registration_of(db, waiting).ref
    settled, failures = threading.Event(), list[BaseException]()

    def settle() -> None:
        try:
            with stores[1].write() as db:
                coming_from = frozenset({State.WAITING})
                ledger.finish(
                    db, waiting, Outcome.ALREADY_THERE, registrant_id="r-1", now=NINE, coming_from=coming_from
                )
        except BaseException as error:  # noqa: BLE001 (raised again below, in the test's own thread)
            failures.append(error)
        settled.set()

    worker = threading.Thread(target=settle)
    with stores[0].write() as db:
        person = a_person(first_name="Augusta")
        assert wishes.registration_for(db, a_wish(connection_id), person.email_key, now=NINE).ref == ref
        worker.start()
        assert not settled.wait(0.5)
        clicked = register(db, connection_id, person)
    worker.join(30)

    assert failures == []
    with store.read() as db:
        assert (the(db, waiting).state, the(db, clicked).state) == ("withdrawn", "waiting")


def test_start_pressed_by_eight_at_once_starts_once(store: Store, stores: list[Store], connection_id: int) -> None:
    """Two tabs, two marketers, a double click."""
    batch_id = a_draft(store, connection_id, [a_line(1)])
    started = Tally()

    def press(which: int) -> None:
        with stores[which].write() as db:
            started.add(batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=NINE))

    in_threads(THREADS, press)

    assert started.counted == {True: 1, False: THREADS - 1}


def test_a_stop_and_a_finish_at_once_are_one_of_both(store: Store, stores: list[Store], connection_id: int) -> None:
    """The last answer comes in while somebody presses Stop."""
    ids = [a_draft(store, connection_id, []) for _ in range(10)]
    with store.write() as db:
        for batch_id in ids:
            batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=NINE)
    turned = Tally()

    def turn(which: int) -> None:
        for batch_id in ids:
            with stores[which].write() as db:
                if which % 2:
                    happened = batches.stop(db, batch_id, now=NINE)
                else:
                    happened = unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)
            if happened:
                turned.add((batch_id, "stopped" if which % 2 else "finished"))

    in_threads(THREADS, turn)

    with store.read() as db:
        assert {(one, db.get_one(Batch, one).state) for one in ids} == set(turned.counted)
    assert set(turned.counted.values()) == {1}


def test_lines_unfold_while_people_click_on_the_same_persons(
    store: Store, stores: list[Store], connection_id: int
) -> None:
    """The import is being started while the form registers some of its people: everybody once."""
    a_lease(store, connection_id)
    people = range(1, 301)
    batch_id = a_draft(store, connection_id, [a_line(number) for number in people])
    with store.write() as db:
        batches.start(db, batch_id, listed_at=NINE, again_cancelled=False, now=NINE)

    def run(which: int) -> None:
        if which == 0:
            unfold_all(stores[which], batch_id)
            return
        for number in range(which, 300, 20):
            with stores[which].write() as db:
                register(db, connection_id, a_person(number))

    in_threads(THREADS, run)

    assert states_of(store, batch_id) == ["waiting"] * 300
    assert len(set(action_ids(store, batch_id))) == 300
    with store.read() as db:
        assert db.scalar(select(func.count()).where(Action.state == "waiting")) == 300
