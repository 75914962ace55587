"""Which session everything is about: kept in the address, so that reload, back and a link by mail show the same."""

from collections.abc import Sequence

import streamlit as st

from components import notice, reading, viewer, wording
from components.moments import clock, day, many, moment, number, relative
from components.plain import plain
from components.redraw import redraw
from components.status import FULL, Look, registration_look
from rollcall import wiring
from rollcall.outbox.states import Lane
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import Listing, RegistrationStatus
from rollcall.store.tables import Reading

PICKED = "session_id"  # in the session state: what is picked, whatever page is open
_PICKED_ELSEWHERE = "session_picked_elsewhere"  # how often a session was picked, but not with the search
_OFFERED = 5  # sessions that the empty state offers as buttons


def sync(known: Sequence[Listing], *, is_complete: bool) -> str | None:
    """Bring the address and the picked session together and return its id; the shell calls it before any page runs.

    The address wins: it is what was linked, reloaded or gone back to. Navigation drops it, so it is put back.

    Args:
        is_complete: whether `known` is a whole list; until then an unknown session may still turn up.
    """
    ids = {listing.session_id for listing in known}
    asked = st.query_params.get("session")
    picked = st.session_state.get(PICKED)
    if asked in ids or (asked and not is_complete):
        st.session_state[PICKED] = asked
    elif picked in ids or (picked and not is_complete):
        st.query_params["session"] = str(picked)
    else:
        st.session_state.pop(PICKED, None)
        st.query_params.pop("session", None)
    return st.session_state.get(PICKED)


def pick(session_id: str | None) -> None:
    """Make this the session everything is about; None: none."""
    if session_id is None:
        st.session_state.pop(PICKED, None)
        st.query_params.pop("session", None)
    else:
        st.session_state[PICKED] = session_id
        st.query_params["session"] = session_id


def pick_session(known: Sequence[Listing]) -> None:
    """The choice itself: what comes first, soonest on top, then what is past, latest on top; typing searches."""
    ordered = coming(known) + past(known)
    names = {listing.session_id: _name(listing) for listing in ordered}
    picked = st.session_state.get(PICKED)
    key = _widget()
    st.session_state[key] = picked if picked in names else None
    st.selectbox(
        "Session",
        list(names),
        index=None,
        format_func=lambda session_id: names.get(session_id, session_id),
        placeholder="Pick a session, or type to search",
        key=key,
        on_change=lambda: pick(st.session_state[key]),
    )
    st.caption(f"{number(len(coming(known)))} coming, {number(len(past(known)))} past")


def coming(known: Sequence[Listing]) -> list[Listing]:
    """The sessions that are not over, the soonest first."""
    now = wiring.current().now()
    return [listing for listing in known if not listing.is_past(now)]


def past(known: Sequence[Listing]) -> list[Listing]:
    """The sessions that are over, the latest first."""
    now = wiring.current().now()
    return [listing for listing in known if listing.is_past(now)][::-1]


def _begun(known: Sequence[Listing]) -> list[Listing]:
    """The sessions that are on or over, the latest first."""
    return [listing for listing in coming(known) if _is_on(listing)][::-1] + past(known)


def _to_come(known: Sequence[Listing]) -> list[Listing]:
    return [listing for listing in coming(known) if not _is_on(listing)]


def _is_on(listing: Listing) -> bool:
    starts_at = listing.session.starts_at
    return starts_at is not None and starts_at <= wiring.current().now()


def offer(listing: Listing) -> None:
    """A session to be picked by one click, with its facts under its title."""
    is_picked = st.session_state.get(PICKED) == listing.session_id
    with st.container(gap=None):
        st.button(
            f":blue[**{plain(listing.session.title)}**]",
            key=f"pick_{listing.session_id}",
            type="tertiary",
            icon=":material/check:" if is_picked else ":material/event:",
            help="This session is picked" if is_picked else "Pick this session",
            wrap=True,
            on_click=_pick_offered,
            args=(listing.session_id,),
        )
        st.markdown(facts(listing))


