"""Ids that a spreadsheet has destroyed: it takes them for numbers, and a number has 15 digits there."""

from __future__ import annotations

import re

_SCIENTIFIC = re.compile(  # 1.23E+17, 1,23E17, 1E+17; and 1.23E 17, whose plus was read as a web form's space
    r"[+-]?\d(?:[.,]\d+E[+ ]?|E\+)\d{1,3}", re.IGNORECASE
)
_DIGITS = 15  # what Excel keeps of a number; the others become zeros


def is_ruined(text: str) -> bool:
    """Whether this was an id: `1.23E+17` is what a spreadsheet shows, and saves, of a number too long for its cell.

    Many ids end as the same such text, so it must never be looked for.
    """
    if "+" not in text and "." not in text and "," not in text:
        return False  # most ids, in a tenth of the time
    return _SCIENTIFIC.fullmatch(text.strip()) is not None


def may_be_rounded(text: str) -> bool:
    """Whether a spreadsheet may have replaced the last digits by zeros: 16 digits or more, and all after 15 are 0."""
    digits = text.strip()
    return len(digits) > _DIGITS and digits.isdecimal() and not digits[_DIGITS:].strip("0")
