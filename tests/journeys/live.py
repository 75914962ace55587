"""An app that is live: its RingCentral is a simulator of the test's own, so that the test can throw its switches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT, World, start
from tests.journeys.conftest import App, StartApp


@contextmanager
def live_app(start_app: StartApp, *, limit: int, window: float, **switches: Any) -> Iterator[tuple[App, World]]:
    """Start both; the app knows the four variables of `.env` and nothing else."""
    ringcentral = start(limit=limit, window=window)
    ringcentral.world.set_switches(**switches)
    app = start_app(
        RC_SERVER_URL=ringcentral.url,
        RC_CLIENT_ID=DEMO_CLIENT_ID,
        RC_CLIENT_SECRET=DEMO_CLIENT_SECRET,
        RC_JWT=DEMO_JWT,
    )
    try:
        yield app, ringcentral.world
    finally:
        app.stop()
        ringcentral.stop()


def registered(world: World, session_id: str) -> list[str]:
    """The emails on the session's list, each as often as it is there."""
    return [one.email for one in world.registrants(session_id)]
