"""What a registrant and an attendee cost: money is divided by the people it was spent on, and by nobody else."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.attendance import charts_sources, source_costs
from rollcall.attendance.charts import LIGHT, marks
from rollcall.attendance.rates import cost
from rollcall.attendance.source_costs import SourceCost
from rollcall.attendance.sources import NONE
from rollcall.roster.money import Money
from rollcall.roster.spend import Spend
from tests.attendance.examples import TEN

OVER, OPEN, UNCOUNTED = (True, True), (True, False), (False, False)
Cells = dict[tuple[str, str], tuple[int, int]]


def costs(
    amounts: dict[tuple[str, str], int],
    people: Cells,
    states: dict[str, tuple[bool, bool]] | None = None,
    decided: dict[str, str] | None = None,
) -> dict[str, SourceCost]:
    """Source → its cost, of amounts in cents. `people`: registered and attended."""
    arguments = (spends(amounts), cells(people), sessions(states or {"8001": OVER}), decided or {}, "EUR")
    found = {one.source: one for one in source_costs.costs(*arguments)}
    return found | {"total": source_costs.total(*arguments)}


def spends(amounts: dict[tuple[str, str], int], currency: str = "EUR") -> list[Spend]:
    return [Spend(session, name, Money(amount, currency), TEN) for (session, name), amount in amounts.items()]


def cells(people: Cells) -> pd.DataFrame:
    rows = [(session, source, *counts) for (session, source), counts in people.items()]
    return pd.DataFrame(rows, columns=["session_id", "source", "registered", "attended"])


def sessions(states: dict[str, tuple[bool, bool]]) -> pd.DataFrame:
    rows = [(session, *state) for session, state in states.items()]
    return pd.DataFrame(rows, columns=["session_id", "is_counted", "is_settled"])


def test_a_source_of_one_session() -> None:
    """100 euros, 50 registered, 20 came: 2 euros each, and 5 for each who came, with Wilson's interval."""
    ads = costs({("8001", "ads"): 10_000}, {("8001", "ads"): (50, 20)})["ads"]

    assert ads.cost == cost(10_000, 20, 50)
    assert (ads.registered, ads.attended, ads.sessions) == (50, 20, 1)


def test_sessions_without_an_amount_make_nothing_cheaper() -> None:
    """The 30 of the other webinar were not brought by this money."""
    ads = costs(
        {("8001", "ads"): 10_000},
        {("8001", "ads"): (50, 20), ("8002", "ads"): (30, 30)},
        {"8001": OVER, "8002": OVER},
    )["ads"]

    assert (ads.registered, ads.attended) == (50, 20)


def test_several_sessions_have_a_cost_and_no_interval() -> None:
    """Their people are registrations: the regulars of one webinar are those of the next."""
    found = costs(
        {("8001", "ads"): 10_000, ("8002", "ads"): 10_000, ("8001", "mail"): 5_000},
        {("8001", "ads"): (50, 20), ("8002", "ads"): (30, 30), ("8001", "mail"): (20, 5)},
        {"8001": OVER, "8002": OVER},
    )

    assert found["ads"].cost.per_attendee == pytest.approx(20_000 / 50)
    assert (found["ads"].cost.low, found["ads"].cost.high, found["ads"].is_pooled) == (None, None, True)
    assert found["mail"].cost == cost(5_000, 5, 20)
    assert (found["total"].cost.low, found["total"].is_pooled) == (None, True)


def test_all_sources_of_one_session_have_an_interval_together() -> None:
    """There everybody is one registration, whichever source brought them."""
    found = costs(
        {("8001", "ads"): 10_000, ("8001", "mail"): 5_000}, {("8001", "ads"): (50, 20), ("8001", "mail"): (20, 5)}
    )

    assert found["total"].cost == cost(15_000, 25, 70)


