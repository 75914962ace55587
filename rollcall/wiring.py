"""Where the parts are put together. The only module-level state of the project is `_current`.

`build` opens the store and makes the parts; it calls nothing over the network and starts no thread. `start` does, and
is called by the app's lifespan alone.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rollcall import connections
from rollcall.bookkeeping import Bookkeeper
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.signin import Credentials
from rollcall.settings import Mode, Settings
from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT
from rollcall.simulator import Running as Simulator
from rollcall.simulator import start as start_simulator
from rollcall.store.database import Store, open_store
from rollcall.store.forget import forget_everything
from rollcall.store.upgrade import upgrade
from rollcall.worker import Worker, Writing

Clock = Callable[[], datetime]
STOPS_WITHIN = 25.0  # seconds: a call in flight may take its whole timeout


def utc_now() -> datetime:
    """The clock of the running app."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Identity:
    """Which connection we are. A first sign-in may find that it is one we know already."""

    connection_id: int


@dataclass(slots=True)
class Demo:
    """The simulator of a demo, once it runs."""

    simulator: Simulator | None = None


@dataclass(frozen=True, slots=True)
class Rollcall:
    """The running application: one per process, one per test."""

    settings: Settings
    store: Store
    now: Clock
    identity: Identity
    woken: threading.Event = field(default_factory=threading.Event)
    writing: Writing = field(default_factory=Writing)
    demo: Demo = field(default_factory=lambda: Demo())

    @property
    def connection_id(self) -> int:
        """The connection whose sessions and people are shown."""
        return self.identity.connection_id

    @property
    def is_demo(self) -> bool:
        """Whether everything goes to the simulator on this computer."""
        return self.settings.mode is Mode.DEMO

    def wake(self) -> None:
        """Tell the worker that something was wished, after the commit. Left out, it looks by itself a little later."""
        self.woken.set()


def build(settings: Settings, *, now: Clock = utc_now) -> Rollcall:
    """Open the store, bring it up to date and find the connection. A database that cannot be used is let go of."""
    store = open_store(settings.database_url)
    try:
        upgrade(store, now=now())
        with store.write() as db:
            connection_id = connections.find_or_make(db, _account(settings), now=now())
    except BaseException:
        store.close()
        raise
    return Rollcall(settings, store, now, Identity(connection_id))


def _account(settings: Settings) -> connections.Account:
    if settings.mode is Mode.DEMO:
        return connections.account("demo", connections.DEMO_SERVER, DEMO_CLIENT_ID)
    return connections.account(
        "live", settings.server_url, settings.client_id, settings.client_secret.reveal(), settings.jwt.reveal()
    )


@dataclass(slots=True)
class Running:
    """The threads of a started Rollcall."""

    rollcall: Rollcall
    worker: Worker
    threads: tuple[threading.Thread, ...]
    stopping: threading.Event
    simulator: Simulator | None

    def stop(self) -> None:
        """Stop within one call: what is in flight is written down, then the lease is given back."""
        self.stopping.set()
        self.rollcall.woken.set()
        for thread in self.threads:
            thread.join(STOPS_WITHIN)
        if self.simulator is not None:
            self.simulator.stop()
        self.rollcall.store.close()


def start(rollcall: Rollcall) -> Running:
    """Start the simulator, if this is the demo, the worker, and what keeps the tallies beside it."""
    simulator = _simulator(rollcall.settings) if rollcall.is_demo else None
    rollcall.demo.simulator = simulator
    credentials = _credentials(rollcall.settings, simulator)
    worker = Worker(
        store=rollcall.store,
        client_for=lambda permit: Client(credentials, now=rollcall.now, permit=permit),
        identity=rollcall.identity,
        now=rollcall.now,
        holder=secrets.token_hex(8),
        woken=rollcall.woken,
        writing=rollcall.writing,
    )
    stopping = threading.Event()
    bookkeeper = Bookkeeper(rollcall.store, rollcall.identity, rollcall.now)
    threads = (
        threading.Thread(target=worker.run, args=(stopping,), name="rollcall-worker", daemon=True),
        threading.Thread(target=bookkeeper.run, args=(stopping,), name="rollcall-bookkeeper", daemon=True),
    )
    for thread in threads:
        thread.start()
    return Running(rollcall, worker, threads, stopping, simulator)


def reset_demo(rollcall: Rollcall) -> None:
    """Let the demo begin anew: the simulator forgets everybody, the book and the roster are emptied.

    The lease's epoch is counted up first: what a call in flight still brings back belongs to the world before.
    """
    if rollcall.demo.simulator is None:
        raise ValueError("only a running demo can be reset")
    with rollcall.store.write() as db:
        forget_everything(db, rollcall.connection_id)
    rollcall.demo.simulator.reset()
    rollcall.wake()


def _simulator(settings: Settings) -> Simulator:
    return start_simulator(
        settings.data_dir / "demo-ringcentral.sqlite", limit=settings.demo_limit, window=settings.demo_window
    )


def _credentials(settings: Settings, simulator: Simulator | None) -> Credentials:
    if simulator is not None:
        return Credentials(simulator.url, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT)
    return Credentials(settings.server_url, settings.client_id, settings.client_secret.reveal(), settings.jwt.reveal())


_current: Rollcall | None = None


def use(rollcall: Rollcall | None) -> None:
    """Make this the Rollcall that pages see: the lifespan does it once, each test for itself."""
    global _current
    _current = rollcall


def current() -> Rollcall:
    """The running Rollcall.

    Raises:
        RuntimeError: the lifespan has not run; `app.py` was not started as an app.
    """
    if _current is None:
        raise RuntimeError("Rollcall has not been started: run it with `streamlit run app.py`.")
    return _current
