"""Every table: theirs (the roster: what RingCentral said, when) and ours (the book: what somebody here wanted).

Ids are integers; what leaves the house (`ref`) is random. RingCentral's ids are strings. Every instant is stored as
whole milliseconds since 1970 UTC, so that both databases compare and subtract them alike and none loses a zone.
After the first release this schema grows by additive migrations only (`migrations/`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds. Refuses a naive one at the door."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone was about to be stored")
        return (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MILLISECOND


# SQLite numbers a key by itself only where its type is INTEGER; PostgreSQL needs room for more than 2^31 calls.
Key = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables; `Base.metadata` is what the migrations must arrive at."""

    type_annotation_map = {datetime: Instant(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012 (SQLAlchemy's own name)


class Connection(Base):
    """One user of one RingCentral app on one server: whose quota is spent, whose sessions are seen."""

    __tablename__ = "connection"
    __table_args__ = (UniqueConstraint("server_url", "client_id", "owner_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    mode: Mapped[str] = mapped_column(String(8))
    server_url: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str] = mapped_column(String(255))
    owner_id: Mapped[str | None] = mapped_column(String(64))  # None until the first sign-in has told us
    account_id: Mapped[str | None] = mapped_column(String(64))
    credential_hash: Mapped[str] = mapped_column(String(64), index=True)
    scopes: Mapped[str | None] = mapped_column(Text)
    signed_in_at: Mapped[datetime | None]
    stopped_reason: Mapped[str | None] = mapped_column(String(64))
    stopped_detail: Mapped[str | None] = mapped_column(Text)
    trouble: Mapped[str | None] = mapped_column(String(64))  # passing, such as no network; the next success clears it
    trouble_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Quota(Base):
    """What RingCentral allows one group of calls of a connection: last seen in its headers, and a penalty in force."""

    __tablename__ = "quota"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    quota_group: Mapped[str] = mapped_column(String(16), primary_key=True)
    limit: Mapped[int] = mapped_column("call_limit")
    window_ms: Mapped[int]
    seen_at: Mapped[datetime | None]
    penalty_until: Mapped[datetime | None]
    penalties: Mapped[int] = mapped_column(default=0)  # in a row, without a call of ours going through between


class Capability(Base):
    """What this connection's RingCentral has been seen to do where its documents are silent."""

    __tablename__ = "capability"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime]
    call_id: Mapped[int | None] = mapped_column(Key)


class Lease(Base):
    """Who sends for a connection. Its row is also the lock every transaction of a worker takes first."""

    __tablename__ = "lease"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(128))
    machine: Mapped[str] = mapped_column(String(255))
    process_id: Mapped[int]
    process_started: Mapped[str] = mapped_column(String(32))
    epoch: Mapped[int] = mapped_column(Key)
    expires_at: Mapped[datetime]


# ---------------------------------------------------------------- theirs: the roster


class WebinarSession(Base):
    """A webinar session as the last list showed it."""

    __tablename__ = "webinar_session"
    __table_args__ = (Index("ix_webinar_session_start", "connection_id", "starts_at"),)

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    webinar_id: Mapped[str | None] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    host_id: Mapped[str | None] = mapped_column(String(64))
    host_name: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str | None] = mapped_column(String(32))
    runtime_status: Mapped[str | None] = mapped_column(String(32))
    raw: Mapped[dict[str, Any]]
    read_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class RegistrationSettings(Base):
    """A session's registration: open or closed, its limit, whether RingCentral mails people."""

    __tablename__ = "registration_settings"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(32))  # RingCentral's Open, Closed; ours: Off (all-hands), Gone, NoRight
    registrant_count: Mapped[int | None]
    post_webinar_registrant_count: Mapped[int | None]
    auto_close_limit: Mapped[int | None]
    suppress_emails: Mapped[bool | None]
    work_email_required: Mapped[bool | None]
    page_uri: Mapped[str | None] = mapped_column(Text)
    raw: Mapped[dict[str, Any]]
    read_at: Mapped[datetime]


class Registrant(Base):
    """Somebody on RingCentral's list. Two with one email are possible."""

    __tablename__ = "registrant"
    __table_args__ = (
        Index("ix_registrant_email", "connection_id", "session_id", "email_key"),
        Index("ix_registrant_registered", "connection_id", "session_id", "registered_at"),
        # Only whom no reading has shown since a call of ours did: readings write the others all the time.
        Index(
            "ix_registrant_ours",
            "connection_id",
            "session_id",
            "seen_at",
            sqlite_where=text("seen_reading_id IS NULL"),
            postgresql_where=text("seen_reading_id IS NULL"),
        ),
        # All that a search of 50,000 decides by, in one index: the rows themselves are too wide to go through.
        Index(
            "ix_registrant_search",
            "connection_id",
            "session_id",
            "gone_at",
            "search_text",
            "registered_at",
            "source_key",
            "email_key",
            "registrant_id",
        ),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    registrant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text, default="")
    last_name: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    join_uri: Mapped[str | None] = mapped_column(Text)
    cancellation_uri: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[datetime | None]
    participant_id: Mapped[str | None] = mapped_column(String(64))
    post_webinar: Mapped[bool | None]
    raw: Mapped[dict[str, Any]]
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    seen_reading_id: Mapped[int | None] = mapped_column(Key)
    gone_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # see `rollcall.search_text`
    source_key: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))


