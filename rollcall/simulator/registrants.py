"""`/webinar/registration/v1/sessions/{sessionId}/registrants`: list, create, get, delete."""

import json
import re
from ipaddress import AddressValueError, IPv4Address
from random import Random
from typing import Any
from urllib.parse import urlsplit

from rollcall.simulator.answers import Answer, Problem, invalid, not_allowed, not_found
from rollcall.simulator.caller import Request
from rollcall.simulator.limits import EMAIL_LIMIT, LINK_LONGEST, LINK_SHORTEST, NAME_LIMIT
from rollcall.simulator.paging import listed, page_of
from rollcall.simulator.people import (
    Person,
    email_key,
    insert_person,
    read_page,
    read_registrant,
    remove_registrant,
    shown,
)
from rollcall.simulator.registration import close_when_full, registration_session
from rollcall.simulator.sessions import Status, WebinarSession
from rollcall.simulator.switches import OwnLinks, PagesBy, SecondEmail

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
READ_ONLY = ("id", "creationTime", "lastModifiedTime", "registrationTime", "registeredPostWebinar", "icalendarSequence")
FREE_MAIL = frozenset({
    "gmail.com", "googlemail.com", "yahoo.com", "hotmail.com", "outlook.com", "live.com", "aol.com", "icloud.com",
    "gmx.de", "gmx.net", "web.de", "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "qq.com", "163.com",
})  # fmt: skip


def list_registrants(request: Request) -> Answer:
    """GET → 200, by id ascending, without a total. A new registrant shows after the switch's lag."""
    session, page = registration_session(request), page_of(request.call)
    with_questionnaire = (request.call.one("includeQuestionnaire") or "false").lower()
    if with_questionnaire not in ("true", "false"):
        raise invalid("includeQuestionnaire", "is not a boolean")
    by_position = request.switches.pages_by is PagesBy.POSITION
    found = read_page(
        request.db, session.id, after=page.after, count=page.size + 1, listed_until=request.now, by_position=by_position
    )
    records = [shown(one, request.now, with_questionnaire=with_questionnaire == "true") for one in found[: page.size]]
    if len(found) <= page.size:
        return listed(page, records, None)
    return listed(page, records, page.after + page.size if by_position else found[page.size - 1].id)


def get_registrant(request: Request) -> Answer:
    """GET `/{registrantId}` → 200; by id there is no lag (our reading)."""
    session = registration_session(request)
    one = read_registrant(request.db, session.id, request.params["registrantId"])
    if one is None:
        raise not_found("registrantId")
    return Answer(200, shown(one, request.now, with_questionnaire=True), registrant_id=str(one.id))


def delete_registrant(request: Request) -> Answer:
    """DELETE `/{registrantId}` → 204. Documented: 403 once the session is finished."""
    session = registration_session(request)
    registrant_id = request.params["registrantId"]
    if session.status(request.now) is Status.FINISHED:
        raise not_allowed("The session is finished")
    if read_registrant(request.db, session.id, registrant_id) is None:
        raise not_found("registrantId")
    remove_registrant(request.db, registrant_id, request.now)
    return Answer(204, registrant_id=registrant_id)


def create_registrant(request: Request) -> Answer:
    """POST → 201. Documented: 403 unless registration is open. 409 for a second address is our reading (a switch)."""
    session = registration_session(request)
    person = _person(request, session)
    if not session.is_open(request.now):
        raise not_allowed("Registration is not open")
    if request.switches.second_email is SecondEmail.REFUSED:
        _refuse_second(request, session, person)
    registrant_id = insert_person(
        request.db,
        session.id,
        person,
        at=request.now,
        listed_at=request.now + _lag(request, person),
        post_webinar=session.status(request.now) is Status.FINISHED,
    )
    close_when_full(request.db, session, request.now)
    one = read_registrant(request.db, session.id, str(registrant_id))
    assert one is not None  # noqa: S101  (stored above)
    record = shown(one, request.now, with_questionnaire=True)
    return Answer(201, {**record, "icalendarSequence": session.calendar_sequence}, registrant_id=str(registrant_id))


