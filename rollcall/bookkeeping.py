"""Keeps the tallies of sessions up beside the worker: it makes no call, and nothing it stumbles over stops one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rollcall.attendance import tallies
from rollcall.store.database import Store

logger = logging.getLogger(__name__)

EVERY = 2.0  # seconds between two looks; a look that finds nothing is one query
AFTER_FAILURE = 60.0  # seconds


class HasConnection(Protocol):
    """Which connection the process works for."""

    connection_id: int


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Makes the tallies that are missing or hold no more, a few at a time. Several at once do the same, not harm."""

    store: Store
    identity: HasConnection
    now: Callable[[], datetime]

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop; whatever goes wrong is logged and tried again later."""
        pause = 0.0
        while not stop.wait(pause):
            pause = self._look()

    def _look(self) -> float:
        """One turn; how many seconds to wait for the next."""
        try:
            connection_id, now = self.identity.connection_id, self.now()
            with self.store.read() as db:
                if not tallies.are_due(db, connection_id, now=now):
                    return EVERY
            with self.store.write() as db:
                made = tallies.bring_up_to_date(db, connection_id, now=now)
            return 0.0 if made else EVERY  # one that cannot be made stays due
        except Exception as error:  # noqa: BLE001 (its message may name people)
            logger.error("tallies could not be made: %s", type(error).__name__)
            return AFTER_FAILURE
