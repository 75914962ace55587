"""Bytes → a table, or the reason why not."""

import contextlib
import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.contact_file import table
from rollcall.contact_file.table import FileProblem, Table

BOMS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
PEOPLE = "First Name,Last Name,Email\r\nAda,Lovelace,ada@example.com\r\nGrace,Hopper,grace@example.com\r\n"


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(FileProblem) as caught:
        table.read(data)
    return caught.value.code, caught.value.detail


def cells(found: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in found.rows]


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize("bom", [True, False])
    def test_unicode_files_are_read_with_and_without_bom(self, encoding: str, bom: bool) -> None:
        """Excel's "Unicode text" is UTF-16, its "CSV UTF-8" has a BOM, everybody else's has none."""
        text = "Vorname;Nachname;E-Mail\nJürgen;Kovač;j@example.com\n"

        found = table.read((BOMS[encoding] if bom else b"") + text.encode(encoding))

        assert cells(found) == [("Jürgen", "Kovač", "j@example.com")]
        assert (found.encoding, found.bom, found.delimiter, found.header[0]) == (encoding, bom, ";", "Vorname")

    def test_windows_1252_is_read(self) -> None:
        """What Excel still writes as plain "CSV" in western Europe."""
        found = table.read("Vorname;Nachname;E-Mail\nRenée;O’Brien – Müller;r@example.com\n".encode("cp1252"))

        assert found.encoding == "cp1252"
        assert cells(found) == [("Renée", "O’Brien – Müller", "r@example.com")]

    @pytest.mark.parametrize(
        ("data", "detail"),
        [
            ("Имя,Email\nНаталья,n@example.com\n".encode("cp1251"), "not western"),
            ("氏名,ふりがな,Email\n山田太郎,やまだたろう,y@example.com\n".encode("cp932"), "not western"),
            ("Imię,Email\nMałgorzata,m@example.com\n".encode("cp1250"), "not western"),
            ("Name,Email\nJürgen,j@example.com\n".encode("mac_roman"), "not western"),
            ("Name,Email\nJürgen,j@example.com\n".encode() + b"Ren\xe9,r@example.com\n", "line 3"),
            (b"Name,Email\n\x81\x8d,r@example.com\n", "line 2"),
            (BOMS["utf-8"] + b"Name,Email\nRen\xe9,r@example.com\n", "line 2"),
            (BOMS["utf-16-le"] + "Name,Email\n".encode("utf-16-le") + b"\x00\xd8a\x00", "line 2"),
        ],
    )
    def test_what_could_only_be_guessed_is_not_read(self, data: bytes, detail: str) -> None:
        """A thousand mails to "Ma³gorzata" are worse than a question."""
        assert refusal(data) == ("undecodable", detail)

    def test_a_bad_byte_is_found_wherever_the_pieces_are_cut(self) -> None:
        """The file is tried in pieces of 64 kB; a letter may lie across two."""
        head = b"Name,Email\n"
        good = head + b"x" * (65_535 - len(head)) + "ü,a@example.com\n".encode()

        assert table.read(good).encoding == "utf-8"
        assert refusal(good + b"caf\xe9,b@example.com\n") == ("undecodable", "line 3")

    def test_nul_characters_are_dropped_and_counted(self) -> None:
        """Some exports pad with them; the database takes none."""
        found = table.read(PEOPLE.replace("Ada", "A\0da\0").encode())

        assert (cells(found)[0][0], found.nul_count) == ("Ada", 2)


