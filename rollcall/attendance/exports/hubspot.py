"""HubSpot: contacts with what they did about the event, and the participants of a marketing event.

Documented:
* A file is .csv or .xlsx, UTF-8, one sheet, its header names properties, fewer than 1,000 columns; 20 MB on a free
  plan, 512 MB and 1,048,576 rows on a paid one.
  https://knowledge.hubspot.com/import-and-export/set-up-your-import-file
* Participants are imported from the marketing event's page; the headers Email, Registered, Attended, Cancelled are
  required, .csv is recommended, and the import asks which of the three to take.
  https://knowledge.hubspot.com/pl/integrations/import-marketing-event-participants (as of March 2024)
* `joinedAt` and `leftAt` are what an attendance may have besides.
  https://developers.hubspot.com/docs/api-reference/latest/marketing/marketing-events/attendance/set-attendance-email-externalId
* Moments are ISO 8601 or milliseconds since 1970, days YYYY-MM-DD.
  https://developers.hubspot.com/changelog/new-standardization-of-date-formats-for-hubspots-form-submissions-api
* A day has no zone: it is shown as it was set, whatever the zone of the account. Ours are days of the session's zone.
  https://developers.hubspot.com/docs/faq/how-should-timestamps-be-formatted-for-hubspots-apis
From others: the email tells whether a contact is there already (https://strocido.com/blog/hubspot-import-file-setup).
Assumed: that what stands for forms and the API also holds for files; that the three columns hold the moment it
happened (`mark` puts a word there instead, if an account wants that); that somebody who attended or cancelled is
registered first; the names of joining and leaving in a file. The names of the event's properties are ours: they must be
made in HubSpot once, or matched by hand.
"""

from __future__ import annotations

import pandas as pd

from rollcall.attendance.exports import keys
from rollcall.attendance.exports.once import once_by_email
from rollcall.attendance.exports.sheet import (
    DAY,
    ISO_UTC,
    Cell,
    Export,
    Sheet,
    kept,
    known_zone,
    left_out_of,
    numbers,
    texts,
    times,
)
from rollcall.attendance.exports.statuses import Statuses, no_status, of
from rollcall.attendance.facts import SessionFacts

ROWS, FREE_BYTES, PAID_BYTES = 1_048_576 - 1, 20 * 1024 * 1024, 512 * 1024 * 1024
COLUMNS = 999


def contacts(people: pd.DataFrame, session: SessionFacts, *, words: Statuses | None = None) -> Export:
    """The people as contacts, each address once, with their state in this event and the keys of their external ID.

    Left out: `no_email`; `same_email`: another registration under this address, with the stronger standing, is in;
    `no_status`: their standing has none.
    """
    found = of(people, words or Statuses())
    reasons = [reason or no_status(status) for reason, status in zip(once_by_email(people), found, strict=True)]
    chosen, zone = kept(people, reasons), known_zone(session.time_zone)
    day = times(pd.Series([session.starts_at], dtype="datetime64[ns, UTC]"), DAY, zone=zone)
    columns: dict[str, list[Cell] | list[str]] = {
        "Email": texts(chosen["email"]),
        "First Name": texts(chosen["first_name"]),
        "Last Name": texts(chosen["last_name"]),
        "Webinar": [session.title] * len(chosen),
        "Webinar Date": day * len(chosen),
        "Webinar Status": [status for status, reason in zip(found, reasons, strict=True) if not reason],
        "Webinar Minutes": numbers(chosen["minutes"]),
        "Webinar Source": texts(chosen["source"]),
        "Webinar Registered On": times(chosen["registered_at"], DAY, zone=zone),
    }
    others = keys.columns(texts(chosen["external_id"]), taken=columns)
    return Export(Sheet.of({**columns, **others}), left_out_of(people, reasons))


def participants(people: pd.DataFrame, session: SessionFacts, *, mark: str = "") -> Export:
    """The people as participants of a marketing event: when they registered, attended, cancelled.

    Where the moment itself is not known, it is the next that is: the session's begin for an attendance without times,
    the last reading of the registrants for a registration or cancellation. Nobody registers after they attended or
    cancelled.

    Args:
        people: with `gone_at`, the moment each was found gone from the list of registrants.
        mark: a word, such as TRUE, to write in place of the moments.

    Left out: `no_email`, `same_email` as with `contacts`.
    """
    reasons = once_by_email(people)
    chosen = kept(people, reasons)
    attended, cancelled = chosen["standing"] == "attended", chosen["standing"] == "cancelled"
    begin, read_at = session.broadcast_start or session.starts_at, session.registrants_read_at or session.now
    came = chosen["first_join"].fillna(pd.Timestamp(begin or read_at)).where(attended)
    left = chosen["gone_at"].fillna(pd.Timestamp(read_at)).where(cancelled)
    first = pd.concat([came, left], axis="columns").min(axis="columns")
    registered_by = first.where(first < pd.Timestamp(read_at), pd.Timestamp(read_at))
    columns = {
        "Email": texts(chosen["email"]),
        "Registered": _marked(chosen["registered_at"].fillna(registered_by), mark),
        "Attended": _marked(came, mark),
        "Cancelled": _marked(left, mark),
        "Joined At": times(chosen["first_join"].where(attended), ISO_UTC),
        "Left At": times(chosen["last_leave"].where(attended), ISO_UTC),
    }
    return Export(Sheet.of(columns), left_out_of(people, reasons))


def _marked(moments: pd.Series, mark: str) -> list[str]:
    written = times(moments, ISO_UTC)
    return [mark if text else "" for text in written] if mark else written
