"""A sheet as what is handed over: one CSV file, or a ZIP of several where a target takes no larger ones."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from rollcall.attendance.exports.sheet import Sheet, csv_file, csv_parts

CERTAINLY_SMALL = 5_000  # rows; none of a target's files is near its limit then, so the bytes need not be made
_MADE = (1980, 1, 1, 0, 0, 0)  # the same sheet gives the same bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file of a target may hold at most: rows besides the header, bytes."""

    rows: int
    size: int


def needs_parts(sheet: Sheet, limits: Limits | None) -> bool:
    """Whether the target takes it in several files only."""
    if limits is None:
        return False
    if len(sheet.rows) > limits.rows:
        return True
    return len(sheet.rows) > CERTAINLY_SMALL and len(csv_file(sheet, bom=True)) > limits.size


def packed(sheet: Sheet, limits: Limits | None, *, stem: str, bom: bool = False) -> bytes:
    """The bytes: a CSV file, or a ZIP of `stem-1.csv`, `stem-2.csv` … as `needs_parts` says."""
    if limits is None or not needs_parts(sheet, limits):
        return csv_file(sheet, bom=bom)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(csv_parts(sheet, rows=limits.rows, size=limits.size, bom=bom), start=1):
            entry = zipfile.ZipInfo(f"{stem}-{number}.csv", _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part)
    return buffer.getvalue()
