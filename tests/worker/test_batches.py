"""Several imports, and what the marketer turns while they run."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from rollcall.outbox import batch as batches
from rollcall.simulator import Fault, FaultKind
from rollcall.simulator.sessions import insert_session
from rollcall.store.tables import Batch
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import SESSION, Rig, a_person, people

SHARED = [a_person(f"both{number}@example.com", source="second file") for number in range(5)]


@BOTH_DATABASES
def test_the_same_person_in_two_imports_is_sent_once(rig: Rig) -> None:
    """Both files are answered by one action; the first one's data is sent and the difference is reported."""
    both = [a_person(one.email, source="first file") for one in SHARED]
    first = rig.import_of([*people(5, "one"), *both])
    second = rig.import_of([*SHARED, *people(5, "two")])
    rig.start()

    rig.until_batch(first, "finished")
    rig.until_batch(second, "finished")

    sent = {one.email: one.source for one in rig.world.registrants(SESSION)}
    assert len(rig.posts()) == 15
    assert len(rig.registered()) == 15
    assert {sent[one.email] for one in SHARED} == {"first file"}
    assert all(line.status in ("registered", "already_there") for line in rig.actions(second))


def test_the_difference_of_a_shared_person_is_reported(build: Callable[..., Rig]) -> None:
    """The second file said another source; the marketer should learn that it was not sent."""
    rig = build(limit=10, window=60.0)
    first = rig.import_of([*people(12, "one"), a_person("both@example.com", source="first file")])
    second = rig.import_of([a_person("both@example.com", source="second file")])
    rig.start()

    rig.let_pass(lambda: rig.batch(first).state == rig.batch(second).state == "finished")

    assert rig.actions(second)[0].note == "shared:source"
    assert len(rig.posts("both@example.com")) == 1


def test_a_shared_person_goes_while_the_first_import_is_paused(rig: Rig) -> None:
    """It may go while any of them runs; paused is not forbidden."""
    first = rig.import_of(SHARED)
    second = rig.import_of(SHARED)
    rig.turn(batches.pause, first, now=rig.clock())
    rig.start()

    rig.until_batch(second, "finished")

    assert len(rig.registered()) == 5
    assert rig.batch(first).state == "paused"
    assert rig.counts(second) == {"registered": 5}


def test_start_pressed_twice_starts_once(rig: Rig) -> None:
    """Two browsers, one draft: two threads press in the same moment."""
    batch_id = rig.draft_of(people(5))
    pressed: list[bool] = []
    ready = threading.Barrier(2)

    def press() -> None:
        ready.wait(5)
        pressed.append(rig.press_start(batch_id))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    rig.start()
    rig.until_batch(batch_id, "finished")

    assert sorted(pressed) == [False, True]
    assert len(rig.posts()) == 5


def test_the_same_file_imported_again_registers_nobody_twice(rig: Rig) -> None:
    """Whether it went through? Upload it once more and see."""
    rig.start()
    first = rig.import_of(5)
    rig.until_batch(first, "finished")

    again = rig.import_of(5)
    rig.until_batch(again, "finished")

    assert rig.counts(again) == {"already_there": 5}
    assert len(rig.posts()) == 5


def test_the_form_and_an_import_share_a_person(build: Callable[..., Rig]) -> None:
    """Somebody enters a person by hand who waits in an import: registered once, at once."""
    rig = build(limit=10, window=60.0)
    rig.start()
    batch_id = rig.import_of(20)
    rig.until(lambda: len(rig.posts()) >= 2)

    action_id = rig.register(people(20)[-1])
    rig.settle(action_id)
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    last = people(20)[-1].email
    assert len(rig.posts(last)) == 1
    assert rig.action(action_id).outcome == "registered"
    assert rig.counts(batch_id) == {"registered": 20}


