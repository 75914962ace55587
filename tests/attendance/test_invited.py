"""The list that was invited, given back with who registered and came."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.attendance import invited
from rollcall.attendance.exports.sheet import csv_file
from rollcall.attendance.invited import Group, Identity, Lead, Matched, Note
from rollcall.contact_file import columns, table
from tests.attendance.exports.people import NINE, a_person, people_of
from tests.contact_file.lists import a_file, a_table

LEAD_15, LEAD = "00Q5e00000aBcDe", "00Q5e00000aBcDeEAK"
BY_EMAIL = Identity(email=0)
BY_ID = Identity(keys=((1, "lid"),))
BY_BOTH = Identity(email=0, keys=((1, "lid"),))
HEADER = ["Email", "Lead", "Region"]
EMAILS = ["", "n/a", "a@x.example", "b@x.example", "c@x.example", "d@x.example"]
IDS = ["", "1.23E+17", "1", "2", "3", "123456789012345000"]

PEOPLE = people_of(
    a_person("came@x.example", external_id="lid=1", minutes=41.5),
    a_person("missed@x.example", external_id="lid=2", standing="absent"),
    a_person("left@x.example", external_id="lid=3", standing="cancelled"),
    a_person("open@x.example", external_id="lid=4", standing="not_yet_known"),
    a_person("later@x.example", external_id="lid=5", standing="absent", is_on_demand=True),
)


def matched(*rows: list[str], by: Identity = BY_BOTH) -> Matched:
    return invited.match(a_table(HEADER, *rows), by, PEOPLE)


def registrants(found: Matched) -> list[str]:
    """Whom each row means, by the first part of their address."""
    emails = PEOPLE["email"].tolist()
    return ["" if lead.registrant < 0 else emails[lead.registrant].partition("@")[0] for lead in found.leads]


def notes(found: Matched) -> list[Note]:
    return [lead.note for lead in found.leads]


class TestMatch:
    def test_a_lead_is_found_by_email_id_or_both(self) -> None:
        """What identifies a lead is chosen; what is not chosen does not count."""
        rows = (["Came@X.example", "", ""], ["", "2", ""], ["nobody@x.example", "3", ""])

        assert registrants(matched(*rows, by=BY_EMAIL)) == ["came", "", ""]
        assert registrants(matched(*rows, by=BY_ID)) == ["", "missed", "left"]
        assert registrants(matched(*rows, by=BY_BOTH)) == ["came", "missed", "left"]

    def test_the_email_counts_where_the_id_is_nobodys(self) -> None:
        """Somebody may have registered by themselves, without the id of the CRM."""
        people = people_of(a_person("came@x.example", external_id="campaign=7"))

        found = invited.match(a_table(HEADER, ["came@x.example", "999", ""]), BY_BOTH, people)

        assert (found.leads[0].registrant, notes(found)) == (0, [Note.NONE])

    def test_of_colleagues_behind_one_address_only_the_one_with_the_id_came(self) -> None:
        """Nine others would be thanked for coming, and the funnel would say that one was invited."""
        people = people_of(a_person("info@x.example", external_id="lid=10"))
        rows = [["info@x.example", str(number), "S" if number == 10 else "N"] for number in range(1, 11)]

        found = invited.match(a_table(HEADER, *rows), BY_BOTH, people)

        assert [lead.registrant for lead in found.leads] == [invited.NOBODY] * 9 + [0]
        assert notes(found) == [Note.SHARED] * 9 + [Note.NONE]
        assert invited.funnel(found, column=2) == [
            Group("N", invited=9),
            Group("S", invited=1, registered=1, attended=1),
        ]

    def test_of_colleagues_behind_one_address_one_has_the_registrant_without_an_id(self) -> None:
        """One person registered, so one lead did; a row without an id is no other lead."""
        people = people_of(a_person("info@x.example"))
        rows = a_table(HEADER, ["info@x.example", "1", ""], ["info@x.example", "2", ""], ["info@x.example", "", ""])

        found = invited.match(rows, BY_BOTH, people)

        assert [lead.registrant for lead in found.leads] == [0, invited.NOBODY, 0]
        assert notes(found) == [Note.NONE, Note.SHARED, Note.REPEATED]
        assert invited.funnel(found) == [Group("", invited=2, registered=1, attended=1)]

    def test_two_registrants_behind_one_address_are_each_their_own_lead(self) -> None:
        """Nothing contradicts: the address is both of theirs."""
        people = people_of(
            a_person("info@x.example", external_id="lid=1"),
            a_person("info@x.example", external_id="lid=2", standing="absent"),
        )
        rows = a_table(HEADER, ["info@x.example", "2", ""], ["info@x.example", "", ""], ["info@x.example", "1", ""])

        found = invited.match(rows, BY_BOTH, people)

        assert [(lead.registrant, lead.first_line, lead.note) for lead in found.leads] == [
            (1, 2, Note.NONE),
            (0, 3, Note.NONE),
            (0, 3, Note.REPEATED),
        ]

    def test_a_less_certain_key_leads_to_nobody_with_another_id(self) -> None:
        """The second key may be the company's."""
        people = people_of(a_person(external_id="lid=1&aid=7"), a_person("bob@x.example", external_id="aid=7"))
        by = Identity(keys=((1, "lid"), (2, "aid")))

        found = invited.match(a_table(HEADER, ["", "2", "7"], ["", "3", "7"], ["", "1", "7"]), by, people)

        assert [lead.registrant for lead in found.leads] == [1, invited.NOBODY, 0]

    def test_the_email_counts_where_a_spreadsheet_has_rounded_the_id(self) -> None:
        """Its first 15 digits are still those of the registrant's."""
        people = people_of(a_person("ada@x.example", external_id="lid=123456789012345678"))
        rows = a_table(HEADER, ["ada@x.example", "123456789012345000", ""], ["ada@x.example", "999999999999999000", ""])

        found = invited.match(rows, BY_BOTH, people)

        assert [lead.registrant for lead in found.leads] == [0, invited.NOBODY]

    def test_an_id_and_an_email_of_two_people_are_told(self) -> None:
        """The id counts; a person decides whether that is right."""
        found = matched(["came@x.example", "2", ""])

        assert registrants(found) == ["missed"]
        assert notes(found) == [Note.CONTRADICTED]

    def test_an_id_that_excel_had_ruined_is_named_and_never_matched(self) -> None:
        """A hundred leads end as the same text, even if one registered with just that."""
        people = people_of(a_person("came@x.example", external_id="lid=1.23E%2B17"))
        rows = a_table(HEADER, ["", "1.23E+17", ""], ["came@x.example", "1,23E+17", ""])

        found = invited.match(rows, BY_BOTH, people)

        assert [lead.registrant for lead in found.leads] == [invited.NOBODY, 0]
        assert notes(found) == [Note.RUINED, Note.RUINED]
        assert found.notes() == {Note.RUINED: 2}

    def test_an_id_whose_last_digits_became_zeros_is_named_if_it_is_nobodys(self) -> None:
        """Excel keeps 15 digits; an id that truly ends so is fine."""
        people = people_of(a_person(external_id="lid=123456789012346000"))
        rows = a_table(HEADER, ["", "123456789012345000", ""], ["", "123456789012346000", ""])

        assert notes(invited.match(rows, BY_ID, people)) == [Note.ROUNDED, Note.NONE]

    def test_salesforce_ids_of_15_and_18_characters_are_the_same(self) -> None:
        """Reports give the one, exports the other; some programs lose the case."""
        people = people_of(a_person(external_id=f"lid={LEAD_15}"))

        for text in (LEAD_15, LEAD, LEAD.upper(), LEAD.lower()):
            assert invited.match(a_table(HEADER, ["", text, ""]), BY_ID, people).leads[0].registrant == 0
        other = a_table(HEADER, ["", LEAD_15.swapcase(), ""])
        assert invited.match(other, BY_ID, people).leads[0].registrant == invited.NOBODY

    def test_ids_of_18_digits_are_compared_to_the_last(self) -> None:
        """Another program counts on where Salesforce has its check: these are two people."""
        people = people_of(a_person(external_id="lid=003023000000527003"))
        rows = a_table(HEADER, ["", "003023000000527002", ""], ["", "003023000000527003", ""])

        assert [lead.registrant for lead in invited.match(rows, BY_ID, people).leads] == [invited.NOBODY, 0]

    def test_the_same_lead_twice_counts_once_and_both_rows_come_back(self) -> None:
        """By its id, by its email, or because both rows are one registrant."""
        found = matched(
            ["came@x.example", "1", ""],
            ["", "1", ""],
            ["CAME@x.example", "", ""],
            ["new@x.example", "", ""],
            ["new@x.example", "", ""],
        )

        assert registrants(found) == ["came", "came", "came", "", ""]
        assert notes(found) == [Note.NONE, Note.REPEATED, Note.REPEATED, Note.NONE, Note.REPEATED]
        assert [lead.first_line for lead in found.leads] == [2, 2, 2, 5, 5]

    def test_a_lead_that_only_its_second_row_can_tell_is_registered_all_the_same(self) -> None:
        """The first has an id that nobody registered with, the second the address too."""
        people = people_of(a_person("came@x.example"))

        found = invited.match(a_table(HEADER, ["", "77", ""], ["came@x.example", "77", ""]), BY_BOTH, people)

        assert [lead.registrant for lead in found.leads] == [0, 0]
        assert invited.funnel(found) == [Group("", invited=1, registered=1, attended=1)]

    def test_two_rows_that_a_third_makes_one_lead_do_not_count_the_registrant_twice(self) -> None:
        """More registered than there are registrants would be absurd."""
        people = people_of(a_person("came@x.example"))
        rows = a_table(HEADER, ["", "77", ""], ["came@x.example", "", ""], ["came@x.example", "77", ""])

        found = invited.match(rows, BY_BOTH, people)

        assert invited.funnel(found)[0].registered == 1

    def test_a_row_with_only_the_address_of_an_earlier_lead_is_that_lead(self) -> None:
        """Lists are often two exports one below the other."""
        found = matched(["new@x.example", "77", ""], ["new@x.example", "", ""], ["new@x.example", "78", ""])

        assert [lead.is_first for lead in found.leads] == [True, False, True]

    def test_a_contradicted_row_hides_nobody(self) -> None:
        """The address it had by mistake is still somebody else's."""
        found = matched(["came@x.example", "2", ""], ["came@x.example", "", ""])

        assert registrants(found) == ["missed", "came"]
        assert invited.funnel(found)[0].registered == 2

    def test_rows_without_an_id_and_address_are_nobody(self) -> None:
        """And not all the same lead."""
        found = matched(["", "", "North"], ["n/a", " ", "North"])

        assert notes(found) == [Note.NO_IDENTITY, Note.NO_IDENTITY]
        assert all(lead.is_first for lead in found.leads)

    def test_of_two_registrations_of_a_lead_the_stronger_counts(self) -> None:
        """Cancelled and registered again is registered; and the other is not uninvited."""
        people = people_of(
            a_person("ada@x.example", external_id="lid=1", standing="cancelled"),
            a_person("ada@x.example", external_id="lid=1"),
            a_person("ada@private.example", external_id="lid=1", standing="absent"),
        )

        found = invited.match(a_table(HEADER, ["", "1", ""]), BY_ID, people)

        assert found.leads[0].registrant == 1
        assert found.uninvited.empty

    def test_who_registered_without_being_invited_is_listed(self) -> None:
        """Somebody has forwarded the invitation, or found the page."""
        found = matched(["came@x.example", "2", ""])

        assert found.uninvited["email"].tolist() == ["left@x.example", "open@x.example", "later@x.example"]

    def test_an_external_id_that_is_no_key_value_string_has_no_keys(self) -> None:
        """It is matched by the email only."""
        people = people_of(a_person("ada@x.example", external_id="00Q/17"))

        assert invited.match(a_table(HEADER, ["ada@x.example", "17", ""]), BY_BOTH, people).leads[0].registrant == 0

    def test_nothing_that_identifies_is_refused(self) -> None:
        """Every row would be nobody."""
        with pytest.raises(ValueError, match="nothing identifies"):
            matched(["a@x.example", "1", ""], by=Identity())

    def test_the_import_page_says_what_identifies(self) -> None:
        """The list is read and matched as there."""
        rows = a_table(["Work Email", "Lead ID"], ["came@x.example", "1"])

        assert Identity.of(columns.match(rows)) == Identity(email=0, keys=((1, "lid"),))

    def test_nobody_registered(self) -> None:
        """A session without registrants gives the list back with no."""
        found = invited.match(a_table(HEADER, ["a@x.example", "1", ""]), BY_BOTH, people_of())

        assert invited.annotated(found).rows[0][3:5] == ("no", "no")


