"""Script time of every page with a 50,000-row draft and 10,000 registrants in the store.

Run from the project's folder: `python -m benchmarks.bench_pages`. Each page runs in the app's own shell by Streamlit's
AppTest, without a browser and without a worker; what is timed is a rerun, as after every press of a button. The goal is
for processor time, which is what a quiet machine takes by the clock: everything read lies in memory.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from benchmarks.bench_contact_file import contact_file
from benchmarks.report import Measured, at_most, fact, finish
from rollcall import connections, settings, wiring
from rollcall.importing import checking, drafting, starting
from rollcall.outbox import batch as batches
from rollcall.outbox import unfold as unfolding
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import Reading, What
from rollcall.roster.registrants import Seen
from rollcall.roster.sessions import SeenRegistration, SeenSession
from rollcall.store.database import CHUNK

APP = Path(__file__).resolve().parent.parent / "app.py"
SESSION, OTHER = "8001", "8002"
REGISTRANTS, REGISTRANTS_A_PAGE = 10_000, 1_000
GOAL, FIRST_RUN = 300.0, 60.0  # milliseconds; seconds, with everything to be imported


@dataclass(frozen=True, slots=True)
class View:
    """A page as an address shows it.

    Attributes:
        state: what widgets hold, by their keys, once the page was opened.
        goal: milliseconds.
        is_cold: nothing that a page has kept between reruns helps it.
    """

    name: str
    page: str
    query: dict[str, str]
    has_goal: bool = True
    state: dict[str, Any] = field(default_factory=dict)
    goal: float = GOAL
    is_cold: bool = False


def fill(here: wiring.Rollcall) -> list[View]:
    """Sessions, registrants and a checked draft of 50,000 rows."""
    now = here.now()
    with here.store.write() as db:
        scopes = ("ReadWebinars", "EditWebinars")
        connections.signed_in(db, here.connection_id, owner_id="1", account_id="1", scopes=scopes, now=now)
        found = [_session(SESSION, "Autumn tour", now), _session(OTHER, "Winter tour", now)]
        sessions.keep(db, here.connection_id, found, now=now)
        for session_id in (SESSION, OTHER):
            seen = SeenRegistration("Open", registrant_count=10, auto_close_limit=100_000, suppress_emails=False)
            sessions.keep_registration(db, here.connection_id, session_id, seen, now=now)
    _was_read(here, What.SESSIONS, "")
    _was_read(here, What.REGISTRANTS, SESSION, _people(now))
    _was_read(here, What.REGISTRANTS, OTHER)
    draft = str(_checked(here, SESSION, contact_file()))
    return [
        View("Overview", "pages/overview.py", {}),
        View("Overview, session picked", "pages/overview.py", {"session": SESSION}),
        View("Register", "pages/register.py", {"session": SESSION}),
        View("Import, draft", "pages/import_people.py", {"session": SESSION, "batch": draft}),
        View("Imports", "pages/imports.py", {}),
        View("Imports, draft opened", "pages/imports.py", {"session": SESSION, "batch": draft}),
    ]


def start_beside(here: wiring.Rollcall) -> list[View]:
    """The same list running for another session: more than the goal asks, to be known."""
    running = _checked(here, OTHER, contact_file())
    assert starting.start(here.store, running, again_cancelled=False, now=here.now())
    _unfold(here, running)
    query = {"session": OTHER, "batch": str(running)}
    return [
        View("While as many run: Overview", "pages/overview.py", {}, has_goal=False),
        View("While as many run: Import", "pages/import_people.py", query, has_goal=False),
        View("While as many run: Imports, opened", "pages/imports.py", query, has_goal=False),
    ]


def _session(session_id: str, title: str, now: datetime) -> SeenSession:
    starts_at = now + timedelta(days=14)
    return SeenSession(
        session_id=session_id,
        webinar_id=f"7{session_id}",
        title=title,
        description=None,
        host_id=None,
        host_name=None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        time_zone="Europe/Berlin",
        status="Scheduled",
        runtime_status=None,
        raw={},
    )


def _people(now: datetime) -> list[Seen]:
    """Registrants with everything RingCentral tells of one."""
    return [
        Seen(
            registrant_id=str(number),
            email=f"registrant{number}@example.com",
            email_key=f"registrant{number}@example.com",
            first_name="Ann",
            last_name=f"Lee {number}",
            source=f"Campaign {number % 30}",
            external_id=f"lid={number}",
            join_uri=f"https://example.com/join/{number}",
            cancellation_uri=f"https://example.com/cancel/{number}",
            registered_at=now - timedelta(minutes=number),
            participant_id=None,
            post_webinar=False,
            raw={"id": str(number), "questionnaire": [], "note": "x" * 500},
        )
        for number in range(1, REGISTRANTS + 1)
    ]


def _was_read(here: wiring.Rollcall, what: What, session_id: str, people: list[Seen] | None = None) -> None:
    """A list that was read to its end, with whom it showed."""
    now = here.now()
    with here.store.write() as db:
        reading_id = readings.ask(db, here.connection_id, what, session_id, lane=1, asked_by="bench", now=now)
        readings.begin(db, db.get_one(Reading, reading_id), cursor={}, now=now)
    for start in range(0, len(people or ()), REGISTRANTS_A_PAGE):
        with here.store.write() as db:
            reading, page = db.get_one(Reading, reading_id), (people or [])[start : start + REGISTRANTS_A_PAGE]
            registrants.keep(db, here.connection_id, session_id, page, now=now, reading=reading)
    with here.store.write() as db:
        readings.turn_page(db, db.get_one(Reading, reading_id), cursor=None, records=len(people or ()), now=now)


def _checked(here: wiring.Rollcall, session_id: str, data: bytes) -> int:
    """An upload with every row checked."""
    store, now = here.store, here.now()
    batch_id = drafting.begin(
        store, here.connection_id, session_id, name="contacts.csv", data=data, actor="local", now=now
    )
    checking.check(store, batch_id, now=now)
    return batch_id


def _unfold(here: wiring.Rollcall, batch_id: int) -> None:
    """What the worker does first: every line that is to be sent becomes an action."""
    for _ in range(50_000 // CHUNK + 2):
        with here.store.write() as db:
            if not unfolding.unfold(db, db.get_one(batches.Batch, batch_id), now=here.now()):
                return


def opened(view: View) -> AppTest:
    """The app as a browser shows it whose address names this page."""
    app = AppTest.from_file(str(APP), default_timeout=FIRST_RUN)
    app.query_params.update(view.query)
    app.run()
    if view.page != "pages/overview.py":
        app.switch_page(view.page)
        app.query_params.update(view.query)
        app.run()
    for key, value in view.state.items():
        app.session_state[key] = value
    if view.state:
        app.run()
    assert not app.exception, app.exception
    return app


def measure(view: View, reruns: int) -> Iterator[Measured]:
    """The page opened once, then run again and again."""
    began = time.perf_counter()
    app = opened(view)
    first = time.perf_counter() - began
    took, worked = [], []
    for _ in range(reruns):
        if view.is_cold:
            st.cache_data.clear()
            st.cache_resource.clear()
        began, began_work = time.perf_counter(), time.process_time()
        app.run()
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - began_work))
    assert not app.exception, app.exception
    middle = statistics.median(worked)
    yield at_most(view.name, middle, view.goal, "ms") if view.has_goal else fact(view.name, middle, "ms")
    yield fact("  by the clock on the wall", statistics.median(took), "ms")
    yield fact("  opened for the first time", 1000 * first, "ms")


def close_side_door() -> None:
    """AppTest lets files of `pages/` run without the shell around them; the app's own process does not."""
    make = PagesManager.__init__

    def make_closed(self: PagesManager, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        PagesManager.uses_pages_directory = False

    PagesManager.__init__ = make_closed  # type: ignore[method-assign]


def main(reruns: int) -> None:
    """Fill a store, then measure page by page."""
    close_side_door()
    print(f"50,000-row draft, {REGISTRANTS:,} registrants; {reruns} reruns a page, medians", flush=True)
    with tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder:
        here = wiring.build(settings.load({"ROLLCALL_DATA_DIR": folder}, None), now=lambda: datetime.now(UTC))
        wiring.use(here)
        try:
            lines = [line for view in fill(here) for line in measure(view, reruns)]
            lines += [line for view in start_beside(here) for line in measure(view, reruns)]
        finally:
            wiring.use(None)
            here.store.close()
    finish(*lines)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reruns", type=int, default=15, help="how often each page is run again")
    main(options.parse_args().reruns)
