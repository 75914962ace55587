"""The lists of states: every one belongs somewhere, and nothing is both."""

from rollcall.outbox.states import BECOMES_ACTION, FINAL, IN_FLIGHT, OPEN, Lane, Priority, State, Verdict


def test_every_state_is_either_open_or_final() -> None:
    """What is open is still worked on; what is final never moves again."""
    assert set(State) == OPEN | FINAL
    assert not OPEN & FINAL
    assert {State.DONE, State.REFUSED, State.WITHDRAWN} == FINAL


def test_what_is_in_flight_may_have_left_the_house() -> None:
    """These two are the ones that a listing has to decide; `waiting` has not left."""
    assert {State.SENDING, State.UNCONFIRMED} == IN_FLIGHT
    assert OPEN - {State.WAITING} == IN_FLIGHT


def test_somebody_who_waits_goes_before_an_import() -> None:
    """Lower goes first, for writes as for readings."""
    assert sorted(Priority) == [Priority.CLICK, Priority.DOOR, Priority.BATCH]
    assert sorted(Lane) == [Lane.SETTLE_CLICK, Lane.CLICK, Lane.BATCH, Lane.BACKGROUND]


def test_only_people_who_are_not_there_yet_become_actions() -> None:
    """Somebody registered, cancelled earlier, invalid or repeated costs no call unless the marketer says so."""
    assert {Verdict.TO_SEND, Verdict.WAITING_ELSEWHERE} == BECOMES_ACTION
