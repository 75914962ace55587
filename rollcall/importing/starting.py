"""What Start means for a checked draft, as far as it is known, and Start itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from rollcall import outlook
from rollcall.importing.lines import verdicts
from rollcall.outbox import batch as batches
from rollcall.outbox.states import BatchState, Verdict
from rollcall.outlook import Outlook
from rollcall.roster import readings, registrants, sessions
from rollcall.roster.readings import What
from rollcall.store.database import Store
from rollcall.store.tables import Batch, BatchLine

# Judgement: the providers that make up nearly all private addresses in business lists. Only used to warn.
FREE_MAIL = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "hotmail.com", "hotmail.co.uk", "outlook.com",
    "live.com", "msn.com", "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "mail.com",
    "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "orange.fr", "free.fr", "t-online.de", "qq.com", "163.com",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BeforeStart:
    """What pressing Start means, as far as it is known now.

    Attributes:
        counts: lines per verdict, all verdicts that occur.
        new: people who will be sent.
        mails: mails RingCentral will send, None while its setting has not been read.
        beyond_limit: people for whom registration will have closed itself (`autoCloseLimit`).
        free_mail: new people with a private address where RingCentral wants work addresses only, else 0.
        outlook: calls, minutes and the last person's time; other imports that become late.
        starts_at: the session's start, None while it is not known.
        own_deadline_at: the marketer's own deadline, None without one.
        by_due: how many are through by the earlier of the two.
    """

    counts: Mapping[Verdict, int]
    new: int
    mails: int | None
    auto_close_limit: int | None
    beyond_limit: int
    free_mail: int
    outlook: Outlook
    starts_at: datetime | None
    own_deadline_at: datetime | None
    by_due: int

    @property
    def is_in_time(self) -> bool:
        """Whether the last person is registered before the session starts and before the marketer's deadline."""
        return self.meets(self.starts_at) and self.meets(self.own_deadline_at)

    def meets(self, due_at: datetime | None) -> bool:
        """Whether the last person is registered by then; what is not known is met."""
        return due_at is None or self.outlook.forecast.last_at <= due_at


def before_start(db: Session, batch: Batch, *, again_cancelled: bool, now: datetime) -> BeforeStart:
    """Everything that Start means for a checked draft."""
    counts = verdicts(db, batch.id)
    new = counts.get(Verdict.TO_SEND, 0) + (counts.get(Verdict.CANCELLED_EARLIER, 0) if again_cancelled else 0)
    known = sessions.of(db, batch.connection_id, batch.session_id)
    settings = known.registration if known else None
    seen = outlook.of_batch(db, batch, now=now)
    starts_at = known.session.starts_at if known else None
    due_at = min((one for one in (starts_at, batch.own_deadline_at) if one is not None), default=None)
    limit = settings.auto_close_limit if settings else None
    registered = (settings.registrant_count if settings else None) or registrants.on_list(
        db, batch.connection_id, batch.session_id
    )
    return BeforeStart(
        counts=counts,
        new=new,
        mails=mails(new, settings.suppress_emails if settings else None),
        auto_close_limit=limit,
        beyond_limit=beyond_limit(new, registered, limit),
        free_mail=_free_mail(db, batch.id) if settings is not None and settings.work_email_required else 0,
        outlook=seen,
        starts_at=starts_at,
        own_deadline_at=batch.own_deadline_at,
        by_due=seen.forecast.people_by(due_at, new) if due_at else new,
    )


def mails(new: int, suppress_emails: bool | None) -> int | None:
    """How many mails RingCentral sends for so many new people; None: its setting is not known."""
    return None if suppress_emails is None else 0 if suppress_emails else new


def beyond_limit(new: int, registered: int, limit: int | None) -> int:
    """How many of the new people come after registration has closed itself at its limit (0: it has none)."""
    return 0 if not limit else min(new, max(0, registered + new - limit))


def _free_mail(db: Session, batch_id: int) -> int:
    """New people with an address of one of the big providers of private mail."""
    private = or_(*(BatchLine.email_key.like(f"%@{domain}") for domain in FREE_MAIL))
    query = select(func.count()).where(
        BatchLine.batch_id == batch_id, BatchLine.verdict == Verdict.TO_SEND.value, private
    )
    return db.scalar(query) or 0


def set_deadline(db: Session, batch_id: int, due_at: datetime | None) -> None:
    """The marketer's own deadline for a draft; None: the session's start."""
    batch = db.get_one(Batch, batch_id)
    if batch.state == BatchState.DRAFT:
        batch.own_deadline_at = due_at


def start(store: Store, batch_id: int, *, again_cancelled: bool, now: datetime) -> bool:
    """draft → running, once however often it is pressed. An unchecked draft does not start."""
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        if batch.checked_at is None:
            return False
        listed = readings.last_complete(db, batch.connection_id, What.REGISTRANTS, batch.session_id)
        listed_at = listed.begun_at if listed else None
        return batches.start(db, batch_id, listed_at=listed_at, again_cancelled=again_cancelled, now=now)
