"""The page that imports a list: four steps on one page, a draft in the store from the first moment."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import receipt
from rollcall.importing import finding, lines, planning
from rollcall.outbox import progress
from rollcall.outbox.states import BatchState, Verdict
from rollcall.roster import readings, registrants, source_names
from rollcall.roster.readings import What
from rollcall.roster.registrants import Seen
from rollcall.store.tables import Batch, Reading
from tests.pages.conftest import AUTUMN, Stage, said

PAGE = "pages/import_people.py"
HOSTILE = "![x](https://evil.example/t.png)"
TWO = b"First name,Last name,Email,Lead ID\nAnna,Novak,anna@example.com,17\nBen,Ode,ben@example.com,18\n"


def opened(stage: Stage, batch_id: int | str | None = None) -> AppTest:
    app = stage.open(PAGE, AUTUMN, batch=batch_id)
    assert not app.exception
    return app


def uploaded(stage: Stage, data: bytes = TWO, name: str = "people.csv") -> AppTest:
    app = opened(stage)
    app.file_uploader(key="import_file_new").upload(name, data).run()
    assert not app.exception
    return app


def a_draft(stage: Stage, data: bytes = TWO, *, is_listed: bool = True) -> int:
    """A checked draft; the list of who is there has been read unless told otherwise."""
    batch_id = stage.upload(data)
    if is_listed:
        listing_arrived(stage)
    return batch_id


def listing_arrived(stage: Stage) -> None:
    here = stage.here
    with here.store.write() as db:
        reading_id = readings.ask(
            db, here.connection_id, What.REGISTRANTS, AUTUMN, lane=1, asked_by="test", now=here.now()
        )
        reading = db.get_one(Reading, reading_id)
        readings.begin(db, reading, cursor={}, now=here.now())
        readings.turn_page(db, reading, cursor=None, records=0, now=here.now())


def only_batch(stage: Stage) -> Batch:
    with stage.here.store.read() as db:
        found = progress.batches_of(db, stage.here.connection_id)
    assert len(found) == 1
    return found[0]


def used_before(stage: Stage, *sources: str) -> None:
    """Somebody is registered with each of these."""
    seen = [
        Seen(
            registrant_id=f"r-{number}", email=f"r{number}@example.com", email_key=f"r{number}@example.com",
            first_name="Ada", last_name="No", source=source, external_id=None, join_uri=None, cancellation_uri=None,
            registered_at=None, participant_id=None, post_webinar=None, raw={},
        )
        for number, source in enumerate(sources)
    ]  # fmt: skip
    with stage.here.store.write() as db:
        registrants.keep(db, stage.here.connection_id, "8002", seen, now=stage.here.now())


def counts_as(stage: Stage, spelling: str, name: str) -> None:
    with stage.here.store.write() as db:
        source_names.decide(db, stage.here.connection_id, [spelling], name, actor="local", now=stage.here.now())


def tables(app: AppTest) -> list[list[dict[str, Any]]]:
    return [one.value.to_dict("records") for one in app.dataframe]


class TestFile:
    def test_a_good_file_is_a_draft_at_once(self, stage_with_session: Stage) -> None:
        """From here on a reload loses nothing."""
        app = uploaded(stage_with_session)

        batch = only_batch(stage_with_session)
        assert (batch.state, batch.name) == (BatchState.DRAFT, "people.csv")
        assert app.query_params["batch"] == str(batch.id)
        assert "people.csv · 2 rows" in said(app)

    def test_a_file_that_is_no_csv_is_answered_with_how_to_save_one(self, stage_with_session: Stage) -> None:
        """Most lists begin in Excel."""
        app = uploaded(stage_with_session, b"PK\x03\x04 xl/workbook.xml", "people.csv")

        assert "This is an Excel workbook, not a CSV" in said(app)
        assert "CSV UTF-8 (comma delimited)" in said(app)
        with stage_with_session.here.store.read() as db:
            assert finding.count_of(db, stage_with_session.here.connection_id) == 0

    def test_a_new_file_takes_the_place_of_the_old_draft(self, stage_with_session: Stage) -> None:
        """Two drafts of one list would be two imports of it."""
        first = a_draft(stage_with_session)
        app = opened(stage_with_session)
        app.button(key="change_file").click().run()

        app.file_uploader(key=f"import_file_{first}").upload("better.csv", TWO).run()

        assert only_batch(stage_with_session).name == "better.csv"

    def test_a_reload_without_the_draft_in_the_address_finds_it(self, stage_with_session: Stage) -> None:
        """Who comes back through the menu goes on where they were."""
        batch_id = a_draft(stage_with_session)

        app = opened(stage_with_session)

        assert app.query_params["batch"] == str(batch_id)
        assert "3 · People" in said(app)

    def test_a_hostile_file_name_stays_text(self, stage_with_session: Stage) -> None:
        """Names of files come from outside as well."""
        app = uploaded(stage_with_session, name=f"{HOSTILE}.csv")

        assert not any("![x](https" in one.value for one in app.markdown)


class TestColumns:
    def test_they_are_matched_by_name_and_wait_for_a_look(self, stage_with_session: Stage) -> None:
        """A wrong match registers people wrongly, so nothing goes on by itself."""
        app = uploaded(stage_with_session)

        batch = only_batch(stage_with_session)
        assert app.selectbox(key=f"import_{batch.id}_email").value == 2
        assert app.multiselect(key=f"import_{batch.id}_key_columns").value == [3]
        assert batch.checked_at is None

    def test_a_column_picked_by_hand_is_kept_at_once(self, stage_with_session: Stage) -> None:
        """Chosen, reloaded, still chosen."""
        app = uploaded(stage_with_session, b"A,B,Email\nAnna,Novak,anna@example.com\n")
        batch = only_batch(stage_with_session)
        assert app.button(key="check").disabled

        app.selectbox(key=f"import_{batch.id}_first_name").set_value(0)
        app.selectbox(key=f"import_{batch.id}_last_name").set_value(1)
        app.run()

        again = opened(stage_with_session)
        assert again.selectbox(key=f"import_{batch.id}_last_name").value == 1
        assert not again.button(key="check").disabled

    def test_what_is_missing_is_named(self, stage_with_session: Stage) -> None:
        """The button alone would not say why it cannot be pressed."""
        app = uploaded(stage_with_session, b"A,B,Email\nAnna,Novak,anna@example.com\n")

        assert "Which column is the first name?" in said(app)

    def test_people_who_opted_out_are_left_out_unless_somebody_decides_otherwise(
        self, stage_with_session: Stage
    ) -> None:
        """The costliest mistake an import can make is the default nowhere."""
        data = b"First name,Last name,Email,Unsubscribed\nA,B,a@example.com,yes\nC,D,c@example.com,\n"
        app = uploaded(stage_with_session, data)
        assert "Look at who opted out" in said(app)

        app.button(key="check").click().run()

        with stage_with_session.here.store.read() as db:
            counts = lines.verdicts(db, only_batch(stage_with_session).id)
        assert counts == {Verdict.LEFT_OUT: 1, Verdict.TO_SEND: 1}

    def test_constants_reach_every_person(self, stage_with_session: Stage) -> None:
        """One campaign for the whole list."""
        used_before(stage_with_session, "tour")
        app = uploaded(stage_with_session)
        key = f"import_{only_batch(stage_with_session).id}"
        app.selectbox(key=f"{key}_source_constant").set_value("tour")
        app.text_input(key=f"{key}_constant_keys_key_0").set_value("cid")
        app.text_input(key=f"{key}_constant_keys_value_0").set_value("9").run()

        app.button(key="check").click().run()

        with stage_with_session.here.store.read() as db:
            people = lines.people(db, only_batch(stage_with_session).id, Verdict.TO_SEND)
        assert [(one.source, one.external_id) for one in people] == [("tour", "lid=17&cid=9"), ("tour", "lid=18&cid=9")]
        assert "source for everybody: tour · keys: lid, cid" in said(app)

    def test_known_sources_are_offered_under_the_names_they_count_as(self, stage_with_session: Stage) -> None:
        """So that one campaign is not written in three ways; nothing is changed by itself."""
        used_before(stage_with_session, "tour", "Tour")
        counts_as(stage_with_session, "Tour", "tour")
        app = uploaded(stage_with_session)
        key = f"import_{only_batch(stage_with_session).id}_source_constant"
        assert app.selectbox(key=key).options == ["tour"]

        counts_as(stage_with_session, "tour", "autumn-tour")
        app.selectbox(key=key).set_value("tour").run()

        assert "“tour” counts as “autumn-tour” here. RingCentral gets it as it stands" in said(app)
        assert planning.plan_of(only_batch(stage_with_session)).columns.source_constant == "tour"
        app.button(key=f"{key}_instead").click().run()
        assert planning.plan_of(only_batch(stage_with_session)).columns.source_constant == "autumn-tour"

    def test_own_links_are_kept_with_the_draft_and_can_be_tried_first(self, stage_with_session: Stage) -> None:
        """One person shows whether RingCentral keeps them, before a thousand mails carry them."""
        app = uploaded(stage_with_session)
        key = f"import_{only_batch(stage_with_session).id}_links"
        app.toggle(key=f"{key}_on").set_value(True).run()
        app.text_input(key=f"{key}_join").set_value("https://acme.com/{ref}").run()

        app.button(key="try_links").click().run()

        assert app.title[0].value == "Register one person"
        assert app.text_input(key="register_own_links_join").value == "https://acme.com/{ref}"
        assert only_batch(stage_with_session).links == {"join": "https://acme.com/{ref}", "cancel": ""}

    def test_everything_decided_is_there_in_another_browser(self, stage_with_session: Stage) -> None:
        """Own links, constants and keys too: a fresh visit must show them, and must not wipe them by being empty."""
        used_before(stage_with_session, "tour")
        app = uploaded(stage_with_session)
        key = f"import_{only_batch(stage_with_session).id}"
        app.toggle(key=f"{key}_links_on").set_value(True).run()
        app.text_input(key=f"{key}_links_join").set_value("https://acme.com/{ref}")
        app.text_input(key=f"{key}_key_of_3").set_value("crm")
        app.selectbox(key=f"{key}_source_constant").set_value("tour")
        app.text_input(key=f"{key}_constant_keys_key_0").set_value("cid")
        app.text_input(key=f"{key}_constant_keys_value_0").set_value("9").run()
        before = only_batch(stage_with_session)

        opened(stage_with_session)

        after = only_batch(stage_with_session)
        assert (after.mapping, after.links) == (before.mapping, before.links)
        assert planning.plan_of(after).columns.constant_keys == (("cid", "9"),)
        assert planning.plan_of(after).columns.keys == ((3, "crm"),)
        assert planning.links_of(after).join == "https://acme.com/{ref}"

    def test_looking_at_the_columns_again_changes_nothing(self, stage_with_session: Stage) -> None:
        """Opened after the check and closed again, the check still counts."""
        app = uploaded(stage_with_session)
        key = f"import_{only_batch(stage_with_session).id}"
        app.text_input(key=f"{key}_constant_keys_key_0").set_value("cid")
        app.text_input(key=f"{key}_constant_keys_value_0").set_value("9").run()
        app.button(key="check").click().run()
        checked = only_batch(stage_with_session).mapping

        app.button(key="change_columns").click().run()

        batch = only_batch(stage_with_session)
        assert (batch.mapping, batch.checked_at) == (checked, stage_with_session.here.now())

    def test_a_change_after_the_check_asks_for_a_new_one(self, stage_with_session: Stage) -> None:
        """People checked under other columns must not be startable."""
        batch_id = a_draft(stage_with_session)
        app = opened(stage_with_session)
        app.button(key="change_columns").click().run()

        app.selectbox(key=f"import_{batch_id}_source").set_value(3).run()

        assert stage_with_session.batch_of(batch_id).checked_at is None
        assert not [one for one in app.button if one.key == f"start_{batch_id}"]


class TestPeople:
    def test_wrong_rows_are_open_with_row_column_value_and_reason(self, stage_with_session: Stage) -> None:
        """First what needs the marketer."""
        data = b"First name,Last name,Email\nAnna,,anna@acme\nBen,Ode,ben@example.com\n"
        a_draft(stage_with_session, data)

        (rows,) = tables(opened(stage_with_session))

        assert [(row["Row"], row["Line"], row["Column"], row["Value"]) for row in rows] == [
            (1, 2, "Last name", ""),
            (1, 2, "Email", "anna@acme"),
        ]
        assert "not an email address" in rows[1]["Why"]

    def test_each_tile_opens_its_people(self, stage_with_session: Stage) -> None:
        """A number nobody can look behind is not believed."""
        batch_id = a_draft(stage_with_session)
        app = opened(stage_with_session)

        app.pills(key=f"draft_{batch_id}_verdict").set_value(Verdict.TO_SEND).run()

        (rows,) = tables(app)
        assert [(row["Name"], row["External ID"]) for row in rows] == [("Anna Novak", "lid=17"), ("Ben Ode", "lid=18")]

    def test_a_long_list_is_shown_by_pages(self, stage_with_session: Stage) -> None:
        """50,000 rows never reach the browser at once."""
        many = b"First name,Last name,Email\n" + b"".join(b"P,N,p%d@example.com\n" % one for one in range(120))
        batch_id = a_draft(stage_with_session, many)
        app = opened(stage_with_session)
        app.pills(key=f"draft_{batch_id}_verdict").set_value(Verdict.TO_SEND).run()

        app.get("pagination")[0].select(3).run()

        (rows,) = tables(app)
        assert [row["Email"] for row in rows] == [f"p{one}@example.com" for one in range(100, 120)]

    def test_while_the_list_is_read_it_says_so_and_start_waits(self, stage_with_session: Stage) -> None:
        """Numbers that still move must not be confirmed."""
        batch_id = a_draft(stage_with_session, is_listed=False)

        app = opened(stage_with_session)

        assert "Reading who is registered already" in said(app)
        assert app.button(key=f"start_{batch_id}").disabled

    def test_when_the_list_cannot_be_read_starting_is_possible_and_safe(self, stage_with_session: Stage) -> None:
        """It is read again before anybody is sent."""
        batch_id = a_draft(stage_with_session, is_listed=False)
        with stage_with_session.here.store.write() as db:
            reading = readings.latest(db, stage_with_session.here.connection_id, What.REGISTRANTS, AUTUMN)
            assert reading is not None
            readings.fail(db, reading, code="OutcomeUnknown", message="", again=False, now=datetime.now(UTC))

        app = opened(stage_with_session)

        assert "RingCentral's list could not be read" in said(app)
        assert not app.button(key=f"start_{batch_id}").disabled


class TestStart:
    def test_it_says_what_starting_means(self, stage_with_session: Stage) -> None:
        """Mails, calls, and when it is done, before anything is sent."""
        a_draft(stage_with_session)

        words = said(opened(stage_with_session))

        assert "RingCentral will send **2 mails**" in words
        assert "**3 calls**" in words
        assert "your webinar starts Thu 3 Dec 13:00 CET" in words
        assert "in time" in words

    def test_a_limit_that_will_be_hit_is_said(self, stage: Stage) -> None:
        """Better raised before than found out in the middle."""
        stage.session()
        stage.registration(count=499, limit=500)
        a_draft(stage)

        assert "Registration closes by itself at 500 people, so about 1 person" in said(opened(stage))

    def test_a_deadline_is_kept_in_the_zone_of_the_session(self, stage_with_session: Stage) -> None:
        """The marketer thinks in the webinar's time."""
        batch_id = a_draft(stage_with_session)
        app = opened(stage_with_session)

        app.datetime_input(key=f"deadline_{batch_id}").set_value(datetime(2026, 12, 2, 12, 0)).run()  # noqa: DTZ001

        assert stage_with_session.batch_of(batch_id).own_deadline_at == datetime(2026, 12, 2, 11, 0, tzinfo=UTC)
        assert "you need it by Wed 2 Dec 12:00 CET" in said(app)

    def test_too_late_is_said_with_how_many(self, stage: Stage) -> None:
        """By then 9 of 40, and what can be done."""
        stage.session(starts_in=timedelta(minutes=2))
        stage.registration()
        many = b"First name,Last name,Email\n" + b"".join(b"P,N,p%d@example.com\n" % one for one in range(100))
        a_draft(stage, many)

        words = said(opened(stage))

        assert "too late" in words
        assert "of 100 people will be registered" in words

    def test_start_asks_with_the_number_and_starts_once(self, stage_with_session: Stage) -> None:
        """The dialog's button says verb and number; pressed twice it starts once."""
        batch_id = a_draft(stage_with_session)
        app = opened(stage_with_session)

        app.button(key=f"start_{batch_id}").click().run()
        assert app.button(key=f"confirm_start_{batch_id}").label == "Register 2 people"
        app.button(key=f"confirm_start_{batch_id}").click().run()

        batch = stage_with_session.batch_of(batch_id)
        assert (batch.state, batch.started_at) == (BatchState.RUNNING, stage_with_session.here.now())
        assert stage_with_session.here.woken.is_set()
        assert not stage_with_session.start(batch_id)

    def test_started_it_shows_its_progress(self, stage_with_session: Stage) -> None:
        """The same address shows the running import."""
        batch_id = a_draft(stage_with_session)
        stage_with_session.start(batch_id)

        app = opened(stage_with_session, batch_id)

        assert "running" in said(app)
        assert app.button(key=f"pause_{batch_id}")

    @pytest.mark.parametrize("status", ["Closed", "Off"])
    def test_nothing_starts_where_registration_is_not_open(self, stage: Stage, status: str) -> None:
        """The list may be prepared all the same."""
        stage.session()
        stage.registration(status=status)
        batch_id = a_draft(stage)

        assert opened(stage).button(key=f"start_{batch_id}").disabled

    def test_a_read_only_app_starts_nothing(self, stage_with_session: Stage) -> None:
        """Without EditWebinars every call would be refused."""
        stage_with_session.signed_in("ReadWebinars")
        batch_id = a_draft(stage_with_session)

        assert opened(stage_with_session).button(key=f"start_{batch_id}").disabled

    def test_nobody_new_offers_no_start(self, stage_with_session: Stage) -> None:
        """There is nothing to confirm."""
        batch_id = a_draft(stage_with_session, b"First name,Last name,Email\nAnna,,anna@acme\n")

        app = opened(stage_with_session)

        assert "nobody new to register" in said(app)
        assert not [one for one in app.button if one.key == f"start_{batch_id}"]


