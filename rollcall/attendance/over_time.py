"""Sessions beside each other and over time: which may be compared, how the latest stands, which source brought whom.

Pure, over the frames of `tallies`. A session whose attendance is not known is left out with the reason, never compared
as if nobody had come.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from rollcall.attendance import rates, sources
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Provisional
from rollcall.attendance.rates import Verdict
from rollcall.attendance.tallies import State


class LeftOut(StrEnum):
    """Why a session is not compared."""

    TO_COME = "to_come"
    RUNNING = "running"  # its figures are "so far"
    NEVER_STARTED = "never_started"
    NOT_LISTED = "not_listed"  # its time is past, and no list of sessions since tells whether it took place
    WITHOUT_LIST = "without_list"  # nobody can be registered for it, and nobody was: nothing to be read
    NOT_READ = "not_read"  # its registrants never, or who came never
    READ_BEFORE_END = "read_before_end"
    NOBODY = "nobody"  # nobody had registered: there is no rate


UNREAD = frozenset({LeftOut.NOT_READ, LeftOut.READ_BEFORE_END})  # reading them again lets them be compared


class Against(StrEnum):
    """How another session's rate stands to the latest one's."""

    HIGHER = "higher"  # by more than chance
    LOWER = "lower"
    NO_MORE_THAN_CHANCE = "no_more_than_chance"
    TOO_FEW = "too_few"


class Measure(StrEnum):
    """What is looked at over time."""

    RATE = "rate"
    PEOPLE = "people"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest session beside the others.

    Attributes:
        against: for each of the others, in their order.
        median: the others' rates' median, a part of 1; None: there are no others.
    """

    session_id: str
    against: tuple[Against, ...]
    median: float | None


# ---------------------------------------------------------------- which may be compared


def left_out(found: pd.DataFrame) -> pd.Series:
    """Why each session of `tallies.sessions` is not compared; empty: it is."""
    cannot = wants_registrants(found) & ~found["has_list"]
    columns = ("state", "is_settled", "is_counted", "registered", "provisional")
    reasons = [_left_out(*row) for row in zip(*(found[name] for name in columns), cannot, strict=True)]
    return pd.Series(reasons, index=found.index, dtype=object)


def _left_out(
    state: str,
    is_settled: bool,
    is_counted: bool,
    registered: float,
    provisional: tuple[Provisional, ...],
    cannot: bool,
) -> str:
    """Args: cannot: the list of registrants has to be read, and there is none."""
    if state != State.OVER:
        return LeftOut(state).value
    if is_settled:
        return "" if registered else LeftOut.NOBODY.value
    if cannot:
        return LeftOut.WITHOUT_LIST.value
    if Provisional.NEVER_STARTED in provisional:
        return LeftOut.NOT_LISTED.value
    was_read = is_counted and Provisional.NOT_READ not in provisional
    return (LeftOut.READ_BEFORE_END if was_read else LeftOut.NOT_READ).value


def compared(found: pd.DataFrame) -> pd.DataFrame:
    """The sessions that may be compared, in their order."""
    return found[left_out(found) == ""].reset_index(drop=True)


def wants_registrants(found: pd.DataFrame) -> pd.Series:
    """Of sessions that are over: whose list of registrants has to be read for them to be compared."""
    return ~found["is_counted"] | (found["registrants_read_at"] < found["ends_at"])


def wants_participants(found: pd.DataFrame) -> pd.Series:
    """The same for who came; where RingCentral forbids that, the list of registrants tells."""
    is_old = found["participants_read_at"].isna() | (found["participants_read_at"] < found["ends_at"])
    return is_old & (found["participants_read"] != ParticipantsRead.FORBIDDEN)


# ---------------------------------------------------------------- how the latest stands


def latest(kept: pd.DataFrame) -> Latest | None:
    """The last of these sessions against each of the others, corrected for as many comparisons (Fisher, Holm).

    Args:
        kept: as from `compared`. None: there is none.
    """
    if kept.empty:
        return None
    attended, n = kept["attended"].to_numpy(np.int64), kept["registered"].to_numpy(np.int64)
    others = len(kept) - 1
    mine, my_n = np.full(others, attended[-1]), np.full(others, n[-1])
    p = rates.holm(_p(mine, my_n, attended[:-1], n[:-1]))
    against = tuple(
        _against(int(attended[at]), int(n[at]), int(attended[-1]), int(n[-1]), float(p[at])) for at in range(others)
    )
    median = float(kept["rate"].iloc[:-1].median()) if others else None
    return Latest(str(kept["session_id"].iloc[-1]), against, median)


