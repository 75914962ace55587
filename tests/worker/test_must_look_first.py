"""Somebody seen on the list long ago is looked for first; where the list cannot be read, the click is told why."""

from rollcall.simulator import Fault, FaultKind, Person
from tests.worker.rig import SESSION, Rig
from tests.worker.test_sessions import delete_session

ADA = "ada@example.com"


def seen_long_ago(rig: Rig) -> None:
    rig.world.add_registrants(SESSION, [Person("Ada", "Lovelace", ADA)])
    rig.start()
    rig.until(rig.has_sessions)
    rig.look()
    rig.skip(660)  # longer than somebody seen on the list passes for registered


def test_a_click_for_a_deleted_session_is_told_so_where_the_person_was_listed(rig: Rig) -> None:
    """No list could tell any more, so the form said "waiting", and one call after the other was spent on it."""
    seen_long_ago(rig)
    delete_session(rig)

    action_id = rig.register()
    rig.let_pass(lambda: rig.action(action_id).error_code == "session_gone")
    rig.skip(60)  # the reading that says why
    before = rig.world.calls()[-1].id
    rig.skip(300)

    assert rig.action(action_id).state == "refused"
    assert rig.world.calls(path=SESSION, since=before) == []


def test_a_click_is_told_where_the_list_may_not_be_read(rig: Rig) -> None:
    """She had left long ago; nobody may read the list, and the form never said what it was waiting for."""
    seen_long_ago(rig)
    rig.leaves(ADA)
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, method="GET", path="/registrants", status=403, times=None))

    action_id = rig.register()
    rig.let_pass(lambda: rig.action(action_id).error_code == "no_right")

    assert rig.action(action_id).state == "refused"
