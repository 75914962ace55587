"""Charts of attendance: frames in, Altair out. One question each, under 500 marks together, and the same in grey.

What a chart shows is decided here, where it is shown elsewhere: on a page (`THEMED`: Streamlit looks the colours up in
the theme that is on), in a file or a report (`LIGHT`, `DARK`). Names of sources are foreign text: `labels` makes them
short, different and free of what is not seen; Vega draws them as text, and escapes them in its tooltips.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypeAlias, cast

import altair as alt
import pandas as pd

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart  # the last only because Altair types layers so
Builder: TypeAlias = "Callable[[Palette], Chart]"  # what draws the same chart on any ground

AT_MOST = 20  # sources, and one row for the others: with all charts of a session below 500 marks
NAME_DRAWN = 22  # characters of a name; at 390 px half of the width is then left to the bars
PICKED = "picked"  # the selection of a clickable chart: the `row` of what was clicked
WIDTH, LABEL = 680, 260  # pixels: of a picture, of a name in it at most
ROW, AROUND, PLAIN_HEIGHT = 30, 92, 260  # pixels: of a row, of axis and legend around the rows, of a chart without
TICKS = 7  # at most, on an axis of time

KINDS = {"attended": "attended", "absent": "absent", "cancelled": "cancelled", "not_yet_known": "not yet known"}
_TINTS = {"attended": 1.0, "absent": 0.28, "cancelled": 0.08, "not_yet_known": 0.0}
_TINT_WORDS = {"attended": "full", "absent": "light", "cancelled": "faint", "not_yet_known": "empty"}
_THE_PAGES = "currentColor"  # of the page's text: Streamlit's own for axes is too pale in the light theme
_OUTLINE = "#6B7280"  # 4.8 on white, 3.8 on the dark ground


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one ground; an empty one is left to whoever shows the chart.

    Attributes:
        accent: what the chart is about.
        other: small groups, and what is compared with; text at lines has it too.
        categories: for lines beside each other, in this order.
    """

    accent: str
    other: str
    text: str
    ground: str
    grid: str
    categories: tuple[str, ...]

    @property
    def is_themed(self) -> bool:
        """Whether the page's theme decides."""
        return not self.ground


LIGHT = Palette(
    "#1D4ED8", "#5B6477", "#1B2333", "#FFFFFF", "#E3E7EF", ("#1D4ED8", "#D97706", "#15803D", "#831843", "#4C1D95")
)
DARK = Palette(
    "#60A5FA", "#9AA4B8", "#E9EDF5", "#10151F", "#2A3345", ("#60A5FA", "#EAB308", "#F87171", "#A16207", "#7C3AED")
)
THEMED = Palette(
    "blue", "gray", "", "", "", ()
)  # words that Streamlit looks up: `blueColor` and `grayColor` of the theme


# ---------------------------------------------------------------- which campaign brought people who came


def attended_by_source(sources: pd.DataFrame, palette: Palette) -> Chart:
    """Bars of who was registered, by what became of them. Args: rows of `sources.for_display`."""
    return stacked(sources.assign(label=_counted(sources["source"], sources["registered"])), palette)


def rate_by_source(sources: pd.DataFrame, palette: Palette) -> Chart:
    """The rate as a point in its interval. Args: rows of `sources.for_display`, each with a rate."""
    rows = sources.assign(
        label=_counted(sources["source"], sources["registered"]),
        value=sources["rate"],
        small=sources["small"] | (sources["joined"] > 0),  # many sources at once are nobody's rate
    )
    return estimates(rows, palette, title="Attended of registered,\nwith 95 % interval")


def _counted(names: pd.Series, people: pd.Series) -> list[str]:
    """Names with how many stand behind each."""
    return [f"{name} · {n:,}" for name, n in zip(labels(names.tolist()), people.tolist(), strict=True)]