def _widget() -> str:
    return f"session_pick_{st.session_state.get(_PICKED_ELSEWHERE, 0)}"


def _pick_offered(session_id: str) -> None:
    """Pick a session beside the search, which becomes another widget by that.

    Whoever clicks on at once sends what the search showed before, and that would be taken for a choice of "none".
    """
    st.session_state[_PICKED_ELSEWHERE] = st.session_state.get(_PICKED_ELSEWHERE, 0) + 1
    pick(session_id)
    st.rerun()  # drawn in a fragment, the click alone would leave all around it as it was


def picked_or_stop(*, begun_first: bool = False) -> Listing:
    """The picked session, with one line about it; or, when none is picked, what to do, and the page ends here.

    Args:
        begun_first: offer what is on or over, the latest first, before what comes: for pages about who came.
    """
    here = wiring.current()
    picked = st.session_state.get(PICKED)
    with here.store.read() as db:
        listing = sessions.of(db, here.connection_id, picked) if picked else None
        latest = readings.latest(db, here.connection_id, What.REGISTRATION, picked) if picked else None
    if listing is None:
        _offer_sessions(begun_first=begun_first)
        st.stop()
    read_at = listing.registration.read_at if listing.registration else None
    if not listing.is_past(here.now()) and reading.is_wanted(read_at, latest, here.now(), lane=Lane.CLICK):
        reading.ask(What.REGISTRATION, listing.session_id)
        with here.store.read() as db:
            latest = readings.latest(db, here.connection_id, What.REGISTRATION, listing.session_id)
    watch = st.fragment(_show_session, run_every="1s" if reading.is_open(latest) else None)
    watch(listing.session_id, was_open=reading.is_open(latest))
    return listing


def session_line(listing: Listing) -> str:
    """The title, its facts, and as of when the number is: one line of Markdown."""
    return f"**{plain(listing.session.title)}** · {_facts(listing, registered(listing) + _as_of(listing))}"


def facts(listing: Listing) -> str:
    """Time, registration, how many of how many, how far away, as Markdown."""
    return _facts(listing, registered(listing))


def _facts(listing: Listing, how_many: str) -> str:
    session, now = listing.session, wiring.current().now()
    is_of_no_use = listing.registration is None and listing.is_past(now)
    parts = [
        moment(session.starts_at, session.time_zone, now=now) if session.starts_at else "",
        "" if is_of_no_use else registration_state(listing).label,
        how_many,
        _when(listing),
    ]
    return " · ".join(part for part in parts if part)


def _as_of(listing: Listing) -> str:
    """When the number was read: an import may have registered many since."""
    known = listing.registration
    if known is None or known.registrant_count is None:
        return ""
    return f" :gray[as of {clock(known.read_at, viewer.zone(), now=wiring.current().now())}]"


def registered(listing: Listing) -> str:
    """How many are registered, of how many: "412 of 500"; empty while it is not known."""
    known = listing.registration
    if known is None or known.registrant_count is None:
        return ""
    limit = f" of {number(known.auto_close_limit)}" if known.auto_close_limit else ""
    return f"{number(known.registrant_count)}{limit} registered"


def registration_state(listing: Listing) -> Look:
    """Open, closed, full …"""
    known = listing.registration
    if known is None:
        return registration_look(None)
    return FULL if _is_full(listing) else registration_look(known.status)


def _is_full(listing: Listing) -> bool:
    known = listing.registration
    return bool(known and known.auto_close_limit and (known.registrant_count or 0) >= known.auto_close_limit)


def _when(listing: Listing) -> str:
    now, session = wiring.current().now(), listing.session
    if listing.is_past(now):
        return f"was {relative(session.ends_at or session.starts_at or now, now)}"
    if session.starts_at is None:
        return "no time yet"
    return f"starts {relative(session.starts_at, now)}" if session.starts_at > now else "live now"


def _name(listing: Listing) -> str:
    """Day first: the sidebar is narrow, and webinars that recur differ by nothing else."""
    session, now = listing.session, wiring.current().now()
    parts = [
        "Past" if listing.is_past(now) else "",
        day(session.starts_at, session.time_zone, now=now) if session.starts_at else "",
        session.title,
    ]
    return " · ".join(part for part in parts if part)


