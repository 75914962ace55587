"""How many calls a user may make: a sliding window per user and group, and the penalty for exceeding it."""

import sqlite3
from bisect import bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from rollcall.simulator.limits import AUTH_LIMIT, HEAVY_LIMIT, LIGHT_LIMIT, MEDIUM_LIMIT


class Group(StrEnum):
    """RingCentral's usage plan groups; the headers carry them in lower case."""

    HEAVY = "heavy"
    MEDIUM = "medium"
    LIGHT = "light"
    AUTH = "auth"


LIMITS = {Group.HEAVY: HEAVY_LIMIT, Group.MEDIUM: MEDIUM_LIMIT, Group.LIGHT: LIGHT_LIMIT, Group.AUTH: AUTH_LIMIT}


@dataclass(frozen=True, slots=True)
class Standing:
    """What one call left of the quota. `retry_after` (seconds) is 0 when the call was allowed."""

    group: Group
    limit: int
    remaining: int
    window: float  # seconds
    retry_after: float = 0.0

    def headers(self) -> dict[str, str]:
        """The X-Rate-Limit headers; Retry-After is not one of them."""
        return {
            "X-Rate-Limit-Group": str(self.group),
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(self.remaining),
            "X-Rate-Limit-Window": f"{self.window:g}",
        }


class Rates:
    """Arrivals and penalties, held in memory for speed and in the state file for restarts.

    Times are epoch seconds. Nothing here commits: the caller's transaction does.
    """

    def __init__(self, db: sqlite3.Connection, limits: dict[Group, int], window: float) -> None:
        self._db = db
        self.limits = limits
        self.window = window
        self.load()

    def load(self) -> None:
        """Read what the state file holds; also after a rollback."""
        self._arrivals: dict[tuple[str, Group], list[float]] = defaultdict(list)
        for user, group, at in self._db.execute("SELECT user, grp, at FROM arrival ORDER BY at"):
            self._arrivals[user, Group(group)].append(at)
        rows = self._db.execute("SELECT user, grp, until FROM penalty")
        self._penalties = {(user, Group(group)): until for user, group, until in rows}

    def spend(self, user: str, group: Group, now: float) -> Standing:
        """Count one call that arrived `now`, or refuse it and (re)start the penalty."""
        arrivals = self._current(user, group, now)
        limit = self.limits[group]
        if now < self._penalties.get((user, group), 0.0) or len(arrivals) >= limit:
            return self.punish(user, group, now, self.window)
        self._count(user, group, now)
        return Standing(group, limit, limit - len(arrivals), self.window)

    def punish(self, user: str, group: Group, now: float, seconds: float) -> Standing:
        """Refuse everything of this user and group for so long; each refused call does this again."""
        until = now + seconds
        self._penalties[user, group] = until
        self._db.execute("INSERT OR REPLACE INTO penalty (user, grp, until) VALUES (?, ?, ?)", (user, group, until))
        return Standing(group, self.limits[group], 0, self.window, retry_after=float(ceil(seconds)))

    def others(self, user: str, group: Group, calls: int, now: float) -> None:
        """Somebody else spends `calls` of the same quota, now."""
        for _ in range(calls):
            self._count(user, group, now)

    def _count(self, user: str, group: Group, now: float) -> None:
        insort(self._arrivals[user, group], now)
        self._db.execute("INSERT INTO arrival (user, grp, at) VALUES (?, ?, ?)", (user, group, now))

    def _current(self, user: str, group: Group, now: float) -> list[float]:
        """Arrivals inside the window that ends now; older ones are forgotten."""
        arrivals = self._arrivals[user, group]
        if expired := bisect_right(arrivals, now - self.window):
            del arrivals[:expired]
            self._db.execute(
                "DELETE FROM arrival WHERE user = ? AND grp = ? AND at <= ?", (user, group, now - self.window)
            )
        return arrivals
