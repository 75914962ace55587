"""The overview: what needs the marketer first, then what runs, what comes next, and which RingCentral this is."""

from datetime import timedelta

from sqlalchemy import select

from rollcall import wiring
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.states import BatchState, Pause
from rollcall.roster import capabilities
from rollcall.roster.capabilities import Name
from rollcall.roster.readings import What
from rollcall.store.tables import Action, Batch
from tests.pages.conftest import AUTUMN, NINE, Stage, said


class TestNeedsYou:
    def test_nothing_is_said_when_nothing_needs_anybody(self, stage: Stage) -> None:
        """A calm page when all is well."""
        stage.session()

        app = stage.open()

        assert "Needs you" not in said(app)

    def test_a_paused_import_says_why_and_what_to_do(self, stage: Stage) -> None:
        """Registration was closed in the middle: the most urgent thing on the page."""
        stage.session()
        batch_id = stage.batch(3)
        with stage.here.store.write() as db:
            batches.pause(db, batch_id, Pause.CLOSED, now=stage.here.now())

        app = stage.open()

        assert "Needs you (1)" in said(app)
        assert "Registration for this session is closed" in said(app)
        assert "3 people wait" in said(app)

    def test_it_can_be_resumed_here(self, stage: Stage) -> None:
        """Whoever has opened registration again need not search for the import."""
        stage.session()
        batch_id = stage.batch(3)
        with stage.here.store.write() as db:
            batches.pause(db, batch_id, Pause.CLOSED, now=stage.here.now())
        app = stage.open()

        app.button(key=f"resume_{batch_id}").click().run()

        with stage.here.store.read() as db:
            assert db.get_one(Batch, batch_id).state == BatchState.RUNNING

    def test_refused_people_are_counted(self, stage: Stage) -> None:
        """RingCentral said no to one of three: somebody should look before the webinar starts."""
        stage.session()
        self.refuse_one(stage, stage.batch(3))

        app = stage.open()

        assert "1 refused" in said(app)

    def test_refused_people_of_a_past_session_need_nobody(self, stage: Stage) -> None:
        """After the webinar nobody can help them any more."""
        stage.session()
        self.refuse_one(stage, stage.batch(3))
        stage.pass_time(timedelta(days=4))

        app = stage.open()

        assert "1 refused" not in said(app)

    def test_a_session_that_starts_before_its_import_ends(self, stage: Stage) -> None:
        """100 people at 10 a minute for a webinar in five minutes: half of them come too late."""
        stage.session(starts_in=timedelta(minutes=5))
        stage.batch(100)

        app = stage.open()

        assert "too late" in said(app)
        assert "will not be registered in time" in said(app)

    def refuse_one(self, stage: Stage, batch_id: int) -> None:
        now = stage.here.now()
        with stage.here.store.write() as db:
            unfolding.unfold(db, db.get_one(Batch, batch_id), now=now)
        with stage.here.store.write() as db:
            action = db.scalars(select(Action).where(Action.batch_id == batch_id).limit(1)).one()
            ledger.claim(db, action, call_id=1, epoch=1, now=now)
            ledger.refuse(db, action.id, ledger.Failure("invalid", "Last name is too short", 400), now=now)


class TestRunning:
    def test_shows_how_far_it_is_and_when_it_is_done(self, stage: Stage) -> None:
        """212 of 1,000, and a time: what somebody looks for between two meetings."""
        stage.session()
        stage.batch(20, name="autumn.csv")

        app = stage.open()

        assert "Running" in said(app)
        assert "autumn.csv" in said(app)
        assert "0 of 20 registered" in app.get("progress")[0].proto.text

    def test_a_hostile_file_name_stays_text(self, stage: Stage) -> None:
        """A name that is a picture would call its owner from every marketer's browser."""
        stage.session()
        stage.batch(1, name="![x](https://evil.example/t.png)")

        app = stage.open()

        assert all("![x](https://evil" not in one.value for one in app.markdown)


