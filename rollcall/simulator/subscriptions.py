"""`/webinar/notifications/v1/subscriptions`: webhooks are kept and their address is checked, nothing is delivered."""

import json
import secrets
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from rollcall.simulator.answers import Answer, Call, Problem, invalid, not_found, stamp
from rollcall.simulator.caller import Request
from rollcall.simulator.limits import (
    HANDSHAKE_BYTES,
    HANDSHAKE_SECONDS,
    SUBSCRIPTION_SECONDS_DEFAULT,
    SUBSCRIPTION_SECONDS_LARGEST,
    SUBSCRIPTIONS_LARGEST,
)

PATH = "/webinar/notifications/v1/subscriptions"
FILTERS = frozenset(
    {
        "/webinar/configuration/v1/company/sessions",
        "/webinar/runtime/v1/company/sessions/state",
        "/webinar/registration/v1/company/sessions/state",
        "/webinar/registration/v1/company/sessions/registrants",
    }
)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def list_subscriptions(request: Request) -> Answer:
    """GET own ones → 200, without pages."""
    rows = request.db.execute(
        f"{_SELECT} WHERE owner_id = ? AND expires_at > ? ORDER BY created_at, id",
        (request.caller.owner_id, request.now),
    )
    records = [_shown(request, row) for row in rows]
    return Answer(200, {"uri": request.call.base_url + PATH, "records": records}, complete=True)


def create_subscription(request: Request) -> Answer:
    """POST → 201. The handshake was done before (see `shake_hands`)."""
    fields = request.call.fields()
    filters, expires_at = _filters(fields), request.now + _seconds(fields)
    address, verification_token = _delivery(fields)
    query = "SELECT COUNT(*) FROM subscription WHERE owner_id = ? AND expires_at > ?"
    if request.db.execute(query, (request.caller.owner_id, request.now)).fetchone()[0] >= SUBSCRIPTIONS_LARGEST:
        raise Problem(403, "SUB-505", "Subscriptions limit exceeded")
    subscription_id = str(UUID(bytes=secrets.token_bytes(16), version=4))
    request.db.execute(
        "INSERT INTO subscription (id, owner_id, filters, address, verification_token, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (subscription_id, request.caller.owner_id, json.dumps(filters), address, verification_token, request.now,
         expires_at),
    )  # fmt: skip
    return Answer(201, _shown(request, _find(request, subscription_id)))


def get_subscription(request: Request) -> Answer:
    """GET one → 200."""
    return Answer(200, _shown(request, _find(request)))


def put_subscription(request: Request) -> Answer:
    """PUT → 200; only eventFilters and expiresIn are honoured, an empty body renews with the default."""
    row = _find(request)
    fields = request.call.fields() if request.call.body.strip() else {}
    filters = _filters(fields) if "eventFilters" in fields else json.loads(row[1])
    request.db.execute(
        "UPDATE subscription SET filters = ?, expires_at = ? WHERE id = ?",
        (json.dumps(filters), request.now + _seconds(fields), row[0]),
    )
    return Answer(200, _shown(request, _find(request)))


def delete_subscription(request: Request) -> Answer:
    """DELETE → 204."""
    request.db.execute("DELETE FROM subscription WHERE id = ?", (_find(request)[0],))
    return Answer(204)


def renew_subscription(request: Request) -> Answer:
    """POST `/renew` → 200: as long again as it was meant to live."""
    row = _find(request)
    lifetime = row[4] - row[3]
    request.db.execute("UPDATE subscription SET expires_at = ? WHERE id = ?", (request.now + lifetime, row[0]))
    return Answer(200, _shown(request, _find(request)))


def shake_hands(call: Call) -> Problem | None:
    """Call the address of a new subscription as RingCentral does; None when it echoed the Validation-Token.

    Only addresses on this machine (plain http) are called, past any proxy and redirection: nothing of the demo leaves
    the computer.
    """
    try:
        address, _ = _delivery(call.fields())
    except Problem:
        return None  # the operation itself refuses it
    parts, token = urlsplit(address), secrets.token_urlsafe(24)
    if parts.scheme != "http":
        return None
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    with closing(HTTPConnection(parts.netloc, timeout=HANDSHAKE_SECONDS)) as connection:
        try:
            connection.request("POST", target, headers={"Validation-Token": token})
            echoed = _is_echo(connection.getresponse(), token)
        except (OSError, HTTPException):
            echoed = False
    return None if echoed else Problem(400, "SUB-525", "WebHook responds with incorrect HTTP status or token")


def _is_echo(answer: HTTPResponse, token: str) -> bool:
    """Documented: 200 with the token, as JSON even if it is empty, of at most so many bytes with its headers."""
    size = len(bytes(answer.headers)) + len(answer.read(HANDSHAKE_BYTES + 1))
    is_small_json = size <= HANDSHAKE_BYTES and answer.headers.get_content_type() == "application/json"
    return answer.status == 200 and answer.headers.get("Validation-Token") == token and is_small_json


_SELECT = "SELECT id, filters, address, created_at, expires_at FROM subscription"


def _find(request: Request, subscription_id: str = "") -> tuple[Any, ...]:
    wanted = subscription_id or request.params["subscriptionId"]
    row: tuple[Any, ...] | None = request.db.execute(
        f"{_SELECT} WHERE id = ? AND owner_id = ? AND expires_at > ?", (wanted, request.caller.owner_id, request.now)
    ).fetchone()
    if row is None:
        raise not_found("subscriptionId")
    return row


def _filters(fields: dict[str, Any]) -> list[str]:
    filters = fields.get("eventFilters")
    if not isinstance(filters, list) or not filters:
        raise invalid("eventFilters", "is required")
    for one in filters:
        if not isinstance(one, str) or one.partition("?")[0] not in FILTERS:
            raise Problem(400, "SUB-508", "Event filters are invalid", parameter="eventFilters")
    return filters


def _seconds(fields: dict[str, Any]) -> int:
    seconds = fields.get("expiresIn", SUBSCRIPTION_SECONDS_DEFAULT)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= SUBSCRIPTION_SECONDS_LARGEST:
        raise invalid("expiresIn", "is out of range")
    return seconds


def _delivery(fields: dict[str, Any]) -> tuple[str, str | None]:
    """Address and verification token. RingCentral wants https; http is taken on this machine only."""
    mode = fields.get("deliveryMode")
    if not isinstance(mode, dict) or mode.get("transportType") != "WebHook":
        raise invalid("deliveryMode", "must be a WebHook")
    address, token = mode.get("address"), mode.get("verificationToken")
    if not isinstance(address, str) or not _is_callable(address):
        raise invalid("deliveryMode.address", "must be an https address")
    if token is not None and not isinstance(token, str):
        raise invalid("deliveryMode.verificationToken", "must be a string")
    return address, token


def _is_callable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        is_local = parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port != 0
    except ValueError:  # a port or a bracket that makes no sense
        return False
    return is_local or (parts.scheme == "https" and bool(parts.hostname))


def _shown(request: Request, row: tuple[Any, ...]) -> dict[str, Any]:
    """SubscriptionInfo; the verification token is write-only."""
    subscription_id, filters, address, created_at, expires_at = row
    return {
        "uri": f"{request.call.base_url}{PATH}/{subscription_id}",
        "id": subscription_id,
        "eventFilters": json.loads(filters),
        "disabledFilters": [],
        "expirationTime": stamp(expires_at),
        "expiresIn": max(1, int(expires_at - request.now)),
        "status": "Active",
        "creationTime": stamp(created_at),
        "deliveryMode": {"transportType": "WebHook", "address": address, "encryption": False},
    }
