"""The bar of a running import: its pace, when it is done, and what it has to be done before."""

from datetime import timedelta

import pytest

from rollcall.importing import starting
from rollcall.outbox import batch as batches
from tests.pages.conftest import AUTUMN, NINE, Stage

PEOPLE = 40  # with one listing before them 41 calls, 10 a minute: done four minutes after nine, UTC


def a_running_import(stage: Stage, *, own_deadline: timedelta | None = None) -> int:
    """An import of so many people, started at nine."""
    batch_id = stage.batch(PEOPLE, start=False)
    with stage.here.store.write() as db:
        starting.set_deadline(db, batch_id, NINE + own_deadline if own_deadline else None)
        batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=NINE)
    return batch_id


def bar(stage: Stage, page: str, batch_id: int) -> str:
    """What stands on the import's bar."""
    app = stage.open(page, AUTUMN, batch=batch_id)
    assert not app.exception
    return str(app.get("progress")[0].proto.text)


@pytest.mark.parametrize("page", ["pages/overview.py", "pages/imports.py"])
def test_it_says_when_it_is_done_and_when_the_webinar_starts(stage_with_session: Stage, page: str) -> None:
    """A share alone answers neither “can I go to lunch” nor “will it be in time”."""
    batch_id = a_running_import(stage_with_session)

    said = bar(stage_with_session, page, batch_id)

    assert said == ("0 of 40 registered · 10 a minute · done about 10:04 CET (your webinar starts Thu 3 Dec 13:00 CET)")


def test_it_says_what_the_marketer_needs_it_by(stage_with_session: Stage) -> None:
    """Somebody with an own deadline looks for that one; on the day of both the day is not repeated."""
    batch_id = a_running_import(stage_with_session, own_deadline=timedelta(hours=3))

    assert "done about 10:04 CET (you need it by 13:00 CET)" in bar(stage_with_session, "pages/imports.py", batch_id)


def test_the_time_moves_with_what_is_left(stage_with_session: Stage) -> None:
    """Nothing was sent for an hour, by a holder that is gone: the bar promises no time that is over."""
    batch_id = a_running_import(stage_with_session)
    stage_with_session.pass_time(timedelta(hours=1))

    assert "done about 11:04 CET" in bar(stage_with_session, "pages/imports.py", batch_id)


def test_paused_it_promises_no_time(stage_with_session: Stage) -> None:
    """It is done when somebody resumes it, and nobody knows when that is."""
    batch_id = a_running_import(stage_with_session)
    with stage_with_session.here.store.write() as db:
        batches.pause(db, batch_id, now=NINE)

    assert bar(stage_with_session, "pages/imports.py", batch_id) == "0 of 40 registered"
