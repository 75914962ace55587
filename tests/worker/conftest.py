"""Journeys of the real worker against the real simulator, over real HTTP and a real database."""

from collections.abc import Callable, Iterator

import pytest

from rollcall.simulator import start as start_simulator
from rollcall.store.database import open_store
from rollcall.store.upgrade import upgrade
from tests.databases import POSTGRESQL, SQLITE
from tests.databases import empty_url as empty_url
from tests.worker.clock import Clock
from tests.worker.rig import Rig

BOTH_DATABASES = pytest.mark.parametrize(
    "database", [SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """SQLite, or what a test marked with BOTH_DATABASES asks for."""
    return str(getattr(request, "param", SQLITE))


@pytest.fixture
def build(empty_url: str) -> Iterator[Callable[..., Rig]]:
    """Builds a rig with other limits than usual: `build(limit=10, window=60)`."""
    made: list[Rig] = []

    def build_rig(*, limit: int = 50, window: float = 2.0, auth_limit: int = 50) -> Rig:
        clock = Clock()
        store = open_store(empty_url)
        upgrade(store, now=clock())
        simulator = start_simulator(limit=limit, window=window, auth_limit=auth_limit, now=clock, with_demo=False)
        rig = Rig(store, simulator, clock)
        made.append(rig)
        return rig

    yield build_rig
    for rig in made:
        rig.stop()
        rig.simulator.stop()
        rig.store.close()


@pytest.fixture
def rig(build: Callable[..., Rig]) -> Rig:
    """Fifty calls in two seconds; nothing runs until the test starts it."""
    return build()
