"""Forms, imports and undos that meet at one person: who waits goes first, and every line learns what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.states import Pause, Priority
from rollcall.simulator import Fault, FaultKind, OwnLinks, Person, SecondEmail
from tests.worker.conftest import BOTH_DATABASES
from tests.worker.rig import SESSION, Rig, a_person, people
from tests.worker.test_sessions import until_paused

ADA = "ada@example.com"
POST = {"method": "POST", "path": "/registrants"}
OWN = {"join_uri": "https://acme.example/join", "cancellation_uri": "https://acme.example/cancel"}


@dataclass
class ClickWhileUnfolding:
    """Somebody presses Register as soon as an import's first lines are unfolded; notes how far it was when it left."""

    rig: Rig
    batch_id: int
    click: int | None = None
    unfolded: list[int] = field(default_factory=list)  # when it was pressed, when it was claimed

    def __call__(self, point: str) -> None:
        if point == "after commit" and self.click is None and self.rig.batch(self.batch_id).unfolded:
            self.click = -1  # the press itself passes no point, but answers do meanwhile
            self.unfolded.append(self.rig.batch(self.batch_id).unfolded)
            self.click = self.rig.register()
        elif point == "claimed" and len(self.unfolded) == 1 and self.rig.action(self.click or 0).state == "sending":
            self.unfolded.append(self.rig.batch(self.batch_id).unfolded)


@BOTH_DATABASES
def test_a_click_does_not_wait_for_the_lines_of_a_big_import(build: Callable[..., Rig]) -> None:
    """The form showed "waiting" for half a minute whenever somebody started an import of some thousand people."""
    rig = build(limit=500, window=2.0)
    batch_id = rig.import_of(people(5000))
    press = ClickWhileUnfolding(rig, batch_id)
    rig.start(passing=press)

    rig.until(lambda: len(press.unfolded) == 2)
    action = rig.until_state(press.click or 0, "done")
    rig.turn(batches.stop, batch_id, now=rig.clock())

    pressed, claimed = press.unfolded
    assert pressed <= claimed < pressed + 1000
    assert action.outcome == "registered"


def test_a_click_on_somebody_an_import_is_not_sure_of_makes_it_urgent(build: Callable[..., Rig]) -> None:
    """The import would ask the list in ten minutes; the one at the screen waits for this very person."""
    rig = build(limit=10, window=60.0)
    first = people(1)[0]
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, email=first.email, **POST))
    rig.start()
    batch_id = rig.import_of(100)
    rig.let_pass(lambda: rig.counts(batch_id).get("unconfirmed"))

    action_id = rig.register(first)
    rig.let_pass(lambda: rig.action(action_id).state == "done", most=60)

    assert rig.action(action_id).priority == Priority.CLICK
    assert rig.action(action_id).outcome == "registered"
    assert rig.batch(batch_id).state == "running"
    assert len(rig.posts(first.email)) == 1


def test_a_line_is_answered_by_the_click_that_came_instead(rig: Rig) -> None:
    """Her line said "taken back" although she was registered, by the form that had other data for her."""
    rig.world.add_fault(Fault(FaultKind.DROPPED_BEFORE, email=ADA, **POST))
    rig.start()
    batch_id = rig.import_of([a_person(source="list")])
    rig.let_pass(lambda: rig.counts(batch_id).get("unconfirmed"))

    action = rig.settle(rig.register(a_person(source="form")))
    rig.let_pass(lambda: rig.batch(batch_id).state == "finished")

    assert action.outcome == "registered"
    assert rig.counts(batch_id) == {"registered": 1}
    assert [one.source for one in rig.world.registrants(SESSION)] == ["form"]


