"""A worker with a simulated RingCentral of its own, in one process, in a clock that may run faster than the wall's.

In a clock that is ten times as fast every delay of this machine counts tenfold: figures come out worse, not better.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rollcall import settings, wiring
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, wishes
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.states import BatchState, Origin, Priority, Verdict
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.person import Person
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.signin import Credentials
from rollcall.roster import readings
from rollcall.roster.readings import What
from rollcall.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_JWT,
    Fault,
    FaultKind,
    Group,
    LoggedCall,
    Running,
    WebinarSession,
    start,
)
from rollcall.simulator.hosts import OWNER
from rollcall.store.tables import Batch
from rollcall.worker import Worker

SESSION = "8001"
REGISTER = f"/sessions/{SESSION}/registrants"
LOOK_EVERY = 0.05  # seconds of the wall's clock
NO_FILE = FileFacts(b"", "", "utf-8", ",", False, "\n", ["Email"])


class Clock:
    """The time, from now on `speed` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._from, self._began = datetime.now(UTC), time.monotonic()

    def __call__(self) -> datetime:
        return self._from + timedelta(seconds=(time.monotonic() - self._began) * self.speed)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds of this clock pass."""
        time.sleep(seconds / self.speed)


class Woken(threading.Event):
    """What a worker waits on, its waits measured in a clock of ours."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is None else timeout / self._clock.speed)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a simulated RingCentral allows, how long its answers take, and how fast time passes (seconds of the clock).

    Attributes:
        answers: seconds from a registration's arrival to its answer; 0: as fast as this machine can.
    """

    limit: int
    window: float
    answers: float = 0.0
    speed: float = 1.0


@contextmanager
def ringcentral(pace: Pace, clock: Clock) -> Iterator[Running]:
    """A simulated RingCentral with one webinar, open for registration."""
    simulator = start(limit=pace.limit, window=pace.window, now=clock, with_demo=False)
    try:
        starts_at = (clock() + timedelta(days=14)).timestamp()
        simulator.world.add_session(WebinarSession(SESSION, "7001", OWNER, "Benchmark", starts_at))
        if pace.answers:
            simulator.world.add_fault(
                Fault(FaultKind.SLOW, "POST", REGISTER, seconds=pace.answers / pace.speed, times=None)
            )
        yield simulator
    finally:
        simulator.stop()


def client(simulator: Running, clock: Clock, permit: Callable[[], None] | None = None) -> Client:
    """A client of this RingCentral."""
    credentials = Credentials(simulator.url, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT)
    return Client(credentials, now=clock, permit=permit)


def person(number: int, what: str = "person") -> Person:
    """Somebody; another number is somebody else."""
    return Person("Ann", f"Lee {number}", f"{what}{number}@example.com", "Benchmark", f"lid={number}")


@dataclass(slots=True)
class Rig:
    """A running Rollcall, the RingCentral it speaks to, and their clock."""

    here: wiring.Rollcall
    simulator: Running
    clock: Clock
    pace: Pace
    _stopping: threading.Event = field(default_factory=threading.Event)

    def calls(self, since: datetime) -> list[LoggedCall]:
        """What has arrived at RingCentral of the group whose limit we know, since a moment."""
        return [call for call in self.simulator.world.calls() if call.group == Group.HEAVY and call.arrived_at >= since]

    def start_import(self, people: int) -> int:
        """Start an import of so many people and return its batch."""
        now = self.clock()
        with self.here.store.write() as db:
            batch_id = drafts.draft(
                db, self.here.connection_id, SESSION, name="people.csv", file=NO_FILE, actor="bench", now=now
            )
        lines = (Line(number, number, [], person(number), Verdict.TO_SEND) for number in range(1, people + 1))
        drafts.write_lines(self.here.store, batch_id, lines, now=now)
        with self.here.store.write() as db:
            assert batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=self.clock())
        self.here.wake()
        return batch_id

    def click(self, number: int) -> int:
        """Register one person by the form and return the action."""
        wish = Wish(self.here.connection_id, SESSION, Origin.FORM, "bench", Priority.CLICK)
        with self.here.store.write() as db:
            action_id = wishes.register(db, wish, person(number, "click"), LinkTemplates(), now=self.clock())
        self.here.wake()
        return action_id

    def await_finish(self, batch_id: int) -> None:
        """Wait until an import is through."""

        def is_finished() -> bool:
            with self.here.store.read() as db:
                batch = db.get_one(Batch, batch_id)
                assert batch.state in (BatchState.RUNNING, BatchState.FINISHED), batch.pause_reason
                return batch.state == BatchState.FINISHED

        self.await_that(is_finished)

    def await_free_window(self) -> None:
        """Wait until nothing counts any more of what was called before."""
        self.clock.sleep(self.pace.window + 1)

    def await_reading(self, what: What, session_id: str = "") -> None:
        """Wait until the latest list of this kind is whole."""

        def is_complete() -> bool:
            with self.here.store.read() as db:
                latest = readings.latest(db, self.here.connection_id, what, session_id)
            return latest is not None and latest.state == readings.ReadingState.COMPLETE

        self.await_that(is_complete)

    def await_that(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        while not holds():
            time.sleep(LOOK_EVERY)


@contextmanager
def rig(pace: Pace) -> Iterator[Rig]:
    """Everything started, the list of sessions read, and nothing else wished."""
    clock = Clock(pace.speed)
    with tempfile.TemporaryDirectory() as folder, ringcentral(pace, clock) as simulator:
        wanted = settings.load({"ROLLCALL_DATA_DIR": folder}, None)
        here = replace(wiring.build(wanted, now=clock), woken=Woken(clock))
        one = Rig(here, simulator, clock, pace)
        worker = Worker(
            store=here.store,
            client_for=lambda permit: client(simulator, clock, permit),
            identity=here.identity,
            now=clock,
            holder="bench",
            woken=here.woken,
        )
        thread = threading.Thread(target=worker.run, args=(one._stopping,), daemon=True)
        thread.start()
        try:
            one.await_reading(What.SESSIONS)
            yield one
        finally:
            one._stopping.set()
            here.woken.set()
            thread.join(wiring.STOPS_WITHIN)
            here.store.close()
