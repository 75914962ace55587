"""Two processes on one database: one of them sends."""

from rollcall import lease
from rollcall.simulator import SecondEmail
from rollcall.store.database import open_store
from rollcall.store.tables import Lease
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import Rig, people


def held(rig: Rig) -> Lease:
    with rig.store.read() as db:
        return db.get_one(Lease, rig.connection_id)


@BOTH_DATABASES
def test_of_two_workers_one_sends(rig: Rig, empty_url: str) -> None:
    """Two start at once; a doubled call would show, because second emails are accepted."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    batch_id = rig.import_of(30)
    elsewhere = open_store(empty_url)
    try:
        rig.start()
        rig.start(rig.worker(elsewhere))
        rig.until_batch(batch_id, "finished")

        assert rig.registered() == [one.email for one in people(30)]
        assert len(rig.posts()) == 30
        assert not rig.refused_for_quota()
        assert held(rig).epoch == 1
        assert len(rig.world.calls(path="/oauth/token")) == 1
    finally:
        rig.stop()
        elsewhere.close()


@BOTH_DATABASES
def test_the_second_goes_on_as_soon_as_the_first_stops(rig: Rig, empty_url: str) -> None:
    """An update restarts one of them: the lease is given back, not waited out."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    batch_id = rig.import_of(40)
    elsewhere = open_store(empty_url)
    try:
        rig.start()
        rig.until(lambda: len(rig.posts()) >= 5)
        rig.start(rig.worker(elsewhere))

        rig.stop_first()
        stopped, sent = rig.clock(), len(rig.posts())
        rig.until(lambda: len(rig.posts()) > sent)
        assert rig.clock() - stopped < lease.TERM / 2

        rig.until_batch(batch_id, "finished")
        assert rig.registered() == [one.email for one in people(40)]
        assert rig.counts(batch_id) == {"registered": 40}
        assert held(rig).epoch == 2
    finally:
        rig.stop()
        elsewhere.close()


def test_a_lease_that_ran_out_unseen_stops_the_call_that_would_have_left(rig: Rig) -> None:
    """The process slept between writing the call down and sending it: the last look before it leaves sees that."""
    batch_id = rig.import_of(3)

    nights = iter([60.0])

    def sleep_before_sending(point: str) -> None:
        if point == "before send" and "sending" in rig.counts(batch_id):
            rig.clock.skip(next(nights, 0.0))

    rig.start(passing=sleep_before_sending)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert rig.counts(batch_id) == {"registered": 3}
    assert len(rig.posts()) == 3
    assert held(rig).epoch > 1
