"""The page that registers one person: what is asked, what is filed, what came of it."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from rollcall import registering
from rollcall.outbox import ledger
from rollcall.outbox.ledger import Failure
from rollcall.outbox.states import Outcome, State
from rollcall.registering import Form, Target
from rollcall.roster import capabilities, registrants, source_names
from rollcall.roster.capabilities import Name
from rollcall.roster.registrants import Seen
from rollcall.store.tables import Action
from tests.pages.conftest import AUTUMN, Stage, said

PAGE = "pages/register.py"
HOSTILE = ("![x](https://evil.example/t.png)", ":material/home: <b>", "=cmd()")
ANNA = Form("Anna", "Novak", "anna@example.com", pairs=(("lid", "123"),))


def opened(stage: Stage, wish: int | str | None = None) -> AppTest:
    app = stage.open(PAGE, AUTUMN, wish=wish)
    assert not app.exception
    return app


def filled(
    app: AppTest, first_name: str = "Anna", last_name: str = "Novak", email: str = "anna@example.com"
) -> AppTest:
    app.text_input(key="register_first_name").set_value(first_name)
    app.text_input(key="register_last_name").set_value(last_name)
    app.text_input(key="register_email").set_value(email)
    return app.run()


def actions(stage: Stage) -> list[Action]:
    with stage.here.store.read() as db:
        return [one.action for one in registering.latest(db, stage.here.connection_id, AUTUMN)]


def a_wish(stage: Stage, form: Form = ANNA) -> int:
    target = Target(stage.here.connection_id, AUTUMN, "local")
    wish = registering.submit(stage.here.store, target, form, now=stage.here.now())
    assert isinstance(wish, int)
    return wish


def sent(stage: Stage, wish: int) -> None:
    with stage.here.store.write() as db:
        ledger.claim(db, db.get_one(Action, wish), call_id=1, epoch=1, now=stage.here.now())


def a_registrant(stage: Stage, **more: str | None) -> str:
    known = {"first_name": "Anna", "last_name": "Novak", "source": None, "external_id": "lid=123"} | more
    seen = Seen(
        registrant_id="r1",
        email="anna@example.com",
        email_key="anna@example.com",
        first_name=known["first_name"] or "",
        last_name=known["last_name"] or "",
        source=known["source"],
        external_id=known["external_id"],
        join_uri="https://rc.example.com/j/1",
        cancellation_uri="https://rc.example.com/c/1",
        registered_at=stage.here.now(),
        participant_id=None,
        post_webinar=None,
        raw={},
    )
    with stage.here.store.write() as db:
        registrants.keep(db, stage.here.connection_id, AUTUMN, [seen], now=stage.here.now())
    return seen.registrant_id


def codes(app: AppTest) -> list[str]:
    return [one.value for one in app.code]


class TestTheForm:
    def test_registering_files_one_wish_and_shows_it(self, stage_with_session: Stage) -> None:
        """The usual way: three fields, one button, and where it stands."""
        app = filled(opened(stage_with_session))

        app.button(key="register").click().run()

        wishes = actions(stage_with_session)
        assert [wish.payload["email"] for wish in wishes] == ["anna@example.com"]
        assert app.query_params["wish"] == str(wishes[0].id)
        assert "Anna Novak is waiting" in said(app)

    def test_pressed_twice_it_is_one_wish_however_quickly_it_was_answered(self, stage_with_session: Stage) -> None:
        """The second click of a double-click comes with the address of before, when the person may be registered."""
        app = filled(opened(stage_with_session))
        app.button(key="register").click().run()
        (wish,) = actions(stage_with_session)
        sent(stage_with_session, wish.id)
        registrant = a_registrant(stage_with_session)
        with stage_with_session.here.store.write() as db:
            ledger.finish(db, wish.id, Outcome.REGISTERED, registrant_id=registrant, now=stage_with_session.here.now())
        again = filled(opened(stage_with_session))
        again.session_state["register_filed"] = app.session_state["register_filed"]

        again.button(key="register").click().run()

        assert [one.id for one in actions(stage_with_session)] == [wish.id]
        assert again.query_params["wish"] == str(wish.id)

    def test_everything_wrong_is_said_at_once_and_nothing_is_filed(self, stage_with_session: Stage) -> None:
        """Nobody should find the second mistake after putting right the first."""
        app = filled(opened(stage_with_session), last_name="", email="anna@acme")

        app.button(key="register").click().run()

        assert "Last name is missing." in said(app)
        assert "“anna@acme” is not an email address (no ending such as .com)." in said(app)
        assert actions(stage_with_session) == []

    def test_keys_show_the_string_as_it_is_sent(self, stage_with_session: Stage) -> None:
        """What goes to the CRM and comes back is seen before it is sent."""
        app = opened(stage_with_session)
        app.text_input(key="register_external_id_key_0").set_value("lid")
        app.text_input(key="register_external_id_value_0").set_value("1 2+3").run()

        assert codes(app) == ["lid=1%202%2B3"]

    def test_a_key_without_a_value_is_not_sent_and_said_so(self, stage_with_session: Stage) -> None:
        """The keys stay for the next person; `lid=&oid=` would be kept at RingCentral for nothing."""
        app = filled(opened(stage_with_session))
        app.button(key="register_external_id_add").click().run()
        for row, (key, value) in enumerate([("lid", " "), ("oid", "7")]):
            app.text_input(key=f"register_external_id_key_{row}").set_value(key)
            app.text_input(key=f"register_external_id_value_{row}").set_value(value)
        app.run()
        shown = codes(app)

        app.button(key="register").click().run()

        assert shown == ["oid=7"]
        assert [wish.payload["external_id"] for wish in actions(stage_with_session)] == ["oid=7"]

    def test_a_key_without_a_value_is_named_beside_the_string(self, stage_with_session: Stage) -> None:
        """What is left out must not be found out at RingCentral."""
        app = opened(stage_with_session)

        app.text_input(key="register_external_id_key_0").set_value("lid").run()

        assert "lid has no value: not sent" in said(app)
        assert codes(app) == []

    def test_a_past_session_takes_nobody(self, stage: Stage) -> None:
        """A form that can only be refused is no form."""
        stage.session(starts_in=timedelta(days=-3), status="Finished")

        app = opened(stage)

        assert "This session is over RingCentral takes nobody any more." in said(app)
        assert not app.text_input
        assert not [one for one in app.button if one.key == "register"]

    def test_the_same_key_twice_is_refused(self, stage_with_session: Stage) -> None:
        """One of the two would be lost at RingCentral's reader."""
        app = filled(opened(stage_with_session))
        app.button(key="register_external_id_add").click().run()
        for row in (0, 1):
            app.text_input(key=f"register_external_id_key_{row}").set_value("lid")
            app.text_input(key=f"register_external_id_value_{row}").set_value(f"{row}")
        app.run()

        app.button(key="register").click().run()

        assert "the key “lid” is there twice" in said(app)
        assert actions(stage_with_session) == []

    def test_own_links_are_off_until_switched_on_and_then_shown_for_this_person(
        self, stage_with_session: Stage
    ) -> None:
        """Own links change what people get by mail; nobody gets them by accident."""
        app = filled(opened(stage_with_session))
        assert not app.toggle(key="register_own_links_on").value
        app.toggle(key="register_own_links_on").set_value(True).run()
        app.text_input(key="register_own_links_join").set_value("https://acme.com/{first_name}?r={ref}").run()

        assert "something of yours must answer there" in said(app)
        assert codes(app) == ["https://acme.com/Anna?r=made-when-you-register"]

    def test_what_this_ringcentral_does_with_own_links_is_said(self, stage_with_session: Stage) -> None:
        """Tried once, known from then on."""
        here = stage_with_session.here
        with here.store.write() as db:
            capabilities.note(db, here.connection_id, Name.OWN_LINKS, "replaced", now=here.now())

        assert "Try it with one person: register yourself below" in said(opened(stage_with_session)).replace("*", "")
        assert "(seen Tue 1 Dec" in said(opened(stage_with_session))
        assert "This RingCentral replaces own links by its own" in said(opened(stage_with_session))

    @pytest.mark.parametrize(
        ("suppressed", "words"),
        [(True, "will **not** mail this person"), (False, "will mail this person"), (None, "is not known yet")],
    )
    def test_it_says_whether_this_person_is_mailed(self, stage: Stage, suppressed: bool | None, words: str) -> None:
        """A mail that has left cannot be called back."""
        stage.session()
        stage.registration(suppress_emails=suppressed)

        assert words in said(opened(stage))

    @pytest.mark.parametrize("status", ["Closed", "Off"])
    def test_nobody_is_registered_where_registration_is_not_open(self, stage: Stage, status: str) -> None:
        """The reason stands above; the button cannot be pressed."""
        stage.session()
        stage.registration(status=status)

        assert opened(stage).button(key="register").disabled

    def test_a_read_only_app_registers_nobody(self, stage_with_session: Stage) -> None:
        """Without EditWebinars every call would be refused."""
        stage_with_session.signed_in("ReadWebinars")

        assert opened(stage_with_session).button(key="register").disabled

    def test_known_sources_are_offered(self, stage_with_session: Stage) -> None:
        """So that one campaign is not written in three ways."""
        a_registrant(stage_with_session, source="autumn-tour")

        assert opened(stage_with_session).selectbox(key="register_source").options == ["autumn-tour"]

    def test_a_spelling_that_counts_as_another_is_said_and_never_changed_by_itself(
        self, stage_with_session: Stage
    ) -> None:
        """What is typed is what RingCentral gets, until somebody takes the other name."""
        a_registrant(stage_with_session, source="autumn-tour")
        here = stage_with_session.here
        with here.store.write() as db:
            source_names.decide(db, here.connection_id, ["Autumn Tour"], "autumn-tour", actor="local", now=here.now())
        app = stage_with_session.open(PAGE)
        app.session_state["register_source"] = "Autumn Tour"
        app.query_params["session"] = AUTUMN
        app.run()
        assert "“Autumn Tour” counts as “autumn-tour” here. RingCentral gets it as it stands" in said(app)
        assert app.selectbox(key="register_source").value == "Autumn Tour"

        app.button(key="register_source_instead").click().run()

        assert app.selectbox(key="register_source").value == "autumn-tour"
        assert "counts as" not in said(app)


