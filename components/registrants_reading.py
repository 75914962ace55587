"""When a session's registrants were read, that they are being read, or why they cannot be; and reading them again."""

from datetime import timedelta
from math import ceil

import streamlit as st

from components import notice, reading, viewer, wording
from components.moments import clock, many, relative
from components.redraw import redraw
from components.wording import Wording
from rollcall import wiring
from rollcall.outbox.states import Lane
from rollcall.ringcentral import limits
from rollcall.roster import readings, registrants
from rollcall.roster.readings import What
from rollcall.roster.sessions import WITHOUT_LIST, Listing
from rollcall.store.tables import Reading

LOOKS_EVERY = timedelta(seconds=1)


def show_reading(listing: Listing) -> bool:
    """The line about the list. Asks for it by itself only where it was never read. Returns whether it ever was."""
    last, latest = _readings(listing.session_id)
    known = listing.registration
    if latest is None and not (known is not None and known.status in WITHOUT_LIST):
        reading.ask(What.REGISTRANTS, listing.session_id)
        last, latest = _readings(listing.session_id)
    every = LOOKS_EVERY if reading.is_open(latest) else None
    st.fragment(_show, run_every=every)(listing, was_open=reading.is_open(latest))
    return last is not None


def _readings(session_id: str) -> tuple[Reading | None, Reading | None]:
    here = wiring.current()
    with here.store.read() as db:
        last = readings.last_complete(db, here.connection_id, What.REGISTRANTS, session_id)
        return last, readings.latest(db, here.connection_id, What.REGISTRANTS, session_id)


def _show(listing: Listing, *, was_open: bool) -> None:
    last, latest = _readings(listing.session_id)
    if was_open != reading.is_open(latest):
        redraw()
    if reading.has_failed(latest) and latest is not None:
        _show_failed(latest, last)
    if latest is not None and reading.is_open(latest):
        _show_open(listing, latest, is_first=last is None)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="registrants_read"):
        if last is not None and last.begun_at is not None:
            now = wiring.current().now()
            at = clock(last.begun_at, viewer.zone(), now=now)
            st.caption(f"Read {relative(last.begun_at, now)} ({at})")
        st.button(
            f"{'Read' if last is None else 'Refresh'} ({many(calls(listing), 'call')})",
            key="refresh_registrants", icon=":material/refresh:", type="tertiary", on_click=_refresh,
            args=(listing.session_id,), help="Read the whole list from RingCentral again",
        )  # fmt: skip


def _show_open(listing: Listing, latest: Reading, *, is_first: bool) -> None:
    if is_first and not reading.is_halted():
        st.skeleton(height=120)
    so_far = f", {many(latest.records, 'person', 'people')} so far" if latest.records else ""
    st.caption(reading.hope(f"Reading who is registered: about {many(calls(listing), 'call')}{so_far} …"))


def _show_failed(latest: Reading, last: Reading | None) -> None:
    now = wiring.current().now()
    at = clock(latest.ended_at or latest.begun_at or latest.asked_at, viewer.zone(), now=now)
    shown = (
        f" What you see was read {relative(last.begun_at, now)}."
        if last is not None and last.begun_at is not None
        else " You see only those whom Rollcall has met otherwise."
    )
    why = wording.reading_failed(latest.error_code, latest.error_message)
    notice.show(Wording(f"Who is registered could not be read ({at})", f"{why}.{shown}"), st.warning)


def calls(listing: Listing) -> int:
    """About how many calls reading the list takes: one for a page of it, and one more for several."""
    here = wiring.current()
    with here.store.read() as db:
        known = registrants.on_list(db, here.connection_id, listing.session_id)
    counted = (listing.registration.registrant_count if listing.registration else None) or 0
    pages = max(1, ceil(max(known, counted) / limits.PER_PAGE))
    return pages + (pages > 1)  # a count says whether several pages were whole


def _refresh(session_id: str) -> None:
    reading.ask(What.REGISTRANTS, session_id, lane=Lane.CLICK)
    st.rerun()  # the whole page looks out for the answer