def test_hostile_cells_stay_text_on_every_step(stage_with_session: Stage) -> None:
    """Headers, names and sources of a file are foreign text."""
    data = f"First name,Last name,Email,Unsubscribed {HOSTILE}\n{HOSTILE},=cmd(),a@acme {HOSTILE},\n"
    data += "".join(f"{HOSTILE},=cmd(),a{one}@example.com,{one or 'no'}\n" for one in range(3))

    app = uploaded(stage_with_session, data.encode())
    looked = [words(app)]
    app.button(key="check").click().run()
    looked.append(words(app))

    assert not app.exception
    assert "They are not sent. Put them right" in said(app)
    assert not any("![x](https" in one for page in looked for one in page)


def words(app: AppTest) -> list[str]:
    """Everything of a page that Markdown renders, as it was sent."""
    shown = [one.value for kind in ("markdown", "caption", "error", "warning", "info") for one in app.get(kind)]
    return shown + [one.label for kind in ("checkbox", "button", "text_input") for one in app.get(kind)]


def test_a_draft_of_another_session_is_not_shown(stage_with_session: Stage) -> None:
    """The picked session decides; nobody imports a list for the wrong webinar."""
    batch_id = a_draft(stage_with_session)
    stage_with_session.session("8002", "Spring tour")
    app = stage_with_session.open(PAGE, "8002")
    app.query_params["batch"] = str(batch_id)

    app.run()

    assert "people.csv" not in said(app)
    assert "batch" not in app.query_params


