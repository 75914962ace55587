""" "Try refused again" is about the refused, and about nobody else."""

from rollcall.outbox import batch as batches
from rollcall.simulator import Fault, FaultKind, Person
from tests.worker.rig import SESSION, Rig, a_person, people

ADA = "ada@example.com"


def test_whoever_was_there_at_start_and_has_left_since_is_not_registered_by_trying_others_again(rig: Rig) -> None:
    """She cancelled by the link in her mail, and was registered anew because another row was tried again."""
    post = {"method": "POST", "path": "/registrants"}
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=400, email="guest001@example.com", **post))
    rig.world.add_registrants(SESSION, [Person("Ada", "L", ADA)])
    rig.start()
    batch_id = rig.import_of([*people(1), a_person()])
    rig.until_batch(batch_id, "finished")
    assert rig.counts(batch_id) == {"refused": 1, "already_there": 1}
    rig.leaves(ADA)
    rig.skip(600)

    rig.turn(batches.retry_refused, batch_id, actor="local", now=rig.clock())
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.posts(ADA) == []
    assert rig.registered() == ["guest001@example.com"]
    assert rig.counts(batch_id)["registered"] == 1
