"""The panel: host (implicit, untouchable), co-hosts and panelists, as planned and as they came."""

import json
from typing import Any

from rollcall.simulator.answers import Answer, Problem, invalid, not_allowed, not_found, stamp
from rollcall.simulator.caller import Request, require_attendance, visible_session
from rollcall.simulator.history import wanted_roles
from rollcall.simulator.hosts import EMAILS, NAMES, linked_user
from rollcall.simulator.limits import EMAIL_LIMIT, NAME_LIMIT
from rollcall.simulator.paging import paged
from rollcall.simulator.people import LINKS, email_key
from rollcall.simulator.sessions import Status, WebinarSession

ROLES = ("Panelist", "CoHost")  # Attendee and Host are refused here
COLUMNS = ("first_name", "last_name", "email", "job_title", "linked_user", "role", "type", "send_invite")
TEXTS = {"firstName": NAME_LIMIT, "lastName": NAME_LIMIT, "email": EMAIL_LIMIT, "jobTitle": NAME_LIMIT}

Stored = dict[str, Any]  # one row of the table `invitee`


def list_invitees(request: Request) -> Answer:
    """GET as planned → 200; the host is always among them."""
    session = visible_session(request)
    return paged(request.call, [_host(session), *_read(request, session)], _planned)


def get_invitee(request: Request) -> Answer:
    """GET one as planned → 200."""
    return Answer(200, _planned(_find(request, visible_session(request))))


def list_history_invitees(request: Request) -> Answer:
    """GET as they came → 200."""
    session = visible_session(request)
    require_attendance(request, session)
    roles = wanted_roles(request.call, "role") & wanted_roles(request.call, "originalRole")
    found = [one for one in (_host(session), *_read(request, session)) if one["role"] in roles]
    return paged(request.call, found, lambda one: _held(request, one))


def get_history_invitee(request: Request) -> Answer:
    """GET one as they came → 200."""
    session = visible_session(request)
    require_attendance(request, session)
    return Answer(200, _held(request, _find(request, session)))


def change_invitees(request: Request) -> Answer:
    """PATCH: add, update and delete in one call → 200. All or nothing (our reading)."""
    session = _changeable(request)
    fields = request.call.fields()
    added = [_add(request, session, one) for one in _objects(fields, "addedInvitees")]
    updated = [_update(request, session, _id(one), one) for one in _objects(fields, "updatedInvitees")]
    deleted = [_delete(request, session, _id(one)) for one in _objects(fields, "deletedInvitees")]
    return Answer(200, {"addedInvitees": added, "updatedInvitees": updated, "deletedInvitees": deleted})


def put_invitee(request: Request) -> Answer:
    """PUT one → 200; `role` is required."""
    session = _changeable(request)
    return Answer(200, _update(request, session, request.params["inviteeId"], request.call.fields()))


def delete_invitee(request: Request) -> Answer:
    """DELETE one → 204. Documented: 403 when the session is active or finished."""
    session = _changeable(request)
    if session.status(request.now) is not Status.SCHEDULED:
        raise not_allowed("The session is active or finished")
    _delete(request, session, request.params["inviteeId"])
    return Answer(204)


def _changeable(request: Request) -> WebinarSession:
    session = visible_session(request)
    if session.status(request.now) is Status.FINISHED:
        raise not_allowed("The session is finished")
    return session


def _add(request: Request, session: WebinarSession, fields: dict[str, Any]) -> dict[str, Any]:
    stored = _checked(fields)
    by_name = any(stored[name] for name in ("first_name", "last_name", "email"))
    if by_name == (stored["linked_user"] is not None):
        raise invalid("linkedUser", "or a name with an email is required, not both")
    if by_name and not stored["email"]:
        raise invalid("email", "is required")
    _refuse_second(request, session, stored["email"])
    columns = (*COLUMNS, "session_id", "created_at", "changed_at")
    values = [*(stored[name] for name in COLUMNS), session.id, request.now, request.now]
    marks = ", ".join("?" * len(columns))
    cursor = request.db.execute(f"INSERT INTO invitee ({', '.join(columns)}) VALUES ({marks})", values)
    return _planned(_find(request, session, str(cursor.lastrowid)))