def test_the_receipt_of_a_draft_says_what_was_found(stage_with_session: Stage) -> None:
    """At any time: also before anything was sent."""
    batch_id = a_draft(stage_with_session, TWO + b"Cleo,,cleo@acme,19\n")

    rows = list(csv.DictReader(io.StringIO(receipt.receipt(batch_id).decode())))

    assert [row["rollcall_status"] for row in rows] == ["waiting", "waiting", "invalid"]
    assert rows[2]["rollcall_reason"].startswith("Last name is missing. “cleo@acme” is not an email address")


@pytest.mark.parametrize(("mark", "is_said"), [(b"", True), (b"\xef\xbb\xbf", False)], ids=["no mark", "marked"])
def test_excel_is_warned_of_where_it_would_garble_the_receipt(
    stage_with_session: Stage, mark: bytes, is_said: bool
) -> None:
    """The receipt comes back as the file came: without a mark, Excel takes its UTF-8 for something else."""
    batch_id = a_draft(stage_with_session, mark + TWO)
    stage_with_session.start(batch_id)

    assert ("From Text/CSV" in said(opened(stage_with_session, batch_id))) is is_said


def test_own_links_of_a_draft_thrown_away_are_not_offered_to_the_next(stage_with_session: Stage) -> None:
    """The next draft may get the same number; own links are off until somebody switches them on."""
    app = uploaded(stage_with_session)
    first = only_batch(stage_with_session).id
    app.toggle(key=f"import_{first}_links_on").set_value(True).run()
    app.text_input(key=f"import_{first}_links_join").set_value("https://acme.com/{ref}").run()
    app.switch_page("pages/imports.py").run()
    app.query_params["batch"] = str(first)
    app.run()
    app.button(key="discard").click().run()
    app.button(key="confirm_discard").click().run()
    app.switch_page(PAGE).run()

    app.file_uploader(key="import_file_new").upload("other.csv", TWO).run()

    batch = only_batch(stage_with_session)
    assert batch.id == first
    assert not app.toggle(key=f"import_{batch.id}_links_on").value
    assert batch.links is None


