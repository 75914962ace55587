"""`python -m tests.crashes.ringcentral`: a simulated RingCentral as a process, on a clock that runs faster."""

import argparse
import sys
import threading
from pathlib import Path

from rollcall.simulator import start
from tests.worker.clock import Clock
from tests.worker.rig import SESSION, a_session


def main() -> None:
    """Serve until killed; the first line says where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--origin", type=float, required=True, help="epoch seconds at which both clocks agreed")
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--limit", type=int, required=True)
    parser.add_argument("--window", type=float, default=60.0)
    given = parser.parse_args()
    clock = Clock(speed=given.speed, origin=given.origin)
    running = start(given.state, limit=given.limit, window=given.window, now=clock, with_demo=False)
    running.world.add_session(a_session(SESSION, starts_at=given.origin + 48 * 3600))
    sys.stdout.write(f"{running.url}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
