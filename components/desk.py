"""The overview's first part: what needs the marketer, then what runs. It moves by itself, in any browser."""

from collections.abc import Sequence

import streamlit as st

from components import progress
from components.moments import many, moment
from components.plain import plain
from components.redraw import redraw
from components.status import STATUSES
from rollcall import attention, wiring
from rollcall.attention import Need, NeedKind
from rollcall.outbox import queue
from rollcall.outbox.progress import Status
from rollcall.roster import sessions
from rollcall.store.tables import Batch, WebinarSession

TOO_LATE = ":orange[:material/alarm: too late]"


def show_desk() -> None:
    """Paused imports, people refused, sessions that start too soon; then what runs."""
    here = wiring.current()
    with here.store.read() as db:
        needs = attention.needs(db, here.connection_id, now=here.now())
        running = queue.running(db, here.connection_id)
    if needs:
        st.subheader(f"Needs you ({len(needs)})")
    for need in needs:
        _show_need(need)
    if running:
        st.subheader("Running")
    for batch in running:
        _show_batch(batch)
    _watch(_marks(needs, running))


@st.fragment(run_every="2s")
def _watch(seen: Sequence[object]) -> None:
    """Draw the whole anew when something begins, ends or begins to need somebody, whoever made it so."""
    here = wiring.current()
    with here.store.read() as db:
        needs = attention.needs(db, here.connection_id, now=here.now())
        running = queue.running(db, here.connection_id)
    if _marks(needs, running) != seen:
        redraw()


def _marks(needs: Sequence[Need], running: Sequence[Batch]) -> list[object]:
    people = [need.people if need.kind is NeedKind.REFUSED else 0 for need in needs]
    return [[(need.kind, need.batch.id) for need in needs], people, [batch.id for batch in running]]


def _show_need(need: Need) -> None:
    if need.kind is NeedKind.PAUSED:
        _show_batch(need.batch)
        return
    with st.container(key=f"need_{need.kind}_{need.batch.id}", border=True):
        headline = TOO_LATE if need.kind is NeedKind.LATE else STATUSES[Status.REFUSED].counted(need.people)
        st.markdown(f"{headline} · **{plain(need.batch.name)}** {_for(need.session)}")
        st.markdown(_what_to_do(need))
        _show_link(need.batch)


def _what_to_do(need: Need) -> str:
    if need.kind is NeedKind.REFUSED:
        return "RingCentral said no. See the reason beside each person; put it right, or try them again."
    people = many(need.people, "person", "people")
    return f"The session starts before its import ends: {people} will not be registered in time. Let it go first."


def _show_batch(batch: Batch) -> None:
    here = wiring.current()
    with here.store.read() as db:
        listing = sessions.of(db, here.connection_id, batch.session_id)
    with st.container(key=f"desk_{batch.id}", gap="xsmall"):
        progress.show_progress(batch)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_for(listing.session if listing else None), width="content")
            _show_link(batch)


def _for(session: WebinarSession | None) -> str:
    if session is None:
        return ""
    now = wiring.current().now()
    when = f" · {moment(session.starts_at, session.time_zone, now=now)}" if session.starts_at else ""
    return f"for {plain(session.title)}{when}"


def _show_link(batch: Batch) -> None:
    st.page_link(
        "pages/imports.py",
        label="See its people",
        icon=":material/arrow_forward:",
        query_params={"session": batch.session_id, "batch": str(batch.id)},
    )
