"""Whose record is it? Every attendee's record → its registrant, or why it has none.

A record that names its registrant (registrantId) belongs to that one, or to nobody we know. Of the others, the first
lead that leads anywhere decides, and only if it leads to one registrant: those named by records with the same
uniqueUserHash; those with its address (on the list before cancelled before on-demand); those that the address of a
record with the same hash leads to. Names are never compared: two people may have one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]
Table = tuple[pd.Index, Ints]  # keys, and the registrant's row of each

ON_STAGE = frozenset({"host", "cohost", "panelist"})  # roles, case-folded
NOBODY, SEVERAL = -1, -2  # instead of a registrant's position

# A name of nothing but a telephone number, some digits perhaps masked; our reading, the history has no such mark.
_TELEPHONE = r"(?=(?:[^0-9]*[0-9]){5})[0-9 +()\-./*#xX]+"


class Unmatched(StrEnum):
    """Why a record belongs to no live registrant."""

    NO_ID = "no_id"  # names no registrant, user or address
    TELEPHONE = "telephone"  # the same, and the name is a telephone number
    NOT_ON_LIST = "not_on_list"  # names a registrant that no reading has seen
    NOT_REGISTERED = "not_registered"  # has a user or an address, but of no registrant
    AMBIGUOUS_HASH = "ambiguous_hash"  # the same user stands for several registrants
    AMBIGUOUS_EMAIL = "ambiguous_email"  # several registrants have this address
    ON_DEMAND = "on_demand"  # belongs to somebody who registered for the recording


def on_stage(participants: pd.DataFrame) -> Bools:
    """Which records are of hosts, co-hosts and panelists, by the role they were invited in, else the one they have.

    So a registrant who was brought on stage came all the same.
    """
    invited = participants["original_role"]
    role = invited.where(invited != "", participants["role"])
    roles = [one for one in role.unique() if one.casefold() in ON_STAGE]
    return role.isin(roles).to_numpy(bool)


def owners(registrants: pd.DataFrame, participants: pd.DataFrame, panel: Bools) -> tuple[Ints, Texts]:
    """Per record the row of its live registrant (NOBODY: none), and why it has none (an `Unmatched`, or empty).

    Records of the panel have neither.
    """
    names_one = (participants["registrant_id"] != "").to_numpy(bool)
    row = pd.Index(registrants["registrant_id"]).get_indexer(participants["registrant_id"]).astype(np.int64)
    reason = np.where(names_one & (row == NOBODY), Unmatched.NOT_ON_LIST.value, "").astype(object)
    loose = np.flatnonzero(~names_one & ~panel)
    if loose.size:
        sure = np.flatnonzero(~panel & (row != NOBODY))
        row[loose], reason[loose] = _followed(registrants, participants, loose, sure, row)
    late = _taken(registrants["post_webinar"].to_numpy(bool), row, missing=False)
    reason[late] = Unmatched.ON_DEMAND.value
    row[late | panel] = NOBODY
    reason[panel] = ""
    return row, reason


def _followed(
    registrants: pd.DataFrame, participants: pd.DataFrame, loose: Ints, sure: Ints, row: Ints
) -> tuple[Ints, Texts]:
    """The same for the records that name no registrant, from those that name one."""
    user = participants["user_hash"].to_numpy(object)
    email = participants["email_key"].to_numpy(object)[loose]
    own = user[loose]
    addressed = _looked_up(_by_address(registrants, email), email)
    certain = addressed >= 0
    leads = (
        (_looked_up(_sole(user[sure], row[sure]), own), Unmatched.AMBIGUOUS_HASH),
        (addressed, Unmatched.AMBIGUOUS_EMAIL),
        (_looked_up(_sole(own[certain], addressed[certain]), own), Unmatched.AMBIGUOUS_HASH),
    )
    found = np.full(loose.size, NOBODY, dtype=np.int64)
    reason = _unfound(participants.iloc[loose])
    for lead, several in leads:
        deciding = (found == NOBODY) & (lead != NOBODY)
        found[deciding] = lead[deciding]
        reason[deciding] = np.where(lead[deciding] == SEVERAL, several.value, "")
    return np.maximum(found, NOBODY), reason


def _by_address(registrants: pd.DataFrame, wanted: Texts) -> Table:
    """Address → row of the one registrant it means: on the list, else cancelled, else on-demand."""
    email = registrants["email_key"]
    rows = np.flatnonzero(email.isin(wanted[wanted != ""]))
    late = registrants["post_webinar"].to_numpy(bool)[rows]
    gone = registrants["gone_at"].notna().to_numpy(bool)[rows]
    key, rank = email.to_numpy(object)[rows], np.where(late, 2, np.where(gone, 1, 0))
    code, names = pd.factorize(key)
    best = np.full(len(names), 2)
    np.minimum.at(best, code, rank)
    meant = best[code] == rank
    return _sole(key[meant], rows[meant])


def _sole(keys: Texts, rows: Ints) -> Table:
    """Key → its row, SEVERAL where it has more than one; the empty key leads nowhere."""
    told = keys != ""
    code, names = pd.factorize(keys[told])
    only = np.full(len(names), NOBODY, dtype=np.int64)
    only[code] = rows[told]
    only[code[only[code] != rows[told]]] = SEVERAL
    return pd.Index(names), only


def _looked_up(table: Table, keys: Texts) -> Ints:
    names, rows = table
    return _taken(rows, names.get_indexer(pd.Index(keys, dtype=object)), missing=NOBODY)


def _taken(values: npt.NDArray[Any], rows: npt.NDArray[Any], *, missing: Any) -> npt.NDArray[Any]:
    """values[rows], and `missing` where a row is NOBODY."""
    padded: npt.NDArray[Any] = np.append(values, np.array([missing], dtype=values.dtype))
    taken: npt.NDArray[Any] = padded[rows]
    return taken


def _unfound(loose: pd.DataFrame) -> Texts:
    """Why nothing was found, of records that nothing leads anywhere."""
    unknown = (loose["user_hash"] != "") | (loose["email_key"] != "")
    name = (loose["first_name"] + " " + loose["last_name"]).str.strip()
    telephone = name.str.fullmatch(_TELEPHONE).astype(bool)
    nothing = np.where(telephone, Unmatched.TELEPHONE.value, Unmatched.NO_ID.value)
    return np.where(unknown, Unmatched.NOT_REGISTERED.value, nothing).astype(object)
