"""The uploaded file again, with what became of each row."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.contact_file import columns, receipt, table
from rollcall.contact_file.receipt import STATUS_COLUMNS, safe_cell
from rollcall.contact_file.table import Table
from tests.contact_file.lists import HEADER, a_file, a_table

STATUS = ["registered", "", "R-1", "https://rc.example/j/1", "https://rc.example/c/1"]


def receipt_of(found: Table, status: list[str] = STATUS) -> bytes:
    return receipt.write(
        found.header,
        [(row.cells, status) for row in found.rows],
        delimiter=found.delimiter,
        encoding=found.encoding,
        bom=found.bom,
        newline=found.newline,
    )


class TestWrite:
    def test_the_five_columns_follow_those_of_the_upload(self) -> None:
        """Same columns, same order, as many rows."""
        data = receipt_of(table.read(b"First Name,Email\nAda,ada@example.com\nBob,bob\n"))

        assert data == (
            b"First Name,Email,rollcall_status,rollcall_reason,rollcall_registrant_id,rollcall_join_link,"
            b"rollcall_cancel_link\n"
            b"Ada,ada@example.com,registered,,R-1,https://rc.example/j/1,https://rc.example/c/1\n"
            b"Bob,bob,registered,,R-1,https://rc.example/j/1,https://rc.example/c/1\n"
        )

    @pytest.mark.parametrize(
        ("bom", "encoding"),
        [
            (b"\xef\xbb\xbf", "utf-8"),
            (b"", "utf-8"),
            (b"\xff\xfe", "utf-16-le"),
            (b"\xfe\xff", "utf-16-be"),
            (b"", "cp1252"),
        ],
    )
    def test_it_is_written_as_the_upload_was(self, bom: bytes, encoding: str) -> None:
        """The program that made the file must be able to read it again."""
        uploaded = bom + "Vorname;E-Mail\r\nJürgen;j@example.com\r\n".encode(encoding)

        again = table.read(receipt_of(table.read(uploaded)))

        assert receipt_of(table.read(uploaded)).startswith(bom)
        assert (again.encoding, again.bom, again.delimiter, again.newline) == (encoding, bool(bom), ";", "\r\n")
        assert again.rows[0].cells == ("Jürgen", "j@example.com", *STATUS)

    def test_what_windows_1252_cannot_hold_makes_it_utf_8_with_bom(self) -> None:
        """A reason or a corrected name may have any letter, and Excel needs the BOM to see it."""
        found = table.read("Vorname;E-Mail\nJürgen;j@example.com\n".encode("cp1252"))

        data = receipt_of(found, ["refused", "→ Łódź", "", "", ""])

        assert data.startswith(b"\xef\xbb\xbf")
        assert table.read(data).rows[0].cells[3] == "→ Łódź"

    def test_a_row_longer_than_the_header_moves_nothing(self) -> None:
        """Its extra cells stand after the new columns, which so stay under their names."""
        again = table.read(receipt_of(table.read(b"Name,Email\nAda,a@example.com,extra\nBob,b@example.com\n")))

        assert again.rows[0].cells == ("Ada", "a@example.com", *STATUS, "extra")
        assert again.rows[1].cells[2] == "registered"

    def test_cells_that_are_gone_are_empty(self) -> None:
        """The uploaded cells can be deleted; what became of the people is still told."""
        again = table.read(receipt.write(HEADER, [([], STATUS)]))

        assert again.rows[0].cells == ("", "", "", *STATUS)

    def test_a_receipt_of_a_receipt_has_each_column_once(self) -> None:
        """Uploaded again to try the refused ones, it gets the new status in place of the old."""
        first = table.read(
            receipt_of(a_table(HEADER, ["Ada", "L", "ada@example.com"]), ["refused", "full", "", "", ""])
        )

        second = table.read(receipt_of(first))

        assert second.header == (*HEADER, *STATUS_COLUMNS)
        assert second.rows[0].cells == ("Ada", "L", "ada@example.com", *STATUS)

    def test_a_receipt_uploaded_again_is_matched_as_the_upload_was(self) -> None:
        """Its own columns are nobody's source, key or link."""
        uploaded = a_table([*HEADER, "Lead ID"], ["Ada", "L", "ada@example.com", "7"])

        assert columns.match(table.read(receipt_of(uploaded))) == columns.match(uploaded)

    def test_formulas_in_any_cell_and_column_name_are_guarded(self) -> None:
        """A name like this would run on the marketer's computer."""
        found = table.read(a_file(["=1+1", "Email"], ["=cmd|' /C calc'!A0", "a@example.com"]))

        again = table.read(receipt_of(found, ["@SUM(1)", "", "", "", ""]))

        assert again.header[0] == "'=1+1"
        assert again.rows[0].cells[:3] == ("'=cmd|' /C calc'!A0", "a@example.com", "'@SUM(1)")


