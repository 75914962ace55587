"""How far an import is: the bar, one line of numbers, and what comes next. Who shows it looks again every second."""

from datetime import timedelta

import streamlit as st

from components import wording
from components.moments import clock, many, moment, number
from components.plain import plain
from components.status import STATUSES
from rollcall import wiring
from rollcall.attention import Run
from rollcall.outbox import batch as batches
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchKind, BatchState

MINUTE = timedelta(minutes=1)


def show_progress(run: Run) -> None:
    """The bar with its line, and under it what happens next."""
    share = run.done / run.people if run.people else 1.0
    st.progress(share, text=" · ".join(_facts(run)))
    if following := next_step(run):
        st.caption(following)


def _facts(run: Run) -> list[str]:
    facts = [f"{number(run.done)} of {number(run.people)}"]
    left = run.outlook.people_left
    if run.batch.state == BatchState.RUNNING and left:
        facts += [f"{number(per_minute(run.outlook.forecast.every))} a minute", f"done about {_done_at(run)}"]
    for status in (Status.UNCONFIRMED, Status.REFUSED):
        if amount := run.counts.get(status, 0):
            facts.append(STATUSES[status].counted(amount))
    return facts


def per_minute(every: timedelta) -> int:
    """Calls a minute at this distance between two."""
    return max(1, round(MINUTE / every)) if every else 0


def _done_at(run: Run) -> str:
    session, now = run.session, wiring.current().now()
    zone = session.time_zone if session else None
    done_at = clock(run.outlook.forecast.last_at, zone, now=now)
    starts_at = session.starts_at if session else None
    if starts_at is None or starts_at < now:
        return done_at
    return f"{done_at} (your webinar starts {_short(run)})"


def _short(run: Run) -> str:
    """The session's start, without its day where the import ends on that day too."""
    session = run.session
    if session is None or session.starts_at is None:
        return ""
    return clock(session.starts_at, session.time_zone, now=run.outlook.forecast.last_at)


def next_step(run: Run) -> str:
    """What happens next with it, in a sentence."""
    left, ahead = run.outlook.people_left, run.outlook.calls_ahead
    zone = run.session.time_zone if run.session else None
    if run.batch.state == BatchState.PAUSED:
        return ""
    if not left and run.counts.get(Status.UNCONFIRMED):
        return "Everybody was sent. RingCentral's list is checked for those it has not confirmed."
    if not left:
        return ""
    first_at = run.outlook.forecast.first_at
    now = wiring.current().now()
    if first_at - now > MINUTE / 2:
        waits = f" {many(ahead, 'call')} of others go before it." if ahead else ""
        return f"Goes on at {clock(first_at, zone, now=now)}.{waits}"
    verb = "cancelled" if run.batch.kind == BatchKind.CANCEL else "registered"
    return f"The next person is {verb} in a few seconds." if per_minute(run.outlook.forecast.every) < 60 else ""


def show_pause(run: Run) -> None:
    """Why it is paused, in a sentence with what to do."""
    words = wording.pause(run.batch.pause_reason, run.outlook.people_left)
    st.markdown(f"**{plain(words.title)}**. {plain(words.text)}")


def show_switch(run: Run) -> None:
    """Pause it, or let it go on: one button that does the one or the other."""
    here, batch_id = wiring.current(), run.batch.id

    def pause() -> None:
        with here.store.write() as db:
            batches.pause(db, batch_id, now=here.now())
        here.wake()

    def resume() -> None:
        with here.store.write() as db:
            batches.resume(db, batch_id, now=here.now())
        here.wake()

    if run.batch.state == BatchState.RUNNING:
        st.button("Pause", key=f"pause_{batch_id}", icon=":material/pause:", on_click=pause)
    elif run.batch.state == BatchState.PAUSED:
        st.button("Resume", key=f"resume_{batch_id}", icon=":material/play_arrow:", on_click=resume)


def about(run: Run) -> str:
    """The import and its session on one line of Markdown."""
    what = "Cancelling " if run.batch.kind == BatchKind.CANCEL else ""
    if run.session is None:
        return f"{what}**{plain(run.batch.name)}**"
    when = (
        f" · {moment(run.session.starts_at, run.session.time_zone, now=wiring.current().now())}"
        if run.session.starts_at
        else ""
    )
    return f"{what}**{plain(run.batch.name)}** for {plain(run.session.title)}{when}"
