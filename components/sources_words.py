"""A source as it is shown: whole where there is room, cut where there is not, and never as Markdown."""

from components.plain import plain
from rollcall.attendance.rates import shortened
from rollcall.attendance.sources import NONE

CELL = 300  # characters of a source in a cell; the download has all
BLANK = "(only blanks)"


def named_in_cell(source: str) -> str:
    """For a cell of a table, which takes nothing for Markdown; what is not seen in a source is written out."""
    if not source:
        return NONE
    if not source.strip():
        return BLANK
    shown = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in source[:CELL])
    return shown if len(source) <= CELL else f"{shown} … ({len(source):,} characters)"


def named(source: str) -> str:
    """For Markdown, on one line and at most 60 characters."""
    return plain(shortened(source)) or NONE
