"""The people of a session, as attendance gives them: one that names only what matters to a test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from rollcall.attendance.facts import ParticipantsRead, SessionFacts

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)  # begin of the session
TEN = NINE + timedelta(hours=1)  # its end
MOMENTS = ("registered_at", "first_join", "last_leave", "gone_at")

SESSION = SessionFacts(
    session_id="8001",
    title="Product tour",
    time_zone="Europe/Berlin",
    starts_at=NINE,
    ends_at=TEN,
    broadcast_start=NINE,
    broadcast_end=TEN,
    status="Finished",
    participants_read=ParticipantsRead.YES,
    registrants_read_at=TEN + timedelta(hours=2),
    participants_read_at=TEN + timedelta(hours=2),
    now=TEN + timedelta(hours=3),
)


def a_session(**changes: Any) -> SessionFacts:
    return replace(SESSION, **changes)


def a_person(email: str = "ada@example.com", **values: Any) -> dict[str, Any]:
    """Somebody who attended all of the session, unless said otherwise."""
    attended = values.get("standing", "attended") == "attended"
    return {
        "registrant_id": f"R-{email}",
        "email": email,
        "email_key": email.lower(),
        "first_name": "Ada",
        "last_name": "Lovelace",
        "source": "newsletter",
        "external_id": "",
        "registered_at": NINE - timedelta(days=3),
        "standing": "attended",
        "minutes": 60.0 if attended else float("nan"),
        "first_join": NINE if attended else None,
        "last_leave": TEN if attended else None,
        "gone_at": None,
        "join_uri": "https://rc.example/j/1",
        "cancellation_uri": "https://rc.example/c/1",
        "is_new": True,
        "is_returning": False,
        "is_on_demand": False,
        **values,
    }


def people_of(*people: dict[str, Any]) -> pd.DataFrame:
    """The frame of these people; of none, an empty one with all its columns."""
    frame = pd.DataFrame(list(people or [a_person()]))
    for name in frame.columns.intersection(list(MOMENTS)):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[ns, UTC]")
    return frame if people else frame.iloc[:0]
