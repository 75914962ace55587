"""When a session's lists were read, whether its figures are final, what is missing, and reading it all again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import ceil

import streamlit as st

from components import attendance_store, notice, reading, registrants_reading, registrants_table, viewer, wording
from components.moments import clock, duration, many, moment, relative
from components.plain import plain
from components.redraw import redraw
from components.wording import Wording
from rollcall import outlook, wiring
from rollcall.attendance import report_words
from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.matching import Attendance
from rollcall.attendance.rates import shortened
from rollcall.outbox.states import Lane
from rollcall.ringcentral import limits
from rollcall.roster import after_end, participants, readings
from rollcall.roster.readings import FORBIDDEN, ReadingState, What
from rollcall.roster.sessions import WITHOUT_LIST, Listing
from rollcall.store.tables import Reading

LOOKS_EVERY = timedelta(seconds=1)
LISTS = {What.SESSIONS: "sessions", What.REGISTRANTS: "registrants", What.PARTICIPANTS: "participants"}
_NEVER = datetime.min.replace(tzinfo=UTC)


def known_or_stop(listing: Listing) -> Attendance:
    """The line about the lists, and what came of them; without anybody on them the page ends here with what to do.

    Asks by itself for what was never read since the end.
    """
    latest = _ask_missing(listing)
    found = attendance_store.of_session(listing.session_id)
    every = LOOKS_EVERY if any(map(reading.is_open, latest)) else None
    st.fragment(_show, run_every=every)(listing, found, seen=_marks(latest))
    if found is None or not (len(found.people) or len(found.on_demand) or len(found.records)):
        _show_nobody(listing, found)
        st.stop()
    return found


def in_a_line(found: Attendance) -> str:
    """Which session, when, and how sure: what stands under a picture that is handed on. Holds foreign text."""
    facts = found.facts
    when = moment(facts.starts_at, facts.time_zone, now=facts.now) if facts.starts_at else ""
    read = facts.participants_read_at or facts.registrants_read_at
    read_at = f"read {moment(read, facts.time_zone, now=facts.now)}" if read else "not read to the end yet"
    sure = "final" if found.is_final else "so far" if not facts.is_over else "provisional"
    return " · ".join(part for part in (shortened(facts.title), when, read_at, sure) if part)


def _show_nobody(listing: Listing, found: Attendance | None) -> None:
    """The empty face, once a list has been read."""
    if found is None or found.facts.registrants_read_at is None:
        return
    if listing.is_past(wiring.current().now()):
        st.info("Nobody had registered for this session, and nobody came.", icon=":material/group_off:")
        return
    registrants_table.show_nobody_yet()


def whats(listing: Listing, now: datetime) -> list[What]:
    """What a refresh reads: who came only once somebody can have come; begin and end until they are known for good."""
    session, known = listing.session, listing.registration
    is_closed = session.status == "Finished" and session.ends_at is not None and session.read_at >= session.ends_at
    has_begun = session.status in ("Active", "Finished") or (session.starts_at is not None and session.starts_at <= now)
    is_listed = known is None or known.status not in WITHOUT_LIST
    wanted = [What.SESSIONS] if has_begun and not is_closed else []
    wanted += [What.REGISTRANTS] if is_listed else []
    has_history = has_begun and session.webinar_id is not None and not _never_started(listing, now)
    return wanted + ([What.PARTICIPANTS] if has_history else [])


def _never_started(listing: Listing, now: datetime) -> bool:
    return listing.session.status == "Scheduled" and listing.is_past(now)


def calls(listing: Listing, wanted: Sequence[What]) -> int:
    """About how many calls these lists take: one for each page of them."""
    here = wiring.current()
    total = reading.CALLS[What.SESSIONS] if What.SESSIONS in wanted else 0
    total += registrants_reading.calls(listing) if What.REGISTRANTS in wanted else 0
    if What.PARTICIPANTS in wanted:
        with here.store.read() as db:
            known = participants.on_list(db, here.connection_id, listing.session_id)
        told = listing.session.raw.get("participantCount")
        total += max(1, ceil(max(known, told if isinstance(told, int) else 0) / limits.PER_PAGE))
    return total


def _ask_missing(listing: Listing) -> list[Reading | None]:
    """Registrants that were never read; and, of a session that is over, all that was not read or tried since.

    Returns the readings that are filed by then, as `_latest`.
    """
    now, end = wiring.current().now(), listing.session.ends_at
    found, asked = _latest(listing), False
    for what, latest in zip(LISTS, found, strict=True):
        if what not in whats(listing, now):
            continue
        if not listing.is_past(now):
            is_missing = what is What.REGISTRANTS and latest is None
        elif what is What.SESSIONS:
            is_missing = end is not None and listing.session.read_at < end and _tried(latest) < end
        else:
            is_missing = latest is None or (end is not None and _tried(latest) < end)
        if is_missing:
            reading.ask(what, "" if what is What.SESSIONS else listing.session_id)
            asked = True
    return _latest(listing) if asked else found


def _tried(latest: Reading | None) -> datetime:
    """When a list was begun that was read to its end, or asked for where it is open or could not be had."""
    if latest is None:
        return _NEVER
    is_read = latest.state == ReadingState.COMPLETE and latest.begun_at is not None
    return latest.begun_at if is_read and latest.begun_at else latest.asked_at


def _latest(listing: Listing) -> list[Reading | None]:
    """The reading filed last of each of LISTS."""
    here = wiring.current()
    with here.store.read() as db:
        return [
            readings.latest(db, here.connection_id, what, "" if what is What.SESSIONS else listing.session_id)
            for what in LISTS
        ]


def _marks(latest: Sequence[Reading | None]) -> list[tuple[int, str] | None]:
    return [(int(one.id), one.state) if one is not None else None for one in latest]


def _show(listing: Listing, found: Attendance | None, *, seen: Sequence[tuple[int, str] | None]) -> None:
    latest = _latest(listing)
    if _marks(latest) != list(seen):
        redraw()
    now = wiring.current().now()
    wanted = whats(listing, now)
    moving = [what for what, one in zip(LISTS, latest, strict=True) if what in wanted and reading.is_open(one)]
    for what, one in zip(LISTS, latest, strict=True):
        if what in wanted:
            _show_failed(what, one)
    with st.container(horizontal=True, vertical_alignment="center", key="attendance_read"):
        if found is not None:
            st.caption(_when_read(found.facts))
        if not moving:
            _offer_refresh(listing, wanted)
    if moving:
        _show_open(listing, moving, latest, is_first=found is None or found.facts.registrants_read_at is None)
    if found is not None and found.facts.participants_read is ParticipantsRead.FORBIDDEN:
        notice.show(wording.NOT_THE_HOST, st.info, icon=":material/visibility_off:")


def _when_read(facts: SessionFacts) -> str:
    """What was read when."""
    parts = [f"Registrants read {_ago(facts.registrants_read_at)}"]
    if facts.participants_read is ParticipantsRead.YES:
        parts.append(f"participants read {_ago(facts.participants_read_at)}")
    elif facts.participants_read is ParticipantsRead.NO and facts.has_begun:
        parts.append("participants not read yet")
    return " · ".join(parts)


def show_sureness(found: Attendance) -> None:
    """Whether the figures are final, else why they may still change."""
    if found.is_final:
        st.markdown(f":green[:material/verified: **Final**] :gray[{_what_may_come(found.facts)}]")
        return
    if not found.facts.has_begun:
        st.markdown(":orange[:material/pending: **Before the session**] :gray[Nobody can have come yet.]")
        return
    why = "; ".join(report_words.PROVISIONAL.get(one, one.value.replace("_", " ")) for one in found.provisional)
    word = "Provisional" if found.facts.is_over else "So far"
    st.markdown(f":orange[:material/pending: **{word}**] :gray[These figures may still change: {plain(why)}.]")


def _what_may_come(facts: SessionFacts) -> str:
    last = facts.ends_at + after_end.MOMENTS[-1] if facts.ends_at is not None else facts.now
    if last <= facts.now:
        return "Reading it again should change nothing."
    when = moment(last, facts.time_zone, now=facts.now)
    return f"Reading it again should change nothing; Rollcall looks once more, {plain(when)}."


def _ago(at: datetime | None) -> str:
    now = wiring.current().now()
    return "not to the end yet" if at is None else f"{relative(at, now)} ({clock(at, viewer.zone(), now=now)})"


def _offer_refresh(listing: Listing, wanted: Sequence[What]) -> None:
    if not wanted:
        return
    st.button(
        f"Refresh ({_cost(calls(listing, wanted))})", key="refresh_attendance", icon=":material/refresh:",
        type="tertiary", on_click=_refresh, args=(listing.session_id, tuple(wanted)),
        help=f"Read from RingCentral again: {_named(wanted)}. The time holds if nothing else waits.",
    )  # fmt: skip


def _cost(amount: int) -> str:
    here = wiring.current()
    with here.store.read() as db:
        quota = outlook.quota(db, here.connection_id, now=here.now())
    return f"{many(amount, 'call')}, about {duration(quota.window * amount / quota.limit)}"


def _named(whats_read: Sequence[What]) -> str:
    words = [LISTS[what] for what in whats_read]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _show_open(listing: Listing, moving: Sequence[What], latest: Sequence[Reading | None], *, is_first: bool) -> None:
    if is_first and not reading.is_halted():
        st.skeleton(height=160)
    records = sum(one.records for one in latest if one is not None and reading.is_open(one) and one.session_id)
    so_far = f", {many(records, 'entry', 'entries')} so far" if records else ""
    st.caption(reading.hope(f"Reading {_named(moving)}: {_cost(calls(listing, moving))}{so_far} …"))


def _show_failed(what: What, latest: Reading | None) -> None:
    """A reading that gave nothing, but for the one that only the host may make: that has a face of its own."""
    if latest is None or not reading.has_failed(latest) or latest.error_code == FORBIDDEN:
        return
    at = clock(latest.ended_at or latest.begun_at or latest.asked_at, viewer.zone(), now=wiring.current().now())
    why = wording.reading_failed(latest.error_code, latest.error_message)
    title = f"The {LISTS[what]} could not be read ({at})"
    notice.show(Wording(title, f"{why}. The figures below are from what was read before."), st.warning)


def _refresh(session_id: str, wanted: Sequence[What]) -> None:
    for what in wanted:
        reading.ask(what, "" if what is What.SESSIONS else session_id, lane=Lane.CLICK)
    st.rerun()  # the whole page looks out for the answer
