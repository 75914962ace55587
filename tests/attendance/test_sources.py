"""Which source brought whom: nobody lost, nobody twice, and foreign text that stays text."""

import time

import numpy as np
import pandas as pd
import pytest

from rollcall.attendance import rates
from rollcall.attendance.sources import COLUMNS, COUNTS, NONE, by_source, for_display, named


def people(**standings: str) -> pd.DataFrame:
    """A row per letter of each source's word: A attended, B absent, C cancelled, N not yet known; `none` is ""."""
    meaning = {"A": "attended", "B": "absent", "C": "cancelled", "N": "not_yet_known"}
    rows = [
        ("" if source == "none" else source, meaning[letter]) for source, word in standings.items() for letter in word
    ]
    return pd.DataFrame(rows, columns=["source", "standing"], dtype="str")


def row(frame: pd.DataFrame, source: str) -> dict[str, object]:
    (found,) = frame[frame["source"] == source].to_dict("records")
    return {str(name): value for name, value in found.items()}


class TestBySource:
    def test_every_source_has_its_counts_rate_and_interval(self) -> None:
        """Attended ÷ registered, with those who cancelled in the denominator."""
        table = by_source(people(blog="AAABBBBBCC", ads="ABB"))

        blog, interval = row(table, "blog"), rates.wilson(3, 10)
        assert tuple(table.columns) == COLUMNS
        assert [blog[name] for name in COUNTS] == [10, 3, 5, 2, 0]
        assert (blog["rate"], blog["low"], blog["high"]) == (0.3, interval.low, interval.high)

    def test_no_source_is_a_source(self) -> None:
        """Those who registered without one are people too."""
        table = by_source(people(none="AAB", blog="A"))

        assert row(table, NONE)["registered"] == 3

    def test_only_spaces_are_no_source(self) -> None:
        """A link with an empty parameter."""
        assert named(pd.Series([" \t", "", " blog"], dtype="str")).tolist() == [NONE, NONE, " blog"]

    def test_the_largest_source_comes_first_and_equal_ones_by_name(self) -> None:
        """The same people give the same table, whatever order they were read in."""
        some = people(b="AB", a="BA", c="AAA")

        table = by_source(some[::-1])

        assert table["source"].tolist() == ["c", "a", "b"]
        pd.testing.assert_frame_equal(table, by_source(some))

    def test_a_session_to_come_has_no_rates(self) -> None:
        """0 % of 2 would be a lie before the session; somebody who cancelled already changes nothing."""
        table = by_source(people(blog="NN", ads="NC"))

        assert table[["rate", "low", "high"]].isna().all(axis=None)
        assert table["registered"].tolist() == [2, 2]

    def test_a_running_session_has_rates_so_far(self) -> None:
        """Of the source nobody has come from yet, so far 0 %."""
        table = by_source(people(blog="AN", ads="NN"))

        assert (row(table, "blog")["rate"], row(table, "ads")["rate"]) == (0.5, 0.0)
        assert row(table, "ads")["not_yet_known"] == 2

    def test_a_session_that_all_cancelled_has_a_rate(self) -> None:
        """It is known of everybody that they did not come."""
        assert by_source(people(blog="CC"))["rate"].tolist() == [0.0]

    def test_nobody_registered_is_an_empty_table(self) -> None:
        """A session without registrants still has its page."""
        table = by_source(people())

        assert (tuple(table.columns), len(table), len(for_display(table))) == (COLUMNS, 0, 0)

    def test_one_registrant_is_one_small_row(self) -> None:
        """The rate is shown, and that it says nothing."""
        only = row(by_source(people(blog="A")), "blog")

        assert (only["rate"], only["small"]) == (1.0, True)

    def test_an_unheard_of_standing_is_refused(self) -> None:
        """Its person would be in no count, and the sum would still look right."""
        some = people(blog="AB")
        some["standing"] = ["attended", "on_demand"]

        with pytest.raises(ValueError, match="none of the four"):
            by_source(some)

    @pytest.mark.parametrize(
        "source", ["x" * 10_000, '<script>alert("1")</script>', "**bold** [a](b) $x$", "=1+1", "🎉"]
    )
    def test_whatever_somebody_put_into_a_link_is_only_text(self, source: str) -> None:
        """The value comes out as it came in; what draws it makes it plain."""
        some = people(blog="A" * 40, ads="B" * 40)
        some.loc[40:, "source"] = source

        table = by_source(some)

        assert set(table["source"]) == {"blog", source}
        assert row(table, source)["absent"] == 40
        assert len(rates.in_words(rates.compare(table)[0])) < 250

    def test_300_sources_keep_everybody(self) -> None:
        """registered = attended + absent + cancelled + not yet known, in every row and in all."""
        rng = np.random.default_rng(5)
        some = pd.DataFrame(
            {
                "source": [f"source-{at}" for at in rng.zipf(1.3, 10_000) % 300],
                "standing": rng.choice(["attended", "absent", "cancelled", "not_yet_known"], 10_000),
            },
            dtype="str",
        )

        table = by_source(some)

        assert len(table) > 250
        assert table["registered"].sum() == 10_000
        assert (table["registered"] == table[list(COUNTS[1:])].sum(axis=1)).all()
        assert table.set_index("source")["registered"].to_dict() == some["source"].value_counts().to_dict()


