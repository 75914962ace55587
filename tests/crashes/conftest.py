"""Worker and RingCentral as processes, so that either can be killed, stopped and woken."""

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from rollcall import connections
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, progress
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.states import Verdict
from rollcall.simulator import DEMO_CLIENT_ID
from rollcall.store.database import open_store
from rollcall.store.tables import Action, Batch, Call, Connection, Lease, Quota, Reading
from rollcall.store.upgrade import upgrade
from rollcall.wiring import Identity
from tests.worker.clock import Clock
from tests.worker.rig import SESSION, people

ROOT = Path(__file__).parents[2]
BEGINS_WITHIN = 90.0  # seconds a process may take to say its first line, on a busy machine


class Stage:
    """One store file, one RingCentral in a process of its own, and workers that come and go."""

    def __init__(self, folder: Path, *, speed: float, limit: int, window: float = 60.0) -> None:
        self.clock = Clock(speed=speed)
        self.database = f"sqlite:///{folder}/rollcall.sqlite"
        self._processes: list[subprocess.Popen[str]] = []
        self.log = folder / "processes.log"
        self._log = (folder / "processes.log").open("a")
        self._common = ["--origin", repr(self.clock.origin), "--speed", repr(speed)]
        self.ringcentral, self.url = self._begin(
            "tests.crashes.ringcentral",
            *("--state", str(folder / "ringcentral.sqlite"), "--limit", str(limit), "--window", repr(window)),
        )
        self.store = open_store(self.database)
        upgrade(self.store, now=self.clock())
        with self.store.write() as db:
            who = connections.account("live", self.url, DEMO_CLIENT_ID)
            self.identity = Identity(connections.find_or_make(db, who, now=self.clock()))

    # ------------------------------------------------------------ processes

    def worker(self, *options: str) -> "subprocess.Popen[str]":
        process, _ = self._begin("tests.crashes.host", "--database", self.database, "--server", self.url, *options)
        return process

    def _begin(self, module: str, *options: str) -> "tuple[subprocess.Popen[str], str]":
        process = subprocess.Popen(
            [sys.executable, "-m", module, *options, *self._common],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._processes.append(process)
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            said = process.stdout.readline().strip() if selector.select(BEGINS_WITHIN) else ""
        process.stdout.close()
        assert said, f"{module} did not start; see {self._log.name}"
        return process, said

    def close(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)
        self.store.close()
        self._log.close()

    # ------------------------------------------------------------ RingCentral, seen from outside

    def tell(self, verb: str, what: str, **body: Any) -> None:
        requests.request(verb, f"{self.url}/_simulator/{what}", json=body, timeout=10).raise_for_status()

    def calls(self, method: str = "", path: str = "") -> list[dict[str, Any]]:
        """The simulator's log. `arrived_at` is in epoch seconds of the common clock."""
        answer = requests.get(f"{self.url}/_simulator/calls", params={"method": method, "path": path}, timeout=10)
        return list(answer.json()["calls"])

    def posts(self) -> list[dict[str, Any]]:
        return self.calls("POST", "/registrants")

    def registered(self) -> list[str]:
        answer = requests.get(f"{self.url}/_simulator/registrants", params={"session": SESSION}, timeout=10)
        return sorted(one["email"] for one in answer.json()["registrants"])

    # ------------------------------------------------------------ the import

    def import_of(self, number: int) -> int:
        file = FileFacts(b"", "0" * 64, "utf-8", ",", bom=False, newline="\n", header=["email"])
        now, here = self.clock(), self.identity.connection_id
        with self.store.write() as db:
            batch_id = drafts.draft(db, here, SESSION, name="guests.csv", file=file, actor="local", now=now)
        lines = [Line(n, n + 1, [one.email], one, Verdict.TO_SEND) for n, one in enumerate(people(number), start=1)]
        drafts.write_lines(self.store, batch_id, lines, now=now)
        with self.store.write() as db:
            assert batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=now)
        return batch_id

    def batch(self, batch_id: int) -> Batch:
        with self.store.read() as db:
            return db.get_one(Batch, batch_id)

    def counts(self, batch_id: int) -> dict[str, int]:
        with self.store.read() as db:
            return {str(status): count for status, count in progress.counts(db, db.get_one(Batch, batch_id)).items()}

    def until(self, happened: Callable[[], Any], *, within: float, why: str) -> Any:
        """Wait until something is so; fail after so many real seconds, saying what was waited for."""
        ends, breath = time.monotonic() + within, threading.Event()
        while not (found := happened()):
            if time.monotonic() > ends:
                pytest.fail(f"not within {within:g} s: {why}\n{self.story()}")
            breath.wait(0.05)
        return found

    def story(self) -> str:
        """The last calls, what stands in the book, and what the processes said."""
        with self.store.read() as db:
            states = db.execute(
                select(Action.state, Action.outcome, Action.error_code, func.count()).group_by(
                    Action.state, Action.outcome, Action.error_code
                )
            ).all()
            lists = db.execute(select(Reading.what, Reading.state, Reading.begun_at, Reading.not_before)).all()
            quotas = db.execute(select(Quota.quota_group, Quota.limit, Quota.penalty_until)).all()
            held = db.execute(select(Lease.process_id, Lease.epoch, Lease.expires_at)).all()
            stopped = db.execute(select(Connection.stopped_reason, Connection.trouble, Connection.trouble_since)).all()
            own = db.execute(
                select(Call.quota_group, Call.operation, Call.departed_at, Call.ended_at, Call.result)
                .order_by(Call.id.desc())
                .limit(8)
            ).all()
        seen = [f"{one['arrived_at']:.1f} {one['method']} {one['path'][-12:]} {one['status']}" for one in self.calls()]
        parts = [states, lists[-3:], quotas, held, stopped, own, seen[-8:]]
        said = self.log.read_text()[-3000:]
        return "\n".join([f"now {self.clock()} {self.clock().timestamp():.1f}", *map(str, parts), said])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Builds a stage: `stage(speed=20, limit=20)`."""
    made: list[Stage] = []

    def build(**options: Any) -> Stage:
        made.append(Stage(tmp_path, **options))
        return made[-1]

    yield build
    for one in made:
        one.close()


def kill(process: "subprocess.Popen[str]") -> None:
    """As a power cut would, and wait until it is gone."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
