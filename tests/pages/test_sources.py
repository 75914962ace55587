"""The page of sources: every spelling, what is decided about it, and what it cost."""

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from components import sources_costs, sources_list, sources_seen, sources_table
from rollcall.attendance import counting, source_costs, tallies
from rollcall.roster import readings, registrants, sessions, source_names, spend
from rollcall.roster.money import Money
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.roster.spend import Spend
from rollcall.store.tables import Action, Reading, Registrant
from tests.pages.conftest import AUTUMN, NINE, Stage, said

PAGE = "pages/sources.py"
SPRING = "8002"
HOSTILE = "![x](https://evil.example/t.png)"
People = Mapping[str | None, tuple[int, int]]  # source → registered, attended


def counted(stage: Stage, people: People, session_id: str = AUTUMN, *, days: int = -7) -> None:
    """A session that is over unless `days` is in the future, with these people, read and counted."""
    is_over = days < 0
    stage.session(session_id, f"Tour {session_id}", starts_in=timedelta(days=days), status="Finished" if is_over else "Scheduled")  # fmt: skip # noqa: E501
    seen = [
        somebody(f"{session_id}-{at}-{number}", source, came=number < attended)
        for at, (source, (registered, attended)) in enumerate(people.items())
        for number in range(registered)
    ]
    for what in (What.REGISTRANTS, What.PARTICIPANTS):
        read(stage, what, session_id, seen if what is What.REGISTRANTS else [])
    counting.bring_up_to_date(stage.here.store, stage.here.connection_id, now=stage.here.now())


def somebody(registrant_id: str, source: str | None, *, came: bool) -> Seen:
    email = f"{registrant_id}@example.com"
    return Seen(
        registrant_id=registrant_id, email=email, email_key=email, first_name="Ada", last_name="No", source=source,
        external_id=None, join_uri=None, cancellation_uri=None, registered_at=NINE - timedelta(days=9),
        participant_id=f"p-{registrant_id}" if came else None, post_webinar=None, raw={},
    )  # fmt: skip


def read(stage: Stage, what: What, session_id: str, seen: list[Seen]) -> None:
    reading_id = stage.asked(what, session_id)
    with stage.here.store.write() as db:
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=stage.here.now())
        if seen:
            registrants.keep(db, stage.here.connection_id, session_id, seen, now=stage.here.now(), reading=reading)
        readings.turn_page(db, reading, cursor=None, records=len(seen), now=stage.here.now())


def opened(stage: Stage) -> AppTest:
    app = stage.open(PAGE, AUTUMN)
    assert not app.exception
    return app


def table(app: AppTest, kind: str) -> dict[str, list[object]]:
    """The table whose key begins so, by columns; that of the costs has none here."""
    has_costs = [one for one in app.dataframe if "Per registrant" in one.value.columns]
    (found,) = has_costs if kind == "costs" else [one for one in app.dataframe if _is_of(one.key, kind)]
    return {name: found.value[name].tolist() for name in found.value.columns}


def _is_of(key: str | None, kind: str) -> bool:
    return (key or "").startswith(f"sources_{kind}")


def tick(app: AppTest, kind: str, *rows: int) -> AppTest:
    (found,) = [one for one in app.dataframe if _is_of(one.key, kind)]
    app.session_state[found.key] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return app.run()


def names(stage: Stage) -> dict[str, str]:
    with stage.here.store.read() as db:
        return source_names.names(db, stage.here.connection_id)


@pytest.fixture
def two_sessions(stage: Stage) -> Stage:
    """Three spellings of one campaign and another, over two sessions."""
    counted(stage, {"customer-invite": (12, 6), "Customer Invite": (3, 1), None: (2, 0)}, AUTUMN)
    counted(stage, {"customer-invite": (8, 4), "customer_invite": (1, 1), "blog": (5, 2)}, SPRING, days=-30)
    return stage


