"""A store, a simulated RingCentral, a worker between the two, and a clock that all three go by."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from rollcall import connections, lease
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, progress, wishes
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.progress import Status
from rollcall.outbox.states import Lane, Origin, Priority, Verdict
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
    LoggedCall,
    Running,
    WebinarSession,
    World,
)
from rollcall.store.database import Store
from rollcall.store.tables import Action, Batch, Connection, Lease, Reading, Registration
from rollcall.wiring import Identity
from rollcall.worker import RENEW_EVERY, Worker
from tests.worker.clock import Clock

SESSION, OTHER_SESSION = "8001", "8002"
OWNER = "62264425008"
SKIP_STEP = 15.0  # seconds skipped at once: well under the lease's term, so that a worker keeps it


def a_session(session_id: str, *, starts_at: float, **fields: Any) -> WebinarSession:
    given: dict[str, Any] = {"host_id": OWNER, "title": f"Session {session_id}"} | fields
    return WebinarSession(id=session_id, webinar_id=f"7{session_id}", starts_at=starts_at, **given)


def a_person(email: str = "ada@example.com", **fields: str) -> Person:
    return Person(**{"first_name": "Ada", "last_name": "Lovelace", "email": email} | fields)


def people(number: int, name: str = "guest") -> list[Person]:
    """So many people with addresses that sort in the order of their lines."""
    return [a_person(f"{name}{count:03}@example.com", external_id=f"lid={count}") for count in range(1, number + 1)]


class Rig:
    """What a journey of the worker happens on. `start` begins it, `until` waits for what should come of it."""

    def __init__(self, store: Store, simulator: Running, clock: Clock) -> None:
        self.store, self.simulator, self.clock = store, simulator, clock
        self.server_url = simulator.url
        self.jwt = DEMO_JWT
        who = connections.account("live", simulator.url, DEMO_CLIENT_ID)
        with store.write() as db:
            self.identity = Identity(connections.find_or_make(db, who, now=clock()))
        self._running: list[tuple[threading.Thread, threading.Event, Worker]] = []
        self.world.add_session(a_session(SESSION, starts_at=clock.origin + 48 * 3600))
        self.world.add_session(a_session(OTHER_SESSION, starts_at=clock.origin + 72 * 3600))

    @property
    def world(self) -> World:
        return self.simulator.world

    @property
    def connection_id(self) -> int:
        return self.identity.connection_id

    # ------------------------------------------------------------ the worker

    def worker(self, store: Store | None = None, passing: Callable[[str], None] = lambda _: None) -> Worker:
        """A worker that does not run yet; `store`: another process's way to the same database."""
        credentials = Credentials(self.server_url, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, self.jwt)
        return Worker(
            store=store or self.store,
            client_for=lambda permit: Client(credentials, now=self.clock, permit=permit),
            identity=self.identity,
            now=self.clock,
            holder=secrets.token_hex(8),
            passing=passing,
        )

    def start(self, worker: Worker | None = None, *, passing: Callable[[str], None] = lambda _: None) -> Worker:
        worker = worker or self.worker(passing=passing)
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,), name="worker", daemon=True)
        thread.start()
        self._running.append((thread, stop, worker))
        return worker

    def stop(self) -> None:
        for _, stop, worker in self._running:
            stop.set()
            worker.woken.set()
        for thread, _, _ in self._running:
            thread.join(25)
            assert not thread.is_alive(), "the worker did not stop"
        self._running.clear()

    def stop_first(self) -> None:
        """Stop the worker that was started first; the others go on."""
        thread, stop, worker = self._running.pop(0)
        stop.set()
        worker.woken.set()
        thread.join(25)
        assert not thread.is_alive(), "the worker did not stop"

    def wake(self) -> None:
        for _, _, worker in self._running:
            worker.woken.set()

    # ------------------------------------------------------------ wishes

    def register(self, person: Person | None = None, *, links: LinkTemplates = LinkTemplates()) -> int:  # noqa: B008
        """What the form does; returns the action."""
        wish = Wish(self.connection_id, SESSION, Origin.FORM, "local", Priority.CLICK)
        with self.store.write() as db:
            action_id = wishes.register(db, wish, person or a_person(), links, now=self.clock())
        self.wake()
        return action_id

    def cancel(self, email: str = "ada@example.com") -> int:
        wish = Wish(self.connection_id, SESSION, Origin.UNDO, "local", Priority.CLICK)
        with self.store.write() as db:
            registration = wishes.registration_for(db, wish, email, now=self.clock())
            action_id = wishes.cancel(db, wish, registration, now=self.clock())
        self.wake()
        return action_id

    def draft_of(self, wanted: Iterable[Person], *, session: str = SESSION, links: dict[str, str] | None = None) -> int:
        """An uploaded and checked file of these people; returns the batch."""
        file = FileFacts(b"", "0" * 64, "utf-8", ",", bom=False, newline="\n", header=["email"])
        with self.store.write() as db:
            batch_id = drafts.draft(
                db, self.connection_id, session, name="guests.csv", file=file, actor="local", now=self.clock()
            )
            db.get_one(Batch, batch_id).links = links
        lines = [
            Line(number, number + 1, [person.email], person, Verdict.TO_SEND)
            for number, person in enumerate(wanted, start=1)
        ]
        drafts.write_lines(self.store, batch_id, lines, now=self.clock())
        return batch_id

    def press_start(self, batch_id: int) -> bool:
        with self.store.write() as db:
            started = batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=self.clock())
        self.wake()
        return started

    def import_of(self, wanted: int | Iterable[Person], **more: Any) -> int:
        """A started import of so many people, or of these; returns the batch."""
        batch_id = self.draft_of(people(wanted) if isinstance(wanted, int) else wanted, **more)
        assert self.press_start(batch_id)
        return batch_id

    def turn(self, how: Callable[..., object], batch_id: int, **more: Any) -> None:
        """Pause, resume, stop … a batch, as a page does."""
        with self.store.write() as db:
            how(db, batch_id, **more)
        self.wake()

    def look(self, what: What = What.REGISTRANTS, session: str = SESSION, *, step: float = 5.0) -> Reading:
        """What a page with a refresh button does: have something read, and wait until it is, or is given up."""
        with self.store.write() as db:
            reading_id = readings.ask(
                db, self.connection_id, what, session, lane=Lane.CLICK, asked_by="local", now=self.clock()
            )
        self.wake()
        self.let_pass(lambda: self.reading(reading_id).state in ("complete", "failed"), most=1200, step=step)
        return self.reading(reading_id)

    def leaves(self, email: str) -> None:
        """Somebody cancels by the link in RingCentral's own mail; nobody tells us."""
        with self.world.transaction() as db:
            db.execute("DELETE FROM registrant WHERE email_key = ?", (email,))

    # ------------------------------------------------------------ what came of it

    def action(self, action_id: int) -> Action:
        with self.store.read() as db:
            return db.get_one(Action, action_id)

    def actions(self, batch_id: int) -> list[progress.Person]:
        with self.store.read() as db:
            return progress.people(db, db.get_one(Batch, batch_id), most=1000)

    def batch(self, batch_id: int) -> Batch:
        with self.store.read() as db:
            return db.get_one(Batch, batch_id)

    def counts(self, batch_id: int) -> dict[Status, int]:
        with self.store.read() as db:
            return progress.counts(db, db.get_one(Batch, batch_id))

    def reading(self, reading_id: int) -> Reading:
        with self.store.read() as db:
            return db.get_one(Reading, reading_id)

    def connection(self) -> Connection:
        with self.store.read() as db:
            return db.get_one(Connection, self.connection_id)

    def registration(self, email: str = "ada@example.com") -> Registration:
        with self.store.read() as db:
            return db.query(Registration).filter_by(email_key=email, session_id=SESSION).one()

    def last_reading(self, what: What, session: str = "") -> Reading | None:
        with self.store.read() as db:
            return readings.latest(db, self.connection_id, what, session)

    def has_sessions(self) -> bool:
        """Whether the list of sessions has been read to its end."""
        last = self.last_reading(What.SESSIONS)
        return last is not None and last.state == "complete"

    def posts(self, email: str = "") -> list[LoggedCall]:
        """Attempts to register, in the simulator's own log."""
        logged = self.world.calls(method="POST", path="/registrants")
        return [call for call in logged if email in ("", call.email)]

    def registered(self, session: str = SESSION) -> list[str]:
        """The addresses RingCentral has, each as often as it has it."""
        return sorted(one.email for one in self.world.registrants(session))

    def refused_for_quota(self) -> list[LoggedCall]:
        return [call for call in self.world.calls() if call.status == 429]

    # ------------------------------------------------------------ waiting

    def until(self, happened: Callable[[], Any], *, within: float = 120.0, why: str = "") -> Any:
        """Wait until something is so, and return it; fail with what is known after so many real seconds."""
        ends, breath = time.monotonic() + within, threading.Event()
        while not (found := happened()):
            if time.monotonic() > ends:
                pytest.fail(f"not within {within:g} s: {why or 'what the test waits for'}\n{self.story()}")
            breath.wait(0.01)
        return found

    def until_state(self, action_id: int, *states: str, within: float = 120.0) -> Action:
        self.until(lambda: self.action(action_id).state in states, within=within, why=f"action in {states}")
        return self.action(action_id)

    def until_batch(self, batch_id: int, state: str, within: float = 180.0) -> Batch:
        self.until(lambda: self.batch(batch_id).state == state, within=within, why=f"batch {state}")
        return self.batch(batch_id)

    def skip(self, seconds: float) -> None:
        """Let time pass at once. A running worker keeps its lease meanwhile, as it does when time really passes."""
        while seconds > 0:
            self.clock.skip(min(seconds, SKIP_STEP))
            seconds -= SKIP_STEP
            self.wake()
            if self._running:
                self.until(self.is_held, why="the worker renews its lease")

    def is_held(self) -> bool:
        with self.store.read() as db:
            held = db.get(Lease, self.connection_id)
            left = held.expires_at - self.clock() if held else timedelta()
        return left > lease.TERM - RENEW_EVERY - timedelta(seconds=1)

    def settle(self, action_id: int, *, most: float = 900.0, step: float = 5.0) -> Action:
        """Let time pass until an action is final or waits for somebody."""
        self.let_pass(lambda: self.action(action_id).state in ("done", "refused", "withdrawn"), most=most, step=step)
        return self.action(action_id)

    def let_pass(self, happened: Callable[[], Any], *, most: float = 900.0, step: float = 5.0) -> Any:
        """Skip time, `step` seconds after the other, until something is so; fail after so many skipped seconds.

        Then a machine that is busy has some real seconds more to do what has long been due.
        """
        for _ in range(int(most / step)):
            calm, breath = time.monotonic() + 0.06, threading.Event()
            while time.monotonic() < calm:
                if found := happened():
                    return found
                breath.wait(0.01)
            self.skip(step)
        return self.until(happened, within=20.0, why=f"it was due within {most:g} s of skipped time")

    def story(self) -> str:
        """What the simulator saw and what the book says: emails and states of a test's own people."""
        calls = [
            f"  {call.arrived_at:%H:%M:%S.%f} {call.method} {call.path[-24:]} {call.email} {call.status} {call.fault}"
            for call in self.world.calls()
        ]
        with self.store.read() as db:
            rows = [
                f"  action {one.id} {one.kind} {one.state} {one.outcome} {one.error_code}" for one in db.query(Action)
            ]
            rows += [f"  batch {one.id} {one.state} {one.pause_reason}" for one in db.query(Batch)]
            rows += [f"  reading {one.what} {one.session_id} {one.state} {one.error_code}" for one in db.query(Reading)]
            here = db.get_one(Connection, self.connection_id)
            rows.append(f"  connection {here.stopped_reason} {here.stopped_detail} {here.trouble}")
        return "\n".join([f"now {self.clock():%H:%M:%S}", *calls[-40:], *rows[-40:]])
