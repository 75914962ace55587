"""Somebody clicks for a person whom an import that does not run has waiting: what RingCentral says, they are told."""

from collections.abc import Callable

import pytest

from rollcall.outbox import batch as batches
from tests.worker.rig import Rig, a_person, people
from tests.worker.test_sessions import close


@pytest.fixture
def rig(build: Callable[..., Rig]) -> Rig:
    """Ten a minute, so that most of an import waits."""
    rig = build(limit=10, window=60.0)
    rig.start()
    rig.until(rig.has_sessions)
    return rig


def import_with_ada_last(rig: Rig) -> int:
    """An import under way; she is the last of its twenty-one and waits."""
    batch_id = rig.import_of([*people(20), a_person()])
    rig.let_pass(lambda: rig.batch(batch_id).unfolded == 21 and rig.counts(batch_id).get("registered"))
    return batch_id


def test_a_click_shared_with_a_stopped_import_is_told_that_registration_is_closed(rig: Rig) -> None:
    """The wish was put back for an import that would never send it, and "waiting" stood there for ever."""
    batch_id = import_with_ada_last(rig)
    close(rig)
    rig.stop()
    with rig.store.write() as db:
        batches.pause(db, batch_id, now=rig.clock())
    action_id = rig.register()
    with rig.store.write() as db:
        batches.stop(db, batch_id, now=rig.clock())

    rig.start()
    action = rig.settle(action_id, most=300)

    assert (action.state, action.error_code) == ("refused", "closed")


def test_a_click_shared_with_an_import_paused_by_hand_is_told_that_registration_is_closed(rig: Rig) -> None:
    """The import waits for its Resume; whoever stands at the screen waits for an answer."""
    batch_id = import_with_ada_last(rig)
    rig.turn(batches.pause, batch_id, now=rig.clock())
    rig.until(lambda: "sending" not in rig.counts(batch_id))
    close(rig)

    action = rig.settle(rig.register(), most=300)

    assert (action.state, action.error_code) == ("refused", "closed")
    assert rig.batch(batch_id).state == "paused"
