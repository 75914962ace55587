"""The ledger on both databases: which transitions there are, and what one wish does to another."""

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from rollcall.outbox import ledger, wishes
from rollcall.outbox.ledger import Failure
from rollcall.outbox.states import FINAL, Kind, Origin, Outcome, Priority, Standing, State
from rollcall.outbox.wishes import FRESH, LinkTemplates
from rollcall.roster import capabilities, registrants
from rollcall.roster.capabilities import Name
from rollcall.store.database import Store
from rollcall.store.tables import Action, Batch, Registration, WebinarSession
from tests.databases import NINE, a_connection
from tests.outbox.rows import (
    NO_LINKS,
    SESSION,
    a_line,
    a_person,
    a_running,
    a_seen,
    a_wish,
    action_ids,
    an_action,
    bring,
    cancel,
    done,
    lines_of,
    on_the_list,
    register,
    registration_of,
    send,
    state_of,
    the,
)

LATER = NINE + timedelta(seconds=30)
TIMEOUT = Failure("connection_lost")


# ---------------------------------------------------------------- the state diagram


@dataclass(frozen=True, slots=True)
class Transition:
    """One function of the ledger: from which states it moves an action, and where to."""

    name: str
    sources: Collection[State]
    target: State
    do: Callable[[Session, Action], bool]


TRANSITIONS = [
    Transition(
        "claim", {State.WAITING}, State.SENDING, lambda db, one: ledger.claim(db, one, call_id=9, epoch=2, now=LATER)
    ),
    Transition(
        "finish",
        {State.SENDING, State.UNCONFIRMED},
        State.DONE,
        lambda db, one: ledger.finish(db, one.id, Outcome.REGISTERED, registrant_id="r-5", now=LATER),
    ),
    Transition(
        "finish without a call",
        {State.WAITING},
        State.DONE,
        lambda db, one: ledger.finish(
            db,
            one.id,
            Outcome.ALREADY_THERE,
            registrant_id="r-5",
            now=LATER,
            coming_from=frozenset({State.WAITING}),
        ),
    ),
    Transition(
        "refuse",
        {State.SENDING, State.UNCONFIRMED},
        State.REFUSED,
        lambda db, one: ledger.refuse(db, one.id, Failure("full"), now=LATER),
    ),
    Transition(
        "mark_unconfirmed",
        {State.SENDING},
        State.UNCONFIRMED,
        lambda db, one: ledger.mark_unconfirmed(db, one.id, Failure("conflict"), now=LATER, conflict=True),
    ),
    Transition(
        "put_back",
        {State.SENDING, State.UNCONFIRMED},
        State.WAITING,
        lambda db, one: ledger.put_back(db, one.id, now=LATER, not_before=LATER),
    ),
    Transition("doubt", {State.WAITING}, State.UNCONFIRMED, lambda db, one: ledger.doubt(db, one.id, now=LATER)),
    Transition("withdraw", {State.WAITING}, State.WITHDRAWN, lambda db, one: ledger.withdraw(db, one.id, now=LATER)),
    Transition(
        "sweep",
        {State.SENDING},
        State.UNCONFIRMED,
        lambda db, one: ledger.sweep(db, one.connection_id, now=LATER) == 1,
    ),
]


def everything_of(db: Session, action_id: int) -> dict[str, Any]:
    """The whole row and its registration."""
    action, registration = the(db, action_id), registration_of(db, action_id)
    row = {f"action.{column.key}": getattr(action, column.key) for column in Action.__table__.columns}
    return row | {column.key: getattr(registration, column.key) for column in Registration.__table__.columns}


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.name)
def test_a_transition_moves_from_its_states_and_changes_nothing_in_any_other(
    store: Store, connection_id: int, transition: Transition
) -> None:
    """A timeout after the person was taken out, an answer that arrives twice: the later one is too late."""
    found = {}
    for state in State:
        with store.write() as db:
            action = an_action(db, connection_id, state)
            before = everything_of(db, action.id)
            moved = transition.do(db, action)
            found[state] = (moved, state_of(db, action.id))
            if not moved:
                assert everything_of(db, action.id) == before
            db.rollback()

    assert found == {
        state: (True, transition.target) if state in transition.sources else (False, state) for state in State
    }


