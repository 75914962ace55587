"""A worker that is told to stop, and one that is stopped without being told and woken when another has taken over."""

import signal
from collections.abc import Callable

import psutil
import pytest
from sqlalchemy import func, select

from rollcall import lease
from rollcall.store.tables import Call, Lease
from tests.crashes.conftest import Stage
from tests.worker.rig import people

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("crash")]


def held(stage: Stage) -> Lease | None:
    with stage.store.read() as db:
        return db.get(Lease, stage.identity.connection_id)


def calls_of(stage: Stage, epoch: int) -> int:
    with stage.store.read() as db:
        return db.scalar(select(func.count()).where(Call.epoch == epoch)) or 0


def test_sigterm_stops_within_one_call_and_writes_it_down(stage: Callable[..., Stage]) -> None:
    """An update restarts the app: the call on its way ends well, nothing else leaves, the lease is given back."""
    here = stage(speed=1.0, limit=100)
    here.tell("POST", "faults", kind="slow", method="POST", path="/registrants", seconds=3.0, times=None)
    batch_id = here.import_of(50)
    process = here.worker()
    here.until(lambda: here.counts(batch_id).get("sending"), within=30, why="a call on its way")

    process.send_signal(signal.SIGTERM)
    on_their_way = here.counts(batch_id)["sending"]

    assert process.wait(12) == 0  # the three seconds of a call, and a busy machine
    after = here.counts(batch_id)
    assert "sending" not in after
    assert on_their_way <= after["registered"] <= on_their_way + 1  # one may have left in that very moment
    assert len(here.posts()) == after["registered"]
    now_held = held(here)
    assert now_held is not None
    assert now_held.expires_at <= here.clock()


@pytest.mark.parametrize("point", ["claimed", "before send", "after answer"])
def test_a_holder_stopped_for_longer_than_its_lease_doubles_nobody(stage: Callable[..., Stage], point: str) -> None:
    """A laptop sleeps with a call committed but not sent; another process takes over; the laptop wakes up."""
    here = stage(speed=20.0, limit=40)
    here.tell("PATCH", "switches", second_email="accepted")
    batch_id = here.import_of(40)
    sleeper = here.worker("--point", point, "--time", "8", "--signal", "SIGSTOP")
    here.until(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED, within=60, why="it has stopped")
    sleeping = held(here)
    assert sleeping is not None
    epoch, calls_before = sleeping.epoch, calls_of(here, sleeping.epoch)

    second = here.worker()
    here.until(lambda: (now := held(here)) and now.process_id == second.pid, within=60, why="the second takes over")
    taken = held(here)
    assert taken is not None
    assert taken.expires_at - lease.TERM >= sleeping.expires_at
    here.until(lambda: here.counts(batch_id).get("registered", 0) >= 10, within=60, why="the second works")
    sleeper.send_signal(signal.SIGCONT)
    here.until(lambda: here.batch(batch_id).state == "finished", within=120, why="the end of the import")

    assert here.registered() == [one.email for one in people(40)]
    assert here.counts(batch_id) == {"registered": 40}
    assert calls_of(here, epoch) == calls_before
    assert sleeper.poll() is None
    assert "the lease is lost" in here.log.read_text()
    last = held(here)
    assert last is not None
    assert (last.process_id, last.epoch) == (second.pid, epoch + 1)
