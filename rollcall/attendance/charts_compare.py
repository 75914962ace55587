"""Charts of sessions over time: frames in, Altair out; in the same looks as `charts`, and under its rules.

Sessions stand on an axis of time by the clock of their own zone (`over_time.on_the_wall`), which no browser moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import altair as alt
import pandas as pd

from rollcall.attendance import charts
from rollcall.attendance.charts import PICKED, Chart, Palette

CHARTED = 200  # sessions: with two marks each, and a median, below 500 together
STACKED = 20  # sessions in bars below each other
AROUND = 72  # pixels left free on either side of the sessions: the median's word stands there
NAMED = 60  # characters of a title beside the pointer
PEOPLE = {"registered": "registered", "attended": "attended"}
KNOWN_OR_NEW = {"attended": "known", "absent": "new"}  # under the names that `charts.stacked` tints


def rate_over_time(rows: pd.DataFrame, palette: Palette, *, median: float | None = None) -> Chart:
    """The rate of each session as a point in its interval, and the median of the rates as a dashed line.

    Args:
        rows: row (of the table), title, at (as of `over_time.on_the_wall`), rate, low, high, registered.
    """
    tips = [
        *_who(),
        alt.Tooltip("rate:Q", title="Attended of registered", format=".1%"),
        alt.Tooltip("low:Q", title="At least", format=".1%"),
        alt.Tooltip("high:Q", title="At most", format=".1%"),
        alt.Tooltip("registered:Q", title="Registered", format=",d"),
    ]
    base = alt.Chart(_drawn(rows, "rate", "low", "high", "registered"))
    base = base.encode(x=_when(), tooltip=tips, color=alt.ColorValue(palette.accent))
    y = alt.Y("low:Q", title="Attended of registered", axis=alt.Axis(format=".0%", tickCount=6), scale=_from_zero())
    lines = base.mark_rule(strokeWidth=3, strokeCap="round").encode(y=y, y2="high:Q")
    points = base.mark_point(filled=True, size=80, opacity=1).encode(y="rate:Q").add_params(_pick())
    return charts.dressed(_layered(*_median(median, ".0%", palette), lines, points), palette)


def people_over_time(rows: pd.DataFrame, palette: Palette) -> Chart:
    """Registered and attended of each session, a line each. Args: row, title, at, registered, attended."""
    kept = _drawn(rows, *PEOPLE)
    long = kept.melt(["row", "at", "label"], list(PEOPLE), var_name="what", value_name="people")
    words = list(PEOPLE)
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400)
    colours, dashes = [palette.other, palette.accent], [[6, 4], [1, 0]]
    lines = (
        alt.Chart(long)
        .mark_line(point={"filled": True, "size": 60}, strokeWidth=2)
        .encode(
            x=_when(),
            y=alt.Y("people:Q", title="People", axis=alt.Axis(format=",d", tickMinStep=1), scale=_from_zero()),
            color=alt.Color("what:N", legend=legend, scale=alt.Scale(domain=words, range=colours)),
            strokeDash=alt.StrokeDash("what:N", legend=legend, scale=alt.Scale(domain=words, range=dashes)),
            tooltip=[
                *_who(),
                alt.Tooltip("what:N", title="What"),
                alt.Tooltip("people:Q", title="People", format=",d"),
            ],
        )
        .add_params(_pick())
    )
    return charts.dressed(lines, palette)


def minutes_over_time(rows: pd.DataFrame, palette: Palette, *, median: float | None = None) -> Chart:
    """The median minutes of those who came, a point a session. Args: row, title, at, median_minutes."""
    points = (
        alt.Chart(_drawn(rows, "median_minutes"))
        .mark_line(point={"filled": True, "size": 70}, strokeWidth=1.5)
        .encode(
            x=_when(),
            y=alt.Y(
                "median_minutes:Q", title="Median minutes (at most)", axis=alt.Axis(format="d"), scale=_from_zero()
            ),
            tooltip=[*_who(), alt.Tooltip("median_minutes:Q", title="Minutes (at most)", format=".0f")],
            color=alt.ColorValue(palette.accent),
        )
        .add_params(_pick())
    )
    return charts.dressed(_layered(*_median(median, ".0f", palette), points), palette)


def figures(rows: pd.DataFrame, palette: Palette, *, title: str, style: str = ".0%") -> Chart:
    """A figure per row as a point without an interval: `charts.estimates` where none can be given.

    Args:
        rows: label (different ones), value, small (drawn in grey).
        title: of the axis, with the unit.
        style: how the figure is written, as of d3-format.
    """
    shown = rows.reset_index(drop=True).rename_axis("row").reset_index()
    base = alt.Chart(shown[["row", "label", "value", "small"]]).encode(
        x=alt.X("value:Q", title=title, axis=alt.Axis(format=style, tickCount=6), scale=_from_zero()),
        y=_names(shown["label"].tolist()),
        tooltip=[alt.Tooltip("label:N", title="Who"), alt.Tooltip("value:Q", title="Figure", format=style)],
    )
    colours = alt.Scale(domain=[False, True], range=[palette.accent, palette.other])
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color("small:N", legend=None, scale=colours)
    )
    words = base.mark_text(dy=-10, fontSize=11).encode(
        text=alt.Text("value:Q", format=style), color=alt.ColorValue(palette.other)
    )
    height = charts.ROW * len(shown) + charts.AROUND
    return charts.dressed(_layered(points.add_params(_pick()), words), palette, height=height)


def rate_of_sources(rows: pd.DataFrame, palette: Palette) -> Chart:
    """The rate of each source over several sessions. Args: source, registered, rate, small, joined."""
    names = charts.labels(rows["source"].tolist())
    labels = [f"{name} · {n:,}" for name, n in zip(names, rows["registered"].tolist(), strict=True)]
    drawn = rows.assign(label=labels, value=rows["rate"], small=rows["small"] | (rows["joined"] > 0))
    return figures(drawn, palette, title="Attended of registered")


def known_and_new(rows: pd.DataFrame, palette: Palette) -> Chart:
    """Bars of who had registered before and who is new. Args: label (different ones), known, new; STACKED at most."""
    tinted = rows.rename(columns={"known": "attended", "new": "absent"})
    return charts.stacked(tinted, palette, kinds=KNOWN_OR_NEW)


def groups(rows: pd.DataFrame, palette: Palette, *, words: Mapping[str, str]) -> Chart:
    """A bar per group of people. Args: rows: group, people; words: group → what it is called, in their order."""
    shown = rows.assign(label=rows["group"].map(dict(words))).reset_index(drop=True).rename_axis("row").reset_index()
    bars = (
        alt.Chart(shown[["row", "label", "people"]])
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X("people:Q", title="People", axis=alt.Axis(format=",d", tickMinStep=1, tickCount=6)),
            y=_names(shown["label"].tolist()),
            tooltip=[alt.Tooltip("label:N", title="Who"), alt.Tooltip("people:Q", title="People", format=",d")],
            color=alt.ColorValue(palette.accent),
        )
        .add_params(_pick())
    )
    return charts.dressed(bars, palette, height=charts.ROW * len(shown) + charts.AROUND)


# ---------------------------------------------------------------- what they share


def _drawn(rows: pd.DataFrame, *figures: str) -> pd.DataFrame:
    """What reaches the browser of these rows: the latest CHARTED that have a time and the first of the figures."""
    kept = rows[rows["at"].notna() & rows[figures[0]].notna()].sort_values("at").tail(CHARTED)
    return kept[["row", "at", *figures]].assign(label=charts.labels(kept["title"].tolist(), most=NAMED))


def _who() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("label:N", title="Session"),
        alt.Tooltip("utcyearmonthdatehoursminutes(at):T", title="Began", format="%-d %b %Y %H:%M"),
    ]


def _when() -> alt.X:
    axis = alt.Axis(format="%-d %b %y", grid=False, labelOverlap=True, tickCount=6)
    return alt.X("at:T", title="When it began", scale=alt.Scale(type="utc", padding=AROUND), axis=axis)


def _names(order: list[str]) -> alt.Y:
    return alt.Y("label:N", title=None, sort=None, scale=alt.Scale(domain=order))


def _from_zero() -> alt.Scale:
    return alt.Scale(zero=True, nice=True)


def _median(value: float | None, style: str, palette: Palette) -> list[alt.Chart]:
    """The median as a dashed line with its figure; nothing where it is not known."""
    if value is None or pd.isna(value):
        return []
    base = alt.Chart(pd.DataFrame({"value": [value], "word": [f"median {value:{style}}"]}))
    base = base.encode(y="value:Q", color=alt.ColorValue(palette.other))
    words = base.mark_text(align="left", dx=4, dy=-7, fontSize=11).encode(x=alt.value(0), text="word:N")
    return [base.mark_rule(strokeDash=[6, 4], strokeWidth=1.5), words]


def _layered(*layers: alt.Chart) -> Chart:
    return cast(Chart, alt.layer(*layers))


def _pick() -> alt.Parameter:
    return alt.selection_point(name=PICKED, fields=["row"])
