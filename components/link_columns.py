"""Columns of a file that carry links of its own: matched silently they would change what people get by mail."""

import streamlit as st

from components import columns_editor, wording
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


def warn(face: Face, plan: Plan) -> None:
    """Whose links come from the file, as long as a column gives any."""
    found = columns_of(plan.columns)
    if not found:
        return
    who = "; ".join(
        f"{many(face.filled[column], 'person gets', 'people get')} the link of your column "
        f"“{columns_editor.column_name(face.header, column)}” instead of RingCentral's"
        for column in found
    )
    st.warning(
        plain(f"{who}. RingCentral's mails will carry it; {_seen_in_words()}."),
        title="This file brings links of its own",
        icon=":material/link:",
    )


def show_line(batch: Batch) -> None:
    """The same in a line, for whoever is about to press Start."""
    found = columns_of(planning.plan_of(batch).columns)
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
        return "whether this RingCentral keeps it, nobody has tried yet"
    return f"this RingCentral {wording.CAPABILITIES[Name.OWN_LINKS, seen]}"
