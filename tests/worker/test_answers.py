"""What becomes of somebody after each answer RingCentral may give: the table of answers, line by line."""

import pytest

from rollcall.simulator import Fault, FaultKind, Person, SecondEmail
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import Rig, a_person

ADA = "ada@example.com"
ELSEWHERE = Person("Ada", "King", ADA, external_id="lid=other")  # registered on RingCentral's own page
WRITE = {"method": "POST", "path": "/registrants"}

CARRIED_OUT = [
    pytest.param(Fault(FaultKind.ANSWER_LOST, **WRITE), id="answer lost"),
    pytest.param(Fault(FaultKind.TRUNCATED, **WRITE), id="answer cut off"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, carried_out=True, **WRITE), id="500"),
    pytest.param(Fault(FaultKind.UNAVAILABLE, seconds=2, carried_out=True, **WRITE), id="503"),
    pytest.param(Fault(FaultKind.BAD_GATEWAY, carried_out=True, **WRITE), id="502 in HTML"),
    pytest.param(Fault(FaultKind.ODD_ANSWER, status=202, **WRITE), id="202"),
    pytest.param(Fault(FaultKind.ODD_ANSWER, status=302, **WRITE), id="302"),
    pytest.param(Fault(FaultKind.ODD_ANSWER, status=201, **WRITE), id="201 without a body"),
]
NOT_CARRIED_OUT = [
    pytest.param(Fault(FaultKind.DROPPED_BEFORE, **WRITE), id="dropped"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, **WRITE), id="500"),
    pytest.param(Fault(FaultKind.UNAVAILABLE, seconds=2, **WRITE), id="503"),
    pytest.param(Fault(FaultKind.BAD_GATEWAY, **WRITE), id="502 in HTML"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, status=202, **WRITE), id="202"),
    pytest.param(Fault(FaultKind.SERVER_ERROR, status=307, **WRITE), id="307"),
]


@pytest.mark.parametrize("fault", CARRIED_OUT)
def test_what_was_carried_out_without_a_clear_answer_is_found_on_the_list(rig: Rig, fault: Fault) -> None:
    """RingCentral accepts second emails here: repeating the call would show as a second registrant."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.world.add_fault(fault)
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.outcome) == ("done", "registered")
    assert rig.registered() == [ADA]
    assert len(rig.posts()) == 1


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
def test_what_was_not_carried_out_is_sent_again_after_two_listings(rig: Rig, fault: Fault) -> None:
    """No listing at once proves absence: the first may begin after 10 s, the second after 120 s."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.world.add_fault(fault)
    rig.start()

    action = rig.settle(rig.register())

    first, second = rig.posts(ADA)
    listings = [
        (call.arrived_at - first.arrived_at).total_seconds()
        for call in rig.world.calls(method="GET", path="/registrants", since=first.id)
        if call.id < second.id and call.complete
    ]
    assert (action.state, action.outcome) == ("done", "registered")
    assert rig.registered() == [ADA]
    assert any(10 <= after < 120 for after in listings)
    assert any(after >= 120 for after in listings)


@BOTH_DATABASES
@pytest.mark.parametrize("lag", [0, 60])
def test_a_late_list_makes_nobody_register_twice(rig: Rig, lag: int) -> None:
    """RingCentral stores late: for a minute the list does not show somebody who is registered."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED, list_lag=lag)
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, **WRITE))
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.outcome) == ("done", "registered")
    assert rig.registered() == [ADA]


def test_a_second_email_that_is_refused_ends_as_already_there(rig: Rig) -> None:
    """She registered on RingCentral's own page a moment ago; the form cannot know."""
    rig.world.add_registrants("8001", [ELSEWHERE])
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.outcome) == ("done", "already_there")
    assert rig.registered() == [ADA]


def test_a_second_email_that_is_accepted_is_remembered(rig: Rig) -> None:
    """Nothing protects the form here; but from now on older sightings count and nobody is sent on suspicion."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.world.add_registrants("8001", [ELSEWHERE])
    rig.start()
    rig.settle(rig.register())

    batch_id = rig.import_of([a_person(ADA, source="list")])
    rig.until_batch(batch_id, "finished")

    assert [line.status for line in rig.actions(batch_id)] == ["already_there"]
    assert len(rig.posts()) == 1


def test_a_conflict_that_no_listing_explains_is_tried_once_more_and_then_refused(rig: Rig) -> None:
    """409 may mean anything: once more, and then somebody is told instead of a loop."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=409, times=None, **WRITE))
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.error_code) == ("refused", "conflict")
    assert len(rig.posts()) == 2


def test_a_refused_field_is_named_and_nobody_else_waits_for_it(rig: Rig) -> None:
    """400 is about one person: the import goes on with the others."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=400, email="guest002@example.com", **WRITE))
    rig.start()

    batch_id = rig.import_of(3)
    rig.until_batch(batch_id, "finished")

    assert [line.status for line in rig.actions(batch_id)] == ["registered", "refused", "registered"]
    assert len(rig.posts("guest002@example.com")) == 1


def test_an_import_with_every_kind_of_trouble_registers_everybody_once(rig: Rig) -> None:
    """Five in a hundred answers are lost, some fail, the list lags, and second emails would be accepted."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED, list_lag=30, list_lag_share=0.5)
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, share=0.1, seed=7, times=None, **WRITE))
    rig.world.add_fault(Fault(FaultKind.DROPPED_BEFORE, share=0.1, seed=8, times=None, **WRITE))
    rig.world.add_fault(Fault(FaultKind.BAD_GATEWAY, share=0.1, seed=9, times=None, **WRITE))
    rig.start()

    batch_id = rig.import_of(30)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished", most=3600)

    assert rig.counts(batch_id) == {"registered": 30}
    assert rig.registered() == [f"guest{number:03}@example.com" for number in range(1, 31)]
    assert not rig.refused_for_quota()
