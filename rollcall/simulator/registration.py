"""`/webinar/registration/v1/sessions/{sessionId}`: whether people may register, and the settings around it."""

import sqlite3
from dataclasses import replace
from typing import Any

from rollcall.simulator.answers import Answer, invalid, not_found, stamp
from rollcall.simulator.caller import Request, visible_session
from rollcall.simulator.people import LINKS, carry_out_cancellations
from rollcall.simulator.sessions import SETTINGS, Status, WebinarSession, insert_session

DURATIONS = {"OneMonth": 30, "TwoMonths": 61, "ThreeMonths": 91, "SixMonths": 183, "OneYear": 365}  # days
READ_ONLY = (
    "id",
    "registrationPageUri",
    "brandingDescriptorUri",
    "registrantCount",
    "postWebinarRegistrantCount",
    "hasRealRegistrants",
    "icalendarSequence",
)
READ_ONLY_SETTINGS = ("recordingExist", "postWebinarRegistrationClosingTime")
LARGEST_INT32 = 2**31 - 1


def registration_session(request: Request) -> WebinarSession:
    """The session, if the registration service knows it. Documented: 404 when registration is off (all-hands)."""
    session = visible_session(request)
    if not session.registration_enabled:
        raise not_found("sessionId")
    carry_out_cancellations(request.db, request.now)
    return session


def get_registration(request: Request) -> Answer:
    """GET → 200 RegSessionModel."""
    return Answer(200, _shown(request, registration_session(request)))


def change_registration(request: Request) -> Answer:
    """PATCH → 200. Partial, although the schema requires four properties; read-only ones are refused with 400."""
    session, fields = registration_session(request), request.call.fields()
    for name in READ_ONLY:
        if name in fields:
            raise invalid(name, "is read-only")
    changed = replace(session, settings={**session.settings, **_settings(fields)}, changed_at=request.now)
    if "registrationStatus" in fields:
        if fields["registrationStatus"] not in ("Open", "Closed"):
            raise invalid("registrationStatus", "must be Open or Closed")
        changed = replace(changed, registration_status=fields["registrationStatus"], status_set_at=request.now)
    insert_session(request.db, changed)
    return Answer(200, _shown(request, close_when_full(request.db, changed, request.now)))


def close_when_full(db: sqlite3.Connection, session: WebinarSession, now: float) -> WebinarSession:
    """Close the registration when autoCloseLimit is reached (0: never); returns the session as it then is."""
    limit = session.settings["autoCloseLimit"]
    if not limit or not session.is_open(now) or count(db, session)[0] < limit:
        return session
    closed = replace(session, registration_status="Closed", status_set_at=now)
    insert_session(db, closed)
    return closed


def count(db: sqlite3.Connection, session: WebinarSession) -> tuple[int, int]:
    """How many registrants, and how many of them for the recording."""
    query = "SELECT COUNT(*), COALESCE(SUM(post_webinar), 0) FROM registrant WHERE session_id = ?"
    everybody, post_webinar = db.execute(query, (session.id,)).fetchone()
    return everybody, post_webinar


def _settings(fields: dict[str, Any]) -> dict[str, Any]:
    """The settings to change. Raises Problem 400 that names the one at fault."""
    sent = fields.get("settings", {})
    if not isinstance(sent, dict):
        raise invalid("settings", "must be an object")
    for name, value in sent.items():
        if name in READ_ONLY_SETTINGS:
            raise invalid(f"settings.{name}", "is read-only")
        if name in SETTINGS and not _is_valid(name, value):
            raise invalid(f"settings.{name}", "has an invalid value")
    return {name: value for name, value in sent.items() if name in SETTINGS}


def _is_valid(name: str, value: Any) -> bool:
    if name == "autoCloseLimit":
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INT32
    if name == "onDemandDuration":
        return isinstance(value, str) and value in DURATIONS
    return isinstance(value, bool)


def _shown(request: Request, session: WebinarSession) -> dict[str, Any]:
    everybody, post_webinar = count(request.db, session)
    finished = session.status(request.now) is Status.FINISHED
    closing = session.ended_at + DURATIONS[session.settings["onDemandDuration"]] * 86_400
    return {
        "id": session.id,
        "registrationStatus": "Open" if session.is_open(request.now) else "Closed",
        "registrationPageUri": f"{LINKS}/register/{session.id}",
        "brandingDescriptorUri": f"{LINKS}/branding/{session.id}.json",
        "registrantCount": everybody,
        "postWebinarRegistrantCount": post_webinar,
        "hasRealRegistrants": everybody > 0,
        "icalendarSequence": session.calendar_sequence,
        "settings": {
            **session.settings,
            "recordingExist": finished,
            "postWebinarRegistrationClosingTime": stamp(closing) if finished else None,
        },
    }
