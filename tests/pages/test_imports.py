"""The page of all imports: every one with its counts, and one opened with everything that can be done with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rollcall.importing import afterwards, finding
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger, progress
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.ledger import Failure
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState, Outcome, Pause
from rollcall.roster import registrants
from rollcall.roster.registrants import Seen
from rollcall.store.tables import Action, Batch
from tests.pages.conftest import AUTUMN, Stage, said

PAGE = "pages/imports.py"
HOSTILE = "![x](https://evil.example/t.png)"


def opened(stage: Stage, batch_id: int | str | None = None) -> AppTest:
    app = stage.open(PAGE, AUTUMN, batch=batch_id)
    assert not app.exception
    return app


def an_import(stage: Stage, people: int = 3, name: str = "people.csv") -> int:
    """A running import whose lines are actions."""
    rows = "".join(f"P,N{one},p{one}@example.com\n" for one in range(people))
    batch_id = stage.upload(f"First name,Last name,Email\n{rows}".encode(), name)
    stage.start(batch_id)
    with stage.here.store.write() as db:
        unfolding.unfold(db, db.get_one(Batch, batch_id), now=stage.here.now())
    return batch_id


def answer(stage: Stage, batch_id: int, settle: Callable[[Any, int], object]) -> None:
    """Let the next person of an import be sent and answered."""
    now = stage.here.now()
    with stage.here.store.write() as db:
        action, _ = ledger.next_of_batch(db, db.get_one(Batch, batch_id), now=now)
        assert action is not None
        ledger.claim(db, action, call_id=1, epoch=1, now=now)
        settle(db, action.id)


def register_next(stage: Stage, batch_id: int) -> None:
    def settle(db: Any, action_id: int) -> None:
        email = db.get_one(Action, action_id).payload["email"]
        seen = Seen(
            registrant_id=f"r-{email}", email=email, email_key=email, first_name="P", last_name="N", source=None,
            external_id=None, join_uri="https://rc.example.com/j", cancellation_uri=None, registered_at=None,
            participant_id=None, post_webinar=None, raw={},
        )  # fmt: skip
        registrants.keep(db, stage.here.connection_id, AUTUMN, [seen], now=stage.here.now())
        ledger.finish(db, action_id, Outcome.REGISTERED, registrant_id=seen.registrant_id, now=stage.here.now())

    answer(stage, batch_id, settle)


def refuse_next(stage: Stage, batch_id: int, message: str = "") -> None:
    failure = Failure("invalid", message, 400)
    answer(stage, batch_id, lambda db, action_id: ledger.refuse(db, action_id, failure, now=stage.here.now()))


def finish(stage: Stage, batch_id: int) -> None:
    with stage.here.store.write() as db:
        assert unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=stage.here.now())


def counts(stage: Stage, batch_id: int) -> dict[Status, int]:
    with stage.here.store.read() as db:
        return progress.counts(db, db.get_one(Batch, batch_id))


def keys(app: AppTest) -> set[str]:
    return {str(one.key) for one in app.button}


class TestTheList:
    def test_empty_says_what_to_do(self, stage_with_session: Stage) -> None:
        """The first visit."""
        assert "Nothing was imported yet" in said(opened(stage_with_session))

    def test_every_import_with_its_counts_the_latest_first(self, stage_with_session: Stage) -> None:
        """What became of which list, at a glance."""
        first, second = an_import(stage_with_session, name="first.csv"), stage_with_session.batch(5, start=False)
        register_next(stage_with_session, first)
        refuse_next(stage_with_session, first)

        words = said(opened(stage_with_session))

        assert "1 of 3 registered, :red[1 refused]" in words
        assert "5 rows" in words
        assert words.index("list.csv") < words.index("first.csv")
        assert second > first

    def test_one_opens_and_goes_back(self, stage_with_session: Stage) -> None:
        """Its address can be sent to a colleague."""
        batch_id = an_import(stage_with_session)

        app = opened(stage_with_session)
        app.button(key=f"open_import_{batch_id}").click().run()
        assert app.query_params["batch"] == str(batch_id)
        app.button(key="all_imports").click().run()

        assert "batch" not in app.query_params

    def test_more_than_ten_are_shown_by_pages(self, stage_with_session: Stage) -> None:
        """A year of imports."""
        for _ in range(12):
            stage_with_session.batch(1, start=False)
        app = opened(stage_with_session)
        assert len([one for one in keys(app) if one.startswith("open_import_")]) == 10

        app.get("pagination")[0].select(2).run()

        assert len([one for one in keys(app) if one.startswith("open_import_")]) == 2

    @pytest.mark.parametrize("asked", ["999", "x", "-1", "1 OR 1=1"])
    def test_an_address_that_names_no_import_shows_the_list(self, stage_with_session: Stage, asked: str) -> None:
        """Old links and typing mistakes."""
        an_import(stage_with_session)

        assert "open_import_1" in keys(opened(stage_with_session, asked))


class TestOneImport:
    def test_its_people_by_state_with_the_reason(self, stage_with_session: Stage) -> None:
        """The refused are open at first: they need the marketer."""
        batch_id = an_import(stage_with_session)
        refuse_next(stage_with_session, batch_id, message=f"{HOSTILE} no such domain")

        app = opened(stage_with_session, batch_id)

        (table,) = app.dataframe
        rows = table.value.to_dict("records")
        assert [row["Email"] for row in rows] == ["p0@example.com"]
        assert "no such domain" in rows[0]["Why"]

    def test_pause_resume_and_stop(self, stage_with_session: Stage) -> None:
        """Each effective with the click; stopping says first what it means."""
        batch_id = an_import(stage_with_session)
        app = opened(stage_with_session, batch_id)

        app.button(key=f"pause_{batch_id}").click().run()
        assert stage_with_session.batch_of(batch_id).state == BatchState.PAUSED
        assert "Nothing is lost: 3 people wait" in said(app)
        app.button(key=f"resume_{batch_id}").click().run()
        assert stage_with_session.batch_of(batch_id).state == BatchState.RUNNING
        app.button(key=f"stop_{batch_id}").click().run()
        assert stage_with_session.batch_of(batch_id).state == BatchState.RUNNING
        assert "3 people who wait are not registered" in said(app)
        app.button(key=f"confirm_stop_{batch_id}").click().run()

        assert stage_with_session.batch_of(batch_id).state == BatchState.STOPPED

    def test_stopping_can_be_thought_over(self, stage_with_session: Stage) -> None:
        """The way back is beside it."""
        batch_id = an_import(stage_with_session)
        app = opened(stage_with_session, batch_id)
        app.button(key=f"stop_{batch_id}").click().run()

        app.button(key=f"keep_going_{batch_id}").click().run()

        assert f"pause_{batch_id}" in keys(app)
        assert stage_with_session.batch_of(batch_id).state == BatchState.RUNNING

    def test_paused_by_refused_links_it_offers_to_send_without(self, stage_with_session: Stage) -> None:
        """The fitting button for the reason."""
        batch_id = an_import(stage_with_session)
        with stage_with_session.here.store.write() as db:
            batches.pause(db, batch_id, Pause.LINKS_REFUSED, now=stage_with_session.here.now())
        app = opened(stage_with_session, batch_id)
        assert "RingCentral refused your own links" in said(app)

        app.button(key=f"no_links_{batch_id}").click().run()

        assert stage_with_session.batch_of(batch_id).state == BatchState.RUNNING

    @pytest.mark.parametrize("reason", list(Pause))
    def test_every_reason_for_a_pause_is_said(self, stage_with_session: Stage, reason: Pause) -> None:
        """A paused import without a reason is a riddle."""
        batch_id = an_import(stage_with_session)
        with stage_with_session.here.store.write() as db:
            batches.pause(db, batch_id, reason, now=stage_with_session.here.now())

        app = opened(stage_with_session, batch_id)

        assert "3 people" in " ".join(one.value for kind in ("info", "warning") for one in app.get(kind))

    def test_one_of_two_can_go_first(self, stage_with_session: Stage) -> None:
        """Whatever the deadlines say."""
        an_import(stage_with_session, people=10)
        stage_with_session.pass_time(timedelta(seconds=1))
        second = an_import_of_others(stage_with_session)

        app = opened(stage_with_session, second)
        assert "10 calls of your other imports and single registrations go first." in said(app)
        app.button(key=f"first_{second}").click().run()

        assert stage_with_session.batch_of(second).first_at == stage_with_session.here.now()
        assert f"first_{second}" not in keys(app)


def an_import_of_others(stage: Stage) -> int:
    batch_id = stage.upload(b"First name,Last name,Email\nQ,R,q@example.com\n", "others.csv")
    stage.start(batch_id)
    return batch_id


class TestAfterwards:
    def test_refused_people_are_tried_again_after_a_question(self, stage_with_session: Stage) -> None:
        """Once the reason is put right in RingCentral."""
        batch_id = an_import(stage_with_session, people=1)
        refuse_next(stage_with_session, batch_id)
        finish(stage_with_session, batch_id)
        app = opened(stage_with_session, batch_id)

        app.button(key="retry").click().run()
        app.button(key="confirm_retry").click().run()

        assert stage_with_session.batch_of(batch_id).state == BatchState.RUNNING
        assert counts(stage_with_session, batch_id) == {Status.WAITING: 1}

    def test_cancelling_says_who_how_many_and_how_long_and_happens_once(self, stage_with_session: Stage) -> None:
        """Exactly those that this import registered; a double-click is one cancellation."""
        batch_id = an_import(stage_with_session, people=2)
        register_next(stage_with_session, batch_id)
        register_next(stage_with_session, batch_id)
        finish(stage_with_session, batch_id)
        app = opened(stage_with_session, batch_id)

        app.button(key="cancel").click().run()
        assert "Exactly the 2 people whom this import registered" in said(app)
        assert "2 calls, about 12 s" in said(app)
        app.button(key="confirm_cancel").click().run()
        again = afterwards.cancel_registered(
            stage_with_session.here.store, batch_id, actor="local", now=stage_with_session.here.now()
        )

        assert app.query_params["batch"] == str(again)
        assert stage_with_session.batch_of(again).parent_id == batch_id
        with stage_with_session.here.store.read() as db:
            assert finding.count_of(db, stage_with_session.here.connection_id) == 2

    def test_those_who_are_cancelled_since_are_said(self, stage_with_session: Stage) -> None:
        """“2 of 2 registered” is not true any more once one of them was taken out, and nobody would look again."""
        here, batch_id = stage_with_session.here, an_import(stage_with_session, people=2)
        register_next(stage_with_session, batch_id)
        register_next(stage_with_session, batch_id)
        finish(stage_with_session, batch_id)
        with here.store.write() as db:
            registrants.remove(db, here.connection_id, AUTUMN, "r-p0@example.com", now=here.now())

        (bar,) = opened(stage_with_session, batch_id).get("progress")

        assert bar.proto.text == "2 of 2 registered · 1 of them cancelled since"
        assert "2 of 2 registered, 1 of them cancelled since" in said(opened(stage_with_session))

    def test_its_file_is_deleted_after_a_question(self, stage_with_session: Stage) -> None:
        """Deleted, there is no receipt any more, which is said before."""
        batch_id = an_import(stage_with_session, people=1)
        register_next(stage_with_session, batch_id)
        finish(stage_with_session, batch_id)
        app = opened(stage_with_session, batch_id)

        app.button(key="delete_file").click().run()
        assert "There will be no receipt any more: download it first." in said(app)
        app.button(key="confirm_delete").click().run()

        again = opened(stage_with_session, batch_id)
        assert "The uploaded file was deleted" in said(again)
        assert "delete_file" not in keys(again)

    def test_a_draft_goes_on_or_is_thrown_away(self, stage_with_session: Stage) -> None:
        """A list of last month must not be started by accident."""
        batch_id = stage_with_session.batch(start=False)
        app = opened(stage_with_session, batch_id)

        app.button(key="discard").click().run()
        app.button(key="confirm_discard").click().run()

        assert "Nothing was imported yet" in said(app)

    def test_nothing_can_be_changed_after_the_session(self, stage: Stage) -> None:
        """RingCentral takes no changes to a finished session's list."""
        stage.session()
        batch_id = an_import(stage, people=1)
        register_next(stage, batch_id)
        finish(stage, batch_id)
        stage.pass_time(timedelta(days=9))

        app = opened(stage, batch_id)

        assert app.button(key="cancel").disabled
        assert "The session is over" in said(app)

    def test_a_read_only_app_may_look_and_take_the_receipt(self, stage_with_session: Stage) -> None:
        """Without EditWebinars nothing is resumed or cancelled."""
        batch_id = an_import(stage_with_session, people=2)
        register_next(stage_with_session, batch_id)
        with stage_with_session.here.store.write() as db:
            batches.pause(db, batch_id, now=stage_with_session.here.now())
        stage_with_session.signed_in("ReadWebinars")

        app = opened(stage_with_session, batch_id)

        assert app.button(key=f"resume_{batch_id}").disabled
        assert app.button(key="cancel").disabled
        assert app.get("download_button")


def test_hostile_names_stay_text(stage_with_session: Stage) -> None:
    """The file's name stands on both faces of the page."""
    batch_id = an_import(stage_with_session, name=f"{HOSTILE}.csv")

    for app in (opened(stage_with_session), opened(stage_with_session, batch_id)):
        shown = [one.value for kind in ("markdown", "caption", "info") for one in app.get(kind)]
        labels = [f"{one.label} {one.help}" for one in app.button]
        assert not any("![x](https" in words for words in [*shown, *labels])
        assert "evil.example" in said(app)
