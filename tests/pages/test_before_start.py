"""The step before Start: what it costs, when it is done, who pays for it, and who is registered again."""

from datetime import timedelta

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from rollcall.outbox import unfold as unfolding
from rollcall.outbox import wishes
from rollcall.outbox.states import Origin, Priority, Standing, State, Verdict
from rollcall.outbox.wishes import LinkTemplates, Wish
from rollcall.person import Person
from rollcall.roster import readings, sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import SeenRegistration
from rollcall.store.tables import Action, Batch, BatchLine, Reading
from tests.pages.conftest import AUTUMN, NINE, Stage, said

PAGE = "pages/import_people.py"
HEADER = "First name,Last name,Email\n"
ANNA, BEN = "anna@example.com", "ben@example.com"


def a_draft(stage: Stage, *emails: str) -> int:
    """A checked list of these people, compared with RingCentral's list, on which nobody stands."""
    batch_id = stage.upload((HEADER + "".join(f"P,N,{email}\n" for email in emails)).encode())
    here = stage.here
    with here.store.write() as db:
        asked = readings.ask(db, here.connection_id, What.REGISTRANTS, AUTUMN, lane=1, asked_by="test", now=here.now())
        reading = db.get_one(Reading, asked)
        readings.begin(db, reading, cursor={}, now=here.now())
        readings.turn_page(db, reading, cursor=None, records=0, now=here.now())
    return batch_id


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, AUTUMN)
    assert not app.exception
    return app


def cancelled_earlier(stage: Stage, email: str) -> None:
    """Somebody whom we registered and then cancelled."""
    here = stage.here
    wish = Wish(here.connection_id, AUTUMN, Origin.FORM, "test", Priority.CLICK)
    with here.store.write() as db:
        action = db.get_one(Action, wishes.register(db, wish, Person("P", "N", email), LinkTemplates(), now=here.now()))
        action.state = State.WITHDRAWN
        wishes.registration_for(db, wish, email, now=here.now()).standing = Standing.CANCELLED


def start_on(app: AppTest, batch_id: int) -> None:
    app.button(key=f"start_{batch_id}").click().run()
    app.button(key=f"confirm_start_{batch_id}").click().run()
    assert not app.exception


def sent(stage: Stage, batch_id: int) -> list[str]:
    """The people whom the worker will send for this import."""
    with stage.here.store.write() as db:
        unfolding.unfold(db, db.get_one(Batch, batch_id), now=stage.here.now())
    with stage.here.store.read() as db:
        actions = db.scalars(select(Action).where(Action.batch_id == batch_id).order_by(Action.id)).all()
        return [action.payload["email"] for action in actions]


def verdicts(stage: Stage, batch_id: int) -> list[str]:
    with stage.here.store.read() as db:
        lines = select(BatchLine.verdict).where(BatchLine.batch_id == batch_id).order_by(BatchLine.number)
        return list(db.scalars(lines))


class TestTime:
    def test_calls_minutes_and_the_end_are_said(self, stage_with_session: Stage) -> None:
        """Forty people and one look at the list, ten calls a minute: whoever presses Start knows when to look again."""
        a_draft(stage_with_session, *(f"p{one}@example.com" for one in range(40)))

        words = said(opened(stage_with_session))

        assert "**41 calls** · 5 min at 10 a minute · done about **10:04 CET**" in words

    def test_the_dialog_repeats_minutes_and_calls(self, stage_with_session: Stage) -> None:
        """The last words before mails leave."""
        batch_id = a_draft(stage_with_session, *(f"p{one}@example.com" for one in range(40)))
        app = opened(stage_with_session)

        app.button(key=f"start_{batch_id}").click().run()

        assert "About 5 min and 41 calls" in said(app)


class TestWarnings:
    def test_private_addresses_where_only_work_addresses_are_taken(self, stage_with_session: Stage) -> None:
        """Each of them costs a call, and RingCentral will say no."""
        self.takes_work_addresses_only(stage_with_session)
        a_draft(stage_with_session, ANNA, "ben@gmail.com", "cleo@web.de")

        assert "takes work addresses only, and 2 people have a private one" in said(opened(stage_with_session))

    def test_nothing_is_warned_of_where_every_address_is_taken(self, stage_with_session: Stage) -> None:
        """A warning that always stands there is read by nobody."""
        a_draft(stage_with_session, ANNA, "ben@gmail.com")

        assert "work addresses" not in said(opened(stage_with_session))

    def test_an_import_that_becomes_late_is_named(self, stage_with_session: Stage) -> None:
        """Twenty people are in time for a webinar in six minutes, until fifty others go before them."""
        stage_with_session.session("8002", "Spring tour", starts_in=timedelta(minutes=6))
        stage_with_session.batch(20, session_id="8002", name="spring.csv")
        stage_with_session.session(AUTUMN, starts_in=timedelta(minutes=5, seconds=30))
        a_draft(stage_with_session, *(f"p{one}@example.com" for one in range(50)))

        words = said(opened(stage_with_session))

        assert "This makes another import late: spring.csv." in words

    def test_an_import_that_stays_in_time_is_not_named(self, stage_with_session: Stage) -> None:
        """Both fit: nobody has to choose."""
        stage_with_session.session("8002", "Spring tour", starts_in=timedelta(days=3))
        stage_with_session.batch(20, session_id="8002", name="spring.csv")
        a_draft(stage_with_session, ANNA)

        assert "another import late" not in said(opened(stage_with_session))

    def takes_work_addresses_only(self, stage: Stage) -> None:
        seen = SeenRegistration("Open", registrant_count=1, suppress_emails=False, work_email_required=True)
        with stage.here.store.write() as db:
            sessions.keep_registration(db, stage.here.connection_id, AUTUMN, seen, now=NINE)


class TestCancelledEarlier:
    def test_without_the_tick_start_leaves_them_alone(self, stage_with_session: Stage) -> None:
        """Somebody took them out on purpose; an old list must not bring them back by itself."""
        cancelled_earlier(stage_with_session, ANNA)
        batch_id = a_draft(stage_with_session, ANNA, BEN)
        app = opened(stage_with_session)

        assert app.button(key=f"start_{batch_id}").label == "Register 1 person"
        start_on(app, batch_id)

        assert verdicts(stage_with_session, batch_id) == [Verdict.CANCELLED_EARLIER, Verdict.TO_SEND]
        assert sent(stage_with_session, batch_id) == [BEN]

    def test_with_the_tick_start_sends_them_too(self, stage_with_session: Stage) -> None:
        """The tick changes the number on the button, and whom the button sends."""
        cancelled_earlier(stage_with_session, ANNA)
        batch_id = a_draft(stage_with_session, ANNA, BEN)
        app = opened(stage_with_session)

        app.checkbox(key=f"again_{batch_id}").check().run()
        assert app.button(key=f"start_{batch_id}").label == "Register 2 people"
        start_on(app, batch_id)

        assert verdicts(stage_with_session, batch_id) == [Verdict.TO_SEND, Verdict.TO_SEND]
        assert sent(stage_with_session, batch_id) == [ANNA, BEN]

    def test_a_list_of_nobody_else_can_be_started_by_the_tick(self, stage_with_session: Stage) -> None:
        """All were cancelled, and all are wanted again: without the tick there is nobody to register."""
        cancelled_earlier(stage_with_session, ANNA)
        batch_id = a_draft(stage_with_session, ANNA)
        app = opened(stage_with_session)
        assert "nobody new to register" in said(app)

        app.checkbox(key=f"again_{batch_id}").check().run()
        start_on(app, batch_id)

        assert sent(stage_with_session, batch_id) == [ANNA]
