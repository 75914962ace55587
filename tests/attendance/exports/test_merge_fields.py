"""Everybody's own links, for the mails that another program sends."""

import pytest

from rollcall.attendance.exports.merge_fields import HEADERS, Target, merge_fields
from tests.attendance.exports.people import a_person, people_of


class TestMergeFields:
    @pytest.mark.parametrize("target", Target)
    def test_everybody_has_their_own_links_under_the_targets_names(self, target: Target) -> None:
        """The order is the header's."""
        made = merge_fields(people_of(a_person()), target)

        assert made.sheet.header == HEADERS[target]
        assert made.sheet.rows == [
            ("ada@example.com", "Ada", "Lovelace", "https://rc.example/j/1", "https://rc.example/c/1")
        ]

    def test_merge_tags_are_what_mailchimp_takes(self) -> None:
        """Capitals, digits and underscores, ten at most."""
        assert all(name.isupper() and len(name) <= 10 for name in HEADERS[Target.MAILCHIMP][1:])

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"standing": "cancelled"}, "cancelled"),
            ({"join_uri": ""}, "no_link"),
            ({"join_uri": "https://rc.example/" + "j" * 237}, "link_too_long"),
            ({"cancellation_uri": "https://rc.example/" + "ä" * 120}, "link_too_long"),
            ({"email_key": ""}, "no_email"),
        ],
    )
    def test_whoever_could_not_join_by_it_is_left_out(self, values: dict[str, object], reason: str) -> None:
        """A link cut after 255 bytes leads nowhere, and RingCentral's have up to 256."""
        made = merge_fields(people_of(a_person(**values)), Target.MAILCHIMP)

        assert made.sheet.rows == []
        assert [one.reason for one in made.left_out] == [reason]

    def test_a_long_link_is_no_matter_where_a_field_holds_any(self) -> None:
        """The limit is Mailchimp's and Marketo's."""
        people = people_of(a_person(join_uri="https://rc.example/" + "j" * 237))

        assert len(merge_fields(people, Target.HUBSPOT).sheet.rows) == 1
        assert merge_fields(people, Target.MARKETO).sheet.rows == []

    def test_who_cancelled_and_registered_again_gets_the_link_that_works(self) -> None:
        """Of two registrations under one address only the living one has a link."""
        people = people_of(
            a_person(standing="cancelled", join_uri="https://rc.example/j/old"),
            a_person(standing="not_yet_known", join_uri="https://rc.example/j/new"),
        )

        made = merge_fields(people, Target.PLAIN)

        assert [row[3] for row in made.sheet.rows] == ["https://rc.example/j/new"]
        assert [one.reason for one in made.left_out] == ["cancelled"]
