"""The overview's first part: what needs the marketer, and what runs. Looks by itself every second."""

import streamlit as st

from components import progress, wording
from components.moments import many
from components.plain import plain
from components.status import BATCHES, STATUSES
from rollcall import attention, wiring
from rollcall.attention import Need, NeedKind, Run
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState


@st.fragment(run_every="1s")
def show_desk() -> None:
    """What needs somebody first, then what runs."""
    here = wiring.current()
    with here.store.read() as db:
        runs = attention.runs(db, here.connection_id, now=here.now())
        needs = attention.needs(db, here.connection_id, runs, now=here.now())
    if needs:
        st.subheader(f"Needs you ({len(needs)})")
    for need in needs:
        _show_need(need)
    running = [run for run in runs if run.batch.state == BatchState.RUNNING]
    if running:
        st.subheader("Running")
    for run in running:
        _show_run(run)


def _show_need(need: Need) -> None:
    with st.container(key=f"need_{need.kind}_{need.batch.id}", border=True):
        st.markdown(f"{_headline(need)} · {_name(need)}")
        st.markdown(_what_to_do(need))
        with st.container(horizontal=True, vertical_alignment="center"):
            if need.kind is NeedKind.PAUSED and need.run is not None:
                progress.show_switch(need.run)
            _show_link(need.batch.session_id, need.batch.id)


def _headline(need: Need) -> str:
    if need.kind is NeedKind.PAUSED:
        return BATCHES[BatchState.PAUSED].label
    if need.kind is NeedKind.REFUSED:
        return STATUSES[Status.REFUSED].counted(need.people)
    return ":orange[:material/alarm: too late]"


def _name(need: Need) -> str:
    title = f" for {plain(need.session.title)}" if need.session else ""
    return f"**{plain(need.batch.name)}**{title}"


def _what_to_do(need: Need) -> str:
    people = many(need.people, "person", "people")
    if need.kind is NeedKind.PAUSED:
        words = wording.pause(need.batch.pause_reason, need.people)
        return plain(f"{words.title}. {words.text}")
    if need.kind is NeedKind.REFUSED:
        return "RingCentral said no. See the reason beside each person; put it right, or try them again."
    return (
        f"The session starts before its import ends: {people} will not be registered in time. "
        "Let this import go first, or start earlier next time."
    )


def _show_run(run: Run) -> None:
    with st.container(key=f"run_{run.batch.id}", border=True):
        st.markdown(progress.about(run))
        progress.show_progress(run)
        with st.container(horizontal=True, vertical_alignment="center"):
            progress.show_switch(run)
            _show_link(run.batch.session_id, run.batch.id)


def _show_link(session_id: str, batch_id: int) -> None:
    st.page_link(
        "pages/imports.py",
        label="See its people",
        icon=":material/arrow_forward:",
        query_params={"session": session_id, "batch": str(batch_id)},
    )
