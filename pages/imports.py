"""Every import with its counts; opened, its people by state and everything that can be done with it."""

import streamlit as st

from components import import_details, import_list, links_kept, progress
from components.file_step import BATCH
from rollcall import wiring
from rollcall.importing import finding
from rollcall.outbox.states import BatchState

here = wiring.current()

st.title("Imports")
with here.store.read() as db:
    batch = finding.batch_of(db, here.connection_id, st.query_params.get(BATCH))

if batch is None:
    import_list.open_batch(None)
    import_list.show_list()
    st.stop()

st.button("All imports", key="all_imports", icon=":material/arrow_back:", on_click=import_list.open_batch, args=(None,))
import_details.show_about(batch)
if batch.state == BatchState.DRAFT:
    import_details.show_draft(batch)
    st.stop()

counted = progress.show_progress(batch)
links_kept.show_links_kept(batch)
import_details.show_deeds(batch, counted)
import_details.show_people(batch, counted)
