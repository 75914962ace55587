"""The chart of the invited list, and its numbers."""

import math

from rollcall.attendance import charts, charts_funnel
from rollcall.attendance.charts import LIGHT
from rollcall.attendance.invited import Group

NORTH = Group("North", invited=200, registered=40, cancelled=5, attended=12)
SOUTH = Group("South", invited=100, registered=30, attended=20, on_demand=3)
EMPTY = Group("", invited=0, unidentified=4)


def test_a_bar_is_parted_by_how_far_they_came() -> None:
    """Came, registered only, for the recording, neither: together all who were invited."""
    chart = charts_funnel.funnel([NORTH, SOUTH, EMPTY], LIGHT, is_parted=True, is_settled=True)

    (data,) = chart.to_dict()["datasets"].values()
    assert {(row["label"], row["what"]): row["people"] for row in data} == {
        ("North · 200", "came"): 12, ("North · 200", "registered only"): 28, ("North · 200", "neither"): 160,
        ("South · 100", "came"): 20, ("South · 100", "registered only"): 10, ("South · 100", "on demand"): 3,
        ("South · 100", "neither"): 67,
    }  # fmt: skip


def test_many_values_are_the_largest_and_one_for_the_others() -> None:
    """A column of 50,000 companies must not draw 50,000 bars; nobody is lost."""
    groups = [Group(f"company {number}", invited=1_000 - number, registered=1) for number in range(300)]

    shown = charts_funnel.shown(groups)

    assert len(shown) == charts_funnel.AT_MOST
    assert shown[-1].value == "other (281)"
    assert sum(group.invited for group in shown) == sum(group.invited for group in groups)
    assert charts.marks(charts_funnel.funnel(shown, LIGHT, is_parted=True, is_settled=True)) < 500


def test_rates_say_how_sure_they_are() -> None:
    """12 of 40 is 30 %, and may be 18 to 45."""
    table = charts_funnel.table([NORTH], is_parted=True, is_settled=True)

    row = table.iloc[0]
    assert row["Attended of registered"] == 0.3
    assert 0.18 < row["Attended of registered, at least"] < 0.19
    assert 0.45 < row["Attended of registered, at most"] < 0.46


def test_what_is_not_known_has_no_rate() -> None:
    """Half an hour into the session, "30 % came" would be read as the end of it."""
    table = charts_funnel.table([NORTH], is_parted=True, is_settled=False)

    assert [name for name in table.columns if name.startswith("Attended ")] == []
    assert "Registered of invited" not in table.columns
    assert table["Registered of invited so far"].tolist() == [0.2]


def test_a_rate_of_nobody_is_not_available() -> None:
    """Not 0 %."""
    table = charts_funnel.table([EMPTY], is_parted=True, is_settled=True)

    assert math.isnan(table["Registered of invited"].iloc[0])
    assert table["Group"].iloc[0] == "(empty)"


def test_the_finding_says_it_in_words() -> None:
    """For whoever does not see the chart."""
    whole = Group("", invited=300, registered=70, attended=32)

    said = charts_funnel.finding([NORTH, SOUTH], is_parted=True, is_settled=True)

    assert charts_funnel.finding([whole], is_parted=False, is_settled=True) == (
        "Of 300 invited 70 registered (23.3 %) and 32 attended (45.7 % of the registered)."
    )
    assert said.endswith("Most of them came from South: 20.")
    assert charts_funnel.finding([whole], is_parted=False, is_settled=False) == (
        "Of 300 invited 70 registered so far (23.3 %) and 32 attended so far."
    )
    assert charts_funnel.finding([EMPTY], is_parted=False, is_settled=True) == "Nobody on this list can be looked for."
