"""What an answer means for the wish it answers, written down in one transaction.

Carried out, refused, certainly not carried out, or unknown; the last only a listing decides (`rollcall.proving`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall import callbook, person
from rollcall.duty import open_actions
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, wishes
from rollcall.outbox.ledger import Failure
from rollcall.outbox.states import Kind, Lane, Outcome, Pause, Priority, State
from rollcall.ringcentral.errors import (
    CarriedOutUnreadable,
    Conflict,
    Forbidden,
    Gone,
    NotExecuted,
    OutcomeUnknown,
    Refused,
    RingCentralError,
    TooManyCalls,
)
from rollcall.ringcentral.models import Answer, Registrant
from rollcall.roster import capabilities, readings, registrants, sessions
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import RegistrationStatus
from rollcall.store.journal import WORKER
from rollcall.store.tables import Action, RegistrationSettings

LINK_PARAMETERS = frozenset({"joinuri", "cancellationuri"})
MISSING_SCOPE = "CMN-401"  # guide "Error handling": the app lacks a scope
DELETE_BACKOFF = timedelta(seconds=5)  # judgement: doubled with every attempt,
LONGEST_BACKOFF = timedelta(seconds=60)  # up to this
MOST_DELETES = 10  # judgement: then somebody has to look


def seen(registrant: Registrant) -> Seen:
    """A registrant of the API as the roster keeps it."""
    return Seen(
        registrant_id=registrant.id,
        email=_text(registrant.email),
        email_key=person.email_key(registrant.email),
        first_name=_text(registrant.first_name),
        last_name=_text(registrant.last_name),
        source=_text(registrant.source) or None,
        external_id=_text(registrant.external_id) or None,
        join_uri=_text(registrant.join_uri) or None,
        cancellation_uri=_text(registrant.cancellation_uri) or None,
        registered_at=registrant.registration_time or registrant.creation_time,
        participant_id=registrant.participant_id or None,
        post_webinar=registrant.registered_post_webinar,
        raw=registrant.raw,
    )


def _text(value: str) -> str:
    """PostgreSQL keeps no NUL."""
    return value.replace("\0", "")


# ---------------------------------------------------------------- any answer


def end_call(
    db: Session,
    connection_id: int,
    group: str,
    call_id: int,
    outcome: Answer[Any] | RingCentralError,
    *,
    now: datetime,
) -> None:
    """The call has ended: date it, and heed what its headers say about the quota."""
    result = "ok" if isinstance(outcome, Answer) else type(outcome).__name__
    callbook.end(db, call_id, status=outcome.status, result=result, request_id=outcome.request_id or None, now=now)
    if isinstance(outcome, TooManyCalls):
        callbook.penalise(db, connection_id, group, retry_after=outcome.retry_after, now=now)
        return
    if outcome.quota is not None:
        said = callbook.Headers(outcome.quota.limit, outcome.quota.remaining, timedelta(seconds=outcome.quota.window))
        callbook.heed(db, connection_id, group, said, now=now, call_id=call_id)
    if group == callbook.HEAVY and isinstance(outcome, Answer):
        note = "yes" if outcome.quota is not None else "no"
        capabilities.note(db, connection_id, Name.RATE_HEADERS, note, now=now, call_id=call_id)


def settle(
    db: Session, action: Action, outcome: Answer[Any] | RingCentralError, *, call_id: int, now: datetime
) -> None:
    """Write down what the answer of its call means for an action."""
    if isinstance(outcome, RingCentralError):
        failed(db, action, outcome, call_id=call_id, now=now)
    elif action.kind == Kind.DELETE:
        deleted(db, action, outcome=Outcome.CANCELLED, now=now)
    else:
        created(db, action, outcome.value, call_id=call_id, now=now)


# ---------------------------------------------------------------- carried out


def created(db: Session, action: Action, registrant: Registrant, *, call_id: int, now: datetime) -> None:
    """201: the person is registered; what came of own links and of a second email is remembered."""
    connection_id, session_id = action.connection_id, action.session_id
    one = seen(registrant)
    before = registrants.with_email(db, connection_id, session_id, one.email_key)
    if any(other.registrant_id != one.registrant_id for other in before):
        capabilities.note(db, connection_id, Name.SECOND_EMAIL, "accepted", now=now, call_id=call_id)
    registrants.keep(db, connection_id, session_id, [one], now=now)
    note_links(db, action, one.join_uri, one.cancellation_uri, call_id=call_id, now=now)
    ledger.finish(
        db,
        action.id,
        Outcome.REGISTERED,
        registrant_id=one.registrant_id,
        now=now,
        coming_from=frozenset({State.SENDING}),
    )


def note_links(
    db: Session, action: Action, join_uri: str | None, cancel_uri: str | None, *, call_id: int | None, now: datetime
) -> None:
    """Compare the links we sent with those RingCentral keeps."""
    sent = (action.payload.get("join_uri"), action.payload.get("cancellation_uri"))
    pairs = [(ours, theirs) for ours, theirs in zip(sent, (join_uri, cancel_uri), strict=True) if ours]
    if pairs:
        value = "kept" if all(ours == theirs for ours, theirs in pairs) else "replaced"
        capabilities.note(db, action.connection_id, Name.OWN_LINKS, value, now=now, call_id=call_id)


def deleted(db: Session, action: Action, *, outcome: Outcome, now: datetime) -> None:
    """204, or 404: the registrant is not there any more."""
    if action.registrant_id:
        registrants.remove(db, action.connection_id, action.session_id, action.registrant_id, now=now)
    ledger.finish(
        db, action.id, outcome, registrant_id=None, now=now, coming_from=frozenset({State.SENDING, State.UNCONFIRMED})
    )


# ---------------------------------------------------------------- not carried out, or unknown


def failed(db: Session, action: Action, error: RingCentralError, *, call_id: int, now: datetime) -> None:
    """Write down what became of an action whose call gave an error."""
    if isinstance(error, NotExecuted):
        ledger.put_back(db, action.id, now=now, was_tried=False)
    elif action.kind == Kind.DELETE:
        _delete_failed(db, action, error, now=now)
    elif isinstance(error, Conflict):
        ledger.mark_unconfirmed(db, action.id, _failure("conflict", error), now=now, conflict=True)
    elif isinstance(error, OutcomeUnknown):
        ledger.mark_unconfirmed(db, action.id, _failure(_why_unknown(error), error), now=now)
    elif isinstance(error, Forbidden):
        _forbidden(db, action, error, now=now)
    elif isinstance(error, Gone):
        _stop_all(db, action, Pause.SESSION_GONE, _failure("session_gone", error), now=now)
        find_out_why(db, action.connection_id, action.session_id, now=now)
    elif isinstance(error, Refused) and error.parameter.lower() in LINK_PARAMETERS and _sends_links(action):
        capabilities.note(db, action.connection_id, Name.OWN_LINKS, "refused", now=now, call_id=call_id)
        _stop_all(db, action, Pause.LINKS_REFUSED, _failure("links_refused", error), now=now)
    else:
        ledger.refuse(db, action.id, _failure("invalid" if error.status == 400 else "refused", error), now=now)


def _sends_links(action: Action) -> bool:
    return bool(action.payload.get("join_uri") or action.payload.get("cancellation_uri"))


def _delete_failed(db: Session, action: Action, error: RingCentralError, *, now: datetime) -> None:
    """A cancellation is for one id that is never given twice: it may be repeated without looking first."""
    if isinstance(error, Gone):
        deleted(db, action, outcome=Outcome.ALREADY_GONE, now=now)
    elif isinstance(error, Conflict):
        ledger.mark_unconfirmed(db, action.id, _failure("conflict", error), now=now, conflict=True)
    elif isinstance(error, Forbidden) and action.priority >= Priority.BATCH:
        _forbidden(db, action, error, now=now)
    elif isinstance(error, OutcomeUnknown) and action.attempts < MOST_DELETES:
        pause = min(DELETE_BACKOFF * 2 ** max(action.attempts - 1, 0), LONGEST_BACKOFF)
        ledger.put_back(db, action.id, now=now, not_before=now + pause, failure=_failure(_why_unknown(error), error))
    else:
        code = _why_forbidden(db, action, now=now) if isinstance(error, Forbidden) else "delete_refused"
        ledger.refuse(db, action.id, _failure(code, error), now=now)


def _why_forbidden(db: Session, action: Action, *, now: datetime) -> str:
    """A cancellation is forbidden once the session is over (OpenAPI), and to whoever has no right to it."""
    listing = sessions.of(db, action.connection_id, action.session_id)
    return "session_over" if listing is not None and listing.is_past(now) else "no_right"


def _forbidden(db: Session, action: Action, error: Forbidden, *, now: datetime) -> None:
    """403: for one person usually means for all. Why, the registration session tells; it is read at once."""
    if error.code == MISSING_SCOPE:
        _stop_all(db, action, Pause.NO_RIGHT, _failure("no_right", error), now=now)
        return
    _stop_all(db, action, Pause.CLOSED, _failure("closed", error), now=now)
    find_out_why(db, action.connection_id, action.session_id, now=now)


def find_out_why(db: Session, connection_id: int, session_id: str, *, now: datetime) -> None:
    """A 403 or 404 has several causes; the registration session tells which, and `explain` follows."""
    readings.ask(db, connection_id, What.REGISTRATION, session_id, lane=Lane.CLICK, asked_by=WORKER, now=now)


def _stop_all(db: Session, action: Action, reason: Pause, failure: Failure, *, now: datetime) -> None:
    """What is refused one is refused all: an import pauses and keeps everybody, a click is told."""
    if action.priority >= Priority.BATCH or ledger.wait_with_its_import(db, action):
        ledger.put_back(db, action.id, now=now)
        batches.pause_session(db, action.connection_id, action.session_id, reason, now=now)
    else:
        ledger.refuse(db, action.id, failure, now=now)


def refuse_without_list(
    db: Session, connection_id: int, session_id: str, error: RingCentralError, *, now: datetime
) -> None:
    """The session's list cannot be had: whoever waits at a screen for what only the list may decide is told so."""
    failure = _failure("session_gone" if isinstance(error, Gone) else "no_right", error)
    clicks = select(Action).where(
        Action.connection_id == connection_id,
        Action.session_id == session_id,
        Action.priority < int(Priority.BATCH),
        ledger.IS_WAITING,
    )
    for action in db.scalars(clicks):
        if wishes.must_look_first(db, action, now=now):
            ledger.refuse(db, action.id, failure, now=now, coming_from=frozenset({State.WAITING}))


