"""Contacts and marketing-event participants for HubSpot."""

from datetime import timedelta

from rollcall.attendance.exports import hubspot
from rollcall.attendance.exports.sheet import Cell, Export
from rollcall.attendance.exports.statuses import Statuses
from tests.attendance.exports.people import NINE, TEN, a_person, a_session, people_of


def records(export: Export) -> list[dict[str, Cell]]:
    return [dict(zip(export.sheet.header, row, strict=True)) for row in export.sheet.rows]


class TestContacts:
    def test_a_contact_has_the_state_of_the_event_and_the_keys(self) -> None:
        """So that a list in HubSpot can ask for who attended this webinar."""
        (ada,) = records(hubspot.contacts(people_of(a_person(external_id="lid=7")), a_session()))

        assert ada == {
            "Email": "ada@example.com",
            "First Name": "Ada",
            "Last Name": "Lovelace",
            "Webinar": "Product tour",
            "Webinar Date": "2026-11-23",
            "Webinar Status": "Attended",
            "Webinar Minutes": 60,
            "Webinar Source": "newsletter",
            "Webinar Registered On": "2026-11-20",
            "lid": "7",
        }

    def test_the_date_is_the_sessions_own(self) -> None:
        """23:30 UTC is the next day in Berlin."""
        late = a_session(starts_at=NINE.replace(hour=23, minute=30))

        assert records(hubspot.contacts(people_of(a_person()), late))[0]["Webinar Date"] == "2026-11-24"

    def test_both_days_are_of_one_zone(self) -> None:
        """Somebody who registers in the last minute before midnight has not registered a day before the webinar."""
        late = a_session(starts_at=NINE.replace(hour=23, minute=30))
        people = people_of(a_person(registered_at=NINE.replace(hour=23, minute=15)))

        (ada,) = records(hubspot.contacts(people, late))

        assert ada["Webinar Registered On"] == ada["Webinar Date"] == "2026-11-24"

    def test_an_empty_status_leaves_people_out(self) -> None:
        """The page promises it; an empty cell would clear what HubSpot knows."""
        people = people_of(a_person("came@x.example"), a_person("left@x.example", standing="cancelled"))

        made = hubspot.contacts(people, a_session(), words=Statuses(cancelled=""))

        assert [(one["Email"], one["Webinar Status"]) for one in records(made)] == [("came@x.example", "Attended")]
        assert [(one.email, one.reason) for one in made.left_out] == [("left@x.example", "no_status")]

    def test_an_address_is_there_once_with_the_stronger_standing(self) -> None:
        """HubSpot knows contacts by it, and the last row of two would win."""
        people = people_of(
            a_person("Ada@example.com", standing="cancelled"), a_person("ada@example.com"), a_person("nobody")
        )

        made = hubspot.contacts(people, a_session())

        assert [one["Email"] for one in records(made)] == ["ada@example.com"]
        assert [(one.email, one.reason) for one in made.left_out] == [
            ("Ada@example.com", "same_email"),
            ("nobody", "no_email"),
        ]

    def test_a_session_without_a_date_or_with_a_zone_nobody_knows_has_contacts_too(self) -> None:
        """RingCentral says what it says."""
        (ada,) = records(hubspot.contacts(people_of(a_person()), a_session(starts_at=None, time_zone="Mars/Base")))

        assert ada["Webinar Date"] == ""


class TestParticipants:
    def test_each_state_has_its_moment(self) -> None:
        """Registered, attended, cancelled are the three that the import asks for."""
        people = people_of(
            a_person("came@x.example"),
            a_person("missed@x.example", standing="absent"),
            a_person("left@x.example", standing="cancelled", gone_at=NINE - timedelta(hours=1)),
        )

        came, missed, left = records(hubspot.participants(people, a_session()))

        assert list(came) == ["Email", "Registered", "Attended", "Cancelled", "Joined At", "Left At"]
        assert list(came.values())[1:] == [
            "2026-11-20T09:00:00Z",
            "2026-11-23T09:00:00Z",
            "",
            "2026-11-23T09:00:00Z",
            "2026-11-23T10:00:00Z",
        ]
        assert (missed["Registered"], missed["Attended"], missed["Cancelled"]) == ("2026-11-20T09:00:00Z", "", "")
        assert (left["Attended"], left["Cancelled"]) == ("", "2026-11-23T08:00:00Z")

    def test_a_moment_that_is_not_known_is_the_next_that_is(self) -> None:
        """Without the host's right nobody's times are known, but who attended is; and an empty cell would say: no."""
        people = people_of(
            a_person("came@x.example", first_join=None, last_leave=None),
            a_person("left@x.example", standing="cancelled"),
        )
        session = a_session(broadcast_start=NINE + timedelta(minutes=10))

        came, left = records(hubspot.participants(people, session))

        assert (came["Attended"], came["Joined At"]) == ("2026-11-23T09:10:00Z", "")
        assert left["Cancelled"] == (TEN + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_nobody_registers_after_they_came(self) -> None:
        """Lists are read after the session; who registered when is not told for everybody."""
        people = people_of(
            a_person("came@x.example", registered_at=None),
            a_person("missed@x.example", registered_at=None, standing="absent"),
            a_person("left@x.example", registered_at=None, standing="cancelled", gone_at=NINE - timedelta(days=1)),
        )

        came, missed, left = records(hubspot.participants(people, a_session()))

        assert came["Registered"] == came["Attended"] == "2026-11-23T09:00:00Z"
        assert missed["Registered"] == "2026-11-23T12:00:00Z"
        assert left["Registered"] == left["Cancelled"] == "2026-11-22T09:00:00Z"

    def test_a_word_can_stand_for_the_moment(self) -> None:
        """Which of both an account takes could not be tried."""
        (ada,) = records(hubspot.participants(people_of(a_person()), a_session(), mark="TRUE"))

        assert (ada["Registered"], ada["Attended"], ada["Cancelled"]) == ("TRUE", "TRUE", "")

    def test_nobody_is_a_header(self) -> None:
        """A list may be empty."""
        assert hubspot.participants(people_of(), a_session()).sheet.rows == []
        assert hubspot.contacts(people_of(), a_session()).sheet.rows == []