class TestAtOnce:
    """Ten calls a minute and a clock that stands between them: what is pressed takes effect before the next call."""

    @pytest.fixture
    def rig(self, build: Callable[..., Rig]) -> Rig:
        rig = build(limit=10, window=60.0)
        rig.start()
        return rig

    def running(self, rig: Rig, number: int = 30) -> int:
        """An import of which some have been sent, none being on its way."""
        batch_id = rig.import_of(number)
        rig.until(lambda: len(rig.posts()) >= 1)
        rig.until(lambda: "sending" not in rig.counts(batch_id))
        return batch_id

    def test_stop_takes_back_what_waits(self, rig: Rig) -> None:
        """Wrong file: nobody else of it is registered; who was sent stays."""
        batch_id = self.running(rig)
        sent = len(rig.posts())

        rig.turn(batches.stop, batch_id, now=rig.clock())
        rig.let_pass(lambda: rig.counts(batch_id).get("withdrawn") == 30 - sent)
        rig.skip(120)

        assert len(rig.posts()) == sent
        assert rig.counts(batch_id) == {"registered": sent, "withdrawn": 30 - sent}

    def test_pause_keeps_what_waits_and_resume_goes_on(self, rig: Rig) -> None:
        """A question has to be settled first; nothing leaves meanwhile, however long that takes."""
        batch_id = self.running(rig, 12)
        sent = len(rig.posts())

        rig.turn(batches.pause, batch_id, now=rig.clock())
        rig.skip(300)
        assert len(rig.posts()) == sent
        assert rig.counts(batch_id) == {"registered": sent, "waiting": 12 - sent}

        rig.turn(batches.resume, batch_id, now=rig.clock())
        rig.let_pass(lambda: rig.batch(batch_id).state == "finished")
        assert rig.counts(batch_id) == {"registered": 12}
        assert len(rig.posts()) == 12

    def test_this_one_first_is_the_next_to_be_sent(self, rig: Rig) -> None:
        """Its webinar starts in an hour; whatever the deadlines say."""
        first = self.running(rig)
        second = rig.import_of(people(3, "urgent"), session="8002")

        rig.turn(batches.go_first, second, now=rig.clock())
        before = len(rig.posts())
        rig.let_pass(lambda: rig.batch(second).state == "finished")

        sent = [call.email for call in rig.posts()[before:]]
        assert sent[:3] == [one.email for one in people(3, "urgent")]
        assert rig.batch(first).state == "running"

    def test_the_earliest_deadline_goes_first(self, rig: Rig) -> None:
        """If any order keeps all promises, this one does: the later import is for the earlier session."""
        later = rig.draft_of(people(200, "later"), session="8002")
        sooner = rig.draft_of(people(3, "sooner"))
        rig.until(rig.has_sessions)
        rig.press_start(later)
        rig.until(lambda: rig.posts())
        rig.press_start(sooner)

        rig.let_pass(lambda: rig.batch(sooner).state == "finished")

        assert rig.batch(later).state == "running"
        assert len([call for call in rig.posts() if call.email.startswith("later")]) < 120

    def test_a_stopped_import_is_still_confirmed(self, rig: Rig) -> None:
        """Stopping does not make unknown what was sent: the list decides."""
        rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, method="POST", path="/registrants"))
        batch_id = rig.import_of(30)
        rig.until(lambda: rig.counts(batch_id).get("unconfirmed"))

        rig.turn(batches.stop, batch_id, now=rig.clock())
        rig.let_pass(lambda: "unconfirmed" not in rig.counts(batch_id))

        assert rig.counts(batch_id).get("registered") == len(rig.registered())


@BOTH_DATABASES
def test_cancelling_an_import_cancels_exactly_whom_it_registered(rig: Rig) -> None:
    """The wrong session: everybody else who is registered there stays."""
    rig.start()
    rig.settle(rig.register())
    first = rig.import_of([a_person(), *people(8)])
    rig.until_batch(first, "finished")

    with rig.store.write() as db:
        undo = batches.cancel_registered(db, first, actor="local", now=rig.clock())
    rig.wake()
    rig.until_batch(undo, "finished")

    assert rig.counts(undo) == {"cancelled": 8}
    assert rig.registered() == ["ada@example.com"]


def test_refused_ones_can_be_tried_again(rig: Rig) -> None:
    """The reason is put right; each is a new action, the others are left alone."""
    session = rig.world.session(SESSION)
    assert session is not None
    with rig.world.transaction() as db:
        insert_session(db, replace(session, settings={**session.settings, "workEmailRequired": True}))
    rig.start()
    batch_id = rig.import_of([a_person("ada@gmail.com"), a_person("grace@example.com")])
    rig.until_batch(batch_id, "finished")
    with rig.world.transaction() as db:
        insert_session(db, session)

    with rig.store.write() as db:
        assert batches.retry_refused(db, batch_id, actor="local", now=rig.clock()) == 1
        assert db.get_one(Batch, batch_id).state == "running"
    rig.wake()
    rig.until_batch(batch_id, "finished")

    assert rig.counts(batch_id) == {"registered": 2}
    assert len(rig.posts("grace@example.com")) == 1
