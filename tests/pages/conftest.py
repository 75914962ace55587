"""A Rollcall without a worker, set as the stage for a page: a real store, filled through the domain's own functions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from components.reading import is_open
from rollcall import connections, person, settings, wiring
from rollcall.importing import checking, drafting, starting
from rollcall.outbox import batch as batches
from rollcall.outbox import drafts
from rollcall.outbox.states import Verdict
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import SeenRegistration, SeenSession
from rollcall.store.tables import Batch
from rollcall.wiring import Rollcall

ROOT = Path(__file__).resolve().parent.parent.parent
NINE = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
AUTUMN = "8001"
FIRST_RUN = 30.0  # seconds; the first page of a process imports pandas


@dataclass
class Stage:
    """What stands behind a page, and how to look at it."""

    here: Rollcall
    clock: list[datetime] = field(default_factory=lambda: [NINE])

    def pass_time(self, much: timedelta) -> None:
        self.clock[0] += much

    def session(
        self,
        session_id: str = AUTUMN,
        title: str = "Autumn tour",
        *,
        starts_in: timedelta = timedelta(days=2, hours=3),
        zone: str | None = "Europe/Berlin",
        status: str = "Scheduled",
    ) -> str:
        """A session as a list showed it."""
        starts_at = NINE + starts_in
        seen = SeenSession(
            session_id=session_id,
            webinar_id=f"7{session_id}",
            title=title,
            description=None,
            host_id=None,
            host_name=None,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            time_zone=zone,
            status=status,
            runtime_status=None,
            raw={},
        )
        with self.here.store.write() as db:
            sessions.keep(db, self.here.connection_id, [seen], now=self.here.now())
        return session_id

    def registration(
        self,
        session_id: str = AUTUMN,
        status: str = "Open",
        *,
        count: int | None = 412,
        limit: int | None = 500,
        suppress_emails: bool | None = False,
        age: timedelta = timedelta(0),
    ) -> None:
        """A session's registration, read `age` ago."""
        seen = SeenRegistration(status, registrant_count=count, auto_close_limit=limit, suppress_emails=suppress_emails)
        now = self.here.now() - age
        with self.here.store.write() as db:
            sessions.keep_registration(db, self.here.connection_id, session_id, seen, now=now)

    def sessions_were_read(self) -> None:
        """The list of sessions has been read to its end."""
        reading_id = self.asked(What.SESSIONS)
        with self.here.store.write() as db:
            reading = db.get_one(readings.Reading, reading_id)
            readings.begin(db, reading, cursor={}, now=self.here.now())
            readings.turn_page(db, reading, cursor=None, records=1, now=self.here.now())

    def reading_failed(self, what: What, session_id: str = "", *, code: str = "Forbidden") -> None:
        """The last attempt to read this was given up."""
        reading_id = self.asked(what, session_id)
        with self.here.store.write() as db:
            reading = db.get_one(readings.Reading, reading_id)
            readings.fail(db, reading, code=code, message="Not allowed", again=False, now=self.here.now())

    def asked(self, what: What, session_id: str = "") -> int:
        """A reading that is filed and waits."""
        with self.here.store.write() as db:
            return readings.ask(
                db, self.here.connection_id, what, session_id, lane=1, asked_by="test", now=self.here.now()
            )

    def open_readings(self, what: What, session_id: str = "") -> bool:
        """Whether such a reading waits."""
        with self.here.store.read() as db:
            return is_open(readings.latest(db, self.here.connection_id, what, session_id))

    def signed_in(self, *scopes: str) -> None:
        """A sign-in that was granted these scopes."""
        with self.here.store.write() as db:
            connections.signed_in(
                db, self.here.connection_id, owner_id="62264425008", account_id="1", scopes=scopes, now=self.here.now()
            )

    def batch(self, people: int = 3, *, session_id: str = AUTUMN, name: str = "list.csv", start: bool = True) -> int:
        """An import of so many people; running unless it is left a draft."""
        now = self.here.now()
        file = drafts.FileFacts(b"Email\n", "0" * 64, "utf-8", ",", False, "\n", ["Email"])
        with self.here.store.write() as db:
            batch_id = drafts.draft(
                db, self.here.connection_id, session_id, name=name, file=file, actor="local", now=now
            )
        drafts.write_lines(self.here.store, batch_id, [_line(number) for number in range(1, people + 1)], now=now)
        if start:
            with self.here.store.write() as db:
                batches.start(db, batch_id, listed_at=now, again_cancelled=False, now=now)
        return batch_id

    def upload(self, data: bytes, name: str = "people.csv") -> int:
        """A file that was uploaded, its columns left as they were matched, and checked."""
        here = self.here
        batch_id = drafting.begin(
            here.store, here.connection_id, AUTUMN, name=name, data=data, actor="local", now=here.now()
        )
        checking.check(here.store, batch_id, now=here.now())
        return batch_id

    def start(self, batch_id: int) -> bool:
        """Press Start. Returns whether that started it."""
        return starting.start(self.here.store, batch_id, again_cancelled=False, now=self.here.now())

    def batch_of(self, batch_id: int) -> Batch:
        """A batch as it is now."""
        with self.here.store.read() as db:
            return db.get_one(Batch, batch_id)

    def open(self, page: str = "pages/overview.py", session_id: str | None = None, **address: object) -> AppTest:
        """The app as a browser shows it whose address names this page and session, and whatever else it names."""
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=FIRST_RUN)
        if session_id is not None:
            app.query_params["session"] = session_id
        app.run()
        if page != "pages/overview.py":
            app.switch_page(page)
            named = {"session": session_id} | address
            app.query_params.update({name: str(value) for name, value in named.items() if value is not None})
            app.run()
        return app


def _line(number: int) -> drafts.Line:
    somebody = person.check(first_name="Ada", last_name=f"No {number}", email=f"ada{number}@example.com")
    assert isinstance(somebody, person.Person)
    return drafts.Line(number, number + 1, [somebody.email], somebody, Verdict.TO_SEND)


def said(app: AppTest) -> str:
    """Everything a page says, as one text with the escapes of `plain` taken out."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success", "badge")
    found = [element for kind in kinds for element in app.get(kind)]
    words = [f"{getattr(element, 'title', '') or ''} {getattr(element, 'value', '')}" for element in found]
    return " ".join(words).replace("\\", "").replace("\u2060", "")


@pytest.fixture(autouse=True)
def _door_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `close_side_door` does for a process, AppTest undoes before every run: pages would run without the shell."""
    make = PagesManager.__init__

    def make_closed(self: PagesManager, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make_closed)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A demo's Rollcall at NINE o'clock, to which no list was read yet."""
    clock = [NINE]
    read = settings.load({"ROLLCALL_DATA_DIR": str(tmp_path)}, None)
    here = wiring.build(read, now=lambda: clock[0])
    wiring.use(here)
    yield Stage(here, clock)
    wiring.use(None)
    here.store.close()


@pytest.fixture
def stage_with_session(stage: Stage) -> Stage:
    """The same with a coming session that is open."""
    stage.session()
    stage.registration()
    return stage
