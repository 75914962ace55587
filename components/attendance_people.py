"""The people behind a figure: who they are, a page at a time, and all of them to be taken along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from components import follow_up_lists
from components.moments import many, number
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import charts, handing_over, minutes, sources
from rollcall.attendance.exports import keys
from rollcall.attendance.exports.sheet import READABLE, Cell, Sheet, csv_file, known_zone, numbers, texts, times
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.follow_up import List
from rollcall.attendance.matching import Attendance, Standing
from rollcall.attendance.rates import shortened

PAGE = 50  # people shown at once
TALL = 540  # pixels; what is longer scrolls in the table
OPEN = "attendance_open"  # in the session state: whose people are shown, and of which session
STANDINGS = {"attended": "attended", "absent": "absent", "cancelled": "cancelled", "not_yet_known": "not yet known"}
ON_DEMAND = "on demand"
HALF = 0.5  # of the broadcast: what "stayed" means on the page of attendance


@dataclass(frozen=True, slots=True)
class Group:
    """Some people of a session: what picks them, and what they are called.

    Attributes:
        place: the part of the page that shows them.
        kind: a key of `_CHOICES`.
        value: what it picks by; foreign text where that is a source.
    """

    place: str
    kind: str
    value: str = field(default="", repr=False)


def offer(group: Group, label: str, session_id: str) -> None:
    """The button that opens a group, and closes it again; `label` says how many and who, after the word "See"."""
    is_open = _open(session_id) == group
    st.button(
        plain(f"Hide {label}" if is_open else f"See {label}"), key=f"see_{group.place}_{group.kind}_{group.value}",
        type="tertiary", icon=":material/expand_less:" if is_open else ":material/group:",
        on_click=close if is_open else open_group, args=() if is_open else (group, session_id),
    )  # fmt: skip


def open_group(group: Group, session_id: str) -> None:
    """Show this group from the next run on."""
    st.session_state[OPEN] = (session_id, group)


def close() -> None:
    """Show nobody."""
    st.session_state.pop(OPEN, None)


def _open(session_id: str) -> Group | None:
    kept: tuple[str, Group | None] = st.session_state.get(OPEN, ("", None))
    return kept[1] if kept[0] == session_id else None


def show_opened(place: str, found: Attendance) -> None:
    """The people of the group that is open, if it is one of this part of the page."""
    group = _open(found.facts.session_id)
    if group is None or group.place != place:
        return
    people = chosen(found, group)
    with st.container(border=True, key=f"people_{place}"):
        st.markdown(f"**{plain(words(group))}: {many(len(people), 'person', 'people')}**")
        if people.empty:
            return
        start = _pick_page(place, group, len(people))
        shown = sheet(people.iloc[start : start + PAGE], found.facts)
        show_table(shown, key=f"people_table_{place}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                f"Download {many(len(people), 'person', 'people')} (CSV)", partial(take, people, found.facts, group),
                file_name=f"{group.kind}-{found.facts.session_id}.csv", mime="text/csv", key=f"download_{place}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
            if st.button(
                "Follow up, in your CRM's format", key=f"follow_up_{place}", icon=":material/forward_to_inbox:"
            ):
                _follow_up(group, found.facts.session_id)


def _follow_up(group: Group, session_id: str) -> None:
    """Open the page of lists, at the list and the source of this group where it has them, and nothing else narrowed.

    What stands there from another session would make other people of the same list.
    """
    st.session_state[follow_up_lists.PICKED] = _LISTS.get((group.kind, group.value), List.EVERYBODY)
    follow_up_lists.set_numbers(share=HALF, margin=minutes.EARLY.total_seconds() / 60)
    follow_up_lists.clear(session_id)
    source = "" if group.value == sources.NONE else group.value
    st.session_state[f"follow_up_sources_{session_id}"] = [source] if group.kind == "source" else []
    st.switch_page("pages/follow_up.py", query_params={"session": session_id})


def _pick_page(place: str, group: Group, total: int) -> int:
    pages = ceil(total / PAGE)
    if pages <= 1:
        return 0
    page = st.pagination(pages, key=f"people_page_{place}_{group.kind}_{crc32(group.value.encode('utf-8', 'replace'))}")
    start = (min(page, pages) - 1) * PAGE
    st.caption(f"{number(start + 1)} to {number(min(start + PAGE, total))} of {number(total)}")
    return start


def show_table(shown: Sheet, *, key: str) -> None:
    """Rows as a table; its cells are text and never Markdown."""
    frame = pd.DataFrame(shown.rows, columns=list(shown.header))
    st.dataframe(frame, hide_index=True, key=key, height="content" if len(frame) <= 14 else TALL)


_LISTS = {
    ("standing", "attended"): List.ATTENDED,
    ("standing", "absent"): List.ABSENT,
    ("standing", "cancelled"): List.CANCELLED,
    ("on_demand", ""): List.ON_DEMAND,
    ("joined_late", ""): List.JOINED_LATE,
    ("left_early", ""): List.LEFT_EARLY,
    ("stayed", ""): List.STAYED,
}


# ---------------------------------------------------------------- who they are


def chosen(found: Attendance, group: Group) -> pd.DataFrame:
    """The people of a group, in the order they registered."""
    people = _CHOICES[group.kind](found, group.value)
    return people.sort_values("registered_at", kind="stable", na_position="last")


def words(group: Group) -> str:
    """What a group is called. Holds foreign text where it is a source's."""
    if group.kind == "source":
        return f"From {shortened(group.value)}"
    if group.kind == "standing":
        return STANDINGS[group.value].capitalize()
    return {
        "registered": "Registered",
        "on_demand": "Registered for the recording",
        "others": "From all other sources",
        "minutes": f"There for {group.value} minutes",
        "without_minutes": "Attended, minutes not available",
        "joined_late": "Joined late",
        "left_early": "Left early",
        "stayed": "There for at least half of the broadcast",
        "note": "Concerned",
    }[group.kind]


