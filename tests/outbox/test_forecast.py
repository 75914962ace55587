"""The forecast: one pure function over what waits and how fast calls leave."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.outbox.forecast import Pace, Queue, forecast

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SIX = timedelta(seconds=6)
PACE = Pace(SIX, NINE)

queues = st.builds(
    Queue,
    ahead=st.integers(0, 5_000),
    people=st.integers(0, 5_000),
    listings=st.integers(0, 50),
    in_flight=st.integers(0, 50),
    unconfirmed_share=st.floats(0.0, 1.0),
)


def test_a_hundred_people_at_six_seconds_take_ten_minutes() -> None:
    """The first one leaves now, the last one ninety-nine steps later."""
    found = forecast(PACE, Queue(ahead=0, people=100))

    assert (found.first_at, found.last_at, found.calls) == (NINE, NINE + SIX * 99, 100)


def test_what_others_wait_for_goes_before() -> None:
    """Clicks and earlier imports."""
    found = forecast(PACE, Queue(ahead=30, people=10))

    assert (found.first_at, found.last_at, found.calls) == (NINE + SIX * 30, NINE + SIX * 39, 10)


def test_a_list_is_read_before_the_first_person() -> None:
    """Two pages of registrants cost two calls."""
    found = forecast(PACE, Queue(ahead=0, people=10, listings=2))

    assert (found.first_at, found.last_at, found.calls) == (NINE + SIX * 2, NINE + SIX * 11, 12)


def test_a_penalty_moves_everything_back() -> None:
    """The pace says when the first call may leave."""
    later = NINE + timedelta(seconds=61)

    assert forecast(Pace(SIX, later), Queue(ahead=0, people=1)).last_at == later


def test_people_whose_answers_get_lost_are_sent_twice() -> None:
    """5 % of 200 so far: ten more calls."""
    found = forecast(PACE, Queue(ahead=0, people=200, unconfirmed_share=0.05))

    assert found.calls == 210
    assert found.last_at == NINE + SIX * 209


def test_the_last_unanswered_call_takes_two_listings_to_settle() -> None:
    """An import whose last person is unconfirmed is not done in six seconds."""
    found = forecast(PACE, Queue(ahead=0, people=1, in_flight=1))

    assert found.last_at == NINE + timedelta(seconds=120)


def test_nobody_left_and_nothing_in_flight_is_done_now() -> None:
    """An import of people who are all there already."""
    found = forecast(PACE, Queue(ahead=0, people=0))

    assert (found.last_at, found.calls) == (NINE, 0)
    assert found.people_by(NINE, 0) == 0


def test_half_the_people_are_through_half_way() -> None:
    """What the page says about the session's start, when the import ends after it."""
    found = forecast(PACE, Queue(ahead=10, people=101))

    assert found.people_by(NINE + SIX * 9, 101) == 0
    assert found.people_by(NINE + SIX * 60, 101) == 50
    assert found.people_by(NINE + SIX * 200, 101) == 101


@given(queue=queues)
@settings(derandomize=True, deadline=None)
def test_more_of_anything_is_never_sooner(queue: Queue) -> None:
    """A forecast that improves when work is added is wrong somewhere."""
    found = forecast(PACE, queue)
    more = Queue(
        ahead=queue.ahead + 1,
        people=queue.people + 1,
        listings=queue.listings + 1,
        in_flight=queue.in_flight + 1,
        unconfirmed_share=queue.unconfirmed_share,
    )

    assert found.first_at >= NINE
    assert queue.people == 0 or found.first_at <= found.last_at
    assert forecast(PACE, more).last_at >= found.last_at
    assert forecast(PACE, more).calls > found.calls


@given(queue=queues, steps=st.lists(st.integers(0, 20_000), min_size=2, max_size=10))
@settings(derandomize=True, deadline=None)
def test_people_through_never_become_fewer_and_end_with_all(queue: Queue, steps: list[int]) -> None:
    """The line of the chart."""
    found = forecast(PACE, queue)
    through = [found.people_by(NINE + timedelta(seconds=step), queue.people) for step in sorted(steps)]

    assert through == sorted(through)
    assert all(0 <= number <= queue.people for number in through)
    assert found.people_by(max(found.first_at, found.last_at), queue.people) == queue.people
