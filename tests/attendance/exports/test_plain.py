"""Everything that is known of the people, a column each."""

from rollcall.attendance.exports import keys, plain
from rollcall.attendance.exports.sheet import Cell
from tests.attendance.exports.people import a_person, people_of


def records(*people: dict[str, object], links: bool = False) -> list[dict[str, Cell]]:
    made = plain.sheet(people_of(*people), zone="Europe/Berlin", links=links)
    return [dict(zip(made.header, row, strict=True)) for row in made.rows]


class TestSheet:
    def test_a_person_has_their_attendance_and_their_keys(self) -> None:
        """What a marketer looks at first, in the zone of the session."""
        (ada,) = records(a_person(external_id="lid=123&oid=4%4056"))

        assert ada == {
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "registrant_id": "R-ada@example.com",
            "source": "newsletter",
            "standing": "attended",
            "minutes": 60,
            "registered_at (Europe/Berlin)": "2026-11-20 10:00:00",
            "first_join (Europe/Berlin)": "2026-11-23 10:00:00",
            "last_leave (Europe/Berlin)": "2026-11-23 11:00:00",
            "new": "yes",
            "returning": "no",
            "on_demand": "no",
            "lid": "123",
            "oid": "4@56",
        }

    def test_links_come_only_when_asked_for(self) -> None:
        """Whoever has a link can join under that name."""
        assert "join_uri" not in records(a_person())[0]
        assert records(a_person(), links=True)[0]["join_uri"] == "https://rc.example/j/1"

    def test_a_zone_nobody_knows_is_utc_and_says_so(self) -> None:
        """The column must not name another zone than its times have."""
        made = plain.sheet(people_of(a_person()), zone="Mars/Base")

        assert dict(zip(made.header, made.rows[0], strict=True))["registered_at (UTC)"] == "2026-11-20 09:00:00"

    def test_whoever_registered_afterwards_is_not_called_absent(self) -> None:
        """They could not be there."""
        assert records(a_person(standing="absent", is_on_demand=True))[0]["standing"] == "on demand"

    def test_nobody_is_a_header(self) -> None:
        """A list may be empty."""
        assert plain.sheet(people_of()).rows == []


class TestKeys:
    def test_a_string_that_is_none_of_ours_stands_whole(self) -> None:
        """It may be an id all the same."""
        columns = keys.columns(["lid=7", "00Q5e000001ABCd", ""], taken=[])

        assert columns == {"lid": ["7", "", ""], "external_id": ["", "00Q5e000001ABCd", ""]}

    def test_a_key_named_as_a_column_gets_a_name_of_its_own(self) -> None:
        """Two columns `email` would be a trap for every import, and a key may be anything."""
        columns = keys.columns(["Email=x&external_id=y&lid=1"], taken=["email"])

        assert list(columns) == ["external_id.Email", "external_id.external_id", "lid"]

    def test_no_key_takes_the_column_of_another(self) -> None:
        """One may be called as another is written; the column would hold one person's value and lose the others'."""
        columns = keys.columns(["external_id.email=A&email=B", "external_id.email=C"], taken=["email"])

        assert columns == {"external_id.email": ["A", "C"], "external_id.external_id.email": ["B", ""]}

    def test_keys_that_differ_in_case_stay_apart(self) -> None:
        """Programs that fold case would merge the columns."""
        assert list(keys.columns(["lid=1&LID=2"], taken=[])) == ["LID", "external_id.lid"]

    def test_a_key_written_twice_is_nobodys_id(self) -> None:
        """Both values are shown; neither is taken for the right one."""
        assert keys.columns(["lid=1&lid=2"], taken=[]) == {"lid": ["1; 2"]}

    def test_strings_that_look_like_pairs_by_chance_do_not_become_thousands_of_columns(self) -> None:
        """`dGVzdA=` would be a key without a value; HubSpot takes fewer than 1,000 columns."""
        ids = [f"token{number}=" for number in range(200)]

        columns = keys.columns(ids, taken=[])

        assert len(columns) == keys.MAX_COLUMNS + 1
        assert sum(map(bool, columns["external_id"])) == 150
