"""What stands around every page: whose data it is, what keeps calls from leaving, which session is picked."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from rollcall import callbook, connections
from rollcall.roster.readings import What
from rollcall.store.tables import Quota
from tests.pages.conftest import AUTUMN, NINE, Stage, said

PAGES = [
    "pages/overview.py",
    "pages/register.py",
    "pages/import_people.py",
    "pages/imports.py",
    "pages/registrants.py",
    "pages/attendance.py",
    "pages/compare.py",
    "pages/sources.py",
    "pages/follow_up.py",
]


@pytest.mark.parametrize("page", PAGES)
class TestEveryPage:
    def test_says_that_it_is_a_demo(self, stage: Stage, page: str) -> None:
        """Nobody should take simulated people for real ones, wherever they came in."""
        stage.session()

        app = stage.open(page)

        assert "Simulated RingCentral, nothing leaves this computer" in said(app)

    def test_opens_before_anything_was_read(self, stage: Stage, page: str) -> None:
        """The first seconds of the first start: it says what is being read."""
        app = stage.open(page)

        assert not app.exception
        assert "Reading your sessions" in said(app)

    def test_opens_when_ringcentral_shows_no_session(self, stage: Stage, page: str) -> None:
        """A new user without webinars sees what to do instead of an endless wait."""
        stage.sessions_were_read()

        app = stage.open(page)

        assert not app.exception

    def test_opens_with_a_session(self, stage: Stage, page: str) -> None:
        """The usual face."""
        stage.session()
        stage.registration()

        app = stage.open(page, AUTUMN)

        assert not app.exception
        assert not app.error

    def test_says_why_nothing_leaves(self, stage: Stage, page: str) -> None:
        """A refused sign-in is put right by people only, so it must be seen on every page."""
        stage.session()
        with stage.here.store.write() as db:
            connections.stop(db, stage.here.connection_id, reason="sign_in_refused", detail="invalid_grant")

        app = stage.open(page)

        assert "RingCentral refused the sign-in" in said(app)
        assert "invalid_grant" in said(app)

    def test_says_that_one_can_only_look(self, stage: Stage, page: str) -> None:
        """Without EditWebinars every wish would fail; why, and who can change it, is said beforehand."""
        stage.session()
        stage.signed_in("ReadWebinars")

        app = stage.open(page)

        assert "EditWebinars" in said(app)


class TestPickedSession:
    def test_the_address_decides(self, stage: Stage) -> None:
        """A link by mail opens with the session it names."""
        stage.session()
        stage.registration()

        app = stage.open("pages/register.py", AUTUMN)

        assert "Autumn tour" in said(app)
        assert app.query_params["session"] == AUTUMN

    def test_another_page_keeps_it(self, stage: Stage) -> None:
        """Navigation drops what stands in the address; the session is put back."""
        stage.session()
        app = stage.open("pages/overview.py", AUTUMN)

        app.query_params.clear()
        app.switch_page("pages/register.py").run()

        assert app.query_params["session"] == AUTUMN

    def test_an_unknown_one_is_dropped_once_the_list_is_here(self, stage: Stage) -> None:
        """An address of another account must not leave the page waiting for ever."""
        stage.session()
        stage.sessions_were_read()

        app = stage.open("pages/register.py", "404")

        assert "session" not in app.query_params
        assert "Pick the session first" in said(app)

    @pytest.mark.parametrize(
        ("page", "offers"),
        [
            ("attendance", ["8002", "8003", "8001"]),
            ("follow_up", ["8002", "8003", "8001"]),
            ("register", ["8002", "8001"]),
        ],
    )
    def test_pages_about_who_came_offer_what_has_begun_first(self, stage: Stage, page: str, offers: list[str]) -> None:
        """After a webinar its marketer would have to search for it below all that are still to come."""
        stage.session("8001", "To come", starts_in=timedelta(days=2))
        stage.session("8002", "On now", starts_in=timedelta(minutes=-10), status="Active")
        stage.session("8003", "Yesterday", starts_in=timedelta(days=-1), status="Finished")

        app = stage.open(f"pages/{page}.py")

        assert [one.key for one in app.button if (one.key or "").startswith("pick_")] == [
            f"pick_{one}" for one in offers
        ]

    def test_an_unknown_one_is_kept_while_the_list_is_read(self, stage: Stage) -> None:
        """A deep link as the first request after a start names a session that no list has shown yet."""
        app = stage.open("pages/register.py", AUTUMN)

        assert app.query_params["session"] == AUTUMN
        assert "Reading your sessions" in said(app)

    def test_picking_writes_the_address(self, stage: Stage) -> None:
        """What was picked survives a reload."""
        stage.session()
        app = stage.open()

        app.selectbox(key="session_pick_0").select(AUTUMN).run()

        assert app.query_params["session"] == AUTUMN

    def test_picked_in_the_list_the_search_is_another_widget(self, stage: Stage) -> None:
        """Who clicks on at once sends that the search shows nothing; it was taken for "none", and the pick was lost."""
        stage.session()
        app = stage.open()

        app.button(key=f"pick_{AUTUMN}").click().run()

        assert [(one.key, one.value) for one in app.selectbox] == [("session_pick_1", AUTUMN)]

    def test_what_comes_stands_before_what_is_past(self, stage: Stage) -> None:
        """People register for what comes; the past is for looking back, latest first."""
        stage.session("1", "Long ago", starts_in=timedelta(days=-9))
        stage.session("2", "Yesterday", starts_in=timedelta(days=-1))
        stage.session("3", "Next week", starts_in=timedelta(days=7))
        stage.session("4", "Tomorrow", starts_in=timedelta(days=1))

        app = stage.open()

        assert app.selectbox(key="session_pick_0").options == [
            "2 Dec · Tomorrow", "8 Dec · Next week", "Past · 30 Nov · Yesterday", "Past · 22 Nov · Long ago",
        ]  # fmt: skip


class TestSessionLine:
    def test_says_when_and_whether_one_can_register(self, stage: Stage) -> None:
        """Time in the session's own zone, and how many of how many."""
        stage.session()
        stage.registration()

        app = stage.open("pages/register.py", AUTUMN)

        assert "Thu 3 Dec 13:00 CET" in said(app)
        assert "412 of 500 registered" in said(app)
        assert "starts in 2 days 3 h" in said(app)

    def test_says_as_of_when_the_number_is(self, stage: Stage) -> None:
        """“0 registered” above “6 of 200 registered” is no contradiction once it is said when it was read."""
        stage.session()
        stage.registration(age=timedelta(minutes=5))

        app = stage.open("pages/imports.py", AUTUMN)
        app.switch_page("pages/register.py").run()

        assert "412 of 500 registered :gray[as of 08:55 UTC]" in said(app)

    def test_of_a_past_session_it_does_not_promise_to_read(self, stage: Stage) -> None:
        """Whether a past webinar is open is never read."""
        stage.session(starts_in=timedelta(days=-3))

        app = stage.open("pages/register.py", AUTUMN)

        assert "was 2 days 23 h ago" in said(app)
        assert "not read yet" not in said(app)

    def test_reads_registration_when_it_was_never_read(self, stage: Stage) -> None:
        """Picked, it is read at once, and the page says what that costs."""
        stage.session()

        app = stage.open("pages/register.py", AUTUMN)

        assert stage.open_readings(What.REGISTRATION, AUTUMN)
        assert "1 call" in said(app)

    def test_does_not_read_what_is_fresh(self, stage: Stage) -> None:
        """Ten calls a minute are few; looking again within a minute costs none."""
        stage.session()
        stage.registration(age=timedelta(seconds=59))

        stage.open("pages/register.py", AUTUMN)

        assert not stage.open_readings(What.REGISTRATION, AUTUMN)

    def test_reads_again_what_is_old(self, stage: Stage) -> None:
        """Somebody may have closed registration in the meantime."""
        stage.session()
        stage.registration(age=timedelta(seconds=61))

        stage.open("pages/register.py", AUTUMN)

        assert stage.open_readings(What.REGISTRATION, AUTUMN)

    def test_a_failed_reading_is_not_repeated_at_every_look(self, stage: Stage) -> None:
        """A session we may not see would otherwise eat the whole quota."""
        stage.session()
        stage.reading_failed(What.REGISTRATION, AUTUMN)

        app = stage.open("pages/register.py", AUTUMN)

        assert not stage.open_readings(What.REGISTRATION, AUTUMN)
        assert "could not be read" in said(app)

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("Closed", "Registration is closed"),
            ("Off", "Nobody registers for this webinar"),
            ("Gone", "does not know this session any more"),
            ("NoRight", "does not show this user the registration"),
        ],
    )
    def test_says_what_to_do_when_nobody_can_register(self, stage: Stage, status: str, words: str) -> None:
        """Better here than after a form was filled in."""
        stage.session()
        stage.registration(status=status)

        app = stage.open("pages/register.py", AUTUMN)

        assert words in said(app)

    def test_says_that_a_session_is_full(self, stage: Stage) -> None:
        """RingCentral says "Open" until the next one is refused."""
        stage.session()
        stage.registration(count=500, limit=500)

        app = stage.open("pages/register.py", AUTUMN)

        assert "Registration is full" in said(app)


