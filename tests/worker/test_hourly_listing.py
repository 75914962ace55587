"""The listing once an hour: needed as long as nothing shows that RingCentral refuses a second email."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.simulator import Person, SecondEmail
from rollcall.store.tables import Batch, Reading
from tests.worker.rig import SESSION, Rig, people

LONG = 24  # people: at two a second the import runs for twelve seconds


@pytest.fixture
def rig(build: Callable[..., Rig]) -> Rig:
    """Two calls a second, of a RingCentral that accepts a second email."""
    slow = build(limit=10, window=5.0)
    slow.world.set_switches(second_email=SecondEmail.ACCEPTED)
    return slow


def lists(rig: Rig) -> int:
    """How often this session's people were listed."""
    return len(rig.world.calls(method="GET", path=f"/{SESSION}/registrants"))


def begin(rig: Rig) -> int:
    """A long import whose first person has just been sent, after the one listing that Start asks for."""
    batch_id = rig.import_of(people(LONG))
    rig.start()
    rig.until(rig.posts)
    assert lists(rig) == 1
    return batch_id


def ages(rig: Rig, batch_id: int, much: timedelta) -> None:
    """The import has been running for so long: what it was begun with is as old."""
    listed = rig.last_reading(What.REGISTRANTS, SESSION)
    assert listed is not None
    assert listed.begun_at is not None
    with rig.store.write() as db:
        db.get_one(Reading, listed.id).begun_at = listed.begun_at - much
        batch = db.get_one(Batch, batch_id)
        assert batch.list_after is not None
        batch.list_after -= much


def send(rig: Rig, number: int) -> None:
    """So many more people are sent."""
    before = len(rig.posts())
    rig.until(lambda: len(rig.posts()) >= before + number)


def test_after_an_hour_a_running_import_lists_once_more_and_goes_on(rig: Rig) -> None:
    """What was seen an hour ago proves nothing any more; more often would only cost calls."""
    batch_id = begin(rig)

    ages(rig, batch_id, timedelta(minutes=59))
    send(rig, 4)
    assert lists(rig) == 1
    ages(rig, batch_id, timedelta(minutes=2))
    rig.until(lambda: lists(rig) == 2)
    send(rig, 4)

    assert lists(rig) == 2
    assert rig.batch(batch_id).state == "running"


def test_once_a_second_email_was_seen_refused_no_call_is_spent_on_it(rig: Rig) -> None:
    """RingCentral itself keeps people from being registered twice: the call goes to somebody who waits."""
    with rig.store.write() as db:
        capabilities.note(db, rig.connection_id, Name.SECOND_EMAIL, "refused", now=rig.clock())
    batch_id = begin(rig)

    ages(rig, batch_id, timedelta(minutes=61))
    rig.until_batch(batch_id, "finished")

    assert lists(rig) == 1
    assert rig.counts(batch_id) == {"registered": LONG}


def test_whoever_came_by_themselves_in_that_hour_is_not_registered_twice(rig: Rig) -> None:
    """The last of the list filled in RingCentral's own page while the import ran: no second mail, no second link."""
    batch_id = begin(rig)
    last = people(LONG)[-1].email
    rig.world.add_registrants(SESSION, [Person("Zoe", "Zuse", last)])

    ages(rig, batch_id, timedelta(minutes=61))
    rig.until_batch(batch_id, "finished")

    assert rig.registered().count(last) == 1
    assert rig.posts(last) == []
    assert rig.counts(batch_id) == {"registered": LONG - 1, "already_there": 1}
