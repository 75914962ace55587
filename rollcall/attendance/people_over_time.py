"""The people of several sessions from the store, and what joins them from session to session. Their frames name people.

Attendance is reckoned as everywhere, so that these people add up to what the tallies say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from rollcall import external_id
from rollcall.attendance import frames, sources
from rollcall.attendance.matching import Standing, attendance
from rollcall.attendance.returning import external_key
from rollcall.roster import source_names

MOST = 20_000  # registrations at once: judgement, half a second
MOST_KEYS = 20  # external-ID keys that are offered
_VALUE = re.compile("=[^&=]*")  # in an external ID
COLUMNS = ("session_id", "registrant_id", "email_key", "email", "first_name", "last_name", "source", "external_id")


def within(kept: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The latest of these sessions whose registrations are not more than `most` together; at least one."""
    counted = kept["registered"].iloc[::-1].cumsum().iloc[::-1]
    fits = (counted <= most).to_numpy(bool, copy=True)
    if len(fits):
        fits[-1] = True
    return kept[fits].reset_index(drop=True)


def history(
    db: Session, connection_id: int, session_ids: Sequence[str], decided: Mapping[str, str], *, now: datetime
) -> pd.DataFrame:
    """A row per live registrant of these sessions: COLUMNS, and attended (bool).

    Args:
        decided: spelling → the name a source counts as; `source` is that, `sources.NONE` for none.
    """
    people = frames.registrants(db, connection_id, session_ids)
    there = frames.participants(db, connection_id, session_ids)
    listed, came = people.groupby("session_id", sort=False), there.groupby("session_id", sort=False)
    found = []
    for session_id in session_ids:
        facts = frames.session_facts(db, connection_id, session_id, now=now)
        if facts is None or session_id not in listed.groups:
            continue
        own = listed.get_group(session_id)
        records = came.get_group(session_id) if session_id in came.groups else there.iloc[:0]
        found.append(attendance(facts, own, records.reset_index(drop=True)).people)
    whole = pd.concat(found, ignore_index=True) if found else people.assign(standing="")
    whole = source_names.applied(whole, dict(decided))
    return whole[list(COLUMNS)].assign(
        source=sources.named(whole["source"]), attended=(whole["standing"] == Standing.ATTENDED).to_numpy(bool)
    )


def keys(people: pd.DataFrame, *, most: int = MOST_KEYS) -> list[str]:
    """The external-ID keys of these people, those of most people first.

    External IDs are alike but for their values, so that only one of each kind is decoded.
    """
    kinds = Counter(_VALUE.sub("=", text) for text in people["external_id"] if text)
    counted: Counter[str] = Counter()
    for kind, many in kinds.items():
        counted.update(dict.fromkeys({key for key, _ in external_id.decode(kind) or ()}, many))
    return [key for key, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:most]]


def keyed(people: pd.DataFrame, key: str | None) -> pd.DataFrame:
    """The people with a column `key`: who they are by this external-ID key, None: by their address; empty: nobody."""
    return people.assign(key=people["email_key"] if key is None else external_key(people["external_id"], key))


def new_and_known(people: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Per session but the first, who had registered for one of these sessions before: session_id, known, new.

    Args:
        people: session_id and key, as from `keyed`; who has no key is left out.
        order: the sessions, earliest first.
    """
    rank = pd.Index(order).get_indexer(pd.Index(people["session_id"]))
    named = (people["key"] != "").to_numpy(bool) & (rank >= 0)
    once = pd.DataFrame({"key": people["key"].to_numpy(object)[named], "rank": rank[named]}).drop_duplicates()
    is_first = (once["rank"] == once.groupby("key")["rank"].transform("min")).to_numpy(bool)
    at = once["rank"].to_numpy(np.int64)
    new, known = (np.bincount(at[which], minlength=len(order)) for which in (is_first, ~is_first))
    return pd.DataFrame({"session_id": list(order), "known": known, "new": new}).iloc[1:].reset_index(drop=True)


def named(people: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The people of `returning.over_sessions` with email and name, as their last session had them, most faithful first.

    Args:
        people: as from `keyed`, the sessions earliest first.
        members: rows of `People.people`.
    """
    last = people[people["key"] != ""].drop_duplicates("key", keep="last").set_index("key")
    told = last[["email", "first_name", "last_name", "source", "external_id"]].reindex(members["key"])
    joined = pd.concat([members.reset_index(drop=True), told.reset_index(drop=True)], axis=1)
    return joined.sort_values(["attended", "registered", "key"], ascending=[False, False, True], ignore_index=True)
