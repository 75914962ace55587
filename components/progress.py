"""A started import as it moves: bar, pace, when it is done, what happens next, and the switches beside it."""

from collections.abc import Callable
from datetime import timedelta

import streamlit as st

from components import notice, wording
from components.moments import clock, many, moment, number
from components.plain import plain
from components.start_step import pace
from components.status import BATCHES, show_batch_state
from rollcall import importing, outlook, wiring
from rollcall.importing import Tally
from rollcall.outbox import batch as batches
from rollcall.outbox import progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState, Pause
from rollcall.outlook import Outlook
from rollcall.roster import sessions
from rollcall.store.tables import Batch, WebinarSession

ALIVE = (BatchState.RUNNING, BatchState.PAUSED)
MANY = 5_000  # people; counting more of them every second would be felt


def show_progress(batch: Batch) -> None:
    """How far a batch is, by itself every second until it is over."""
    is_watching = batch.state in ALIVE or _has_in_flight(batch)
    every = timedelta(seconds=1 if batch.lines <= MANY else 3) if is_watching else None
    st.fragment(_show_progress, run_every=every)(batch.id, seen=batch.state)


def _has_in_flight(batch: Batch) -> bool:
    """A stopped batch is still confirming what it sent."""
    with wiring.current().store.read() as db:
        counted = progress.counts(db, batch)
    return bool(counted.get(Status.SENDING) or counted.get(Status.UNCONFIRMED))


def _show_progress(batch_id: int, *, seen: str) -> None:
    here = wiring.current()
    with here.store.read() as db:
        batch = db.get_one(Batch, batch_id)
        counted = progress.counts(db, batch)
        session = sessions.of(db, batch.connection_id, batch.session_id)
        ahead = outlook.of_batch(db, batch, now=here.now()) if batch.state in ALIVE else None
    if batch.state != seen:
        st.rerun()
    tally = importing.tally(counted)
    with st.container(key=f"progress_{batch_id}", border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            show_batch_state(batch.state)
            st.markdown(f"**{plain(batch.name)}**")
        st.progress(tally.share, text=_line(batch, tally, ahead, session.session if session else None))
        _show_pause(batch, tally)
        if batch.state == BatchState.RUNNING:
            st.caption(_next(batch, counted, tally, ahead))
        _show_unconfirmed(counted)
        _show_switches(batch, ahead)


def _line(batch: Batch, tally: Tally, ahead: Outlook | None, session: WebinarSession | None) -> str:
    """ "212 of 1,000 · 10 a minute · done about 14:20 (your webinar starts 15:00)"."""
    verb = "cancelled" if batch.kind == BatchKind.CANCEL else "registered"
    parts = [f"{number(tally.fulfilled)} of {number(tally.total)} {verb}"]
    if tally.refused:
        parts.append(f"{number(tally.refused)} refused")
    if batch.state == BatchState.RUNNING and ahead is not None and tally.open:
        place, now = session.time_zone if session else None, wiring.current().now()
        due = f" ({_due(batch, session)})" if batch.deadline_at else ""
        parts.append(pace(ahead.forecast.every))
        parts.append(f"done about {plain(clock(ahead.forecast.last_at, place, now=now))}{due}")
    return " · ".join(parts)


def _due(batch: Batch, session: WebinarSession | None) -> str:
    place, now = session.time_zone if session else None, wiring.current().now()
    name = "you need it by" if batch.own_deadline_at else "your webinar starts"
    return f"{name} {plain(moment(batch.deadline_at, place, now=now))}" if batch.deadline_at else ""


def _show_pause(batch: Batch, tally: Tally) -> None:
    if batch.state == BatchState.PAUSED:
        by_hand = batch.pause_reason == Pause.BY_HAND
        notice.show(wording.pause(batch.pause_reason, tally.waiting), st.info if by_hand else st.warning)


def _next(batch: Batch, counted: dict[Status, int], tally: Tally, ahead: Outlook | None) -> str:
    """What happens next, in a sentence."""
    if counted.get(Status.SENDING):
        return "Sending …"
    if not tally.waiting and counted.get(Status.UNCONFIRMED):
        return "Reading RingCentral's list to confirm the last ones …"
    if ahead is not None and ahead.calls_ahead:
        return f"{many(ahead.calls_ahead, 'call')} of others go first."
    if ahead is not None and tally.waiting:
        first = clock(ahead.forecast.first_at, None if batch.deadline_at is None else "UTC")
        return f"The next person goes about {plain(first)}."
    return "Finishing …"


def _show_unconfirmed(counted: dict[Status, int]) -> None:
    if unconfirmed := counted.get(Status.UNCONFIRMED):
        st.caption(
            f":orange[:material/help: {many(unconfirmed, 'person', 'people')} not confirmed:] RingCentral has not "
            "answered; its list is checked before anything is sent again."
        )


def _show_switches(batch: Batch, ahead: Outlook | None) -> None:
    with st.container(horizontal=True):
        match batch.state:
            case BatchState.RUNNING:
                _switch(batch, "pause", "Pause", "pause", _pause)
                _switch(batch, "stop", "Stop", "stop", _stop, help="What waits is taken back; what was sent stays.")
                if ahead is not None and ahead.calls_ahead:
                    _switch(batch, "first", "This one first", "arrow_upward", _first)
            case BatchState.PAUSED:
                if batch.pause_reason == Pause.LINKS_REFUSED:
                    _switch(batch, "no_links", "Send without own links", "link_off", _without_links, is_main=True)
                _switch(batch, "resume", "Resume", "play_arrow", _resume)
                _switch(batch, "stop", "Stop", "stop", _stop, help="What waits is taken back; what was sent stays.")


def _switch(
    batch: Batch, name: str, label: str, icon: str, turn: Callable[[int], None], *, help: str = "", is_main: bool = False
) -> None:  # fmt: skip
    st.button(
        label,
        key=f"{name}_{batch.id}",
        icon=f":material/{icon}:",
        help=help or None,
        type="primary" if is_main else "secondary",
        on_click=turn,
        args=(batch.id,),
    )


def _pause(batch_id: int) -> None:
    with wiring.current().store.write() as db:
        batches.pause(db, batch_id)


def _resume(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.resume(db, batch_id, now=here.now())
    here.wake()


def _stop(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.stop(db, batch_id, now=here.now())
    here.wake()


def _first(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.go_first(db, batch_id, now=here.now())
    here.wake()


def _without_links(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.without_own_links(db, batch_id, now=here.now())
    here.wake()


def state_label(batch: Batch) -> str:
    """A batch's state for a line of Markdown."""
    return BATCHES[BatchState(batch.state)].label
