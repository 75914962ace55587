"""`python -m tests.crashes.host`: one worker in a process of its own, put together as `rollcall.wiring` does.

It can kill or stop itself at a named point of the worker's loop, which nobody outside could hit.
"""

import argparse
import os
import secrets
import signal
import sys
import threading

from rollcall import connections
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.signin import Credentials
from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT
from rollcall.store.database import Store, open_store
from rollcall.store.upgrade import upgrade
from rollcall.wiring import Identity
from rollcall.worker import Worker
from tests.worker.clock import Clock, Waiting


class Fatal:
    """Sends the process a signal as it passes a point for the n-th time.

    Stopped in the middle of a write it would keep SQLite's lock, and nobody could take over; so no thread writes then.
    """

    def __init__(self, point: str, time: int, sent: signal.Signals, store: Store) -> None:
        self._point, self._left, self._sent, self._store = point, time, sent, store
        self._counting = threading.Lock()

    def __call__(self, point: str) -> None:
        if point != self._point:
            return
        with self._counting:
            self._left -= 1
            is_time = self._left == 0
        if is_time and self._sent is signal.SIGSTOP:
            with self._store._writing:
                os.kill(os.getpid(), self._sent)
                threading.Event().wait(0.2)  # another thread may be stopped a moment later than it is asked to
        elif is_time:
            os.kill(os.getpid(), self._sent)


def main() -> None:
    """Work until SIGTERM. The first line says that the worker has started."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--origin", type=float, required=True)
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--point", default="", help="where to die (or stop),")
    parser.add_argument("--time", type=int, default=1, help="as it is passed for the n-th time,")
    parser.add_argument("--signal", default="SIGKILL", help="of what")
    given = parser.parse_args()
    clock = Clock(speed=given.speed, origin=given.origin)
    store = open_store(given.database)
    upgrade(store, now=clock())
    with store.write() as db:
        who = connections.account("live", given.server, DEMO_CLIENT_ID)
        connection_id = connections.find_or_make(db, who, now=clock())
    credentials = Credentials(given.server, DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT)
    worker = Worker(
        store=store,
        client_for=lambda permit: Client(credentials, now=clock, permit=permit),
        identity=Identity(connection_id),
        now=clock,
        holder=secrets.token_hex(8),
        woken=Waiting(given.speed),
        passing=Fatal(given.point, given.time, signal.Signals[given.signal], store),
    )
    stop = Waiting(given.speed)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    sys.stdout.write("working\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM})
    stop.set()
    worker.woken.set()
    thread.join()
    store.close()


if __name__ == "__main__":
    main()