class Participant(Base):
    """One record of somebody's presence in a session (a person may have several)."""

    __tablename__ = "participant"
    __table_args__ = (Index("ix_participant_registrant", "connection_id", "session_id", "registrant_id"),)

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    participant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    registrant_id: Mapped[str | None] = mapped_column(String(64))
    email_key: Mapped[str | None] = mapped_column(Text)
    user_hash: Mapped[str | None] = mapped_column(Text)  # RingCentral's word for one user over devices and rejoins
    first_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(String(32))
    original_role: Mapped[str | None] = mapped_column(String(32))
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    raw: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime]
    seen_reading_id: Mapped[int | None] = mapped_column(Key)
    gone_at: Mapped[datetime | None]


class SourceName(Base):
    """A spelling of a source that counts as another, decided by hand. The raw value of every registrant stays."""

    __tablename__ = "source_name"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    raw_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of `raw`: a source may have 10,000 characters
    raw: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64))


class SourceSpend(Base):
    """What a source cost for a session, in the smallest unit of its currency."""

    __tablename__ = "source_spend"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(Key)
    currency: Mapped[str] = mapped_column(String(3))
    changed_at: Mapped[datetime]


class SessionTally(Base):
    """What a session's attendance came to, kept so that many sessions can be compared without their people.

    It holds for the readings, the status and the end that it names, and is reckoned again when one of them is another,
    or when a call of ours has put somebody on the list or taken them off; see `rollcall.attendance.due`.
    """

    __tablename__ = "session_tally"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    registrants_reading_id: Mapped[int | None] = mapped_column(Key)
    participants_reading_id: Mapped[int | None] = mapped_column(Key)
    status: Mapped[str] = mapped_column(String(32))
    ends_at: Mapped[datetime | None]
    counted_at: Mapped[datetime]
    registered: Mapped[int]
    attended: Mapped[int]
    absent: Mapped[int]
    cancelled: Mapped[int]
    not_yet_known: Mapped[int]
    on_demand: Mapped[int]
    median_seconds: Mapped[int | None]  # of those who came: an upper bound, as all minutes are; None: not available
    provisional: Mapped[list[Any]]  # why the figures may still change, as `matching.Provisional` says; empty: final


class SourceTally(Base):
    """A session's tally by source as received; "" are those without one. Made and replaced with its `SessionTally`."""

    __tablename__ = "source_tally"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    raw_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # of `raw`: a source may have 10,000 characters
    raw: Mapped[str] = mapped_column(Text)
    registered: Mapped[int]
    attended: Mapped[int]
    absent: Mapped[int]
    cancelled: Mapped[int]
    not_yet_known: Mapped[int]


