"""The pace: never too many calls in any window, and nearly as many as are allowed. Time is virtual throughout."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.ringcentral.pace import (
    BURST_RESERVE,
    LEAD,
    MARGIN,
    MOST_IN_FLIGHT,
    PENALTY_MARGIN,
    Allowance,
    Record,
    free_places,
    next_drip,
    next_slot,
    overlap_at,
    penalty,
)

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
TEN_A_MINUTE = Allowance(10, timedelta(seconds=60))
ANSWER = timedelta(milliseconds=300)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def a_record(
    *ended_ago: float, in_flight: int = 0, last_paced_ago: float | None = None, trusted: bool = True
) -> Record:
    """Calls that ended so many seconds before nine."""
    return Record(
        ended=[NINE - seconds(ago) for ago in sorted(ended_ago)],
        in_flight=in_flight,
        last_paced=None if last_paced_ago is None else NINE - seconds(last_paced_ago),
        usual_answer=ANSWER,
        trusted=trusted,
    )


@dataclass(slots=True)
class Book:
    """The calls of a simulated worker, by the rules under test, in virtual time."""

    allowed: Allowance
    now: datetime = NINE
    ended: list[datetime] = field(default_factory=list)  # in the order of their ends
    flying: list[tuple[datetime, datetime]] = field(default_factory=list)  # departure, and the end only the model knows
    arrivals: list[datetime] = field(default_factory=list)
    last_paced: datetime | None = None

    def land(self) -> None:
        """What has ended by now counts from its end."""
        landed = [end for _, end in self.flying if end <= self.now]
        self.flying = [flight for flight in self.flying if flight[1] > self.now]
        self.ended = sorted([*self.ended, *landed])[-self.allowed.limit :]

    @property
    def next_end(self) -> datetime:
        return min(end for _, end in self.flying)

    @property
    def oldest_departure(self) -> datetime:
        return min(left for left, _ in self.flying)

    def record(self) -> Record:
        return Record(self.ended[::-1], len(self.flying), self.last_paced, ANSWER)

    def leave(self, takes: timedelta, arrives_after: float, *, paced: bool) -> None:
        """A call leaves now and arrives at the server a share of the way to its end."""
        self.arrivals.append(self.now + takes * arrives_after)
        self.flying.append((self.now, self.now + takes))
        if paced:
            self.last_paced = self.now


def most_in_a_window(arrivals: Sequence[datetime], window: timedelta) -> int:
    """The most arrivals within any sliding window, both ends included."""
    ordered, first, most = sorted(arrivals), 0, 0
    for last, arrival in enumerate(ordered):
        while arrival - ordered[first] > window:
            first += 1
        most = max(most, last - first + 1)
    return most


a_call = st.tuples(
    st.floats(0.01, 25.0),  # seconds until its end
    st.floats(0.0, 1.0),  # share of them after which the server counts it
    st.floats(0.0, 20.0),  # seconds after which somebody wants the next
    st.booleans(),  # dripped, or clicked
)


class TestNeverTooMany:
    @given(
        limit=st.integers(1, 20),
        window=st.floats(1.0, 90.0),
        calls=st.lists(a_call, min_size=1, max_size=60),
        overlapping=st.integers(1, MOST_IN_FLIGHT),
    )
    @settings(derandomize=True, deadline=None, max_examples=150)
    def test_no_window_sees_more_arrivals_than_allowed_wherever_they_fall(
        self, limit: int, window: float, calls: list[tuple[float, float, float, bool]], overlapping: int
    ) -> None:
        """RingCentral counts a call when it arrives; we only know that this was between departure and end."""
        book = Book(Allowance(limit, seconds(window)))

        for takes, arrives_after, idle, paced in calls:
            book.now += seconds(idle)
            while True:
                book.land()
                slot = next_slot(book.allowed, book.record(), book.now)
                if paced and slot is not None:
                    slot = next_drip(book.allowed, book.record(), book.now, waiting=1_000)
                if len(book.flying) >= overlapping or slot is None:
                    book.now = book.next_end
                elif slot > book.now:
                    book.now = min([slot, *(end for _, end in book.flying)])
                else:
                    break
            book.leave(seconds(takes), arrives_after, paced=paced)

        assert most_in_a_window(book.arrivals, book.allowed.window) <= limit

    def test_a_call_in_flight_takes_a_place_until_it_has_ended(self) -> None:
        """It may arrive at any moment, so only its end starts the window."""
        full = Allowance(3, seconds(60))

        assert next_slot(full, a_record(in_flight=3), NINE) is None
        assert next_slot(full, a_record(5, 4, in_flight=1), NINE) == NINE - seconds(5) + seconds(60) + MARGIN

    def test_a_full_window_opens_a_margin_after_its_oldest_end(self) -> None:
        """The server's clock and ours are not one."""
        ends = [59.0, 50, 40, 30, 20, 10, 5, 4, 3, 2]

        assert next_slot(TEN_A_MINUTE, a_record(*ends), NINE) == NINE + seconds(1) + MARGIN

    def test_nothing_leaves_during_a_penalty_not_even_for_somebody_who_waits(self) -> None:
        """Every call meanwhile would start it anew."""
        until = NINE + seconds(61)
        in_penalty = Allowance(10, seconds(60), until)

        assert next_slot(in_penalty, a_record(), NINE) == until
        assert next_drip(in_penalty, a_record(last_paced_ago=600), NINE, waiting=1) == until
        assert free_places(in_penalty, a_record(), NINE) == 0

    def test_a_penalty_that_is_over_is_forgotten(self) -> None:
        """Its moment stays in the store."""
        assert next_slot(Allowance(10, seconds(60), NINE - seconds(1)), a_record(), NINE) == NINE


