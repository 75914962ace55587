"""A list that was begun again shows whom it shows now, and nobody whom an earlier attempt at it had shown."""

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.states import Lane
from rollcall.ringcentral import limits
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.simulator import Fault, FaultKind, Person
from tests.worker.rig import SESSION, Rig, a_person

LEFT = "p0@example.com"


def test_whoever_left_between_two_attempts_at_a_list_is_registered_again_by_an_import(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page in the evening, then the machine was off; next morning the import said "already there" of her."""
    monkeypatch.setattr(limits, "PER_PAGE", 2)
    rig.world.add_registrants(SESSION, [Person(f"P{number}", "L", f"p{number}@example.com") for number in range(6)])
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, method="GET", path="/registrants", skip=1, times=None))
    with rig.store.write() as db:
        lane = Lane.CLICK
        reading_id = readings.ask(
            db, rig.connection_id, What.REGISTRANTS, SESSION, lane=lane, asked_by="local", now=rig.clock()
        )
    rig.start()
    rig.until(lambda: rig.reading(reading_id).attempts)
    rig.stop()
    rig.world.clear_faults()
    rig.leaves(LEFT)
    rig.skip(20 * 3600)

    rig.start()
    rig.let_pass(lambda: rig.reading(reading_id).state == "complete")
    batch_id = rig.draft_of([a_person(LEFT)])
    with rig.store.write() as db:
        listed_at = rig.reading(reading_id).begun_at
        assert batches.start(db, batch_id, listed_at=listed_at, again_cancelled=False, now=rig.clock())
    rig.wake()
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"registered": 1}
    assert LEFT in rig.registered()
