"""A started import as it moves: bar, pace, when it is done, what happens next, and the switches beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from components import notice, wording
from components.moments import clock, many, number
from components.plain import plain
from components.redraw import redraw
from components.status import show_batch_state
from rollcall import connections, outlook, wiring
from rollcall.importing import afterwards
from rollcall.importing.afterwards import Tally
from rollcall.outbox import batch as batches
from rollcall.outbox import progress
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState, Pause
from rollcall.outlook import Outlook
from rollcall.store.tables import Batch, WebinarSession

ALIVE = (BatchState.RUNNING, BatchState.PAUSED)
MANY = 5_000  # people; counting more of them every second would be felt

NOT_SENT = {
    Status.INVALID: "wrong",
    Status.DUPLICATE: "twice",
    Status.LEFT_OUT: "left out",
    Status.ALREADY_THERE: "there already",
    Status.CANCELLED_EARLIER: "cancelled earlier",
}  # rows of the file that Start leaves alone, in the words of the bar


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a batch."""

    batch: Batch
    session: WebinarSession | None
    counts: dict[Status, int]
    ahead: Outlook | None
    may_edit: bool

    @property
    def tally(self) -> Tally:
        return afterwards.tally(self.counts)

    @property
    def seen(self) -> tuple[str, bool]:
        """What the rest of the page depends on: when it changes, the whole page is drawn anew."""
        return self.batch.state, self.is_moving

    @property
    def is_moving(self) -> bool:
        """A stopped batch is still confirming what it sent, and lets go of what waited."""
        return self.batch.state in ALIVE or self.tally.open > 0


def show_progress(batch: Batch) -> dict[Status, int]:
    """How far a batch is, by itself every second until nothing of it moves any more. Returns its people by state."""
    look = _look(batch.id)
    every = timedelta(seconds=1 if batch.lines <= MANY else 3) if look.is_moving else None
    st.fragment(_show_progress, run_every=every)(batch.id, seen=look.seen, first=[look])
    return look.counts


def _look(batch_id: int) -> _Look:
    here = wiring.current()
    with here.store.read() as db:
        batch = db.get_one(Batch, batch_id)
        session = db.get(WebinarSession, (batch.connection_id, batch.session_id))
        counted = progress.counts(db, batch)
        ahead = outlook.of_batch(db, batch, now=here.now(), counted=counted) if batch.state in ALIVE else None
        may_edit = connections.may_edit(connections.of(db, batch.connection_id))
        return _Look(batch, session, counted, ahead, may_edit)


