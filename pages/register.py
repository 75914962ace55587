"""Register one person for the picked session."""

import streamlit as st

from components import links_editor, mail_note, notice, outcome, person_form, sources_offered
from components.plain import plain
from components.session_picker import picked_or_stop
from rollcall import connections, registering, wiring
from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name

here = wiring.current()

st.title("Register one person")
listing = picked_or_stop()

with here.store.read() as db:
    may_register = registering.may_register(connections.of(db, here.connection_id), listing)
    own_links_seen = capabilities.all_of(db, here.connection_id).get(Name.OWN_LINKS)
    wish = registering.of_session(db, here.connection_id, listing.session_id, st.query_params.get(outcome.WISH))

if wish is not None:
    outcome.show_outcome(wish, listing)
elif listing.is_past(here.now()):
    notice.show_session_over()
else:
    sources, decided = sources_offered.offered()
    form = person_form.ask_person(sources=sources, decided=decided, own_links_seen=own_links_seen)
    with here.store.read() as db:
        links = registering.preview(db, here.connection_id, listing.session_id, form)
    links_editor.show_preview(links)
    if may_register:
        mail_note.show_for_one(listing)
    name = plain(form.first_name.strip())
    pressed = st.button(
        f"Register {name}" if name else "Register", key="register", type="primary", disabled=not may_register
    )
    if pressed:
        outcome.show_problems(outcome.register(listing, form))
    else:
        outcome.show(None)

outcome.show_latest(listing)
