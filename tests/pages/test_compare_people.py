"""The people over several sessions as a file."""

from datetime import timedelta

import pandas as pd
from sqlalchemy import select

from components import compare_people
from rollcall.attendance.returning import Group
from rollcall.store.journal import Deed
from rollcall.store.tables import Journal
from tests.pages.conftest import Stage


def test_that_people_were_taken_is_written_down(stage: Stage) -> None:
    """Of several sessions, so of none; which group and how many, and nobody's name."""
    at = stage.here.now() - timedelta(days=3)
    kept = pd.DataFrame([{"session_id": "9001", "title": "Spring", "starts_at": at, "time_zone": "UTC"}])
    ada = {"first_name": "Ada", "last_name": "L", "email": "ada@example.com", "registered": 1, "attended": 1}
    named = pd.DataFrame(
        [{**ada, "first_session": "9001", "last_session": "9001", "last_attended": "", "source": "ads"}]
    )

    data = compare_people.take(named, kept, None, Group.NEW)

    assert b"ada@example.com" in data
    with stage.here.store.read() as db:
        (noted,) = db.scalars(select(Journal).where(Journal.deed == Deed.EXPORT.value))
    assert (noted.session_id, noted.detail) == (None, {"list": "new", "file": "compare", "people": 1})
