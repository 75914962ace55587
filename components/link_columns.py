"""Columns of a file that carry links of its own: sent unasked they would change what people get by mail."""

from dataclasses import replace

import streamlit as st

from components import columns_editor, links_editor, wording
from components.moments import many
from components.plain import plain
from rollcall import wiring
from rollcall.contact_file.columns import Mapping
from rollcall.importing import drafting, planning
from rollcall.importing.drafting import Face
from rollcall.importing.planning import Plan
from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.store.tables import Batch

TARGETS = ("join_uri", "cancellation_uri")


def ask(key: str, face: Face, plan: Plan) -> Plan:
    """Whether the links of the file's own columns are sent, as long as a column gives any. Returns what is chosen."""
    found = columns_of(plan.columns)
    if not found:
        return plan
    names = " and ".join(f"“{columns_editor.column_name(face.header, column)}”" for column in found)
    with st.container(key=f"{key}_box", border=True):
        is_on = st.toggle(plain(f"Send the links of your column {names}"), value=plan.file_links, key=key)
        if is_on:
            st.warning(
                plain(f"{_who(face, found)} {links_editor.CONSEQUENCE} {_seen_in_words()}"), icon=":material/link:"
            )
        else:
            st.caption(plain("They stay in your file; people get RingCentral's own links."))
    return replace(plan, file_links=is_on)


def _who(face: Face, found: list[int]) -> str:
    who = "; ".join(
        f"{many(face.filled[column], 'person gets', 'people get')} the link of "
        f"“{columns_editor.column_name(face.header, column)}”"
        for column in found
    )
    return f"{who}."


def show_line(batch: Batch) -> None:
    """The same in a line, for whoever is about to press Start."""
    plan = planning.plan_of(batch)
    found = columns_of(plan.sent_columns)
    with wiring.current().store.read() as db:
        upload = drafting.upload_of(db, batch.id)
    if found and upload is not None:
        names = " and ".join(f"“{columns_editor.column_name(upload.header, column)}”" for column in found)
        st.markdown(f":material/link: {plain(f'Links come from your column {names} instead of from RingCentral.')}")


def columns_of(mapping: Mapping) -> list[int]:
    """The columns that give own links, the join link's first."""
    return [column for target in TARGETS if (column := getattr(mapping, target)) is not None]


def _seen_in_words() -> str:
    here = wiring.current()
    with here.store.read() as db:
        seen = capabilities.value_of(db, here.connection_id, Name.OWN_LINKS)
    if seen is None:
        return "Whether this RingCentral keeps them, nobody has tried yet."
    return f"This RingCentral {wording.CAPABILITIES[Name.OWN_LINKS, seen]}."
