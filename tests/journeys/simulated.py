"""What the demo's RingCentral holds, read from its own state file: the last word on who is registered."""

import sqlite3
from contextlib import closing

from tests.journeys.conftest import App


def registered(app: App, session_id: str) -> list[str]:
    """The emails on the session's list, each as often as it is there."""
    file = app.data / "demo-ringcentral.sqlite"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT email FROM registrant WHERE session_id = ? ORDER BY id", (session_id,))
        return [email for (email,) in rows]
