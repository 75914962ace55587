"""What RingCentral never lets through comes to an end, with a reason, and holds nobody else up."""

from typing import Any

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.reconcile import MOST_CONFLICTS
from rollcall.outbox.states import Pause
from rollcall.proving import MOST_CREATES
from rollcall.roster.readings import What
from rollcall.settling import MOST_DELETES
from rollcall.simulator import Fault, FaultKind
from tests.worker.altered import Altered
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import SESSION, Rig, a_person, people
from tests.worker.test_sessions import change, close, delete_session, until_paused

ADA, BOB = "ada@example.com", "bob@example.com"
POST = {"method": "POST", "path": "/registrants"}
DELETE = {"method": "DELETE", "path": "/registrants"}
HALF_AN_HOUR = 1800.0


def test_somebody_ringcentral_always_fails_on_is_given_up(rig: Rig) -> None:
    """ "Sending …" stood there for hours, and three calls in four minutes went into it all the time."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, email=ADA, times=None, **POST))
    rig.start()

    action = rig.settle(rig.register(), most=HALF_AN_HOUR, step=15)
    rig.skip(600)

    assert (action.state, action.error_code, action.error_status) == ("refused", "gave_up", 500)
    assert len(rig.posts(ADA)) == MOST_CREATES


def test_an_import_with_somebody_ringcentral_always_fails_on_finishes(rig: Rig) -> None:
    """One row in a thousand, and the import never said that it was done."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, email=ADA, times=None, **POST))
    rig.start()

    batch_id = rig.import_of([a_person(), *people(3)])
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished", most=HALF_AN_HOUR, step=15)

    assert rig.counts(batch_id) == {"refused": 1, "registered": 3}
    assert rig.actions(batch_id)[0].error_code == "gave_up"


@BOTH_DATABASES
def test_an_answer_with_words_too_long_to_be_stored_refuses_one_person_and_no_more(rig: Rig) -> None:
    """PostgreSQL kept no parameterName of 300 characters: the worker tried to write it until it was killed."""

    def wordy(method: str, path: str, status: int, document: Any) -> tuple[int, Any]:
        if method != "POST" or "/registrants" not in path:
            return status, document
        error = {"errorCode": "C" * 300, "message": "m" * 3000, "parameterName": f"questionnaire.{'x' * 300}"}
        return 400, {**error, "errors": [error]}

    before = Altered(rig.server_url, wordy)
    rig.server_url = before.url
    rig.start()

    action = rig.settle(rig.register())
    rig.stop()  # fails where the worker does not stop
    before.close()

    assert (action.state, action.error_code) == ("refused", "invalid")
    assert (action.error_parameter or "").startswith("questionnaire.x")


@BOTH_DATABASES
def test_an_answer_that_cannot_be_stored_is_looked_for_on_the_list(rig: Rig) -> None:
    """An id longer than any seen so far: registered all the same, and the worker must not hang on the answer."""
    too_long = "9" * 300

    def strange(method: str, path: str, status: int, document: Any) -> tuple[int, Any]:
        if method == "POST" and "/registrants" in path and status == 201:
            return status, {**document, "id": too_long}
        return status, document

    before = Altered(rig.server_url, strange)
    rig.server_url = before.url
    rig.start()

    action = rig.settle(rig.register())
    rig.stop()
    before.close()

    assert (action.state, action.outcome) == ("done", "registered")
    assert rig.registered() == [ADA]


def test_an_unconfirmed_registration_of_a_deleted_session_ends(rig: Rig) -> None:
    """There is no list any more that could tell; for weeks it was asked for every few minutes."""
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, **POST))
    rig.start()
    rig.until(rig.has_sessions)
    action_id = rig.register()
    rig.until_state(action_id, "unconfirmed")
    delete_session(rig)

    action = rig.settle(action_id)
    before = rig.world.calls()[-1].id
    rig.skip(HALF_AN_HOUR)

    assert (action.state, action.error_code) == ("refused", "session_gone")
    assert rig.world.calls(path=SESSION, since=before) == []


@pytest.mark.parametrize(("status", "tries"), [(409, MOST_CONFLICTS), (500, MOST_DELETES)])
def test_a_cancellation_ringcentral_never_carries_out_ends(rig: Rig, status: int, tries: int) -> None:
    """ "Being cancelled …" for ever, a call every few seconds, until somebody stopped the whole thing."""
    rig.start()
    rig.settle(rig.register())
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=status, times=None, **DELETE))

    action = rig.settle(rig.cancel(), most=HALF_AN_HOUR, step=15)
    rig.skip(600)

    assert (action.state, action.error_code) == ("refused", "delete_refused")
    assert len(rig.world.calls(**DELETE)) == tries
    assert rig.registration().standing == "registered"


def test_undoing_an_import_of_a_finished_session_stops_at_the_first_no(rig: Rig) -> None:
    """RingCentral removes nobody once the session is over: thirty people were refused one by one, without a reason."""
    rig.start()
    batch_id = rig.import_of(30)
    rig.until_batch(batch_id, "finished")
    over = rig.clock().timestamp()
    change(rig, starts_at=over - 3600, started_at=over - 3600, ended_at=over - 60)
    rig.look(What.SESSIONS, "")

    with rig.store.write() as db:
        undo = batches.cancel_registered(db, batch_id, actor="local", now=rig.clock())
    rig.wake()
    until_paused(rig, undo, Pause.SESSION_OVER)

    assert rig.counts(undo) == {"waiting": 30}
    assert 1 <= len(rig.world.calls(**DELETE)) <= 4  # as many as were on their way


def test_a_server_that_wants_to_be_left_alone_for_a_day_is_tried_again_in_ten_minutes(rig: Rig) -> None:
    """One 503 with a Retry-After of 86,400 seconds, and nobody could be registered until the next morning."""
    rig.world.add_fault(Fault(FaultKind.UNAVAILABLE, seconds=86_400, email=ADA, **POST))
    rig.start()
    rig.until_state(rig.register(), "unconfirmed")

    bob = rig.register(a_person(BOB))
    rig.let_pass(lambda: rig.action(bob).state == "done", most=660, step=15)

    assert BOB in rig.registered()


def test_a_registration_that_was_opened_again_is_not_called_a_missing_right(rig: Rig) -> None:
    """Paused because it was closed; the host opens it, a page reads that, and claimed "you have no right to this"."""
    close(rig)
    rig.start()
    rig.until(rig.has_sessions)
    batch_id, action_id = rig.import_of(3), rig.register()
    until_paused(rig, batch_id, Pause.CLOSED)
    rig.settle(action_id)
    rig.until(lambda: (last := rig.last_reading(What.REGISTRATION, SESSION)) and last.state == "complete")

    change(rig, registration_status="Open", status_set_at=rig.clock().timestamp())
    rig.look(What.REGISTRATION)

    assert rig.batch(batch_id).pause_reason == Pause.CLOSED
    assert rig.action(action_id).error_code == "closed"
