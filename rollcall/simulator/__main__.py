"""`python -m rollcall.simulator --port 0 --state FILE`: a simulated RingCentral as a process of its own."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from rollcall.simulator.limits import AUTH_LIMIT, HEAVY_LIMIT, WINDOW
from rollcall.simulator.running import address_of, listen, server_for
from rollcall.simulator.world import World


def main() -> None:
    """Print one line with the address, then serve until stopped."""
    parser = ArgumentParser(prog="python -m rollcall.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the file that keeps the world over restarts")
    parser.add_argument("--limit", type=int, default=HEAVY_LIMIT, help="calls of the Heavy group a window")
    parser.add_argument("--window", type=float, default=WINDOW, help="seconds; penalties are as long")
    parser.add_argument("--auth-limit", type=int, default=AUTH_LIMIT, help="sign-ins a window")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--empty", action="store_true", help="without the demo's webinars")
    given = parser.parse_args()
    listener = listen(given.port)
    world = World(
        given.state,
        limit=given.limit,
        window=given.window,
        auth_limit=given.auth_limit,
        seed=given.seed,
        with_demo=not given.empty,
    )
    sys.stdout.write(f"listening on {address_of(listener)}\n")
    sys.stdout.flush()
    server_for(world).run([listener])
    world.close()


if __name__ == "__main__":
    main()
