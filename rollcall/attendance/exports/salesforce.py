"""Salesforce campaign members: who belongs to a campaign, and with which status.

Documented:
* CampaignMember joins a campaign (`CampaignId`, required) with a lead (`LeadId`) or a contact (`ContactId`); `Status`
  is a picklist of 40 characters, whose values are each campaign's own.
  https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_objects_campaignmember.htm
  https://developer.salesforce.com/docs/atlas.en-us.220.0.sfFieldRef.meta/sfFieldRef/salesforce_field_reference_CampaignMember.htm
* The Data Import Wizard takes files of up to 100 MB and 90 fields a record; beyond 50,000 records it is Data Loader's
  work. https://help.salesforce.com/s/articleView?id=xcloud.faq_import_general_are_there_size.htm
  https://help.salesforce.com/s/articleView?id=sf.faq_import_general.htm
* An id begins with its kind: 003 a contact, 00Q a lead.
  https://help.salesforce.com/s/articleView?id=000385203
From others: a member with both a lead and a contact is refused, so leads and contacts come as two files
(https://salesforcedictionary.com/how-to/campaign-member); how an id of 15 characters, in which case counts, gets the
three that make it 18, in which it does not (https://gammone.com/en/programming/how-to-convert-salesforce-id-from-15-to-18-chars).
Assumed: 701 begins a campaign; a second row of one member is refused; a status that the campaign does not have is
refused or replaced by its default, so the names here must be the campaign's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple

import pandas as pd

from rollcall.attendance.exports import keys, statuses
from rollcall.attendance.exports.ruined import is_ruined
from rollcall.attendance.exports.sheet import LeftOut, Sheet, left_out_of, texts
from rollcall.attendance.exports.statuses import Statuses

CONTACT, LEAD, CAMPAIGN = "003", "00Q", "701"  # how the ids begin
STATUS_LENGTH = 40  # characters
WIZARD_ROWS, WIZARD_BYTES = 50_000, 100 * 1024 * 1024

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_MARKS = {f"{number:05b}"[::-1]: mark for number, mark in enumerate(_SUFFIX)}  # "01000" → the mark of a second capital
_CAPITALS = str.maketrans(digits + ascii_lowercase + ascii_uppercase, "0" * 36 + "1" * 26)
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?")


class IdError(ValueError):
    """This is no id of the kind wanted. `reason` says why; the message holds no value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CampaignMembers:
    """Two files, because a member is one or the other.

    Reasons of those left out: `no_id`, and those of `long_id`: `ruined` (1.23E+17), `not_an_id`, `wrong_kind`,
    `wrong_checksum`; `same_id`: another registration of the same lead or contact is in the file, with the stronger
    standing; `no_status`: their standing has no status.
    """

    contacts: Sheet
    leads: Sheet
    left_out: tuple[LeftOut, ...] = field(repr=False)


def campaign_members(
    people: pd.DataFrame,
    *,
    campaign_id: str = "",
    words: Statuses | None = None,
    contact_key: str = "cid",
    lead_key: str = "lid",
) -> CampaignMembers:
    """The people as members of a campaign. Ids are written with 18 characters, which no spreadsheet confuses.

    Somebody with both ids is taken as the contact: a converted lead lives on as one.

    Args:
        campaign_id: empty: the files have no such column, and the import is told the campaign.
        words: the statuses of the campaign.
        contact_key, lead_key: keys of the external ID that hold the ids.

    Raises:
        IdError: `campaign_id` is none.
    """
    campaign = long_id(campaign_id, CAMPAIGN) if campaign_id else ""
    words = words or Statuses()
    wanted = [
        _member(found or {}, status, contact_key, lead_key)
        for found, status in zip(keys.decoded(texts(people["external_id"])), statuses.of(people, words), strict=True)
    ]
    members = _once(wanted, statuses.strengths(people))
    return CampaignMembers(
        contacts=_sheet("ContactId", CONTACT, members, campaign),
        leads=_sheet("LeadId", LEAD, members, campaign),
        left_out=left_out_of(people, [member.reason for member in members]),
    )


class _Member(NamedTuple):
    id: str
    status: str
    reason: str = ""  # why not


def _member(found: dict[str, str], status: str, contact_key: str, lead_key: str) -> _Member:
    if not status:
        return _Member("", "", "no_status")
    reason = "no_id"
    for key, kind in ((contact_key, CONTACT), (lead_key, LEAD)):
        try:
            if text := found.get(key, "").strip():
                return _Member(long_id(text, kind), status)
        except IdError as error:
            reason = error.reason
    return _Member("", status, reason)


def _once(members: Sequence[_Member], strengths: Sequence[int]) -> list[_Member]:
    """The members with every id once, where its standing is strongest; the first of equal ones."""
    best: dict[str, int] = {}
    for position, member in enumerate(members):
        if member.id and strengths[position] > strengths[best.setdefault(member.id, position)]:
            best[member.id] = position
    return [
        member._replace(reason="same_id") if member.id and best[member.id] != position else member
        for position, member in enumerate(members)
    ]


def _sheet(column: str, kind: str, members: Sequence[_Member], campaign: str) -> Sheet:
    chosen = [member for member in members if not member.reason and member.id.startswith(kind)]
    campaigns = {"CampaignId": [campaign] * len(chosen)} if campaign else {}
    ids, words = [member.id for member in chosen], [member.status for member in chosen]
    return Sheet.of({**campaigns, column: ids, "Status": words})


def long_id(text: str, kind: str = "") -> str:
    """The 18 characters of an id of 15 or 18.

    The last three of 18 say which letters of the others are capitals. An id whose letters a program has made all
    capital, or all small, gets its own back.

    Args:
        kind: the three characters it must begin with; empty: any.

    Raises:
        IdError: `ruined` by a spreadsheet, `not_an_id`, `wrong_kind`, or `wrong_checksum`: characters are mistyped.
    """
    text = text.strip()
    if not _ID.fullmatch(text):
        raise IdError("ruined" if is_ruined(text) else "not_an_id")
    body, suffix = text[:15], text[15:].upper()
    if suffix and suffix != _suffix(body):
        body = _with_capitals(body, suffix)
    if kind and not body.startswith(kind):
        raise IdError("wrong_kind")
    return body + _suffix(body)


def _suffix(body: str) -> str:
    """Of each five characters one that says which of them are capitals, the first counting least."""
    capitals = body.translate(_CAPITALS)
    return _MARKS[capitals[:5]] + _MARKS[capitals[5:10]] + _MARKS[capitals[10:]]


def _with_capitals(body: str, suffix: str) -> str:
    """The letters as the suffix has them, if some program has evidently lost their case. Raises IdError."""
    capitals = [bool(_SUFFIX.index(mark) >> place & 1) for mark in suffix for place in range(5)]
    restored = "".join(
        character.upper() if is_capital else character.lower()
        for character, is_capital in zip(body, capitals, strict=True)
    )
    if body not in (body.upper(), body.lower()) or _suffix(restored) != suffix:
        raise IdError("wrong_checksum")
    return restored
