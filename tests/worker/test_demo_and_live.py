"""From the demo to one's own RingCentral: nothing of the demo is ever sent there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rollcall import settings, wiring
from rollcall.outbox import progress, wishes
from rollcall.outbox.states import Origin, Priority
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_JWT, Running, start
from rollcall.wiring import Rollcall
from tests.worker.rig import SESSION, Rig, a_person, a_session

ADA, GRACE = a_person("ada@example.com"), a_person("grace@example.com")


@pytest.fixture
def real() -> Iterator[Running]:
    """What stands for the real RingCentral: another server, with a session of the same id."""
    running = start(with_demo=False, limit=50, window=2.0)
    running.world.add_session(a_session(SESSION, starts_at=running.world.now().timestamp() + 48 * 3600))
    yield running
    running.stop()


def wish_for(here: Rollcall, session_id: str, person: object = ADA) -> int:
    wish = Wish(here.connection_id, session_id, Origin.FORM, "local", Priority.CLICK)
    with here.store.write() as db:
        return wishes.register(db, wish, person, LinkTemplates(), now=here.now())  # type: ignore[arg-type]


def filled_in(real: Running, **more: str) -> dict[str, str]:
    """The four variables of `.env`."""
    return {
        "RC_SERVER_URL": real.url,
        "RC_CLIENT_ID": DEMO_CLIENT_ID,
        "RC_CLIENT_SECRET": DEMO_CLIENT_SECRET,
        "RC_JWT": DEMO_JWT,
        **more,
    }


@pytest.mark.parametrize("named", [False, True])
def test_nothing_of_the_demo_is_sent_after_going_live(rig: Rig, real: Running, tmp_path: Path, named: bool) -> None:
    """Demo actions wait, `.env` is filled in, Rollcall restarts. Also with a database named all along."""
    common = {"ROLLCALL_DATA_DIR": str(tmp_path / "var")}
    if named:
        common["DATABASE_URL"] = f"sqlite:///{tmp_path}/one.sqlite"
    demo = wiring.build(settings.load(common, None))
    waiting = wish_for(demo, SESSION)
    demo.store.close()

    live = wiring.build(settings.load(filled_in(real, **common), None))
    wished = wish_for(live, SESSION, GRACE)
    running = wiring.start(live)
    try:
        rig.until(lambda: _state(live, wished) == "done", why="the live wish is done")
    finally:
        running.stop()
    again = wiring.build(settings.load(common, None))

    assert [one.email for one in real.world.registrants(SESSION)] == ["grace@example.com"]
    assert again.is_demo
    assert _state(again, waiting) == "waiting"
    again.store.close()


def _state(here: Rollcall, action_id: int) -> str:
    with here.store.read() as db:
        wished = progress.wished(db, action_id)
    return wished.action.state if wished else ""
