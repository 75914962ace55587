"""An import that shares another's people is as considerate of whoever clicks as one that has its own."""

from collections.abc import Callable

from rollcall.outbox import batch as batches
from tests.worker.rig import Rig, a_person


def test_a_click_beside_an_import_of_shared_people_waits_no_longer_than_usual(build: Callable[..., Rig]) -> None:
    """Sixty waited, counted as none: a whole window of calls went at once, and the click came after all of them."""
    rig = build(limit=10, window=60.0)
    rig.start()
    rig.until(rig.has_sessions)
    first = rig.import_of(60)
    rig.let_pass(lambda: rig.batch(first).unfolded == 60)
    rig.turn(batches.pause, first, now=rig.clock())
    rig.skip(260)
    sent = len(rig.posts())
    rig.import_of(60)
    rig.let_pass(lambda: len(rig.posts()) >= sent + 9, step=2)

    asked = rig.clock()
    action_id = rig.register(a_person())
    rig.let_pass(lambda: rig.action(action_id).state == "done", step=1)

    left_at = rig.action(action_id).left_at
    assert left_at is not None
    assert (left_at - asked).total_seconds() < 20  # a slot comes every six seconds; after a burst none for fifty
