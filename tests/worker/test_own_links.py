"""Own join and cancel links: kept, replaced or refused, and what an import does about it."""

import pytest

from rollcall.outbox import batch as batches
from rollcall.outbox.states import Pause
from rollcall.outbox.wishes import LinkTemplates
from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.simulator import Fault, FaultKind, OwnLinks, SecondEmail
from tests.worker.rig import SESSION, Rig

OURS = LinkTemplates(join="https://acme.example/join?ref={ref}", cancel="https://acme.example/cancel?ref={ref}")
AS_STORED = {"join": OURS.join, "cancel": OURS.cancel}


def seen(rig: Rig) -> str | None:
    with rig.store.read() as db:
        return capabilities.value_of(db, rig.connection_id, Name.OWN_LINKS)


@pytest.mark.parametrize("does", [OwnLinks.KEPT, OwnLinks.REPLACED])
def test_what_this_ringcentral_does_with_own_links_is_remembered(rig: Rig, does: OwnLinks) -> None:
    """ "Try it with one person" shows it; the answer holds for the connection."""
    rig.world.set_switches(own_links=does)
    rig.start()

    action = rig.settle(rig.register(links=OURS))

    assert action.outcome == "registered"
    assert seen(rig) == does.value


@pytest.mark.parametrize("does", [OwnLinks.KEPT, OwnLinks.REPLACED])
def test_an_answer_that_was_lost_shows_it_too(rig: Rig, does: OwnLinks) -> None:
    """Then the list is what says whether the links were kept, and the ref in them whose registrant it is."""
    rig.world.set_switches(own_links=does, second_email=SecondEmail.ACCEPTED)
    rig.world.add_fault(Fault(FaultKind.ANSWER_LOST, method="POST", path="/registrants"))
    rig.start()

    action = rig.settle(rig.register(links=OURS))

    assert action.outcome == "registered"
    assert len(rig.posts()) == 1
    assert seen(rig) == does.value


def test_somebody_who_clicks_is_told_that_own_links_are_refused(rig: Rig) -> None:
    """400 that names the link, not the person."""
    rig.world.set_switches(own_links=OwnLinks.REFUSED)
    rig.start()

    action = rig.settle(rig.register(links=OURS))

    assert (action.state, action.error_code) == ("refused", "links_refused")
    assert seen(rig) == "refused"


def test_links_refused_in_the_middle_pause_the_import_and_refuse_nobody(rig: Rig) -> None:
    """The marketer is asked: go on without own links? Nobody is lost to the question."""
    rig.world.set_switches(own_links=OwnLinks.KEPT)
    rig.start()
    batch_id = rig.import_of(40, links=AS_STORED)
    rig.until(lambda: len(rig.registered()) >= 5)

    rig.world.set_switches(own_links=OwnLinks.REFUSED)
    rig.until_batch(batch_id, "paused")
    counts = rig.counts(batch_id)

    assert rig.batch(batch_id).pause_reason == Pause.LINKS_REFUSED
    assert set(counts) == {"registered", "waiting"}

    rig.turn(batches.without_own_links, batch_id, now=rig.clock())
    rig.until_batch(batch_id, "finished")

    with_ours = [one for one in rig.world.registrants(SESSION) if one.join_uri]
    assert rig.counts(batch_id) == {"registered": 40}
    assert len(rig.registered()) == 40
    assert len(with_ours) == counts["registered"]


def test_each_person_gets_their_own_link(rig: Rig) -> None:
    """The ref in it is theirs alone, and stays theirs."""
    rig.world.set_switches(own_links=OwnLinks.KEPT)
    rig.start()

    batch_id = rig.import_of(5, links=AS_STORED)
    rig.until_batch(batch_id, "finished")

    links = {one.email: one.join_uri for one in rig.world.registrants(SESSION)}
    assert len(set(links.values())) == 5
    assert links["guest003@example.com"] == OURS.join.replace("{ref}", rig.registration("guest003@example.com").ref)