def test_every_function_that_says_it_is_a_transition_is_in_this_table() -> None:
    """The arrow in a docstring's first line is the state diagram; a new one has to be tested from every state."""
    arrows = {
        name
        for name, function in inspect.getmembers(ledger, inspect.isfunction)
        if not name.startswith("_") and "→" in (inspect.getdoc(function) or "").splitlines()[0]
    }

    assert arrows == {transition.name.split()[0] for transition in TRANSITIONS}


def test_every_state_is_reached_and_only_the_final_ones_are_never_left() -> None:
    """No dead state, and no way out of an answer that a marketer was shown."""
    assert {State.WAITING} | {transition.target for transition in TRANSITIONS} == set(State)
    left = {source for transition in TRANSITIONS for source in transition.sources}
    assert left == set(State) - FINAL


def test_a_state_nobody_knows_cannot_be_stored(store: Store, connection_id: int) -> None:
    """The database refuses it, whatever wrote it."""
    with store.write() as db:
        action_id = an_action(db, connection_id, State.WAITING).id
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(update(Action).where(Action.id == action_id).values(state="lost"))


class TestWhatATransitionWrites:
    def test_a_claim_counts_the_attempt_and_begins_anew(self, store: Store, connection_id: int) -> None:
        """What an earlier call left behind must not decide about this one."""
        with store.write() as db:
            action = an_action(db, connection_id, State.UNCONFIRMED)
            ledger.note_absent(db, action.id, begun_at=NINE + timedelta(seconds=11))
            assert ledger.put_back(db, action.id, now=LATER)

            assert ledger.claim(db, the(db, action.id), call_id=7, epoch=3, now=LATER)

            row = the(db, action.id)
            assert (row.attempts, row.call_id, row.epoch, row.left_at) == (2, 7, 3, LATER)
            assert (row.ended_at, row.absent_at) == (None, None)

    def test_an_unconfirmed_one_knows_when_its_call_ended_and_why(self, store: Store, connection_id: int) -> None:
        """Reconciling counts its ten and its hundred and twenty seconds from there."""
        with store.write() as db:
            action_id = an_action(db, connection_id, State.SENDING).id
            why = Failure("server_error", "busy", status=502, parameter="email", request_id="req-1")

            ledger.mark_unconfirmed(db, action_id, why, now=LATER)

            row = the(db, action_id)
            assert (row.ended_at, row.left_at, row.conflicts) == (LATER, NINE, 0)
            assert (row.error_code, row.error_message, row.error_status) == ("server_error", "busy", 502)
            assert (row.error_parameter, row.request_id) == ("email", "req-1")

    def test_conflicts_are_counted_over_all_attempts(self, store: Store, connection_id: int) -> None:
        """The second one that no listing explains is given up."""
        with store.write() as db:
            action_id = an_action(db, connection_id, State.WAITING).id
            for _ in range(2):
                send(db, action_id)
                ledger.mark_unconfirmed(db, action_id, Failure("conflict"), now=NINE, conflict=True)
                ledger.put_back(db, action_id, now=NINE)

            assert the(db, action_id).conflicts == 2

    def test_only_the_first_absence_counts(self, store: Store, connection_id: int) -> None:
        """It is the begin of the first listing that did not show the person."""
        first, second = NINE + timedelta(seconds=11), NINE + timedelta(seconds=70)
        with store.write() as db:
            action_id = an_action(db, connection_id, State.UNCONFIRMED).id

            ledger.note_absent(db, action_id, begun_at=first)
            ledger.note_absent(db, action_id, begun_at=second)

            assert the(db, action_id).absent_at == first

    @pytest.mark.parametrize("state", [state for state in State if state is not State.UNCONFIRMED])
    def test_absence_is_noted_of_unconfirmed_ones_only(self, store: Store, connection_id: int, state: State) -> None:
        """A person who was sent meanwhile begins with two new listings."""
        with store.write() as db:
            action_id = an_action(db, connection_id, state).id

            ledger.note_absent(db, action_id, begun_at=LATER)

            assert the(db, action_id).absent_at is None

    def test_what_is_done_shows_no_error_of_an_earlier_attempt(self, store: Store, connection_id: int) -> None:
        """ "Registered" with a red reason beside it would send the marketer looking."""
        with store.write() as db:
            action_id = an_action(db, connection_id, State.UNCONFIRMED).id

            done(db, action_id)

            row = the(db, action_id)
            assert (row.error_code, row.error_message, row.error_status, row.error_parameter) == (None,) * 4
            assert (row.outcome, row.registrant_id) == ("registered", "r-1")

    def test_a_sweep_leaves_other_connections_alone(self, store: Store, connection_id: int) -> None:
        """Another user's worker is sending at this moment."""
        other = a_connection(store, owner_id="4002")
        with store.write() as db:
            theirs = an_action(db, other, State.SENDING).id
            ours = [an_action(db, connection_id, State.SENDING, number=number).id for number in range(3)]

            assert ledger.sweep(db, connection_id, now=LATER) == 3

            assert state_of(db, theirs) == State.SENDING
            assert {(state_of(db, one), the(db, one).error_code) for one in ours} == {("unconfirmed", "interrupted")}

    @pytest.mark.parametrize(
        ("outcome", "standing", "registrant_id"),
        [
            (Outcome.REGISTERED, Standing.REGISTERED, "r-1"),
            (Outcome.ALREADY_THERE, Standing.REGISTERED, "r-1"),
            (Outcome.CANCELLED, Standing.CANCELLED, None),
            (Outcome.ALREADY_GONE, Standing.CANCELLED, None),
        ],
    )
    def test_the_registration_follows(
        self, store: Store, connection_id: int, outcome: Outcome, standing: Standing, registrant_id: str | None
    ) -> None:
        """Its ref stays: links that were mailed must go on working after a re-registration."""
        with store.write() as db:
            action_id = an_action(db, connection_id, State.SENDING).id
            ref = registration_of(db, action_id).ref

            done(db, action_id, outcome)

            registration = registration_of(db, action_id)
            assert (registration.standing, registration.registrant_id) == (standing, registrant_id)
            assert registration.ref == ref