class TestKind:
    @pytest.mark.parametrize(
        ("data", "kind"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "pdf"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "image"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "archive"),
            (b"<html><table><tr><td>Email</td></tr></table></html>", "html"),
            (b'\xef\xbb\xbf<?xml version="1.0"?><people/>', "xml"),
            (b'[{"email": "ada@example.com"}]', "json"),
            (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "vcard"),
            (b"{\\rtf1\\ansi Email}", "rtf"),
            ("Email\n".encode("utf-32"), "utf32"),
            (bytes(range(256)) * 40, "binary"),
            (b"a\0\0\0\0b\0\0\0\0,\0\0\0" * 40, "binary"),
            (b"Name|Email\nAda|ada@example.com\nBob|bob@example.com\n", "delimiter"),
        ],
    )
    def test_what_is_no_csv_is_named(self, data: bytes, kind: str) -> None:
        """The page says for each how to save it as CSV; the file's name does not count."""
        assert refusal(data) == ("not_csv", kind)

    @pytest.mark.parametrize(
        ("inside", "kind"),
        [
            ("xl/workbook.xml", "xlsx"),
            ("Index/Document.iwa", "numbers"),
            ("word/document.xml", "docx"),
            ("people.csv", "archive"),
        ],
    )
    def test_zip_files_are_told_apart(self, inside: str, kind: str) -> None:
        """Spreadsheets are ZIP files, and each program saves as CSV in another menu."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(inside, "…")

        assert refusal(buffer.getvalue()) == ("not_csv", kind)

    @pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n\t\n", b"\0" * 100, b",,\n,,\n"])
    def test_an_empty_file_is_said_to_be_empty(self, data: bytes) -> None:
        """Also one that only looks as if there were something in it."""
        assert refusal(data) == ("empty", "")

    @given(st.binary(max_size=300))
    def test_no_bytes_break_it(self, data: bytes) -> None:
        """Whatever is uploaded, there is an answer."""
        with contextlib.suppress(FileProblem):
            table.read(data)


class TestDelimiter:
    @pytest.mark.parametrize("delimiter", table.DELIMITERS)
    def test_comma_semicolon_and_tab_are_found(self, delimiter: str) -> None:
        """Excel writes the one of the country it is in."""
        assert table.read(PEOPLE.replace(",", delimiter).encode()).delimiter == delimiter

    def test_the_address_decides_where_both_fit(self) -> None:
        """Every row of "Lovelace, Ada;ada@…" has two cells either way."""
        found = table.read(b"Name, given;Email\nLovelace, Ada;ada@example.com\nHopper, Grace;grace@example.com\n")

        assert (found.delimiter, cells(found)[0]) == (";", ("Lovelace, Ada", "ada@example.com"))

    def test_one_column_needs_no_delimiter(self) -> None:
        """A bare list of addresses is a list too."""
        assert cells(table.read(b"Email\nada@example.com\nbob@example.com\n")) == [
            ("ada@example.com",),
            ("bob@example.com",),
        ]

    def test_excels_sep_line_is_obeyed_and_is_no_row(self) -> None:
        """Line numbers still count it, because the marketer's editor does."""
        found = table.read(b"sep=;\r\nName;Email\r\nAda;ada@example.com\r\n")

        assert (found.delimiter, found.header, found.rows[0].line) == (";", ("Name", "Email"), 3)

    def test_another_sep_is_refused(self) -> None:
        """It says itself that it is parted by something we do not read."""
        assert refusal(b"sep=^\nName^Email\nAda^ada@example.com\n") == ("not_csv", "delimiter")


class TestHeader:
    @pytest.mark.parametrize(
        "data",
        [b"Ada,Lovelace,ada@example.com\nBob,B,bob@example.com\n", b"1,2,3\n4,5,6\n", b"\nAda,ada@example.com\n"],
    )
    def test_a_file_without_column_names_is_refused(self, data: bytes) -> None:
        """Taken as names, the first person would be missing without a word."""
        assert refusal(data)[0] == "no_header"

    def test_a_title_above_the_names_is_no_header(self) -> None:
        """Reports put one there; every column would be called nothing."""
        assert refusal(b"Attendees,,\nName,Surname,Email\nAda,L,ada@example.com\n") == ("no_header", "line 1")

    @pytest.mark.parametrize("data", [b"Name,Email", b"Name,Email\n\n,\n"])
    def test_a_header_alone_has_no_rows(self, data: bytes) -> None:
        """An export whose filter matched nobody."""
        assert refusal(data) == ("no_rows", "")

    def test_names_are_kept_as_they_are(self) -> None:
        """They come back in the receipt; two columns of one name and one without are still three."""
        assert table.read(b" Email ,Email,\na@example.com,b,c\n").header == (" Email ", "Email", "")


