"""What a listing proves about calls that nobody answered: there, not there, or not to be told yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from rollcall import settling
from rollcall.duty import open_actions
from rollcall.outbox import ledger
from rollcall.outbox.ledger import Failure
from rollcall.outbox.reconcile import Decision, Listed, Open, Verdict, decide
from rollcall.outbox.states import Kind, Outcome
from rollcall.roster import capabilities, registrants
from rollcall.roster.capabilities import Name
from rollcall.roster.registrants import Seen
from rollcall.store.tables import Action, Reading

MOST_CREATES = 4  # judgement: as often proven not carried out, it is the person that RingCentral fails on
AGAIN_AFTER = timedelta(seconds=30)  # judgement: the first repeat goes at once, each later one waits so much longer


def reconcile(db: Session, reading: Reading, page: list[Seen], *, complete: bool, now: datetime) -> None:
    """Decide the unconfirmed actions of a session by a page of its list; by its end also those it did not show."""
    if reading.begun_at is None:
        return
    keys = None if complete else {one.email_key for one in page}
    for action in open_actions(db, reading.connection_id, reading.session_id, keys):
        shown = _shown(db, action, reading)
        decision = decide(action, shown, begun_at=reading.begun_at, complete=complete)
        _carry_out(db, action, decision, begun_at=reading.begun_at, now=now)


def _shown(db: Session, action: Open, reading: Reading) -> list[Listed]:
    """Everybody of this email whom this very reading has shown, on any page since it was begun."""
    return [
        Listed(
            registrant_id=registrant.registrant_id,
            email_key=registrant.email_key,
            first_name=registrant.first_name,
            last_name=registrant.last_name,
            external_id=registrant.external_id or "",
            links=f"{registrant.join_uri or ''} {registrant.cancellation_uri or ''}",
            registered_at=registrant.registered_at,
        )
        for registrant in registrants.with_email(db, reading.connection_id, reading.session_id, action.email_key)
        if registrant.seen_reading_id == reading.id and registrant.seen_at >= (reading.begun_at or registrant.seen_at)
    ]


def _carry_out(db: Session, action: Open, decision: Decision, *, begun_at: datetime, now: datetime) -> None:
    row = db.get_one(Action, action.action_id, populate_existing=True)
    match decision.verdict:
        case Verdict.REGISTERED | Verdict.ALREADY_THERE:
            if action.is_conflict:
                capabilities.note(db, row.connection_id, Name.SECOND_EMAIL, "refused", now=now, call_id=row.call_id)
            outcome = Outcome.REGISTERED if decision.verdict is Verdict.REGISTERED else Outcome.ALREADY_THERE
            ledger.finish(db, row.id, outcome, registrant_id=decision.registrant_id, now=now)
            kept = registrants.of(db, row.connection_id, row.session_id, decision.registrant_id or "")
            if kept is not None and outcome is Outcome.REGISTERED:
                settling.note_links(db, row, kept.join_uri, kept.cancellation_uri, call_id=row.call_id, now=now)
        case Verdict.CANCELLED:
            settling.deleted(db, row, outcome=Outcome.CANCELLED, now=now)
        case Verdict.ABSENT_ONCE:
            ledger.note_absent(db, row.id, begun_at=begun_at)
        case Verdict.NOT_CARRIED_OUT if row.kind == Kind.CREATE and row.attempts >= MOST_CREATES:
            ledger.refuse(db, row.id, Failure("gave_up", row.error_message or "", row.error_status), now=now)
        case Verdict.NOT_CARRIED_OUT:
            ledger.put_back(db, row.id, now=now, not_before=now + AGAIN_AFTER * (row.attempts - 1))
        case Verdict.UNEXPLAINED_CONFLICT:
            code = "delete_refused" if row.kind == Kind.DELETE else "conflict"
            ledger.refuse(db, row.id, Failure(code, row.error_message or "", row.error_status), now=now)
        case Verdict.UNDECIDED:
            pass
