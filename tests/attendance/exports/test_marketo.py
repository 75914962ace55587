"""Program members for Marketo."""

from rollcall.attendance.exports import marketo
from rollcall.attendance.exports.marketo import program_members
from rollcall.attendance.exports.statuses import Statuses
from tests.attendance.exports.people import a_person, people_of


class TestProgramMembers:
    def test_each_status_is_a_file(self) -> None:
        """An import gives all its rows the same status."""
        people = people_of(a_person("a@x.example"), a_person("b@x.example", standing="absent"), a_person("c@x.example"))

        made = program_members(people)

        assert list(made.sheets) == ["Attended", "No Show"]
        assert made.sheets["Attended"].header == ("email", "firstName", "lastName")
        assert [row[0] for row in made.sheets["Attended"].rows] == ["a@x.example", "c@x.example"]
        assert made.sheets["No Show"].rows == [("b@x.example", "Ada", "Lovelace")]

    def test_whoever_cancelled_has_no_status_unless_somebody_made_one(self) -> None:
        """A status that the channel does not have would fail the whole import."""
        people = people_of(a_person(standing="cancelled"))

        assert [one.reason for one in program_members(people).left_out] == ["no_status"]
        assert list(program_members(people, words=Statuses(cancelled="Cancelled")).sheets) == ["Cancelled"]

    def test_nobody_moves_back_because_they_had_registered_twice(self) -> None:
        """Marketo knows people by their address, and the weaker file may be imported last."""
        people = people_of(a_person("a@x.example", standing="absent"), a_person("A@x.example"))

        made = program_members(people)

        assert list(made.sheets) == ["Attended"]
        assert [(one.email, one.reason) for one in made.left_out] == [("a@x.example", "same_email")]

    def test_two_standings_of_one_status_are_one_file(self) -> None:
        """Registered before it is over, and registered on demand."""
        people = people_of(
            a_person("a@x.example", standing="not_yet_known"),
            a_person("b@x.example", standing="absent", is_on_demand=True),
        )

        assert {name: len(sheet.rows) for name, sheet in program_members(people).sheets.items()} == {"Registered": 2}

    def test_a_file_is_below_ten_megabytes(self) -> None:
        """As the limit is documented: less than 10 MB."""
        assert marketo.BYTES < 10 * 1024 * 1024

    def test_nobody_is_no_file(self) -> None:
        """There is no status to import."""
        assert program_members(people_of()).sheets == {}
