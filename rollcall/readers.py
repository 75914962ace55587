"""How each kind of reading is read: which call comes next, and what its answer means for the roster.

A place in a reading is JSON in its row, so every page is one call of its own, made when the pace allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from rollcall import person, proving, settling
from rollcall.outbox import batch as batches
from rollcall.outbox.states import Pause
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import Forbidden, Gone, NotExecuted, OutcomeUnknown, RingCentralError
from rollcall.ringcentral.models import Answer, Participant, RegistrationSession, Webinar, WebinarSession
from rollcall.ringcentral.sessions import SessionsCursor
from rollcall.roster import capabilities, participants, readings, registrants, sessions
from rollcall.roster.capabilities import Name
from rollcall.roster.participants import SeenParticipant
from rollcall.roster.readings import What
from rollcall.roster.sessions import RegistrationStatus, SeenRegistration, SeenSession
from rollcall.store.tables import Reading
from rollcall.store.tables import WebinarSession as SessionRow
from rollcall.wholeness import MOST_PASSES, Pass, is_whole


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes the call a reading is at, and settles its answer."""

    client: Client

    @staticmethod
    def first_place(db: Session, reading: Reading, *, now: datetime) -> dict[str, Any]:
        """Where a reading begins."""
        if reading.what == What.SESSIONS:
            denied = capabilities.is_denied(db, reading.connection_id, Name.COMPANY_LISTS, now=now)
            return SessionsCursor.first(now, None if denied is None else not denied).to_json()
        if reading.what == What.REGISTRANTS:
            return Pass.first(db, reading, now=now).to_json()
        session = db.get(SessionRow, (reading.connection_id, reading.session_id))
        return {"page_tokens": [], "webinar_id": session.webinar_id if session else None, "webinar": False}

    def call(self, reading: Reading) -> Answer[Any]:
        """Make the one call of the place this reading is at."""
        place = reading.cursor or {}
        if reading.what == What.SESSIONS:
            return SessionsCursor.from_json(place).fetch(self.client)
        if reading.what == What.REGISTRANTS:
            here = Pass.of(reading)
            if here.counts:
                return self.client.registration(reading.session_id)
            return self.client.registrants(reading.session_id, (None, *here.page_tokens)[-1])
        if reading.what == What.PARTICIPANTS:
            tokens = place.get("page_tokens") or [None]
            return self.client.participants(place["webinar_id"] or "", reading.session_id, tokens[-1])
        if place.get("webinar"):
            return self.client.webinar(place["webinar_id"])
        return self.client.registration(reading.session_id)

    def settle(
        self, db: Session, reading: Reading, outcome: Answer[Any] | RingCentralError, *, call_id: int, now: datetime
    ) -> None:
        """Write a page into the roster and turn to the next, or say what failed."""
        if isinstance(outcome, NotExecuted):
            return  # it was not asked; the same place is asked again
        if reading.what == What.SESSIONS:
            _settle_sessions(db, reading, outcome, call_id=call_id, now=now)
        elif reading.what == What.REGISTRANTS:
            _settle_registrants(db, reading, outcome, now=now)
        elif reading.what == What.PARTICIPANTS:
            _settle_participants(db, reading, outcome, now=now)
        else:
            _settle_registration(db, reading, outcome, now=now)


def _failed(db: Session, reading: Reading, error: RingCentralError, *, now: datetime) -> None:
    again = isinstance(error, OutcomeUnknown)
    code = error.code or type(error).__name__
    readings.fail(db, reading, code=code, message=error.message.replace("\0", ""), again=again, now=now)


# ---------------------------------------------------------------- sessions


