"""Who is new, who came back, who never comes: people over several sessions. Pure.

A person is a key: the address (`email_key`), or the value of one external-ID key (`external_key`). Who has none is
counted, and is nobody. Several registrations with one key in one session are one person, who attended if any did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from rollcall import external_id

REGULAR = 3  # sessions attended; a judgement


class Group(StrEnum):
    """How somebody looks from the latest of the sessions. Everybody is in one group."""

    NEW = "new"  # registered for the latest one only
    NEVER_CAME = "never_came"  # known before the latest, attended none
    ONCE = "once"  # registered for one before the latest, and attended it
    RETURNING = "returning"  # registered for several, attended at least one, but fewer than REGULAR
    REGULAR = "regular"  # known before the latest, attended at least REGULAR


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of several sessions. Its repr shows nobody.

    Attributes:
        counts: people by group; every group is there.
        without_key: rows that name nobody.
        people: key, group (a `Group`), registered, attended (sessions), first_session, last_session, last_attended
            (session_id, empty: none), in_latest (registered for it), attended_latest.
    """

    counts: dict[Group, int]
    without_key: int
    people: pd.DataFrame = field(repr=False)


def over_sessions(history: pd.DataFrame, order: Sequence[str], *, regular: int = REGULAR) -> People:
    """Group the people of some sessions.

    Args:
        history: session_id, key (empty: none), attended (bool): a row per live registrant, on-demand ones left out.
            Leave out sessions whose attendance is not known, or their people look as if they had not come.
        order: the sessions to look at, earliest first; rows of others are left out. For the people as one session
            saw them, end with that session and take those `in_latest`.
        regular: sessions attended that make a regular.
    """
    rank = pd.Index(order).get_indexer(pd.Index(history["session_id"]))
    known = (history["key"] != "").to_numpy(bool)
    row = np.flatnonzero((rank >= 0) & known)
    people = _per_person(history["key"].iloc[row], rank[row], history["attended"].to_numpy(bool)[row], order)
    people["group"] = _groups(people, regular)
    found = people["group"].value_counts()
    return People(
        counts={group: int(found.get(group.value, 0)) for group in Group},
        without_key=int(((rank >= 0) & ~known).sum()),
        people=people,
    )


def external_key(external_ids: Iterable[str], name: str) -> list[str]:
    """The value of this key in every external ID, the first where it repeats; empty where it has none.

    An external ID that is no key/value string has no keys. Values are compared as they are, but for blanks around.
    """
    known: dict[str, str] = {}
    return [known[text] if text in known else known.setdefault(text, _value(text, name)) for text in external_ids]


def _value(text: str, name: str) -> str:
    return next((value.strip() for key, value in external_id.decode(text) or () if key == name), "")


def _per_person(
    keys: pd.Series[str], rank: npt.NDArray[np.intp], came: npt.NDArray[np.bool_], order: Sequence[str]
) -> pd.DataFrame:
    code, names = pd.factorize(keys)
    rows = pd.DataFrame({"person": code, "rank": rank, "came": came})
    once = rows.groupby(["person", "rank"]).agg(came=("came", "any")).reset_index()
    once["came_in"] = once["rank"].where(once["came"], -1)
    grouped = once.groupby("person")
    found = grouped.agg(registered=("rank", "size"), attended=("came", "sum"), first=("rank", "min"))
    last, last_came = grouped["rank"].max(), grouped["came_in"].max()
    session = np.array([*order, ""], dtype=object)
    latest = len(order) - 1
    return pd.DataFrame(
        {
            "key": names,
            "registered": found["registered"],
            "attended": found["attended"],
            "first_session": session[found["first"]],
            "last_session": session[last],
            "last_attended": session[last_came],
            "in_latest": last == latest,
            "attended_latest": last_came == latest,
        }
    )


def _groups(people: pd.DataFrame, regular: int) -> npt.NDArray[np.str_]:
    is_new = people["in_latest"] & (people["registered"] == 1)
    return np.select(
        [is_new, people["attended"] == 0, people["attended"] >= regular, people["registered"] == 1],
        [Group.NEW.value, Group.NEVER_CAME.value, Group.REGULAR.value, Group.ONCE.value],
        default=Group.RETURNING.value,
    )
