"""What happens to an import and to a click when RingCentral takes nobody (any more) for a session."""

from dataclasses import replace

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.states import Pause
from rollcall.simulator import Person
from rollcall.simulator.sessions import insert_session
from tests.worker.rig import SESSION, Rig, a_person, people


def change(rig: Rig, **fields: object) -> None:
    """Let somebody change the session at RingCentral."""
    session = rig.world.session(SESSION)
    assert session is not None
    with rig.world.transaction() as db:
        insert_session(db, replace(session, **fields))  # type: ignore[arg-type]


def close(rig: Rig) -> None:
    change(rig, registration_status="Closed", status_set_at=rig.clock().timestamp())


def delete_session(rig: Rig) -> None:
    with rig.world.transaction() as db:
        db.execute("DELETE FROM session WHERE id = ?", (SESSION,))


def until_paused(rig: Rig, batch_id: int, reason: Pause) -> None:
    rig.until(lambda: rig.batch(batch_id).pause_reason == reason, why=f"paused: {reason}")
    assert rig.batch(batch_id).state == "paused"


def test_registration_closed_in_the_middle_pauses_and_refuses_nobody(rig: Rig) -> None:
    """The host closed registration: opening it again must be enough to go on."""
    rig.start()
    batch_id = rig.import_of(40)
    rig.until(lambda: len(rig.registered()) >= 5)

    close(rig)
    until_paused(rig, batch_id, Pause.CLOSED)
    rig.until(lambda: "sending" not in rig.counts(batch_id), why="the calls on their way have come back")
    refused_calls = [call for call in rig.posts() if call.status == 403]
    counts = rig.counts(batch_id)

    assert set(counts) == {"registered", "waiting"}
    assert 1 <= len(refused_calls) <= 4  # as many as were on their way

    change(rig, registration_status="Open")
    rig.turn(batches.resume, batch_id, now=rig.clock())
    rig.until_batch(batch_id, "finished")

    assert rig.counts(batch_id) == {"registered": 40}
    assert len(rig.registered()) == 40


def test_somebody_who_clicks_is_told_that_registration_is_closed(rig: Rig) -> None:
    """A click gets its answer, and nothing waits for better times behind it."""
    close(rig)
    rig.start()

    action = rig.settle(rig.register())

    assert (action.state, action.error_code) == ("refused", "closed")


def test_a_full_session_is_told_from_a_closed_one(rig: Rig) -> None:
    """RingCentral closes by itself at autoCloseLimit; the marketer can raise the limit."""
    session = rig.world.session(SESSION)
    assert session is not None
    change(rig, settings={**session.settings, "autoCloseLimit": 8})
    rig.start()
    rig.until(rig.has_sessions)

    batch_id = rig.import_of(20)

    until_paused(rig, batch_id, Pause.FULL)
    assert rig.counts(batch_id) == {"registered": 8, "waiting": 12}


def test_somebody_who_clicks_is_told_that_the_session_is_full(rig: Rig) -> None:
    """The answer alone says only 403; the registration session says why."""
    session = rig.world.session(SESSION)
    assert session is not None
    rig.world.add_registrants(SESSION, [Person("Grace", "Hopper", "grace@example.com")])
    change(rig, settings={**session.settings, "autoCloseLimit": 1}, registration_status="Closed")
    rig.start()
    rig.until(rig.has_sessions)

    action_id = rig.register()

    rig.until(lambda: rig.action(action_id).error_code == "full")
    assert rig.action(action_id).state == "refused"


@pytest.mark.parametrize("when", ["before", "in the middle"])
def test_a_deleted_session_pauses_its_import(rig: Rig, when: str) -> None:
    """Nobody is refused: the people may be wanted for the session that replaces it."""
    if when == "before":
        delete_session(rig)
    rig.start()
    batch_id = rig.import_of(40)
    if when == "in the middle":
        rig.until(lambda: len(rig.registered()) >= 5)
        delete_session(rig)

    until_paused(rig, batch_id, Pause.SESSION_GONE)

    assert set(rig.counts(batch_id)) <= {"registered", "waiting"}
    assert rig.counts(batch_id)["waiting"] > 0


def test_a_session_that_is_there_again_is_listed_as_soon_as_somebody_resumes(rig: Rig) -> None:
    """The marketer has waited for this moment; the last failed listing must not make them wait longer."""
    session = rig.world.session(SESSION)
    assert session is not None
    delete_session(rig)
    rig.start()
    batch_id = rig.import_of(5)
    until_paused(rig, batch_id, Pause.SESSION_GONE)

    rig.world.add_session(session)
    rig.turn(batches.resume, batch_id, now=rig.clock())
    rig.until_batch(batch_id, "finished")

    assert rig.counts(batch_id) == {"registered": 5}


def test_an_all_hands_webinar_is_told_from_a_deleted_session(rig: Rig) -> None:
    """Everybody shares one link there; nobody can be registered, and nothing is broken."""
    change(rig, registration_enabled=False)
    rig.start()
    rig.until(rig.has_sessions)
    batch_id = rig.import_of(3)

    until_paused(rig, batch_id, Pause.OFF)

    action_id = rig.register()
    rig.until(lambda: rig.action(action_id).error_code == "off")
    assert rig.action(action_id).state == "refused"


def test_a_session_that_is_over_is_told_from_a_closed_one(rig: Rig) -> None:
    """Registration ends with the session; whoever waits is told so."""
    over = rig.clock().timestamp() - 3600
    change(rig, starts_at=over - 3600, started_at=over - 3600, ended_at=over)
    rig.start()
    rig.until(rig.has_sessions)

    action_id = rig.register()

    rig.until(lambda: rig.action(action_id).error_code == "session_over")
    assert rig.action(action_id).state == "refused"


def test_a_session_of_somebody_else_without_the_right_pauses_with_that_reason(rig: Rig) -> None:
    """The user may see only their own webinars here."""
    rig.world.set_switches(company_lists=False)
    change(rig, host_id="62264425016")
    rig.start()
    rig.until(rig.has_sessions)

    batch_id = rig.import_of(3)

    until_paused(rig, batch_id, Pause.NO_RIGHT)
    assert rig.counts(batch_id) == {"waiting": 3}


def test_another_session_goes_on_while_one_is_paused(rig: Rig) -> None:
    """What is wrong with one session is no reason to keep the people of another waiting."""
    close(rig)
    rig.start()
    stuck = rig.import_of(5)
    other = rig.import_of(people(5, "other"), session="8002")

    rig.until_batch(other, "finished")

    until_paused(rig, stuck, Pause.CLOSED)
    assert rig.counts(other) == {"registered": 5}
    assert rig.registered("8002") == [one.email for one in people(5, "other")]


def test_a_work_address_that_is_wanted_refuses_the_others_one_by_one(rig: Rig) -> None:
    """workEmailRequired is about single people: the field is named, and the import goes on."""
    session = rig.world.session(SESSION)
    assert session is not None
    change(rig, settings={**session.settings, "workEmailRequired": True})
    rig.start()

    batch_id = rig.import_of([a_person("ada@gmail.com"), a_person("grace@example.com")])
    rig.until_batch(batch_id, "finished")

    first, second = rig.actions(batch_id)
    assert (first.status, first.error_code, first.error_parameter) == ("refused", "invalid", "email")
    assert second.status == "registered"