class TestEverySpelling:
    def test_is_shown_with_its_counts_over_all_sessions(self, two_sessions: Stage) -> None:
        """The raw value, not what somebody made of it."""
        shown = table(opened(two_sessions), "spellings")

        assert shown["Source as received"] == [
            "customer-invite",
            "blog",
            "Customer Invite",
            "(none)",
            "customer_invite",
        ]
        assert shown["Sessions"] == [2, 1, 1, 1, 1]
        assert shown["Registered"] == [20, 5, 3, 2, 1]
        assert shown["Attended"] == [10, 2, 1, 0, 1]

    def test_says_how_many_and_as_of_when(self, two_sessions: Stage) -> None:
        """Every figure says when it was counted."""
        two_sessions.pass_time(timedelta(hours=2))

        words = said(opened(two_sessions))

        assert "**4 sources** in 4 spellings · 2 sessions counted · last 2 h ago (09:00 UTC)" in words

    def test_a_session_to_come_stands_under_not_yet_known(self, two_sessions: Stage) -> None:
        """Nobody of it is absent."""
        counted(two_sessions, {"blog": (4, 0)}, "8003", days=3)

        app = opened(two_sessions)

        assert table(app, "spellings")["Not yet known"] == [0, 4, 0, 0, 0]
        assert "1 session of them is not over, or not read since" in said(app)

    def test_one_that_is_ticked_leads_to_its_people(self, two_sessions: Stage) -> None:
        """Every number can be clicked down to its people."""
        app = tick(opened(two_sessions), "spellings", 2)

        app.button(key=f"sources_where_{AUTUMN}").click().run()

        assert app.title[0].value == "Registrants"
        assert app.selectbox(key=f"registrants_source_{AUTUMN}").value == "Customer Invite"

    def test_one_that_was_merged_leads_to_its_own_people(self, two_sessions: Stage) -> None:
        """The number on the button is of the spelling, not of all that counts with it."""
        decide(two_sessions, ["Customer Invite"], "customer-invite")
        app = opened(two_sessions)
        app = tick(app, "spellings", table(app, "spellings")["Source as received"].index("Customer Invite"))

        app.button(key=f"sources_where_{AUTUMN}").click().run()

        (people,) = [one.value for one in app.dataframe if "Join link" in one.value.columns]
        assert set(people["Source"]) == {"Customer Invite"}
        assert len(people) == 3

    def test_three_hundred_are_searched(self, stage: Stage) -> None:
        """And shown without a page that nobody can scroll."""
        counted(stage, {f"c{number:03d}x{number * 7919 % 1000:03d}": (1, 0) for number in range(300)})
        app = opened(stage)
        assert len(table(app, "spellings")["Sessions"]) == 300

        app.text_input(key="sources_typed").set_value("C123").run()

        assert [str(one)[:4] for one in table(app, "spellings")["Source as received"]] == ["c123"]

    def test_nothing_found_says_so(self, stage: Stage) -> None:
        """An empty table says less."""
        counted(stage, {f"c{number:03d}x": (1, 0) for number in range(30)})
        app = opened(stage)

        app.text_input(key="sources_typed").set_value("nowhere").run()

        assert "No spelling has that in it" in said(app)


