"""The numbers of a session, each with what it means and of how many, and the way to its people; and how they add up."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import attendance_people, notice
from components.attendance_people import Group
from components.attendance_reading import show_sureness
from components.moments import many, moment, number
from components.plain import plain
from components.wording import Wording
from rollcall.attendance import rates, report_figures, report_words
from rollcall.attendance.matching import Attendance
from rollcall.roster.sessions import Listing

PLACE = "figures"
NEVER_STARTED = Wording(
    "This session never started",
    "Its time is past, and RingCentral still calls it scheduled. Nobody could come, so nobody is absent and there is "
    "no rate.",
)
NOT_READ = Wording(
    "Whether this session took place is not known yet",
    "The list of sessions was read before its end. Read it again; until then there is no rate.",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, what it is called, of how many it is, and what it means."""

    label: str
    value: str
    meaning: str
    people: int
    who: str
    group: Group


def show_figures(listing: Listing, found: Attendance) -> None:
    """The tiles, the people of the one that is open, and the sums."""
    facts = found.facts
    if found.never_started:
        is_known = facts.ends_at is not None and listing.session.read_at >= facts.ends_at
        notice.show(NEVER_STARTED if is_known else NOT_READ, st.warning, icon=":material/event_busy:")
    show_sureness(found)
    if facts.broadcast_start is not None:
        until = moment(facts.broadcast_end, facts.time_zone, now=facts.now) if facts.broadcast_end else "now"
        st.caption(f"On air from {moment(facts.broadcast_start, facts.time_zone, now=facts.now)} to {until}")
    with st.grid(min_column_width=210, border=True, key="attendance_figures"):
        for figure in figures(found):
            _show(figure, facts.session_id)
    attendance_people.show_opened(PLACE, found)
    with st.expander("How these numbers add up", icon=":material/calculate:", key="attendance_sums"):
        for line in report_figures.sums(found):
            st.markdown(plain(line))
        st.caption(
            "Both sums hold to the person, whatever is read or not: that is checked each time they are reckoned."
        )


def _show(figure: Figure, session_id: str) -> None:
    with st.container(gap="xsmall", key=f"figure_{figure.group.kind}_{figure.group.value}"):
        st.metric(figure.label, figure.value)
        st.caption(figure.meaning)
        if figure.people:
            attendance_people.offer(figure.group, f"{number(figure.people)} {figure.who}", session_id)


def figures(found: Attendance) -> list[Figure]:
    """What is known; what there is none of and cannot be, is left out."""
    counts = found.counts
    shown = [
        Figure(
            "Registered", number(counts.registered), "Everybody ever on the list, cancelled ones too.",
            counts.registered, "registered", Group(PLACE, "registered"),
        )
    ]  # fmt: skip
    has_begun = found.facts.has_begun and not found.never_started
    if has_begun or counts.attended:
        shown.append(_of_standing(found, "attended", "Attended", _rate(found)))
    if found.is_settled:
        shown.append(_of_standing(found, "absent", "Absent", f"{_of(found)} who neither came nor cancelled."))
    shown.append(_of_standing(found, "cancelled", "Cancelled", f"{_of(found)} who left the list and did not come."))
    if counts.not_yet_known:
        why = "Whether they come shows in the session." if not has_begun else "It was not read since the end."
        why = why if not has_begun or found.facts.is_over else "They have not come so far."
        shown.append(_of_standing(found, "not_yet_known", "Not yet known", f"{_of(found)}. {why}"))
    if counts.on_demand:
        meaning = "Registered after the session, beside those above, and in no rate."
        value = number(counts.on_demand)
        group = Group(PLACE, "on_demand")
        shown.append(Figure("For the recording", value, meaning, counts.on_demand, "for the recording", group))
    return shown


def _of_standing(found: Attendance, standing: str, label: str, meaning: str) -> Figure:
    people = int((found.people["standing"] == standing).sum())
    return Figure(label, number(people), meaning, people, label.lower(), Group(PLACE, "standing", standing))


def _of(found: Attendance) -> str:
    return f"Of {many(found.counts.registered, 'registered person', 'registered people')}"


def _rate(found: Attendance) -> str:
    """The rate with its interval and its denominator; or that there is none."""
    counts = found.counts
    if not found.has_rate:
        return f"{_of(found)}; no rate yet."
    sure = rates.wilson(counts.attended, counts.registered)
    share = report_words.percent(counts.attended / counts.registered)
    so_far = "" if found.is_settled else " so far"
    between = report_words.between(sure.low, sure.high)
    return f"{share} of {number(counts.registered)} registered{so_far}; 95 % interval {between}."
