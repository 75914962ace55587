"""A registrant cancelled and registered again with other data, against the simulated RingCentral."""

import pytest

from rollcall.outbox import picked
from rollcall.outbox.picked import Picked, Place
from rollcall.outbox.states import BatchState, Lane
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.simulator import Fault, FaultKind, SecondEmail
from tests.worker.rig import SESSION, Rig, a_person

DELETE = {"method": "DELETE", "path": "/registrants"}


def registered(rig: Rig) -> Picked:
    """Ada, registered with a source that is wrong."""
    action = rig.settle(rig.register(a_person(source="wrong")))
    assert action.registrant_id is not None
    return Picked(action.registrant_id, "ada@example.com", "Ada", "Lovelace", "ada@example.com")


def again(rig: Rig, old: Picked, email: str = "ada@example.com") -> int:
    with rig.store.write() as db:
        place = Place(rig.connection_id, SESSION, "local")
        batch_id = picked.register_again(
            db, place, old, a_person(email, source="right"), name="1 registrant", now=rig.clock()
        )
    assert batch_id is not None
    rig.wake()
    return batch_id


def finish(rig: Rig, batch_id: int) -> list[tuple[str, str]]:
    """Let time pass until it is through; then who is registered, with which source."""
    rig.let_pass(lambda: rig.batch(batch_id).state == BatchState.FINISHED)
    return [(one.email, one.source) for one in rig.world.registrants(SESSION)]


@pytest.mark.parametrize("lag", [0, 60])
def test_the_new_data_takes_the_place_of_the_old(rig: Rig, lag: int) -> None:
    """However late the list follows; nobody is registered twice, and nobody stays cancelled."""
    rig.world.set_switches(list_lag=lag, second_email=SecondEmail.REFUSED)
    rig.start()
    old = registered(rig)

    batch_id = again(rig, old)

    assert finish(rig, batch_id) == [("ada@example.com", "right")]


def test_a_cancellation_without_an_answer_is_waited_for(rig: Rig) -> None:
    """Registered too early, she would be found there already, and stay as she was."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.start()
    old = registered(rig)
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, **DELETE))

    batch_id = again(rig, old)

    assert finish(rig, batch_id) == [("ada@example.com", "right")]


def test_another_address_leaves_only_the_new_one(rig: Rig) -> None:
    """A typo in the address is the usual reason for all this."""
    rig.start()
    old = registered(rig)

    batch_id = again(rig, old, "ada@correct.example.com")

    assert finish(rig, batch_id) == [("ada@correct.example.com", "right")]


@pytest.mark.parametrize("second", [SecondEmail.ACCEPTED, SecondEmail.REFUSED])
@pytest.mark.parametrize("times", [1, 3])
def test_a_cancellation_that_has_to_be_tried_again_is_waited_for(rig: Rig, second: SecondEmail, times: int) -> None:
    """The list would show her meanwhile, and the wish beside it take the cancellation's place: the old data stay."""
    rig.world.set_switches(second_email=second)
    rig.start()
    old = registered(rig)
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, times=times, **DELETE))

    batch_id = again(rig, old)

    assert finish(rig, batch_id) == [("ada@example.com", "right")]


def test_a_list_that_goes_before_clicks_lets_nobody_stay(rig: Rig) -> None:
    """What is not confirmed is looked for first; that list shows the person who is about to leave."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.start()
    old = registered(rig)
    rig.stop()
    with rig.store.write() as db:
        readings.ask(
            db, rig.connection_id, What.REGISTRANTS, SESSION, lane=Lane.SETTLE_CLICK, asked_by="worker",
            now=rig.clock(),
        )  # fmt: skip
    batch_id = again(rig, old)

    rig.start()

    assert finish(rig, batch_id) == [("ada@example.com", "right")]
