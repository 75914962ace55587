"""The registrants that a search finds, as a CSV that a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import tzinfo

from sqlalchemy.orm import Session

from rollcall import external_id
from rollcall.contact_file.receipt import safe_cell
from rollcall.contact_file.text import UTF8_BOM
from rollcall.roster import people
from rollcall.roster.people import Listed, Search

FIRST = ("First name", "Last name", "Email", "Source", "External ID")
LAST = ("Status", "Registered by", "Join link", "Cancel link", "Registrant ID")

Words = Callable[[Listed], str]


def write(db: Session, search: Search, *, zone: tzinfo, zone_name: str, status: Words, made_by: Words) -> bytes:
    """All who are found, in the order of the search; external-ID keys as columns of their own.

    UTF-8 with a mark, so that Excel shows letters such as ä. Times are of `zone`, which the column names.
    """
    found = list(people.every(db, search))
    keys = people.keys(found)
    titles = [*FIRST, *own_titles(keys, taken=(*FIRST, *LAST)), f"Registered ({zone_name})", *LAST]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(map(safe_cell, titles))
    for one in found:
        at = one.registered_at.astimezone(zone) if one.registered_at else None
        cells = [one.first_name, one.last_name, one.email, one.source, one.external_id]
        cells += values_of(one, keys)
        cells += [f"{at:%Y-%m-%d %H:%M:%S}" if at else "", status(one), made_by(one)]
        cells += [one.join_uri, one.cancellation_uri, one.registrant_id]
        writer.writerow(map(safe_cell, cells))
    return UTF8_BOM + buffer.getvalue().encode("utf-8", "replace")


def own_titles(keys: Sequence[str], *, taken: Sequence[str]) -> list[str]:
    """A column's title for each key; one that is called as another column is, gets a word more."""
    used = {title.lower() for title in taken}
    titles = list[str]()
    for key in keys:
        title = key
        while title.lower() in used:
            title = f"{title} (external ID)"
        used.add(title.lower())
        titles.append(title)
    return titles


def values_of(one: Listed, keys: Sequence[str]) -> list[str]:
    """Somebody's values of these keys, empty where they have none; of a key that is there twice, both."""
    values = external_id.by_key(one.pairs or ())
    return [values.get(key, "") for key in keys]