class TestSuggestedMerges:
    def test_say_why(self, two_sessions: Stage) -> None:
        """A person confirms them, who has to know what the machine saw."""
        shown = table(opened(two_sessions), "suggested")

        assert shown["Spelling"] == ["Customer Invite", "customer_invite"]
        assert shown["Would count as"] == ["customer-invite"] * 2
        assert shown["Registered"] == [3, 1]
        assert set(shown["Why"]) == {"only what stands between the words differs"}

    def test_are_confirmed_one_by_one(self, two_sessions: Stage) -> None:
        """What is not ticked waits."""
        app = tick(opened(two_sessions), "suggested", 1)

        app.button(key="sources_accept").click().run()

        assert names(two_sessions) == {"customer_invite": "customer-invite"}
        assert "“customer_invite” counts as “customer-invite” now, in all sessions" in said(app)
        assert table(app, "suggested")["Spelling"] == ["Customer Invite"]

    def test_are_confirmed_together_and_taken_back(self, two_sessions: Stage) -> None:
        """Nothing of it is final, and the raw values stay in the table and in the store."""
        app = opened(two_sessions)

        app.button(key="sources_accept").click().run()
        merged = table(app, "spellings")
        app.button(key="sources_undo_last").click().run()

        assert merged["Source as received"][:3] == ["customer-invite", "Customer Invite", "customer_invite"]
        assert merged["Counts as"][:3] == ["", "customer-invite", "customer-invite"]
        assert names(two_sessions) == {}
        assert "2 decisions undone" in said(app)
        with two_sessions.here.store.read() as db:
            assert "Customer Invite" in set(db.scalars(select(Registrant.source)))

    def test_declined_stays_declined(self, two_sessions: Stage) -> None:
        """Also in another browser, a month later."""
        app = tick(opened(two_sessions), "suggested", 0)
        app.button(key="sources_decline").click().run()

        app = opened(two_sessions)

        assert table(app, "suggested")["Spelling"] == ["customer_invite"]
        assert names(two_sessions) == {}

    def test_nothing_leaves_for_ringcentral(self, two_sessions: Stage) -> None:
        """It is about counting alone, so it may be done in a connection that may only read."""
        two_sessions.signed_in("ReadWebinars")
        app = opened(two_sessions)

        app.button(key="sources_accept").click().run()

        assert len(names(two_sessions)) == 2
        assert "Although Rollcall may only read at RingCentral, you can decide all of it" in said(app)
        with two_sessions.here.store.read() as db:
            assert db.scalars(select(Action)).all() == []


class TestByHand:
    def test_two_that_no_suggestion_found_are_merged(self, two_sessions: Stage) -> None:
        """Nobody but the marketer knows that the blog is the invitation."""
        app = tick(opened(two_sessions), "spellings", 0, 1)

        app.button(key="sources_merge").click().run()

        assert names(two_sessions) == {"blog": "customer-invite"}

    def test_a_name_may_be_new(self, two_sessions: Stage) -> None:
        """Both spellings may be ugly."""
        app = tick(named(opened(two_sessions), "  Customer \u200bcampaign "), "spellings", 0, 1)

        app.button(key="sources_merge").click().run()

        assert names(two_sessions) == dict.fromkeys(("blog", "customer-invite"), "Customer campaign")

    def test_a_name_that_is_too_long_is_refused(self, two_sessions: Stage) -> None:
        """RingCentral would not take it from the form either."""
        app = tick(named(opened(two_sessions), "x" * 5_000), "spellings", 0, 1)

        assert app.button(key="sources_merge").disabled
        assert "This name is too long" in said(app)

    def test_those_without_a_source_are_nobodys_spelling(self, two_sessions: Stage) -> None:
        """Ticked or not, they stay (none)."""
        app = tick(opened(two_sessions), "spellings", 3)

        assert "sources_merge" not in [button.key for button in app.button]

    def test_a_merged_one_counts_as_itself_again(self, two_sessions: Stage) -> None:
        """From where it is seen."""
        decide(two_sessions, ["blog"], "customer-invite")
        app = tick(opened(two_sessions), "spellings", 1)

        app.button(key="sources_undo_ticked").click().run()

        assert names(two_sessions) == {}


def named(app: AppTest, name: str) -> AppTest:
    """Type a name for the two largest sources; before the field is drawn, since AppTest picks from its options only."""
    app.session_state[sources_table.keyed("sources_name", ["customer-invite", "blog"])] = name
    return app


def decide(stage: Stage, spellings: list[str], name: str) -> None:
    with stage.here.store.write() as db:
        source_names.decide(db, stage.here.connection_id, spellings, name, actor="local", now=stage.here.now())


