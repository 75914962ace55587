"""An import that shares another's people is as considerate of whoever clicks as one that has its own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from rollcall.outbox import batch as batches
from rollcall.store.tables import Call
from tests.worker.rig import Rig


def departures(rig: Rig, since: datetime) -> list[datetime]:
    """When registrations left."""
    with rig.store.read() as db:
        left = db.query(Call).filter(Call.action_id.is_not(None), Call.departed_at > since).order_by(Call.departed_at)
        return [call.departed_at for call in left]


def test_an_import_of_shared_people_leaves_slots_to_whoever_clicks(build: Callable[..., Rig]) -> None:
    """Sixty waited and were counted as none: a minute's calls went at once, and who clicked then waited that minute."""
    rig = build(limit=10, window=60.0)
    rig.start()
    rig.until(rig.has_sessions)
    first = rig.import_of(60)
    rig.let_pass(lambda: rig.batch(first).unfolded == 60)
    rig.turn(batches.pause, first, now=rig.clock())
    rig.skip(130)

    began = rig.clock()
    rig.import_of(60)
    rig.let_pass(lambda: len(departures(rig, began)) >= 4, step=0.5)

    apart = [later - earlier for earlier, later in pairwise(departures(rig, began))]
    assert min(apart) > timedelta(seconds=5)  # one every six seconds: ten in a minute