def explain(db: Session, connection_id: int, session_id: str, *, asked_by: str, now: datetime) -> None:
    """After a 403 the registration has been read: tell batches and people who were told "closed" what it really was.

    Args:
        asked_by: who wanted it read. That registration is open says "no right" only in answer to our own question; when
            a page reads it later, somebody has simply opened it.
    """
    known = sessions.registration_of(db, connection_id, session_id)
    if known is None:
        return
    listing = sessions.of(db, connection_id, session_id)
    reason = _reason(known, is_past=listing is not None and listing.is_past(now))
    if reason is Pause.NO_RIGHT and asked_by != WORKER:
        return
    if reason is Pause.SESSION_GONE:
        _give_up_on(db, connection_id, session_id, now=now)
    for was in (Pause.CLOSED, Pause.SESSION_GONE):
        batches.rename_pause(db, connection_id, session_id, was, reason)
    since = now - timedelta(minutes=5)
    for action in db.scalars(
        select(Action).where(
            Action.connection_id == connection_id,
            Action.session_id == session_id,
            Action.state == State.REFUSED,
            Action.error_code.in_(["closed", "session_gone"]),
            Action.changed_at > since,
        )
    ):
        action.error_code = CODE_OF[reason]


def _give_up_on(db: Session, connection_id: int, session_id: str, *, now: datetime) -> None:
    """The session is gone, and its list with it: nothing will ever tell what became of an unconfirmed call."""
    failure = Failure("session_gone")
    for action in open_actions(db, connection_id, session_id):
        if action.is_delete:
            deleted(db, db.get_one(Action, action.action_id), outcome=Outcome.ALREADY_GONE, now=now)
        else:
            ledger.refuse(db, action.action_id, failure, now=now)