class TestSafeCell:
    @pytest.mark.parametrize(
        "cell",
        ["=1+1", "+cmd", "-2+3+cmd|' '!A0", "@SUM(A1)", "|x", "%0A", " =1", "\t1+1", "\u00a0=1", "\ufeff=1",
         "\0=1", '"=1', "＝1", "＋1", "－a", "＠a", "-1+cmd", "+1*2", "\u200b=1"],
    )  # fmt: skip
    def test_what_a_spreadsheet_would_run_is_guarded_once(self, cell: str) -> None:
        """Also behind blanks and marks that spreadsheets drop; a second guard would change the value again."""
        assert safe_cell(cell) == "'" + cell
        assert safe_cell("'" + cell) == "'" + cell

    @pytest.mark.parametrize(
        "cell",
        ["", "Ada", "-12.5", "+3,5 %", "-1.234,56 €", "+49 211 123-45", "+49 (0)211/12345", "+1 (555) 010-9999", "-",
         "--", "—", "O'Brien", "'quoted'", "a=b", "ada@example.com", "https://acme.com/?a=1", "00123", "1 = 1",
         "(555) 1"],
    )  # fmt: skip
    def test_what_is_harmless_stays(self, cell: str) -> None:
        """Phone numbers and figures must come back as they were."""
        assert safe_cell(cell) == cell

    @pytest.mark.parametrize(
        ("cell", "guarded"),
        [
            ("x;=cmd|' /C calc'!A0;y", "x;'=cmd|' /C calc'!A0;y"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "\n'=1"),
            ("x,=1+1", "x,'=1+1"),
            ("x\t@SUM(1)", "x\t'@SUM(1)"),
            ("x\n=1", "x\n'=1"),
            ("x\r\n=1", "x\r\n'=1"),
            ("x; =1", "x;' =1"),
            ("x; -2+3+cmd|' '!A0", "x;' -2+3+cmd|' '!A0"),
            ("x;-2+cmd", "x;'-2+cmd"),
            ('x;"=1"', 'x;\'"=1"'),
            ("x;\u200b＝1", "x;'\u200b＝1"),
            ("=1;=2", "'=1;'=2"),
            (",,;=1", ",,;'=1"),
        ],
    )
    def test_what_would_run_where_another_delimiter_is_expected_is_guarded_once(self, cell: str, guarded: str) -> None:
        """A comma file is opened by double-click where Excel expects semicolons, and quotation marks do not help."""
        assert safe_cell(cell) == guarded
        assert safe_cell(guarded) == guarded

    @pytest.mark.parametrize(
        "cell",
        ["Paris, -Lyon", "a, @home", "1,-2", "[1,-2]", "5,-", "Tel. +49 211 1, +49 211 2", "0211-1;+49 211-2", "a;b=c",
         "x,'=1", "https://acme.com/@52.5,-13.4,15z?a=1;b=2", "one, two; three\nfour"],
    )  # fmt: skip
    def test_ordinary_text_with_delimiters_stays(self, cell: str) -> None:
        """Lists, phone numbers and places must come back as they were."""
        assert safe_cell(cell) == cell

    @given(st.text() | st.text(alphabet=";,\t\n=+-@ \"'a1(|"))
    def test_a_cell_is_changed_by_apostrophes_alone(self, cell: str) -> None:
        """And twice is as good as once."""
        assert safe_cell(cell).replace("'", "") == cell.replace("'", "")
        assert safe_cell(safe_cell(cell)) == safe_cell(cell)

    @given(st.lists(st.text(alphabet=";,\t\n=+-@ \"'a1(|", max_size=12), min_size=1), st.sampled_from(table.DELIMITERS))
    def test_no_part_of_a_cell_runs_whatever_delimiter_is_expected(self, cells: list[str], expected: str) -> None:
        """As a spreadsheet would see the file that takes it for one with this delimiter."""
        data = receipt.file_of([["Email", *cells]], delimiter=",", encoding="utf-8", bom=False, newline="\r\n")

        for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=expected):
            assert not any(cell.strip(' "\t\r\n').startswith("=") for cell in row)

    def test_a_long_cell_takes_no_time(self) -> None:
        """A cell of digits and blanks must not send the pattern searching for minutes."""
        assert safe_cell("-" + "1 " * 60_000 + "x").startswith("'")
        assert safe_cell(" " * 100_000 + "x").startswith(" ")
        assert safe_cell("x" + "\n" * 100_000).endswith("\n")
        assert safe_cell("x" + ", " * 100_000 + "=1").endswith(",' =1")


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n"), max_size=12)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6),
    st.sampled_from(table.DELIMITERS),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_every_receipt_comes_back_as_what_was_written(
    notes: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    """Any cell, but for the guard."""
    header = ["First Name", "Note", "Email"]
    rows = [([name, note, f"ada{number}@example.com"], STATUS) for number, (name, note) in enumerate(notes)]

    again = table.read(receipt.write(header, rows, delimiter=delimiter, encoding=encoding, bom=True))

    assert again.header == (*header, *STATUS_COLUMNS)
    assert [row.cells for row in again.rows] == [(*map(safe_cell, cells), *status) for cells, status in rows]


def test_the_guard_leaves_csv_that_pythons_reader_understands() -> None:
    """Delimiters, quotation marks and line breaks in cells are quoted, not lost."""
    data = receipt.write(["A", "B"], [(['x,"y"\nz', "="], [""] * 5)], bom=False)

    assert next(csv.reader(io.StringIO(data.decode().partition("\r\n")[2], newline="")))[:2] == ['x,"y"\nz', "'="]
