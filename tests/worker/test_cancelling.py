"""Cancelling somebody at every moment of their registration: it must end cancelled."""

import threading

import pytest

from rollcall import callbook
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, progress
from rollcall.simulator import Fault, FaultKind, SecondEmail
from rollcall.store.tables import Action, Batch
from tests.worker.rig import SESSION, Rig, a_person

POST = {"method": "POST", "path": "/registrants"}
DELETE = {"method": "DELETE", "path": "/registrants"}


class Gate:
    """Holds the worker at a point until it is opened, once."""

    def __init__(self, point: str) -> None:
        self._point = point
        self._open = threading.Event()

    def __call__(self, point: str) -> None:
        if point == self._point and not self._open.is_set():
            assert self._open.wait(20), "the gate was never opened"

    def open(self) -> None:
        self._open.set()


def is_cancelled(rig: Rig) -> bool:
    return rig.registration().standing == "cancelled" and rig.registered() == []


def test_cancelled_while_it_waits_nothing_is_sent(rig: Rig) -> None:
    """Pressed by mistake, taken back at once."""
    create = rig.register()
    delete = rig.cancel()
    rig.start()

    rig.settle(delete)
    rig.skip(60)

    assert rig.action(create).state == "withdrawn"
    assert rig.posts() == []
    assert is_cancelled(rig)


def test_cancelled_while_it_is_being_sent(rig: Rig) -> None:
    """The call is on its way and cannot be taken back; the cancellation follows it."""
    gate = Gate("before send")
    create = rig.register()
    rig.start(passing=gate)
    rig.until_state(create, "sending")

    delete = rig.cancel()
    gate.open()

    assert rig.settle(delete).outcome == "cancelled"
    assert rig.action(create).outcome == "registered"
    assert is_cancelled(rig)


@pytest.mark.parametrize("fault", [FaultKind.ANSWER_LOST, FaultKind.DROPPED_BEFORE])
@pytest.mark.parametrize("lag", [0, 60])
def test_cancelled_while_it_is_unconfirmed(rig: Rig, fault: FaultKind, lag: int) -> None:
    """Whether the first call was carried out or not, and however late the list shows it."""
    rig.world.set_switches(list_lag=lag, second_email=SecondEmail.ACCEPTED)
    rig.world.add_fault(Fault(fault, **POST))
    rig.start()
    create = rig.register()
    rig.until_state(create, "unconfirmed")

    delete = rig.cancel()
    rig.settle(delete)

    assert rig.action(create).state in ("done", "withdrawn")
    assert is_cancelled(rig)
    assert len(rig.posts()) == 1


def test_cancelled_when_registered(rig: Rig) -> None:
    """The plain case, by the registrant's id."""
    rig.start()
    rig.settle(rig.register())

    assert rig.settle(rig.cancel()).outcome == "cancelled"
    assert is_cancelled(rig)


DELETE_FAULTS = [
    pytest.param(Fault(FaultKind.ANSWER_LOST, **DELETE), id="answer lost"),
    pytest.param(Fault(FaultKind.DROPPED_BEFORE, **DELETE), id="dropped"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, **DELETE), id="500"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, carried_out=True, **DELETE), id="500, carried out"),
    pytest.param(Fault(FaultKind.UNAVAILABLE, seconds=2, **DELETE), id="503"),
    pytest.param(Fault(FaultKind.BAD_GATEWAY, **DELETE), id="502 in HTML"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, status=409, **DELETE), id="409"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, status=202, **DELETE), id="202"),
    pytest.param(Fault(FaultKind.RATE_LIMITED, seconds=5, **DELETE), id="429"),
    pytest.param(Fault(FaultKind.TOKEN_REVOKED, **DELETE), id="401"),
]


@pytest.mark.parametrize("fault", DELETE_FAULTS)
def test_a_cancellation_without_a_clear_answer_is_repeated_until_it_is_certain(rig: Rig, fault: Fault) -> None:
    """The id is never given twice, so repeating does no harm; 404 then means done."""
    rig.start()
    rig.settle(rig.register())
    rig.world.add_fault(fault)

    action = rig.settle(rig.cancel())

    assert (action.state, action.outcome) in (("done", "cancelled"), ("done", "already_gone"))
    assert is_cancelled(rig)


def test_somebody_removed_elsewhere_is_already_gone(rig: Rig) -> None:
    """The host deleted them at RingCentral a moment ago."""
    rig.start()
    rig.settle(rig.register())
    with rig.world.transaction() as db:
        db.execute("DELETE FROM registrant WHERE session_id = ?", (SESSION,))

    action = rig.settle(rig.cancel())

    assert (action.state, action.outcome) == ("done", "already_gone")


def test_registered_again_after_a_cancellation_keeps_the_ref(rig: Rig) -> None:
    """The ref in somebody's own link is theirs for good."""
    rig.start()
    rig.settle(rig.register())
    ref = rig.registration().ref
    rig.settle(rig.cancel())

    action = rig.settle(rig.register())

    assert action.outcome == "registered"
    assert rig.registration().ref == ref
    assert rig.registered() == ["ada@example.com"]


@pytest.mark.parametrize("fault", [None, FaultKind.ANSWER_LOST, FaultKind.DROPPED_BEFORE])
def test_registered_again_while_the_cancellation_is_on_its_way(rig: Rig, fault: FaultKind | None) -> None:
    """A change of mind within seconds: the last word counts, whatever became of the call before."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.start()
    rig.settle(rig.register())
    gate = Gate("before send")
    rig.stop()
    if fault:
        rig.world.add_fault(Fault(fault, **DELETE))
    rig.start(passing=gate)
    delete = rig.cancel()
    rig.until_state(delete, "sending")

    again = rig.register(a_person(source="second thoughts"))
    gate.open()
    rig.settle(again)
    rig.let_pass(lambda: rig.action(delete).state in ("done", "withdrawn"))
    rig.skip(300)

    assert rig.registered() == ["ada@example.com"]
    assert rig.registration().standing == "registered"


def test_a_cancellation_that_died_unsent_is_not_believed_from_a_late_list(rig: Rig) -> None:
    """Registered a moment ago and not listed yet: that the list does not show them proves nothing."""
    rig.world.set_switches(list_lag=60, second_email=SecondEmail.ACCEPTED)
    rig.start()
    rig.settle(rig.register())
    rig.stop()
    delete = rig.cancel()
    with rig.store.write() as db:  # as a crash leaves it: committed as sending, and not a byte left
        call_id = callbook.depart(db, rig.connection_id, callbook.HEAVY, "delete", epoch=1, now=rig.clock())
        assert ledger.claim(db, db.get_one(Action, delete), call_id=call_id, epoch=1, now=rig.clock())
    rig.start()

    rig.settle(delete)

    assert is_cancelled(rig)


def test_an_import_that_was_cancelled_says_so_and_shows_no_dead_links(rig: Rig) -> None:
    """The receipt still said "registered", and 469 people were about to be mailed links that no longer worked."""
    rig.start()
    batch_id = rig.import_of(3)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")
    with rig.store.write() as db:
        undo_id = batches.cancel_registered(db, batch_id, actor="local", now=rig.clock())

    rig.let_pass(lambda: rig.batch(undo_id).state == "finished")

    with rig.store.read() as db:
        receipt = list(progress.receipt_lines(db, db.get_one(Batch, batch_id)))
    assert rig.counts(batch_id) == {"cancelled": 3}
    assert [(line.status, line.join_uri, line.cancellation_uri) for line in receipt] == [("cancelled", None, None)] * 3
