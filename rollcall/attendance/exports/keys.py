"""External IDs as the columns of their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from rollcall import external_id

MAX_COLUMNS = 50  # the most frequent keys; strings from elsewhere may hold as many different ones as there are people
RAW = "external_id"
_BETWEEN = "; "  # values of one key that somebody wrote twice


def decoded(external_ids: Iterable[str]) -> list[dict[str, str] | None]:
    """Of each string its keys and values; None where it is no key/value string, empty for none.

    A key that is there twice has both values, parted by `; `, which then is nobody's id.
    """
    return [_decoded(text) for text in external_ids]


def _decoded(text: str) -> dict[str, str] | None:
    pairs = external_id.decode(text)
    if pairs is None:
        return None
    found: dict[str, str] = {}
    for key, value in pairs:
        found[key] = f"{found[key]}{_BETWEEN}{value}" if key in found else value
    return found


def key_counts(external_ids: Iterable[str]) -> Counter[str]:
    """How many people have a value under each key, the most frequent first."""
    counts = Counter(key for found in decoded(external_ids) for key, value in (found or {}).items() if value)
    return Counter(dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))))


def columns(external_ids: Sequence[str], *, taken: Collection[str]) -> dict[str, list[str]]:
    """The keys as columns, the most frequent first, and a column of whole strings where these do not tell all.

    Args:
        taken: names of other columns of the sheet; a key of such a name is written `external_id.name`.
    """
    found = decoded(external_ids)
    names = Counter(key for one in found for key in (one or {}))
    kept = [key for key, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[:MAX_COLUMNS]]
    columns: dict[str, list[str]] = {}
    others = {name.casefold() for name in taken} | {RAW}
    for key in kept:
        name = f"{RAW}.{key}" if key.casefold() in others else key
        others.add(name.casefold())
        columns[name] = [(one or {}).get(key, "") for one in found]
    raw = [_raw(text, one, set(kept)) for text, one in zip(external_ids, found, strict=True)]
    return {**columns, RAW: raw} if any(raw) else columns


def _raw(text: str, found: dict[str, str] | None, kept: set[str]) -> str:
    """The whole string if it is none of ours, or holds a key without a column."""
    return "" if found is not None and found.keys() <= kept else text
