"""Campaign members for Salesforce."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollcall.attendance.exports import salesforce
from rollcall.attendance.exports.salesforce import IdError, campaign_members, long_id
from rollcall.attendance.exports.statuses import Statuses
from tests.attendance.exports.people import a_person, people_of

CONTACT_15, CONTACT = "0035e00000AbCdE", "0035e00000AbCdEAAV"
LEAD_15, LEAD = "00Q5e00000aBcDe", "00Q5e00000aBcDeEAK"
CAMPAIGN = "7015e000000ABCDAA4"
BODY = st.text("abcxyzABCXYZ019", min_size=15, max_size=15)


def refusal(text: str, kind: str = "") -> str:
    with pytest.raises(IdError) as caught:
        long_id(text, kind)
    return caught.value.reason


class TestLongId:
    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("a01M00000062mPg", "a01M00000062mPgIAI"),
            ("001M000000qfPyS", "001M000000qfPySIAU"),
            ("aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaAAA"),
            ("AbCdEfGhIjKlMnO", "AbCdEfGhIjKlMnOVKV"),
            ("aBcDEfgHIJKLMNO", "aBcDEfgHIJKLMNO025"),
        ],
    )
    def test_published_examples(self, short: str, long: str) -> None:
        """Pairs that others have published (codegolf.stackexchange.com/questions/69127)."""
        assert long_id(short) == long
        assert long_id(long) == long

    @settings(derandomize=True, deadline=None)
    @given(BODY)
    def test_an_id_that_lost_its_case_gets_it_back(self, body: str) -> None:
        """A list that went through a program of capitals only still finds its leads."""
        long = long_id(body)

        assert long_id(long.upper()) == long
        assert long_id(long.lower()) == long

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("1.23E+17", "ruined"),
            ("1,23457E+17", "ruined"),
            ("", "not_an_id"),
            ("12345", "not_an_id"),
            (CONTACT_15 + "AA", "not_an_id"),
            ("00Q5e00000 BcDe", "not_an_id"),
            ("001M000000qfPySIAV", "wrong_checksum"),
            (LEAD, "wrong_kind"),
            ("0035e00000AbCdE; 0035e00000AbCdF", "not_an_id"),
        ],
    )
    def test_what_is_no_id_of_a_contact_is_named(self, text: str, reason: str) -> None:
        """Salesforce would refuse the row with a word nobody understands, or take another record."""
        assert refusal(text, salesforce.CONTACT) == reason

    @settings(derandomize=True, deadline=None)
    @given(st.text(max_size=20))
    def test_any_text_is_an_id_or_refused(self, text: str) -> None:
        """External IDs hold anything."""
        with suppress(IdError):
            assert len(long_id(text)) == 18


class TestCampaignMembers:
    def test_contacts_and_leads_are_two_files(self) -> None:
        """A member is one or the other, and their ids have 18 characters, which no spreadsheet confuses."""
        people = people_of(
            a_person("c@x.example", external_id=f"cid={CONTACT_15}"),
            a_person("l@x.example", external_id=f"lid={LEAD}", standing="absent"),
        )

        members = campaign_members(people, campaign_id=CAMPAIGN[:15])

        assert members.contacts.header == ("CampaignId", "ContactId", "Status")
        assert members.contacts.rows == [(CAMPAIGN, CONTACT, "Attended")]
        assert members.leads.header == ("CampaignId", "LeadId", "Status")
        assert members.leads.rows == [(CAMPAIGN, LEAD, "No Show")]
        assert members.left_out == ()

    def test_without_a_campaign_the_import_is_told_it(self) -> None:
        """The Data Import Wizard asks for it."""
        members = campaign_members(people_of(a_person(external_id=f"cid={CONTACT}")))

        assert members.contacts.header == ("ContactId", "Status")

    def test_a_campaign_that_is_none_is_refused(self) -> None:
        """Better here than after the import."""
        with pytest.raises(IdError):
            campaign_members(people_of(), campaign_id=LEAD)

    @pytest.mark.parametrize(
        ("external_id", "reason"),
        [
            ("", "no_id"),
            ("some other text", "no_id"),
            ("oid=1", "no_id"),
            ("lid=", "no_id"),
            ("lid=1.23E%2B17", "ruined"),
            (f"lid={CONTACT}", "wrong_kind"),
            ("lid=4711", "not_an_id"),
            (f"lid={LEAD_15}&lid={LEAD_15}", "not_an_id"),
        ],
    )
    def test_whoever_lacks_the_id_is_listed_apart(self, external_id: str, reason: str) -> None:
        """With the reason and what there is of them, for somebody to look them up."""
        members = campaign_members(people_of(a_person(external_id=external_id)))

        assert members.contacts.rows == members.leads.rows == []
        assert [(one.email, one.external_id, one.reason) for one in members.left_out] == [
            ("ada@example.com", external_id, reason)
        ]

    def test_somebody_with_both_ids_is_the_contact(self) -> None:
        """A converted lead lives on as one; a member with both is refused."""
        members = campaign_members(people_of(a_person(external_id=f"lid={LEAD}&cid={CONTACT}")))

        assert len(members.contacts.rows) == 1
        assert members.leads.rows == []

    def test_the_lead_counts_where_the_contact_id_is_broken(self) -> None:
        """One good id is enough."""
        members = campaign_members(people_of(a_person(external_id=f"lid={LEAD}&cid=1.23E%2B17")))

        assert members.leads.rows == [(LEAD, "Attended")]
        assert members.left_out == ()

    def test_a_lead_registered_twice_is_a_member_once_with_the_stronger_standing(self) -> None:
        """With a second address, or after a cancellation; a campaign has every lead once."""
        people = people_of(
            a_person("old@x.example", external_id=f"lid={LEAD_15}", standing="cancelled"),
            a_person("new@x.example", external_id=f"lid={LEAD}"),
        )

        members = campaign_members(people)

        assert members.leads.rows == [(LEAD, "Attended")]
        assert [(one.email, one.reason) for one in members.left_out] == [("old@x.example", "same_id")]

    def test_the_statuses_are_the_campaigns_own(self) -> None:
        """And a standing without a status is left out."""
        people = people_of(
            a_person("a@x.example", external_id=f"lid={LEAD}"),
            a_person("c@x.example", external_id=f"cid={CONTACT}", standing="cancelled"),
        )

        members = campaign_members(people, words=Statuses(attended="Watched Live", cancelled=""))

        assert members.leads.rows == [(LEAD, "Watched Live")]
        assert [one.reason for one in members.left_out] == ["no_status"]

    def test_whoever_registered_afterwards_did_not_miss_it(self) -> None:
        """On demand is no "No Show"."""
        members = campaign_members(people_of(a_person(external_id=f"lid={LEAD}", standing="absent", is_on_demand=True)))

        assert members.leads.rows == [(LEAD, "Registered")]

    def test_the_keys_can_have_other_names(self) -> None:
        """They are what the marketer's CRM has put in."""
        members = campaign_members(people_of(a_person(external_id=f"sf={LEAD}")), lead_key="sf")

        assert members.leads.rows == [(LEAD, "Attended")]