def test_a_line_is_answered_by_the_click_that_found_somebody_already_there(build: Callable[..., Rig]) -> None:
    """She registered on RingCentral's own page while her import waited: "already there", and not "taken back"."""
    rig = build(limit=10, window=60.0)
    rig.start()
    batch_id = rig.import_of([*people(20), a_person(source="list")])
    rig.until(lambda: rig.batch(batch_id).unfolded == 21)
    rig.world.add_registrants(SESSION, [Person("Ada", "Lovelace", ADA)])
    rig.look()

    action = rig.action(rig.register(a_person(source="form")))

    assert (action.state, action.outcome) == ("done", "already_there")
    assert rig.actions(batch_id)[-1].status == "already_there"


class TestWithoutOwnLinks:
    """The marketer was asked once, "go on without own links?", and has said yes."""

    @pytest.fixture
    def rig(self, rig: Rig) -> Rig:
        rig.world.set_switches(own_links=OwnLinks.REFUSED)
        rig.start()
        return rig

    def going_on(self, rig: Rig) -> int:
        batch_id = rig.import_of([one._replace(**OWN) for one in people(3)])
        until_paused(rig, batch_id, Pause.LINKS_REFUSED)
        rig.turn(batches.without_own_links, batch_id, now=rig.clock())
        return batch_id

    def test_it_lasts_when_refused_ones_are_tried_again(self, rig: Rig) -> None:
        """The links stand in the file itself: tried again, the import paused with the same question."""
        rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=400, email="guest002@example.com", **POST))
        batch_id = self.going_on(rig)
        rig.until_batch(batch_id, "finished")
        assert rig.counts(batch_id) == {"registered": 2, "refused": 1}

        rig.turn(batches.retry_refused, batch_id, actor="local", now=rig.clock())
        rig.let_pass(lambda: rig.batch(batch_id).state in ("finished", "paused"))

        assert rig.counts(batch_id) == {"registered": 3}

    def test_it_lasts_for_somebody_who_was_not_confirmed_meanwhile(self, rig: Rig) -> None:
        """Sent before the question came up, and proven not carried out after it was answered."""
        rig.world.add_fault(Fault(FaultKind.DROPPED_BEFORE, email="guest001@example.com", **POST))
        batch_id = self.going_on(rig)

        rig.let_pass(lambda: rig.batch(batch_id).state in ("finished", "paused"))

        assert rig.counts(batch_id) == {"registered": 3}


def test_refused_ones_tried_again_in_a_paused_import_wait_for_resume(rig: Rig) -> None:
    """ "Try again" under a paused import sent everybody who waited: nobody had asked for that."""
    rig.world.add_fault(Fault(FaultKind.SERVER_ERROR, status=400, email="guest001@example.com", **POST))
    rig.start()
    batch_id = rig.import_of(200)
    rig.until(lambda: rig.counts(batch_id).get("refused"))
    rig.turn(batches.pause, batch_id, now=rig.clock())
    rig.until(lambda: "sending" not in rig.counts(batch_id))
    sent = len(rig.posts())

    rig.turn(batches.retry_refused, batch_id, actor="local", now=rig.clock())
    rig.skip(60)

    assert rig.batch(batch_id).state == "paused"
    assert len(rig.posts()) == sent


def test_undoing_an_import_leaves_a_second_registration_of_the_same_address_alone(rig: Rig) -> None:
    """She is on the list twice: once by the import, once by RingCentral's own page. The undo took the wrong one."""
    rig.world.set_switches(second_email=SecondEmail.ACCEPTED)
    rig.start()
    batch_id = rig.import_of([a_person()])
    rig.until_batch(batch_id, "finished")
    [ours] = rig.world.registrants(SESSION)
    rig.world.add_registrants(SESSION, [Person("Ada", "L", ADA)])
    rig.look()
    with rig.store.read() as db:
        assert batches.still_registered(db, batch_id) == 1

    with rig.store.write() as db:
        undo = batches.cancel_registered(db, batch_id, actor="local", now=rig.clock())
    rig.wake()
    rig.until_batch(undo, "finished")

    assert rig.counts(undo) == {"cancelled": 1}
    [left] = rig.world.registrants(SESSION)
    assert left.id != ours.id
