"""Everybody's own join and cancellation link, for the mails that another program sends.

Who has such a file can join under anybody's name in it: it belongs into the mail program and nowhere else.

Documented:
* Mailchimp: the email is all that is required; a text field holds 255 bytes and is clipped beyond, which would break a
  link. FNAME and LNAME are there from the start.
  https://mailchimp.com/help/format-guidelines-for-your-import-file/
  https://mailchimp.com/developer/marketing/docs/merge-fields/
* HubSpot: as `hubspot` says; the header names properties.
* Marketo: the header holds REST API names; a string field has 255 characters.
  https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/lead-database/field-types
From others: Mailchimp's merge tags are of capitals, digits and underscores
(https://chimpmatic.com/mailchimp-audience-fields-and-merge-tags).
Assumed: Mailchimp's tags JOINLINK and CANCELLINK are the marketer's to make, and ten characters are the most a tag may
have; a single-line text in HubSpot holds any link of RingCentral's (at most 256 characters, OpenAPI); the
names of the link fields in HubSpot and Marketo are ours, to be made there once.
"""

from __future__ import annotations

from enum import StrEnum

import pandas as pd

from rollcall.attendance.exports.once import once_by_email
from rollcall.attendance.exports.sheet import Export, Sheet, kept, left_out_of, texts


class Target(StrEnum):
    """The program that sends the mails."""

    PLAIN = "plain"
    MAILCHIMP = "mailchimp"
    HUBSPOT = "hubspot"
    MARKETO = "marketo"


HEADERS = {  # email, first name, last name, join link, cancellation link
    Target.PLAIN: ("email", "first_name", "last_name", "join_link", "cancel_link"),
    Target.MAILCHIMP: ("Email Address", "FNAME", "LNAME", "JOINLINK", "CANCELLINK"),
    Target.HUBSPOT: ("Email", "First Name", "Last Name", "Webinar Join Link", "Webinar Cancel Link"),
    Target.MARKETO: ("email", "firstName", "lastName", "webinarJoinLink", "webinarCancelLink"),
}
LINK_BYTES = {Target.MAILCHIMP: 255, Target.MARKETO: 255}  # of a field; the others hold any


def merge_fields(people: pd.DataFrame, target: Target) -> Export:
    """The people with their links, each address once.

    Left out: `cancelled` (their link leads nowhere), `no_link`, `link_too_long`, `no_email`, and `same_email`: another
    registration under this address is in, with the stronger standing.
    """
    longest = LINK_BYTES.get(target)
    unfit = [
        _reason(standing, join, cancel, longest)
        for standing, join, cancel in zip(
            texts(people["standing"]), texts(people["join_uri"]), texts(people["cancellation_uri"]), strict=True
        )
    ]
    repeated = iter(once_by_email(kept(people, unfit)))
    reasons = [reason or next(repeated) for reason in unfit]
    chosen = kept(people, reasons)
    values = ("email", "first_name", "last_name", "join_uri", "cancellation_uri")
    columns = {name: texts(chosen[value]) for name, value in zip(HEADERS[target], values, strict=True)}
    return Export(Sheet.of(columns), left_out_of(people, reasons))


def _reason(standing: str, join: str, cancel: str, longest: int | None) -> str:
    if standing == "cancelled":
        return "cancelled"
    if not join:
        return "no_link"
    too_long = longest is not None and max(len(link.encode("utf-8", "replace")) for link in (join, cancel)) > longest
    return "link_too_long" if too_long else ""
