"""`/webinar/history/v1`: what was and what is on. Lists are in the order of their end, latest first."""

import sqlite3
from collections.abc import Callable
from math import ceil
from typing import Any

from rollcall.simulator.answers import Answer, Call, invalid, moment, stamp
from rollcall.simulator.caller import Request, require_attendance, require_company, visible_session
from rollcall.simulator.configuration import has_name, of_hosts, visible_webinar, wanted_statuses
from rollcall.simulator.hosts import host_of, webinar_reference
from rollcall.simulator.paging import paged
from rollcall.simulator.sessions import Status, WebinarSession, read_sessions

ROLES = frozenset({"Panelist", "CoHost", "Host", "Attendee"})
PRACTICE = 300.0  # seconds between the panel's start and going live


def list_sessions(request: Request) -> Answer:
    """GET sessions hosted by the caller → 200; endTimeFrom and endTimeTo are required."""
    owner = request.caller.owner_id
    return _list(request, lambda session: session.host_id == owner and has_name(request.call, session))


def list_company_sessions(request: Request) -> Answer:
    """GET sessions of the company → 200; documented: 403 without WebinarSettings."""
    require_company(request)
    return _list(request, of_hosts(request.call))


def get_session(request: Request) -> Answer:
    """GET one session → 200."""
    return Answer(200, _held(request, visible_session(request)))


def get_webinar(request: Request) -> Answer:
    """GET one webinar → 200."""
    one = visible_webinar(request)
    return Answer(
        200,
        {
            "id": one.webinar_id,
            "creationTime": stamp(one.created_at),
            "lastModifiedTime": stamp(one.changed_at),
            "title": one.title,
            "description": one.description,
            "settings": {"registrationEnabled": one.registration_enabled, "recordingEnabled": True},
            "host": host_of(one.host_id),
        },
    )


def list_participants(request: Request) -> Answer:
    """GET who came → 200. One person may have several records (rejoined, second device)."""
    session = visible_session(request)
    require_attendance(request, session)
    roles = wanted_roles(request.call, "role") & wanted_roles(request.call, "originalRole")
    rows = request.db.execute(
        "SELECT id, role, first_name, last_name, email, joined_at, left_at, user_hash, registrant_id, invitee_id"
        " FROM participant WHERE session_id = ? AND joined_at <= ? ORDER BY id",
        (session.id, request.now),
    )
    found = [row for row in rows if row[1] in roles]
    return paged(request.call, found, lambda row: _participant(row, request.now))


def wanted_roles(call: Call, name: str) -> frozenset[str]:
    """A role parameter, repeated; all when absent. Raises Problem 400."""
    given = frozenset(call.query.get(name, ()))
    if not given <= ROLES:
        raise invalid(name, "has an unknown value")
    return given or ROLES


def _participant(row: tuple[Any, ...], now: float) -> dict[str, Any]:
    number, role, first_name, last_name, email, joined_at, left_at, user_hash, registrant_id, invitee_id = row
    optional = {
        "registrantId": registrant_id,
        "inviteeId": invitee_id,
        "leaveTime": stamp(left_at) if left_at <= now else None,
        "email": email or None,
    }
    return {
        "id": str(number),
        "firstName": first_name,
        "lastName": last_name,
        "role": role,
        "originalRole": role,
        "type": "User",
        "qnaBlocked": False,
        "joinTime": stamp(joined_at),
        "wasEjected": False,
        "uniqueUserHash": user_hash,
    } | {name: value for name, value in optional.items() if value is not None}


def _list(request: Request, wanted: Callable[[WebinarSession], bool]) -> Answer:
    since, until = _window(request)
    statuses = wanted_statuses(request.call)
    found = [
        session
        for session in read_sessions(request.db)
        if since <= _end(session, request.now) <= until and session.status(request.now) in statuses and wanted(session)
    ]
    found.sort(key=lambda session: _end(session, request.now), reverse=True)
    return paged(request.call, found, lambda session: _held(request, session) | webinar_reference(session))


def _window(request: Request) -> tuple[float, float]:
    """endTimeFrom and endTimeTo. Raises Problem 400, also when they are further apart than the switch allows."""
    since, until = moment(request.call, "endTimeFrom"), moment(request.call, "endTimeTo")
    if until < since:
        raise invalid("endTimeTo", "is before endTimeFrom")
    if request.switches.largest_window and until - since > request.switches.largest_window:
        raise invalid("endTimeTo", "is too far from endTimeFrom")
    return since, until


def _end(session: WebinarSession, now: float) -> float:
    """Documented: the real end, or the scheduled one while it is not finished."""
    if session.status(now) is Status.FINISHED:
        return session.ended_at
    return _start(session, now) + session.seconds


def _start(session: WebinarSession, now: float) -> float:
    return session.starts_at if session.status(now) is Status.SCHEDULED else session.started_at


def _held(request: Request, session: WebinarSession) -> dict[str, Any]:
    """HistorySessionResource without recording and livestreams."""
    now, status = request.now, session.status(request.now)
    start, end = _start(session, now), _end(session, now)
    shown = {
        "id": session.id,
        "creationTime": stamp(session.created_at),
        "lastModifiedTime": stamp(session.changed_at),
        "startTime": stamp(start),
        "endTime": stamp(end),
        "duration": ceil(end - start),
        "title": session.title,
        "description": session.description,
        "scheduledStartTime": stamp(session.starts_at),
        "scheduledDuration": session.seconds,
        "timeZone": session.time_zone,
        "localeCode": "en-US",
        "panelJoinTimeOffset": 900,
        "status": status,
        "videoBridgeId": f"bridge-{session.id}",
    }
    return shown | _broadcast(session, now, status) | _counts(request.db, session, now)


def _broadcast(session: WebinarSession, now: float, status: Status) -> dict[str, Any]:
    live_at = min(session.started_at + PRACTICE, session.ended_at)
    if status is Status.SCHEDULED:
        return {}
    if status is Status.ACTIVE:
        if now < live_at:
            return {"runtimeStatus": "Practice"}
        return {"runtimeStatus": "Live", "broadcastingStartTime": stamp(live_at)}
    return {"broadcastingStartTime": stamp(live_at), "broadcastingEndTime": stamp(session.ended_at)}


def _counts(db: sqlite3.Connection, session: WebinarSession, now: float) -> dict[str, int]:
    query = (
        "SELECT COUNT(*), COUNT(DISTINCT user_hash) FROM participant"
        " WHERE session_id = ? AND joined_at <= ? AND (role = 'Attendee' OR ?)"
    )
    everybody, people = db.execute(query, (session.id, now, 1)).fetchone()
    attendees, attending_people = db.execute(query, (session.id, now, 0)).fetchone()
    return {
        "participantCount": everybody,
        "attendeeCount": attendees,
        "uniqueParticipantCount": people,
        "uniqueAttendeeCount": attending_people,
    }
