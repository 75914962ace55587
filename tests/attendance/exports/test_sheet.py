"""A table as a CSV file."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.attendance.exports import sheet
from rollcall.attendance.exports.sheet import LeftOut, Sheet, csv_file, csv_parts
from rollcall.contact_file import table
from rollcall.contact_file.receipt import safe_cell

FORMULA = re.compile(r"[\s\x00\ufeff\u200b-\u200f\u2060\"“”„]*[=+\-@|%＝＋－＠｜％]|[ \x00]*[\t\r]")
NUMBER_OR_PHONE = re.compile(r"(?=\D*\d)[+-]?[\d\s().,/–-]+[%€$£]?|[-–—]+")
ROWS = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5)


def cells_of(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


class TestCsvFile:
    @settings(derandomize=True, deadline=None)
    @given(ROWS, st.sampled_from([",", ";", "\t"]), st.booleans())
    def test_any_text_survives(self, rows: list[tuple[str, str]], delimiter: str, bom: bool) -> None:
        """Names hold anything; only the apostrophe of a guarded cell is ours."""
        again = cells_of(csv_file(Sheet(("a", "b"), list(rows)), delimiter=delimiter, bom=bom), delimiter)

        assert again[0] == ["a", "b"]
        for row, back in zip(rows, again[1:], strict=True):
            assert back == [safe_cell(text) for text in row]
            assert all(cell == text for text, cell in zip(row, back, strict=True) if text.isalnum())

    @settings(derandomize=True, deadline=None)
    @given(st.lists(st.text(max_size=20) | st.sampled_from(["=1+1", "+cmd|' /C calc'!A0", "@x", "\t=1", "-2+3"])))
    def test_no_cell_begins_with_a_formula_unless_it_is_a_number_or_phone(self, texts: list[str]) -> None:
        """A registrant's name must not run on the marketer's computer."""
        for (cell,) in cells_of(csv_file(Sheet(("name",), [(text,) for text in texts])))[1:]:
            assert not FORMULA.match(cell) or NUMBER_OR_PHONE.fullmatch(cell.strip())

    @pytest.mark.parametrize("text", ["+49 211 123-45", "-12.5", "00123", "00Q5e000001ABCdEAG", "123456789012345678"])
    def test_phone_numbers_and_ids_stay(self, text: str) -> None:
        """A CRM would not find the lead again."""
        assert cells_of(csv_file(Sheet(("id",), [(text,)])))[1] == [text]

    def test_every_cell_is_quoted(self) -> None:
        """And where a semicolon parts cells all the same, `x;=1` is no formula of its own."""
        assert csv_file(Sheet(("a", "b"), [("x;=1", 7)])) == b'"a","b"\r\n"x;\'=1","7"\r\n'

    def test_excel_gets_its_mark_by_choice(self) -> None:
        """Without it Excel reads names in the encoding of the country; with it a CRM may misread the first column."""
        one = Sheet(("name",), [("Łódź",)])

        assert csv_file(one, bom=True) == b"\xef\xbb\xbf" + csv_file(one)

    def test_a_column_name_is_guarded_too(self) -> None:
        """Keys of an external ID become columns, and anybody may choose a key."""
        assert csv_file(Sheet(("=1+1",), [])) == b'"\'=1+1"\r\n'

    def test_half_a_surrogate_pair_does_not_stop_the_file(self) -> None:
        """JSON can hold one, UTF-8 cannot."""
        assert csv_file(Sheet(("name",), [("Ada\ud800",)])) == b'"name"\r\n"Ada?"\r\n'


class TestCsvParts:
    @settings(derandomize=True, deadline=None)
    @given(st.integers(0, 12), st.integers(1, 5), st.integers(20, 60))
    def test_the_parts_hold_everybody_once_within_the_limits(self, count: int, rows: int, size: int) -> None:
        """A file that is too large is refused whole."""
        one = Sheet(("email",), [(f"{number}@x.example",) for number in range(count)])

        parts = [cells_of(data) for data in csv_parts(one, rows=rows, size=size)]

        assert [row[0] for part in parts for row in part[1:]] == [row[0] for row in one.rows]
        assert all(len(part) - 1 <= rows for part in parts)
        assert all(len(data) <= size or len(cells_of(data)) == 2 for data in csv_parts(one, rows=rows, size=size))

    def test_nobody_is_a_file_with_a_header(self) -> None:
        """An empty list is told by an empty file, not by none."""
        assert list(csv_parts(Sheet(("email",), []), rows=10, size=100)) == [b'"email"\r\n']


def test_minutes_not_available_are_empty_and_never_0() -> None:
    """0 minutes would be said of somebody who came."""
    assert sheet.numbers(pd.Series([float("nan"), 0.0, 42.0, 41.66])) == ["", 0, 42, 41.7]


def test_times_are_told_in_the_zone_asked_for() -> None:
    """The hour that a day of changing clocks has twice is told by its date and zone only in UTC."""
    moments = pd.to_datetime(pd.Series(["2026-10-25T00:30:00Z", None]), utc=True)

    assert sheet.times(moments, sheet.READABLE, zone="Europe/Berlin") == ["2026-10-25 02:30:00", ""]
    assert sheet.times(moments, sheet.ISO_UTC) == ["2026-10-25T00:30:00Z", ""]


def test_those_left_out_are_a_file_of_their_own() -> None:
    """With the reason, so that somebody can look them up."""
    left_out = [LeftOut("ada@example.com", "Ada", "Lovelace", "lid=7", "not_an_id")]

    made = sheet.left_out_sheet(left_out)

    assert made.header == ("email", "first_name", "last_name", "external_id", "reason")
    assert made.rows == [("ada@example.com", "Ada", "Lovelace", "lid=7", "not_an_id")]
    assert "ada" not in repr(left_out).lower()


class TestCsvLike:
    """A sheet in the form of the list it was made from."""

    @pytest.mark.parametrize(
        ("encoding", "bom"), [("utf-8", b"\xef\xbb\xbf"), ("utf-8", b""), ("cp1252", b""), ("utf-16-le", b"\xff\xfe")]
    )
    def test_it_is_written_as_the_list_was(self, encoding: str, bom: bytes) -> None:
        """Whatever took the list before takes it again."""
        text = "Name;Ort\nZoë;Köln\n"
        read = table.read(bom + text.encode(encoding))

        again = sheet.csv_like(Sheet(read.header, [row.cells for row in read.rows]), read)

        assert again == bom + text.encode(encoding)

    def test_a_formula_is_guarded_and_numbers_are_written(self) -> None:
        """What we add must not run, and a cell of the marketer's own must not either."""
        read = table.read(b"Name,City\nAda,London\n")

        again = sheet.csv_like(Sheet(("Name", "minutes"), [("=1+1", 41.5)]), read, bom=True)

        assert again == b"\xef\xbb\xbfName,minutes\n'=1+1,41.5\n"

    def test_a_character_that_the_encoding_lacks_makes_it_utf_8(self) -> None:
        """A registrant's source in Greek, in a list from an old Windows."""
        read = table.read("Name;Ort\nZoë;Köln\n".encode("cp1252"))

        again = sheet.csv_like(Sheet(("Name",), [("Ελένη",)]), read)

        assert again == "\ufeffName\nΕλένη\n".encode()
