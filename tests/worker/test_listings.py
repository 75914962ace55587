"""What a list proves and what it does not: old sightings, people a list missed, lists without an end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rollcall.outbox import drafts
from rollcall.roster.readings import MOST_ATTEMPTS
from rollcall.simulator import Person, SecondEmail
from rollcall.store.tables import Batch
from tests.worker.altered import Alter, Altered
from tests.worker.rig import SESSION, Rig, a_person

ADA, BOB = "ada@example.com", "bob@example.com"
A_WHILE = 660.0  # seconds: longer than a sighting counts as fresh


@pytest.fixture
def alter(rig: Rig) -> Iterator[Callable[[Alter], None]]:
    """Has the worker talk to a RingCentral whose answers are altered."""
    made: list[Altered] = []

    def before(alteration: Alter) -> None:
        made.append(Altered(rig.server_url, alteration))
        rig.server_url = made[-1].url

    yield before
    rig.stop()
    for one in made:
        one.close()


def missing_from_lists(rig: Rig, *, until: float) -> None:
    """Let lists pass Ada over: her page moves while it is read, or a replica is behind."""
    with rig.world.transaction() as db:
        db.execute("UPDATE registrant SET listed_at = ? WHERE email_key = ?", (until, ADA))


def checked(rig: Rig, batch_id: int) -> None:
    """What the check before Start does."""
    with rig.store.write() as db:
        drafts.compare(db, db.get_one(Batch, batch_id))


def reads_then_sends(rig: Rig, since: int) -> list[str]:
    """The methods of the calls about the session's registrants, in their order."""
    return [call.method for call in rig.world.calls(path=f"/{SESSION}/registrants", since=since)]


def test_somebody_one_list_missed_and_the_next_one_shows_is_not_registered_twice(rig: Rig) -> None:
    """She was taken for gone by the check's list and stayed gone: the import made a second registrant of her."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.world.add_registrants(SESSION, [Person("Ada", "Lovelace", ADA)])
    rig.start()
    rig.look()
    rig.skip(600)
    missing_from_lists(rig, until=rig.clock().timestamp() + 3600)
    rig.look()
    missing_from_lists(rig, until=0)

    batch_id = rig.import_of([a_person()])
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"already_there": 1}
    assert rig.registered() == [ADA]


@pytest.mark.parametrize(
    ("has_left", "outcome", "calls"),
    [(True, "registered", ["GET", "POST"]), (False, "already_there", ["GET"])],
    ids=["she cancelled since", "she is still there"],
)
def test_a_while_after_the_list_showed_somebody_the_form_looks_again(
    rig: Rig, has_left: bool, outcome: str, calls: list[str]
) -> None:
    """She had cancelled by RingCentral's own link; the form said "already registered", and nobody was."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.world.add_registrants(SESSION, [Person("Ada", "Lovelace", ADA)])
    rig.start()
    rig.look()
    if has_left:
        rig.leaves(ADA)
    rig.skip(A_WHILE)
    before = rig.world.calls()[-1].id

    action = rig.settle(rig.register())

    assert (action.state, action.outcome) == ("done", outcome)
    assert rig.registered() == [ADA]
    assert reads_then_sends(rig, since=before) == calls


def test_somebody_who_cancelled_between_check_and_start_is_registered(rig: Rig) -> None:
    """The check had said "already there"; Start listed the session again, and nobody looked at what that showed."""
    rig.start()
    rig.settle(rig.register())
    batch_id = rig.draft_of([a_person(), a_person(BOB)])
    checked(rig, batch_id)
    assert rig.counts(batch_id)["already_there"] == 1
    rig.leaves(ADA)
    rig.skip(600)

    assert rig.press_start(batch_id)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"registered": 2}
    assert rig.registered() == [ADA, BOB]


def test_somebody_cancelled_here_between_check_and_start_is_not_registered_unasked(rig: Rig) -> None:
    """Starting an import must not quietly undo a cancellation that a colleague has just made."""
    rig.start()
    rig.settle(rig.register())
    batch_id = rig.draft_of([a_person(), a_person(BOB)])
    checked(rig, batch_id)
    rig.settle(rig.cancel())

    assert rig.press_start(batch_id)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"cancelled_earlier": 1, "registered": 1}
    assert rig.registered() == [BOB]


def test_a_list_that_runs_in_a_circle_ends_as_a_failed_reading(rig: Rig, alter: Callable[[Alter], None]) -> None:
    """Two page tokens that named each other were followed for ever, ten calls a minute, and every import waited."""

    def in_a_circle(method: str, path: str, status: int, document: Any) -> tuple[int, Any]:
        if method != "GET" or "/registrants" not in path:
            return status, document
        return 200, {"records": [], "paging": {"nextPageToken": "b" if "pageToken=a" in path else "a"}}

    alter(in_a_circle)
    rig.start()

    reading = rig.look(step=15)

    assert (reading.state, reading.error_code) == ("failed", "PageTokenRepeated")
    assert len(rig.world.calls(method="GET", path="/registrants")) <= 3 * MOST_ATTEMPTS


def test_a_session_of_senseless_length_hides_no_other(rig: Rig, alter: Callable[[Alter], None]) -> None:
    """One record with a duration of 31 million years must not leave the picker empty."""

    def senseless(method: str, path: str, status: int, document: Any) -> tuple[int, Any]:
        for record in (document or {}).get("records", []):
            if record["id"] == SESSION and "scheduledDuration" in record:
                record["scheduledDuration"] = 10**15
        return status, document

    alter(senseless)
    rig.start()
    rig.until(rig.has_sessions, within=60)

    assert rig.settle(rig.register()).outcome == "registered"
