"""The sessions that come next, and what is known of their registration."""

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from components import reading, session_picker, viewer
from components.moments import clock, many
from components.redraw import redraw
from rollcall import wiring
from rollcall.outbox.states import Lane
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import Listing

SHOWN = 6
GOOD_FOR = timedelta(minutes=15)  # judgement: as often as the list of sessions itself is read


def show_next_sessions() -> None:
    """Title, when, how many are registered, open or not; a click picks one."""
    here = wiring.current()
    with here.store.read() as db:
        coming = session_picker.coming(sessions.all_of(db, here.connection_id))[:SHOWN]
    if not coming:
        session_picker.show_none_comes()
        return
    awaited = _read_stale(coming)
    st.fragment(_show_rows, run_every="1s" if awaited else None)([listing.session_id for listing in coming], awaited)


def _read_stale(coming: Sequence[Listing]) -> bool:
    """Have the registration of each read that was not for long, in the background; whether anything is awaited."""
    here, awaited = wiring.current(), False
    for listing in coming:
        with here.store.read() as db:
            latest = readings.latest(db, here.connection_id, What.REGISTRATION, listing.session_id)
        read_at = listing.registration.read_at if listing.registration else None
        if reading.is_wanted(read_at, latest, here.now(), lane=Lane.BACKGROUND, good_for=GOOD_FOR):
            reading.ask(What.REGISTRATION, listing.session_id, lane=Lane.BACKGROUND)
            awaited = True
        awaited = awaited or reading.is_open(latest)
    return awaited


def _show_rows(session_ids: Sequence[str], awaited: bool) -> None:
    here = wiring.current()
    with here.store.read() as db:
        found = [sessions.of(db, here.connection_id, session_id) for session_id in session_ids]
        latest = [readings.latest(db, here.connection_id, What.REGISTRATION, one) for one in session_ids]
    open_readings = sum(reading.is_open(one) for one in latest)
    if awaited and not open_readings:
        redraw()
    with st.container(key="next_sessions", border=True, gap="small"):
        for listing in found:
            if listing is not None:
                session_picker.offer(listing)
    if open_readings:
        st.caption(reading.hope(f"Reading how many are registered: {many(open_readings, 'call')} to go …"))
    else:
        _show_age(found)


def _show_age(found: Sequence[Listing | None]) -> None:
    """As of when the numbers are; the oldest decides."""
    now = wiring.current().now()
    read_at = [one.registration.read_at for one in found if one is not None and one.registration is not None]
    if read_at:
        st.caption(f"How many are registered: as of {clock(min(read_at), viewer.zone(), now=now)}")
