"""Import a list for the picked session: file, columns, people, start. A draft in the store from the first moment."""

import streamlit as st

from components import (
    columns_editor,
    file_step,
    import_steps,
    link_columns,
    links_editor,
    links_kept,
    notice,
    people_table,
    progress,
    receipt,
    start_step,
)
from components.session_picker import picked_or_stop
from rollcall import connections, registering, wiring
from rollcall.importing import finding, planning
from rollcall.outbox.states import BatchState

here = wiring.current()

st.title("Import a list")
listing = picked_or_stop()

with here.store.read() as db:
    may_register = registering.may_register(connections.of(db, here.connection_id), listing)
    batch = finding.draft_of(db, here.connection_id, listing.session_id, st.query_params.get(file_step.BATCH))
import_steps.keep_address(batch)

if listing.is_past(here.now()) and (batch is None or batch.state == BatchState.DRAFT):
    notice.show_session_over()
    st.stop()

if batch is None:
    import_steps.show_header(1, "File")
    file_step.ask_file(listing, replaces=None)
    st.stop()

if batch.state != BatchState.DRAFT:
    progress.show_progress(batch)
    links_kept.show_links_kept(batch)
    import_steps.show_after_start(batch)
    st.stop()

plan, templates = planning.plan_of(batch), planning.links_of(batch)
face = import_steps.show_file(listing, batch)

if import_steps.columns_are_open(batch):
    plan = columns_editor.edit_plan(f"import_{batch.id}", face, plan)
    plan = link_columns.ask(f"import_{batch.id}_file_links", face, plan)
    templates = links_editor.edit_links(f"import_{batch.id}_links", seen=import_steps.own_links_seen(), begin=templates)
    import_steps.decide(batch, plan, templates)
    import_steps.offer_trial(listing, templates)
    import_steps.ask_check(batch, face, is_usable=columns_editor.is_usable(plan))
else:
    import_steps.show_columns_line(batch, face, plan, templates)

if batch.checked_at is not None:
    import_steps.show_header(3, "People")
    is_compared = start_step.await_list(batch)
    people_table.show_draft_people(batch, import_steps.verdicts(batch))
    receipt.offer_receipt(batch, has_file=True)
    import_steps.show_header(4, "Start")
    start_step.show_start(listing, batch, is_ready=may_register and is_compared)