def stacked(rows: pd.DataFrame, palette: Palette, *, kinds: Mapping[str, str] = KINDS) -> Chart:
    """A bar per row, parted by what became of its people, in the order of the rows.

    Args:
        rows: label (different ones), and a count for each of `kinds`; at most 30 rows.
        kinds: some of the columns of KINDS, and their words.
    """
    numbered = rows.reset_index(drop=True).rename_axis("row").reset_index()
    long = numbered.melt(["row", "label"], list(kinds), var_name="kind", value_name="people")
    long = long[long["people"] > 0].assign(part=long["kind"].map({kind: at for at, kind in enumerate(kinds)}))
    there = [kind for kind in kinds if (long["kind"] == kind).any()]
    long = long.assign(what=long["kind"].map(dict(kinds)), people=long["people"].astype(int))
    bars = (
        alt.Chart(long[["row", "label", "kind", "what", "part", "people"]])
        .mark_bar(stroke=_OUTLINE, strokeWidth=1, cornerRadius=2)
        .encode(
            x=alt.X("sum(people):Q", title=_legend(kinds, there), axis=_whole(tickCount=6)),
            y=_names(rows["label"].tolist()),
            fillOpacity=alt.FillOpacity(
                "kind:N",
                legend=None,
                scale=alt.Scale(type="ordinal", domain=there, range=[_TINTS[one] for one in there]),
            ),
            order=alt.Order("part:Q"),
            tooltip=[
                alt.Tooltip("label:N", title="Who"),
                alt.Tooltip("what:N", title="What"),
                alt.Tooltip("sum(people):Q", title="People", format=","),
            ],
            detail=alt.Detail("row:Q"),
            color=_own(palette.accent),
        )
        .add_params(_clickable())
    )
    return dressed(bars, palette, height=ROW * len(rows) + AROUND)


def _legend(kinds: Mapping[str, str], there: Sequence[str]) -> list[str]:
    """What the tints mean, as the title of the axis: Vega has no legend for them, and grey print shows them too.

    Two to a line, as many as a telephone is wide.
    """
    words = [f"{_TINT_WORDS[kind]}: {kinds[kind]}" for kind in there]
    return ["People", *(", ".join(words[at : at + 2]) for at in range(0, len(words), 2))]


def estimates(rows: pd.DataFrame, palette: Palette, *, title: str, style: str = ".0%") -> Chart:
    """A figure per row as a point, and its interval as a line beside it: never a bar.

    Args:
        rows: label (different ones), value, low, high (NaN: that end is not known), small (drawn in grey).
        title: of the axis, with the unit; on several lines where it is long, for a telephone.
        style: how the figure is written, as of d3-format.
    """
    shown = rows.reset_index(drop=True).rename_axis("row").reset_index()
    shown = shown.assign(low=shown["low"].fillna(shown["value"]), high=shown["high"].fillna(shown["value"]))
    channels = {
        "y": _names(rows["label"].tolist()),
        "tooltip": [
            alt.Tooltip("label:N", title="Who"),
            alt.Tooltip("value:Q", title="Figure", format=style),
            alt.Tooltip("low:Q", title="At least", format=style),
            alt.Tooltip("high:Q", title="At most", format=style),
        ],
    }
    colours = alt.Scale(domain=[False, True], range=[palette.accent, palette.other])
    colour = alt.Color("small:N", legend=None, scale=colours)
    axis = alt.Axis(format=style, tickCount=6)
    x = alt.X("low:Q", title=title.split("\n"), axis=axis, scale=alt.Scale(nice=True, zero=True))
    value, written = alt.X("value:Q"), alt.Text("value:Q", format=style)
    line = alt.Chart().mark_rule(strokeWidth=3, strokeCap="round")
    point = alt.Chart().mark_point(filled=True, size=90, opacity=1)
    word = alt.Chart().mark_text(dy=-10, fontSize=11)
    layers = alt.layer(  # each made anew: Altair copies all that a chart holds whenever something is added to it
        line.encode(x=x, x2=alt.X2("high:Q"), color=colour, **channels).add_params(_clickable()),
        point.encode(x=value, color=colour, **channels),
        word.encode(x=value, text=written, color=_own(palette.other), **channels),
        data=shown[["row", "label", "value", "low", "high", "small"]],
    )
    return dressed(layers, palette, height=ROW * len(rows) + AROUND)


# ---------------------------------------------------------------- how long they stayed, and when they were there


