"""How sure a rate is, and whether two rates differ by more than chance.

**Interval**: Wilson's, 95 %. It never leaves 0 to 1, says something for 0 of n, and covers what it says on average; the
textbook's (Wald) covers 85 % where sources have 5 to 30 people.

**Comparison**: Fisher's exact test, two-sided, of every two sources, corrected by Holm. A marketer reads "more than
chance" and moves money, so the promise of 5 % is kept whatever the sizes and the true rate are: Fisher's p-value is
valid for any of them, and Holm's correction whatever the tests have to do with each other. Others find more and break
the promise: mid-p says it wrongly in 6.1 % at 10 against 25 people, the z test in 5.5 % at 15 against 15. Groups below
`SMALL` are not compared at all, nor are others than the `LARGEST`; as their size alone decides that, and not who came,
it costs no promise and leaves fewer comparisons to correct for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

Z = 1.959963984540054  # the normal distribution's 97.5 % point
ALPHA = 0.05  # how often "more than chance" may be said in a session without any difference
SMALL = 10  # people; a rate of fewer says next to nothing: 5 of 9 may be anything from 27 to 81 %
LARGEST = 300  # sources that are compared, the largest; beyond it the pairs are too many to reckon, and to correct for
MATTERS = 0.10  # of 1; a difference that could be this large is not ruled out by finding none: "too few to tell"
CELLS_AT_ONCE = 1_000_000  # tables weighed at once, 8 bytes each in a few arrays
NAME_SHOWN = 60  # characters of a source in a sentence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, as parts of 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one registrant and one attendee cost, in cents (or the unit of the amount); None: nobody to divide by.

    `per_registrant` divides two known numbers and has no interval. `per_attendee` is what it came to; `low` to `high`
    is what the same money would buy next time at a rate inside Wilson's interval. `high` None: no upper end, nobody
    came.
    """

    per_registrant: float | None
    per_attendee: float | None
    low: float | None
    high: float | None


class Verdict(StrEnum):
    """What two rates allow to be said."""

    MORE_THAN_CHANCE = "more than chance"
    NO_MORE_THAN_CHANCE = "no more than chance"  # and enough people to rule out a difference that matters
    TOO_FEW = "too few to tell"


@dataclass(frozen=True, slots=True)
class Finding:
    """Two sources, the one with the higher rate first. `p` is corrected for all comparisons made; 1: not compared."""

    higher: str
    lower: str
    higher_attended: int
    lower_attended: int
    higher_n: int
    lower_n: int
    p: float
    verdict: Verdict

    @property
    def higher_rate(self) -> float:
        """As a part of 1; 0 where there is nobody."""
        return self.higher_attended / self.higher_n if self.higher_n else 0.0

    @property
    def lower_rate(self) -> float:
        """As a part of 1; 0 where there is nobody."""
        return self.lower_attended / self.lower_n if self.lower_n else 0.0


def wilson(hits: int, n: int) -> Interval:
    """The 95 % interval of a rate seen as `hits` of `n`; 0 to 1 when there was nobody.

    Source: Wilson 1927, without continuity correction (Brown, Cai, DasGupta 2001 recommend it for small n).
    """
    low, high = wilson_each(np.array([hits]), np.array([n]))
    return Interval(float(low[0]), float(high[0]))


def wilson_each(hits: Ints, n: Ints) -> tuple[Floats, Floats]:
    """`wilson` of many at once: the lower and the upper ends."""
    size = np.maximum(n, 1)
    rate = hits / size
    middle = (rate + Z * Z / (2 * size)) / (1 + Z * Z / size)
    reach = Z * np.sqrt(rate * (1 - rate) / size + Z * Z / (4 * size * size)) / (1 + Z * Z / size)
    # At the ends the formula gives 0 and 1 up to rounding, and rounding must not exclude what was seen.
    low = np.where(hits == 0, 0.0, middle - reach)
    high = np.where(hits == n, 1.0, middle + reach)
    return np.where(n == 0, 0.0, low), np.where(n == 0, 1.0, high)


