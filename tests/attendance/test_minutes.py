"""How long people stayed and when they were there, and what is odd about it."""

from datetime import timedelta

import pytest

from rollcall.attendance.matching import Attendance
from rollcall.attendance.minutes import (
    Note,
    Oddity,
    Spread,
    distribution,
    joined_late,
    left_early,
    notes,
    presence_curve,
    spread,
    stayed,
)
from tests.attendance.examples import TEN, a_record, a_running_session, at, reckoned, some_facts
from tests.attendance.slow import AParticipant, ARegistrant


def who_came(*stays: tuple[float | None, float | None], **facts: object) -> Attendance:
    """One registrant a stay, from and to in minutes of the broadcast."""
    return reckoned(
        [ARegistrant(f"r{number}", participant_id=f"p{number}") for number in range(len(stays))],
        [a_record(f"p{number}", *stay, registrant_id=f"r{number}") for number, stay in enumerate(stays)],
        some_facts(**facts),
    )


class TestSpread:
    def test_the_quartiles_are_those_of_a_spreadsheet(self) -> None:
        """Whoever checks them with PERCENTILE.INC finds the same: of 10, 20, 30, 60."""
        found = spread(who_came((0, 10), (0, 20), (0, 30), (0, 60)))

        assert found == Spread(people=4, not_available=0, lower_quartile=17.5, median=25.0, upper_quartile=37.5)

    def test_who_has_no_minutes_is_left_out_and_counted(self) -> None:
        """Not available is not 0: it must not pull the median down."""
        found = spread(who_came((0, 40), (None, None)))

        assert (found.people, found.not_available, found.median) == (1, 1, 40.0)

    def test_nobody_has_no_median(self) -> None:
        """A session without minutes says nothing, not 0."""
        assert spread(reckoned()) == Spread(0, 0, None, None, None)


class TestDistribution:
    def test_bins_are_round_and_cover_the_broadcast(self) -> None:
        """An hour in twelve bins of five minutes; who stayed to the end is in the last one."""
        found = distribution(who_came((0, 4), (0, 5), (0, 60)))

        assert list(found["from_minutes"]) == list(range(0, 60, 5))
        assert list(found["people"]) == [1, 1, *[0] * 9, 1]

    @pytest.mark.parametrize("hours", [0.01, 1, 2, 7, 24, 400])
    def test_there_are_never_more_than_twelve(self, hours: float) -> None:
        """The widest chart of the longest session stays readable."""
        long = who_came((0, hours * 60), (0, 1), broadcast_end=TEN + timedelta(hours=hours))

        found = distribution(long)

        assert 1 <= len(found) <= 12
        assert found["people"].sum() == 2
        assert found["to_minutes"].iloc[-1] >= hours * 60

    def test_without_a_broadcast_the_longest_stay_decides(self) -> None:
        """All we know of its length."""
        found = distribution(who_came((0, 24), broadcast_start=None, broadcast_end=None))

        assert list(found["from_minutes"])[-1] == 22

    def test_without_minutes_there_are_no_bins(self) -> None:
        """Not one empty bar."""
        assert distribution(who_came((None, None))).empty


class TestPresenceCurve:
    def test_it_counts_people_not_records(self) -> None:
        """Two devices of one person are one person there."""
        found = presence_curve(
            reckoned(
                [ARegistrant("r1"), ARegistrant("r2")],
                [
                    a_record("p1", 0, 30, registrant_id="r1"),
                    a_record("p2", 10, 30, registrant_id="r1"),
                    a_record("p3", 20, 60, registrant_id="r2"),
                ],
            )
        )

        people = dict(zip(found["minute"], found["people"], strict=True))
        assert [people[minute] for minute in (0, 19, 20, 29, 30, 59)] == [1, 1, 2, 2, 1, 1]
        assert (found["at"].iloc[0], found["at"].iloc[-1]) == (TEN, at(59))

    @pytest.mark.parametrize("minutes", [0.5, 1, 199.5, 200, 200.5, 720, 100_000])
    def test_there_are_never_more_than_two_hundred_points(self, minutes: float) -> None:
        """What reaches the browser does not grow with the session."""
        found = presence_curve(who_came((0, minutes), broadcast_end=at(minutes)))

        assert 1 <= len(found) <= 200
        assert list(found["people"]) == [1] * len(found)

    def test_of_a_running_session_it_ends_with_the_reading(self) -> None:
        """Nobody knows what comes after."""
        running = reckoned(
            [ARegistrant("r1")], [a_record("p1", 0, None, registrant_id="r1")], a_running_session(now=at(30))
        )

        assert list(presence_curve(running)["people"]) == [1] * 30

    def test_without_anybody_and_without_a_broadcast_it_is_empty(self) -> None:
        """A session that never started has no curve."""
        never = some_facts(broadcast_start=None, broadcast_end=None, status="Scheduled")

        assert presence_curve(reckoned(facts=never)).empty


