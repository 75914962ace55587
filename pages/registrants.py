"""Who is registered for the picked session: found, sorted, ticked, cancelled, downloaded."""

import streamlit as st

from components import registrants_deeds, registrants_person, registrants_reading, registrants_search, registrants_table
from components.session_picker import picked_or_stop
from rollcall import wiring
from rollcall.roster import people

here = wiring.current()

st.title("Registrants")
listing = picked_or_stop()
was_read = registrants_reading.show_reading(listing)
is_moving = registrants_deeds.show_under_way(listing)

with here.store.read() as db:
    is_empty = not people.is_known(db, here.connection_id, listing.session_id)
if is_empty and not was_read:
    st.stop()

search = registrants_search.ask_search(listing)
with here.store.read() as db:
    total = people.count(db, search)

if total:
    registrants_table.show_table(listing, search, total, is_moving=is_moving)
    registrants_deeds.show_deeds(listing, search, total)
    registrants_person.show_person(listing)
else:
    registrants_table.show_nobody(listing, search)