LINKED = (
    b"First name,Last name,Email,Join link\nAnna,Novak,anna@example.com,https://acme.com/1\nBen,Ode,ben@example.com,\n"
)


def test_a_column_of_links_is_never_taken_silently(stage_with_session: Stage) -> None:
    """People would get other links by mail than the marketer thinks; whether RingCentral keeps them is open."""
    app = uploaded(stage_with_session, LINKED)
    off = said(app)
    switch = app.toggle(key=f"import_{only_batch(stage_with_session).id}_file_links")
    was_on = switch.value

    switch.set_value(True).run()

    assert (was_on, "people get RingCentral's own links" in off) == (False, True)
    assert "1 person gets the link of “Join link”" in said(app)
    assert "something of yours must answer there" in said(app)
    assert "nobody has tried yet" in said(app)


def test_a_column_of_links_is_named_again_before_start(stage_with_session: Stage) -> None:
    """In the step and in the dialog, where the columns are folded away."""
    batch_id = a_draft(stage_with_session, LINKED)
    with stage_with_session.here.store.write() as db:
        batch = db.get_one(Batch, batch_id)
        batch.mapping = {**batch.mapping, "file_links": True}
    app = opened(stage_with_session, batch_id)
    line = "Links come from your column “Join link”"
    assert said(app).count(line) == 1

    app.button(key=f"start_{batch_id}").click().run()

    assert said(app).count(line) == 2


