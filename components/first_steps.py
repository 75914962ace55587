"""The two things people come for, one click away."""

import streamlit as st

from components import session_picker
from rollcall import wiring
from rollcall.roster import sessions


def show_first_steps() -> None:
    """Register one person, or import a list: for the picked session, else the page asks for one."""
    here = wiring.current()
    picked = st.session_state.get(session_picker.PICKED)
    with here.store.read() as db:
        listing = sessions.of(db, here.connection_id, picked) if picked else None
        has_some = bool(sessions.all_of(db, here.connection_id))
    if listing is not None:
        st.markdown(session_picker.session_line(listing))
    elif has_some:
        st.caption("Pick a session at the side or below, then register one person or import a list.")
    params = {"session": listing.session_id} if listing else {}
    with st.container(horizontal=True):
        if st.button("Import a list", key="to_import", type="primary", icon=":material/upload_file:"):
            st.switch_page("pages/import_people.py", query_params=params)
        if st.button("Register one person", key="to_register", icon=":material/person_add:"):
            st.switch_page("pages/register.py", query_params=params)