CODE_OF = {
    Pause.CLOSED: "closed",
    Pause.FULL: "full",
    Pause.OFF: "off",
    Pause.SESSION_OVER: "session_over",
    Pause.SESSION_GONE: "session_gone",
    Pause.NO_RIGHT: "no_right",
}


def _reason(known: RegistrationSettings, *, is_past: bool) -> Pause:
    """Why nobody can be registered, by what was read last."""
    if known.status in (RegistrationStatus.GONE, RegistrationStatus.OFF):
        return Pause.SESSION_GONE if known.status == RegistrationStatus.GONE else Pause.OFF
    if is_past:
        return Pause.SESSION_OVER
    if known.status in (RegistrationStatus.OPEN, RegistrationStatus.NO_RIGHT):
        return Pause.NO_RIGHT
    limit, count = known.auto_close_limit or 0, known.registrant_count or 0
    return Pause.FULL if limit and count >= limit else Pause.CLOSED


def _why_unknown(error: OutcomeUnknown) -> str:
    if isinstance(error, CarriedOutUnreadable):
        return "unreadable"
    return "server_error" if error.status else "connection_lost"


def _failure(code: str, error: RingCentralError) -> Failure:
    return Failure(
        code=code,
        message=_text(error.message),
        status=error.status,
        parameter=_text(error.parameter)[:128] or None,
        request_id=_text(error.request_id)[:128] or None,
    )