class TestRows:
    def test_lines_are_those_of_an_editor(self) -> None:
        """A cell over three lines moves all that follow; the message must point to the right place."""
        found = table.read(b'Name,Email\n"A\nd\na",ada@example.com\n\nBob,bob@example.com\n')

        assert [(row.line, row.cells[0]) for row in found.rows] == [(2, "A\nd\na"), (6, "Bob")]
        assert found.blank_rows == 1

    @pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
    def test_every_kind_of_line_end_is_read(self, newline: str) -> None:
        """Old Macs wrote CR alone, which many readers take for one long row."""
        found = table.read(PEOPLE.replace("\r\n", newline).replace(",", ";").encode())

        assert (len(found.rows), found.newline, found.delimiter) == (2, newline, ";")

    def test_short_rows_are_filled_and_long_ones_keep_what_they_have(self) -> None:
        """Nothing of the upload may be lost in the receipt; empty cells at the end are nothing."""
        found = table.read(b"Name,Email\nAda\nBob,bob@example.com,x\nCyd,cyd@example.com,,\n")

        assert cells(found) == [("Ada", ""), ("Bob", "bob@example.com", "x"), ("Cyd", "cyd@example.com")]
        assert (found.short_rows, found.long_rows) == (1, 1)

    def test_ids_keep_their_zeros(self) -> None:
        """Everything stays text, or 00123 would be another lead."""
        assert cells(table.read(b"Email,Lead ID\na@example.com,00123\n"))[0][1] == "00123"

    def test_a_quotation_mark_within_a_line_does_no_harm(self) -> None:
        """Nicknames are written so."""
        assert cells(table.read(b'Name,Email\nAda "Countess" L,a@example.com\n"B" x,b@example.com\n')) == [
            ('Ada "Countess" L', "a@example.com"),
            ("B x", "b@example.com"),
        ]

    @pytest.mark.parametrize(
        ("data", "detail"),
        [
            (b'Name,Email\nAda,a@example.com\n"Bob,b@example.com\nCyd,c@example.com\n', "line 3"),
            (b'"Name","Email"\n"Ada","a@example.com\n"Bob","b@example.com"\n', "line 2"),
            (b'Name,Email\n"Ada,a@example.com\n' + b"Bob,b@example.com\n" * 30 + b'",x\n', "line 2"),
            (b'Name,Email\n"' + b"x" * 140_000 + b'",a@example.com\n', "line 2"),
        ],
    )
    def test_a_quotation_mark_that_swallows_people_is_found(self, data: bytes, detail: str) -> None:
        """Read as one long cell, the people below it would be missing without a word."""
        assert refusal(data) == ("unclosed_quote", detail)

    def test_a_long_note_is_no_swallowed_table(self) -> None:
        """CRM notes run over thirty lines and are quoted properly."""
        note = "\n".join(["Called."] * 30)

        assert cells(table.read(f'Email,Note\na@example.com,"{note}"\n'.encode()))[0][1] == note


class TestLimits:
    def test_more_than_25_megabytes_are_refused(self) -> None:
        """Before anything is parsed."""
        assert refusal(b"x" * (25 * 1024 * 1024 + 1)) == ("too_large", "26214401 of 26214400")

    def test_50000_rows_are_read_and_one_more_is_refused(self) -> None:
        """At ten a minute that is 83 hours already."""
        data = b"Email\n" + b"a@example.com\n" * 50_000

        assert len(table.read(data).rows) == 50_000
        assert refusal(data + b"b@example.com\n") == ("too_many_rows", "50000")

    def test_more_than_200_columns_are_refused(self) -> None:
        """In the header, or where a row runs away."""
        header = b",".join(b"c%d" % number for number in range(201))

        assert refusal(header + b"\nx\n") == ("too_many_columns", "201 of 200")
        assert refusal(b"Email\n" + b"x," * 200 + b"x\n") == ("too_many_columns", "201 of 200")


WORD = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n"), max_size=12)
# An accented letter before an ASCII one, as in words: two in a row may be one letter of UTF-8.
WESTERN = st.lists(st.sampled_from([*' ,;\t"\nabX01|=+-@', "Éa", "éa", "ün", "ña", "øy", "’s"]), max_size=12).map(
    "".join
)


def written(rows: list[list[str]], *, encoding: str, bom: bool, **dialect: object) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, **dialect).writerows(rows)  # type: ignore[call-overload]
    return (BOMS.get(encoding, b"") if bom else b"") + buffer.getvalue().encode(encoding)


@settings(max_examples=200)
@given(
    data=st.data(),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1252"]),
    delimiter=st.sampled_from(table.DELIMITERS),
    newline=st.sampled_from(["\r\n", "\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_whatever_pythons_csv_writes_comes_back(
    data: st.DataObject, encoding: str, delimiter: str, newline: str, quoting: int
) -> None:
    """Any cells in any supported dialect. The addresses are what tells the delimiter, as in a real list."""
    text = WESTERN if encoding == "cp1252" else WORD
    header = ["First Name", "Note", "Email"]
    rows = [
        ["Ada", note, f"ada{number}@example.com"]
        for number, note in enumerate(data.draw(st.lists(text, min_size=1, max_size=8)))
    ]
    bom = encoding != "utf-8" or data.draw(st.booleans())

    found = table.read(
        written(
            [header, *rows], encoding=encoding, bom=bom, delimiter=delimiter, lineterminator=newline, quoting=quoting
        )
    )

    assert (list(found.header), [list(row.cells) for row in found.rows]) == (header, rows)
    assert found.delimiter == delimiter
