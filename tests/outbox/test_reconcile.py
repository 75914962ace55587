"""What listings prove about a call without an answer. Nothing is repeated before it is proven not to have happened."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.outbox.reconcile import (
    FIRST,
    LIST_AT_AGE,
    LIST_AT_COUNT,
    SECOND,
    SKEW,
    Decision,
    Listed,
    Open,
    Verdict,
    Wanted,
    decide,
    listing_wanted,
)

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)  # when the call ended
LEFT = NINE - timedelta(seconds=15)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def an_open(**changed: object) -> Open:
    """A registration whose answer got lost; nothing of ours marks it but its name."""
    ada = Open(
        action_id=7,
        is_delete=False,
        email_key="ada@example.com",
        registrant_id=None,
        left_at=LEFT,
        ended_at=NINE,
        absent_at=None,
        external_id="",
        ref="",
        first_name="Ada",
        last_name="Lovelace",
        conflicts=0,
        is_conflict=False,
        somebody_waits=False,
    )
    return replace(ada, **changed)  # type: ignore[arg-type]


def a_listed(registrant_id: str = "r-1", **changed: object) -> Listed:
    """Ada on RingCentral's list, registered while our call ran."""
    ada = Listed(
        registrant_id=registrant_id,
        email_key="ada@example.com",
        first_name="Ada",
        last_name="Lovelace",
        external_id="",
        links="https://ringcentral.example/j/1 https://ringcentral.example/c/1",
        registered_at=NINE,
    )
    return replace(ada, **changed)  # type: ignore[arg-type]


def a_delete(**changed: object) -> Open:
    return an_open(is_delete=True, registrant_id="r-1", **changed)


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing that does not show the person: begun so many seconds after the call's end."""

    after: float
    complete: bool


def follow(action: Open, listings: list[Listing]) -> list[Decision]:
    """What the worker makes of one listing after the other, `absent_at` noted as the store does."""
    decisions = []
    for listing in listings:
        begun_at = action.ended_at + seconds(listing.after)
        decisions.append(decide(action, [], begun_at=begun_at, complete=listing.complete))
        if decisions[-1].verdict is Verdict.ABSENT_ONCE and action.absent_at is None:
            action = replace(action, absent_at=begun_at)
    return decisions


listings_of_somebody_absent = st.lists(
    st.builds(Listing, st.floats(-300, 600).map(lambda after: round(after, 3)), st.booleans()), max_size=12
)


class TestNotThere:
    @given(listings=listings_of_somebody_absent, conflicts=st.integers(0, 1))
    @settings(derandomize=True, deadline=None, max_examples=500)
    def test_never_proven_before_two_complete_listings_late_enough(
        self, listings: list[Listing], conflicts: int
    ) -> None:
        """A repeat that comes too early makes a second registrant where RingCentral accepts a second email."""
        decisions = follow(an_open(conflicts=conflicts), listings)

        for number, decision in enumerate(decisions):
            if decision.verdict is Verdict.NOT_CARRIED_OUT:
                complete = [one.after for one in listings[: number + 1] if one.complete]
                late = [after for after in complete if after >= SECOND.total_seconds()]
                early_enough = [after for after in complete if after >= FIRST.total_seconds()]
                assert late
                assert len(set(early_enough)) >= 2
                assert listings[number].complete
                assert listings[number].after >= SECOND.total_seconds()

    @given(listings=listings_of_somebody_absent)
    @settings(derandomize=True, deadline=None)
    def test_always_proven_after_them_whatever_came_before(self, listings: list[Listing]) -> None:
        """Otherwise somebody would stay unconfirmed for ever."""
        decisions = follow(an_open(), [*listings, Listing(700, True), Listing(800, True)])

        assert decisions[-1].verdict is Verdict.NOT_CARRIED_OUT

    def test_the_two_moments_themselves_count(self) -> None:
        """Ten and a hundred and twenty seconds, not a millisecond later."""
        verdicts = [one.verdict for one in follow(an_open(), [Listing(10, True), Listing(120, True)])]

        assert verdicts == [Verdict.ABSENT_ONCE, Verdict.NOT_CARRIED_OUT]

    @pytest.mark.parametrize(
        "listings",
        [
            [Listing(9.999, True), Listing(119, True)],
            [Listing(10, False), Listing(120, False)],
            [Listing(10, True), Listing(119.999, True)],
            [Listing(120, True)],
            [Listing(-5, True), Listing(500, True)],
            [Listing(300, True), Listing(200, True)],
            [Listing(300, True), Listing(300, True)],
        ],
        ids=["too early", "cut short", "second early", "one", "before", "out of order", "the same one twice"],
    )
    def test_less_than_that_proves_nothing(self, listings: list[Listing]) -> None:
        """RingCentral may store late, and half a list may lack anybody."""
        assert Verdict.NOT_CARRIED_OUT not in [one.verdict for one in follow(an_open(), listings)]

    def test_a_second_conflict_that_is_never_listed_is_given_up(self) -> None:
        """RingCentral says twice that the person is there and shows nobody: repeating would go on for ever."""
        again = an_open(conflicts=2, is_conflict=True)

        assert follow(again, [Listing(10, True), Listing(120, True)])[-1].verdict is Verdict.UNEXPLAINED_CONFLICT

    def test_after_the_first_conflict_it_is_tried_once_more(self) -> None:
        """The person may have been removed between our call and the listing."""
        conflict = an_open(conflicts=1, is_conflict=True)

        assert follow(conflict, [Listing(10, True), Listing(120, True)])[-1].verdict is Verdict.NOT_CARRIED_OUT


