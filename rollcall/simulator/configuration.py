"""`/webinar/configuration/v1`: what is planned. Lists are in the order of their start."""

from collections.abc import Callable
from typing import Any

from rollcall.simulator.answers import Answer, Call, invalid, moment, not_found, stamp
from rollcall.simulator.caller import Request, require_company, visible_session
from rollcall.simulator.hosts import linked_user, webinar_reference
from rollcall.simulator.limits import HOSTS_LARGEST
from rollcall.simulator.paging import paged
from rollcall.simulator.people import LINKS
from rollcall.simulator.sessions import OWNER_ACCOUNT, Status, WebinarSession, read_sessions


def list_sessions(request: Request) -> Answer:
    """GET sessions hosted by the caller → 200; endTimeFrom is required."""
    own = _is_own(request)
    return _list(request, lambda session: own(session) and has_name(request.call, session))


def list_company_sessions(request: Request) -> Answer:
    """GET sessions of the company → 200; documented: 403 without WebinarSettings."""
    require_company(request)
    return _list(request, of_hosts(request.call))


def get_session(request: Request) -> Answer:
    """GET one session → 200."""
    session = visible_session(request)
    extra = {
        "videoBridgeId": f"bridge-{session.id}",
        "attendeeJoinUri": f"{LINKS}/attend/{session.id}",
        "hasUnsentInvites": False,
    }
    return Answer(200, planned(session, request.now) | extra)


def list_webinars(request: Request) -> Answer:
    """GET webinars hosted by the caller → 200; creationTimeFrom is required."""
    since, own = moment(request.call, "creationTimeFrom"), _is_own(request)
    webinars = [one for one in read_sessions(request.db) if own(one) and one.created_at >= since]
    return paged(request.call, webinars, webinar)


def get_webinar(request: Request) -> Answer:
    """GET one webinar → 200."""
    return Answer(200, webinar(visible_webinar(request)))


def visible_webinar(request: Request) -> WebinarSession:
    """The webinar named in the path. Raises Problem 404, or 403 as for its session."""
    for session in read_sessions(request.db):
        if session.webinar_id == request.params["webinarId"]:
            if session.host_id != request.caller.owner_id:
                require_company(request)
            return session
    raise not_found("webinarId")


def wanted_statuses(call: Call) -> frozenset[Status]:
    """The `status` parameter, repeated or joined by commas; all when absent. Raises Problem 400."""
    given = [word for value in call.query.get("status", ()) for word in value.split(",")]
    try:
        return frozenset(Status(word) for word in given) or frozenset(Status)
    except ValueError:
        raise invalid("status", "has an unknown value") from None


def has_name(call: Call, session: WebinarSession) -> bool:
    return (call.one("nameFragment") or "").casefold() in session.title.casefold()


def of_hosts(call: Call) -> Callable[[WebinarSession], bool]:
    """The `hostUserId` parameter, up to ten joined by commas; everybody when absent. Raises Problem 400."""
    hosts = {host for value in call.query.get("hostUserId", ()) for host in value.split(",") if host}
    if len(hosts) > HOSTS_LARGEST:
        raise invalid("hostUserId", f"has more than {HOSTS_LARGEST} values")
    return lambda session: not hosts or session.host_id in hosts


def planned(session: WebinarSession, now: float) -> dict[str, Any]:
    """WcsSessionResource without what only a single session shows."""
    return {
        "id": session.id,
        "creationTime": stamp(session.created_at),
        "lastModifiedTime": stamp(session.changed_at),
        "scheduledStartTime": stamp(session.starts_at),
        "scheduledDuration": session.seconds,
        "timeZone": session.time_zone,
        "localizedTimeZoneDescription": session.time_zone.replace("_", " "),
        "panelJoinTimeOffset": 900,
        "title": session.title,
        "description": session.description,
        "status": session.status(now),
        "hostJoinUri": f"{LINKS}/host/{session.id}",
        "localeCode": "en-US",
    }


def webinar(session: WebinarSession) -> dict[str, Any]:
    """WcsWebinarResource. An all-hands webinar is one whose registrationEnabled is false."""
    host = {"userId": session.host_id, "accountId": OWNER_ACCOUNT, "entitled": True}
    return {
        "id": session.webinar_id,
        "creationTime": stamp(session.created_at),
        "lastModifiedTime": stamp(session.changed_at),
        "title": session.title,
        "description": session.description,
        "settings": {
            "registrationEnabled": session.registration_enabled,
            "attendeeAuthentication": "Guest" if session.registration_enabled else "AuthenticatedCoworker",
            "recordingEnabled": True,
            "qnaEnabled": True,
        },
        "host": host | linked_user(session.host_id),
    }


def _is_own(request: Request) -> Callable[[WebinarSession], bool]:
    return lambda session: session.host_id == request.caller.owner_id


def _list(request: Request, wanted: Callable[[WebinarSession], bool]) -> Answer:
    since, statuses = moment(request.call, "endTimeFrom"), wanted_statuses(request.call)
    found = [
        session
        for session in read_sessions(request.db)
        if session.starts_at + session.seconds >= since and session.status(request.now) in statuses and wanted(session)
    ]
    return paged(request.call, found, lambda session: planned(session, request.now) | webinar_reference(session))
