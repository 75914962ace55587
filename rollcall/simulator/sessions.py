"""Webinars and their one session each (RingCentral's product limit today), as rows."""

import json
import sqlite3
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

OWNER_ACCOUNT = "62264425000"


class Status(StrEnum):
    SCHEDULED = "Scheduled"
    ACTIVE = "Active"
    FINISHED = "Finished"


SETTINGS: dict[str, Any] = {
    "autoCloseLimit": 0,
    "suppressEmails": False,
    "registrationDigestEnabled": True,
    "preventMultipleDeviceJoins": False,
    "workEmailRequired": False,
    "viewRecording": False,
    "onDemandDuration": "SixMonths",
    "autoOpenPostWebinarRegistration": False,
}


@dataclass(frozen=True, slots=True)
class WebinarSession:
    """A webinar and its session. Times are epoch seconds; it is active from started_at to ended_at."""

    id: str
    webinar_id: str
    host_id: str
    title: str
    starts_at: float
    seconds: int = 3600  # scheduled duration
    started_at: float = 0.0  # 0: as scheduled
    ended_at: float = 0.0  # 0: as scheduled
    description: str = ""
    time_zone: str = "Europe/Berlin"
    created_at: float = 0.0  # 0: 30 days before the start
    changed_at: float = 0.0
    registration_enabled: bool = True  # off: an all-hands webinar, unknown to the registration service
    registration_status: str = "Open"
    status_set_at: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    calendar_sequence: int = 0

    def __post_init__(self) -> None:
        derived = {
            "started_at": self.started_at or self.starts_at,
            "ended_at": self.ended_at or self.starts_at + self.seconds,
            "created_at": self.created_at or self.starts_at - 30 * 86_400,
            "changed_at": self.changed_at or self.created_at or self.starts_at - 30 * 86_400,
            "settings": {**SETTINGS, **self.settings},
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def status(self, now: float) -> Status:
        if now < self.started_at:
            return Status.SCHEDULED
        return Status.ACTIVE if now < self.ended_at else Status.FINISHED

    def is_open(self, now: float) -> bool:
        """Whether people may register. The end closes it, unless it reopens by itself or was opened since."""
        if now >= self.ended_at > self.status_set_at:
            return bool(self.settings["autoOpenPostWebinarRegistration"])
        return self.registration_status == "Open"


_COLUMNS = tuple(one.name for one in fields(WebinarSession))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM session"


def insert_session(db: sqlite3.Connection, session: WebinarSession) -> None:
    """Add or replace one row."""
    values = [getattr(session, name) for name in _COLUMNS]
    values[_COLUMNS.index("settings")] = json.dumps(session.settings)
    marks = ", ".join("?" * len(_COLUMNS))
    db.execute(f"INSERT OR REPLACE INTO session ({', '.join(_COLUMNS)}) VALUES ({marks})", values)


def read_session(db: sqlite3.Connection, session_id: str) -> WebinarSession | None:
    row = db.execute(f"{_SELECT} WHERE id = ?", (session_id,)).fetchone()
    return None if row is None else _session(row)


def read_sessions(db: sqlite3.Connection) -> list[WebinarSession]:
    return [_session(row) for row in db.execute(f"{_SELECT} ORDER BY starts_at, id")]


def _session(row: tuple[Any, ...]) -> WebinarSession:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["settings"] = json.loads(values["settings"])
    values["registration_enabled"] = bool(values["registration_enabled"])
    return WebinarSession(**values)
