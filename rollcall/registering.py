"""One person from the form to a wish in the outbox, and what the form's screen has to know of it afterwards."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall import connections, links, person
from rollcall import external_id as external_ids
from rollcall.external_id import ExternalIdError
from rollcall.links import LinkError, LinkValues
from rollcall.outbox import wishes
from rollcall.outbox.progress import Status, Wished
from rollcall.outbox.states import Kind, Origin, Priority, State
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.problem import Problem
from rollcall.roster.sessions import Listing, RegistrationStatus
from rollcall.store.database import Store
from rollcall.store.tables import Action, Connection, Registrant, Registration, WebinarSession

REF_TO_COME = "made-when-you-register"  # stands for a reference that does not exist yet; as long as a real one
ID_TO_COME = "000000000"
COMPARED = ("first_name", "last_name", "source", "external_id")
LINKS = ("join_uri", "cancellation_uri")


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody typed. Nothing of it is checked yet; its repr shows nothing."""

    first_name: str = dataclasses.field(default="", repr=False)
    last_name: str = dataclasses.field(default="", repr=False)
    email: str = dataclasses.field(default="", repr=False)
    source: str = dataclasses.field(default="", repr=False)
    pairs: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)  # key and value of the external ID
    links: LinkTemplates = dataclasses.field(default=LinkTemplates(), repr=False)

    @property
    def used_pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs that have a value: what is sent."""
        return used_pairs(self.pairs)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a form's person is to be registered, and by whom."""

    connection_id: int
    session_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which RingCentral's record is not what was wished."""

    field: str
    wished: str = dataclasses.field(repr=False)
    theirs: str = dataclasses.field(repr=False)


