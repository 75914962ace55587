"""What a registrant is found and sorted by: one short text without case and accents, kept beside the row.

Both databases would fold letters differently, and neither can read an encoded external ID, so it is done here once.
"""

from __future__ import annotations

import unicodedata

from rollcall import external_id as external_ids

MOST_BYTES = 1_200  # of UTF-8; with the other columns of its index it stays below PostgreSQL's 2,704 of an entry
SOURCE_KEY = 120  # characters
MOST_WORDS = 8  # judgement: of a search; what is typed after them is not looked for
_ACCENTS = {code: None for code in range(0x300, 0x370)} | {0: None}  # PostgreSQL keeps no NUL


def search_text(*, first_name: str, last_name: str, email: str, source: str, external_id: str) -> str:
    """Last and first name, email, the external ID's pairs as `key=value`, then source, each on a line of its own.

    A name begins it, so that sorting by it sorts by name. What goes beyond `MOST_BYTES` is not found: that is the end
    of a long source, which has a filter of its own, and no key only because a campaign has a long name.
    """
    pairs = external_ids.decode(external_id)
    known = [f"{key}={value}" for key, value in pairs] if pairs is not None else [external_id]
    lines = [f"{last_name} {first_name}", email, *known, source]
    text = "\n".join(" ".join(folded(line).split()) for line in lines)
    return text.encode("utf-8", "ignore")[:MOST_BYTES].decode("utf-8", "ignore")


def source_key(source: str | None) -> str:
    """The source as received, cut to what fits an index; empty for none. Two that differ only beyond are one."""
    return (source or "").replace("\x00", "")[:SOURCE_KEY]


def folded(text: str) -> str:
    """Without case and accents: `Kovač` and `KOVAC` are the same."""
    if text.isascii():
        return text.lower().replace("\x00", "")
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_ACCENTS)
    return unicodedata.normalize("NFC", bare.casefold())


Spelling = tuple[str, ...]  # texts that must all be there


def words(typed: str) -> list[list[Spelling]]:
    """What a search looks for: every word typed, in one of its spellings.

    A word that is an encoded external ID, as it stands in a link, is also looked for by its pairs.
    """
    found = [_spellings(word) for word in typed.split()]
    return [spellings for spellings in found if spellings][:MOST_WORDS]


def _spellings(word: str) -> list[Spelling]:
    pairs = external_ids.decode(word) or ()
    spellings = [(folded(word),), tuple(folded(f"{key}={value}") for key, value in pairs)]
    return [one for one in dict.fromkeys(spellings) if any(one)]