class TestWhatWasDecided:
    def test_is_listed_with_its_time_and_undone(self, two_sessions: Stage) -> None:
        """Who comes later sees why the figures are others."""
        decide(two_sessions, ["blog"], "customer-invite")
        with two_sessions.here.store.write() as db:
            source_names.decline(
                db, two_sessions.here.connection_id, [("customer_invite", "customer-invite")], actor="local", now=NINE
            )
        app = opened(two_sessions)
        listed = table(app, "decided")

        app = tick(app, "decided", 0, 1)
        app.button(key="sources_undo").click().run()

        assert sorted(zip(listed["Spelling"], listed["Decided"], listed["Name"], strict=True)) == [
            ("blog", "counts as", "customer-invite"),
            ("customer_invite", "is kept apart from", "customer-invite"),
        ]
        assert listed["When"] == ["Tue 1 Dec 09:00 UTC"] * 2
        assert names(two_sessions) == {}
        assert "customer_invite" in table(app, "suggested")["Spelling"]


class TestWhatItCost:
    def test_amounts_are_saved_and_costs_shown(self, two_sessions: Stage) -> None:
        """100 euros for 12 who registered and 6 who came."""
        app = spent(opened(two_sessions), {0: "1,000.00"})

        app.button(key="sources_spend_save").click().run()

        assert amounts(two_sessions) == {(AUTUMN, "customer-invite"): Money(100_000, "EUR")}
        costs = table(app, "costs")
        assert (costs["Registered"], costs["Attended"]) == ([12], [6])
        assert costs["Per registrant"] == [pytest.approx(83.33, abs=0.01)]
        assert costs["Per attendee"] == [pytest.approx(166.67, abs=0.01)]
        assert costs["95 % from"][0] < costs["Per attendee"][0] < costs["95 % to"][0]  # type: ignore[operator]
        assert "1 amount saved" in said(app)

    def test_what_is_no_amount_is_said_and_not_saved(self, two_sessions: Stage) -> None:
        """The whole table waits until it is right."""
        app = spent(opened(two_sessions), {0: "12", 1: "-5"})

        app.button(key="sources_spend_save").click().run()

        assert "“-5” is below zero" in said(app)
        assert amounts(two_sessions) == {}

    def test_an_amount_stays_with_its_source_when_others_pass_it_by(self, stage: Stage) -> None:
        """A list was read between typing and saving: the edits of a table are places in it, and the places moved."""
        counted(stage, {"ads": (5, 2), "blog": (4, 1)})
        app = spent(opened(stage), {0: "100"})
        stage.pass_time(timedelta(minutes=5))
        counted(stage, {"ads": (5, 2), "blog": (7, 1)})

        app.run()
        shown = table(app, f"spend_{AUTUMN}")
        app.button(key="sources_spend_save").click().run()

        assert (shown["Source"], shown["Amount"]) == (["blog", "ads"], ["", "100"])
        assert amounts(stage) == {(AUTUMN, "ads"): Money(10_000, "EUR")}

    def test_nothing_typed_is_lost_when_a_source_is_added(self, stage: Stage) -> None:
        """Somebody types, remembers the fair, and goes on typing; in another session nothing of it is left."""
        counted(stage, {"ads": (5, 2), "blog": (4, 1)})
        app = spent(opened(stage), {0: "100"})
        app.session_state[f"sources_spend_others_{AUTUMN}_0"] = ["fair"]
        app.run()
        app = spent(app, {2: "7"})
        app.session_state[f"sources_spend_others_{AUTUMN}_0"] = ["fair", "show"]
        app.run()

        app.button(key="sources_spend_save").click().run()

        assert amounts(stage) == {(AUTUMN, "ads"): Money(10_000, "EUR"), (AUTUMN, "fair"): Money(700, "EUR")}

    def test_an_emptied_amount_is_taken_away(self, two_sessions: Stage) -> None:
        """It was entered for the wrong source."""
        paid(two_sessions, {"customer-invite": Money(100, "EUR")})
        app = spent(opened(two_sessions), {0: ""})

        app.button(key="sources_spend_save").click().run()

        assert amounts(two_sessions) == {}

    def test_currencies_are_never_compared(self, two_sessions: Stage) -> None:
        """One at a time, and what is left out is said."""
        paid(two_sessions, {"customer-invite": Money(10_000, "EUR"), "Customer Invite": Money(500, "USD")})

        app = opened(two_sessions)

        assert len(table(app, "costs")["Source"]) == 1
        assert "Not in it: 1 amount in another currency" in said(app)

    def test_a_source_that_brought_nobody_has_its_amount(self, two_sessions: Stage) -> None:
        """It is the first thing a marketer wants to see."""
        paid(two_sessions, {"fair": Money(90_000, "EUR")})

        app = opened(two_sessions)

        assert table(app, "costs")["Note"] == ["nobody registered"]
        assert "900.00 EUR" in [metric.value.replace("\\", "") for metric in app.metric]

    def test_a_session_to_come_has_no_cost_per_attendee(self, stage: Stage) -> None:
        """Not known is not the same as nobody, and not zero."""
        counted(stage, {"blog": (4, 0)}, days=3)
        paid(stage, {"blog": Money(4_000, "EUR")})

        app = opened(stage)

        assert [metric.value.replace("\\", "") for metric in app.metric] == ["40.00 EUR", "10.00 EUR", "not known"]
        assert "1 amount of a session that is not over" in said(app)

    def test_over_several_sessions_no_interval_is_given(self, two_sessions: Stage) -> None:
        """Their registrations are not people, and an interval that takes them for people promises too much."""
        paid(two_sessions, {"customer-invite": Money(10_000, "EUR"), "Customer Invite": Money(500, "EUR")})
        with two_sessions.here.store.write() as db:
            cost = {"customer-invite": Money(10_000, "EUR")}
            spend.keep(db, two_sessions.here.connection_id, SPRING, cost, actor="local", now=NINE)

        app = opened(two_sessions)

        costs = table(app, "costs")
        assert costs["Source"] == ["customer-invite", "Customer Invite"]
        assert [pd.isna(one) for one in costs["95 % from"]] == [True, False]
        assert costs["Note"][0] == "2 sessions together: no interval"
        (shown,) = [one for one in app.dataframe if "Per registrant" in one.value.columns]
        assert shown.proto.placeholder == "–"  # "None" would stand there
        assert "over several the people are registrations" in said(app)

    def test_an_amount_goes_with_a_merged_name(self, two_sessions: Stage) -> None:
        """And stays where it was entered, if the merge is undone."""
        paid(two_sessions, {"Customer Invite": Money(1_500, "EUR"), "customer-invite": Money(3_000, "EUR")})
        decide(two_sessions, ["Customer Invite"], "customer-invite")

        costs = table(opened(two_sessions), "costs")

        assert (costs["Source"], costs["Amount"], costs["Registered"]) == (["customer-invite"], [45.0], [15])