# ---------------------------------------------------------------- wishes


class TestOneWish:
    def test_pressed_twice_it_is_one_action(self, store: Store, connection_id: int) -> None:
        """A double click, or the same form sent from two tabs."""
        with store.write() as db:
            first = register(db, connection_id)
        with store.write() as db:
            second = register(db, connection_id)

        assert first == second
        assert _count(store) == 1

    @pytest.mark.parametrize("state", [State.WAITING, State.SENDING, State.UNCONFIRMED])
    def test_pressed_again_while_it_is_open_it_is_still_one(
        self, store: Store, connection_id: int, state: State
    ) -> None:
        """Somebody impatient; sending the same twice is what must not happen."""
        with store.write() as db:
            action_id = an_action(db, connection_id, state).id

            assert register(db, connection_id) == action_id

        assert _count(store) == 1

    @pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
    def test_after_a_final_answer_it_is_a_new_action_with_the_same_ref(
        self, store: Store, connection_id: int, state: State
    ) -> None:
        """Trying again never rewrites what was shown before."""
        with store.write() as db:
            action_id = an_action(db, connection_id, state).id
            ref = registration_of(db, action_id).ref

            again = register(db, connection_id)

            assert again != action_id
            assert (state_of(db, action_id), state_of(db, again)) == (state, State.WAITING)
            assert registration_of(db, again).ref == ref

    def test_a_person_is_one_however_the_address_is_written(self, store: Store, connection_id: int) -> None:
        """`ADA@Example.com` and `ada@example.com` are one mailbox."""
        with store.write() as db:
            one = register(db, connection_id, a_person(email="ada@example.com"))
            other = register(db, connection_id, a_person(email="ADA@Example.com"))

            assert the(db, one).registration_id == the(db, other).registration_id

    def test_refs_are_random_and_safe_in_an_address(self, store: Store, connection_id: int) -> None:
        """A link must not be guessed from another one: 128 bits, base64url."""
        with store.write() as db:
            refs = {registration_of(db, register(db, connection_id, a_person(number))).ref for number in range(20)}

        assert len(refs) == 20
        assert all(len(ref) == 22 and ref.replace("-", "a").replace("_", "a").isalnum() for ref in refs)

    def test_the_payload_is_frozen_with_its_links(self, store: Store, connection_id: int) -> None:
        """What is previewed is what is sent, also when the template is changed afterwards."""
        links = LinkTemplates("https://acme.com/{webinar_id}/join?ref={ref}&lid={key:lid}", "https://acme.com/c/{ref}")
        person = a_person(external_id="lid=1%202", source="Mail & more")
        with store.write() as db:
            _a_session(db, connection_id)

            action_id = wishes.register(db, a_wish(connection_id), person, links, now=NINE)

            ref = registration_of(db, action_id).ref
            assert the(db, action_id).payload == {
                "first_name": "Ada",
                "last_name": "Lovelace 0",
                "email": "ada0@example.com",
                "source": "Mail & more",
                "external_id": "lid=1%202",
                "join_uri": f"https://acme.com/70/join?ref={ref}&lid=1%202",
                "cancellation_uri": f"https://acme.com/c/{ref}",
            }

    def test_a_person_s_own_link_goes_before_the_template(self, store: Store, connection_id: int) -> None:
        """A column of the file."""
        with store.write() as db:
            person = a_person(join_uri="https://acme.com/mine")

            action_id = wishes.register(
                db, a_wish(connection_id), person, LinkTemplates("https://acme.com/{ref}"), now=NINE
            )

            payload = the(db, action_id).payload
            assert (payload["join_uri"], payload["cancellation_uri"]) == ("https://acme.com/mine", "")