def _update(request: Request, session: WebinarSession, invitee_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    before = _find(request, session, invitee_id)
    _refuse_host(before)
    if "linkedUser" in fields:
        raise invalid("linkedUser", "cannot be changed")
    stored = _checked(fields)
    if before["send_invite"] and not stored["send_invite"] and "sendInvite" in fields:
        raise invalid("sendInvite", "cannot be set back to false")
    sent = {"role", "type", "send_invite"} if "sendInvite" in fields else {"role"}
    sent |= {name for name in ("first_name", "last_name", "email", "job_title") if stored[name] is not None}
    assignments = ", ".join(f"{name} = ?" for name in sorted(sent))
    request.db.execute(
        f"UPDATE invitee SET {assignments}, changed_at = ? WHERE id = ?",
        (*(stored[name] for name in sorted(sent)), request.now, invitee_id),
    )
    return _planned(_find(request, session, invitee_id))


def _delete(request: Request, session: WebinarSession, invitee_id: str) -> dict[str, Any]:
    _refuse_host(_find(request, session, invitee_id))
    if session.status(request.now) is not Status.SCHEDULED:
        raise not_allowed("The session is active or finished")
    request.db.execute("DELETE FROM invitee WHERE id = ?", (invitee_id,))
    return {"id": invitee_id}


def _refuse_host(stored: Stored) -> None:
    if stored["role"] == "Host":
        raise not_allowed("The host's record cannot be changed")


def _refuse_second(request: Request, session: WebinarSession, email: str | None) -> None:
    if email and any(email_key(one["email"] or "") == email_key(email) for one in _read(request, session)):
        raise Problem(409, "CMN-406", "Duplicate value for parameter [email] in the request", parameter="email")


def _checked(fields: dict[str, Any]) -> Stored:
    """The sent fields as a row. Raises Problem 400 that names the field."""
    if fields.get("role") not in ROLES:
        raise invalid("role", f"must be one of {', '.join(ROLES)}")
    for name, longest in TEXTS.items():
        value = fields.get(name)
        if name in fields and (not isinstance(value, str) or len(value) > longest):
            raise invalid(name, f"must be text of at most {longest} characters")
    if fields.get("type", "User") not in ("User", "Room") or not isinstance(fields.get("sendInvite", True), bool):
        raise invalid("type", "or sendInvite has an invalid value")
    user = fields.get("linkedUser")
    return {
        "first_name": fields.get("firstName"),
        "last_name": fields.get("lastName"),
        "email": fields.get("email"),
        "job_title": fields.get("jobTitle"),
        "linked_user": None if user is None else json.dumps(_user(user)),
        "role": fields["role"],
        "type": fields.get("type", "User"),
        "send_invite": int(fields.get("sendInvite", True)),
    }


def _user(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in ("userId", "accountId")):
        raise invalid("linkedUser", "needs userId and accountId")
    if value.get("domain", "pbx") not in ("pbx", "ilm"):
        raise invalid("linkedUser.domain", "must be pbx or ilm")
    return {"userId": value["userId"], "accountId": value["accountId"], "domain": value.get("domain", "pbx")}


def _objects(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = fields.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid(name, "must be a list of objects")
    return found


def _id(fields: dict[str, Any]) -> str:
    if not isinstance(fields.get("id"), str):
        raise invalid("id", "is required")
    return str(fields["id"])


def _host(session: WebinarSession) -> Stored:
    first_name, last_name = NAMES.get(session.host_id, ("Demo", "Host"))
    return {
        "id": f"1{session.id}",
        "first_name": first_name,
        "last_name": last_name,
        "email": EMAILS.get(session.host_id, "host@demo.example.com"),
        "job_title": None,
        "linked_user": json.dumps(linked_user(session.host_id)["linkedUser"]),
        "role": "Host",
        "type": "User",
        "send_invite": 1,
        "created_at": session.created_at,
        "changed_at": session.created_at,
    }


def _read(request: Request, session: WebinarSession) -> list[Stored]:
    columns = ("id", *COLUMNS, "created_at", "changed_at")
    rows = request.db.execute(
        f"SELECT {', '.join(columns)} FROM invitee WHERE session_id = ? ORDER BY id",
        (session.id,),
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _find(request: Request, session: WebinarSession, invitee_id: str = "") -> Stored:
    wanted = invitee_id or request.params["inviteeId"]
    for one in (_host(session), *_read(request, session)):
        if str(one["id"]) == wanted:
            return one
    raise not_found("inviteeId")


def _contact(one: Stored) -> dict[str, Any]:
    shown = {
        "firstName": one["first_name"],
        "lastName": one["last_name"],
        "email": one["email"],
        "linkedUser": json.loads(one["linked_user"]) if one["linked_user"] else None,
    }
    return {"id": str(one["id"]), "role": one["role"], "type": one["type"]} | {
        name: value for name, value in shown.items() if value is not None
    }


def _planned(one: Stored) -> dict[str, Any]:
    """InviteeResource."""
    extra = {"jobTitle": one["job_title"]} if one["job_title"] else {}
    return _contact(one) | {
        "creationTime": stamp(one["created_at"]),
        "lastModifiedTime": stamp(one["changed_at"]),
        "sendInvite": bool(one["send_invite"]),
        "joinUri": f"{LINKS}/panel/{one['id']}",
        "phoneParticipantCode": str(one["id"])[-9:],
        **extra,
    }


def _held(request: Request, one: Stored) -> dict[str, Any]:
    """InviteeModel."""
    joined = request.db.execute(
        "SELECT 1 FROM participant WHERE invitee_id = ? AND joined_at <= ?", (str(one["id"]), request.now)
    ).fetchone()
    return _contact(one) | {
        "originalRole": one["role"],
        "qnaBlocked": False,
        "sendInvite": bool(one["send_invite"]),
        "joined": joined is not None,
    }