def _refuse_second(request: Request, session: WebinarSession, person: Person) -> None:
    query = "SELECT 1 FROM registrant WHERE session_id = ? AND email_key = ?"
    if request.db.execute(query, (session.id, person.email_key)).fetchone():
        raise Problem(409, "CMN-406", "Duplicate value for parameter [email] in the request", parameter="email")


def _lag(request: Request, person: Person) -> float:
    """Seconds until lists show this one; which of them lag is fixed by address."""
    lagging = Random(person.email_key).random() < request.switches.list_lag_share
    return request.switches.list_lag if lagging else 0.0


def _person(request: Request, session: WebinarSession) -> Person:
    """The body as a person. Raises Problem 400 that names the field."""
    fields = request.call.fields()
    for name in READ_ONLY:
        if name in fields:
            raise invalid(name, "is read-only")
    email = _email(fields, work_only=bool(session.settings["workEmailRequired"]))
    join_uri, cancellation_uri = _own_links(fields, request.switches.own_links)
    return Person(
        first_name=_name(fields, "firstName"),
        last_name=_name(fields, "lastName"),
        email=email,
        external_id=_text(fields, "externalId"),
        source=_text(fields, "source"),
        visitor_id=_text(fields, "visitorId"),
        ip_address=_ip_address(fields),
        questionnaire=_questionnaire(fields),
        join_uri=join_uri,
        cancellation_uri=cancellation_uri,
    )


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if name in fields and not isinstance(value, str):
        raise invalid(name, "must be a string")
    return value


def _name(fields: dict[str, Any], name: str) -> str:
    value = _text(fields, name)
    if value is None or not value.strip():
        raise invalid(name, "is required")
    if len(value) > NAME_LIMIT:
        raise invalid(name, f"is longer than {NAME_LIMIT} characters")
    return value


def _email(fields: dict[str, Any], *, work_only: bool) -> str:
    value = _text(fields, "email")
    if value is None:
        raise invalid("email", "is required")
    if not 1 <= len(value) <= EMAIL_LIMIT or not EMAIL.fullmatch(value):
        raise invalid("email", "is not an email address")
    if work_only and email_key(value).rpartition("@")[2] in FREE_MAIL:
        raise invalid("email", "must be a work email address")
    return value


def _ip_address(fields: dict[str, Any]) -> str | None:
    value = _text(fields, "ipAddress")
    try:
        return value if value is None else str(IPv4Address(value))
    except AddressValueError:
        raise invalid("ipAddress", "is not an IPv4 address") from None


def _questionnaire(fields: dict[str, Any]) -> str | None:
    if "questionnaire" not in fields:
        return None
    answers = fields["questionnaire"]
    if not isinstance(answers, list) or not all(_is_answer(one) for one in answers):
        raise invalid("questionnaire", "is malformed")
    return json.dumps(answers, ensure_ascii=False)


def _is_answer(one: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(one.get("questionId"), str):
        return False
    chosen = one.get("answerIds")
    is_choice = isinstance(chosen, list) and bool(chosen) and all(isinstance(each, str) for each in chosen)
    return is_choice or isinstance(one.get("answerText"), str)


def _own_links(fields: dict[str, Any], rule: OwnLinks) -> tuple[str | None, str | None]:
    """Joining and cancellation links to keep. The document calls them read-only, the guide says they may be set."""
    sent = {name: _text(fields, name) for name in ("joinUri", "cancellationUri") if name in fields}
    for name, link in sent.items():
        if rule is OwnLinks.REFUSED:
            raise invalid(name, "is read-only")
        if rule is OwnLinks.KEPT and not _is_link(link or ""):
            raise invalid(name, f"must be a link of {LINK_SHORTEST} to {LINK_LONGEST} characters")
    if rule is OwnLinks.REPLACED:
        return None, None
    return sent.get("joinUri"), sent.get("cancellationUri")


def _is_link(link: str) -> bool:
    return LINK_SHORTEST <= len(link) <= LINK_LONGEST and urlsplit(link).scheme in ("http", "https")
