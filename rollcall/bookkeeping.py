"""Keeps the tallies of sessions up beside the worker: it makes no call, and nothing it stumbles over stops one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from rollcall.attendance import counting
from rollcall.store.database import Store

logger = logging.getLogger(__name__)

EVERY = 2.0  # seconds between two looks; a look that finds nothing is one query
AFTER_FAILURE = 60.0  # seconds
HELD_UP = timedelta(minutes=10)  # how long a session whose tally could not be made is left alone; a judgement


class HasConnection(Protocol):
    """Which connection the process works for."""

    connection_id: int


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Makes the tallies that are missing or hold no more, a few at a time. Several at once do the same, not harm.

    A session whose tally cannot be made holds up no other.
    """

    store: Store
    identity: HasConnection
    now: Callable[[], datetime]
    _held_up: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)  # session → until when

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop; whatever goes wrong is logged and tried again later."""
        pause = 0.0
        while not stop.wait(pause):
            pause = self._look()

    def _look(self) -> float:
        """One turn; how many seconds to wait for the next."""
        try:
            connection_id, now = self.identity.connection_id, self.now()
            held_up = [session_id for session_id, until in self._held_up.items() if now < until]
            turn = counting.bring_up_to_date(self.store, connection_id, now=now, but_not=held_up)
            if turn.failed:
                self._held_up[turn.failed] = now + HELD_UP
            return 0.0 if turn.made or turn.failed else EVERY
        except Exception as error:  # noqa: BLE001 (its message may name people)
            logger.error("tallies could not be made: %s", type(error).__name__)
            return AFTER_FAILURE