class TestThere:
    @given(after=st.floats(-300, 600), complete=st.booleans(), absent=st.booleans(), conflicts=st.integers(0, 3))
    @settings(derandomize=True, deadline=None)
    def test_proven_by_any_listing_that_shows_the_person(
        self, after: float, complete: bool, absent: bool, conflicts: int
    ) -> None:
        """Complete or not, early or late, whatever an earlier one did not show."""
        action = an_open(absent_at=NINE + FIRST if absent else None, conflicts=conflicts)

        found = decide(action, [a_listed()], begun_at=NINE + seconds(after), complete=complete)

        assert found == Decision(7, Verdict.REGISTERED, "r-1")

    def test_our_ref_in_a_link_says_that_it_is_ours(self) -> None:
        """Certain, also after a 409, also under another name."""
        listed = a_listed(links="https://acme.com/join?ref=REF-1", first_name="A.", registered_at=None)
        action = an_open(ref="REF-1", is_conflict=True, conflicts=1)

        assert decide(action, [listed], begun_at=NINE, complete=False).verdict is Verdict.REGISTERED

    def test_our_external_id_says_that_it_is_ours(self) -> None:
        """Also after a 409: the call before this one made it, and its answer got lost."""
        action = an_open(external_id="lid=1", is_conflict=True, conflicts=1)

        found = decide(action, [a_listed(external_id="lid=1")], begun_at=NINE, complete=False)

        assert found.verdict is Verdict.REGISTERED

    @pytest.mark.parametrize(
        ("action", "listed"),
        [
            (an_open(external_id="lid=1"), a_listed(external_id="lid=2")),
            (an_open(is_conflict=True, conflicts=1), a_listed()),
            (an_open(), a_listed(registered_at=LEFT - SKEW - seconds(1))),
            (an_open(), a_listed(registered_at=None)),
            (an_open(), a_listed(last_name="King")),
            (an_open(ref="REF-1"), a_listed(registered_at=LEFT - timedelta(days=3))),
        ],
        ids=["another ID", "a conflict", "long before", "no time", "another name", "links replaced, long before"],
    )
    def test_somebody_who_was_there_before_is_not_ours(self, action: Open, listed: Listed) -> None:
        """The import must not count, and its undo must not cancel, whom it did not register."""
        found = decide(action, [listed], begun_at=NINE, complete=True)

        assert found == Decision(7, Verdict.ALREADY_THERE, "r-1")

    def test_of_two_with_one_email_ours_is_named(self) -> None:
        """RingCentral may accept a second email; the one with our mark counts, whichever came last."""
        ours = a_listed("r-1", external_id="lid=1", registered_at=NINE)
        another = a_listed("r-2", external_id="lid=9", registered_at=NINE + seconds(60))

        found = decide(an_open(external_id="lid=1"), [another, ours], begun_at=NINE, complete=True)

        assert found == Decision(7, Verdict.REGISTERED, "r-1")

    def test_of_two_that_are_not_ours_the_latest_is_named_also_without_times(self) -> None:
        """Dates are optional in RingCentral's answers; a missing one must not raise."""
        shown = [a_listed("r-2", registered_at=None), a_listed("r-3", registered_at=None)]
        conflict = an_open(is_conflict=True, conflicts=1)

        assert decide(conflict, shown, begun_at=NINE, complete=True).registrant_id == "r-3"
        shown.append(a_listed("r-1", registered_at=NINE - timedelta(days=1)))
        assert decide(conflict, shown, begun_at=NINE, complete=True).registrant_id == "r-1"


