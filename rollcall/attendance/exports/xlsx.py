"""A sheet as an Excel workbook: one worksheet, texts as text whatever they look like, numbers as numbers.

Written by hand because it takes less than a library would weigh: the five parts that the standard asks of a workbook
(ECMA-376, Office Open XML, parts 1 and 2), with the texts within the cells. Nothing in it can run: a text cell is never
read as a formula, and ids keep their zeros and their digits.

Limits of a worksheet: 1,048,576 rows, 16,384 columns, 32,767 characters in a cell; a longer text is cut and ends with …
https://support.microsoft.com/cs-cz/office/limity-excelov%C3%BDch-list%C5%AF-a-se%C5%A1it%C5%AF-c13798fc-f1d5-4e73-998d-c02268bc65ae
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from rollcall.attendance.exports.sheet import Cell, Sheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CELL_LENGTH = 32_767  # characters, as UTF-16 counts them
ROWS = 1_048_576  # with the header

_TEXT, _BOLD = 1, 2  # cell formats of _STYLES
_MADE = (1980, 1, 1, 0, 0, 0)  # the same sheet gives the same bytes
_ESCAPED = re.compile(  # what XML 1.0 cannot hold or would change, and what would read as such an escape
    r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
    # Number format 49 is "@": text, which stays text when somebody edits the cell.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def xlsx_file(sheet: Sheet) -> bytes:
    """The sheet as a workbook; its first row is the header, bold and always in sight.

    Raises:
        ValueError: more rows than a worksheet has.
    """
    if len(sheet.rows) >= ROWS:
        raise ValueError(f"{len(sheet.rows)} rows of {ROWS - 1}")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _PARTS.items():
            archive.writestr(_entry(name), _HEAD + content)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w") as part:
            for piece in _worksheet(sheet):
                part.write(piece.encode("utf-8", "replace"))
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MADE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _worksheet(sheet: Sheet) -> Iterator[str]:
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
    )
    width = max(map(len, [sheet.header, *sheet.rows]))
    letters = [_letters(column) for column in range(width)]
    yield _row(1, sheet.header, _BOLD, letters)
    yield from (_row(number, row, _TEXT, letters) for number, row in enumerate(sheet.rows, start=2))
    yield "</sheetData></worksheet>"


def _row(number: int, cells: Sequence[Cell], style: int, letters: Sequence[str]) -> str:
    return f'<row r="{number}">{"".join(_cells(number, cells, style, letters))}</row>'


def _cells(number: int, cells: Sequence[Cell], style: int, letters: Sequence[str]) -> Iterator[str]:
    for column, cell in zip(letters, cells, strict=False):
        if not isinstance(cell, str):
            yield f'<c r="{column}{number}"><v>{cell}</v></c>'
        elif cell:
            text = f'<is><t xml:space="preserve">{_text(cell)}</t></is>'
            yield f'<c r="{column}{number}" s="{style}" t="inlineStr">{text}</c>'


def _letters(column: int) -> str:
    """A column's name: A for 0, Z for 25, AA for 26."""
    before, last = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _text(text: str) -> str:
    if len(text) > CELL_LENGTH // 2 and len(text.encode("utf-16-le", "replace")) // 2 > CELL_LENGTH:
        text = f"{text.encode('utf-16-le', 'replace')[: 2 * (CELL_LENGTH - 1)].decode('utf-16-le', 'ignore')}…"
    if text.isascii() and text.isalnum():
        return text
    return escape(_ESCAPED.sub(_escape, text))


def _escape(match: re.Match[str]) -> str:
    """A character as the standard writes it: `_x000D_` (ECMA-376 part 1, ST_Xstring)."""
    return f"_x{ord(match[0]):04X}_"