class TestForDisplay:
    def test_small_sources_are_joined_in_a_last_row(self) -> None:
        """Twelve rates of three people each are noise; together they are a group."""
        table = by_source(people(blog="A" * 10 + "B" * 10, ads="AAB", post="ABB", none="B"))

        shown = for_display(table)

        assert shown["source"].tolist() == ["blog", "other (3 sources)"]
        assert shown["joined"].tolist() == [0, 3]
        assert [row(shown, "other (3 sources)")[name] for name in (*COUNTS, "small")] == [7, 3, 4, 0, 0, True]
        assert row(shown, "other (3 sources)")["rate"] == 3 / 7

    def test_one_small_source_keeps_its_name(self) -> None:
        """Joined with nothing it would only lose it."""
        shown = for_display(by_source(people(blog="A" * 20, ads="AAB")))

        assert shown["source"].tolist() == ["blog", "ads"]
        assert shown["small"].tolist() == [False, True]

    def test_a_source_called_other_is_told_from_the_joined_ones(self) -> None:
        """Somebody's link says source=other (2 sources)."""
        some = people(**{"other (2 sources)": "A" * 30, "a": "A", "b": "B"})

        shown = for_display(by_source(some))

        assert shown["source"].tolist() == ["other (2 sources)"] * 2
        assert shown["joined"].tolist() == [0, 2]

    def test_more_than_a_chart_can_hold_are_joined_too(self) -> None:
        """300 large sources: 30 rows and the rest, and still everybody."""
        table = by_source(people(**{f"s{at}": "A" * 10 + "B" * at for at in range(300)}))

        shown = for_display(table, at_most=30)

        assert len(shown) == 31
        assert shown["joined"].iloc[-1] == 270
        assert [shown[name].sum() for name in COUNTS] == [table[name].sum() for name in COUNTS]

    def test_joined_sources_of_a_session_to_come_have_no_rate(self) -> None:
        """No rate joined with no rate gives none."""
        shown = for_display(by_source(people(a="N", b="N")))

        assert shown["rate"].isna().all()


def test_300_sources_of_10_000_people_are_compared_at_once() -> None:
    """A page that compares 40,000 pairs must still open; the bound is generous, for slow machines."""
    rng = np.random.default_rng(7)
    some = pd.DataFrame(
        {
            "source": [f"source-{at}" for at in rng.integers(0, 300, 10_000)],
            "standing": rng.choice(["attended", "absent"], 10_000),
        },
        dtype="str",
    )
    started = time.perf_counter()

    table = by_source(some)
    found = rates.compare(table)

    took = time.perf_counter() - started
    print(f"{took * 1000:.0f} ms")  # noqa: T201 -- a figure to read
    assert [one.verdict for one in found] == [rates.Verdict.TOO_FEW]
    assert took < 2.0
