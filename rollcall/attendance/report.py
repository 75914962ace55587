"""One session's attendance as one file of HTML to hand on: opens without network, prints on two pages, runs no script.

It holds no personal data unless asked. Everything foreign (title, sources, names) goes through the template's escaping,
charts come as pictures within the file. Pure.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import jinja2
import pandas as pd

from rollcall.attendance import charts, minutes, rates, report_figures, sources
from rollcall.attendance import report_words as words
from rollcall.attendance.charts import LIGHT, Chart
from rollcall.attendance.exports.sheet import known_zone
from rollcall.attendance.matching import Attendance
from rollcall.attendance.rates import Finding, Verdict, shortened

TEMPLATE = Path(__file__).with_name("report.html.jinja")
# So many of each fit on two pages of A4, however long the names are.
TITLE = 160  # characters
DRAWN = 9  # sources with a bar of their own
NAMED = 44  # characters of a source in the table
SAID = 4  # comparisons; the surest come first
NOTED = 7  # notes on the data
PRESENCE_ROWS = 12  # of the numbers beside the curve
BAR, AROUND_BARS, CURVE, WIDE = 19, 40, 115, 300  # pixels of the charts, two beside each other on A4


Draw: TypeAlias = "Callable[[Chart], str]"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its question, what it shows in words, and its numbers."""

    title: str
    src: str
    alt: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]


def html(attendance: Attendance, *, with_people: bool = False, draw: Draw = charts.svg) -> str:
    """The report as a whole HTML document, to be written as UTF-8.

    Args:
        with_people: list everybody by name and address as well; the report then says so at its top.
        draw: makes an SVG picture of a chart; takes some tenths of a second for each of four.
    """
    facts, by_source = attendance.facts, sources.of_session(attendance)
    findings = rates.compare(by_source) if attendance.can_compare else ()
    why_nothing = _why_nothing(attendance, by_source)
    return _template().render(
        title=_cut(words.plain(facts.title)) or f"Session {facts.session_id}",
        when=_when(attendance),
        zone=known_zone(facts.time_zone),
        made=words.moment(facts.now, facts.time_zone),
        status=words.status(attendance),
        is_final=attendance.is_final,
        read=words.read(facts),
        figures=report_figures.figures(attendance),
        sums=report_figures.sums(attendance),
        sentences=_sentences(findings, of=len(by_source)) or [why_nothing],
        by_source=_table(by_source, so_far=not attendance.is_settled),
        has_unknown=bool(by_source["not_yet_known"].any()),
        small=rates.SMALL,
        pictures_by_source=list(_of_sources(attendance, by_source, draw, said=_first(findings) or why_nothing)),
        pictures_of_time=list(_of_time(attendance, draw)),
        notes=_notes(attendance),
        people=_people(attendance) if with_people else None,
    )


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        loader=jinja2.FileSystemLoader(TEMPLATE.parent),
    )
    return environment.get_template(TEMPLATE.name)


def _cut(title: str) -> str:
    return title if len(title) <= TITLE else f"{title[: TITLE - 1].rstrip()}…"


def _when(attendance: Attendance) -> str:
    """Begin and length; what is planned says so."""
    facts = attendance.facts
    if facts.starts_at is None:
        return "Begin not known"
    begin = words.moment(facts.starts_at, facts.time_zone)
    state = "" if facts.is_over else ", on now" if facts.has_begun else ", to come"
    if facts.broadcast_start is None or facts.broadcast_end is None:
        return f"{begin}{state}"
    length = (facts.broadcast_end - facts.broadcast_start).total_seconds() / 60
    return f"{begin}{state}, broadcast of {length:.0f} min"


# ---------------------------------------------------------------- by source


def _sentences(findings: Sequence[Finding], *, of: int) -> list[str]:
    """What differs by more than chance; nothing where there are no findings.

    Args:
        of: how many sources there are.
    """
    if not findings:
        return []
    said = [f"{_plainly(one)}." for one in findings[:SAID]]
    if len(findings) > SAID:
        said.append(f"{words.many(len(findings) - SAID, 'further pair')} differ by more than chance.")
    if findings[0].verdict is not Verdict.MORE_THAN_CHANCE and of > 2:
        said.append("No other two sources come nearer to a difference.")
    return said


def _first(findings: Sequence[Finding]) -> str:
    return f"{_plainly(findings[0])}." if findings else ""


def _why_nothing(attendance: Attendance, by_source: pd.DataFrame) -> str:
    if by_source.empty:
        return "Nobody has registered."
    if by_source["rate"].isna().all():
        return "There is no rate yet: of nobody it is known whether they came."
    if not attendance.can_compare:
        return "Who came was not read since the end, so sources are not compared."
    return "There is one source alone, so there is nothing to compare."


def _plainly(finding: Finding) -> str:
    return words.plain(rates.in_words(finding))


def _table(by_source: pd.DataFrame, *, so_far: bool) -> list[dict[str, Any]]:
    """The rows of the table: up to 30 sources and one for the others."""
    shown = sources.for_display(by_source)
    names = charts.labels(shown["source"].tolist(), most=NAMED)
    return [
        {
            **{name: f"{row[name]:,}" for name in sources.COUNTS},
            "source": words.plain(name),
            "rate": words.NOT_AVAILABLE if pd.isna(row["rate"]) else words.percent(row["rate"]),
            "interval": "" if pd.isna(row["rate"]) else words.between(row["low"], row["high"]),
            "so_far": so_far and not pd.isna(row["rate"]),
            "is_small": bool(row["small"]),
        }
        for name, row in zip(names, shown.to_dict("records"), strict=True)
    ]


