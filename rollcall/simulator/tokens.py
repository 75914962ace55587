"""Signing in: the JWT grant at the token endpoint, and revoking.

Documented: the form's fields, Basic authentication of the app, TokenInfo, `error` values; guide "errors" for the
codes and the statuses 400 and 401. Our reading: a revoked or expired JWT answers 400 invalid_grant.
"""

import secrets
import sqlite3
from base64 import b64decode
from urllib.parse import parse_qs

from rollcall.simulator.answers import Answer, Call, Problem, invalid
from rollcall.simulator.limits import SIGN_INS_LARGEST, TOKEN_SECONDS, TOKEN_SECONDS_SHORTEST
from rollcall.simulator.switches import Switches

DEMO_CLIENT_ID = "demo-client-id"
DEMO_CLIENT_SECRET = "demo-client-secret"
DEMO_JWT = "demo-jwt"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"


def _refused(status: int, error: str, code: str, message: str) -> Problem:
    return Problem(status, code, message, error=error, error_description=message)


def sign_in(call: Call, db: sqlite3.Connection, switches: Switches, now: float) -> Answer:
    """POST /restapi/oauth/token → 200 TokenInfo."""
    form = _form(call)
    _authenticate(call)
    if form.get("grant_type") != JWT_GRANT:
        raise _refused(400, "invalid_request", "OAU-250", "Unsupported grant type")
    if not switches.jwt_allowed:
        raise _refused(400, "unauthorized_client", "OAU-251", "Grant type is not allowed for the application")
    if not form.get("assertion"):
        raise _refused(400, "invalid_request", "OAU-109", "Parameter [assertion] is required")
    if form["assertion"] != DEMO_JWT or not switches.jwt_valid:
        raise _refused(400, "invalid_grant", "OAU-211", "Token not found")
    return Answer(200, _issue(db, switches, now, _lifetime(form, switches)))


def sign_out(call: Call, db: sqlite3.Connection, switches: Switches, now: float) -> Answer:
    """POST /restapi/oauth/revoke → 200; an unknown token is no error."""
    form = _form(call)
    _authenticate(call)
    db.execute("DELETE FROM token WHERE access_token = ?", (form.get("token", ""),))
    return Answer(200)


def _form(call: Call) -> dict[str, str]:
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "CMN-415", "Unsupported media type")
    return {name: values[0] for name, values in parse_qs(call.body.decode("latin-1")).items()}


def _authenticate(call: Call) -> None:
    """Raises Problem 401 invalid_client unless the Basic header holds the demo's app."""
    kind, _, encoded = call.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        raise _refused(401, "invalid_client", "OAU-123", "Client authentication is required")
    try:
        given = b64decode(encoded, validate=True).decode()
    except ValueError:
        given = ""
    if given != f"{DEMO_CLIENT_ID}:{DEMO_CLIENT_SECRET}":
        raise _refused(401, "invalid_client", "OAU-146", "Invalid client credentials")


def _lifetime(form: dict[str, str], switches: Switches) -> float:
    """Seconds a token lives: what the caller asked for, at most what the switch allows."""
    asked = form.get("access_token_ttl", str(TOKEN_SECONDS))
    if not asked.isdecimal() or not TOKEN_SECONDS_SHORTEST <= int(asked) <= TOKEN_SECONDS:
        raise invalid("access_token_ttl", "is out of range")
    return min(float(asked), switches.token_seconds)


def _issue(db: sqlite3.Connection, switches: Switches, now: float, seconds: float) -> dict[str, object]:
    token = secrets.token_urlsafe(32)
    db.execute(
        "INSERT INTO token (access_token, user, owner_id, scopes, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (token, switches.owner_id, switches.owner_id, switches.scopes, now, now + seconds),
    )
    _end_oldest_sign_ins(db, switches.owner_id)
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": max(1, int(seconds)),
        "scope": switches.scopes,
        "owner_id": switches.owner_id,
        "endpoint_id": "demo-endpoint",
        "session_id": secrets.token_urlsafe(12),
    }


def _end_oldest_sign_ins(db: sqlite3.Connection, owner_id: str) -> None:
    """More parallel sign-ins than RingCentral keeps end the oldest ones."""
    db.execute(
        "DELETE FROM token WHERE owner_id = ? AND access_token NOT IN"
        " (SELECT access_token FROM token WHERE owner_id = ? ORDER BY issued_at DESC, rowid DESC LIMIT ?)",
        (owner_id, owner_id, SIGN_INS_LARGEST),
    )