def _on_demand(found: Attendance, _value: str) -> pd.DataFrame:
    """Those who registered for the recording, with the columns of the others; they were not there."""
    never = pd.Series(pd.NaT, index=found.on_demand.index, dtype=found.people["first_join"].dtype)
    return found.on_demand.assign(standing=ON_DEMAND, minutes=float("nan"), first_join=never, last_leave=never)


def _of_source(found: Attendance, value: str) -> pd.DataFrame:
    return found.people[sources.named(found.people["source"]) == value]


def _of_others(found: Attendance, _value: str) -> pd.DataFrame:
    """The people of the row "other" of the charts."""
    shown = sources.for_display(sources.by_source(found.people), at_most=charts.AT_MOST)
    own = shown.loc[shown["joined"] == 0, "source"]
    return found.people[~sources.named(found.people["source"]).isin(own)]


def _of_minutes(found: Attendance, value: str) -> pd.DataFrame:
    """Args: value: "from–to", as a bin of `minutes.distribution` is called."""
    bins = minutes.distribution(found)
    low, high = (int(end) for end in value.split("–"))
    known = found.people["minutes"]
    is_last = bool(len(bins)) and high == int(bins["to_minutes"].iloc[-1])
    return found.people[(known >= low) & ((known <= high) if is_last else (known < high))]


def _noted(found: Attendance, value: str) -> pd.DataFrame:
    ids = {one for note in minutes.notes(found) if note.oddity == value for one in note.registrant_ids}
    return found.people[found.people["registrant_id"].isin(ids)]


def _or_nobody(people: pd.DataFrame | None, found: Attendance) -> pd.DataFrame:
    return found.people.iloc[:0] if people is None else people


_CHOICES: dict[str, Callable[[Attendance, str], pd.DataFrame]] = {
    "registered": lambda found, _: found.people,
    "standing": lambda found, value: found.people[found.people["standing"] == value],
    "on_demand": _on_demand,
    "source": _of_source,
    "others": _of_others,
    "minutes": _of_minutes,
    "without_minutes": lambda found, _: found.people[
        (found.people["standing"] == Standing.ATTENDED) & found.people["minutes"].isna()
    ],
    "joined_late": lambda found, _: _or_nobody(minutes.joined_late(found), found),
    "left_early": lambda found, _: _or_nobody(minutes.left_early(found), found),
    "stayed": lambda found, _: _or_nobody(minutes.stayed(found, share=HALF), found),
    "note": _noted,
}


# ---------------------------------------------------------------- as a table and as a file


def sheet(people: pd.DataFrame, facts: SessionFacts) -> Sheet:
    """People with what became of them; times in the session's zone, which the titles name. Empty is not known."""
    zone = known_zone(facts.time_zone)
    columns: dict[str, Sequence[Cell]] = {
        "Name": texts((people["first_name"] + " " + people["last_name"]).str.strip()),
        "Email": texts(people["email"]),
        "Source": texts(people["source"]),
        "Status": [STANDINGS.get(one, ON_DEMAND) for one in people["standing"].tolist()],
        "Minutes (at most)": numbers(people["minutes"]),
    }
    for name, title in (("first_join", "Joined"), ("last_leave", "Left"), ("registered_at", "Registered")):
        columns[f"{title} ({zone})"] = times(people[name], READABLE, zone=zone)
    return Sheet.of(columns)


def take(people: pd.DataFrame, facts: SessionFacts, group: Group) -> bytes:
    """The bytes of the download; that people were taken is written down first."""
    here = wiring.current()
    handing_over.note(
        here.store, here.connection_id, facts.session_id, whom=group.kind, file="attendance", people=len(people),
        now=here.now(),
    )  # fmt: skip
    return file_of(people, facts)


def file_of(people: pd.DataFrame, facts: SessionFacts) -> bytes:
    """The same as a CSV file that a spreadsheet reads and does not run, with the keys of the external ID as columns."""
    shown = sheet(people, facts)
    more: dict[str, Any] = {"Registrant ID": texts(people["registrant_id"])}
    more |= keys.columns(texts(people["external_id"]), taken=[*shown.header, *more])
    rows = [(*row, *others) for row, others in zip(shown.rows, zip(*more.values(), strict=True), strict=True)]
    return csv_file(Sheet((*shown.header, *more), rows), bom=True)