class TestConnection:
    def test_try_again_lets_the_connection_go_on(self, stage: Stage) -> None:
        """The person who has put the reason right says so with one click."""
        with stage.here.store.write() as db:
            connections.stop(db, stage.here.connection_id, reason="signed_out_twice", detail="")
        app = stage.open()

        app.button(key="go_on").click().run()

        with stage.here.store.read() as db:
            assert connections.of(db, stage.here.connection_id).stopped_reason is None

    def test_a_passing_trouble_is_said_with_its_time(self, stage: Stage) -> None:
        """No network: since when, and that nothing is lost."""
        self.trouble(stage, "unreachable")
        stage.pass_time(timedelta(minutes=3))

        app = stage.open()

        assert "RingCentral cannot be reached since 09:00" in said(app)

    def test_nothing_is_promised_while_ringcentral_cannot_be_reached(self, stage: Stage) -> None:
        """A promise of two calls that stands for ever would have people wait for what cannot come."""
        self.trouble(stage, "unreachable")

        app = stage.open("pages/register.py")

        assert "Reading your sessions" not in said(app)
        assert "read as soon as RingCentral can be reached again" in said(app)

    @pytest.mark.parametrize("page", ["pages/overview.py", "pages/register.py", "pages/import_people.py"])
    def test_nothing_is_promised_while_the_sign_in_is_refused(self, stage: Stage, page: str) -> None:
        """Two calls that cannot leave help nobody; what is wrong stands above."""
        with stage.here.store.write() as db:
            connections.stop(db, stage.here.connection_id, reason="sign_in_refused", detail="invalid_grant")

        app = stage.open(page)

        assert "about 2 calls" not in said(app)
        assert "Nothing can be read until what stands at the top is put right" in said(app)
        assert not app.get("skeleton")

    def test_a_single_lost_call_is_no_news(self, stage: Stage) -> None:
        """An alert that flashes at every hiccup would not be read when it matters."""
        self.trouble(stage, "unreachable")
        stage.pass_time(timedelta(seconds=2))

        app = stage.open()

        assert "cannot be reached" not in said(app)

    def test_a_store_that_takes_no_writes_is_said(self, stage: Stage) -> None:
        """A full disk: nothing moves, and without a word people would wait before a bar that stands still."""
        stage.here.writing.failed(stage.here.now())
        stage.pass_time(timedelta(minutes=3))

        app = stage.open()

        assert "Nothing can be written down since 09:00" in said(app)

    def test_a_penalty_is_said_with_its_end(self, stage: Stage) -> None:
        """Somebody else uses the same account; waiting is all one can do, so it says until when."""
        with stage.here.store.write() as db:
            db.add(
                Quota(
                    connection_id=stage.here.connection_id, quota_group=callbook.HEAVY, limit=10, window_ms=60_000,
                    penalty_until=NINE + timedelta(minutes=3),
                )
            )  # fmt: skip

        app = stage.open()

        assert "make 10 calls a minute" in said(app)
        assert "Going on at 09:03" in said(app)

    def test_a_failed_list_of_sessions_says_what_is_shown(self, stage: Stage) -> None:
        """What was read before stays on the screen, with a word about its age."""
        stage.session()
        stage.reading_failed(What.SESSIONS)

        app = stage.open()

        assert "Your sessions could not be read (09:00" in said(app)
        assert "Autumn tour" in app.selectbox(key="session_pick_0").options[0]

    def trouble(self, stage: Stage, code: str) -> None:
        with stage.here.store.write() as db:
            connections.note_trouble(db, stage.here.connection_id, code, now=stage.here.now())


class TestDemoBar:
    def test_going_live_names_the_variables(self, stage: Stage) -> None:
        """Four lines stand between the demo and one's own account."""
        app = stage.open()

        app.button(key="go_live").click().run()

        assert "RC_CLIENT_SECRET" in app.code[0].value
        assert "make run" in said(app)

    def test_a_faster_demo_says_so(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody should believe that RingCentral is that fast."""
        object.__setattr__(stage.here.settings, "demo_limit", 60)

        app = stage.open()

        assert "60 calls in 1 min, not 10 a minute" in said(app)


def test_the_title_names_the_page(stage: Stage) -> None:
    """Many tabs are told apart by their titles."""
    app: AppTest = stage.open()

    assert app.title[0].value == "Overview"