class TestDrip:
    def test_a_running_import_leaves_its_calls_evenly(self) -> None:
        """So that a free slot is never far away for somebody who clicks."""
        drip = next_drip(TEN_A_MINUTE, a_record(1.0, last_paced_ago=1.3), NINE, waiting=200)

        assert drip == NINE - seconds(1.3) + seconds(60 + 0.2 + 0.3) / 10 * LEAD

    def test_all_that_waits_goes_at_once_if_it_leaves_two_slots(self) -> None:
        """Five people should not take half a minute when nobody else wants anything."""
        record = a_record(50, 40, last_paced_ago=1)

        assert free_places(TEN_A_MINUTE, record, NINE) == 8
        assert next_drip(TEN_A_MINUTE, record, NINE, waiting=8 - BURST_RESERVE) == NINE
        later = next_drip(TEN_A_MINUTE, record, NINE, waiting=8 - BURST_RESERVE + 1)
        assert later is not None
        assert later > NINE

    def test_what_was_called_before_us_is_unknown_so_nothing_bursts(self) -> None:
        """A fresh installation on a credential that somebody else has just used up starts gently."""
        record = a_record(1, last_paced_ago=1.3, trusted=False)

        drip = next_drip(TEN_A_MINUTE, record, NINE, waiting=1)

        assert drip is not None
        assert drip > NINE + seconds(4)

    def test_the_very_first_call_goes_at_once(self) -> None:
        """Nothing on record: one call is gentle enough."""
        assert next_drip(TEN_A_MINUTE, a_record(trusted=False), NINE, waiting=500) == NINE

    def test_when_all_places_are_in_flight_there_is_no_moment_to_name(self) -> None:
        """The worker waits for an answer instead."""
        assert next_drip(Allowance(1, seconds(6)), a_record(in_flight=1), NINE, waiting=5) is None


