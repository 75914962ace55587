"""What each program is given of the same people: its files, who is not in them, and how large a file may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from rollcall.attendance.exports import hubspot, marketo, merge_fields, plain, salesforce
from rollcall.attendance.exports.packing import Limits
from rollcall.attendance.exports.sheet import Export, LeftOut, Sheet
from rollcall.attendance.exports.statuses import Statuses
from rollcall.attendance.facts import SessionFacts


class Target(StrEnum):
    """Whom a file is for."""

    SPREADSHEET = "spreadsheet"
    SALESFORCE = "salesforce"
    HUBSPOT_CONTACTS = "hubspot_contacts"
    HUBSPOT_EVENT = "hubspot_event"
    MARKETO = "marketo"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Options:
    """What a marketer chose for a file; each target reads what concerns it.

    Attributes:
        links: with everybody's own join and cancellation link (spreadsheet).
        words: the CRM's statuses (Salesforce, HubSpot's contacts, Marketo).
        contact_key, lead_key: external-ID keys with the ids (Salesforce).
        campaign_id: of the campaign, 15 or 18 characters; empty: the import is told (Salesforce).
        mark: a word in place of the moments; empty: the moments (HubSpot's event).
        mailer: who sends the mails (merge fields).
    """

    links: bool = False
    words: Statuses = field(default_factory=Statuses)
    contact_key: str = "cid"
    lead_key: str = "lid"
    campaign_id: str = ""
    mark: str = ""
    mailer: merge_fields.Target = merge_fields.Target.PLAIN


@dataclass(frozen=True, slots=True)
class Offer:
    """The files of a target by what tells them apart, empty where there is one only; and who is in none of them."""

    files: Mapping[str, Sheet] = field(repr=False)
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    limits: Limits | None = None

    @property
    def people(self) -> int:
        """How many rows all files have."""
        return sum(len(sheet.rows) for sheet in self.files.values())


def offer(target: Target, people: pd.DataFrame, session: SessionFacts, options: Options) -> Offer:
    """What this target is given of these people.

    Raises:
        IdError: the campaign's id is none.
    """
    return _OFFERS[target](people, session, options)


def _spreadsheet(people: pd.DataFrame, session: SessionFacts, options: Options) -> Offer:
    return Offer({"": plain.sheet(people, zone=session.time_zone, links=options.links)})


def _salesforce(people: pd.DataFrame, _session: SessionFacts, options: Options) -> Offer:
    found = salesforce.campaign_members(
        people,
        campaign_id=options.campaign_id,
        words=options.words,
        contact_key=options.contact_key,
        lead_key=options.lead_key,
    )
    files = {"contacts": found.contacts, "leads": found.leads}
    limits = Limits(salesforce.WIZARD_ROWS, salesforce.WIZARD_BYTES)
    return Offer({name: sheet for name, sheet in files.items() if sheet.rows}, found.left_out, limits)


def _hubspot_contacts(people: pd.DataFrame, session: SessionFacts, options: Options) -> Offer:
    return _hubspot(hubspot.contacts(people, session, words=options.words))


def _hubspot_event(people: pd.DataFrame, session: SessionFacts, options: Options) -> Offer:
    return _hubspot(hubspot.participants(people, session, mark=options.mark))


def _hubspot(export: Export) -> Offer:
    return Offer({"": export.sheet}, export.left_out, Limits(hubspot.ROWS, hubspot.FREE_BYTES))


def _marketo(people: pd.DataFrame, _session: SessionFacts, options: Options) -> Offer:
    found = marketo.program_members(people, words=options.words)
    return Offer(found.sheets, found.left_out, Limits(marketo.ROWS, marketo.BYTES))


def _mail(people: pd.DataFrame, _session: SessionFacts, options: Options) -> Offer:
    export = merge_fields.merge_fields(people, options.mailer)
    return Offer({"": export.sheet}, export.left_out)


_OFFERS: Mapping[Target, Callable[[pd.DataFrame, SessionFacts, Options], Offer]] = {
    Target.SPREADSHEET: _spreadsheet,
    Target.SALESFORCE: _salesforce,
    Target.HUBSPOT_CONTACTS: _hubspot_contacts,
    Target.HUBSPOT_EVENT: _hubspot_event,
    Target.MARKETO: _marketo,
    Target.MAIL: _mail,
}
