"""Time that a test lets run faster than real time, or skips, so that the product's own constants stay as they are."""

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Real time from `origin` on, so many times as fast, plus what was skipped.

    Two processes given the same origin and speed read the same time.
    """

    def __init__(self, *, speed: float = 1.0, origin: float | None = None) -> None:
        self.speed = speed
        self.origin = time.time() if origin is None else origin
        self._skipped = 0.0

    def __call__(self) -> datetime:
        passed = (time.time() - self.origin) * self.speed
        return datetime.fromtimestamp(self.origin + passed + self._skipped, UTC)

    def skip(self, seconds: float) -> None:
        self._skipped += seconds


class Waiting(threading.Event):
    """An event whose timeouts are seconds of a clock that runs faster."""

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__()
        self._speed = speed

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(None if timeout is None else timeout / self._speed)
