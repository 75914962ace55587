""" "Go on without own links?" is asked once, also where an import and somebody else want the same person."""

from collections.abc import Callable

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.states import Pause
from rollcall.outbox.wishes import LinkTemplates
from rollcall.simulator import OwnLinks
from tests.worker.rig import Rig, a_person, people
from tests.worker.test_sessions import until_paused

ADA = "ada@example.com"
OWN = LinkTemplates(join="https://acme.example/join?ref={ref}", cancel="https://acme.example/cancel?ref={ref}")


@pytest.fixture
def rig(build: Callable[..., Rig]) -> Rig:
    """Ten a minute, so that most of an import waits; RingCentral refuses own links."""
    rig = build(limit=10, window=60.0)
    rig.world.set_switches(own_links=OwnLinks.REFUSED)
    rig.start()
    rig.until(rig.has_sessions)
    return rig


def until_paused_for_links(rig: Rig, batch_id: int) -> None:
    rig.let_pass(lambda: rig.batch(batch_id).state != "running", most=600)
    until_paused(rig, batch_id, Pause.LINKS_REFUSED)


def go_on_without_links(rig: Rig, batch_id: int) -> None:
    rig.turn(batches.without_own_links, batch_id, now=rig.clock())
    rig.let_pass(lambda: rig.batch(batch_id).state != "running", most=600)


def test_links_of_a_click_that_replaced_an_imports_wish_are_left_out_once_that_was_said(rig: Rig) -> None:
    """The form wanted her with own links, the import without: however often "without" was pressed, it asked again."""
    batch_id = rig.import_of([*people(20), a_person()])
    rig.let_pass(lambda: rig.batch(batch_id).unfolded == 21 and rig.counts(batch_id).get("registered"))
    rig.register(links=OWN)
    until_paused_for_links(rig, batch_id)

    go_on_without_links(rig, batch_id)

    assert (rig.batch(batch_id).state, rig.batch(batch_id).pause_reason) == ("finished", None)
    assert rig.counts(batch_id) == {"registered": 21}
    assert rig.registered().count(ADA) == 1


def test_links_of_a_stopped_import_hold_up_no_other_that_shares_its_people(rig: Rig) -> None:
    """Uploaded again without links, the first import stopped: its links stayed, and the question never ended."""
    stopped = rig.import_of(people(5), links={"join": OWN.join, "cancel": OWN.cancel})
    until_paused_for_links(rig, stopped)
    batch_id = rig.import_of(people(5))
    until_paused_for_links(rig, batch_id)
    rig.turn(batches.stop, stopped, now=rig.clock())

    go_on_without_links(rig, batch_id)

    assert (rig.batch(batch_id).state, rig.batch(batch_id).pause_reason) == ("finished", None)
    assert rig.counts(batch_id) == {"registered": 5}