def _a_session(db: Session, connection_id: int) -> None:
    db.add(
        WebinarSession(
            connection_id=connection_id, session_id=SESSION, webinar_id="70", title="Tour", raw={}, read_at=NINE
        )
    )


def _count(store: Store) -> int | None:
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(Action))


class TestALaterWish:
    def test_it_replaces_the_one_that_waits(self, store: Store, connection_id: int) -> None:
        """A corrected name: the first version is never sent."""
        with store.write() as db:
            first = register(db, connection_id)

            second = register(db, connection_id, a_person(first_name="Augusta"))

            assert (state_of(db, first), state_of(db, second)) == (State.WITHDRAWN, State.WAITING)
            assert the(db, second).payload["first_name"] == "Augusta"

    @pytest.mark.parametrize("state", [State.SENDING, State.UNCONFIRMED])
    def test_it_waits_behind_the_one_in_flight(self, store: Store, connection_id: int, state: State) -> None:
        """Two calls for one person at once could overtake each other."""
        with store.write() as db:
            first = an_action(db, connection_id, state).id

            second = register(db, connection_id, a_person(first_name="Augusta"))

            assert (state_of(db, first), state_of(db, second)) == (state, State.WAITING)
            assert ledger.next_click(db, connection_id, now=LATER) is None
            done(db, first)
            chosen = ledger.next_click(db, connection_id, now=LATER)
            assert chosen is not None
            assert chosen.id == second

    def test_at_most_one_is_in_flight_and_one_waits(self, store: Store, connection_id: int) -> None:
        """The database itself refuses a third, whatever the code above it does."""
        with store.write() as db:
            in_flight = an_action(db, connection_id, State.UNCONFIRMED)
            waiting = the(db, register(db, connection_id, a_person(first_name="Augusta")))
            for state in (State.WAITING, State.SENDING, State.UNCONFIRMED):
                one_more = _another(waiting, state)
                with pytest.raises(IntegrityError), db.begin_nested():
                    db.add(one_more)
            with pytest.raises(IntegrityError), db.begin_nested():
                ledger.claim(db, waiting, call_id=2, epoch=1, now=LATER)

            assert state_of(db, in_flight.id) == State.UNCONFIRMED
            assert state_of(db, waiting.id) == State.WAITING
            for state in FINAL:
                db.add(_another(waiting, state))
            db.flush()

    def test_of_an_import_it_waits_again_behind_nobody(self, store: Store, connection_id: int) -> None:
        """Proven not to be there, while a later wish waits: only the later one is sent."""
        with store.write() as db:
            first = an_action(db, connection_id, State.UNCONFIRMED).id
            second = register(db, connection_id, a_person(first_name="Augusta"))

            assert ledger.put_back(db, first, now=LATER)

            assert (state_of(db, first), state_of(db, second)) == (State.WITHDRAWN, State.WAITING)