class TestAnnotated:
    def test_the_list_comes_back_with_what_became_of_each_row(self) -> None:
        """Same rows, same columns, same order."""
        found = matched(
            ["came@x.example", "1", "North"],
            ["missed@x.example", "2", ""],
            ["left@x.example", "3", ""],
            ["open@x.example", "4", ""],
            ["later@x.example", "5", ""],
            ["nobody@x.example", "", "South"],
            ["", "1.2E+17", ""],
        )

        made = invited.annotated(found, zone="Europe/Berlin")

        at = "2026-11-20 10:00:00"
        assert made.header[:3] == tuple(HEADER)
        assert made.header[3:] == (
            "rollcall_registered",
            "rollcall_attended",
            "rollcall_minutes",
            "rollcall_source",
            "rollcall_registered_at (Europe/Berlin)",
            "rollcall_note",
        )
        assert [row[3:] for row in made.rows] == [
            ("yes", "yes", 41.5, "newsletter", at, ""),
            ("yes", "no", "", "newsletter", at, ""),
            ("cancelled", "no", "", "newsletter", at, ""),
            ("yes", "", "", "newsletter", at, ""),
            ("on demand", "no", "", "newsletter", at, ""),
            ("no", "no", "", "", "", ""),
            ("", "", "", "", "", "ruined"),
        ]
        assert made.rows[0][:3] == ("came@x.example", "1", "North")

    def test_until_attendance_is_settled_nobody_is_said_not_to_have_attended(self) -> None:
        """Whoever has not registered an hour before the session may still come."""
        found = matched(["nobody@x.example", "", ""])

        (row,) = invited.annotated(found, is_settled=False).rows

        assert row[3:5] == ("no", "")

    def test_uploaded_again_it_has_each_column_once(self) -> None:
        """The new results take the place of the old, and nothing of ours is matched as a column of the list."""
        again = table.read(csv_file(invited.annotated(matched(["came@x.example", "1", ""])), bom=True))

        made = invited.annotated(invited.match(again, Identity.of(columns.match(again)), PEOPLE))

        assert made.header.count("rollcall_registered") == 1
        assert len(made.header) == len(HEADER) + len(invited.RESULT_COLUMNS)
        assert made.rows[0][:5] == ("came@x.example", "1", "", "yes", "yes")

    def test_a_row_longer_than_the_header_moves_nothing(self) -> None:
        """Its extra cells stand after the new columns."""
        rows = table.read(a_file(HEADER, ["came@x.example", "1", "", "extra"], ["x@x.example", "", ""]))

        made = invited.annotated(invited.match(rows, BY_BOTH, PEOPLE))

        assert made.rows[0][3] == "yes"
        assert made.rows[0][-1] == "extra"

    def test_notes_are_worded_by_the_page(self) -> None:
        """The domain knows why, the page says it."""

        def words(lead: Lead) -> str:
            return f"the same as line {lead.first_line}" if lead.note is Note.REPEATED else ""

        found = matched(["came@x.example", "", ""], ["came@x.example", "", ""])

        assert [row[-1] for row in invited.annotated(found, words=words).rows] == ["", "the same as line 2"]


