"""What to know before trusting the figures: oddities of the data, records that are nobody's, hosts and panel."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from components import attendance_people
from components.attendance_people import Group
from components.moments import many
from components.plain import plain
from rollcall import wiring
from rollcall.attendance import handing_over, minutes, report_words
from rollcall.attendance.exports.sheet import READABLE, Cell, Sheet, csv_file, known_zone, texts, times
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.matching import Attendance
from rollcall.attendance.minutes import Note

PLACE = "doubts"
MOST_SHOWN = 500  # rows of a table; the file has all


def show_doubts(found: Attendance) -> None:
    """The notes with their people or records, then the records that count for nobody."""
    notes = minutes.notes(found)
    if not len(found.records) and not notes:
        return
    st.subheader("About the data")
    if not notes:
        st.markdown(":material/check: Nothing odd in the lists.")
    for note in notes:
        _show_note(found, note)
    attendance_people.show_opened(PLACE, found)
    _show_unmatched(found)
    _show_panel(found)


def _show_note(found: Attendance, note: Note) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"note_{note.oddity}"):
        st.markdown(f":orange[:material/info:] {plain(report_words.oddity(note))}", width="content")
        if note.registrant_ids:
            label = many(len(note.registrant_ids), "person", "people")
            attendance_people.offer(Group(PLACE, "note", note.oddity), label, found.facts.session_id)
    if note.participant_ids:
        part = st.expander(
            f"See {many(len(note.participant_ids), 'record')}", key=f"records_{note.oddity}", on_change="rerun"
        )
        if part.open:
            records = found.records[found.records["participant_id"].isin(note.participant_ids)]
            with part:
                _show_records(records, found.facts, name=str(note.oddity))


def _show_unmatched(found: Attendance) -> None:
    unmatched = found.unmatched
    if not len(unmatched):
        return
    part = st.expander(
        f"{many(len(unmatched), 'record')} of somebody who is not a registrant", icon=":material/person_search:",
        key="unmatched", on_change="rerun",
    )  # fmt: skip
    if not part.open:
        return
    with part:
        counted = unmatched["reason"].value_counts()
        for reason, records in counted.items():
            st.markdown(f"- {many(int(records), 'record')}: {plain(_reason(str(reason)))}")
        st.caption("They came, but are in no rate: names are never compared, because two people may have one.")
        _show_records(unmatched, found.facts, name="unmatched")


def _show_panel(found: Attendance) -> None:
    panel = found.panel
    if not len(panel):
        return
    part = st.expander(
        f"{many(len(panel), 'record')} of hosts and panel", icon=":material/co_present:", key="panel",
        on_change="rerun",
    )  # fmt: skip
    if part.open:
        with part:
            st.caption("Hosts, co-hosts and panelists are no attendees, and in none of the figures.")
            _show_records(panel, found.facts, name="panel")


def _show_records(records: pd.DataFrame, facts: SessionFacts, *, name: str) -> None:
    attendance_people.show_table(sheet(records.iloc[:MOST_SHOWN], facts), key=f"table_{name}")
    if len(records) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {many(len(records), 'record')}; the file has all.")
    st.download_button(
        f"Download {many(len(records), 'record')} (CSV)", partial(take, records, facts, name=name),
        file_name=f"{name}-{facts.session_id}.csv", mime="text/csv", key=f"download_{name}", on_click="ignore",
        icon=":material/download:", type="tertiary",
    )  # fmt: skip


def sheet(records: pd.DataFrame, facts: SessionFacts) -> Sheet:
    """Records as they were received, and why one is nobody's. Times in the session's zone; empty is not known."""
    zone = known_zone(facts.time_zone)
    columns: dict[str, list[Cell] | list[str]] = {
        "Name": texts((records["first_name"] + " " + records["last_name"]).str.strip()),
        "Email": texts(records["email_key"]),
        "Role": texts(records["role"]),
        f"Joined ({zone})": times(records["joined_at"], READABLE, zone=zone),
        f"Left ({zone})": times(records["left_at"], READABLE, zone=zone),
        "Why it is nobody's": [_reason(reason) if reason else "" for reason in records["reason"].tolist()],
        "Participant ID": texts(records["participant_id"]),
    }
    return Sheet.of(columns)


def take(records: pd.DataFrame, facts: SessionFacts, *, name: str) -> bytes:
    """The bytes of the download; that people were taken is written down first."""
    here = wiring.current()
    handing_over.note(
        here.store, here.connection_id, facts.session_id, whom=name, file="records", people=len(records),
        now=here.now(),
    )  # fmt: skip
    return file_of(records, facts)


def file_of(records: pd.DataFrame, facts: SessionFacts) -> bytes:
    """The records as a CSV file that a spreadsheet reads and does not run."""
    return csv_file(sheet(records, facts), bom=True)


def _reason(code: str) -> str:
    return next((words for reason, words in report_words.UNMATCHED.items() if reason.value == code), code)
