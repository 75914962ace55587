"""The lease on both databases: one holder at a time, and an old one writes nothing any more."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psutil
import pytest
from sqlalchemy import select

from rollcall import lease
from rollcall.lease import TERM, LeaseLost, Process, this_process
from rollcall.ringcentral import limits
from rollcall.store.database import Store, open_store
from rollcall.store.tables import Capability, Lease
from tests.databases import NINE, a_connection, in_threads

ME = this_process("me")
TWICE_A_CALL = timedelta(seconds=2 * limits.CALL_TIMEOUT)


def take(store: Store, connection_id: int, who: Process = ME, *, after: timedelta = timedelta()) -> int | None:
    with store.write() as db:
        return lease.take(db, connection_id, who, now=NINE + after)


def hold(store: Store, connection_id: int, epoch: int, *, after: timedelta = timedelta()) -> None:
    with store.write() as db:
        lease.hold(db, connection_id, epoch, now=NINE + after)


@pytest.fixture
def another() -> Iterator[psutil.Process]:
    """Another process on this machine, alive until the test ends it."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.kill()
    process.communicate()


def worker_in(process: psutil.Process) -> Process:
    return replace(ME, holder="another", process_id=process.pid, started=f"{process.create_time():.2f}")


class TestTaking:
    def test_the_first_comer_has_it_and_a_live_other_waits(
        self, store: Store, connection_id: int, another: psutil.Process
    ) -> None:
        """Two processes on one database: only one of them sends."""
        assert take(store, connection_id, worker_in(another)) == 1

        assert take(store, connection_id, after=TERM - timedelta(milliseconds=1)) is None

        hold(store, connection_id, 1)

    def test_of_eight_that_ask_at_once_one_gets_it(self, store: Store, connection_id: int) -> None:
        """Whatever the timing, and each with a store of its own, as processes have."""
        url = store.engine.url.render_as_string(hide_password=False)
        stores, epochs = [open_store(url) for _ in range(8)], list[int | None]()

        in_threads(
            8, lambda which: epochs.append(take(stores[which], connection_id, replace(ME, holder=f"worker {which}")))
        )

        assert sorted(epochs, key=lambda epoch: epoch or 0) == [None] * 7 + [1]
        for one in stores:
            one.close()

    def test_another_connection_is_another_lease(self, store: Store, connection_id: int) -> None:
        """Each sends with its own quota."""
        other = a_connection(store, owner_id="4002")
        take(store, connection_id, replace(ME, holder="a"))

        assert take(store, other, replace(ME, holder="b")) == 1

    def test_one_that_has_run_out_is_taken_also_from_the_living(
        self, store: Store, connection_id: int, another: psutil.Process
    ) -> None:
        """The holder was stopped for longer than its term, or its machine lost the network."""
        take(store, connection_id, worker_in(another))

        assert take(store, connection_id, after=TERM) == 2

    def test_of_a_dead_process_on_this_machine_it_is_taken_at_once(
        self, store: Store, connection_id: int, another: psutil.Process
    ) -> None:
        """A restart after kill -9 must not wait for the term to end."""
        take(store, connection_id, worker_in(another))
        another.kill()
        another.wait(10)

        assert take(store, connection_id) == 2

    def test_a_dead_process_that_nobody_has_fetched_yet_is_dead(self, store: Store, connection_id: int) -> None:
        """A zombie still has its number; its parent is busy, or is a container without an init."""
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
            holder = worker_in(psutil.Process(process.pid))
            take(store, connection_id, holder)
            process.kill()
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # wait for its death, and leave it unfetched

            assert take(store, connection_id) == 2

    def test_another_process_under_the_same_number_is_not_the_holder(
        self, store: Store, connection_id: int, another: psutil.Process
    ) -> None:
        """Numbers are given again, after a restart of a container even at once."""
        earlier = replace(worker_in(another), started=f"{another.create_time() - 5:.2f}")
        take(store, connection_id, earlier)

        assert take(store, connection_id) == 2

    def test_on_another_machine_nobody_can_tell_so_it_is_waited_for(self, store: Store, connection_id: int) -> None:
        """There is no such process here, which says nothing about there."""
        take(store, connection_id, replace(ME, holder="there", machine="elsewhere", process_id=2**22 + 1))

        assert take(store, connection_id, after=TERM - timedelta(seconds=1)) is None
        assert take(store, connection_id, after=TERM) == 2

    def test_the_same_worker_takes_it_back_under_a_new_epoch(self, store: Store, connection_id: int) -> None:
        """It started over after a fault; what it left in the air belongs to the epoch before."""
        assert take(store, connection_id) == 1
        assert take(store, connection_id) == 2

        with pytest.raises(LeaseLost):
            hold(store, connection_id, 1)


class TestHolding:
    def test_every_transaction_renews_it(self, store: Store, connection_id: int, another: psutil.Process) -> None:
        """As long as it works, nobody takes over."""
        take(store, connection_id, worker_in(another))
        for minutes in range(5):
            hold(store, connection_id, 1, after=timedelta(seconds=30) * (minutes + 1))

        assert take(store, connection_id, after=timedelta(seconds=150) + TERM - timedelta(seconds=1)) is None

    def test_an_old_epoch_changes_nothing(self, store: Store, connection_id: int) -> None:
        """The holder was stopped with SIGSTOP, somebody else took over, and then it woke up in the middle."""
        take(store, connection_id)
        take(store, connection_id, replace(ME, holder="next"), after=TERM)

        with pytest.raises(LeaseLost):
            self.write_with(store, connection_id, epoch=1, after=TERM)

        with store.read() as db:
            assert db.scalars(select(Capability)).all() == []

    def test_one_that_slept_past_its_term_has_lost_it_though_nobody_took_it(
        self, store: Store, connection_id: int
    ) -> None:
        """Somebody may be about to: what it thinks it knows is too old to act on."""
        take(store, connection_id)

        hold(store, connection_id, 1, after=TERM - timedelta(milliseconds=1))
        with pytest.raises(LeaseLost):
            hold(store, connection_id, 1, after=TERM * 3)

    @staticmethod
    def write_with(store: Store, connection_id: int, *, epoch: int, after: timedelta) -> None:
        with store.write() as db:
            lease.hold(db, connection_id, epoch, now=NINE + after)
            db.add(Capability(connection_id=connection_id, name="own_links", value="kept", seen_at=NINE))

    def test_given_back_it_can_be_had_at_once(self, store: Store, connection_id: int, another: psutil.Process) -> None:
        """A clean stop and a start on another machine."""
        take(store, connection_id, replace(ME, holder="there", machine="elsewhere"))
        with store.write() as db:
            lease.release(db, connection_id, 1, now=NINE)

        assert take(store, connection_id, worker_in(another)) == 2

    def test_an_old_epoch_cannot_give_back_what_somebody_else_holds(
        self, store: Store, connection_id: int, another: psutil.Process
    ) -> None:
        """The loser of a takeover stops in its own time."""
        take(store, connection_id, replace(ME, holder="slow"))
        take(store, connection_id, worker_in(another), after=TERM)

        with store.write() as db:
            lease.release(db, connection_id, 1, now=NINE + TERM)

        with store.read() as db:
            assert db.scalars(select(Lease.expires_at)).one() == NINE + TERM * 2

    def test_its_term_is_more_than_two_calls(self) -> None:
        """A call that left just before the last renewal has ended before anybody else may send."""
        assert TERM > TWICE_A_CALL
