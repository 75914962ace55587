"""Who calls, and what they may see."""

import sqlite3
from dataclasses import dataclass

from rollcall.simulator.answers import Call, Problem, not_found
from rollcall.simulator.sessions import WebinarSession, read_session
from rollcall.simulator.switches import Switches


@dataclass(frozen=True, slots=True)
class Caller:
    """One signed-in user of one app."""

    owner_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Request:
    """A call that was let in: what an operation needs to answer it. `now` in epoch seconds."""

    call: Call
    caller: Caller
    db: sqlite3.Connection
    switches: Switches
    now: float

    @property
    def params(self) -> dict[str, str]:
        return dict(self.call.params)


def bearer(call: Call, db: sqlite3.Connection, now: float) -> Caller:
    """The user behind the access token. Raises Problem 401."""
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Problem(401, "AGW-401", "Authorization header is not specified")
    row = db.execute("SELECT owner_id, scopes, expires_at FROM token WHERE access_token = ?", (token,)).fetchone()
    if row is None:
        raise Problem(401, "OAU-149", "Access token is unknown or was revoked")
    if row[2] <= now:
        raise Problem(401, "OAU-128", "Access token expired")
    return Caller(row[0], frozenset(row[1].split()))


def require_scope(caller: Caller, scope: str) -> None:
    """Raises Problem 403 (CMN-401) when the app was not granted what the operation needs."""
    if scope and scope not in caller.scopes:
        message = f"In order to call this API endpoint, application needs to have [{scope}] permission"
        raise Problem(403, "CMN-401", message, permissionName=scope)


def require_company(request: Request) -> None:
    """Raises Problem 403 unless the user has WebinarSettings."""
    if not request.switches.company_lists:
        raise Problem(403, "CMN-408", "User needs to have [WebinarSettings] permission")


def require_attendance(request: Request, session: WebinarSession) -> None:
    """Raises Problem 403 when the switches say that this user may not read who came, at all or to others' sessions."""
    is_own = session.host_id == request.caller.owner_id
    if not request.switches.attendance or not (is_own or request.switches.attendance_of_others):
        raise Problem(403, "CMN-408", "The caller is not a host of the webinar")


def visible_session(request: Request) -> WebinarSession:
    """The session named in the path. Raises Problem 404, or 403 when somebody else hosts it and that matters."""
    session = read_session(request.db, request.params["sessionId"])
    webinar_id = request.params.get("webinarId")
    if session is None or webinar_id not in (None, session.webinar_id):
        raise not_found("sessionId")
    if session.host_id != request.caller.owner_id:
        require_company(request)
    return session
