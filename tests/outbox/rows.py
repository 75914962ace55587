"""Valid rows of the book and the roster; a test names only what matters to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, ledger, wishes
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.states import Origin, Outcome, Priority, State, Verdict
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.person import Person
from rollcall.person import email_key as key_of
from rollcall.roster import registrants
from rollcall.roster.registrants import Seen
from rollcall.store.database import Store
from rollcall.store.tables import Action, Batch, BatchLine, Registration
from tests.databases import NINE

SESSION = "8001"
NO_LINKS = LinkTemplates()


def a_person(number: int = 0, **changed: str) -> Person:
    fields = {"first_name": "Ada", "last_name": f"Lovelace {number}", "email": f"ada{number}@example.com"}
    return Person(**{**fields, **changed})


def a_wish(connection_id: int, *, batch_id: int | None = None, priority: Priority | None = None) -> Wish:
    """A wish of the form, or of an import if it has a batch."""
    origin = Origin.FORM if batch_id is None else Origin.IMPORT
    usual = Priority.CLICK if batch_id is None else Priority.BATCH
    return Wish(connection_id, SESSION, origin, "marketer", usual if priority is None else priority, batch_id)


def register(
    db: Session, connection_id: int, person: Person | None = None, *, now: datetime = NINE, batch_id: int | None = None
) -> int:
    wish = a_wish(connection_id, batch_id=batch_id)
    return wishes.register(db, wish, person or a_person(), NO_LINKS, now=now)


def cancel(db: Session, connection_id: int, registration_id: int, *, now: datetime = NINE) -> int:
    registration = db.get_one(Registration, registration_id)
    return wishes.cancel(db, a_wish(connection_id), registration, now=now)


def an_action(db: Session, connection_id: int, state: State, *, number: int = 0, batch_id: int | None = None) -> Action:
    """An action in this state, brought there by the transitions themselves."""
    action_id = register(db, connection_id, a_person(number), batch_id=batch_id)
    bring(db, action_id, state)
    return the(db, action_id)


def bring(db: Session, action_id: int, state: State) -> None:
    """From waiting to any state."""
    if state is State.WITHDRAWN:
        assert ledger.withdraw(db, action_id, now=NINE)
    elif state is not State.WAITING:
        send(db, action_id)
        if state is State.UNCONFIRMED:
            assert ledger.mark_unconfirmed(db, action_id, ledger.Failure("connection_lost"), now=NINE)
        elif state is State.DONE:
            assert done(db, action_id)
        elif state is State.REFUSED:
            assert ledger.refuse(db, action_id, ledger.Failure("invalid"), now=NINE)


def send(db: Session, action_id: int) -> None:
    assert ledger.claim(db, the(db, action_id), call_id=1, epoch=1, now=NINE)


def done(db: Session, action_id: int, outcome: Outcome = Outcome.REGISTERED, registrant_id: str = "r-1") -> bool:
    return ledger.finish(db, action_id, outcome, registrant_id=registrant_id, now=NINE)


def the(db: Session, action_id: int) -> Action:
    """The action as it is now."""
    return db.get_one(Action, action_id, populate_existing=True)


def state_of(db: Session, action_id: int) -> str:
    return the(db, action_id).state


def registration_of(db: Session, action_id: int) -> Registration:
    found = the(db, action_id).registration_id
    return db.get_one(Registration, found, populate_existing=True)


def a_seen(registrant_id: str, email: str, **changed: object) -> Seen:
    """Somebody on RingCentral's list."""
    fields = {
        "registrant_id": registrant_id,
        "email": email,
        "email_key": key_of(email),
        "first_name": "Ada",
        "last_name": "Lovelace",
        "source": None,
        "external_id": None,
        "join_uri": None,
        "cancellation_uri": None,
        "registered_at": NINE,
        "participant_id": None,
        "post_webinar": None,
        "raw": {},
    }
    return Seen(**{**fields, **changed})  # type: ignore[arg-type]


def on_the_list(
    db: Session, connection_id: int, email: str, *, registrant_id: str = "r-9", now: datetime = NINE
) -> None:
    registrants.keep(db, connection_id, SESSION, [a_seen(registrant_id, email)], now=now)


A_FILE = FileFacts(
    content=b"First name,Email\n",
    sha256="0" * 64,
    encoding="utf-8",
    delimiter=",",
    bom=False,
    newline="\n",
    header=("First name", "Last name", "Email"),
)


def a_line(number: int, person: Person | None = None, *, verdict: Verdict = Verdict.TO_SEND) -> Line:
    person = person or a_person(number)
    cells = (person.first_name, person.last_name, person.email)
    return Line(number, number + 1, cells, person, verdict)


def a_draft(store: Store, connection_id: int, lines: Sequence[Line], *, name: str = "people.csv") -> int:
    with store.write() as db:
        batch_id = drafts.draft(db, connection_id, SESSION, name=name, file=A_FILE, actor="marketer", now=NINE)
    drafts.write_lines(store, batch_id, lines, now=NINE)
    return batch_id


def a_running(store: Store, connection_id: int, lines: Sequence[Line], *, name: str = "people.csv") -> int:
    """A started batch whose lines are actions."""
    batch_id = a_draft(store, connection_id, lines, name=name)
    with store.write() as db:
        assert batches.start(db, batch_id, listed_at=NINE, again_cancelled=False, now=NINE)
    unfold_all(store, batch_id)
    return batch_id


def a_refused(store: Store, connection_id: int, people: int, *, unfolded: int) -> int:
    """A started batch of whom everybody was refused, as if it were unfolded only so far."""
    batch_id = a_running(store, connection_id, [a_line(number) for number in range(1, people + 1)])
    with store.write() as db:
        for action_id in action_ids(store, batch_id):
            bring(db, action_id, State.REFUSED)
        db.get_one(Batch, batch_id).unfolded = unfolded
    return batch_id


def unfold_all(store: Store, batch_id: int, *, now: datetime = NINE) -> None:
    more = True
    while more:
        with store.write() as db:
            more = unfolding.unfold(db, db.get_one(Batch, batch_id), now=now)


def lines_of(db: Session, batch_id: int) -> list[BatchLine]:
    query = select(BatchLine).where(BatchLine.batch_id == batch_id).order_by(BatchLine.number)
    return list(db.scalars(query.execution_options(populate_existing=True)))


def action_ids(store: Store, batch_id: int) -> list[int]:
    """The actions that answer for the lines of a batch, in their order."""
    with store.read() as db:
        return [line.action_id for line in lines_of(db, batch_id) if line.action_id is not None]


def states_of(store: Store, batch_id: int) -> list[str]:
    with store.read() as db:
        return [the(db, line.action_id).state for line in lines_of(db, batch_id) if line.action_id]
