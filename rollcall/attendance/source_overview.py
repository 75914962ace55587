"""Every spelling of a source over all sessions, and which of them are worth asking about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from rollcall.attendance.sources import COUNTS, named
from rollcall.attendance.spellings import Suggestion, suggest
from rollcall.roster.readings import ReadingState, What
from rollcall.roster.source_names import Pair, hash_of
from rollcall.store.tables import Reading, SourceTally, WebinarSession


def overview(spellings: pd.DataFrame, decided: Mapping[str, str]) -> pd.DataFrame:
    """Every spelling with the name it counts as: those of one name together, the name with most people first.

    Args:
        spellings: as from `tallies.spellings`; a row per source as received ("" or only blanks: none).
        decided: spelling → the name it counts as, from `source_names.names`.

    Returns:
        The rows of `spellings` and: name (`sources.NONE` where there is no source), is_decided (bool: it counts as
        another one), people (registered under the name, whatever the spelling).
    """
    raw = spellings["raw"]
    name = named(raw.map(lambda one: decided.get(one, one)).astype(object))
    is_decided = (name != raw) & (raw.str.strip() != "")
    found = spellings.assign(name=name, is_decided=is_decided)
    found["people"] = found.groupby("name")["registered"].transform("sum")
    return found.sort_values(
        ["people", "name", "is_decided", "registered", "raw"],
        ascending=[False, True, True, False, True],
        ignore_index=True,
    ).astype({"is_decided": bool, "people": "int64"})


def suggestions(
    counts: Mapping[str, int], decided: Mapping[str, str], apart: Collection[Pair]
) -> tuple[Suggestion, ...]:
    """What `spellings.suggest` finds, without what somebody has declined.

    Declined is also what would join two names of which a spelling each was kept apart, whichever way round.
    """
    kept = {frozenset(decided.get(one, one) for one in pair) for pair in apart}
    return tuple(
        one
        for one in suggest(counts, decided)
        if frozenset((one.spelling, one.name)) not in apart
        and frozenset(decided.get(each, each) for each in (one.spelling, one.name)) not in kept
    )


def where(db: Session, connection_id: int, spelling: str) -> pd.DataFrame:
    """The sessions in which somebody has this source, as received, the latest first.

    Columns: session_id, title, time_zone (text), starts_at (UTC, NaT: not known), and the counts.
    """
    columns: list[Any] = [
        WebinarSession.session_id,
        WebinarSession.title,
        WebinarSession.time_zone,
        WebinarSession.starts_at,
        *(getattr(SourceTally, name) for name in COUNTS),
    ]
    rows = db.execute(
        select(*columns)
        .join(
            SourceTally,
            (SourceTally.connection_id == WebinarSession.connection_id)
            & (SourceTally.session_id == WebinarSession.session_id),
        )
        .where(
            SourceTally.connection_id == connection_id,
            SourceTally.raw_hash == hash_of(spelling),
            WebinarSession.gone_at.is_(None),
        )
        .order_by(WebinarSession.starts_at.desc(), WebinarSession.session_id)
    ).all()
    found = pd.DataFrame(rows, columns=["session_id", "title", "time_zone", "starts_at", *COUNTS])
    return found.assign(starts_at=pd.to_datetime(found["starts_at"], utc=True))


def brought(
    db: Session, connection_id: int, session_ids: Collection[str], spellings: pd.DataFrame, names: Collection[str]
) -> pd.DataFrame:
    """Whom these sources brought to these sessions, of 60,000 rows only the few that are asked for.

    Columns: session_id, source (as it counts), registered, attended.

    Args:
        spellings: as from `overview`; of its columns: raw, name.
        names: the sources, as they count.
    """
    meant = spellings[spellings["name"].isin(list(names))]
    name_of = {hash_of(raw): name for raw, name in zip(meant["raw"], meant["name"], strict=True)}
    rows = db.execute(
        select(SourceTally.session_id, SourceTally.raw_hash, SourceTally.registered, SourceTally.attended).where(
            SourceTally.connection_id == connection_id,
            SourceTally.session_id.in_(session_ids),
            SourceTally.raw_hash.in_(name_of),
        )
    ).all()
    found = pd.DataFrame(rows, columns=["session_id", "raw_hash", "registered", "attended"])
    found["source"] = found["raw_hash"].map(name_of).astype(object)
    return found.groupby(["session_id", "source"], as_index=False)[["registered", "attended"]].sum()


def are_lists_read(db: Session, connection_id: int) -> bool:
    """Whether a list of somebody's registrants or participants is filed or being read."""
    found = db.scalar(
        select(Reading.id)
        .where(
            Reading.connection_id == connection_id,
            Reading.what.in_([What.REGISTRANTS, What.PARTICIPANTS]),
            Reading.state.in_([ReadingState.WAITING, ReadingState.RUNNING]),
        )
        .limit(1)
    )
    return found is not None
