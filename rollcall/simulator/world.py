"""All of the simulated RingCentral in one object over one state file: look into it, set it up, throw it away."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from rollcall.simulator import demo, story
from rollcall.simulator.faults import Fault
from rollcall.simulator.limits import AUTH_LIMIT, HEAVY_LIMIT, WINDOW
from rollcall.simulator.people import Person, Registrant, add_people, email_key, read_registrants, remove_registrant
from rollcall.simulator.rates import LIMITS, Group, Rates
from rollcall.simulator.sessions import WebinarSession, insert_session, read_session, read_sessions
from rollcall.simulator.switches import Switches
from rollcall.simulator.tables import CONTENTS, SCHEMA

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call as the simulator saw it. `status` None: no answer left (yet). `complete`: a list's last page."""

    id: int
    method: str
    path: str
    query: str
    group: str
    email: str
    registrant_id: str
    arrived_at: datetime
    status: int | None
    carried_out: bool
    complete: bool | None
    fault: str


class World:
    """State and switches. Methods may be called from any thread; each is one transaction."""

    def __init__(
        self,
        state_file: Path | str | None = None,
        *,
        limit: int = HEAVY_LIMIT,
        window: float = WINDOW,
        auth_limit: int = AUTH_LIMIT,
        now: Clock = utc_now,
        seed: int = 1,
        with_demo: bool = True,
    ) -> None:
        """Open the state file, or a world in memory when there is none; a demo of an earlier day is moved to today.

        Args:
            limit: calls of the Heavy group a window.
            window: seconds; the penalty and the window of sign-ins are as long.
            with_demo: fill a new world with the demo's webinars.
        """
        self.now = now
        self._switches = Switches()
        self._faults: dict[int, Fault] = {}
        self._lock = RLock()
        self._depth = 0
        self._given = {**LIMITS, Group.HEAVY: limit, Group.AUTH: auth_limit}
        self._given_window = window
        self._seed, self._with_demo = seed, with_demo
        self.db = _open(state_file)
        self.rates = Rates(self.db, dict(self._given), window)
        try:
            with self.transaction():
                if self._setting("built") is None:
                    self._build()
                else:
                    self._bring_to_today()
            self._load()
        except BaseException:
            self.db.close()
            raise

    # -- one transaction at a time --------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the world; committed at the end of the outermost block, rolled back when it raises."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self.db.execute("BEGIN IMMEDIATE")
                yield self.db
                if self._depth == 1:
                    self.db.execute("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self.db.execute("ROLLBACK")
                    self._load()
                raise
            finally:
                self._depth -= 1

    def close(self) -> None:
        with self._lock:
            self.db.close()

    def reset(self) -> None:
        """Back to the first day: everything that was added, logged or set is gone, dates start from now."""
        with self._lock:
            with self.transaction() as db:
                for table in CONTENTS:
                    db.execute(f"DELETE FROM {table}")
                self._build()
            self._load()

    # -- switches, limits, faults ---------------------------------------------------------------------------------

    @property
    def switches(self) -> Switches:
        return self._switches

    def set_switches(self, **changes: Any) -> Switches:
        """Change some switches. Raises TypeError or ValueError for unknown names or values."""
        with self.transaction():
            changed = Switches.from_dict(self._switches.as_dict() | changes)
            self._set("switches", changed.as_dict())
            self._switches = changed
            return changed

    def set_limit(self, group: Group = Group.HEAVY, *, limit: int | None = None, window: float | None = None) -> None:
        """Another limit for one group, another window (seconds) for all; kept over restarts, until reset."""
        with self.transaction():
            if limit is not None:
                self.rates.limits[group] = limit
            if window is not None:
                self.rates.window = window
            self._set("limits", {"limits": self.rates.limits, "window": self.rates.window})

    def spend_elsewhere(self, calls: int, group: Group = Group.HEAVY) -> None:
        """Somebody else spends calls on the same credential, now."""
        with self.transaction():
            self.rates.others(self._switches.owner_id, group, calls, self.now().timestamp())

    def revoke_tokens(self) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM token")

    def add_fault(self, fault: Fault) -> int:
        """Put a fault into the world and return its number."""
        with self.transaction() as db:
            fault_id = db.execute("INSERT INTO fault (fault) VALUES (?)", (json.dumps(fault.as_dict()),)).lastrowid
            assert fault_id is not None  # noqa: S101  (an INSERT has one; for the type checker)
            self._faults[fault_id] = fault
            return fault_id

    def clear_faults(self) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM fault")
            self._faults = {}

    def faults(self) -> dict[int, Fault]:
        """Number → fault, in the order in which they are tried."""
        return dict(self._faults)

    # -- what is in it --------------------------------------------------------------------------------------------

    def sessions(self) -> list[WebinarSession]:
        with self._lock:
            return read_sessions(self.db)

    def session(self, session_id: str) -> WebinarSession | None:
        with self._lock:
            return read_session(self.db, session_id)

    def add_session(self, session: WebinarSession) -> str:
        """Add one webinar with its session and return the session's id."""
        with self.transaction() as db:
            insert_session(db, session)
        return session.id

    def registrants(self, session_id: str) -> list[Registrant]:
        """All that are stored, those that lists do not show yet included; by id."""
        with self._lock:
            return read_registrants(self.db, session_id)

    def add_registrants(self, session_id: str, people: Iterable[Person]) -> None:
        """Many at once, listed at once, whatever the registration's status; for benchmarks and large tests."""
        with self.transaction() as db:
            add_people(db, session_id, people, at=self.now().timestamp())

    def cancel(self, session_id: str, emails: Iterable[str]) -> int:
        """Let people cancel by themselves, at RingCentral and not through a call; returns how many were there."""
        keys = {email_key(email) for email in emails}
        with self.transaction() as db:
            found = [one for one in read_registrants(db, session_id) if one.email_key in keys]
            for one in found:
                remove_registrant(db, str(one.id), self.now().timestamp())
        return len(found)

    def calls(self, *, method: str = "", path: str = "", since: int = 0) -> list[LoggedCall]:
        """The log, in order of arrival: calls after number `since`, of one method, with `path` in their path."""
        with self._lock:
            rows = self.db.execute(
                "SELECT id, method, path, query, grp, email, registrant_id, arrived_at, status, carried_out, complete,"
                " fault FROM call WHERE id > ? AND ? IN ('', method) AND instr(path, ?) ORDER BY id",
                (since, method, path),
            )
            return [_logged(row) for row in rows]

    def _build(self) -> None:
        self._set("built", self.now().isoformat())
        self._set("story_day", self._today())
        if self._with_demo:
            demo.build(self.db, now=self.now(), seed=self._seed)

    def _bring_to_today(self) -> None:
        """Tell the demo's story around today if it is told around an earlier day; a clock set back moves nothing."""
        told = self._setting("story_day") or self._setting("built")[:10]  # files of earlier versions have no day
        if told < self._today():
            story.bring_to(self.db, self.now())
            self._set("story_day", self._today())

    def _today(self) -> str:
        """The day in UTC; ISO dates sort as the days do."""
        return self.now().astimezone(UTC).date().isoformat()

    def _load(self) -> None:
        """Bring what is kept in memory in line with the state file."""
        self._switches = Switches.from_dict(self._setting("switches") or {})
        rows = self.db.execute("SELECT id, fault FROM fault ORDER BY id")
        self._faults = {fault_id: Fault.from_dict(json.loads(text)) for fault_id, text in rows}
        changed = self._setting("limits") or {}
        limits = {Group(group): limit for group, limit in changed.get("limits", {}).items()}
        self.rates.limits = {**self._given, **limits}
        self.rates.window = changed.get("window", self._given_window)
        self.rates.load()

    def _setting(self, name: str) -> Any:
        row = self.db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _set(self, name: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, json.dumps(value)))


def _open(state_file: Path | str | None) -> sqlite3.Connection:
    """A connection for all threads (the world's lock serves them one by one); WAL survives a `kill -9`.

    The file is for its owner only: whoever tries the demo may register real people there.
    """
    if state_file is not None:
        os.close(os.open(state_file, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(state_file or ":memory:", isolation_level=None, check_same_thread=False, timeout=10)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(SCHEMA)
    return db


def _logged(row: tuple[Any, ...]) -> LoggedCall:
    call = LoggedCall(*row)
    return replace(
        call,
        arrived_at=datetime.fromtimestamp(row[7], UTC),
        carried_out=bool(call.carried_out),
        complete=None if call.complete is None else bool(call.complete),
    )