class TestTheOutcome:
    def test_registered_shows_both_links_to_copy(self, stage_with_session: Stage) -> None:
        """The marketer passes them on."""
        wish = a_wish(stage_with_session)
        sent(stage_with_session, wish)
        registrant = a_registrant(stage_with_session)
        with stage_with_session.here.store.write() as db:
            ledger.finish(db, wish, Outcome.REGISTERED, registrant_id=registrant, now=stage_with_session.here.now())

        app = opened(stage_with_session, wish)

        assert "Anna Novak is registered." in said(app)
        assert codes(app) == ["https://rc.example.com/j/1", "https://rc.example.com/c/1"]
        (record,) = [one.value.splitlines() for one in app.text]
        assert record == ["Name: Anna Novak", "Email: anna@example.com", "Source: –", "External ID: lid=123"]

    def test_cancelled_since_it_says_so_and_shows_no_link(self, stage_with_session: Stage) -> None:
        """The card is opened again a day later, and its links are passed on."""
        wish = a_wish(stage_with_session)
        sent(stage_with_session, wish)
        registrant, here = a_registrant(stage_with_session), stage_with_session.here
        with here.store.write() as db:
            ledger.finish(db, wish, Outcome.REGISTERED, registrant_id=registrant, now=here.now())
            registrants.remove(db, here.connection_id, AUTUMN, registrant, now=here.now())

        app = opened(stage_with_session, wish)

        assert "Anna Novak was registered, and is cancelled since" in said(app)
        assert "is registered." not in said(app)
        assert ":material/person_off: cancelled] · Anna Novak" in said(app)
        assert codes(app) == []

    def test_already_there_shows_the_record_and_what_differs(self, stage_with_session: Stage) -> None:
        """Nothing was sent, so what was entered is not what RingCentral has."""
        a_registrant(stage_with_session, source="partner", last_name="Nowak")

        app = opened(stage_with_session, a_wish(stage_with_session))

        assert "was registered already; nothing was sent" in said(app)
        assert "Last name: you entered “Novak”, RingCentral has “Nowak”" in said(app)
        assert "Name: Anna Nowak" in app.text[0].value

    def test_waiting_says_its_place_and_time(self, stage_with_session: Stage) -> None:
        """When it takes longer, people want to know how long."""
        for number in range(3):
            a_wish(stage_with_session, Form("Ben", str(number), f"ben{number}@example.com"))

        app = opened(stage_with_session, a_wish(stage_with_session))

        assert "3 people before" in said(app)
        assert "about 10:0" in said(app)  # 9:00 UTC is 10:00 in the session's zone
        assert "CET" in said(app)

    def test_waiting_can_be_taken_back(self, stage_with_session: Stage) -> None:
        """A typing mistake noticed in time costs nothing."""
        wish = a_wish(stage_with_session)

        app = opened(stage_with_session, wish)
        app.button(key="take_back").click().run()

        assert [one.state for one in actions(stage_with_session)] == [State.WITHDRAWN]
        assert "taken back" in said(app)

    def test_not_confirmed_says_that_nobody_is_doubled(self, stage_with_session: Stage) -> None:
        """The moment in which people would press again."""
        wish = a_wish(stage_with_session)
        sent(stage_with_session, wish)
        with stage_with_session.here.store.write() as db:
            ledger.mark_unconfirmed(db, wish, Failure("timeout"), now=stage_with_session.here.now())

        app = opened(stage_with_session, wish)

        assert "Anna Novak is not confirmed" in said(app)
        assert "checked before anything is sent again" in said(app)

    def test_refused_quotes_the_reason_as_text_and_goes_back_to_the_form(self, stage_with_session: Stage) -> None:
        """RingCentral's words come from outside as well."""
        wish = a_wish(stage_with_session)
        sent(stage_with_session, wish)
        failure = Failure("invalid", HOSTILE[0], 400, "email")
        with stage_with_session.here.store.write() as db:
            ledger.refuse(db, wish, failure, now=stage_with_session.here.now())

        app = opened(stage_with_session, wish)
        assert "RingCentral refused what was entered" in said(app)
        assert app.text[0].value == "Anna Novak\nanna@example.com"
        assert all("![x](" not in one.value for one in app.error)
        app.button(key="try_again").click().run()

        assert app.text_input(key="register_email").value == "anna@example.com"
        assert app.text_input(key="register_external_id_key_0").value == "lid"
        assert "wish" not in app.query_params

    def test_register_another_keeps_the_source_and_the_keys(self, stage_with_session: Stage) -> None:
        """Ten people of one campaign share both."""
        wish = a_wish(stage_with_session, Form("A", "B", "a@example.com", "tour", (("lid", "1"), ("oid", "2"))))

        app = opened(stage_with_session, wish)
        app.button(key="register_another").click().run()

        assert app.text_input(key="register_email").value == ""
        assert app.selectbox(key="register_source").value == "tour"
        assert [app.text_input(key=f"register_external_id_key_{row}").value for row in (0, 1)] == ["lid", "oid"]
        assert app.text_input(key="register_external_id_value_1").value == ""

    @pytest.mark.parametrize("asked", ["999", "x", "-1", "1;drop"])
    def test_an_address_that_names_no_wish_shows_the_form(self, stage_with_session: Stage, asked: str) -> None:
        """Old links and typing mistakes."""
        app = opened(stage_with_session, asked)

        assert app.button(key="register")
        assert "wish" not in app.query_params

    def test_a_wish_of_another_session_is_not_shown(self, stage_with_session: Stage) -> None:
        """After another session was picked, the address still names the wish of the first."""
        wish = a_wish(stage_with_session)
        stage_with_session.session("8002", "Spring tour")
        app = stage_with_session.open(PAGE, "8002")
        app.query_params["wish"] = str(wish)

        app.run()

        assert "Anna Novak" not in said(app)