def test_a_session_to_come_has_its_registrants_counted_and_its_attendees_not() -> None:
    """Else every attendee would look dear until the webinar is over."""
    ads = costs(
        {("8001", "ads"): 10_000, ("8002", "ads"): 20_000},
        {("8001", "ads"): (50, 20), ("8002", "ads"): (100, 0)},
        {"8001": OVER, "8002": OPEN},
    )["ads"]

    assert ads.cost.per_registrant == pytest.approx(30_000 / 150)
    assert ads.cost.per_attendee == pytest.approx(10_000 / 20)
    assert (ads.amount, ads.open, ads.attended, ads.came_of) == (30_000, 1, 20, 50)


def test_a_session_to_come_alone_has_no_cost_per_attendee() -> None:
    """Not known is not the same as nobody."""
    ads = costs({("8001", "ads"): 10_000}, {("8001", "ads"): (50, 0)}, {"8001": OPEN})["ads"]

    assert (ads.attended, ads.cost.per_attendee, ads.cost.low) == (None, None, None)


def test_a_session_nobody_has_counted_is_in_the_sum_alone() -> None:
    """Its list was not read, or it is deleted at RingCentral."""
    found = costs({("8001", "ads"): 10_000, ("gone", "ads"): 5_000}, {}, {"8001": UNCOUNTED})["ads"]

    assert (found.amount, found.uncounted, found.registered) == (15_000, 2, None)
    assert found.cost.per_registrant is None


def test_a_source_that_brought_nobody_has_its_amount_and_no_cost() -> None:
    """It raises what all sources together have cost."""
    found = costs({("8001", "fair"): 5_000, ("8001", "ads"): 5_000}, {("8001", "ads"): (10, 5)})

    assert (found["fair"].registered, found["fair"].attended) == (0, 0)
    assert found["fair"].cost.per_registrant is None
    assert found["total"].cost.per_registrant == pytest.approx(1_000)


def test_nobody_came_has_a_lower_end_and_no_upper_one() -> None:
    """40 registered for 400 euros: an attendee costs more than that many divided by chance allows."""
    found = costs({("8001", "ads"): 40_000}, {("8001", "ads"): (40, 0)})["ads"]

    assert found.cost.per_attendee is None
    assert found.cost.high is None
    assert found.cost.low is not None


def test_what_those_without_a_source_cost_stays_theirs() -> None:
    """Somebody's spelling may be the very word they are shown by, and be decided on."""
    found = costs(
        {("8001", NONE): 4_000}, {("8001", NONE): (40, 20), ("8001", "direct"): (10, 5)}, decided={NONE: "direct"}
    )

    assert set(found) == {NONE, "total"}
    assert found[NONE].registered == 40


def test_amounts_go_with_the_name_that_a_source_counts_as() -> None:
    """Two amounts were entered before the spellings were merged: they add up, and the people count once."""
    found = costs({("8001", "Ads"): 4_000, ("8001", "ads"): 6_000}, {("8001", "ads"): (50, 20)}, decided={"Ads": "ads"})

    assert set(found) == {"ads", "total"}
    assert found["ads"].amount == 10_000
    assert found["ads"].cost.per_registrant == pytest.approx(200)


def test_another_currency_is_not_in_it() -> None:
    """Nothing is converted."""
    both = [*spends({("8001", "ads"): 1_000}), *spends({("8001", "mail"): 9_000}, "USD")]

    found = source_costs.costs(both, cells({("8001", "ads"): (10, 5)}), sessions({"8001": OVER}), {}, "EUR")

    assert [one.source for one in found] == ["ads"]
    assert source_costs.currencies([*both, *spends({("8002", "x"): 1}, "USD")]) == ["USD", "EUR"]