class TestCancellation:
    def test_two_complete_listings_without_the_registrant_prove_it(self) -> None:
        """One does not: somebody registered a moment ago may be missing on the list and be there all the same."""
        once = decide(a_delete(), [], begun_at=NINE + FIRST, complete=True)
        early = decide(a_delete(absent_at=NINE + FIRST), [], begun_at=NINE + SECOND - seconds(1), complete=True)
        twice = decide(a_delete(absent_at=NINE + FIRST), [], begun_at=NINE + SECOND, complete=True)

        assert [one.verdict for one in (once, early, twice)] == [
            Verdict.ABSENT_ONCE,
            Verdict.UNDECIDED,
            Verdict.CANCELLED,
        ]

    @pytest.mark.parametrize(("after", "complete"), [(-1, True), (60, False)])
    def test_an_earlier_or_incomplete_listing_proves_nothing(self, after: float, complete: bool) -> None:
        """The registrant may stand on the page that was not read."""
        found = decide(a_delete(), [], begun_at=NINE + seconds(after), complete=complete)

        assert found.verdict is Verdict.UNDECIDED

    def test_one_who_is_still_listed_is_cancelled_again_but_not_at_once(self) -> None:
        """The list may lag; the registrant's id is never given twice, so a repeat harms nobody."""
        early = decide(a_delete(), [a_listed()], begun_at=NINE + seconds(9), complete=True)
        late = decide(a_delete(), [a_listed()], begun_at=NINE + seconds(10), complete=False)

        assert (early.verdict, late.verdict) == (Verdict.UNDECIDED, Verdict.NOT_CARRIED_OUT)

    def test_another_registrant_of_the_same_email_does_not_count(self) -> None:
        """Only the one whose id we cancelled."""
        found = decide(a_delete(absent_at=NINE + FIRST), [a_listed("r-2")], begun_at=NINE + SECOND, complete=True)

        assert found.verdict is Verdict.CANCELLED


class TestWhenToList:
    def test_nothing_unconfirmed_wants_no_listing(self) -> None:
        """It would cost calls."""
        assert listing_wanted([], last_begun=None, others_wait=False, now=NINE) is None

    def test_for_somebody_who_waits_as_soon_as_it_can_tell_something(self) -> None:
        """Even while an import runs."""
        clicked = an_open(somebody_waits=True)

        assert wanted([clicked], others_wait=True) == Wanted(NINE + FIRST, somebody_waits=True)
        seen_once = replace(clicked, absent_at=NINE + seconds(12))
        assert wanted([seen_once], others_wait=True) == Wanted(NINE + SECOND, somebody_waits=True)

    def test_after_a_conflict_at_once_and_then_as_after_any_other(self) -> None:
        """RingCentral has just said that the person is there, so the list should show them already."""
        conflict = an_open(is_conflict=True, conflicts=1, somebody_waits=True)

        assert wanted([conflict], others_wait=True) == Wanted(NINE, somebody_waits=True)
        assert wanted([conflict], others_wait=True, last_begun=NINE) == Wanted(NINE + FIRST, somebody_waits=True)

    def test_an_import_lists_when_nothing_else_waits(self) -> None:
        """The last of its people are then settled soonest."""
        assert wanted([an_open()], others_wait=False) == Wanted(NINE + FIRST, somebody_waits=False)

    def test_an_import_lists_when_many_are_unconfirmed(self) -> None:
        """One listing decides them all."""
        many = [an_open(action_id=number) for number in range(LIST_AT_COUNT)]

        assert wanted(many, others_wait=True) == Wanted(NINE + FIRST, somebody_waits=False)

    def test_an_import_lists_at_least_every_ten_minutes(self) -> None:
        """Otherwise a single person of a long import stays unconfirmed for hours."""
        assert wanted([an_open()], others_wait=True) == Wanted(NINE + LIST_AT_AGE, somebody_waits=False)
        listed_at = NINE + seconds(30)
        assert wanted([an_open()], others_wait=True, last_begun=listed_at) == Wanted(
            listed_at + LIST_AT_AGE, somebody_waits=False
        )

    @given(
        absent_after=st.none() | st.floats(10, 500),
        last_after=st.none() | st.floats(-500, 500),
        others_wait=st.booleans(),
        somebody_waits=st.booleans(),
    )
    @settings(derandomize=True, deadline=None)
    def test_a_listing_at_the_moment_named_always_brings_things_forward(
        self, absent_after: float | None, last_after: float | None, others_wait: bool, somebody_waits: bool
    ) -> None:
        """One that could prove nothing would be read again and again, a call each time."""
        absent_at = None if absent_after is None else NINE + seconds(absent_after)
        last_begun = None if last_after is None else NINE + seconds(last_after)
        if absent_at is not None:
            last_begun = max(absent_at, last_begun or absent_at)
        action = an_open(absent_at=absent_at, somebody_waits=somebody_waits)

        found = wanted([action], others_wait=others_wait, last_begun=last_begun)

        begun_at = max(found.at, (last_begun or NINE) + seconds(1))
        assert decide(action, [], begun_at=begun_at, complete=True).verdict is not Verdict.UNDECIDED


def wanted(actions: list[Open], *, others_wait: bool, last_begun: datetime | None = None) -> Wanted:
    found = listing_wanted(actions, last_begun=last_begun, others_wait=others_wait, now=NINE)
    assert found is not None
    return found