class TestLateAndEarly:
    def test_exactly_ten_minutes_is_neither_late_nor_early(self) -> None:
        """The limit belongs to the punctual."""
        punctual = who_came((10, 50))

        assert joined_late(punctual).empty
        assert left_early(punctual).empty

    def test_a_second_more_is_both(self) -> None:
        """And may be asked with another limit."""
        found = who_came((10 + 1 / 60, 50 - 1 / 60), (0, 60))

        assert list(joined_late(found)["registrant_id"]) == ["r0"]
        assert list(left_early(found)["registrant_id"]) == ["r0"]
        assert joined_late(found, after=timedelta(minutes=11)).empty

    def test_who_has_not_left_has_not_left_early(self) -> None:
        """No leave time is no early leave."""
        assert left_early(who_came((0, None))).empty

    def test_without_a_known_broadcast_nobody_can_tell(self) -> None:
        """Not known is not nobody."""
        unknown = who_came((30, 40), broadcast_start=None, broadcast_end=None)

        assert (joined_late(unknown), left_early(unknown), stayed(unknown, share=0.5)) == (None, None, None)

    def test_at_least_half_of_it(self) -> None:
        """For the list of those worth a call; who has no minutes is not on it."""
        found = stayed(who_came((0, 30), (0, 29.9), (None, None)), share=0.5)

        assert found is not None
        assert list(found["registrant_id"]) == ["r0"]


class TestNotes:
    def test_a_session_in_order_has_none(self) -> None:
        """A note that is always there is not read."""
        assert notes(who_came((0, 60), (-10, 70))) == ()

    @pytest.mark.parametrize(
        ("record", "oddity"),
        [
            (a_record("p1", None, 60, registrant_id="r1"), Oddity.NO_JOIN_TIME),
            (a_record("p1", 30, 20, registrant_id="r1"), Oddity.LEFT_BEFORE_JOIN),
            (a_record("p1", 61, 62, registrant_id="r1"), Oddity.JOINED_AFTER_END),
            (a_record("p1", -40, -20, registrant_id="r1"), Oddity.BEFORE_SESSION),
            (a_record("p1", -600, 60, registrant_id="r1"), Oddity.BEFORE_SESSION),
            (a_record("p1", 0, None, registrant_id="r1"), Oddity.OPEN_AFTER_END),
        ],
    )
    def test_a_record_is_odd(self, record: AParticipant, oddity: Oddity) -> None:
        """Each with its record, so that it can be looked at."""
        found = notes(reckoned([ARegistrant("r1", participant_id="p1")], [record]))

        assert found == (Note(oddity, participant_ids=("p1",)),)

    @pytest.mark.parametrize(
        ("registrants", "oddity", "whose"),
        [
            ([ARegistrant("r1", participant_id="p1", gone_at=TEN)], Oddity.CANCELLED_BUT_ATTENDED, ("r1",)),
            ([ARegistrant("r1")], Oddity.ONLY_BY_RECORD, ("r1",)),
            (
                [ARegistrant("r1", participant_id="p1"), ARegistrant("r2", participant_id="p2")],
                Oddity.ONLY_BY_PARTICIPANT_ID,
                ("r2",),
            ),
            (
                [ARegistrant("r1", "a@x.org", participant_id="p1"), ARegistrant("r2", "a@x.org")],
                Oddity.SEVERAL_REGISTRATIONS,
                ("r1", "r2"),
            ),
        ],
    )
    def test_a_registrant_is_odd(self, registrants: list[ARegistrant], oddity: Oddity, whose: tuple[str, ...]) -> None:
        """Each with its registrants, so that they can be asked."""
        found = notes(reckoned(registrants, [a_record("p1", registrant_id="r1")]))

        assert found == (Note(oddity, registrant_ids=whose),)

    def test_registered_again_after_cancelling_is_not_odd(self) -> None:
        """One of the two is gone: that is how a name is changed."""
        again = [ARegistrant("r1", "a@x.org", gone_at=TEN), ARegistrant("r2", "a@x.org")]

        assert notes(reckoned(again)) == ()

    def test_a_session_that_never_started_says_so(self) -> None:
        """Else a rate of 0 % looks like nobody's interest."""
        never = some_facts(status="Scheduled", broadcast_start=None, broadcast_end=None)

        assert notes(reckoned([ARegistrant("r1")], facts=never)) == (Note(Oddity.NEVER_STARTED),)

    def test_minutes_that_could_not_be_clipped_say_so(self) -> None:
        """Practice and debrief are in them."""
        assert notes(who_came((0, 60), broadcast_end=None)) == (Note(Oddity.BROADCAST_UNKNOWN),)

    @pytest.mark.parametrize(("joined", "left", "minutes"), [(-(10**9), 60, 60 + 15 + 60), (0, 10**9, 24 * 60)])
    def test_a_clock_far_from_the_session_makes_no_minutes_of_centuries(
        self, joined: float, left: float, minutes: float
    ) -> None:
        """Without the broadcast's times, an hour before the session and its reading bound them; the note stays."""
        found = who_came((joined, left), broadcast_start=None, broadcast_end=None)

        assert found.people["minutes"].tolist() == [minutes]
        assert (Oddity.BEFORE_SESSION in [note.oddity for note in notes(found)]) == (joined < 0)

    def test_a_running_session_is_not_odd_for_running(self) -> None:
        """Open leave times, a list read before and no end are what running means."""
        running = reckoned([ARegistrant("r1")], [a_record("p1", 0, None, registrant_id="r1")], a_running_session())

        assert notes(running) == ()

    def test_the_panel_is_left_out(self) -> None:
        """Speakers join hours before, and nobody minds."""
        early = a_record("p1", -600, -500, role="Host")

        assert notes(reckoned(participants=[early])) == ()

    def test_it_counts_what_it_names(self) -> None:
        """The number on the page opens exactly those."""
        assert Note(Oddity.NEVER_STARTED).count == 1
        assert Note(Oddity.ONLY_BY_RECORD, registrant_ids=("r1", "r2")).count == 2
