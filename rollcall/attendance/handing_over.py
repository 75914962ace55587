"""That a file of people was taken is written down: which list, for which program, how many. Never who."""

from __future__ import annotations

from datetime import datetime

from rollcall.store import journal
from rollcall.store.database import Store
from rollcall.store.journal import Deed


def note(
    store: Store, connection_id: int, session_id: str | None, *, whom: str, file: str, people: int, now: datetime
) -> None:
    """Write it down before the file is handed over: what cannot be written down is not handed over.

    Args:
        session_id: None: people of several sessions.
        whom, file: codes of ours, such as `attended` and `salesforce`; nothing that anybody typed.
    """
    with store.write() as db:
        journal.note(
            db,
            connection_id,
            Deed.EXPORT,
            actor="local",
            now=now,
            session_id=session_id,
            detail={"list": whom, "file": file, "people": people},
        )
