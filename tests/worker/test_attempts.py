"""What counts as an attempt: a call that may have been carried out. A network that is down for hours counts nobody."""

from datetime import UTC, datetime, timedelta

import pytest

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import Unreachable
from rollcall.ringcentral.signin import Credentials
from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Fault, FaultKind
from rollcall.store.tables import Call
from rollcall.worker import Setbacks, Worker
from tests.worker.rig import Rig

ADA = "ada@example.com"
POST = {"method": "POST", "path": "/registrants"}
DELETE = {"method": "DELETE", "path": "/registrants"}


class Network:
    """The way to RingCentral: while it is down no request leaves, and whoever is signed in stays signed in."""

    is_down = False

    def worker(self, rig: Rig) -> Worker:
        """A worker that goes this way."""
        credentials = Credentials(rig.server_url, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, rig.jwt)
        worker = rig.worker()
        permit = worker._may_send

        def look() -> None:
            if self.is_down:
                raise Unreachable("the connection was refused")
            permit()

        worker.client = Client(credentials, now=rig.clock, permit=look)
        return worker


def tries(rig: Rig) -> int:
    """Calls of ours that were written down to leave, whether or not they did."""
    with rig.store.read() as db:
        return db.query(Call).count()


def test_a_hundred_failures_in_a_row_still_give_a_pause() -> None:
    """The doubling ran out of numbers at the forty-eighth: the worker stumbled over its own pause from then on."""
    setbacks, now = Setbacks(), datetime.now(UTC)

    for _ in range(100):
        setbacks.count(now)

    assert setbacks.until == now + timedelta(seconds=60)


def test_an_hour_without_a_network_refuses_nobody(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """The laptop was in a train. After some forty failures calls that had never left passed for unconfirmed ones."""
    network = Network()
    worker = network.worker(rig)
    rig.start(worker)
    rig.until(rig.has_sessions)
    network.is_down = True
    for _ in range(46):  # the three quarters of an hour before
        worker.setbacks.count(rig.clock() - timedelta(hours=1))

    batch_id, action_id, before = rig.import_of(5), rig.register(), tries(rig)
    rig.let_pass(lambda: tries(rig) >= before + 4, step=15)
    meanwhile = {rig.action(action_id).state, *rig.counts(batch_id)}
    network.is_down = False
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished", most=300)

    assert meanwhile <= {"waiting", "sending"}
    assert rig.settle(action_id).outcome == "registered"
    assert rig.counts(batch_id) == {"registered": 5}
    assert len(rig.posts()) == 6
    assert [record.message for record in caplog.records if "stumbled" in record.message] == []


def test_calls_refused_for_the_quota_are_no_attempts_to_register(rig: Rig) -> None:
    """Three 429, then one call cut off on its way: "given up", after a single try that RingCentral had looked at."""
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, email=ADA, times=3, **POST))
    rig.world.add_fault(Fault(FaultKind.DROPPED_BEFORE, email=ADA, **POST))
    rig.start()

    action = rig.settle(rig.register(), step=15)

    assert (action.state, action.outcome) == ("done", "registered")
    assert [call.status for call in rig.posts()] == [429, 429, 429, None, 201]


def test_calls_that_never_left_are_no_attempts_to_register(rig: Rig) -> None:
    """Offline for a while as she waited, then one call cut off on its way: given up, as if it failed on her."""
    network = Network()
    rig.start(network.worker(rig))
    rig.until(rig.has_sessions)
    rig.world.add_fault(Fault(FaultKind.DROPPED_BEFORE, email=ADA, **POST))
    network.is_down = True

    action_id, before = rig.register(), tries(rig)
    rig.let_pass(lambda: tries(rig) >= before + 5)
    network.is_down = False
    action = rig.settle(action_id, step=15)

    assert (action.state, action.outcome) == ("done", "registered")
    assert len(rig.posts()) == 2


def test_calls_refused_for_the_quota_are_no_attempts_to_cancel(rig: Rig) -> None:
    """Ten 429, then one answer that was lost: "RingCentral does not cancel", and the person was cancelled."""
    rig.start()
    rig.settle(rig.register())
    rig.world.add_fault(Fault(FaultKind.RATE_LIMITED, times=10, **DELETE))
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, **DELETE))

    action = rig.settle(rig.cancel(), most=1800, step=15)

    assert action.state == "done"
    assert rig.registered() == []
