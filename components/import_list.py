"""Every import on a line: file, session, when, how many of how many, state."""

from collections.abc import Mapping
from datetime import datetime
from math import ceil

import streamlit as st

from components import viewer
from components.file_step import BATCH
from components.moments import many, moment, number
from components.plain import plain
from components.status import BATCHES
from rollcall import wiring
from rollcall.importing import afterwards, finding
from rollcall.outbox import progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState
from rollcall.store.tables import Batch, WebinarSession

PAGE = 10
OVER = (BatchState.FINISHED, BatchState.STOPPED)


def show_list() -> None:
    """The latest first, a page at a time; each opens."""
    here = wiring.current()
    with here.store.read() as db:
        total = finding.count_of(db, here.connection_id)
    if not total:
        _show_empty()
        return
    pages = ceil(total / PAGE)
    page = st.pagination(pages, key="imports_page") if pages > 1 else 1
    with here.store.read() as db:
        found = progress.batches_of(db, here.connection_id, start=(page - 1) * PAGE, most=PAGE)
        titles = {one.session_id: db.get(WebinarSession, (here.connection_id, one.session_id)) for one in found}
    for batch in found:
        _show_row(batch, titles[batch.session_id])


def _show_empty() -> None:
    st.info(
        "Nothing was imported yet. Choose a CSV file of the people you want to register.", icon=":material/list_alt:"
    )
    st.page_link("pages/import_people.py", label="Import a list", icon=":material/upload_file:")


def _show_row(batch: Batch, session: WebinarSession | None) -> None:
    look = BATCHES[BatchState(batch.state)]
    when = moment(batch.started_at or batch.created_at, viewer.zone(), now=wiring.current().now())
    row = st.container(
        key=f"import_row_{batch.id}", border=True, horizontal=True, wrap=False, vertical_alignment="center"
    )
    name = f"{'Cancellation of ' if batch.kind == BatchKind.CANCEL else ''}**{plain(batch.name)}**"
    title = f"for {plain(session.title)} · " if session else ""
    row.markdown(f"{look.label} · {name} · {_numbers(batch)}  \n:gray[{title}{when}]", width="stretch")
    row.button(
        "Open", key=f"open_import_{batch.id}", icon=":material/arrow_forward:", help=f"Open {plain(batch.name)}",
        on_click=open_batch, args=(batch.id,),
    )  # fmt: skip


def open_batch(batch_id: int | None) -> None:
    """Put an import into the address, which shows it; None: back to the list."""
    if batch_id is None:
        st.query_params.pop(BATCH, None)
    else:
        st.query_params[BATCH] = str(batch_id)


def _numbers(batch: Batch) -> str:
    if batch.state == BatchState.DRAFT:
        return many(batch.lines, "row") if batch.checked_at else "not checked yet"
    counted = counts(batch)
    tally, gone = afterwards.tally(counted), afterwards.cancelled_since(batch, counted)
    verb = "cancelled" if batch.kind == BatchKind.CANCEL else "registered"
    since = f", {number(gone)} of them cancelled since" if gone else ""
    refused = f", :red[{number(tally.refused)} refused]" if tally.refused else ""
    return f"{number(tally.fulfilled)} of {number(tally.total)} {verb}{since}{refused}"


def counts(batch: Batch) -> Mapping[Status, int]:
    """People by what they are at. What is finished moves only when somebody is cancelled."""
    if batch.state == BatchState.FINISHED:
        return _counts_at_end(batch.id, batch.created_at, batch.finished_at)
    with wiring.current().store.read() as db:
        return progress.counts(db, batch)


@st.cache_data(max_entries=200, ttl="5s", show_spinner=False)
def _counts_at_end(batch_id: int, created_at: datetime, finished_at: datetime | None) -> dict[Status, int]:
    """Kept for seconds only: those who are cancelled since are counted."""
    with wiring.current().store.read() as db:
        return progress.counts(db, db.get_one(Batch, batch_id))
