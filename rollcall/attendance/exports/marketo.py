"""Marketo program members: one file a status, because an import gives all its rows the same one.

Documented:
* A file of comma-separated values below 10 MB, its header REST API names of lead and program member fields; every
  record needs `email`, by which leads are told apart; the program and one `programMemberStatus` go with the whole file.
  https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-import/bulk-program-member-import
* The same by hand: "Import Members" gives all the same status, so attended and absent are two files.
  https://nation.marketo.com/t5/marketo-whisperer-blogs/choosing-the-right-list-import-approach/ba-p/246810
* Statuses belong to the program's channel (Invited, Attended, No Show …), and nobody moves back to an earlier one.
  https://experienceleague.adobe.com/docs/marketo/using/product-docs/core-marketo-concepts/programs/creating-programs/understanding-program-membership.html
Assumed: `firstName` and `lastName` (they stand in the first page's example) are in every account; a channel has no
status for a cancellation unless somebody made one, so by default whoever cancelled is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rollcall.attendance.exports import statuses
from rollcall.attendance.exports.once import once_by_email
from rollcall.attendance.exports.sheet import LeftOut, Sheet, kept, left_out_of, texts
from rollcall.attendance.exports.statuses import Statuses

ROWS, BYTES = 1_000_000, 10 * 1024 * 1024 - 1  # of one file; rows are ours, the size is documented
DEFAULT_STATUSES = Statuses(cancelled="")


@dataclass(frozen=True, slots=True)
class ProgramMembers:
    """A sheet for each status that somebody has, in the order of `Statuses`.

    Reasons of those left out: `no_email`; `same_email`: another registration under this address, with the stronger
    standing, is in; `no_status`: their standing has none.
    """

    sheets: Mapping[str, Sheet]
    left_out: tuple[LeftOut, ...] = field(repr=False)


def program_members(people: pd.DataFrame, *, words: Statuses = DEFAULT_STATUSES) -> ProgramMembers:
    """The people as members of a program, by status."""
    found = statuses.of(people, words)
    reasons = [
        reason or statuses.no_status(status) for reason, status in zip(once_by_email(people), found, strict=True)
    ]
    members = kept(people, reasons)
    of_members = np.array([status for status, reason in zip(found, reasons, strict=True) if not reason], dtype=object)
    names = dict.fromkeys((words.attended, words.absent, words.cancelled, words.not_yet_known, words.on_demand))
    sheets = {name: _sheet(members[of_members == name]) for name in names if name}
    return ProgramMembers({name: sheet for name, sheet in sheets.items() if sheet.rows}, left_out_of(people, reasons))


def _sheet(people: pd.DataFrame) -> Sheet:
    return Sheet.of(
        {
            "email": texts(people["email"]),
            "firstName": texts(people["first_name"]),
            "lastName": texts(people["last_name"]),
        }
    )