def _another(action: Action, state: State) -> Action:
    return Action(
        connection_id=action.connection_id,
        session_id=action.session_id,
        registration_id=action.registration_id,
        kind=Kind.CREATE,
        payload={},
        origin=Origin.FORM,
        actor="marketer",
        priority=0,
        state=state,
        created_at=NINE,
        changed_at=NINE,
    )


class TestCancelling:
    def test_somebody_who_waits_is_taken_back_without_a_call(self, store: Store, connection_id: int) -> None:
        """The registration never left; the cancellation finds nothing to cancel."""
        with store.write() as db:
            created = register(db, connection_id)

            cancelled = cancel(db, connection_id, registration_of(db, created).id)

            assert state_of(db, created) == State.WITHDRAWN
            settled = wishes.settled_without_call(db, the(db, cancelled), now=LATER)
            assert settled == (Outcome.ALREADY_GONE, None)

    def test_somebody_being_sent_is_cancelled_afterwards_by_the_id_that_came_of_it(
        self, store: Store, connection_id: int
    ) -> None:
        """The answer is on its way: nothing can call it back."""
        with store.write() as db:
            created = an_action(db, connection_id, State.SENDING).id
            cancelled = cancel(db, connection_id, registration_of(db, created).id)
            assert ledger.next_click(db, connection_id, now=NINE) is None

            done(db, created, registrant_id="r-77")

            chosen = ledger.next_click(db, connection_id, now=NINE)
            assert chosen is not None
            assert (chosen.id, wishes.settled_without_call(db, chosen, now=NINE)) == (cancelled, None)
            send(db, cancelled)
            assert the(db, cancelled).registrant_id == "r-77"
            done(db, cancelled, Outcome.CANCELLED)
            assert registration_of(db, created).standing == Standing.CANCELLED

    def test_somebody_unconfirmed_who_proves_to_be_there_is_cancelled_then(
        self, store: Store, connection_id: int
    ) -> None:
        """The listing names the id."""
        with store.write() as db:
            created = an_action(db, connection_id, State.UNCONFIRMED).id
            cancelled = cancel(db, connection_id, registration_of(db, created).id)

            ledger.finish(db, created, Outcome.REGISTERED, registrant_id="r-5", now=LATER)
            send(db, cancelled)

            assert the(db, cancelled).registrant_id == "r-5"

    def test_somebody_unconfirmed_who_proves_not_to_be_there_is_not_sent_again(
        self, store: Store, connection_id: int
    ) -> None:
        """They were taken out meanwhile: registering them now would be against the last wish."""
        with store.write() as db:
            created = an_action(db, connection_id, State.UNCONFIRMED).id
            cancelled = cancel(db, connection_id, registration_of(db, created).id)

            ledger.put_back(db, created, now=LATER)

            assert state_of(db, created) == State.WITHDRAWN
            assert wishes.settled_without_call(db, the(db, cancelled), now=LATER) == (Outcome.ALREADY_GONE, None)

    def test_pressed_twice_it_is_one(self, store: Store, connection_id: int) -> None:
        """Waiting or on its way."""
        with store.write() as db:
            created = an_action(db, connection_id, State.DONE).id
            registration_id = registration_of(db, created).id
            first = cancel(db, connection_id, registration_id)

            assert cancel(db, connection_id, registration_id) == first
            send(db, first)
            assert cancel(db, connection_id, registration_id) == first

    def test_a_cancellation_that_waits_is_replaced_by_a_new_registration(
        self, store: Store, connection_id: int
    ) -> None:
        """The marketer changed their mind before it was sent."""
        with store.write() as db:
            created = an_action(db, connection_id, State.DONE).id
            cancelled = cancel(db, connection_id, registration_of(db, created).id)

            again = register(db, connection_id)

            assert (state_of(db, cancelled), state_of(db, again)) == (State.WITHDRAWN, State.WAITING)


