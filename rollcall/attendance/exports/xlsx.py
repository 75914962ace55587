"""A sheet as an Excel workbook: one worksheet, texts as text whatever they look like, numbers as numbers.

Nothing in it can run: a text cell is never read as a formula, and ids keep their zeros and their digits.

Limits of a worksheet: 1,048,576 rows, 16,384 columns, 32,767 characters in a cell; a longer text is cut and ends with …
https://support.microsoft.com/cs-cz/office/limity-excelov%C3%BDch-list%C5%AF-a-se%C5%A1it%C5%AF-c13798fc-f1d5-4e73-998d-c02268bc65ae
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from rollcall.attendance.exports.sheet import Cell, Sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_LENGTH = 32_767  # characters, as UTF-16 counts them
ROWS = 1_048_576  # with the header

_OPTIONS = {
    "in_memory": True,  # nobody's data lies in a folder of temporary files
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}
_AS_TEXT = 49  # "@": what stays text when somebody edits the cell
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the same sheet gives the same bytes


def xlsx_file(sheet: Sheet) -> bytes:
    """The sheet as a workbook; its first row is the header, bold and always in sight.

    Raises:
        ValueError: more rows than a worksheet has.
    """
    if len(sheet.rows) >= ROWS:
        raise ValueError(f"{len(sheet.rows)} rows of {ROWS - 1}")
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as workbook:
        workbook.set_properties({"created": _MADE})
        text = workbook.add_format({"num_format": _AS_TEXT})
        bold = workbook.add_format({"num_format": _AS_TEXT, "bold": True})
        worksheet = workbook.add_worksheet("People")
        worksheet.freeze_panes(1, 0)
        _write_row(worksheet, 0, sheet.header, bold)
        for number, cells in enumerate(sheet.rows, start=1):
            _write_row(worksheet, number, cells, text)
    return buffer.getvalue()


def _write_row(worksheet: Any, number: int, cells: Sequence[Cell], style: Any) -> None:
    for column, cell in enumerate(cells):
        if not isinstance(cell, str):
            worksheet.write_number(number, column, cell)
        elif cell:
            _write_text(worksheet, number, column, _fitting(cell), style)


def _write_text(worksheet: Any, number: int, column: int, text: str, style: Any) -> None:
    """Trap: XlsxWriter takes a text from `<r>` to `</r>` for XML of its own and writes it unescaped.

    As a text of two runs, whose font is the same, it is escaped; of its control characters only their codes stay.
    """
    if text.startswith("<r>") and text.endswith("</r>"):
        worksheet.write_rich_string(number, column, text[:1], style, text[1:], style)
    else:
        worksheet.write_string(number, column, text, style)


def _fitting(text: str) -> str:
    """The text as a cell can hold it: half a surrogate pair, which JSON can hold, is no text."""
    text = text.encode("utf-8", "replace").decode()
    if len(text.encode("utf-16-le")) // 2 <= CELL_LENGTH:
        return text
    return f"{text.encode('utf-16-le')[: 2 * (CELL_LENGTH - 1)].decode('utf-16-le', 'ignore')}…"