CELL = st.tuples(st.sampled_from(["8001", "8002", "8003"]), st.sampled_from(["ads", "Ads", "mail", "(none)"]))
PEOPLE = st.integers(0, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
STATES = st.fixed_dictionaries({one: st.sampled_from([OVER, OPEN, UNCOUNTED]) for one in ("8001", "8002")})


@given(st.dictionaries(CELL, st.integers(0, 10**9)), st.dictionaries(CELL, PEOPLE), STATES, st.booleans())
def test_the_sources_make_up_the_total(
    amounts: dict[tuple[str, str], int], people: Cells, states: dict[str, tuple[bool, bool]], merged: bool
) -> None:
    """To the cent and to the person, whatever is counted, open or merged."""
    decided = {"Ads": "ads"} if merged else {}
    counted = {cell: n for cell, n in people.items() if not (merged and cell[1] == "Ads")}
    found = costs(amounts, counted, states, decided)
    total = found.pop("total")

    assert total.amount == sum(one.amount for one in found.values()) == sum(amounts.values())
    assert (total.registered or 0) == sum(one.registered or 0 for one in found.values())
    assert (total.attended or 0) == sum(one.attended or 0 for one in found.values())
    for one in found.values():
        assert one.attended is None or one.attended <= one.came_of <= (one.registered or 0)
        if one.cost.per_attendee is not None and one.cost.low is not None and one.cost.high is not None:
            assert one.cost.low <= one.cost.per_attendee * (1 + 1e-9)
            assert one.cost.per_attendee <= one.cost.high * (1 + 1e-9)


class TestTheChart:
    def test_the_cheapest_stands_first_in_whole_units(self) -> None:
        """In euros, not in cents."""
        found = source_costs.costs(
            spends({("8001", "dear"): 90_000, ("8001", "cheap"): 10_000}),
            cells({("8001", "dear"): (50, 20), ("8001", "cheap"): (50, 20)}),
            sessions({"8001": OVER}),
            {},
            "EUR",
        )

        rows = charts_sources.drawn(found, "EUR")

        assert list(rows["source"]) == ["cheap", "dear"]
        assert list(rows["value"]) == [5.0, 45.0]
        assert list(rows["label"]) == ["cheap · 20", "dear · 20"]

    def test_without_an_interval_for_all_none_is_drawn(self) -> None:
        """A point without a line would look surer than those with one."""
        found = source_costs.costs(
            spends({("8001", "ads"): 1_000, ("8002", "ads"): 1_000, ("8001", "mail"): 1_000}),
            cells({("8001", "ads"): (50, 20), ("8002", "ads"): (50, 20), ("8001", "mail"): (50, 10)}),
            sessions({"8001": OVER, "8002": OVER}),
            {},
            "EUR",
        )

        rows = charts_sources.drawn(found, "EUR")
        chart = charts_sources.cost_per_attendee(rows, LIGHT, currency="EUR").to_json()

        assert rows["low"].isna().tolist() == [True, False]
        assert '"rule"' not in chart
        assert "At least" not in chart

    def test_sources_from_which_hardly_anybody_came_are_not_drawn(self) -> None:
        """Their intervals would make the others' a dot."""
        found = source_costs.costs(
            spends({("8001", "ads"): 1_000, ("8001", "fair"): 1_000}),
            cells({("8001", "ads"): (50, 2), ("8001", "fair"): (5, 3)}),
            sessions({"8001": OVER}),
            {},
            "EUR",
        )

        rows = charts_sources.drawn(found, "EUR")

        assert list(rows["source"]) == ["fair"]
        assert list(rows["small"]) == [True]

    def test_three_hundred_sources_stay_below_five_hundred_marks(self) -> None:
        """The browser draws what a person can read."""
        names = [f"{'x' * 9_990}{number}" for number in range(300)]
        found = source_costs.costs(
            spends({("8001", name): 1_000 for name in names}),
            cells({("8001", name): (20, 10) for name in names}),
            sessions({"8001": OVER}),
            {},
            "EUR",
        )

        rows = charts_sources.drawn(found, "EUR")
        chart = charts_sources.cost_per_attendee(rows, LIGHT, currency="EUR")

        assert rows["label"].is_unique
        assert marks(chart) < 500
        assert len(chart.to_json()) < 40_000
