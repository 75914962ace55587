"""Which spelling of a source counts as which: decided by hand, undone by hand, the raw value of everybody stays."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.store.tables import SourceName


def names(db: Session, connection_id: int) -> dict[str, str]:
    """The name that each decided spelling counts as; a spelling that is missing counts as itself."""
    rows = db.execute(select(SourceName.raw, SourceName.name).where(SourceName.connection_id == connection_id))
    return {raw: name for raw, name in rows}


def applied(registrants: pd.DataFrame, decided: dict[str, str]) -> pd.DataFrame:
    """The people with `source` as it counts, and `source_raw` as it was received."""
    raw = registrants["source"]
    counted = raw.map(lambda one: decided.get(one, one)).astype(object) if decided else raw
    return registrants.assign(source_raw=raw, source=counted)
