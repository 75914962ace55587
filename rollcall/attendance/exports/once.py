"""Each address once, for programs that know people by it."""

from __future__ import annotations

import pandas as pd

from rollcall.attendance.exports.sheet import texts
from rollcall.attendance.exports.statuses import strengths


def once_by_email(people: pd.DataFrame) -> list[str]:
    """Why somebody is not in a file that has each address once; empty: they are.

    Of several registrations under one address the one with the strongest standing is in, the first of equal ones.
    """
    best: dict[str, int] = {}
    addresses = texts(people["email_key"])
    strong = strengths(people)
    for position, address in enumerate(addresses):
        if "@" in address and strong[position] > strong[best.setdefault(address, position)]:
            best[address] = position
    return [
        "no_email" if "@" not in address else "" if best[address] == position else "same_email"
        for position, address in enumerate(addresses)
    ]
