"""The loop as another process may host it: for one connection, until a deadline, and then the lease is free."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from rollcall.store.tables import Call, Lease
from rollcall.worker import Worker
from tests.worker.rig import Rig

A_WHILE = timedelta(seconds=3)


@pytest.fixture
def rig(build: Callable[..., Rig]) -> Rig:
    """So slow that three seconds never suffice for an import of many."""
    return build(limit=10, window=5.0)


def drain(rig: Rig, worker: Worker, deadline: timedelta | None = A_WHILE) -> threading.Thread:
    """Let a worker work in a thread; nobody tells it to stop."""
    ends = rig.clock() + deadline if deadline else None
    thread = threading.Thread(
        target=worker.drain,
        args=(rig.connection_id,),
        kwargs={"deadline": ends, "stop": threading.Event()},
        daemon=True,
    )
    thread.start()
    return thread


def lease_is_free(rig: Rig) -> bool:
    with rig.store.read() as db:
        held = db.get_one(Lease, rig.connection_id)
    return held.expires_at <= rig.clock()


def calls_in_flight(rig: Rig) -> int:
    with rig.store.read() as db:
        return db.query(Call).filter(Call.ended_at.is_(None)).count()


def test_it_returns_at_its_deadline_with_work_left(rig: Rig) -> None:
    """A host that gives each connection some seconds must get its thread back, however long the import."""
    batch_id = rig.import_of(200)
    ends = rig.clock() + A_WHILE

    thread = drain(rig, rig.worker())
    thread.join(20)

    assert not thread.is_alive()
    assert ends <= rig.clock() < ends + timedelta(seconds=10)
    assert rig.batch(batch_id).state == "running"
    assert 0 < len(rig.registered()) < 200


def test_what_was_on_its_way_is_written_down_before_the_lease_is_free(rig: Rig) -> None:
    """The next holder would take an open call for one that a crash cut off, and list for it."""
    batch_id = rig.import_of(200)

    thread = drain(rig, rig.worker())
    thread.join(20)

    assert lease_is_free(rig)
    assert calls_in_flight(rig) == 0
    assert set(rig.counts(batch_id)) == {"registered", "waiting"}
    assert rig.counts(batch_id)["registered"] == len(rig.registered())


def test_the_next_holder_goes_on_at_once(rig: Rig) -> None:
    """Not after the lease's whole term: another process takes over where this one stopped."""
    batch_id = rig.import_of(12)
    drain(rig, rig.worker()).join(20)
    begun = rig.clock()

    rig.start()
    rig.until_batch(batch_id, "finished")

    assert rig.clock() - begun < timedelta(seconds=40)
    assert rig.counts(batch_id) == {"registered": 12}
    assert len(rig.posts()) == 12


def test_a_deadline_that_is_over_sends_nothing_and_keeps_nothing(rig: Rig) -> None:
    """The host was late itself."""
    rig.import_of(3)

    thread = drain(rig, rig.worker(), timedelta(seconds=-1))
    thread.join(20)

    assert not thread.is_alive()
    assert lease_is_free(rig)
    assert not rig.world.calls()


def test_while_somebody_else_holds_the_lease_it_returns_at_once(rig: Rig) -> None:
    """A host must not wait in a queue of holders: it looks after other connections meanwhile."""
    rig.start()
    rig.until(rig.is_held)

    thread = drain(rig, rig.worker(), deadline=None)
    thread.join(20)

    assert not thread.is_alive()
    assert rig.is_held()