class TestACancellationInDoubt:
    """Its answer got lost, and it waits to be repeated: it may have been carried out."""

    def test_a_later_wish_waits_until_the_list_has_told(self, store: Store, connection_id: int) -> None:
        """Sent at once, the registration could be removed by the cancellation that arrives late."""
        with store.write() as db:
            created, cancelled = self.in_doubt(db, connection_id)

            again = register(db, connection_id)

            assert (state_of(db, cancelled), state_of(db, again)) == (State.UNCONFIRMED, State.WAITING)
            assert ledger.next_click(db, connection_id, now=LATER) is None
            done(db, cancelled, Outcome.CANCELLED)
            chosen = ledger.next_click(db, connection_id, now=LATER)
            assert chosen is not None
            assert chosen.id == again
            assert created != again

    def test_pressed_again_it_is_still_one(self, store: Store, connection_id: int) -> None:
        """The repeat that waits is the same wish."""
        with store.write() as db:
            created, cancelled = self.in_doubt(db, connection_id)

            assert cancel(db, connection_id, registration_of(db, created).id) == cancelled

    def test_lost_while_a_later_wish_waits_it_is_unconfirmed(self, store: Store, connection_id: int) -> None:
        """Not withdrawn: whether the person is there decides what the later wish means."""
        with store.write() as db:
            created = an_action(db, connection_id, State.DONE).id
            cancelled = cancel(db, connection_id, registration_of(db, created).id)
            send(db, cancelled)
            again = register(db, connection_id)

            ledger.put_back(db, cancelled, now=LATER, failure=TIMEOUT)

            assert (state_of(db, cancelled), state_of(db, again)) == (State.UNCONFIRMED, State.WAITING)

    @staticmethod
    def in_doubt(db: Session, connection_id: int) -> tuple[int, int]:
        created = an_action(db, connection_id, State.DONE).id
        cancelled = cancel(db, connection_id, registration_of(db, created).id)
        send(db, cancelled)
        assert ledger.put_back(db, cancelled, now=NINE, failure=TIMEOUT)
        return created, cancelled


class TestSharedWithAnImport:
    def test_two_imports_with_one_person_share_the_action(self, store: Store, connection_id: int) -> None:
        """The first one's data is sent; the line of the second says which fields differ."""
        first = a_running(store, connection_id, [a_line(1, a_person(1))])
        second = a_running(store, connection_id, [a_line(1, a_person(1, first_name="Augusta", source="Fair"))])

        assert action_ids(store, first) == action_ids(store, second)
        with store.read() as db:
            assert [line.note for line in lines_of(db, second)] == ["shared:first_name,source"]
            assert the(db, action_ids(store, first)[0]).payload["first_name"] == "Ada"

    def test_it_may_go_while_either_of_them_runs(self, store: Store, connection_id: int) -> None:
        """Pausing the first must not hold back the second."""
        first = a_running(store, connection_id, [a_line(1, a_person(1))])
        second = a_running(store, connection_id, [a_line(1, a_person(1))])

        with store.read() as db:
            for batch_id in (first, second):
                action, number = ledger.next_of_batch(db, db.get_one(Batch, batch_id), now=NINE)
                assert action is not None
                assert (action.id, number) == (action_ids(store, first)[0], 1)

    def test_the_same_wish_in_the_form_makes_it_urgent(self, store: Store, connection_id: int) -> None:
        """Somebody looks at the screen: it goes at the next slot, once."""
        batch_id = a_running(store, connection_id, [a_line(1, a_person(1)), a_line(2, a_person(2))])

        with store.write() as db:
            clicked = register(db, connection_id, a_person(2))

        assert clicked == action_ids(store, batch_id)[1]
        with store.read() as db:
            chosen = ledger.next_click(db, connection_id, now=NINE)
            assert chosen is not None
            assert (chosen.id, chosen.priority) == (clicked, Priority.CLICK)

    def test_another_wish_in_the_form_answers_for_the_line_too(self, store: Store, connection_id: int) -> None:
        """The line must not end as "withdrawn" when the person is registered by the form."""
        batch_id = a_running(store, connection_id, [a_line(1, a_person(1))])
        (before,) = action_ids(store, batch_id)

        with store.write() as db:
            clicked = register(db, connection_id, a_person(1, first_name="Augusta"))

        assert action_ids(store, batch_id) == [clicked]
        with store.read() as db:
            assert state_of(db, before) == State.WITHDRAWN

    def test_a_cancellation_does_not_answer_for_the_line(self, store: Store, connection_id: int) -> None:
        """The line's registration was withdrawn, and that is what its status says."""
        batch_id = a_running(store, connection_id, [a_line(1, a_person(1))])
        (created,) = action_ids(store, batch_id)

        with store.write() as db:
            cancel(db, connection_id, registration_of(db, created).id)

        assert action_ids(store, batch_id) == [created]
        with store.read() as db:
            assert state_of(db, created) == State.WITHDRAWN


