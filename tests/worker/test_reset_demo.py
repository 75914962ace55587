"""Resetting the demo while its worker works: all is forgotten but the calls, and the worker goes on by itself."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from rollcall import settings, wiring
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, progress, wishes
from rollcall.outbox.drafts import FileFacts, Line
from rollcall.outbox.states import Origin, Priority, Verdict
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.person import Person
from rollcall.roster import capabilities, readings, sessions
from rollcall.roster.readings import What
from rollcall.simulator import World
from rollcall.store.tables import (
    Action,
    Batch,
    BatchLine,
    Call,
    Capability,
    Journal,
    Registrant,
    Registration,
    RegistrationSettings,
    Upload,
)
from rollcall.wiring import Rollcall, Running
from tests.worker.rig import a_person, people

FASTER = {"ROLLCALL_DEMO_LIMIT": "30", "ROLLCALL_DEMO_WINDOW": "6"}
FORGOTTEN = (Action, Batch, BatchLine, Upload, Registration, Journal)
READ_AGAIN = (Registrant.seen_at, RegistrationSettings.read_at)  # of webinars that ended lately, by itself


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A demo that runs, and whose worker has read the sessions."""
    here = wiring.build(settings.load({"ROLLCALL_DATA_DIR": str(tmp_path), **FASTER}, None))
    started = wiring.start(here)
    until(lambda: sessions_read_at(here))
    yield started
    started.stop()


def until(happened: Callable[[], Any], within: float = 60.0) -> Any:
    """Wait until something is so; fail after so many real seconds."""
    ends, breath = time.monotonic() + within, threading.Event()
    while not (found := happened()):
        if time.monotonic() > ends:
            pytest.fail(f"not within {within:g} s")
        breath.wait(0.02)
    return found


def sessions_read_at(here: Rollcall) -> datetime | None:
    with here.store.read() as db:
        last = readings.last_complete(db, here.connection_id, What.SESSIONS)
        return last.ended_at if last is not None and sessions.all_of(db, here.connection_id) else None


def open_session(here: Rollcall) -> str:
    """The demo's first coming session."""
    with here.store.read() as db:
        coming = [one.session for one in sessions.all_of(db, here.connection_id) if not one.is_past(here.now())]
    return next(one.session_id for one in coming if "Customer story" in one.title)


def register(here: Rollcall, person: Person) -> int:
    """What the form does, until the person is registered."""
    wish = Wish(here.connection_id, open_session(here), Origin.FORM, "local", Priority.CLICK)
    with here.store.write() as db:
        action_id = wishes.register(db, wish, person, LinkTemplates(), now=here.now())
    here.wake()
    return action_id


def outcome(here: Rollcall, action_id: int) -> str | None:
    with here.store.read() as db:
        wished = progress.wished(db, action_id)
    return wished.action.outcome if wished else None


def begin_import(here: Rollcall, number: int) -> int:
    """An import that runs."""
    file = FileFacts(b"", "0" * 64, "utf-8", ",", bom=False, newline="\n", header=["email"])
    now = here.now()
    with here.store.write() as db:
        batch_id = drafts.draft(
            db, here.connection_id, open_session(here), name="guests.csv", file=file, actor="local", now=now
        )
    lines = [Line(n, n + 1, [one.email], one, Verdict.TO_SEND) for n, one in enumerate(people(number), start=1)]
    drafts.write_lines(here.store, batch_id, lines, now=now)
    with here.store.write() as db:
        assert batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=now)
    here.wake()
    return batch_id


def rows(here: Rollcall, table: Any) -> int:
    with here.store.read() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def capabilities_of(here: Rollcall) -> list[Capability]:
    with here.store.read() as db:
        return list(capabilities.all_of(db, here.connection_id).values())


def calls(here: Rollcall) -> set[int]:
    with here.store.read() as db:
        return set(db.scalars(select(Call.id)))


def emails(world: World) -> set[str]:
    """Everybody RingCentral has whom these tests registered."""
    everybody = {one.email for session in world.sessions() for one in world.registrants(session.id)}
    return {email for email in everybody if email.startswith(("ada@", "guest", "grace@"))}


def _earliest(here: Rollcall, moment: Any) -> datetime:
    """When the oldest of these rows was read; now, if there is none."""
    with here.store.read() as db:
        return db.scalar(select(func.min(moment))) or here.now()


def world_of(here: Rollcall) -> World:
    assert here.demo.simulator is not None
    return here.demo.simulator.world


def in_the_middle(here: Rollcall) -> None:
    """Somebody is registered, and an import of many runs."""
    first = register(here, a_person("ada@example.com"))
    until(lambda: outcome(here, first) == "registered")
    begin_import(here, 100)
    until(lambda: len(emails(world_of(here))) >= 4)


def test_everything_that_was_wished_and_seen_is_gone(running: Running) -> None:
    """In the middle of an import, and for good: nothing on its way writes itself into the new book."""
    here = running.rollcall
    in_the_middle(here)

    reset_at = here.now()
    wiring.reset_demo(here)
    until(lambda: sessions_read_at(here))
    threading.Event().wait(2.0)  # what was on its way has come back by now

    assert {table.__tablename__: rows(here, table) for table in FORGOTTEN if rows(here, table)} == {}
    assert [one for one in capabilities_of(here) if one.seen_at < reset_at] == []
    assert all(_earliest(here, moment) >= reset_at for moment in READ_AGAIN)
    assert emails(world_of(here)) == set()


def test_the_sessions_are_read_again_by_themselves(running: Running) -> None:
    """The picker would stay empty, or name webinars of the world before."""
    here = running.rollcall
    before = sessions_read_at(here)
    assert before is not None

    wiring.reset_demo(here)
    assert rows(here, Registrant) == 0
    after = until(lambda: (at := sessions_read_at(here)) and at > before and at)

    with here.store.read() as db:
        known = {one.session.session_id for one in sessions.all_of(db, here.connection_id)}
    assert after > before
    assert known == {session.id for session in world_of(here).sessions()}


def test_the_calls_of_before_still_count(running: Running) -> None:
    """RingCentral's window knows of no reset: a burst after it would be answered by a penalty."""
    here = running.rollcall
    in_the_middle(here)
    before = calls(here)

    wiring.reset_demo(here)
    wished = _register_in_the_new_world(here)

    assert before <= calls(here)
    assert outcome(here, wished) == "registered"
    assert [call for call in world_of(here).calls() if call.status == 429] == []


def test_the_worker_goes_on_and_registers_somebody(running: Running) -> None:
    """It lost its lease to the reset; nobody has to start Rollcall again."""
    here = running.rollcall
    in_the_middle(here)

    wiring.reset_demo(here)
    wished = _register_in_the_new_world(here)

    assert all(thread.is_alive() for thread in running.threads)
    assert outcome(here, wished) == "registered"
    assert emails(world_of(here)) == {"grace@example.com"}


def _register_in_the_new_world(here: Rollcall) -> int:
    until(lambda: sessions_read_at(here))
    wished = register(here, a_person("grace@example.com"))
    until(lambda: outcome(here, wished))
    return wished