class TestFunnel:
    def test_every_group_of_a_column_has_its_steps(self) -> None:
        """Invited → registered → attended; each lead once, in its first row."""
        found = matched(
            ["came@x.example", "", "North"],
            ["came@x.example", "", "South"],
            ["missed@x.example", "", "North"],
            ["left@x.example", "", "North"],
            ["open@x.example", "", "South"],
            ["later@x.example", "", "South"],
            ["nobody@x.example", "", "South"],
            ["", "1.23E+17", "South"],
        )

        assert invited.funnel(found, column=2) == [
            Group("North", invited=3, registered=3, cancelled=1, attended=1),
            Group("South", invited=3, registered=1, on_demand=1, not_yet_known=1, unidentified=1),
        ]

    def test_the_groups_add_up_to_the_whole(self) -> None:
        """To the person."""
        rows = [[f"{name}@x.example", "", region] for name in ("came", "left", "x", "y") for region in ("N", "S")]

        found = matched(*rows)

        (whole,) = invited.funnel(found)
        groups = invited.funnel(found, column=2)
        assert whole.invited == sum(group.invited for group in groups) == 4
        assert whole.registered == sum(group.registered for group in groups) == 2

    @settings(derandomize=True, deadline=None, max_examples=300)
    @given(
        st.lists(st.tuples(st.sampled_from(EMAILS), st.sampled_from(IDS), st.sampled_from("NS")), min_size=1),
        st.lists(st.tuples(st.sampled_from(EMAILS[2:]), st.sampled_from(["", *IDS[2:]])), max_size=5),
        st.sampled_from([BY_EMAIL, BY_ID, BY_BOTH]),
    )
    def test_no_registrant_counts_twice_and_every_row_comes_back(
        self, rows: list[tuple[str, str, str]], registered: list[tuple[str, str]], by: Identity
    ) -> None:
        """Whatever is repeated, empty, ruined or contradictory."""
        people = people_of(*[a_person(email, external_id=f"lid={lead}" if lead else "") for email, lead in registered])

        found = invited.match(a_table(HEADER, *map(list, rows)), by, people)

        groups = invited.funnel(found, column=2)
        firsts = [lead for lead in found.leads if lead.is_first]
        assert [row[:3] for row in invited.annotated(found).rows] == rows
        assert sum(group.invited + group.unidentified for group in groups) == len(firsts)
        assert sum(group.registered for group in groups) <= len(people)
        named = [lead.registrant for lead in firsts if lead.registrant != invited.NOBODY]
        assert len(named) == len(set(named))
        assert not set(found.uninvited.index) & {lead.registrant for lead in found.leads}
        if by.keys:
            ids_of: dict[int, set[str]] = {}
            for lead, (_, own, _) in zip(found.leads, rows, strict=True):
                ids_of.setdefault(lead.first_line, set()).update({own} - {"", "1.23E+17"})
            assert all(len(ids) <= 1 for ids in ids_of.values())  # rows with different ids are different leads


def test_nobody_shows_in_a_repr() -> None:
    """Logs and errors must hold no addresses."""
    found = matched(["came@x.example", "1", "North"])

    assert "came" not in repr(found) + repr(found.leads) + repr(invited.funnel(found, column=0))
    assert str(NINE.year) not in repr(found)