class Preference(Base):
    """What somebody set once for all pages, such as the statuses of their CRM."""

    __tablename__ = "preference"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class Reading(Base):
    """One list read from RingCentral, or to be read: what, when, complete or not, asked for by whom."""

    __tablename__ = "reading"
    __table_args__ = (
        Index(
            "ux_reading_open",
            "connection_id",
            "what",
            "session_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        Index("ix_reading_begun", "connection_id", "what", "session_id", "begun_at"),
        Index("ix_reading_latest", "connection_id", "what", "session_id", "id"),
        CheckConstraint("state IN ('waiting', 'running', 'complete', 'failed')", name="ck_reading_state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    what: Mapped[str] = mapped_column(String(32))
    session_id: Mapped[str] = mapped_column(String(64), default="")  # "": the whole connection
    lane: Mapped[int]
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cursor: Mapped[dict[str, Any] | None]
    pages: Mapped[int] = mapped_column(default=0)
    records: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)


# ---------------------------------------------------------------- ours: the book


class Registration(Base):
    """One person in one session, as long as we deal with them: its `ref` survives retry, cancel and re-register."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("connection_id", "session_id", "email_key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    session_id: Mapped[str] = mapped_column(String(64))
    email_key: Mapped[str] = mapped_column(Text)
    ref: Mapped[str] = mapped_column(String(32), unique=True)
    registrant_id: Mapped[str | None] = mapped_column(String(64))
    standing: Mapped[str] = mapped_column(String(16), default="none")
    created_at: Mapped[datetime]


def _where(condition: str) -> dict[str, Any]:
    """The same partial index on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Action(Base):
    """One wish, and what became of it. The states and their transitions stand in `rollcall.outbox.ledger`."""

    __tablename__ = "action"
    __table_args__ = (
        Index("ux_action_in_flight", "registration_id", unique=True, **_where("state IN ('sending', 'unconfirmed')")),
        Index("ux_action_waiting", "registration_id", unique=True, **_where("state = 'waiting'")),
        Index("ix_action_waiting", "connection_id", "priority", "id", **_where("state = 'waiting'")),
        Index("ix_action_sending", "connection_id", **_where("state = 'sending'")),
        Index("ix_action_unconfirmed", "connection_id", "session_id", **_where("state = 'unconfirmed'")),
        Index("ix_action_registration", "registration_id", "id"),
        Index("ix_action_batch", "batch_id", "state"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'unconfirmed', 'done', 'refused', 'withdrawn')", name="ck_action_state"
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    session_id: Mapped[str] = mapped_column(String(64))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    kind: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(64))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    registrant_id: Mapped[str | None] = mapped_column(String(64))  # whom the call made, or removes
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # when the last call for it left, and
    ended_at: Mapped[datetime | None]  # when it ended, or was given up
    absent_at: Mapped[datetime | None]  # begin of the first complete listing that did not show the person
    conflicts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_status: Mapped[int | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    error_parameter: Mapped[str | None] = mapped_column(String(128))
    request_id: Mapped[str | None] = mapped_column(String(128))
    call_id: Mapped[int | None] = mapped_column(Key)
    epoch: Mapped[int | None] = mapped_column(Key)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Batch(Base):
    """An upload, or another list of wishes."""

    __tablename__ = "batch"
    __table_args__ = (
        Index("ix_batch_running", "connection_id", **_where("state = 'running'")),
        Index("ix_batch_session", "connection_id", "session_id", "id"),
        CheckConstraint("state IN ('draft', 'running', 'paused', 'stopped', 'finished')", name="ck_batch_state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    session_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    name: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    pause_reason: Mapped[str | None] = mapped_column(String(64))
    first_at: Mapped[datetime | None]  # "this one first", the latest such wish wins
    deadline_at: Mapped[datetime | None]  # the marketer's own, else the session's start when Start was pressed
    own_deadline_at: Mapped[datetime | None]
    list_after: Mapped[datetime | None]  # nothing leaves before a complete listing begun at or after this
    unfolded: Mapped[int] = mapped_column(default=0)  # lines up to this one have become actions
    cursor: Mapped[int] = mapped_column(default=0)  # no line up to this one has a waiting action
    lines: Mapped[int] = mapped_column(default=0)
    mapping: Mapped[dict[str, Any] | None]
    links: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Upload(Base):
    """The file a batch came from, until somebody deletes it."""

    __tablename__ = "upload"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    encoding: Mapped[str] = mapped_column(String(32))
    delimiter: Mapped[str] = mapped_column(String(1))
    bom: Mapped[bool]
    newline: Mapped[str] = mapped_column(String(2))
    header: Mapped[list[Any]]
    deleted_at: Mapped[datetime | None]


class BatchLine(Base):
    """One row of an upload: what it said, what we made of it, and the action it became, if it became one."""

    __tablename__ = "batch_line"
    __table_args__ = (
        Index("ix_batch_line_verdict", "batch_id", "verdict", "number"),
        Index("ix_batch_line_action", "action_id", **_where("action_id IS NOT NULL")),
        Index("ix_batch_line_with_action", "batch_id", "number", **_where("action_id IS NOT NULL")),
        Index("ix_batch_line_email", "batch_id", "email_key"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)  # 1 is the first row below the header
    line: Mapped[int]  # physical line in the file
    cells: Mapped[list[Any] | None]
    person: Mapped[dict[str, Any] | None]  # the corrected cells, as they would be sent
    email_key: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(String(24))
    problems: Mapped[list[Any] | None]
    note: Mapped[str | None] = mapped_column(Text)  # the line it repeats, what differs from a shared action
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"))


class Call(Base):
    """A call that spends quota, written before it leaves. Operation `others`: of the same credential, not ours."""

    __tablename__ = "call"
    __table_args__ = (
        Index("ix_call_ended", "connection_id", "quota_group", "ended_at"),
        Index("ix_call_open", "connection_id", **_where("ended_at IS NULL")),
        Index("ix_call_paced", "connection_id", "quota_group", "paced", "departed_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    quota_group: Mapped[str] = mapped_column(String(16))
    operation: Mapped[str] = mapped_column(String(32))
    paced: Mapped[bool] = mapped_column(Boolean, default=False)  # dripped, or taken by somebody who waits
    action_id: Mapped[int | None] = mapped_column(Key)
    reading_id: Mapped[int | None] = mapped_column(Key)
    departed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    status: Mapped[int | None]
    result: Mapped[str | None] = mapped_column(String(32))
    request_id: Mapped[str | None] = mapped_column(String(128))
    epoch: Mapped[int | None] = mapped_column(Key)


class Journal(Base):
    """Who did what when. Ids only, never a name or an address."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_at", "connection_id", "at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    deed: Mapped[str] = mapped_column(String(48))
    session_id: Mapped[str | None] = mapped_column(String(64))
    batch_id: Mapped[int | None] = mapped_column(Key)
    action_id: Mapped[int | None] = mapped_column(Key)
    detail: Mapped[dict[str, Any] | None]
