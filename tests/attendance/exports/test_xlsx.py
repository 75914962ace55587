"""A table as an Excel workbook, read with nothing but the standard's own rules."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollcall.attendance.exports.sheet import Cell, Sheet
from rollcall.attendance.exports.xlsx import CELL_LENGTH, xlsx_file

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def part(data: bytes, name: str) -> ElementTree.Element:
    """A part of the workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return ElementTree.fromstring(archive.read(f"xl/{name}.xml"))


def worksheet(data: bytes) -> ElementTree.Element:
    """The worksheet's part."""
    return part(data, "worksheets/sheet1")


def cells_of(data: bytes) -> dict[str, Cell]:
    """Address → what a spreadsheet would show; numbers as numbers."""
    found: dict[str, Cell] = {}
    texts: list[str] | None = None
    for cell in worksheet(data).iterfind(".//x:c", NAMESPACE):
        value = cell.findtext("x:v", "", NAMESPACE)
        if cell.get("t") == "s":
            texts = texts or [shared_text(one) for one in part(data, "sharedStrings")]
            found[cell.attrib["r"]] = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda of: chr(int(of[1], 16)), texts[int(value)])
        else:
            found[cell.attrib["r"]] = float(value)
    return found


def shared_text(item: ElementTree.Element) -> str:
    """A shared text: whole, or the runs it is of."""
    return "".join(one.text or "" for one in item.iterfind(".//x:t", NAMESPACE))


def number_format(data: bytes, address: str) -> str | None:
    """How a cell's value is shown."""
    cell = worksheet(data).find(f".//x:c[@r='{address}']", NAMESPACE)
    assert cell is not None
    styles = part(data, "styles").findall("x:cellXfs/x:xf", NAMESPACE)
    return styles[int(cell.attrib["s"])].get("numFmtId")


class TestXlsxFile:
    @settings(derandomize=True, deadline=None)
    @given(st.text(min_size=1, max_size=30))
    def test_any_text_survives(self, text: str) -> None:
        """Line ends, controls and what looks like an escape included."""
        assert cells_of(xlsx_file(Sheet(("a",), [(text,)])))["A2"] == text

    @settings(derandomize=True, deadline=None)
    @given(st.text(alphabet="<>/rtsi &\"';\nä😀", max_size=20).map(lambda inner: f"<r>{inner}</r>"))
    @example("<r>&</r>")
    @example("<r><t>somebody else</t></r>")
    @example("<r></r>")
    def test_a_text_that_looks_like_xml_survives(self, text: str) -> None:
        """Anybody who registers can type it, and must not damage everybody's workbook or put another name into it."""
        data = xlsx_file(Sheet((text,), [(text, 1)]))

        assert cells_of(data) == {"A1": text, "A2": text, "B2": 1}
        assert number_format(data, "A2") == "49"

    @settings(derandomize=True, deadline=None)
    @given(st.text(max_size=10))
    def test_no_text_that_looks_like_xml_damages_the_workbook(self, inner: str) -> None:
        """Controls included, of which such a text shows the codes."""
        shown = cells_of(xlsx_file(Sheet(("a",), [(f"<r>{inner}</r>",)])))["A2"]

        assert str(shown).startswith("<r>")
        assert str(shown).endswith("</r>")

    @pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "00123", "123456789012345678", "1E5", "+49 211", "true"])
    def test_texts_are_text_whatever_they_look_like(self, text: str) -> None:
        """No formula runs, and no id loses its zeros or its last digits."""
        data = xlsx_file(Sheet(("id",), [(text,)]))

        assert cells_of(data)["A2"] == text
        assert worksheet(data).findall(".//x:f", NAMESPACE) == []
        assert number_format(data, "A2") == "49"  # text, also once somebody edits the cell

    def test_numbers_are_numbers_and_nothing_is_nothing(self) -> None:
        """Minutes can be added up; minutes not available are an empty cell."""
        data = xlsx_file(Sheet(("email", "minutes", "left"), [("a", 41.5, ""), ("b", "", "x")]))

        assert cells_of(data) == {
            "A1": "email",
            "B1": "minutes",
            "C1": "left",
            "A2": "a",
            "B2": 41.5,
            "A3": "b",
            "C3": "x",
        }

    def test_columns_have_their_letters(self) -> None:
        """The 27th column is AA."""
        header = tuple(f"c{number}" for number in range(703))

        found = cells_of(xlsx_file(Sheet(header, [])))

        assert (found["Z1"], found["AA1"], found["AZ1"], found["ZZ1"], found["AAA1"]) == (
            "c25",
            "c26",
            "c51",
            "c701",
            "c702",
        )

    def test_a_row_longer_than_the_header_keeps_its_cells(self) -> None:
        """Uploaded lists have such rows."""
        assert cells_of(xlsx_file(Sheet(("a",), [("1", "extra")])))["B2"] == "extra"

    @pytest.mark.parametrize("letter", ["x", "😀"])
    def test_a_text_too_long_for_a_cell_is_cut(self, letter: str) -> None:
        """Excel would call the file damaged."""
        found = cells_of(xlsx_file(Sheet(("a",), [(letter * 40_000,)])))["A2"]

        assert isinstance(found, str)
        assert found.endswith("…")
        assert CELL_LENGTH - 1 <= len(found.encode("utf-16-le")) // 2 <= CELL_LENGTH

    def test_the_parts_are_those_of_a_workbook(self) -> None:
        """Each of them XML; the same sheet gives the same bytes."""
        data = xlsx_file(Sheet(("a",), [("b",)]))

        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            for name in names:
                ElementTree.fromstring(archive.read(name))
        assert names[0] == "[Content_Types].xml"
        assert data == xlsx_file(Sheet(("a",), [("b",)]))