def _show_session(session_id: str, *, was_open: bool) -> None:
    """The line, as it is now. While its registration is being read, it looks again every second."""
    here = wiring.current()
    with here.store.read() as db:
        listing = sessions.of(db, here.connection_id, session_id)
        latest = readings.latest(db, here.connection_id, What.REGISTRATION, session_id)
    if listing is None:
        return
    if was_open and not reading.is_open(latest):
        redraw()
    st.markdown(session_line(listing))
    _show_reading(listing, latest)
    _show_advice(listing)


def _show_reading(listing: Listing, latest: Reading | None) -> None:
    here, session = wiring.current(), listing.session
    if reading.has_failed(latest) and latest is not None:
        since = clock(latest.ended_at or latest.asked_at, session.time_zone, now=here.now())
        why = wording.reading_failed(latest.error_code, latest.error_message)
        known = listing.registration
        kept = f" Shown is what was read {relative(known.read_at, here.now())}." if known else ""
        st.warning(f"Its registration could not be read ({since}): {plain(why)}.{kept}")
    elif listing.registration is None and reading.is_open(latest):
        st.skeleton(height=24)
        st.caption(reading.hope("Reading whether registration is open: 1 call …"))


def _show_advice(listing: Listing) -> None:
    """What to do when people cannot be registered just now."""
    known = listing.registration
    if listing.session.gone_at is not None:
        notice.show(wording.REGISTRATION[RegistrationStatus.GONE])
    elif listing.is_past(wiring.current().now()) or known is None:
        return
    elif _is_full(listing):
        full = wording.FULL
        limit = many(known.auto_close_limit or 0, "person", "people")
        notice.show(wording.Wording(full.title, full.text.format(limit=limit)), st.warning)
        _offer_reading(listing.session_id)
    elif known.status in wording.REGISTRATION:
        notice.show(wording.REGISTRATION[RegistrationStatus(known.status)], st.warning)
        _offer_reading(listing.session_id)


def _offer_reading(session_id: str) -> None:
    st.button(
        "Read again (1 call)", icon=":material/refresh:", key="read_registration", on_click=_read_again,
        args=(What.REGISTRATION, session_id),
    )  # fmt: skip


def _read_again(what: What, session_id: str = "") -> None:
    reading.ask(what, session_id)
    st.rerun()  # the whole page looks out for the answer


@st.fragment(run_every="2s")
def _show_reading_sessions() -> None:
    """That the list is being read, or waits; the shell draws all anew as soon as it is here."""
    calls = many(reading.CALLS[What.SESSIONS], "call")
    if not reading.is_halted():
        st.skeleton(height=120)
    st.caption(reading.hope(f"Reading your sessions from RingCentral: about {calls} …"))


def _offer_sessions(*, begun_first: bool) -> None:
    """The empty face of every page that needs a session."""
    here = wiring.current()
    with here.store.read() as db:
        known = sessions.all_of(db, here.connection_id)
    next_ones = _begun(known) + _to_come(known) if begun_first else coming(known)
    if not next_ones:
        show_none_comes()
        return
    st.info("Pick the session first: here, or with the search at the side.", icon=":material/event:")
    for listing in next_ones[:_OFFERED]:
        offer(listing)


def show_none_comes() -> None:
    """Why there is no session to be picked: the list is being read, or RingCentral has none that comes."""
    here = wiring.current()
    with here.store.read() as db:
        is_known = bool(sessions.all_of(db, here.connection_id))
        latest = readings.latest(db, here.connection_id, What.SESSIONS)
    if not is_known and (latest is None or reading.is_open(latest)):
        _show_reading_sessions()
        return
    notice.show(wording.NONE_COMES if is_known else wording.NO_SESSIONS, st.info)
    st.button(
        "Look again (2 calls)", icon=":material/refresh:", key="read_sessions_again", on_click=_read_again,
        args=(What.SESSIONS,),
    )  # fmt: skip