class TestADayInTheModel:
    """The worker's rules in virtual time: an import that never ends, and six people an hour who click."""

    def test_nearly_all_of_the_quota_is_used_and_a_click_hardly_waits(self) -> None:
        """The goals of the issue: 97 % of what is allowed, and a slot for a click within 8 s for 95 of 100."""
        used, waits = a_day(TEN_A_MINUTE, answer=ANSWER, clicks_an_hour=6)

        assert used >= 0.97
        assert waits[int(len(waits) * 0.95)] <= seconds(8)
        assert waits[-1] <= seconds(15)

    def test_slow_answers_at_a_raised_limit_overlap(self) -> None:
        """120 a minute with answers of a second: one call at a time would reach half of it."""
        used, _ = a_day(Allowance(120, seconds(60)), answer=seconds(1), clicks_an_hour=0, hours=1)

        assert used >= 0.95


def a_day(
    allowed: Allowance, *, answer: timedelta, clicks_an_hour: int, hours: int = 24
) -> tuple[float, list[timedelta]]:
    """Share of the quota that was used, and how long each click waited for its slot, shortest first."""
    book, waits = Book(allowed), list[timedelta]()
    chance = random.Random(20_260_901)
    end = NINE + timedelta(hours=hours)
    clicks = sorted(NINE + seconds(chance.uniform(0, hours * 3600)) for _ in range(clicks_an_hour * hours))

    while book.now < end:
        book.land()
        record = Record(book.ended[::-1], len(book.flying), book.last_paced, answer)
        clicked = bool(clicks) and clicks[0] <= book.now
        slot = next_slot(allowed, record, book.now)
        if slot is not None and not clicked:
            slot = next_drip(allowed, record, book.now, waiting=10_000)
        moments = clicks[:1]
        if book.flying:
            moments.append(book.next_end)
            overlap = overlap_at(allowed, record, book.oldest_departure)
            if overlap is None or overlap > book.now:
                moments += [overlap] if overlap is not None else []
                slot = None
        if slot is not None and slot <= book.now:
            if clicked:
                waits.append(book.now - clicks.pop(0))
            book.leave(answer, 0.5, paced=not clicked)
            continue
        moments += [slot] if slot is not None else []
        book.now = min(moment for moment in moments if moment > book.now)

    assert most_in_a_window(book.arrivals, allowed.window) <= allowed.limit
    return len(book.arrivals) / (allowed.limit * (timedelta(hours=hours) / allowed.window)), sorted(waits)


class TestOverlap:
    def test_one_call_at_a_time_while_answers_are_quick(self) -> None:
        """Six seconds lie between two calls; a second one beside a call of a moment ago would gain nothing."""
        at = overlap_at(TEN_A_MINUTE, a_record(in_flight=1), NINE)

        assert at == NINE + seconds(2)

    def test_another_may_leave_once_an_answer_takes_longer_than_the_pace(self) -> None:
        """120 a minute is one every half second."""
        at = overlap_at(Allowance(120, seconds(60)), a_record(in_flight=1), NINE)

        assert at is not None
        assert NINE + seconds(0.4) < at < NINE + seconds(0.6)

    def test_never_more_than_four(self) -> None:
        """Each holds a connection and a thread, and all of them would be unconfirmed after a crash."""
        allowed = Allowance(1_000, seconds(60))

        assert overlap_at(allowed, a_record(in_flight=3), NINE) is not None
        assert overlap_at(allowed, a_record(in_flight=4), NINE) is None


class TestPenalty:
    @pytest.mark.parametrize(("retry_after", "longest"), [(0.0, 60.0), (30.0, 60.0), (90.0, 90.0)])
    def test_it_lasts_as_long_as_the_server_says_but_a_window_at_least(
        self, retry_after: float, longest: float
    ) -> None:
        """A `Retry-After` shorter than the window would only earn the next 429."""
        assert penalty(retry_after, TEN_A_MINUTE, 1) == seconds(longest) + PENALTY_MARGIN

    def test_it_doubles_each_time_it_happens_again_up_to_a_quarter_of_an_hour(self) -> None:
        """Somebody else uses the credential all the time: we must not be the ones who keep the penalty alive."""
        lengths = [(penalty(0, TEN_A_MINUTE, times) - PENALTY_MARGIN).total_seconds() for times in range(1, 8)]

        assert lengths == [60, 120, 240, 480, 960, 960, 960]
