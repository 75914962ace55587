"""External IDs as the columns of their keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from rollcall import external_id
from rollcall.attendance.exports.ruined import is_ruined

MAX_COLUMNS = 50  # the most frequent keys; strings from elsewhere may hold as many different ones as there are people
RAW = "external_id"
# Without it no value is 1.23E+17, and none need be decoded; plus and comma may be percent-encoded.
_EXPONENT = re.compile(r"(?:[.,]|%2[Cc])\d+[eE]|\d[eE](?:\+|%2[Bb])")


def decoded(external_ids: Iterable[str]) -> list[dict[str, str] | None]:
    """Of each string its keys and values; None where it is no key/value string, empty for none.

    A key that is there twice has both values, as `external_id.by_key` joins them.
    """
    return [_decoded(text) for text in external_ids]


def _decoded(text: str) -> dict[str, str] | None:
    pairs = external_id.decode(text)
    return None if pairs is None else external_id.by_key(pairs)


def key_counts(external_ids: Iterable[str]) -> Counter[str]:
    """How many people have a value under each key, the most frequent first."""
    counts = Counter(key for found in decoded(external_ids) for key, value in (found or {}).items() if value)
    return Counter(dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))))


def ruined(external_ids: Iterable[str]) -> Counter[str]:
    """How many people have an id that a spreadsheet has ruined, by key; of a string without keys as `external_id`."""
    suspects = [text for text in external_ids if _EXPONENT.search(text)]
    counts: Counter[str] = Counter()
    for text, found in zip(suspects, decoded(suspects), strict=True):
        values = {RAW: text} if found is None else found
        counts.update(key for key, value in values.items() if is_ruined(value))
    return counts


def columns(external_ids: Sequence[str], *, taken: Collection[str]) -> dict[str, list[str]]:
    """The keys as columns, the most frequent first, and a column of whole strings where these do not tell all.

    Args:
        taken: names of other columns of the sheet; a key of such a name, or of another key's, is written
            `external_id.name`.
    """
    found = decoded(external_ids)
    names = Counter(key for one in found for key in (one or {}))
    kept = [key for key, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[:MAX_COLUMNS]]
    columns: dict[str, list[str]] = {}
    others = {name.casefold() for name in taken} | {RAW}
    for key in kept:
        name = key
        while name.casefold() in others:
            name = f"{RAW}.{name}"
        others.add(name.casefold())
        columns[name] = [(one or {}).get(key, "") for one in found]
    raw = [_raw(text, one, set(kept)) for text, one in zip(external_ids, found, strict=True)]
    return {**columns, RAW: raw} if any(raw) else columns


def _raw(text: str, found: dict[str, str] | None, kept: set[str]) -> str:
    """The whole string if it is none of ours, or holds a key without a column."""
    return "" if found is not None and found.keys() <= kept else text
