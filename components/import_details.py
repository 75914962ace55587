"""One import: its people by state, and what can be done with it."""

from collections.abc import Mapping
from datetime import timedelta

import streamlit as st

from components import people_table, receipt, viewer, way_out
from components.file_step import BATCH
from components.import_list import OVER, open_batch
from components.moments import duration, many, moment, number
from components.plain import plain
from rollcall import connections, outlook, wiring
from rollcall.importing import afterwards, drafting
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState
from rollcall.roster import sessions
from rollcall.store.tables import Batch

LOOKS_EVERY = timedelta(seconds=3)


def show_about(batch: Batch) -> None:
    """For which session, and when it was started."""
    here = wiring.current()
    with here.store.read() as db:
        listing = sessions.of(db, here.connection_id, batch.session_id)
    title = f"for {plain(listing.session.title)}" if listing else "for a session that is not listed any more"
    if batch.started_at is not None:
        title += f" · started {moment(batch.started_at, viewer.zone(), now=here.now())}"
    st.caption(title)


def show_draft(batch: Batch) -> None:
    """A draft goes on where it was left, or is thrown away."""
    st.info(f"{plain(batch.name)} is a draft: nobody of it was sent.", icon=":material/edit_note:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            "pages/import_people.py", label="Go on with it", icon=":material/arrow_forward:",
            query_params={"session": batch.session_id, BATCH: str(batch.id)},
        )  # fmt: skip
        if st.button("Throw it away …", key="discard", icon=":material/delete:"):
            st.dialog(f"Throw {plain(batch.name)} away?")(_confirm_discard)(batch.id)


def _confirm_discard(batch_id: int) -> None:
    st.markdown(
        "The file and what you chose for it are removed from Rollcall. Nobody of it was sent, and your own copy of the "
        "file stays."
    )
    with st.container(horizontal=True):
        st.button("Throw it away", key="confirm_discard", type="primary", on_click=_discard, args=(batch_id,))
        way_out.offer("Keep the draft", key="keep_draft")


def _discard(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        drafts.discard(db, batch_id, actor="local", now=here.now())
    open_batch(None)
    st.rerun()


def show_people(batch: Batch, counted: Mapping[Status, int]) -> None:
    """The people by state; while the import runs the numbers follow."""
    every = LOOKS_EVERY if batch.state == BatchState.RUNNING else None
    st.fragment(_show_people, run_every=every)(batch.id, first=[counted])


def _show_people(batch_id: int, *, first: list[Mapping[Status, int]]) -> None:
    with wiring.current().store.read() as db:
        batch = db.get_one(Batch, batch_id)
        counted = first.pop() if first else progress.counts(db, batch)
    people_table.show_people(batch, counted)


def show_deeds(batch: Batch, counted: Mapping[Status, int]) -> None:
    """The receipt, and what changes something; each of those asks first and says what it means."""
    here = wiring.current()
    with here.store.read() as db:
        registered = batches.still_registered(db, batch.id) if counted.get(Status.REGISTERED) else 0
        has_file = drafting.has_file(db, batch.id)
        may_edit = connections.may_edit(connections.of(db, here.connection_id))
        listing = sessions.of(db, here.connection_id, batch.session_id)
    refused = counted.get(Status.REFUSED, 0)
    is_past = listing is not None and listing.is_past(here.now())
    with st.container(horizontal=True):
        if batch.kind == BatchKind.REGISTER:
            receipt.offer_receipt(batch, has_file=has_file)
        if refused and batch.state != BatchState.STOPPED:
            _offer_retry(batch, refused, is_allowed=may_edit and not is_past)
        if registered:
            _offer_cancel(batch, registered, is_allowed=may_edit and not is_past)
        if has_file and batch.state in OVER:
            _offer_deletion(batch)
    if batch.kind == BatchKind.REGISTER and has_file:
        receipt.show_excel_note(batch)
    if is_past and (registered or refused):
        st.caption("The session is over: RingCentral registers and cancels nobody any more.")


def _offer_retry(batch: Batch, refused: int, *, is_allowed: bool) -> None:
    people = many(refused, "person", "people")
    if st.button(
        f"Try {number(refused)} refused again …", key="retry", icon=":material/replay:", disabled=not is_allowed
    ):
        st.dialog(f"Try {people} again?")(_confirm_retry)(batch.id, refused)


def _confirm_retry(batch_id: int, refused: int) -> None:
    people = many(refused, "person", "people")
    st.markdown(f"RingCentral refused {people}. Trying again costs {_cost(refused)}, and may give the same answer.")
    st.markdown("Put right first what the reasons say; the rows themselves are sent as they are.")
    with st.container(horizontal=True):
        st.button(f"Try {people} again", key="confirm_retry", type="primary", on_click=_retry, args=(batch_id,))
        way_out.offer("Not now", key="no_retry")


def _retry(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.retry_refused(db, batch_id, actor="local", now=here.now())
    here.wake()
    st.rerun()  # a dialog is drawn alone; the whole page is drawn without it


def _offer_cancel(batch: Batch, registered: int, *, is_allowed: bool) -> None:
    if st.button(
        f"Cancel {number(registered)} registered here …", key="cancel", icon=":material/person_off:",
        disabled=not is_allowed,
    ):  # fmt: skip
        st.dialog(f"Cancel {many(registered, 'registration')}?")(_confirm_cancel)(batch.id, registered)


def _confirm_cancel(batch_id: int, registered: int) -> None:
    st.markdown(
        f"Exactly the {many(registered, 'person', 'people')} whom this import registered and who still are; nobody who "
        "was there before."
    )
    st.markdown(f":material/schedule: {_cost(registered)}.")
    st.markdown(
        ":material/mail: RingCentral does not say whether it writes to people whose registration is cancelled. Mails "
        "that have left stay with them, and their links stop working."
    )
    st.markdown(":material/undo: It can be paused and stopped. Who is cancelled gets a new link if registered again.")
    with st.container(horizontal=True):
        st.button(
            f"Cancel {many(registered, 'registration')}", key="confirm_cancel", type="primary", on_click=_cancel,
            args=(batch_id,),
        )  # fmt: skip
        way_out.offer("Keep them registered", key="no_cancel")


def _cancel(batch_id: int) -> None:
    """Go to the cancellation; the second press of a double-click finds it running."""
    here = wiring.current()
    undo_id = afterwards.cancel_registered(here.store, batch_id, actor="local", now=here.now())
    here.wake()
    open_batch(undo_id)
    st.rerun()


def _offer_deletion(batch: Batch) -> None:
    if st.button("Delete its file …", key="delete_file", icon=":material/delete:"):
        st.dialog(f"Delete {plain(batch.name)}?")(_confirm_deletion)(batch.id)


def _confirm_deletion(batch_id: int) -> None:
    st.markdown(
        "The uploaded file is removed from this computer, and with it every cell that was not needed to register "
        "people. Counts, names, states and links stay. There will be no receipt any more: download it first."
    )
    with st.container(horizontal=True):
        st.button("Delete the file", key="confirm_delete", type="primary", on_click=_delete_file, args=(batch_id,))
        way_out.offer("Keep it", key="no_delete")


def _delete_file(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.forget_file(db, batch_id, now=here.now())
    st.rerun()


def _cost(people: int) -> str:
    """Calls and time of so many people, if nothing else waits."""
    here = wiring.current()
    with here.store.read() as db:
        quota = outlook.quota(db, here.connection_id, now=here.now())
    return f"{many(people, 'call')}, about {duration(quota.window * people / quota.limit)}"