class TestDownloads:
    def test_spellings_are_whole_and_no_formula_runs(self, stage: Stage) -> None:
        """The raw value is kept to its last character; a spreadsheet must not run it."""
        long = "x" * 10_000
        counted(stage, {"=HYPERLINK(1)": (2, 1), long: (1, 0), None: (1, 1)})

        lines = sources_list.file_of(sources_seen.look()).decode("utf-8-sig").split("\r\n")

        assert lines[0] == (
            '"Source as received","Counts as","Sessions","Registered","Attended","Absent","Cancelled","Not yet known"'
        )
        assert lines[1] == """"'=HYPERLINK(1)","","1","2","1","1","0","0\""""
        assert f'"{long}","","1","1","0","1","0","0"' in lines
        assert '"","","1","1","1","0","0","0"' in lines

    def test_costs_are_exact_and_end_with_their_total(self, two_sessions: Stage) -> None:
        """To the cent, whatever the spreadsheet makes of it."""
        spends = [
            Spend(AUTUMN, "customer-invite", Money(123_456_789_001, "EUR"), NINE),
            Spend(AUTUMN, "fair", Money(1, "EUR"), NINE),
        ]
        seen = sources_seen.look()
        with two_sessions.here.store.read() as db:
            people = tallies.by_source(db, two_sessions.here.connection_id, [AUTUMN], {})
        arguments = (spends, people, seen.sessions, {}, "EUR")

        file = sources_costs.file_of(source_costs.costs(*arguments), source_costs.total(*arguments), "EUR")

        lines = file.decode("utf-8-sig").split("\r\n")
        assert lines[1].startswith('"customer-invite","1","1234567890.01","12","102880657.5","6","205761315",')
        assert lines[2] == '"fair","1","0.01","0","","0","","","","nobody registered","EUR"'
        assert lines[3].startswith('"Total","","1234567890.02","12","102880657.5"')


