"""Choosing and finishing an action with 1,000,000 rows in the store, beside the same with 10,000, in turns.

Run from the project's folder: `python -m benchmarks.bench_ledger`. The worker's own step is measured (look; lease,
claim and call in one transaction; the answer in another). Only the network is left out and the clock turned by hand.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event, text

from benchmarks.database import NoPostgres, postgres_server, postgres_store, sqlite_store
from benchmarks.report import Measured, at_most, fact, finish
from rollcall import connections
from rollcall.outbox.states import Lane
from rollcall.ringcentral.models import Answer, Quota, Registrant
from rollcall.roster import capabilities, readings
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Reading
from rollcall.worker import Worker

FEW, MANY, GOAL = 10_000, 1_000_000, 1.5
BATCH, RUNNING = 1_000, 50_000  # lines of a batch that is over, and of the one that runs
WARM_UP, ROUNDS, A_ROUND = 20, 20, 10  # actions, turns, actions a turn
PACE = timedelta(seconds=7)  # the clock's step: more than a tenth of a window, so that a call may always leave
TENTH = 100_000  # rows filled in with one statement
BEGAN = datetime(2026, 9, 1, 9, tzinfo=UTC)
EARLIER = round(BEGAN.timestamp() * 1000) - 3_600_000  # milliseconds; an hour before, nothing in the window

# A million of anything: numbers from :first to :last, the same text on both databases.
SERIES = "WITH RECURSIVE series(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM series WHERE i < {last})"
FILLINGS = (
    "INSERT INTO registration (id, connection_id, session_id, email_key, ref, registrant_id, standing, created_at)"
    " {series} SELECT i, {connection}, '{session}', 'person' || i || '@example.com', 'ref' || i,"
    " CASE WHEN {done} THEN 'r' || i END, CASE WHEN {done} THEN 'registered' ELSE 'none' END, {earlier} FROM series",
    "INSERT INTO action (id, connection_id, session_id, registration_id, batch_id, kind, payload, origin, actor,"
    " priority, state, outcome, registrant_id, attempts, conflicts, created_at, changed_at)"
    " {series} SELECT i, {connection}, '{session}', i, {batch}, 'create',"
    """ CAST('{{"first_name": "Ann", "last_name": "Lee","""
    """ "email": "person' || i || '@example.com", "source": "Benchmark", "external_id": "lid=' || i || '","""
    """ "join_uri": "", "cancellation_uri": ""}}' AS {json}), 'import', 'local', 2,"""
    " CASE WHEN {done} THEN 'done' ELSE 'waiting' END, CASE WHEN {done} THEN 'registered' END,"
    " CASE WHEN {done} THEN 'r' || i END, CASE WHEN {done} THEN 1 ELSE 0 END, 0, {earlier}, {earlier} FROM series",
    "INSERT INTO batch_line (batch_id, number, line, email_key, verdict, action_id)"
    " {series} SELECT {batch}, i - {before}, i - {before} + 1, 'person' || i || '@example.com', 'to_send', i"
    " FROM series",
    "INSERT INTO call (connection_id, quota_group, operation, paced, action_id, departed_at, ended_at, status, result,"
    " epoch) {series} SELECT {connection}, 'heavy', 'create', {true}, i,"
    " {earlier} - ({rows} - i) * CAST(6000 AS BIGINT), {earlier} - ({rows} - i) * CAST(6000 AS BIGINT) + 300,"
    " 201, 'ok', 1 FROM series WHERE {done}",
    "INSERT INTO registrant (connection_id, session_id, registrant_id, email, email_key, first_name, last_name, raw,"
    " first_seen_at, seen_at) {series} SELECT {connection}, '{session}', 'r' || i, 'person' || i || '@example.com',"
    " 'person' || i || '@example.com', 'Ann', 'Lee', CAST('{{}}' AS {json}), {earlier}, {earlier}"
    " FROM series WHERE {done}",
)  # fmt: skip
BATCHES = (
    "INSERT INTO batch (id, connection_id, session_id, kind, name, actor, state, unfolded, cursor, lines, created_at,"
    " started_at) VALUES ({batch}, {connection}, '{session}', 'register', 'people.csv', 'local', '{state}', {lines},"
    " {cursor}, {lines}, {earlier}, {earlier})"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one batch, by their number in the store, and how many of the first are done."""

    batch: int
    first: int
    lines: int
    done: int
    state: str


def many_batches(rows: int) -> Iterator[Stretch]:
    """Batches of 1,000 that are over, a paused one among the first, and in the middle one that runs, half done."""
    running = min(RUNNING, rows // 2)
    others = (rows - running) // BATCH
    first = 1
    for batch in range(1, others + 2):
        if batch == others // 2 + 1:
            yield Stretch(batch, first, running, running // 2, "running")
        elif batch == 2:
            yield Stretch(batch, first, BATCH, 0, "paused")
        else:
            yield Stretch(batch, first, BATCH, BATCH, "finished")
        first += running if batch == others // 2 + 1 else BATCH


def one_batch(rows: int) -> Iterator[Stretch]:
    """All of it in one batch that runs and is half done."""
    yield Stretch(1, 1, rows, rows // 2, "running")


def fill(store: Store, connection_id: int, rows: int, stretches: Iterator[Stretch]) -> None:
    """Fill a store with so many actions and all that belongs to them, as they would have come to be."""
    todo = list(stretches)
    for start in range(0, len(todo), 100):
        with store.engine.begin() as db:
            for stretch in todo[start : start + 100]:
                _fill_stretch(db, connection_id, rows, stretch, is_sqlite=store.is_sqlite)
    if not store.is_sqlite:  # as its own autovacuum would soon
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM ANALYZE")


def _fill_stretch(db: Any, connection_id: int, rows: int, stretch: Stretch, *, is_sqlite: bool) -> None:
    words = {
        "connection": connection_id,
        "batch": stretch.batch,
        "session": f"s{stretch.batch}",
        "state": stretch.state,
        "lines": stretch.lines,
        "cursor": stretch.done,
        "before": stretch.first - 1,
        "done": f"i < {stretch.first + stretch.done}",
        "earlier": EARLIER,
        "rows": rows,
        "true": "1" if is_sqlite else "true",
        "json": "TEXT" if is_sqlite else "JSON",
    }
    db.exec_driver_sql(BATCHES.format(**words))
    end = stretch.first + stretch.lines
    for first in range(stretch.first, end, TENTH):
        series = SERIES.format(first=first, last=min(first + TENTH, end) - 1)
        for filling in FILLINGS:
            db.exec_driver_sql(filling.format(**words, series=series))


@dataclass(slots=True)
class HandClock:
    """A clock that stands until it is turned."""

    moment: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.moment


@dataclass(slots=True)
class Agreeable:
    """In place of a client: every call is answered at once, with what RingCentral would say."""

    made: int = 0

    def needs_sign_in(self, _now: datetime) -> bool:
        return False

    def create_registrant(self, _session_id: str, fields: dict[str, str]) -> Answer[Registrant]:
        self.made += 1
        answer = Registrant.read({**fields, "id": f"new{self.made}", "joinUri": "https://example.com/j"})
        return Answer(answer, 201, Quota("heavy", 10, 9, 60.0), "request")


class AtOnce:
    """In place of the worker's threads: what is handed in is done before the caller goes on."""

    def submit(self, work: Callable[..., None], *args: object) -> Future[None]:
        future: Future[None] = Future()
        future.set_result(work(*args))
        return future


@dataclass(slots=True)
class Bench:
    """A worker over a filled store."""

    store: Store
    connection_id: int
    clock: HandClock = field(default_factory=HandClock)
    client: Agreeable = field(default_factory=Agreeable)
    worker: Worker = field(init=False)
    epoch: int = field(init=False)
    in_database: float = 0.0  # seconds so far between handing over a statement and its first row

    def __post_init__(self) -> None:
        event.listen(self.store.engine, "before_cursor_execute", self._begin_statement)
        event.listen(self.store.engine, "after_cursor_execute", self._end_statement)
        self.worker = Worker(self.store, lambda _permit: self.client, self, self.clock, "bench")  # type: ignore[arg-type]
        epoch = self.worker._take(self.connection_id)
        assert epoch is not None
        self.epoch = epoch
        self._list_running()

    def _begin_statement(self, *_: object) -> None:
        self.in_database -= time.perf_counter()

    def _end_statement(self, *_: object) -> None:
        self.in_database += time.perf_counter()

    def _list_running(self) -> None:
        """What the import reads first is here, and the list of sessions too: it goes on to its people."""
        a_week_on = self.clock() + timedelta(days=7)
        with self.store.write() as db:
            reading_id = readings.ask(
                db, self.connection_id, What.SESSIONS, lane=Lane.BATCH, asked_by="bench", now=self.clock()
            )
            reading = db.get_one(Reading, reading_id)
            readings.begin(db, reading, cursor={}, now=a_week_on)
            readings.turn_page(db, reading, cursor=None, records=0, now=a_week_on)
            capabilities.note(db, self.connection_id, Name.SECOND_EMAIL, "refused", now=self.clock())
            db.execute(text("UPDATE batch SET list_after = NULL"))

    def actions(self, number: int) -> tuple[float, float]:
        """Choose, claim, answer and finish so many actions one after the other; seconds for one, and in statements."""
        began, self.in_database = time.perf_counter(), 0.0
        for _ in range(number):
            self.clock.moment += PACE
            before = self.client.made
            for _step in range(4):  # a chore or two may come first; they are part of it
                self.worker._one_step(self.connection_id, self.epoch, AtOnce())  # type: ignore[arg-type]
                self.worker._land()
                if self.client.made > before:
                    break
            assert self.client.made == before + 1
        return (time.perf_counter() - began) / number, self.in_database / number


Stores = Callable[[], AbstractContextManager[Store]]


@contextmanager
def bench(stores: Stores, rows: int, shape: Callable[[int], Iterator[Stretch]]) -> Iterator[Bench]:
    """A worker over so many rows of this shape."""
    with stores() as store:
        with store.write() as db:
            who = connections.account("demo", connections.DEMO_SERVER, "bench")
            connection_id = connections.find_or_make(db, who, now=BEGAN)
        began = time.perf_counter()
        fill(store, connection_id, rows, shape(rows))
        print(f"  filled {rows:,} rows in {time.perf_counter() - began:.0f} s", flush=True)
        yield Bench(store, connection_id)


def compare(name: str, stores: Stores, shape: Callable[[int], Iterator[Stretch]], many: int) -> list[Measured]:
    """Both sizes in turns, so that whatever else this machine does meets both alike."""
    print(f"{name}: {shape.__doc__}", flush=True)
    with bench(stores, FEW, shape) as small, bench(stores, many, shape) as large:
        small.actions(WARM_UP)
        large.actions(WARM_UP)
        times = [(*small.actions(A_ROUND), *large.actions(A_ROUND)) for _ in range(ROUNDS)]
    few_took, few_ran, many_took, many_ran = (1000 * statistics.median(column) for column in zip(*times, strict=True))
    return [
        fact(f"{name}: an action among {FEW:,} rows", few_took, "ms"),
        fact(f"  among {many:,}", many_took, "ms"),
        at_most("  the one to the other", many_took / few_took, GOAL, "times"),
        fact(
            f"  in the database's statements alone ({few_ran:.1f} and {many_ran:.1f} ms)", many_ran / few_ran, "times"
        ),
    ]


def main(many: int, *, on: frozenset[str]) -> None:
    """Measure each shape on each of these databases that there is."""
    print(f"{many:,} rows against {FEW:,}; {ROUNDS} turns of {A_ROUND} actions each, medians", flush=True)
    lines: list[Measured] = []
    with ExitStack() as stack:
        databases: dict[str, Stores] = {"SQLite": sqlite_store} if "sqlite" in on else {}
        if "postgres" in on:
            try:
                server = stack.enter_context(postgres_server())
                databases["PostgreSQL"] = lambda: postgres_store(server)
            except NoPostgres as reason:
                print(f"PostgreSQL left out: {reason}")
        for name, stores in databases.items():
            lines += compare(f"{name}, many batches", stores, many_batches, many)
            lines += compare(f"{name}, one batch", stores, one_batch, many)
    finish(*lines)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=MANY, help="how many rows the large store has")
    options.add_argument("--only", choices=["sqlite", "postgres"], help="leave the other database out")
    chosen = options.parse_args()
    main(chosen.rows, on=frozenset([chosen.only] if chosen.only else ["sqlite", "postgres"]))