def minutes(distribution: pd.DataFrame, palette: Palette) -> Chart:
    """People by minutes. Args: the frame of `minutes.distribution`."""
    bars = (
        alt.Chart(distribution.rename_axis("row").reset_index())
        .mark_bar(stroke=_OUTLINE, strokeWidth=1)
        .encode(
            x=alt.X(
                "from_minutes:Q", title="Minutes (at most)", bin="binned",
                axis=alt.Axis(values=_edges(distribution), format="d", grid=False),
            ),
            x2=alt.X2("to_minutes:Q"),
            y=alt.Y("people:Q", title="People", axis=_whole()),
            tooltip=[
                alt.Tooltip("from_minutes:Q", title="From minute", format="d"),
                alt.Tooltip("to_minutes:Q", title="to below", format="d"),
                alt.Tooltip("people:Q", title="People", format=","),
            ],
            color=_own(palette.accent),
        )
        .add_params(_clickable())
    )  # fmt: skip
    return dressed(bars, palette)


def _edges(distribution: pd.DataFrame) -> list[int]:
    return sorted({*distribution["from_minutes"].tolist(), *distribution["to_minutes"].tolist()})


def presence(curve: pd.DataFrame, palette: Palette, *, zone: tzinfo, zone_name: str) -> Chart:
    """How many were there, minute by minute, under the clock of the session. Args: the frame of `presence_curve`."""
    local = curve.assign(clock=[f"{at:%H:%M}" for at in curve["at"].dt.tz_convert(zone)])
    start, ticks = curve["at"].iloc[0], _ticks(int(curve["minute"].max()))
    # Looked up and not reckoned by Vega, which knows the browser's zone and UTC, and no third one.
    clocks = {str(tick): f"{(start + pd.Timedelta(minutes=tick)).tz_convert(zone):%H:%M}" for tick in ticks}
    line = (
        alt.Chart(local[["minute", "people", "clock"]])
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X(
                "minute:Q", title=f"Time ({zone_name})", scale=alt.Scale(nice=False),
                axis=alt.Axis(values=ticks, labelExpr=f"({json.dumps(clocks)})[datum.value]", grid=False),
            ),
            y=alt.Y("people:Q", title="People there", axis=_whole()),
            tooltip=[
                alt.Tooltip("clock:N", title="Time"),
                alt.Tooltip("minute:Q", title="Minute of the broadcast"),
                alt.Tooltip("people:Q", title="People there (at most)", format=","),
            ],
            color=_own(palette.accent),
        )
    )  # fmt: skip
    return dressed(line, palette)


def _ticks(minutes: int) -> list[int]:
    """Round minutes, about TICKS of them."""
    step = next((one for one in (5, 10, 15, 20, 30, 60, 120, 240) if minutes / one <= TICKS), 0) or minutes // TICKS
    return list(range(0, minutes + 1, step))


# ---------------------------------------------------------------- how the registrations came in


def run_up(days: pd.DataFrame, palette: Palette, *, earlier: int) -> Chart:
    """Registrations up to each day before the session, and the median of earlier sessions.

    Args:
        days: the frame of `run_up.RunUp`: days, registered, median (NaN: not known).
        earlier: how many sessions the median is of; 0: none is drawn.
    """
    words = {"registered": "this session"}
    if earlier:
        words["median"] = f"median of {earlier} earlier" if earlier > 1 else "the one earlier session"
    long = days.melt("days", list(words), var_name="what", value_name="people").dropna(subset=["people"])
    long["what"] = long["what"].map(words)
    names = list(words.values())
    legend = alt.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400, labelLimit=LABEL)
    colours, dashes = [palette.accent, palette.other][: len(names)], [[1, 0], [6, 4]][: len(names)]
    lines = (
        alt.Chart(long)
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X(
                "days:Q",
                title="Days before it starts",
                scale=alt.Scale(reverse=True, nice=False),
                axis=alt.Axis(format="d", tickMinStep=1, tickCount=8, grid=False),
            ),
            y=alt.Y("people:Q", title="Registered", axis=_whole()),
            color=alt.Color("what:N", legend=legend, scale=alt.Scale(domain=names, range=colours)),
            strokeDash=alt.StrokeDash("what:N", legend=legend, scale=alt.Scale(domain=names, range=dashes)),
            tooltip=[
                alt.Tooltip("what:N", title="Of"),
                alt.Tooltip("days:Q", title="Days before"),
                alt.Tooltip("people:Q", title="Registered", format=",.0f"),
            ],
        )
    )
    return dressed(lines, palette)