# ---------------------------------------------------------------- charts


def _of_sources(attendance: Attendance, by_source: pd.DataFrame, draw: Draw, *, said: str) -> Iterator[Picture]:
    """Who came by source; the rates only where there are any.

    Args:
        said: what the rates tell, in words.
    """
    shown = sources.for_display(by_source, at_most=DRAWN)
    if len(shown):
        yield _counts(shown, draw, has_rate=attendance.has_rate)
    if len(shown) and shown["rate"].notna().all():
        yield _rates(shown, draw, said=said)


def _of_time(attendance: Attendance, draw: Draw) -> Iterator[Picture]:
    """When people were there, and for how long, where that is known of anybody."""
    curve, bins = minutes.presence_curve(attendance), minutes.distribution(attendance)
    if curve["people"].any():
        yield _presence(attendance, curve, draw)
    if len(bins):
        yield _minutes(attendance, bins, draw)


def _counts(shown: pd.DataFrame, draw: Draw, *, has_rate: bool) -> Picture:
    first = shown.iloc[0]
    came = f": {first['attended']:,} of {first['registered']:,} attended" if has_rate else ""
    return Picture(
        "Which source brought people who came?" if has_rate else "Where do registrations come from?",
        _src(charts.attended_by_source(shown, LIGHT), draw, height=BAR * len(shown) + AROUND_BARS),
        f"The largest is {_name(first)}{came}.",
        ("Source", "Registered", "Attended", "Absent", "Cancelled", "Not yet known"),
        [(_name(row), *(f"{row[name]:,}" for name in sources.COUNTS)) for row in shown.to_dict("records")],
    )


def _rates(shown: pd.DataFrame, draw: Draw, *, said: str) -> Picture:
    return Picture(
        "How many came, and how sure is that?",
        _src(charts.rate_by_source(shown, LIGHT), draw, height=BAR * len(shown) + AROUND_BARS),
        said,
        ("Source", "Rate", "95 % interval"),
        [
            (_name(row), words.percent(row["rate"]), words.between(row["low"], row["high"]))
            for row in shown.to_dict("records")
        ],
    )


def _presence(attendance: Attendance, curve: pd.DataFrame, draw: Draw) -> Picture:
    zone = known_zone(attendance.facts.time_zone)
    local = curve.assign(clock=curve["at"].dt.tz_convert(zone).dt.strftime("%H:%M"))
    most = local.iloc[int(local["people"].argmax())]
    every = max(len(local) // PRESENCE_ROWS, 1)
    return Picture(
        "When were they there?",
        _src(charts.presence(curve, LIGHT, zone=words.zone(zone), zone_name=zone), draw, height=CURVE),
        f"Most people at once: at most {most['people']:,}, at {most['clock']} ({zone}).",
        (f"Time ({zone})", "People there, at most"),
        [(row["clock"], f"{row['people']:,}") for row in local.iloc[::every].to_dict("records")],
    )


def _minutes(attendance: Attendance, bins: pd.DataFrame, draw: Draw) -> Picture:
    spread = minutes.spread(attendance)
    return Picture(
        "How long did they stay?",
        _src(charts.minutes(bins, LIGHT), draw, height=CURVE),
        f"Half of {spread.people:,} stayed for at most {words.minutes(spread.median)}.",
        ("Minutes, at most", "People"),
        [(f"{row['from_minutes']} to {row['to_minutes']}", f"{row['people']:,}") for row in bins.to_dict("records")],
    )


def _name(row: Any) -> str:
    return words.plain(shortened(str(row["source"])))


def _src(chart: Chart, draw: Draw, *, height: int) -> str:
    """The chart as the address of a picture: what is within cannot act on the page, nor its ids on another's."""
    picture = draw(chart.properties(width=WIDE, height=height))
    return f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"


# ---------------------------------------------------------------- data quality, people


def _notes(attendance: Attendance) -> list[str]:
    found = [words.oddity(note) for note in minutes.notes(attendance)]
    return found if len(found) <= NOTED else [*found[: NOTED - 1], f"And {len(found) - NOTED + 1} more kinds of notes."]


def _people(attendance: Attendance) -> list[tuple[str, ...]]:
    """Everybody who registered, those who came first: name, address, source, what became of them, minutes."""
    zone = attendance.facts.time_zone
    late = attendance.on_demand.assign(standing="recording", minutes=float("nan"))
    order = {name: place for place, name in enumerate((*words.STANDINGS, "recording"))}
    rows = [*attendance.people.to_dict("records"), *late.to_dict("records")]
    rows.sort(key=lambda row: (order[row["standing"]], row["last_name"], row["first_name"], row["registrant_id"]))
    return [
        (
            words.plain(f"{row['first_name']} {row['last_name']}"),
            words.plain(row["email"]),
            words.plain(shortened(str(row["source"]) or sources.NONE)),
            words.STANDINGS.get(row["standing"], "For the recording"),
            words.minutes(row["minutes"]) if row["standing"] == "attended" else "",
            "" if pd.isna(row["registered_at"]) else words.moment(row["registered_at"], zone),
        )
        for row in rows
    ]
