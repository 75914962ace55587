"""A page's own reading of the registration does not keep the worker from learning why it was refused."""

from rollcall.outbox.states import Lane
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.simulator import Fault, FaultKind
from tests.worker.rig import SESSION, Rig


def test_a_missing_right_is_named_although_a_page_had_asked_for_the_registration_before(rig: Rig) -> None:
    """The page's wish came first, ours joined it, and its answer did not count as ours: "closed", while it was open."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=403, times=None, method="POST", path="/registrants"))
    action_id = rig.register()
    with rig.store.write() as db:
        readings.ask(
            db, rig.connection_id, What.REGISTRATION, SESSION, lane=Lane.CLICK, asked_by="local", now=rig.clock()
        )
    rig.start()

    rig.let_pass(lambda: rig.action(action_id).error_code == "no_right", most=60)

    assert rig.action(action_id).state == "refused"