class TestTheLatest:
    def test_the_last_ten_are_found_again(self, stage_with_session: Stage) -> None:
        """Who closed the page in the middle finds everybody."""
        for number in range(11):
            a_wish(stage_with_session, Form("Ben", str(number), f"ben{number}@example.com"))
            stage_with_session.pass_time(timedelta(seconds=1))

        words = said(opened(stage_with_session))

        assert "Ben 10" in words
        assert "ben1@example.com" in words
        assert "ben0@example.com" not in words

    def test_one_opens(self, stage_with_session: Stage) -> None:
        """Its links are one click away."""
        wish = a_wish(stage_with_session)

        app = opened(stage_with_session)
        app.button(key=f"show_wish_{wish}").click().run()

        assert "Anna Novak is waiting" in said(app)


def test_hostile_names_stay_text(stage_with_session: Stage) -> None:
    """A name must not make the viewer's browser call elsewhere, nor draw an icon."""
    wish = a_wish(stage_with_session, Form(HOSTILE[0], HOSTILE[1], "anna@example.com", HOSTILE[2]))

    app = opened(stage_with_session, wish)

    shown = [one.value for kind in ("markdown", "info", "success", "caption") for one in app.get(kind)]
    titles = [str(one.title) for one in app.info]
    assert not any("![x](https" in words or " :material/home:" in words for words in [*shown, *titles])
    assert "![x](https://evil.example/t.png) :material/home: <b>" in said(app)
