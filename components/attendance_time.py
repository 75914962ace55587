"""When: how registrations came in, how long people stayed, when they were there, who was late and who left early."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from components import attendance_people, attendance_store
from components import charts as shown_charts
from components.attendance_people import Group
from components.charts import Drawing
from components.moments import clock, many, number, zone
from components.plain import plain
from rollcall.attendance import charts, minutes
from rollcall.attendance.exports.sheet import READABLE, known_zone, times
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Attendance
from rollcall.attendance.minutes import EARLY, LATE
from rollcall.attendance.run_up import RunUp

PLACE = "minutes"
UPPER_BOUND = (
    "Minutes are first join to last leave of each device within the broadcast, overlaps counted once. RingCentral "
    "keeps no log of each join, so they are an upper bound."
)


def show_run_up(found: Attendance, *, note: str) -> None:
    """Registrations over the days before the session."""
    known = attendance_store.run_up_of(found)
    if known is None or known.days["registered"].max() in (0, None) or known.days["registered"].isna().all():
        return
    st.subheader("Registrations")
    titles = {"days": "Days before", "registered": "Registered by then", "median": "Median of earlier sessions"}
    table = known.days.rename(columns=titles)
    drawing = Drawing(
        title="How did registrations come in, against earlier sessions?" if known.earlier else
        "How did registrations come in?",
        build=partial(charts.run_up, known.days, earlier=known.earlier),
        table=table if known.earlier else table.drop(columns=titles["median"]),
        name=f"run-up-{found.facts.session_id}",
        alt=_run_up_in_words(known),
        note=note,
    )  # fmt: skip
    shown_charts.show(drawing)


def _run_up_in_words(known: RunUp) -> str:
    last = known.days.dropna(subset=["registered"]).iloc[-1]
    by = "when it started" if last["days"] == 0 else f"{many(int(last['days']), 'day')} before"
    said = f"{many(int(last['registered']), 'person', 'people')} had registered {by}"
    if known.earlier:
        of = f"of the {known.earlier} sessions before" if known.earlier > 1 else "of the session before"
        said += f"; the median {of} was {last['median']:,.0f} by then" if known.earlier > 1 else (
            f"; {last['median']:,.0f} {of} by then"
        )  # fmt: skip
    more = [
        f"{number(known.after_start)} registered after it began" if known.after_start else "",
        f"of {number(known.without_time)} it is not known when they registered" if known.without_time else "",
    ]
    return ". ".join([said, *(one[0].upper() + one[1:] for one in more if one)]) + "."


def show_minutes(found: Attendance, *, note: str) -> None:
    """How long people stayed and when they were there; why not, where that is not available."""
    if not found.facts.has_begun or not found.counts.attended:
        return
    st.subheader("Minutes")
    spread = minutes.spread(found)
    if not spread.people:
        forbidden = found.facts.participants_read is ParticipantsRead.FORBIDDEN
        why = "RingCentral shows that to the host of the webinar only" if forbidden else "no times are known yet"
        st.info(f"How long people stayed is not available: {why}.", icon=":material/timer_off:")
        return
    st.caption(UPPER_BOUND)
    _show_tiles(found, spread)
    attendance_people.show_opened(PLACE, found)
    _show_distribution(found, spread, note)
    _show_presence(found, note)


def _show_tiles(found: Attendance, spread: minutes.Spread) -> None:
    session_id, known = found.facts.session_id, f"Of {number(spread.people)} with known minutes"
    late, early, half = minutes.joined_late(found), minutes.left_early(found), minutes.stayed(found, share=0.5)
    figures = (
        ("Joined late", late, f"first join more than {LATE.seconds // 60} minutes after the broadcast began",
         "the begin of the broadcast is not known", "joined_late", "who joined late"),
        ("Left early", early, f"last leave more than {EARLY.seconds // 60} minutes before it ended",
         "the end of the broadcast is not known", "left_early", "who left early"),
        ("Stayed for half", half, "there for at least half of the broadcast",
         "the length of the broadcast is not known", "stayed", "who stayed for half"),
    )  # fmt: skip
    with st.grid(min_column_width=210, border=True, key="attendance_minutes"):
        with st.container(gap="xsmall", key="minutes_median"):
            st.metric("Median", "not available" if spread.median is None else f"{spread.median:.0f} min")
            st.caption(f"{known}: half stayed longer, half shorter.")
            if spread.not_available:
                attendance_people.offer(
                    Group(PLACE, "without_minutes"), f"{number(spread.not_available)} without minutes", session_id
                )
        for label, people, meaning, why_not, kind, who in figures:
            with st.container(gap="xsmall", key=f"minutes_{kind}"):
                st.metric(plain(label), "not available" if people is None else number(len(people)))
                st.caption(plain(f"{known}: {meaning}." if people is not None else f"{why_not.capitalize()}."))
                if people is not None and len(people):
                    attendance_people.offer(Group(PLACE, kind), f"{number(len(people))} {who}", session_id)


def _show_distribution(found: Attendance, spread: minutes.Spread, note: str) -> None:
    bins = minutes.distribution(found)
    session_id = found.facts.session_id
    titles = {"from_minutes": "From minute", "to_minutes": "To below", "people": "People"}
    drawing = Drawing(
        title="How long did they stay?",
        build=partial(charts.minutes, bins),
        table=bins.rename(columns=titles),
        name=f"minutes-{session_id}",
        alt=(
            f"Half of {many(spread.people, 'person', 'people')} stayed between {spread.lower_quartile:.0f} and "
            f"{spread.upper_quartile:.0f} minutes, the median is {spread.median:.0f}."
        ),
        note=note,
    )
    shown_charts.show(drawing, on_pick=partial(_open_bin, drawing.name, bins, session_id))


def _open_bin(name: str, bins: pd.DataFrame, session_id: str) -> None:
    row = shown_charts.picked(name)
    if row is None or row >= len(bins):
        attendance_people.close()
        return
    one = bins.iloc[row]
    value = f"{int(one['from_minutes'])}–{int(one['to_minutes'])}"
    attendance_people.open_group(Group(PLACE, "minutes", value), session_id)


def _show_presence(found: Attendance, note: str) -> None:
    curve = minutes.presence_curve(found)
    if len(curve) < 2:
        return
    zone_name = known_zone(found.facts.time_zone)
    most, last = curve.iloc[int(curve["people"].to_numpy(int).argmax())], curve.iloc[-1]
    table = pd.DataFrame(
        {
            f"Time ({zone_name})": times(curve["at"], READABLE, zone=zone_name),
            "Minute": curve["minute"],
            "People there (at most)": curve["people"],
        }
    )
    end = "at the end" if found.facts.is_over else "when it was read"
    drawing = Drawing(
        title="When were they there?",
        build=partial(charts.presence, curve, zone=zone(zone_name), zone_name=zone_name),
        table=table,
        name=f"presence-{found.facts.session_id}",
        alt=(
            f"At most {many(int(most['people']), 'person', 'people')} were there at once, at "
            f"{clock(most['at'].to_pydatetime(), zone_name)}; {number(int(last['people']))} {end}."
        ),
        note=note,
    )
    shown_charts.show(drawing)