def _show_progress(batch_id: int, *, seen: tuple[str, bool], first: list[_Look]) -> None:
    """Draw the look that the page has taken already, and a new one every time after that: 50,000 rows count slowly."""
    look = first.pop() if first else _look(batch_id)
    if look.seen != seen:
        redraw()
    with st.container(key=f"progress_{batch_id}", border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            show_batch_state(look.batch.state)
            st.markdown(
                f"{'Cancellation of ' if look.batch.kind == BatchKind.CANCEL else ''}**{plain(look.batch.name)}**"
            )
        st.progress(look.tally.share, text=_line(look))
        if look.batch.state == BatchState.PAUSED:
            by_hand = look.batch.pause_reason == Pause.BY_HAND
            notice.show(wording.pause(look.batch.pause_reason, look.tally.waiting), st.info if by_hand else st.warning)
        if following := _next(look):
            st.caption(following)
        _show_unconfirmed(look.counts)
        _show_switches(look)


def _line(look: _Look) -> str:
    """`212 of 1,000 registered · 10 a minute · done about 14:20 (your webinar starts 15:00)`."""
    tally, batch = look.tally, look.batch
    verb = "cancelled" if batch.kind == BatchKind.CANCEL else "registered"
    parts = [f"{number(tally.fulfilled)} of {number(tally.total)} {verb}"]
    if gone := afterwards.cancelled_since(batch, look.counts):
        parts.append(f"{number(gone)} of them cancelled since")
    if tally.refused:
        parts.append(f":red[{number(tally.refused)} refused]")
    if batch.state == BatchState.RUNNING and look.ahead is not None and tally.open:
        parts.append(f"{number(per_minute(look.ahead.forecast.every))} a minute")
        parts.append(f"done about {_clock(look, look.ahead.forecast.last_at)}{_due(look)}")
    return " · ".join([*parts, *_not_sent(look.counts)])


def _not_sent(counted: dict[Status, int]) -> list[str]:
    """`11 of 21 rows not sent (9 wrong, 1 twice, 1 left out)`: what a bar of those who were sent leaves open."""
    why = [f"{number(counted[status])} {word}" for status, word in NOT_SENT.items() if counted.get(status)]
    rows = sum(counted.get(status, 0) for status in NOT_SENT)
    return [f"{number(rows)} of {many(sum(counted.values()), 'row')} not sent ({', '.join(why)})"] if rows else []


def per_minute(every: timedelta) -> int:
    """Calls a minute at this distance between two."""
    return max(1, round(timedelta(minutes=1) / every))


def _clock(look: _Look, when: datetime, *, now: datetime | None = None) -> str:
    return clock(when, look.session.time_zone if look.session else None, now=now or wiring.current().now())


def _due(look: _Look) -> str:
    """What it has to be done before, without the day where both are on the same."""
    due_at = look.batch.deadline_at
    if due_at is None or look.ahead is None:
        return ""
    name = "you need it by" if look.batch.own_deadline_at else "your webinar starts"
    return f" ({name} {_clock(look, due_at, now=look.ahead.forecast.last_at)})"


def _next(look: _Look) -> str:
    """What happens next, in a sentence."""
    ahead, tally = look.ahead, look.tally
    if look.batch.state != BatchState.RUNNING or ahead is None:
        return ""
    if not tally.waiting and look.counts.get(Status.UNCONFIRMED):
        return "Everybody was sent. RingCentral's list is read to confirm the last ones."
    if not tally.waiting:
        return "Finishing …"
    if ahead.forecast.first_at - wiring.current().now() > timedelta(seconds=30):
        return f"Goes on about {_clock(look, ahead.forecast.first_at)}.{_first_come(ahead.calls_ahead)}"
    return "The next person is sent in a few seconds."


def _first_come(calls: int) -> str:
    if not calls:
        return ""
    return (
        f" {many(calls, 'call')} of your other imports and single registrations {'goes' if calls == 1 else 'go'} first."
    )


def _show_unconfirmed(counted: dict[Status, int]) -> None:
    if unconfirmed := counted.get(Status.UNCONFIRMED):
        st.caption(
            f":orange[:material/help: {many(unconfirmed, 'person', 'people')} not confirmed:] RingCentral has not "
            "answered; its list is checked before anything is sent again."
        )


def _show_switches(look: _Look) -> None:
    batch, ahead = look.batch, look.ahead
    if st.session_state.get(f"stopping_{batch.id}") and batch.state in ALIVE:
        _ask_stop(look)
        return
    with st.container(horizontal=True):
        match batch.state:
            case BatchState.RUNNING:
                _switch(batch, "pause", "Pause", "pause", _pause)
                _switch(batch, "stop", "Stop …", "stop", _begin_stop)
                if ahead is not None and ahead.calls_ahead:
                    _switch(batch, "first", "This one first", "arrow_upward", _first)
            case BatchState.PAUSED:
                if batch.pause_reason == Pause.LINKS_REFUSED:
                    _switch(
                        batch, "no_links", "Send without own links", "link_off", _without_links, is_main=True,
                        disabled=not look.may_edit,
                    )  # fmt: skip
                _switch(batch, "resume", "Resume", "play_arrow", _resume, disabled=not look.may_edit)
                _switch(batch, "stop", "Stop …", "stop", _begin_stop)


def _ask_stop(look: _Look) -> None:
    """Who is concerned, before anything is taken back. In place: a dialog would be closed by the next look."""
    batch, waiting = look.batch, many(look.tally.waiting, "person", "people")
    done = number(look.tally.fulfilled)
    if batch.kind == BatchKind.CANCEL:
        text = f"{waiting} who wait stay registered; {done} are cancelled and stay so."
    else:
        text = (
            f"{waiting} who wait are not registered; {done} stay. It does not go on: whom you still want, import again."
        )
    st.warning(text, title="What stopping means", icon=":material/stop_circle:")
    with st.container(horizontal=True):
        _switch(batch, "confirm_stop", f"Stop and take back {waiting}", "stop", _stop, is_main=True)
        _switch(batch, "keep_going", "Keep it", "undo", _end_stop)


def _begin_stop(batch_id: int) -> None:
    st.session_state[f"stopping_{batch_id}"] = True


def _end_stop(batch_id: int) -> None:
    st.session_state.pop(f"stopping_{batch_id}", None)


def _switch(
    batch: Batch,
    name: str,
    label: str,
    icon: str,
    turn: Callable[[int], None],
    *,
    is_main: bool = False,
    disabled: bool = False,
) -> None:
    st.button(
        label,
        key=f"{name}_{batch.id}",
        icon=f":material/{icon}:",
        type="primary" if is_main else "secondary",
        disabled=disabled,
        on_click=turn,
        args=(batch.id,),
    )


def _pause(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.pause(db, batch_id, now=here.now())
    here.wake()


def _resume(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.resume(db, batch_id, now=here.now())
    here.wake()


def _stop(batch_id: int) -> None:
    here = wiring.current()
    with here.store.write() as db:
        batches.stop(db, batch_id, now=here.now())
    _end_stop(batch_id)
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