def _settle_sessions(
    db: Session, reading: Reading, outcome: Answer[Any] | RingCentralError, *, call_id: int, now: datetime
) -> None:
    cursor = SessionsCursor.from_json(reading.cursor or {})
    try:
        following = cursor.advance(outcome)
    except RingCentralError as error:
        _failed(db, reading, error, now=now)
        return
    if isinstance(outcome, Forbidden):
        capabilities.note(db, reading.connection_id, Name.COMPANY_LISTS, "no", now=now, call_id=call_id)
    records: tuple[WebinarSession, ...] = ()
    if isinstance(outcome, Answer):
        records = outcome.value.records
        sessions.keep(db, reading.connection_id, [_seen(one) for one in records if one.id], now=now)
        if cursor.company_allowed is not False:
            capabilities.note(db, reading.connection_id, Name.COMPANY_LISTS, "yes", now=now, call_id=call_id)
    place = following.to_json() if following else None
    readings.turn_page(db, reading, cursor=place, records=len(records), now=now)
    if following is None and reading.begun_at is not None:
        sessions.close_listing(db, reading.connection_id, begun_at=reading.begun_at)


def _seen(one: WebinarSession) -> SeenSession:
    """A session of either list as the roster keeps it: when it is planned, or when it really was."""
    starts_at = one.start_time or one.scheduled_start_time
    lasts = one.scheduled_duration if one.scheduled_duration is not None else one.duration
    ends_at = one.end_time or _after(starts_at, lasts)
    return SeenSession(
        session_id=one.id,
        webinar_id=one.webinar_id or None,
        title=one.title.replace("\0", ""),
        description=one.description.replace("\0", "") or None,
        host_id=one.host_id or None,
        host_name=one.host_name.replace("\0", "") or None,
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=one.time_zone or None,
        status=one.status or None,
        runtime_status=one.runtime_status or None,
        raw=one.raw,
    )


def _after(starts_at: datetime | None, seconds: int | None) -> datetime | None:
    """When something that lasts so long is over; None where that is not known, or beyond the calendar."""
    try:
        return starts_at + timedelta(seconds=seconds) if starts_at and seconds is not None else None
    except OverflowError:
        return None


# ---------------------------------------------------------------- registrants


def _settle_registrants(
    db: Session, reading: Reading, outcome: Answer[Any] | RingCentralError, *, now: datetime
) -> None:
    here = Pass.of(reading)
    if here.counts and not isinstance(outcome, OutcomeUnknown):
        _settle_count(db, reading, here, outcome, now=now)
        return
    if isinstance(outcome, RingCentralError):
        _failed(db, reading, outcome, now=now)
        if isinstance(outcome, Gone | Forbidden):
            reason = Pause.SESSION_GONE if isinstance(outcome, Gone) else Pause.NO_RIGHT
            batches.pause_session(db, reading.connection_id, reading.session_id, reason, now=now)
            settling.refuse_without_list(db, reading.connection_id, reading.session_id, outcome, now=now)
            settling.find_out_why(db, reading.connection_id, reading.session_id, now=now)
        return
    page = [settling.seen(one) for one in outcome.value.records if one.id]
    registrants.keep(db, reading.connection_id, reading.session_id, page, now=now, reading=reading)
    token = outcome.value.next_token
    whole = token is None and is_whole(db, reading, here)
    if token is None and not whole and here.number < MOST_PASSES:
        readings.turn_page(db, reading, cursor=here.again(now=now).to_json(), records=0, now=now)
        reading.records = 0  # counted anew
        proving.reconcile(db, reading, page, complete=False, now=now)
        return
    if not _turn(db, reading, token, records=len(page), now=now):
        return
    if token is None:
        registrants.close_listing(db, reading, since=here.begun_at if whole else None)
    proving.reconcile(db, reading, page, complete=token is None, now=now)


def _settle_count(
    db: Session, reading: Reading, here: Pass, outcome: Answer[Any] | RingCentralError, *, now: datetime
) -> None:
    """How many there are before their pages are read; where it is not told, the pages must do without."""
    told = outcome.value if isinstance(outcome, Answer) else None
    if told is not None:
        sessions.keep_registration(db, reading.connection_id, reading.session_id, _of(told), now=now)
    readings.turn_page(db, reading, cursor=here.told(told, now=now).to_json(), records=0, now=now)


