"""Invited → registered → attended, as a chart and the table with the same numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pandas as pd

from rollcall.attendance import charts, rates
from rollcall.attendance.charts import Chart, Palette
from rollcall.attendance.invited import Group
from rollcall.attendance.report_words import percent

AT_MOST = charts.AT_MOST
TOGETHER, EMPTY = "everybody invited", "(empty)"

# `charts.stacked` shades its parts by these names: from the accent to an outline alone.
_PARTS = {"attended": "came", "absent": "registered only", "cancelled": "on demand", "not_yet_known": "neither"}
_SO_FAR = {**_PARTS, "absent": "registered"}


def shown(groups: Sequence[Group], *, most: int = AT_MOST) -> list[Group]:
    """The largest groups in their order, and the others, if there are more, as one."""
    if len(groups) <= most:
        return list(groups)
    kept, others = groups[: most - 1], groups[most - 1 :]
    return [*kept, reduce(_together, others, Group(f"other ({len(others):,})"))]


def _together(one: Group, other: Group) -> Group:
    return Group(
        one.value,
        invited=one.invited + other.invited,
        registered=one.registered + other.registered,
        on_demand=one.on_demand + other.on_demand,
        cancelled=one.cancelled + other.cancelled,
        attended=one.attended + other.attended,
        not_yet_known=one.not_yet_known + other.not_yet_known,
        unidentified=one.unidentified + other.unidentified,
    )


def names(groups: Sequence[Group], *, is_parted: bool) -> list[str]:
    """What the groups are called; an empty cell has a name of its own."""
    return [group.value or EMPTY for group in groups] if is_parted else [TOGETHER] * len(groups)


def funnel(groups: Sequence[Group], palette: Palette, *, is_parted: bool, is_settled: bool) -> Chart:
    """A bar for each group as long as it has leads, parted by how far they came.

    Args:
        groups: as `shown` gives them; those without a lead are left out.
        is_parted: whether they are the values of a column; else there is one for all.
        is_settled: whether it is known who did not come.
    """
    counted = [group for group in groups if group.invited]
    rows = pd.DataFrame(
        {
            "label": [
                f"{name} · {group.invited:,}"
                for name, group in zip(charts.labels(names(counted, is_parted=is_parted)), counted, strict=True)
            ],
            "attended": [group.attended for group in counted],
            "absent": [group.registered - group.attended for group in counted],
            "cancelled": [group.on_demand for group in counted],
            "not_yet_known": [group.invited - group.registered - group.on_demand for group in counted],
        }
    )
    return charts.stacked(rows, palette, kinds=_PARTS if is_settled else _SO_FAR)


def table(groups: Sequence[Group], *, is_parted: bool, is_settled: bool) -> pd.DataFrame:
    """The numbers of the chart, with the rates and how sure they are.

    A rate of nobody is NaN: not available. Before attendance is settled that of registration is one so far, and called
    so, and there is none of attendance.
    """
    frame = pd.DataFrame(
        {
            "Group": names(groups, is_parted=is_parted),
            "Invited": [group.invited for group in groups],
            "Registered": [group.registered for group in groups],
            "Attended": [group.attended for group in groups],
            "Cancelled": [group.cancelled for group in groups],
            "On demand": [group.on_demand for group in groups],
        }
    )
    frame = _with_rate(frame, "Registered", "Invited", "of invited" if is_settled else "of invited so far")
    if is_settled:
        frame = _with_rate(frame, "Attended", "Registered", "of registered")
        frame = _with_rate(frame, "Attended", "Invited", "of invited")
    return frame


def _with_rate(frame: pd.DataFrame, hits: str, of: str, words: str) -> pd.DataFrame:
    n = frame[of].to_numpy()
    low, high = rates.wilson_each(frame[hits].to_numpy(), n)
    name = f"{hits} {words}"
    rate = frame[hits] / frame[of].where(frame[of] > 0)
    ends = {f"{name}, at least": low, f"{name}, at most": high}
    return frame.assign(**{name: rate, **{end: pd.Series(value).where(n > 0) for end, value in ends.items()}})


def finding(groups: Sequence[Group], *, is_parted: bool, is_settled: bool) -> str:
    """What the chart shows, in a sentence; of several groups also the one with most attendees. Holds foreign text."""
    everybody = reduce(_together, groups, Group(""))
    if not everybody.invited:
        return "Nobody on this list can be looked for."
    so_far = "" if is_settled else " so far"
    found = (
        f"Of {everybody.invited:,} invited {everybody.registered:,} registered{so_far} "
        f"({percent(everybody.registered / everybody.invited)}) and {everybody.attended:,} attended{so_far}"
    )
    if is_settled and everybody.registered:
        found += f" ({percent(everybody.attended / everybody.registered)} of the registered)"
    best = max(groups, key=lambda group: group.attended)
    if is_parted and len(groups) > 1 and best.attended:
        found += f". Most of them came from {charts.labels([best.value or EMPTY])[0]}: {best.attended:,}"
    return f"{found}."
