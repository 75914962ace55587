"""What several calls in flight together say about the quota is counted once."""

from collections.abc import Callable

from rollcall.callbook import OTHERS
from rollcall.simulator import Fault, FaultKind
from rollcall.store.tables import Call
from tests.worker.relay import Relay
from tests.worker.rig import Rig

ADA = "ada@example.com"
POST = {"method": "POST", "path": "/registrants"}


def in_flight(rig: Rig) -> int:
    with rig.store.read() as db:
        return db.query(Call).filter(Call.ended_at.is_(None)).count()


def test_calls_in_flight_that_all_come_back_429_are_one_penalty(build: Callable[..., Rig]) -> None:
    """One 429 out of the blue, seen by four calls on their way: eight minutes of silence instead of one."""
    rig = build(limit=120, window=60.0)
    relay = Relay(rig.server_url)
    relay.open()
    rig.server_url = relay.url
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, skip=3, **POST))
    rig.start()
    rig.until(rig.has_sessions)
    batch_id = rig.import_of(30)
    rig.until(lambda: rig.counts(batch_id).get("registered"))

    relay.delay = 1.5  # so long that several are on their way at once
    rig.until(lambda: len(rig.refused_for_quota()) > 1)
    rig.until(lambda: in_flight(rig) == 0)
    relay.delay = 0.0
    last = rig.refused_for_quota()[-1]
    rig.skip(65)
    following = rig.until(lambda: rig.world.calls(since=last.id), within=20, why="the penalty is over")[0]
    rig.stop()
    relay.close()

    assert (following.arrived_at - last.arrived_at).total_seconds() >= 60


def test_an_answer_that_took_long_makes_no_calls_of_others(rig: Rig) -> None:
    """What is left was counted as the call arrived; read against the calls of now, our own passed for strangers'."""
    rig.start()
    batch_id = rig.import_of(20)
    rig.until_batch(batch_id, "finished")
    rig.world.add_fault(Fault(FaultKind.SLOW, email=ADA, seconds=2.5, **POST))

    rig.until_state(rig.register(), "done")

    with rig.store.read() as db:
        assert db.query(Call).filter_by(operation=OTHERS).count() == 0
