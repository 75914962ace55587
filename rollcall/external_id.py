"""Key/value pairs ⇄ the one string that RingCentral keeps as a registrant's externalId.

`lid=123&oid=4%4056`: keys and values percent-encoded as UTF-8, so a space is `%20` and a plus `%2B`. Same pairs in the
same order, same string, without the marks that copying adds. Strings from elsewhere are read if they look like this,
and left alone if not.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote_to_bytes

from rollcall.pasted import unmarked
from rollcall.problem import Problem, too_long
from rollcall.ringcentral import limits

LIMIT = limits.EXTERNAL_ID_LENGTH  # characters of the encoded string
BETWEEN = "; "  # values of one key that somebody wrote twice, wherever they share a cell

Pairs = Sequence[tuple[str, str]]

_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class ExternalIdError(ValueError):
    """These pairs have no string. `problem` says why; the message holds no value."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def encode(pairs: Pairs) -> str:
    """The one string of these pairs; empty for none.

    Raises:
        ExternalIdError: an empty or repeated key, a lone surrogate, or more than 255 characters.
    """
    keys = {unmarked(key) for key, _ in pairs}
    if len(keys) == len(pairs) and "" not in keys:
        try:
            text = _joined(pairs)
        except UnicodeEncodeError:
            text = ""
        if 0 < len(text) <= LIMIT or not pairs:
            return text
    raise ExternalIdError(problems(pairs)[0])


def quoted(text: str) -> str:
    """One key or value as it stands in the string. Raises UnicodeEncodeError for half a surrogate pair."""
    return text if text.isascii() and text.isalnum() else quote(unmarked(text), safe="")


def decode(text: str) -> tuple[tuple[str, str], ...] | None:
    """The pairs of an encoded string, or None for any other string, which is then shown as it is.

    Every part between `&` must have exactly one raw `=` and a key. A raw `+` reads as a space, as in a web form.
    Keys may repeat here, because others write such strings too.
    """
    if not text:
        return ()
    pairs = []
    for part in text.split("&"):
        raw_key, equals, raw_value = part.partition("=")
        key, value = _decoded(raw_key), _decoded(raw_value)
        if not equals or "=" in raw_value or not key or value is None:
            return None
        pairs.append((key, value))
    return tuple(pairs)


def by_key(pairs: Pairs) -> dict[str, str]:
    """Each key with its value; of a key that is there twice both, parted by `; `, which then is nobody's id."""
    found: dict[str, str] = {}
    for key, value in pairs:
        found[key] = f"{found[key]}{BETWEEN}{value}" if key in found else value
    return found


def problems(pairs: Pairs) -> list[Problem]:
    """Everything that keeps these pairs from being encoded, for the form as they are typed. Never raises."""
    found = list(_problems_of_pairs(pairs))
    if all(problem.code != "not_text" for problem in found) and len(text := _joined(pairs)) > LIMIT:
        found.append(too_long("external_id", text, LIMIT))
    return found


def _problems_of_pairs(pairs: Pairs) -> Iterator[Problem]:
    seen: set[str] = set()
    for row, (typed, value) in enumerate(pairs, start=1):
        key = unmarked(typed)
        if not _is_text(key + value):
            yield Problem("external_id", "not_text", detail=f"row {row}")
        elif not key:
            yield Problem("external_id", "empty_key", value, f"row {row}")
        elif key in seen:
            yield Problem("external_id", "duplicate_key", key, f"row {row}")
        seen.add(key)


def _joined(pairs: Pairs) -> str:
    return "&".join([f"{quoted(key)}={quoted(value)}" for key, value in pairs])


def _decoded(raw: str) -> str | None:
    if _BROKEN_PERCENT.search(raw) or not _is_text(raw):
        return None
    try:
        return unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_text(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
