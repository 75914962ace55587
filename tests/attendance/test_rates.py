"""Intervals that cover, "more than chance" that is hardly ever said wrongly, and what a person cost."""

from fractions import Fraction
from math import comb, isclose

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from rollcall.attendance import rates
from rollcall.attendance.rates import Finding, Verdict

Ints = npt.NDArray[np.int64]


def sources(**groups: tuple[int, int]) -> pd.DataFrame:
    """The columns that `compare` reads, from name = (attended, registered)."""
    frame = pd.DataFrame(
        [(name.replace("_", "-"), *counts) for name, counts in groups.items()],
        columns=["source", "attended", "registered"],
    )
    return frame.assign(rate=frame["attended"] / frame["registered"])


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def fisher_by_hand(hits: int, n: int, other_hits: int, other_n: int) -> Fraction:
    """The definition in whole numbers: the share of all tables with these margins that are no likelier."""
    drawn = hits + other_hits
    ways = {x: comb(n, x) * comb(other_n, drawn - x) for x in range(max(0, drawn - other_n), min(n, drawn) + 1)}
    return Fraction(sum(way for way in ways.values() if way <= ways[hits]), sum(ways.values()))


class TestWilson:
    @pytest.mark.parametrize(
        ("hits", "n", "low", "high"),
        [
            (81, 263, 0.2553, 0.3662),  # the example of Newcombe 1998 (a), method 3
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_it_gives_what_the_literature_gives(self, hits: int, n: int, low: float, high: float) -> None:
        """The four examples that papers on this interval print, to four decimals."""
        interval = rates.wilson(hits, n)

        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)

    def test_nobody_of_nobody_may_be_anything(self) -> None:
        """An empty source has no rate, and its interval must not pretend one."""
        assert rates.wilson(0, 0) == rates.Interval(0.0, 1.0)

    @pytest.mark.parametrize("n", [1, 2, 7, 30, 1_000_000])
    def test_none_and_all_are_inside_their_own_interval(self, n: int) -> None:
        """0 of n and n of n touch the end, they do not miss it by rounding; and they never are certain."""
        none, everybody = rates.wilson(0, n), rates.wilson(n, n)

        assert none.low == 0.0 < none.high < 1.0
        assert 0.0 < everybody.low < everybody.high == 1.0

    @pytest.mark.parametrize(("smallest", "largest"), [(5, 30), (30, 300), (300, 3_000)])
    def test_it_covers_the_true_rate_as_often_as_it_says(self, smallest: int, largest: int) -> None:
        """95 % ± 1 on average over attendance rates from 5 to 90 %, among small, middling and large sources."""
        rng = np.random.default_rng(20_250_131)
        n = np.exp(rng.uniform(np.log(smallest), np.log(largest), 400_000)).astype(np.int64)
        true = rng.uniform(0.05, 0.90, n.size)

        low, high = rates.wilson_each(rng.binomial(n, true), n)

        covered = float(np.mean((low <= true) & (true <= high)))
        print(f"n {smallest} to {largest}: covered {covered:.2%}")  # noqa: T201 -- a figure to read
        assert 0.94 <= covered <= 0.96


class TestDifference:
    @pytest.mark.parametrize(
        ("counts", "low", "high"),
        [
            ((56, 70, 48, 80), 0.0524, 0.3339),  # Newcombe 1998 (b), method 10, (a) to (f)
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((10, 10, 0, 10), 0.6075, 1.0000),
        ],
    )
    def test_it_gives_what_the_literature_gives(
        self, counts: tuple[int, int, int, int], low: float, high: float
    ) -> None:
        """The paper's own examples, to four decimals."""
        interval = rates.difference(*counts)

        assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)

    def test_nothing_is_ruled_out_without_people(self) -> None:
        """A source without anybody may be better or worse by everything."""
        assert rates.difference(3, 10, 0, 0) == rates.Interval(-1.0, 1.0)


