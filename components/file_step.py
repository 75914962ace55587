"""The first step of an import: a file from this computer becomes a draft."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components import notice, wording
from rollcall import wiring
from rollcall.contact_file.problem import FileProblem
from rollcall.contact_file.table import MAX_BYTES
from rollcall.importing import drafting
from rollcall.roster.sessions import Listing

BATCH = "batch"  # in the address: which import is shown
CHANGING = "import_changes_file"


def ask_file(listing: Listing, *, replaces: int | None) -> bool:
    """Take a CSV and go on with it as a draft, or say in words why it cannot be read: then True is returned.

    Args:
        replaces: the draft that the new file stands in for; it is thrown away once the new one was read.
    """
    uploaded = st.file_uploader(
        "A CSV file with a header row",
        key=f"import_file_{replaces or 'new'}",
        max_upload_size=MAX_BYTES // (1024 * 1024),
        help="Comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; up to 50,000 people.",
    )
    if uploaded is None:
        st.caption(
            "It stays on this computer until you start. From Excel: File, Save As, “CSV UTF-8 (comma delimited)”."
        )
        return False
    _begin(listing, uploaded, replaces)
    return True


def _begin(listing: Listing, uploaded: UploadedFile, replaces: int | None) -> None:
    here = wiring.current()
    try:
        batch_id = drafting.begin(
            here.store, here.connection_id, listing.session_id, name=uploaded.name, data=uploaded.getvalue(),
            actor="local", replaces=replaces, now=here.now(),
        )  # fmt: skip
    except FileProblem as problem:
        notice.show(wording.file(problem.code, problem.detail), st.error, icon=":material/error:")
        return
    st.session_state.pop(CHANGING, None)
    st.query_params[BATCH] = str(batch_id)
    st.rerun()