def spent(app: AppTest, texts: dict[int, str]) -> AppTest:
    """Type these amounts into the table, as a browser says it."""
    (key,) = [one.key for one in app.dataframe if _is_of(one.key, f"spend_{AUTUMN}")]
    rows = {row: {"Amount": text, "Currency": "EUR"} for row, text in texts.items()}
    app.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    return app.run()


def paid(stage: Stage, amounts: dict[str, Money | None]) -> None:
    with stage.here.store.write() as db:
        spend.keep(db, stage.here.connection_id, AUTUMN, amounts, actor="local", now=stage.here.now())


def amounts(stage: Stage) -> dict[tuple[str, str], Money]:
    with stage.here.store.read() as db:
        return {(one.session_id, one.name): one.money for one in spend.all_of(db, stage.here.connection_id)}


class TestFaces:
    def test_nothing_counted_says_what_to_do(self, stage_with_session: Stage) -> None:
        """The empty face, with the way on."""
        assert "No session is counted yet" in said(opened(stage_with_session))

    def test_being_read_says_so(self, stage_with_session: Stage) -> None:
        """The loading face."""
        stage_with_session.asked(What.REGISTRANTS, AUTUMN)

        assert "Reading lists of registrants; 0 of them are counted" in said(opened(stage_with_session))

    def test_past_sessions_are_read_only_once_it_was_said_what_that_costs(self, two_sessions: Stage) -> None:
        """A hundred sessions are hundreds of calls; a slip of the mouse must not file them."""
        two_sessions.session("8003", "Unread", starts_in=-timedelta(days=3), status="Finished")
        app = opened(two_sessions)
        app.button(key="sources_read").click().run()
        assert "3 calls, about" in said(app)  # a list that was never read may be long, and is counted first
        assert [text.value for text in app.text if "Unread" in text.value]
        assert not two_sessions.open_readings(What.REGISTRANTS, "8003")

        app.button(key="confirm_sources_read").click().run()

        assert two_sessions.open_readings(What.REGISTRANTS, "8003")
        assert two_sessions.open_readings(What.PARTICIPANTS, "8003")
        assert "sources_read" not in [button.key for button in app.button]

    def test_nobody_with_a_source_says_how_to_get_one(self, stage: Stage) -> None:
        """Everybody registered without one."""
        counted(stage, {None: (5, 2)})

        assert "Nobody came with a source" in said(opened(stage))

    def test_hostile_text_stays_text(self, stage: Stage) -> None:
        """Markup, a picture, a NUL, only blanks, and 10,000 characters."""
        long = "https://acme.example/?q=" + "x" * 10_000
        sources = {HOSTILE: (3, 1), "a\x00b": (2, 1), "   ": (2, 0), long: (1, 0), "<img src=x>": (1, 1)}
        counted(stage, sources)  # type: ignore[arg-type]
        app = opened(stage)

        shown = table(app, "spellings")["Source as received"]
        app = tick(app, "spellings", 0, 1, 4)
        app.button(key="sources_merge").click().run()

        assert not app.exception
        assert HOSTILE in shown
        assert "a\\x00b" in shown
        assert "(only blanks)" in shown
        assert not [one for one in shown if len(str(one)) > 400]
        assert not [one.value for one in app.markdown if HOSTILE in one.value]

    def test_a_deleted_session_is_not_counted(self, two_sessions: Stage) -> None:
        """What RingCentral has deleted is gone from every page."""
        with two_sessions.here.store.write() as db:
            found = sessions.of(db, two_sessions.here.connection_id, SPRING)
            assert found is not None
            found.session.gone_at = NINE

        assert "blog" not in table(opened(two_sessions), "spellings")["Source as received"]
