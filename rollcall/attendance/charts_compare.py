"""Charts of sessions over time: frames in, Altair out; in the same looks as `charts`, and under its rules.

Sessions stand on an axis of time by the clock of their own zone (`over_time.on_the_wall`), which no browser moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from rollcall.attendance import charts
from rollcall.attendance.charts import PICKED, Chart, Palette

CHARTED = 120  # sessions: with two marks each, and a median, below 500 together
STACKED = 30  # sessions in bars below each other
NEW_OR_KNOWN = {"known": "had registered before", "new": "new"}


def rate_over_time(rows: pd.DataFrame, palette: Palette, *, median: float | None = None) -> Chart:
    """The rate of each session as a point in its interval, and the median of the rates as a dashed line.

    Args:
        rows: row (of the table), title, at (as of `over_time.on_the_wall`), rate, low, high, registered, attended.
    """
    tips = [
        *_who(),
        alt.Tooltip("rate:Q", title="Attended of registered", format=".1%"),
        alt.Tooltip("low:Q", title="At least", format=".1%"),
        alt.Tooltip("high:Q", title="At most", format=".1%"),
        alt.Tooltip("registered:Q", title="Registered", format=",d"),
    ]
    base = alt.Chart(_drawn(rows, "rate", "low", "high", "registered")).encode(x=_when(), tooltip=tips)
    y = alt.Y("low:Q", title="Attended of registered", axis=alt.Axis(format=".0%"), scale=_from_zero())
    layers = [
        base.mark_rule(strokeWidth=3, strokeCap="round").encode(y=y, y2="high:Q", **_coloured(palette.accent)),
        base.mark_point(filled=True, size=80, opacity=1)
        .encode(y="rate:Q", **_coloured(palette.accent))
        .add_params(_pick()),
    ]
    return charts.dressed(alt.layer(*layers, *_median(median, ".0%", palette)), palette)


def people_over_time(rows: pd.DataFrame, palette: Palette) -> Chart:
    """Registered and attended of each session, a line each. Args: row, title, at, registered, attended."""
    kinds = (("registered", palette.other, -10), ("attended", palette.accent, 14))
    layers = [layer for kind, colour, dy in kinds for layer in _line(rows, kind, colour, palette, dy)]
    layers[0] = layers[0].add_params(_pick())
    return charts.dressed(alt.layer(*layers), palette)


def _line(rows: pd.DataFrame, kind: str, colour: str, palette: Palette, dy: int) -> list[alt.Chart]:
    shown = _drawn(rows, kind).rename(columns={kind: "people"}).assign(what=kind)
    tips = [*_who(), alt.Tooltip("what:N", title="What"), alt.Tooltip("people:Q", title="People", format=",d")]
    y = alt.Y("people:Q", title="People", axis=alt.Axis(format=",d", tickMinStep=1), scale=_from_zero())
    last = alt.Chart(shown.nlargest(1, "at")).encode(x=_when(), y="people:Q", text="what:N")
    return [
        alt.Chart(shown)
        .mark_line(point={"filled": True, "size": 60}, strokeWidth=2)
        .encode(x=_when(), y=y, tooltip=tips, **_coloured(colour)),
        last.mark_text(align="right", dy=dy, fontSize=12).encode(**_coloured(palette.other)),
    ]


def minutes_over_time(rows: pd.DataFrame, palette: Palette, *, median: float | None = None) -> Chart:
    """The median minutes of those who came, a point a session. Args: row, title, at, median_minutes (none NaN)."""
    tips = [*_who(), alt.Tooltip("median_minutes:Q", title="Minutes (at most)", format=".0f")]
    points = (
        alt.Chart(_drawn(rows, "median_minutes"))
        .mark_line(point={"filled": True, "size": 70}, strokeWidth=1.5)
        .encode(
            x=_when(),
            y=alt.Y(
                "median_minutes:Q", title="Minutes (at most), median", axis=alt.Axis(format="d"), scale=_from_zero()
            ),
            tooltip=tips,
            **_coloured(palette.accent),
        )
        .add_params(_pick())
    )
    return charts.dressed(alt.layer(points, *_median(median, ".0f", palette)), palette)


def new_and_known(rows: pd.DataFrame, palette: Palette) -> Chart:
    """Bars of who had registered before and who is new. Args: label (different ones), known, new; STACKED at most."""
    return charts.stacked(rows, palette, kinds=NEW_OR_KNOWN)


def groups(rows: pd.DataFrame, palette: Palette, *, words: Mapping[str, str]) -> Chart:
    """A bar per group of people. Args: rows: group, people; words: group → what it is called, in their order."""
    shown = rows.assign(label=rows["group"].map(dict(words))).rename_axis("row").reset_index()
    tips = [alt.Tooltip("label:N", title="Who"), alt.Tooltip("people:Q", title="People", format=",d")]
    bars = (
        alt.Chart(shown[["row", "label", "people"]])
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("people:Q", title="People", axis=alt.Axis(format=",d", tickMinStep=1)),
            y=alt.Y("label:N", title=None, sort=None, scale=alt.Scale(domain=list(words.values()))),
            tooltip=tips,
            **_coloured(palette.accent),
        )
        .add_params(_pick())
    )
    return charts.dressed(bars, palette, height=charts.ROW * len(shown) + charts.AROUND)


# ---------------------------------------------------------------- what they share


def _drawn(rows: pd.DataFrame, *figures: str) -> pd.DataFrame:
    """What reaches the browser of these rows: the latest CHARTED with a time and the first of the figures."""
    kept = rows[rows["at"].notna() & rows[figures[0]].notna()].sort_values("at").tail(CHARTED)
    return kept[["row", "at", *figures]].assign(label=charts.labels(kept["title"].tolist(), most=60))


def _who() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("label:N", title="Session"),
        alt.Tooltip("utcyearmonthdatehoursminutes(at):T", title="Began", format="%-d %b %Y %H:%M"),
    ]


def _when() -> alt.X:
    axis = alt.Axis(format="%-d %b %y", grid=False, labelOverlap=True, tickCount=6)
    return alt.X("at:T", title="Session", scale=alt.Scale(type="utc", padding=16), axis=axis)


def _from_zero() -> alt.Scale:
    return alt.Scale(zero=True, nice=True)


def _median(value: float | None, style: str, palette: Palette) -> list[alt.Chart]:
    """The median as a dashed line with its figure; nothing where it is not known."""
    if value is None or pd.isna(value):
        return []
    base = alt.Chart(pd.DataFrame({"value": [value], "word": [f"median {value:{style}}"]}))
    grey = _coloured(palette.other)
    return [
        base.mark_rule(strokeDash=[6, 4], strokeWidth=1.5).encode(y="value:Q", **grey),
        base.mark_text(align="left", dx=4, dy=-7, fontSize=11).encode(
            y="value:Q", x=alt.value(0), text="word:N", **grey
        ),
    ]


def _pick() -> alt.Parameter:
    return alt.selection_point(name=PICKED, fields=["row"])


def _coloured(colour: str) -> dict[str, Any]:
    return {"color": alt.value(colour)} if colour else {}
