"""What a CRM calls each standing. The names are the customer's own, so all of them are settings."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Statuses:
    """A CRM's word for each standing; an empty one leaves these people out."""

    attended: str = "Attended"
    absent: str = "No Show"
    cancelled: str = "Cancelled"
    not_yet_known: str = "Registered"
    on_demand: str = "Registered"  # registered after the session and so could not miss it


def of(people: pd.DataFrame, statuses: Statuses) -> list[str]:
    """Each person's status. Whoever registered on demand is not absent, but on demand."""
    words = {
        "attended": statuses.attended,
        "absent": statuses.absent,
        "cancelled": statuses.cancelled,
        "not_yet_known": statuses.not_yet_known,
    }
    pairs = zip(people["standing"].tolist(), people["is_on_demand"].tolist(), strict=True)
    return [
        statuses.on_demand if on_demand and standing in ("absent", "not_yet_known") else words[standing]
        for standing, on_demand in pairs
    ]


def no_status(status: str) -> str:
    """Why somebody with this status is in no file; empty: they are."""
    return "" if status else "no_status"


STRENGTH = ("cancelled", "absent", "not_yet_known", "attended")


def strengths(people: pd.DataFrame) -> list[int]:
    """How much a standing says for a person; of two registrations of one lead, the stronger counts."""
    return [STRENGTH.index(standing) for standing in people["standing"].tolist()]