class TestNextSessions:
    def test_shows_when_and_how_many(self, stage: Stage) -> None:
        """The four things of the sketch: title, when, registered, open."""
        stage.session()
        stage.registration()

        app = stage.open()

        assert app.button(key=f"pick_{AUTUMN}").label == ":blue[**Autumn tour**]"
        assert "Thu 3 Dec 13:00 CET" in said(app)
        assert "412 of 500 registered" in said(app)

    def test_says_how_old_the_numbers_are(self, stage: Stage) -> None:
        """An import that runs above them has registered people since; the oldest number decides."""
        stage.session()
        stage.registration(age=timedelta(minutes=2))
        stage.session("8002", "Spring tour")
        stage.registration("8002", age=timedelta(minutes=12))

        assert "How many are registered: as of 08:48 UTC" in said(stage.open())

    def test_without_any_to_come_it_says_what_to_do(self, stage: Stage) -> None:
        """Not an empty box."""
        stage.session(starts_in=timedelta(days=-9))

        app = stage.open()

        assert "No webinar comes next" in said(app)
        assert app.button(key="read_sessions_again")

    def test_reads_what_is_not_known_in_the_background(self, stage: Stage) -> None:
        """Never before somebody who waits; the page says how many calls it costs."""
        stage.session()

        app = stage.open()

        assert stage.open_readings(What.REGISTRATION, AUTUMN)
        assert "1 call to go" in said(app)

    def test_a_click_picks_a_session(self, stage: Stage) -> None:
        """And what the two buttons do is about it from then on."""
        stage.session()
        app = stage.open()

        app.button(key=f"pick_{AUTUMN}").click().run()

        assert app.query_params["session"] == AUTUMN
        assert "**Autumn tour** · Thu 3 Dec" in said(app)

    def test_past_sessions_are_not_next(self, stage: Stage) -> None:
        """What is over stands in the picker."""
        stage.session("1", "Yesterday", starts_in=timedelta(days=-1))

        app = stage.open()

        assert not [one for one in app.button if one.key == "pick_1"]


class TestConnectionPanel:
    def test_says_whose_it_is_and_what_is_allowed(self, stage: Stage) -> None:
        """User, scopes, and calls a minute."""
        stage.session()
        stage.signed_in("ReadWebinars", "EditWebinars")

        app = stage.open()

        assert "User 62264425008 may see webinars and register people" in said(app)
        assert "10 calls a minute, as documented" in said(app)

    def test_says_what_was_seen_of_ringcentral(self, stage: Stage) -> None:
        """Where its documents are silent, only an answer tells."""
        stage.session()
        with stage.here.store.write() as db:
            capabilities.note(db, stage.here.connection_id, Name.OWN_LINKS, "replaced", now=NINE)

        app = stage.open()

        assert "It replaces own links by its own" in said(app)
        assert "Not seen yet: whether it refuses a second registration" in said(app)

    def test_refreshing_files_one_reading(self, stage: Stage) -> None:
        """A webinar made a minute ago is not in the list yet; the button says what it costs."""
        stage.session()
        app = stage.open()
        assert "2 calls" in app.button(key="refresh_sessions").label

        app.button(key="refresh_sessions").click().run()

        assert stage.open_readings(What.SESSIONS)
        assert app.button(key="refresh_sessions").disabled

    def test_resetting_the_demo_asks_first(self, stage: Stage) -> None:
        """One dialog that says what is forgotten and that it cannot be taken back."""
        stage.session()
        app = stage.open()

        app.button(key="reset_demo").click().run()

        assert "cannot be taken back" in said(app)

    def test_a_live_connection_has_no_reset(self, stage: Stage) -> None:
        """Nobody's real registrations can be forgotten by a click."""
        stage.session()
        object.__setattr__(stage.here.settings, "mode", wiring.Mode.LIVE)

        app = stage.open()

        assert not [one for one in app.button if one.key == "reset_demo"]
        assert "Simulated RingCentral" not in said(app)


class TestFirstSteps:
    def test_without_a_session_it_says_to_pick_one(self, stage: Stage) -> None:
        """The very first look."""
        stage.session()

        app = stage.open()

        assert "Pick a session" in said(app)
        assert app.button(key="to_import").label == "Import a list"