def difference(hits: int, n: int, other_hits: int, other_n: int) -> Interval:
    """The 95 % interval of the first rate minus the other one, from −1 to 1.

    Source: Newcombe 1998, method 10 (Wilson's intervals squared and added). For one pair, not corrected for many.
    """
    if not (n and other_n):
        return Interval(-1.0, 1.0)
    mine, other = wilson(hits, n), wilson(other_hits, other_n)
    rate, other_rate = hits / n, other_hits / other_n
    down = float(np.hypot(rate - mine.low, other.high - other_rate))
    up = float(np.hypot(mine.high - rate, other_rate - other.low))
    return Interval(rate - other_rate - down, rate - other_rate + up)


def cost(amount: float, attended: int, registered: int) -> Cost:
    """What a source's spend came to per person. Raises ValueError for a negative amount."""
    if amount < 0:
        raise ValueError("a spend cannot be negative")
    if registered == 0:
        return Cost(None, None, None, None)
    each, rate = amount / registered, wilson(attended, registered)
    return Cost(
        per_registrant=each,
        per_attendee=amount / attended if attended else None,
        low=each / rate.high,
        high=each / rate.low if attended else None,
    )


def fisher(hits: Ints, n: Ints, other_hits: Ints, other_n: Ints) -> Floats:
    """Fisher's exact two-sided p-value of each pair of rates: all tables no likelier than the one seen.

    Exact for every size; a p-value at most 0.05 comes up in at most 5 % of equal rates, mostly in fewer.
    """
    drawn = hits + other_hits
    first = np.maximum(drawn - other_n, 0)
    tables = np.minimum(drawn, n) - first + 1
    log_factorial = _log_factorials(int((n + other_n).max(initial=0)))
    p = np.ones(len(n))
    for part in _parts(tables):
        p[part] = _tail(hits[part], n[part], drawn[part], other_n[part], first[part], tables[part], log_factorial)
    return p


def _parts(tables: Ints) -> Iterator[slice]:
    """Runs of pairs with about CELLS_AT_ONCE tables together, so that memory does not grow with the pairs."""
    run = np.cumsum(tables) // CELLS_AT_ONCE
    edges = [0, *(np.flatnonzero(np.diff(run)) + 1).tolist(), len(tables)]
    return (slice(start, end) for start, end in itertools.pairwise(edges) if end > start)


def _tail(hits: Ints, n: Ints, drawn: Ints, other_n: Ints, first: Ints, tables: Ints, log_factorial: Floats) -> Floats:
    """The probability of the tables no likelier than the one seen, all tables of all pairs in one flat array."""
    starts = np.concatenate([[0], np.cumsum(tables)[:-1]])
    x = np.arange(int(tables.sum())) + np.repeat(first - starts, tables)
    weight = -(
        log_factorial[x]
        + log_factorial[np.repeat(n, tables) - x]
        + log_factorial[np.repeat(drawn, tables) - x]
        + log_factorial[np.repeat(other_n - drawn, tables) + x]
    )
    seen = weight[starts + hits - first]
    # Relative, because equally likely tables differ by rounding; R's fisher.test allows the same.
    counted = weight <= np.repeat(seen, tables) + 1e-7
    chance = np.exp(weight - np.repeat(np.maximum.reduceat(weight, starts), tables))
    tail = np.add.reduceat(np.where(counted, chance, 0.0), starts)
    return np.asarray(tail / np.add.reduceat(chance, starts), dtype=np.float64)


def _log_factorials(up_to: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, up_to + 1)))])