def _turn(db: Session, reading: Reading, token: str | None, *, records: int, now: datetime) -> bool:
    """Turn to the page that a token names; None: that was the last. False: the list is not to be had this way."""
    earlier = (reading.cursor or {}).get("page_tokens", [])
    if token in earlier:
        # The list runs in a circle: it will never be complete, and half a list proves nothing.
        readings.fail(db, reading, code="PageTokenRepeated", message="", again=True, now=now)
        return False
    place = {**(reading.cursor or {}), "page_tokens": [*earlier, token]} if token else None
    readings.turn_page(db, reading, cursor=place, records=records, now=now)
    return True


# ---------------------------------------------------------------- participants


def _settle_participants(
    db: Session, reading: Reading, outcome: Answer[Any] | RingCentralError, *, now: datetime
) -> None:
    if isinstance(outcome, Forbidden):
        message = outcome.message.replace("\0", "")
        readings.fail(db, reading, code=readings.FORBIDDEN, message=message, again=False, now=now)
        return
    if isinstance(outcome, RingCentralError):
        _failed(db, reading, outcome, now=now)
        return
    page = [_seen_participant(one) for one in outcome.value.records if one.id]
    participants.keep(db, reading, page, now=now)
    token = outcome.value.next_token
    before = readings.last_complete(db, reading.connection_id, What.PARTICIPANTS, reading.session_id)
    if _turn(db, reading, token, records=len(page), now=now) and token is None:
        participants.close_listing(db, reading, before=before)


def _seen_participant(one: Participant) -> SeenParticipant:
    """A record of the history as the roster keeps it."""
    return SeenParticipant(
        participant_id=one.id,
        registrant_id=one.registrant_id or None,
        email_key=person.email_key(one.email) or None,
        user_hash=one.unique_user_hash.replace("\0", "") or None,
        first_name=one.first_name.replace("\0", "") or None,
        last_name=one.last_name.replace("\0", "") or None,
        role=one.role or None,
        original_role=one.original_role or None,
        joined_at=one.join_time,
        left_at=one.leave_time,
        raw=one.raw,
    )


# ---------------------------------------------------------------- registration


def _settle_registration(
    db: Session, reading: Reading, outcome: Answer[Any] | RingCentralError, *, now: datetime
) -> None:
    place = reading.cursor or {}
    if isinstance(outcome, Gone) and not place.get("webinar") and place.get("webinar_id"):
        # No registration here: either it is switched off for the webinar, or the session is gone. The webinar tells.
        readings.turn_page(db, reading, cursor={**place, "webinar": True}, records=0, now=now)
        return
    if isinstance(outcome, RingCentralError) and not isinstance(outcome, Gone | Forbidden):
        _failed(db, reading, outcome, now=now)
        return
    seen = _registration(outcome)
    sessions.keep_registration(db, reading.connection_id, reading.session_id, seen, now=now)
    readings.turn_page(db, reading, cursor=None, records=1, now=now)
    settling.explain(db, reading.connection_id, reading.session_id, asked_by=reading.asked_by, now=now)


def _registration(outcome: Answer[Any] | RingCentralError) -> SeenRegistration:
    if isinstance(outcome, RingCentralError):
        status = RegistrationStatus.NO_RIGHT if isinstance(outcome, Forbidden) else RegistrationStatus.GONE
        return SeenRegistration(status.value)
    value = outcome.value
    if isinstance(value, Webinar):
        # A webinar with registration on whose session has none: not there yet, or the session alone was deleted.
        status = RegistrationStatus.GONE if value.registration_enabled else RegistrationStatus.OFF
        return SeenRegistration(status.value)
    return _of(value)


def _of(value: RegistrationSession) -> SeenRegistration:
    return SeenRegistration(
        status=value.status,
        registrant_count=value.registrant_count,
        post_webinar_registrant_count=value.post_webinar_registrant_count,
        auto_close_limit=value.auto_close_limit,
        suppress_emails=value.suppress_emails,
        work_email_required=value.work_email_required,
        page_uri=value.page_uri or None,
        raw=value.raw,
    )