class TestFisher:
    def test_it_agrees_with_whole_numbers_on_every_small_table(self) -> None:
        """Logarithms and flat arrays against the definition in fractions: all tables up to 7 and 9 people."""
        tables = [
            (hits, n, other_hits, other_n)
            for n in range(8)
            for other_n in range(10)
            for hits in range(n + 1)
            for other_hits in range(other_n + 1)
        ]

        found = rates.fisher(*(np.array(column) for column in zip(*tables, strict=True)))

        assert all(
            isclose(p, fisher_by_hand(*table), rel_tol=1e-9) for p, table in zip(found.tolist(), tables, strict=True)
        )

    def test_it_agrees_with_whole_numbers_on_large_tables(self) -> None:
        """Thousands of people: what rounding could spoil."""
        tables = [(710, 1_400, 690, 1_500), (48, 1_900, 90, 2_100), (101, 210, 56, 180), (1, 900, 899, 900)]

        found = rates.fisher(*(np.array(column) for column in zip(*tables, strict=True)))

        assert [isclose(p, fisher_by_hand(*t), rel_tol=1e-6) for p, t in zip(found.tolist(), tables, strict=True)] == [
            True
        ] * len(tables)

    def test_weighing_in_parts_changes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many pairs are weighed a part at a time so that memory stays bounded."""
        rng = np.random.default_rng(1)
        n, other_n = rng.integers(0, 60, 300), rng.integers(0, 60, 300)
        hits, other_hits = rng.binomial(n, 0.4), rng.binomial(other_n, 0.4)
        at_once = rates.fisher(hits, n, other_hits, other_n)

        monkeypatch.setattr(rates, "CELLS_AT_ONCE", 50)

        assert rates.fisher(hits, n, other_hits, other_n).tolist() == at_once.tolist()

    @pytest.mark.parametrize(("n", "other_n"), [(10, 10), (10, 25), (12, 13), (30, 40)])
    def test_it_keeps_its_promise_at_every_true_rate(self, n: int, other_n: int) -> None:
        """Computed, not simulated: every outcome of two small groups, weighed at 99 true rates."""
        hits, other_hits = np.indices((n + 1, other_n + 1)).reshape(2, -1)
        p = rates.fisher(hits, np.full_like(hits, n), other_hits, np.full_like(hits, other_n))
        ways = np.array(
            [comb(n, a) * comb(other_n, b) for a, b in zip(hits.tolist(), other_hits.tolist(), strict=True)]
        )
        true = np.linspace(0.01, 0.99, 99)[:, None]
        chance = ways * true ** (hits + other_hits) * (1 - true) ** (n + other_n - hits - other_hits)

        wrongly = chance[:, p <= rates.ALPHA].sum(axis=1)

        assert np.allclose(chance.sum(axis=1), 1.0)
        assert 0.01 < wrongly.max() <= rates.ALPHA


class TestHolm:
    def test_it_gives_what_the_definition_gives(self) -> None:
        """The smallest times 4, the next times 3 …, never falling, never above 1, each in its own place."""
        corrected = rates.holm(np.array([0.03, 0.005, 0.9, 0.01]))

        assert corrected.tolist() == pytest.approx([0.06, 0.02, 0.9, 0.03])

    def test_nothing_to_correct_stays_nothing(self) -> None:
        """A session with one source has no comparisons."""
        assert rates.holm(np.array([])).tolist() == []


class TestCompare:
    def test_sources_that_differ_are_told_the_surest_first(self) -> None:
        """The marketer reads the first sentence, perhaps the second."""
        found = rates.compare(sources(search_ad=(56, 180), customer_invite=(101, 210), partner=(90, 110)))

        assert [(one.higher, one.lower) for one in found] == [
            ("partner", "search-ad"),
            ("partner", "customer-invite"),
            ("customer-invite", "search-ad"),
        ]
        assert {one.verdict for one in found} == {Verdict.MORE_THAN_CHANCE}

    def test_a_pair_that_would_count_alone_does_not_count_among_many(self) -> None:
        """With 20 sources the luckiest and the unluckiest always look different; that is what the correction is for."""
        pair = {"lucky": (30, 60), "unlucky": (18, 60)}
        many = {f"plain_{at:02}": (24, 60) for at in range(18)}

        assert rates.compare(sources(**pair))[0].verdict is Verdict.MORE_THAN_CHANCE
        assert rates.compare(sources(**pair, **many))[0].verdict is Verdict.TOO_FEW

    def test_too_few_people_to_tell_are_said_to_be_too_few(self) -> None:
        """No finding is not the finding that there is no difference."""
        (only,) = rates.compare(sources(a=(9, 20), b=(6, 20)))

        assert (only.higher, only.lower, only.verdict) == ("a", "b", Verdict.TOO_FEW)

    def test_enough_people_without_a_difference_are_not_too_few(self) -> None:
        """10,000 people who came equally often are an answer."""
        (only,) = rates.compare(sources(a=(2_010, 5_000), b=(2_000, 5_000)))

        assert only.verdict is Verdict.NO_MORE_THAN_CHANCE

    def test_small_groups_are_never_said_to_differ(self) -> None:
        """9 of 9 against 0 of 9 is striking, and 18 people."""
        found = rates.compare(sources(all_of_them=(9, 9), none_of_them=(0, 9)))

        assert [one.verdict for one in found] == [Verdict.TOO_FEW]

    def test_small_groups_cost_the_large_ones_nothing(self) -> None:
        """200 sources with a handful of people each do not hide a difference between two real campaigns."""
        crumbs = {f"crumb_{at}": (at % 4, 5) for at in range(200)}

        found = rates.compare(sources(**crumbs, customer_invite=(101, 210), search_ad=(56, 180)))

        assert [(one.higher, one.lower) for one in found] == [("customer-invite", "search-ad")]
        assert found[0] == rates.compare(sources(customer_invite=(101, 210), search_ad=(56, 180)))[0]

    def test_there_is_nothing_to_compare_before_a_session(self) -> None:
        """A session to come has no rates."""
        assert rates.compare(sources(a=(0, 20), b=(0, 20)).assign(rate=np.nan)) == ()

    def test_one_source_is_compared_with_nothing(self) -> None:
        """Most small sessions have one source: "(none)"."""
        assert rates.compare(sources(a=(9, 20))) == ()

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_order_of_the_rows_does_not_matter(self, order: int) -> None:
        """The page may sort its table as it likes."""
        frame = sources(a=(20, 100), b=(55, 100), c=(60, 100))

        found = rates.compare(frame[::order])

        assert [(one.higher, one.lower) for one in found] == [("c", "a"), ("b", "a")]

    def test_of_thousands_of_sources_the_largest_are_compared(self) -> None:
        """Two million pairs take seconds and hundreds of megabytes; size alone decides, so no promise is broken."""
        smaller = {f"s{at:04}": (199 * (at % 2), 199) for at in range(2 * rates.LARGEST)}
        largest = {f"t{at:04}": (50, 200) for at in range(rates.LARGEST - 1)} | {"best": (190, 200)}

        found = rates.compare(sources(**smaller, **largest))

        assert {one.higher for one in found} == {"best"}
        assert len(found) == rates.LARGEST - 1
        assert found == rates.compare(sources(**largest))

    @pytest.mark.parametrize("count", [2, 3, 5, 10, 20])
    def test_more_than_chance_is_wrong_in_at_most_5_percent_of_sessions(self, count: int) -> None:
        """Sessions whose sources all have the same true rate: how many get any such sentence (family-wise)."""
        wrong = tried = 0
        for smallest, largest in ((10, 40), (10, 400), (200, 2_000)):
            rng = np.random.default_rng([20_250_131, count, smallest, largest])
            for _ in range(1_000 if count <= 5 else 400):
                n = np.exp(rng.uniform(np.log(smallest), np.log(largest), count)).astype(np.int64)
                attended = rng.binomial(n, rng.uniform(0.1, 0.8))
                wrong += bool(rates.compare_all(attended, n)[2].min() <= rates.ALPHA)
                tried += 1

        print(f"{count} sources: wrongly said in {wrong / tried:.2%} of {tried} sessions")  # noqa: T201 -- a figure to read
        assert wrong / tried <= 0.05

    def test_a_real_difference_is_found(self) -> None:
        """A promise is easily kept by never saying anything: 48 against 31 % of about 200 is seen 8 times of 10."""
        rng = np.random.default_rng(20_250_131)
        attended, other = rng.binomial(210, 0.48, 2_000), rng.binomial(180, 0.31, 2_000)

        p = rates.fisher(attended, np.full(2_000, 210), other, np.full(2_000, 180))

        print(f"found in {np.mean(p <= rates.ALPHA):.1%}")  # noqa: T201 -- a figure to read
        assert np.mean(p <= rates.ALPHA) > 0.8


def a_finding(**changed: object) -> Finding:
    values: dict[str, object] = {
        "higher": "customer-invite",
        "lower": "search-ad",
        "higher_attended": 101,
        "lower_attended": 56,
        "higher_n": 210,
        "lower_n": 180,
        "p": 0.0007,
        "verdict": Verdict.MORE_THAN_CHANCE,
    }
    return Finding(**(values | changed))  # type: ignore[arg-type]


class TestInWords:
    def test_a_difference_is_one_sentence_with_its_numbers(self) -> None:
        """The sentence a marketer carries into the meeting."""
        assert rates.in_words(a_finding()) == (
            "customer-invite came more often than search-ad (48 % of 210 against 31 % of 180; more than chance)"
        )

    def test_too_few_is_said_of_both(self) -> None:
        """The rates are shown all the same, so that nobody takes them for more."""
        assert rates.in_words(a_finding(verdict=Verdict.TOO_FEW)) == (
            "customer-invite and search-ad: too few to tell (48 % of 210 against 31 % of 180)"
        )

    def test_rates_that_differ_do_not_read_the_same(self) -> None:
        """ "48 % against 48 %, more than chance" would be nonsense; large groups get decimals."""
        words = rates.in_words(
            a_finding(higher_attended=48_400, higher_n=100_000, lower_attended=47_600, lower_n=100_000)
        )

        assert "48.4 % of 100,000 against 47.6 % of 100,000" in words

    def test_a_source_of_10_000_characters_stays_a_sentence(self) -> None:
        """Whatever somebody put into a link."""
        words = rates.in_words(a_finding(higher="<b>\n" + "x" * 10_000 + "end"))

        assert len(words) < 200
        assert "\n" not in words
        assert words.startswith("<b> xxx")
        assert "xxend came more often" in words


class TestCost:
    def test_money_is_divided_by_registrants_and_by_attendees(self) -> None:
        """1,000.00 for 200 registrants of whom 50 came."""
        cost = rates.cost(100_000, 50, 200)

        assert (cost.per_registrant, cost.per_attendee) == (500.0, 2_000.0)
        assert cost.low is not None
        assert cost.high is not None
        assert (round(cost.low), round(cost.high)) == (1_591, 2_563)

    def test_the_interval_is_that_of_the_rate(self) -> None:
        """Cheapest at the highest rate the figures allow, dearest at the lowest."""
        cost, rate = rates.cost(9_000, 3, 10), rates.wilson(3, 10)

        assert (cost.low, cost.high) == (900 / rate.high, 900 / rate.low)

    def test_nobody_came_has_a_lower_end_and_no_upper(self) -> None:
        """Division by nobody is not 0, and not an error on the page."""
        cost = rates.cost(9_000, 0, 10)

        assert (cost.per_registrant, cost.per_attendee, cost.high) == (900.0, None, None)
        assert cost.low == 900 / rates.wilson(0, 10).high

    def test_nobody_registered_costs_nothing_that_could_be_said(self) -> None:
        """Spent, and nobody came of it: no figure, rather than infinity."""
        assert rates.cost(9_000, 0, 0) == rates.Cost(None, None, None, None)

    def test_a_spend_below_nothing_is_refused(self) -> None:
        """A typing error must not become a profit."""
        with pytest.raises(ValueError, match="negative"):
            rates.cost(-1, 5, 10)
