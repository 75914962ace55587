"""The list that was invited, as a file of the marketer's: read as on the Import page, kept for this visit alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from components import notice, wording
from components.moments import many
from components.plain import plain
from rollcall.contact_file import columns, table
from rollcall.contact_file.columns import Mapping
from rollcall.contact_file.problem import FileProblem
from rollcall.contact_file.table import MAX_BYTES, Table

HELD = "invited_list"  # in the session state: lost with a reload, like every file that is not kept
_TAKEN = "invited_taken"  # how many files were taken: each has an uploader of its own
ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True, slots=True)
class InvitedList:
    """A list as it was read, and which of its columns is what by their names."""

    name: str = field(repr=False)
    number: int  # tells it from an earlier one of this browser
    table: Table
    mapping: Mapping


def held_or_ask() -> InvitedList | None:
    """The list that is there, as a line; else the place to put one, and why the last one could not be read."""
    held = st.session_state.get(HELD)
    if isinstance(held, InvitedList):
        _show_line(held)
        return held
    key = f"invited_file_{st.session_state.get(_TAKEN, 0)}"
    st.file_uploader(
        "The list you invited, a CSV file with a header row",
        key=key,
        max_upload_size=MAX_BYTES // (1024 * 1024),
        help="Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; up to 50,000 rows.",
        on_change=_take,
        args=(key,),
    )
    if isinstance(held, FileProblem):
        notice.show(wording.file(held.code, held.detail), st.error, icon=":material/error:")
    st.caption(
        "You get it back with what became of each lead: registered, attended, minutes, source, registration time. It "
        "stays on this computer and is forgotten when you reload the page. From Excel: File, Save As, “CSV UTF-8 "
        "(comma delimited)”."
    )
    return None


def _take(key: str) -> None:
    """Read what was just put there; what cannot be read is kept as the reason."""
    uploaded = st.session_state.get(key)
    if uploaded is None:
        st.session_state.pop(HELD, None)
        return
    try:
        read = table.read(uploaded.getvalue())
    except FileProblem as problem:
        st.session_state[HELD] = problem
        return
    number = st.session_state.get(_TAKEN, 0) + 1
    st.session_state[_TAKEN] = number
    st.session_state[HELD] = InvitedList(uploaded.name, number, read, columns.match(read))


def _show_line(held: InvitedList) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="invited_line"):
        encoding, delimiter = ENCODINGS[held.table.encoding], DELIMITERS[held.table.delimiter]
        st.markdown(
            f":green[:material/check_circle:] **{plain(held.name)}** · {many(len(held.table.rows), 'row')} · "
            f"{encoding}, {delimiter}",
            width="content",
        )
        st.button("Another list", key="invited_other", type="tertiary", icon=":material/close:", on_click=_forget)


def _forget() -> None:
    for name in (HELD, "invited_matched"):
        st.session_state.pop(name, None)
