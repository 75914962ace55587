"""Rows → people and problems."""

from rollcall.contact_file import columns, rows
from rollcall.contact_file.columns import Mapping
from rollcall.contact_file.rows import CheckedRow
from rollcall.person import Person
from tests.contact_file.lists import HEADER, a_table

NAMES_AND_EMAIL = Mapping(first_name=0, last_name=1, email=2)


def checked(*people: list[str], header: list[str] = HEADER, mapping: Mapping = NAMES_AND_EMAIL) -> list[CheckedRow]:
    return list(rows.check_rows(a_table(header, *people), mapping))


def external_ids(*people: list[str], mapping: Mapping) -> list[str]:
    found = checked(*people, header=[*HEADER, "Lead", "Deal"], mapping=mapping)
    return [row.person.external_id for row in found if row.person]


def test_a_good_row_becomes_a_person() -> None:
    """With the line it stands on, which is what the marketer sees in the file."""
    assert checked(["Ada", "Lovelace", "ada@Example.com"]) == [
        CheckedRow(2, Person("Ada", "Lovelace", "ada@example.com"))
    ]


def test_every_problem_of_every_row_is_found_in_one_pass() -> None:
    """With column, value and reason; a file is corrected once, not once a mistake."""
    found = checked(["", "x" * 65, "ada"], ["Ada", "L", "ada@example.com"], ["Bob", "", "bob@x"])

    assert [[(problem.column, problem.code, problem.detail) for problem in row.problems] for row in found] == [
        [("First Name", "required", ""), ("Last Name", "too_long", "65 of 64"), ("Email", "no_at", "")],
        [],
        [("Last Name", "required", ""), ("Email", "no_ending", "")],
    ]
    assert [row.person is None for row in found] == [True, False, True]
    assert found[2].problems[1].value == "bob@x"


def test_the_first_good_row_of_an_address_wins() -> None:
    """A row that cannot be registered must not keep out the one that can."""
    found = checked(
        ["", "L", "ada@example.com"],
        ["Ada", "L", "ADA@example.com"],
        ["Ada", "Lovelace", "ada@EXAMPLE.com"],
        ["Bob", "B", "bob@example.com"],
    )

    assert [row.duplicate_of for row in found] == [None, None, 3, None]


def test_formulas_and_markup_are_names_like_any_other() -> None:
    """They are text here; what shows or writes them guards itself."""
    (row,) = checked(["=HYPERLINK(1)", "<b>L</b>", "ada@example.com"])

    assert row.person == Person("=HYPERLINK(1)", "<b>L</b>", "ada@example.com")


def test_what_no_column_gives_is_missing_in_every_row() -> None:
    """Before the columns are matched, the page can already count."""
    (row,) = checked(["Ada", "L", "ada@example.com"], mapping=Mapping(email=2))

    assert [(problem.field, problem.column, problem.code) for problem in row.problems] == [
        ("first_name", "", "required"),
        ("last_name", "", "required"),
    ]


def test_a_constant_source_stands_where_the_cell_is_empty() -> None:
    """The file knows better where it says something."""
    mapping = Mapping(0, 1, 2, source=3, source_constant="Mailing")
    found = checked(["A", "A", "a@example.com", " "], ["B", "B", "b@example.com", "Fair"],
                    header=[*HEADER, "Source"], mapping=mapping)  # fmt: skip

    assert [row.person and row.person.source for row in found] == ["Mailing", "Fair"]


def test_key_columns_become_the_external_id() -> None:
    """In the order of the mapping; an empty cell gives no key."""
    mapping = Mapping(0, 1, 2, keys=((3, "lid"), (4, "oid")))

    assert external_ids(
        ["A", "A", "a@example.com", " 1 ", "4@56"],
        ["B", "B", "b@example.com", "", "ü"],
        ["C", "C", "c@example.com", "", ""],
        mapping=mapping,
    ) == ["lid=1&oid=4%4056", "oid=%C3%BC", ""]


def test_constant_keys_come_after_those_of_columns_and_fill_their_gaps() -> None:
    """One campaign for all, a lead where there is one."""
    mapping = Mapping(0, 1, 2, keys=((3, "lid"),), constant_keys=(("camp", "c 1"), ("lid", "none")))

    assert external_ids(["A", "A", "a@example.com", "7"], ["B", "B", "b@example.com"], mapping=mapping) == [
        "lid=7&camp=c%201",
        "camp=c%201&lid=none",
    ]


def test_an_external_id_that_is_too_long_is_a_problem_of_its_columns() -> None:
    """Beside the others of the row."""
    mapping = Mapping(0, 1, 2, keys=((3, "lid"), (4, "oid")))
    (row,) = checked(["A", "", "a@example.com", "x" * 200, "y" * 50], header=[*HEADER, "Lead", "Deal"], mapping=mapping)

    assert [(problem.column, problem.code, problem.detail) for problem in row.problems] == [
        ("Last Name", "required", ""),
        ("Lead, Deal", "too_long", "259 of 255"),
    ]


def test_a_key_given_to_two_columns_is_said_at_once() -> None:
    """By hand the same key can be chosen twice."""
    mapping = Mapping(0, 1, 2, keys=((3, "lid"), (4, "lid")))
    (row,) = checked(["A", "A", "a@example.com", "1", "2"], header=[*HEADER, "Lead", "Deal"], mapping=mapping)

    assert [(problem.code, problem.value) for problem in row.problems] == [("duplicate_key", "lid")]


def test_a_row_longer_than_the_header_gives_its_columns() -> None:
    """Extra cells belong to no column."""
    (row,) = checked(["Ada", "L", "ada@example.com", "extra"], mapping=Mapping(0, 1, 2))

    assert row.person is not None
    assert row.person.source == ""


def test_a_file_is_matched_and_checked_as_it_is() -> None:
    """The three steps together, as the upload does them."""
    table = a_table(["Email", "Vorname", "Nachname", "Lead ID"], ["ada@example.com", "Ada", "L", "9"])

    (row,) = rows.check_rows(table, columns.match(table))

    assert row.person == Person("Ada", "L", "ada@example.com", external_id="lid=9")


def test_no_repr_shows_anybodys_data() -> None:
    """Rows pass through many hands, and some log."""
    found = checked(["Zebedee", "L", "z@example.com"], ["Zebedee", "L", "zebedee"])

    assert "ebedee" not in repr(found) + repr(a_table(HEADER, ["Zebedee", "L", "z@example.com"]))