def _p(hits: rates.Ints, n: rates.Ints, other_hits: rates.Ints, other_n: rates.Ints) -> rates.Floats:
    """Fisher's p-values; 1 where a group is too small to be compared, which leaves it out of no promise."""
    p = np.ones(len(n))
    large = (n >= rates.SMALL) & (other_n >= rates.SMALL)
    p[large] = rates.fisher(hits[large], n[large], other_hits[large], other_n[large])
    return p


def _against(attended: int, n: int, latest_attended: int, latest_n: int, p: float) -> Against:
    match rates.verdict(attended, latest_attended, n, latest_n, p):
        case Verdict.MORE_THAN_CHANCE:
            return Against.HIGHER if attended * latest_n > latest_attended * n else Against.LOWER
        case Verdict.NO_MORE_THAN_CHANCE:
            return Against.NO_MORE_THAN_CHANCE
        case _:
            return Against.TOO_FEW


# ---------------------------------------------------------------- sources over sessions


def pooled(by_source: pd.DataFrame) -> pd.DataFrame:
    """The sources over all these sessions, the largest first, as `sources.by_source` gives those of one.

    Over several sessions low and high are NaN, and the sources must not be tested against each other: the counts are
    registrations. One person may be several, and comes to all sessions or to none rather than to each by a new throw;
    the sources meet different sessions, too. Taken for people, two sources that are alike would differ by "more than
    chance" in every fifth case, and a 95 % interval would cover 70 %.

    Args:
        by_source: of sessions that may be compared, as from `tallies.by_source`.
    """
    counts = by_source.groupby("source", as_index=False)[list(sources.COUNTS)].sum()
    rated = sources.rated(counts.sort_values(["registered", "source"], ascending=[False, True], ignore_index=True))
    return rated if by_source["session_id"].nunique() < 2 else rated.assign(low=np.nan, high=np.nan)


def course(by_source: pd.DataFrame, kept: pd.DataFrame, source: str) -> pd.DataFrame:
    """One source over the sessions: the rows of `kept` with its own counts, rate and interval.

    A session that it brought nobody to has no rate.
    """
    own = by_source[by_source["source"] == source].set_index("session_id")[list(sources.COUNTS)]
    counts = own.reindex(kept["session_id"]).fillna(0).astype("int64").reset_index(drop=True)
    rated = sources.rated(counts.assign(source=source), is_known=True)
    nobody = (rated["registered"] == 0).to_numpy(bool)
    figures = rated[["registered", "attended", "rate", "low", "high", "small"]].copy()
    figures.loc[nobody, ["rate", "low", "high"]] = np.nan
    return kept[["session_id", "title", "time_zone", "starts_at", "provisional"]].reset_index(drop=True).join(figures)


def beside(by_source: pd.DataFrame, kept: pd.DataFrame, names: list[str], *, rate: bool) -> pd.DataFrame:
    """A row per source of `names`, a column per session: people who were registered, or the rate as a part of 1.

    Columns are the session ids, in the order of `kept`. NaN: the source brought nobody to that session.
    """
    order = kept["session_id"].tolist()
    wide = {
        name: by_source.pivot(index="source", columns="session_id", values=name).reindex(index=names, columns=order)
        for name in ("registered", "attended")
    }
    return wide["attended"] / wide["registered"] if rate else wide["registered"]


# ---------------------------------------------------------------- when


def on_the_wall(found: pd.DataFrame) -> pd.Series:
    """When each session began by the clock of its own zone, written as UTC so that no chart moves it; NaT: unknown."""
    begun = zip(found["starts_at"], found["time_zone"], strict=True)
    moments = [None if pd.isna(at) else _wall(at, zone) for at, zone in begun]
    return pd.Series(pd.DatetimeIndex(moments, tz="UTC"), index=found.index)


def _wall(at: pd.Timestamp, zone: str) -> pd.Timestamp:
    try:
        local = at.tz_convert(zone)
    except (KeyError, ValueError, OSError):
        local = at  # a zone that this machine does not know
    return local.tz_localize(None).tz_localize("UTC")