def test_a_refused_new_file_leaves_nothing_of_the_old_one_to_start(stage_with_session: Stage) -> None:
    """Whoever reads “the file is empty” must not find the old list's button lit below."""
    batch_id = a_draft(stage_with_session)
    app = opened(stage_with_session)
    app.button(key="change_file").click().run()

    app.file_uploader(key=f"import_file_{batch_id}").upload("list.xlsx", b"PK\x03\x04 xl/workbook.xml").run()

    assert "This is an Excel workbook, not a CSV" in said(app)
    assert "Still here: people.csv, 2 people" in said(app)
    assert not [one for one in app.button if one.key == f"start_{batch_id}"]
    app.button(key="keep_file").click().run()
    assert [one for one in app.button if one.key == f"start_{batch_id}"]


def test_any_kind_of_file_may_be_chosen_so_that_our_words_answer(stage_with_session: Stage) -> None:
    """Streamlit's own refusal does not say how to save a list as CSV."""
    app = opened(stage_with_session)

    assert list(app.file_uploader(key="import_file_new").proto.type) == []


def test_a_past_session_takes_no_list(stage: Stage) -> None:
    """Neither a new file nor a draft of before can be started for it."""
    stage.session()
    batch_id = a_draft(stage)
    stage.pass_time(timedelta(days=9))

    app = opened(stage, batch_id)

    assert "This session is over RingCentral takes nobody any more." in said(app)
    assert not app.get("file_uploader")
    assert not [one for one in app.button if one.key == f"start_{batch_id}"]


def test_rows_that_were_not_sent_are_counted_beside_the_bar(stage_with_session: Stage) -> None:
    """“1 of 1 registered” of a file of four rows looks as if people were lost."""
    data = (
        b"First name,Last name,Email,Unsubscribed\nAnna,Novak,anna@example.com,\nBen,,ben@acme,\n"
        b"Anna,Novak,anna@example.com,\nCleo,Ode,cleo@example.com,yes\n"
    )
    batch_id = a_draft(stage_with_session, data)
    stage_with_session.start(batch_id)

    app = opened(stage_with_session, batch_id)

    (bar,) = app.get("progress")
    assert "3 of 4 rows not sent (1 wrong, 1 twice, 1 left out)" in bar.proto.text
    assert [one for one in app.get("download_button") if one.proto.label == "Download receipt"]