# ---------------------------------------------------------------- names, looks, pictures


def labels(names: Sequence[str], *, most: int = NAME_DRAWN) -> list[str]:
    """Names as a chart can draw them: on one line, the middle left out, nothing unseen in them, no two alike."""
    taken: set[str] = set()
    found = []
    for name in names:
        short = shown = _shortened(name, most)
        number = 1
        while shown in taken:
            number += 1
            shown = f"{short} ({number})"
        taken.add(shown)
        found.append(shown)
    return found


def _shortened(name: str, most: int) -> str:
    line = " ".join("".join(one if _is_seen(one) else " " for one in name).split())
    half = (most - 1) // 2
    return line if len(line) <= most else f"{line[:half]}…{line[-half:]}"


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"


def marks(chart: Chart) -> int:
    """How many marks a chart draws at most: the rows of its frames, layer by layer."""
    spec = chart.to_dict()
    frames = {name: len(rows) for name, rows in spec["datasets"].items()}
    whole = frames.get(spec.get("data", {}).get("name"), 0)
    return sum(frames.get(one.get("data", {}).get("name"), whole) for one in spec.get("layer", [{}]))


def dressed(chart: Chart, palette: Palette, *, height: int = PLAIN_HEIGHT) -> Chart:
    """The chart in its size and, off the page, in all its colours."""
    sized: Any = chart.properties(height=height)
    if palette.is_themed:
        axes = sized.configure_axis(labelLimit=LABEL, labelColor=_THE_PAGES, titleColor=_THE_PAGES)
        return cast(Chart, axes.configure_legend(labelColor=_THE_PAGES))
    written = {"labelColor": palette.text, "titleColor": palette.text, "labelFontSize": 12, "titleFontSize": 12}
    look = {"gridColor": palette.grid, "domain": False, "ticks": False, "titleFontWeight": "normal"}
    return cast(
        Chart,
        sized.properties(width=WIDTH, background=palette.ground, padding=16)
        .configure(font="sans-serif")
        .configure_axis(labelLimit=LABEL, labelPadding=6, **written, **look)
        .configure_legend(labelColor=palette.text, labelFontSize=12)
        .configure_title(color=palette.text, subtitleColor=palette.text, anchor="start", fontSize=16, offset=14)
        .configure_view(strokeWidth=0),
    )


def svg(chart: Chart) -> str:
    """The chart as an SVG picture, drawn here; takes some tenths of a second. Fetches nothing."""
    import vl_convert  # a JavaScript engine: loaded by whoever draws, and by nobody else

    return str(vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[]))


def png(chart: Chart, *, scale: float = 2.0) -> bytes:
    """The chart as a PNG picture, `scale` pixels for one, drawn as `svg` is."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(chart.to_dict(), scale=scale, allowed_base_urls=[]))


def titled(chart: Chart, title: str, note: str = "") -> Chart:
    """The chart under the question that it answers, and a line of where its numbers are from."""
    named: Any = chart
    return cast(Chart, named.properties(title=alt.TitleParams(title, subtitle=[note] if note else [])))


def _clickable() -> alt.Parameter:
    return alt.selection_point(name=PICKED, fields=["row"])


def _own(colour: str) -> alt.ColorValue:
    """A colour as an encoding and not as the mark's own: only there does Streamlit look words up."""
    return alt.ColorValue(colour)


def _names(order: Collection[str]) -> alt.Y:
    """The axis of names, in this order, in every layer the same."""
    axis = alt.Axis(labelFlush=False, labelOverlap=False)
    return alt.Y("label:N", title=None, sort=None, scale=alt.Scale(domain=list(order)), axis=axis)


def _whole(**options: Any) -> alt.Axis:
    return alt.Axis(format=",d", tickMinStep=1, **options)