def used_pairs(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The pairs that have a value: a key alone says nothing about a person and is not sent."""
    return tuple((key.strip(), value) for key, value in pairs if value.strip())


def without_value(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """The keys that are not sent because nothing was entered for them."""
    return [key.strip() for key, value in pairs if key.strip() and not value.strip()]


def may_register(connection: Connection, listing: Listing) -> bool:
    """Whether somebody can be registered here, as far as is known: the app may, and registration is not closed."""
    known = listing.registration
    return connections.may_edit(connection) and (known is None or known.status == RegistrationStatus.OPEN)


def status_of(action: Action) -> Status:
    """The one word for a single wish."""
    return Status(action.outcome if action.state == State.DONE and action.outcome else action.state)


def status_now(wished: Wished) -> Status:
    """The same, unless the person it registered, or found there, is cancelled since."""
    is_gone = wished.registrant is not None and wished.registrant.gone_at is not None
    status = status_of(wished.action)
    return Status.CANCELLED if is_gone and status in (Status.REGISTERED, Status.ALREADY_THERE) else status


def submit(store: Store, target: Target, form: Form, *, now: datetime) -> int | list[Problem]:
    """File the wish to register this person: the action's id, or everything wrong with the form. Raises nothing.

    The same form again, while its wish is open, is the same wish.
    """
    checked = check(form)
    if not isinstance(checked, person.Person):
        return checked
    wish = Wish(target.connection_id, target.session_id, Origin.FORM, target.actor, Priority.CLICK)
    try:
        with store.write() as db:
            return wishes.register(db, wish, checked, form.links, now=now)
    except LinkError as error:
        return [_in_template(error.problem, form.links)]


def check(form: Form) -> person.Person | list[Problem]:
    """The person a form describes, or everything wrong with it and with its link templates."""
    wrong = external_ids.problems(form.used_pairs)
    checked = person.check(
        first_name=form.first_name,
        last_name=form.last_name,
        email=form.email,
        source=form.source,
        external_id="" if wrong else external_ids.encode(form.used_pairs),
    )
    wrong = [*([] if isinstance(checked, person.Person) else checked), *wrong, *template_problems(form.links)]
    return wrong or checked


def template_problems(templates: LinkTemplates) -> list[Problem]:
    """What is wrong with own links before anybody's values are in them."""
    return [
        *(links.check(templates.join, field="join_uri") if templates.join else ()),
        *(links.check(templates.cancel, field="cancellation_uri") if templates.cancel else ()),
    ]


def _in_template(problem: Problem, templates: LinkTemplates) -> Problem:
    """An expansion does not say which link it was; with only one of them there is no doubt."""
    named = "cancellation_uri" if templates.cancel and not templates.join else "join_uri"
    return replace(problem, field=named)


def preview(db: Session, connection_id: int, session_id: str, form: Form) -> tuple[str | Problem, str | Problem]:
    """This person's own join and cancel link as they would be sent; empty where no template is given."""
    session = db.get(WebinarSession, (connection_id, session_id))
    values = _values(
        first_name=person.tidy(form.first_name),
        last_name=person.tidy(form.last_name),
        email=person.tidy(form.email),
        source=person.tidy(form.source),
        external_id=encoded(form.used_pairs) or "",
        session_id=session_id,
        webinar_id=(session.webinar_id if session else None) or "",
        ref=_ref(db, connection_id, session_id, form.email),
    )
    return _both(form.links, values)


def expanded(templates: LinkTemplates, somebody: person.Person) -> tuple[str | Problem, str | Problem]:
    """Both links of a checked person, with stand-ins for what only the session and the registration tell."""
    values = _values(
        first_name=somebody.first_name,
        last_name=somebody.last_name,
        email=somebody.email,
        source=somebody.source,
        external_id=somebody.external_id,
    )
    own = LinkTemplates(
        "" if somebody.join_uri else templates.join, "" if somebody.cancellation_uri else templates.cancel
    )
    return _both(own, values)


def _values(
    *, webinar_id: str = ID_TO_COME, session_id: str = ID_TO_COME, ref: str = REF_TO_COME, **of_person: str
) -> LinkValues:
    return LinkValues(webinar_id=webinar_id, session_id=session_id, ref=ref, **of_person)


def _both(templates: LinkTemplates, values: LinkValues) -> tuple[str | Problem, str | Problem]:
    return _expanded(templates.join, values, "join_uri"), _expanded(templates.cancel, values, "cancellation_uri")


def _ref(db: Session, connection_id: int, session_id: str, email: str) -> str:
    """The reference this person's registration has already, or a stand-in of the same length."""
    known = db.scalar(
        select(Registration.ref).where(
            Registration.connection_id == connection_id,
            Registration.session_id == session_id,
            Registration.email_key == person.email_key(email),
        )
    )
    return known or REF_TO_COME


def _expanded(template: str, values: LinkValues, name: str) -> str | Problem:
    if not template:
        return ""
    try:
        return links.expand(template, values)
    except LinkError as error:
        return replace(error.problem, field=name)


def encoded(pairs: tuple[tuple[str, str], ...]) -> str | None:
    """The external ID these pairs make, None while they make none."""
    try:
        return external_ids.encode(pairs)
    except ExternalIdError:
        return None


def form_of(action: Action) -> Form:
    """The form as it was when its wish was filed, for correcting it. Own links were expanded and are not templates."""
    payload = action.payload
    return Form(
        first_name=payload.get("first_name", ""),
        last_name=payload.get("last_name", ""),
        email=payload.get("email", ""),
        source=payload.get("source", ""),
        pairs=external_ids.decode(payload.get("external_id", "")) or (),
    )


def of_session(db: Session, connection_id: int, session_id: str, action_id: str | None) -> Action | None:
    """The single wish an address names, if it is one of this connection and session. Any text may be asked for."""
    if action_id is None or not (action_id.isascii() and action_id.isdigit() and len(action_id) < 16):
        return None
    action = db.get(Action, int(action_id))
    if action is None or (action.connection_id, action.session_id) != (connection_id, session_id):
        return None
    return action if action.kind == Kind.CREATE and action.batch_id is None else None


def latest(db: Session, connection_id: int, session_id: str, *, most: int = 10) -> list[Wished]:
    """The last single wishes for a session, so that they are found again, the latest first."""
    found = db.execute(
        select(Action, Registrant)
        .outerjoin(
            Registrant,
            (Registrant.connection_id == Action.connection_id)
            & (Registrant.session_id == Action.session_id)
            & (Registrant.registrant_id == Action.registrant_id),
        )
        .where(
            Action.batch_id.is_(None),
            Action.connection_id == connection_id,
            Action.session_id == session_id,
            Action.origin == "form",
            Action.kind == Kind.CREATE,
        )
        .order_by(Action.id.desc())
        .limit(most)
    )
    return [Wished(action, registrant) for action, registrant in found]


def differences(payload: dict[str, Any], registrant: Registrant) -> list[Difference]:
    """In which fields RingCentral's record is not what was wished; a wished link counts only where one was wished."""
    found = [
        Difference(name, payload.get(name) or "", getattr(registrant, name) or "")
        for name in (*COMPARED, *LINKS)
        if name not in LINKS or payload.get(name)
    ]
    return [one for one in found if one.wished != one.theirs]
