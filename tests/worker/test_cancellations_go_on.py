"""An import's people are being cancelled: it goes on after a pause, a second try reaches whom a first did not."""

from rollcall.outbox import batch as batches
from rollcall.simulator import Fault, FaultKind
from tests.worker.rig import Rig

DELETE = {"method": "DELETE", "path": "/registrants"}


def imported(rig: Rig, number: int) -> int:
    batch_id = rig.import_of(number)
    rig.until_batch(batch_id, "finished")
    return batch_id


def test_a_cancellation_that_was_paused_goes_on_when_it_is_resumed(rig: Rig) -> None:
    """It waited for a listing that cancellations never ask for: "running", and nothing happened for ever after."""
    rig.start()
    batch_id = imported(rig, 8)
    with rig.store.write() as db:
        undo = batches.cancel_registered(db, batch_id, actor="local", now=rig.clock())
        batches.pause(db, undo, now=rig.clock())

    rig.turn(batches.resume, undo, now=rig.clock())
    rig.let_pass(lambda: rig.batch(undo).state == "finished", most=120)

    assert rig.counts(undo) == {"cancelled": 8}
    assert rig.registered() == []


def test_cancellations_that_were_refused_are_tried_again(rig: Rig) -> None:
    """One was refused; pressing "Try again" left the whole thing running for ever, and the person registered."""
    rig.start()
    batch_id = imported(rig, 3)
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=400, **DELETE))
    with rig.store.write() as db:
        undo = batches.cancel_registered(db, batch_id, actor="local", now=rig.clock())
    rig.wake()
    rig.until_batch(undo, "finished")
    assert rig.counts(undo) == {"cancelled": 2, "refused": 1}

    rig.turn(batches.retry_refused, undo, actor="local", now=rig.clock())
    rig.let_pass(lambda: rig.batch(undo).state == "finished", most=120)

    assert rig.counts(undo) == {"cancelled": 3}
    assert rig.registered() == []


def test_a_cancellation_nobody_may_make_is_not_blamed_on_the_session_being_over(rig: Rig) -> None:
    """The session is in two days. "It is over" sent the marketer nowhere; what they lack is the right to cancel."""
    rig.start()
    rig.settle(rig.register())
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=403, times=None, **DELETE))

    action_id = rig.cancel()
    rig.let_pass(lambda: rig.action(action_id).error_code == "no_right", most=60)

    assert rig.action(action_id).state == "refused"
    assert rig.registration().standing == "registered"