def holm(p: Floats) -> Floats:
    """The p-values corrected for being as many as they are: a verdict at ALPHA is then wrong about ALPHA of all sets.

    Source: Holm 1979; needs nothing of how the comparisons depend on each other.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def compare_all(attended: Ints, n: Ints) -> tuple[Ints, Ints, Floats]:
    """Every two of these groups with their corrected p-value: first indices, second indices, p."""
    one, other = (np.asarray(at, dtype=np.int64) for at in np.triu_indices(len(n), k=1))
    return one, other, holm(fisher(attended[one], n[one], attended[other], n[other]))


def compare(sources: pd.DataFrame) -> tuple[Finding, ...]:
    """Which sources differ by more than chance, the surest first.

    Only the LARGEST of those of at least SMALL people are compared, equally large ones by name. Where none differs, the
    one pair that comes nearest to it, with why nothing is said: its verdict tells "too few" from "no more than chance".
    Empty only with fewer than two sources or without rates (a session to come).

    Args:
        sources: as from `sources.by_source`; of its columns: source, attended, registered, rate (NaN = no rate yet).
    """
    rated = sources[sources["rate"].notna()]
    if len(rated) < 2:
        return ()
    names, attended, n = rated["source"].tolist(), _ints(rated["attended"]), _ints(rated["registered"])
    largest = sorted(range(len(n)), key=lambda at: (-n[at], names[at]))
    compared = _ints(sorted(at for at in largest[:LARGEST] if n[at] >= SMALL))  # the surest come as their rows do
    if len(compared) < 2:
        return (_finding(names, attended, n, largest[0], largest[1], 1.0),)
    one, other, p = compare_all(attended[compared], n[compared])
    order = np.argsort(p, kind="stable")
    surest = order[p[order] <= ALPHA] if p[order[0]] <= ALPHA else order[:1]
    pairs = zip(compared[one[surest]].tolist(), compared[other[surest]].tolist(), p[surest].tolist(), strict=True)
    return tuple(_finding(names, attended, n, *pair) for pair in pairs)


def _ints(column: pd.Series[int] | list[int]) -> Ints:
    return np.asarray(column, dtype=np.int64)


def _finding(names: list[str], attended: Ints, n: Ints, one: int, other: int, p: float) -> Finding:
    """The pair as a value, the higher rate first, the one first where they are the same."""
    high, low = (one, other) if attended[one] * n[other] >= attended[other] * n[one] else (other, one)
    counts = (int(attended[high]), int(attended[low]), int(n[high]), int(n[low]))
    return Finding(names[high], names[low], *counts, p, verdict(*counts, p))


def verdict(attended: int, other_attended: int, n: int, other_n: int, p: float) -> Verdict:
    """What two rates allow to be said. Args: p: as `fisher` gives it, corrected for all comparisons made."""
    if p <= ALPHA:
        return Verdict.MORE_THAN_CHANCE
    possible = difference(attended, n, other_attended, other_n)
    if min(n, other_n) < SMALL or max(possible.high, -possible.low) >= MATTERS:
        return Verdict.TOO_FEW
    return Verdict.NO_MORE_THAN_CHANCE


def in_words(finding: Finding) -> str:
    """The finding as one plain sentence without a full stop; names are foreign text, shortened, never Markdown-safe."""
    higher, lower = shortened(finding.higher), shortened(finding.lower)
    rate, other_rate = _percents(finding.higher_rate, finding.lower_rate)
    first, second = f"{rate} % of {finding.higher_n:,}", f"{other_rate} % of {finding.lower_n:,}"
    if finding.verdict is Verdict.MORE_THAN_CHANCE:
        return f"{higher} came more often than {lower} ({first} against {second}; {finding.verdict.value})"
    return f"{higher} and {lower}: {finding.verdict.value} ({first} against {second})"


def _percents(rate: float, other: float) -> tuple[str, str]:
    """Both in whole percent, or with as many decimals (up to 2) as show that they differ."""
    for digits in (0, 1, 2):
        shown = (f"{100 * rate:.{digits}f}", f"{100 * other:.{digits}f}")
        if rate == other or shown[0] != shown[1]:
            break
    return shown


def shortened(name: str) -> str:
    """A source on one line and at most NAME_SHOWN characters, its middle left out: links differ at their ends."""
    line = " ".join(name.split())
    if len(line) <= NAME_SHOWN:
        return line
    half = (NAME_SHOWN - 1) // 2
    return f"{line[:half]}…{line[-half:]}"