class TestAlreadyOnTheList:
    def test_somebody_seen_a_moment_ago_is_there_without_a_call(self, store: Store, connection_id: int) -> None:
        """A row all the same, so that the form finds its answer as always."""
        with store.write() as db:
            on_the_list(db, connection_id, "ada0@example.com", registrant_id="r-9")

            action = the(db, register(db, connection_id, now=NINE + FRESH))

            assert (action.state, action.outcome, action.registrant_id) == ("done", "already_there", "r-9")
            assert registration_of(db, action.id).standing == Standing.REGISTERED

    def test_a_sighting_grown_old_is_looked_at_again_while_a_second_email_may_be_accepted(
        self, store: Store, connection_id: int
    ) -> None:
        """Sending could make a second registrant; believing it could lose somebody who has cancelled since."""
        later = NINE + FRESH * 50
        with store.write() as db:
            on_the_list(db, connection_id, "ada0@example.com")

            action_id = register(db, connection_id, now=later)

            assert state_of(db, action_id) == State.WAITING
            assert wishes.must_look_first(db, the(db, action_id), now=later)
            assert not wishes.must_look_first(db, the(db, action_id), now=NINE + FRESH)

    def test_a_sighting_grown_old_is_checked_by_sending_where_409_protects(
        self, store: Store, connection_id: int
    ) -> None:
        """The person may have cancelled by their own link since."""
        with store.write() as db:
            on_the_list(db, connection_id, "ada0@example.com")
            capabilities.note(db, connection_id, Name.SECOND_EMAIL, "refused", now=NINE)

            fresh = wishes.listed(db, connection_id, SESSION, "ada0@example.com", now=NINE + FRESH)
            old = register(db, connection_id, now=NINE + FRESH + timedelta(seconds=1))

            assert fresh is not None
            assert state_of(db, old) == State.WAITING

    def test_somebody_who_is_gone_is_sent(self, store: Store, connection_id: int) -> None:
        """Cancelled, and now wished again."""
        with store.write() as db:
            on_the_list(db, connection_id, "ada0@example.com", registrant_id="r-9")
            registrants.remove(db, connection_id, SESSION, "r-9", now=NINE)

            assert state_of(db, register(db, connection_id)) == State.WAITING

    def test_another_session_or_connection_does_not_count(self, store: Store, connection_id: int) -> None:
        """The same person may come to every webinar."""
        other = a_connection(store, owner_id="4002")
        with store.write() as db:
            on_the_list(db, other, "ada0@example.com")
            registrants.keep(db, connection_id, "8002", [a_seen("r-3", "ada0@example.com")], now=NINE)

            assert state_of(db, register(db, connection_id)) == State.WAITING

    def test_what_still_waited_is_withdrawn(self, store: Store, connection_id: int) -> None:
        """A listing has shown the person since the first press."""
        with store.write() as db:
            first = register(db, connection_id, now=NINE)
            on_the_list(db, connection_id, "ada0@example.com")

            second = register(db, connection_id)

            assert (state_of(db, first), state_of(db, second)) == (State.WITHDRAWN, State.DONE)

    def test_when_its_turn_comes_a_wish_may_be_fulfilled_already(self, store: Store, connection_id: int) -> None:
        """The batch's own listing has shown the person; a call would be spent for nothing."""
        with store.write() as db:
            action = the(db, register(db, connection_id))
            assert wishes.settled_without_call(db, action, now=NINE) is None
            on_the_list(db, connection_id, "ada0@example.com", registrant_id="r-4")

            assert wishes.settled_without_call(db, action, now=NINE) == (Outcome.ALREADY_THERE, "r-4")


