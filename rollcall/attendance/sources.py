"""Which source brought whom: counts, rate and interval of each. Pure; people in, a row per source out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rollcall.attendance.matching import Attendance, Standing
from rollcall.attendance.rates import SMALL, wilson_each

NONE = "(none)"  # a source like any other: those who registered without one
COLUMNS = ("source", "registered", "attended", "absent", "cancelled", "not_yet_known", "rate", "low", "high", "small")
COUNTS = ("registered", "attended", "absent", "cancelled", "not_yet_known")
SHOWN = 30  # sources that get a row of their own; four marks each keep a chart far below 500


def named(source: pd.Series[str]) -> pd.Series[str]:
    """Each person's source as it is counted: what was received, `NONE` where that is nothing or only spaces."""
    return source.where(source.str.strip() != "", NONE)


def by_source(people: pd.DataFrame) -> pd.DataFrame:
    """A row per source, the largest first, equally large ones by name: COLUMNS.

    rate is attended ÷ registered as a part of 1, cancelled ones included; low and high are its 95 % interval (Wilson).
    While not_yet_known is above 0 somewhere, rates are "so far". All three are NaN as long as it is known of nobody
    whether they came: a session to come has no rate. small marks fewer than `SMALL` people.

    Args:
        people: one row per live registrant; source ("" = none) and standing (a `Standing`).

    Raises:
        ValueError: a standing that is none of the four; its person would be missing from every count.
    """
    group, sources = pd.factorize(named(people["source"]))
    standing = pd.Index([one.value for one in Standing]).get_indexer(pd.Index(people["standing"]))
    if (standing < 0).any():
        raise ValueError("somebody has a standing that is none of the four")
    cells = np.bincount(group * len(Standing) + standing, minlength=len(sources) * len(Standing))
    counts = pd.DataFrame(cells.reshape(-1, len(Standing)), columns=[one.value for one in Standing], dtype="int64")
    counts["source"] = pd.Series(sources, dtype=people["source"].dtype)
    counts["registered"] = cells.reshape(-1, len(Standing)).sum(axis=1)
    return rated(counts.sort_values(["registered", "source"], ascending=[False, True], ignore_index=True))


def of_session(attendance: Attendance) -> pd.DataFrame:
    """`by_source` of its people, and no rate in it where it has none: before the session, or if it never started."""
    counted = by_source(attendance.people)
    return counted if attendance.has_rate else counted.assign(rate=np.nan, low=np.nan, high=np.nan)


def for_display(sources: pd.DataFrame, *, at_most: int = SHOWN) -> pd.DataFrame:
    """The rows of `by_source` with small ones, and those beyond `at_most`, joined in a last row "other (12 sources)".

    The added column joined says how many sources a row stands for: 0 for a source of its own, even one called like
    that. A single source is never joined with nothing. The sums stay; for counts and comparisons take the whole frame.
    """
    own = sources.index[~sources["small"]][:at_most]
    rest = sources.drop(index=own)
    if len(rest) < 2:
        return sources.assign(joined=0)
    other = {name: [rest[name].sum()] for name in COUNTS} | {"source": [f"other ({len(rest):,} sources)"]}
    joined = rated(pd.DataFrame(other), is_known=bool(rest["rate"].notna().all())).assign(joined=len(rest))
    kept = sources.loc[own].assign(joined=0)
    return pd.concat([kept, joined], ignore_index=True) if len(kept) else joined


def rated(counts: pd.DataFrame, *, is_known: bool | None = None) -> pd.DataFrame:
    """Counts with their rate and interval: the frame of `by_source`, in the order of these rows.

    Args:
        counts: source and COUNTS.
        is_known: whether anybody's coming is; None: as these counts say.
    """
    if is_known is None:
        is_known = bool((counts["attended"] + counts["absent"]).any()) or not counts["not_yet_known"].any()
    attended, registered = counts["attended"].to_numpy(np.int64), counts["registered"].to_numpy(np.int64)
    low, high = wilson_each(attended, registered)
    rates = {"rate": attended / np.maximum(registered, 1), "low": low, "high": high}
    shown = {name: values if is_known else np.full(len(counts), np.nan) for name, values in rates.items()}
    return counts.assign(**shown, small=registered < SMALL)[list(COLUMNS)]