class TestChoosing:
    def test_the_screen_goes_before_the_door_and_first_come_first_served(
        self, store: Store, connection_id: int
    ) -> None:
        """Imports are chosen by their batches, never here."""
        with store.write() as db:
            wishes.register(db, a_wish(connection_id, priority=Priority.BATCH), a_person(1), NO_LINKS, now=NINE)
            door = wishes.register(db, a_wish(connection_id, priority=Priority.DOOR), a_person(2), NO_LINKS, now=NINE)
            screens = [register(db, connection_id, a_person(number)) for number in (3, 4)]

            order = []
            while (chosen := ledger.next_click(db, connection_id, now=NINE)) is not None:
                order.append(chosen.id)
                send(db, chosen.id)

            assert order == [*screens, door]

    def test_what_has_to_wait_for_its_time_is_passed_over(self, store: Store, connection_id: int) -> None:
        """A cancellation that is being repeated with a pause must not hold up the others."""
        with store.write() as db:
            first = an_action(db, connection_id, State.SENDING, number=1).id
            ledger.put_back(db, first, now=NINE, not_before=LATER)
            second = register(db, connection_id, a_person(2))

            now_chosen = ledger.next_click(db, connection_id, now=NINE)
            later_chosen = ledger.next_click(db, connection_id, now=LATER)

            assert now_chosen is not None
            assert later_chosen is not None
            assert (now_chosen.id, later_chosen.id) == (second, first)

    def test_a_batch_goes_by_its_lines_and_says_where_it_stands(self, store: Store, connection_id: int) -> None:
        """One that has to wait is passed over, but the cursor must stay before it."""
        batch_id = a_running(store, connection_id, [a_line(number) for number in range(1, 5)])
        ids = action_ids(store, batch_id)

        with store.write() as db:
            batch = db.get_one(Batch, batch_id)
            bring(db, ids[0], State.DONE)
            send(db, ids[1])
            ledger.put_back(db, ids[1], now=NINE, not_before=LATER)

            action, first = ledger.next_of_batch(db, batch, now=NINE)
            assert action is not None
            assert (action.id, first) == (ids[2], 2)
            for action_id in ids[1:]:
                ledger.withdraw(db, action_id, now=NINE)
            assert ledger.next_of_batch(db, batch, now=NINE) == (None, None)

    def test_one_that_waits_again_is_found_again_by_every_batch_that_has_it(
        self, store: Store, connection_id: int
    ) -> None:
        """Their cursors had gone past it while it was in flight."""
        lines = [a_line(number) for number in range(1, 6)]
        batch_ids = [a_running(store, connection_id, lines) for _ in range(2)]
        action_id = action_ids(store, batch_ids[0])[2]
        with store.write() as db:
            bring(db, action_id, State.UNCONFIRMED)
            for batch_id in batch_ids:
                db.get_one(Batch, batch_id).cursor = 4

        with store.write() as db:
            ledger.put_back(db, action_id, now=LATER)

        with store.read() as db:
            found = [ledger.next_of_batch(db, db.get_one(Batch, one), now=LATER) for one in batch_ids]
        assert [(action.id if action else None, number) for action, number in found] == [(action_id, 3)] * 2
