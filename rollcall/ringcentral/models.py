"""What RingCentral answers, as frozen values.

Nothing here refuses a record: an unknown field stays in `raw`, an unknown enum value stays the text it is, a value of
the wrong kind becomes empty. Ids are text even where they look like numbers, times are aware UTC, absent text is ""
and any other absent value None. A repr shows ids and states, never a person, a link or a token.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")
Raw = dict[str, Any]  # one JSON object as it was received


@dataclass(frozen=True, slots=True)
class Quota:
    """What the X-Rate-Limit-* headers of one answer say; an answer without them has none."""

    group: str  # such as "heavy"; may change, so nothing decides on it
    limit: int  # calls per window
    remaining: int  # calls left in the current window
    window: float  # seconds


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """One successful call: what it gave, and what its headers say."""

    value: T
    status: int
    quota: Quota | None
    request_id: str  # RingCentral's RCRequestId, for its support; "" when not sent


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. The list is complete when `next_token` is None."""

    records: tuple[T, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class Token:
    """A signed-in state. Lives in memory only."""

    access_token: str = field(repr=False)
    expires_at: datetime  # counted from before the request left, so never too late
    life: float  # seconds from then to `expires_at`
    scopes: frozenset[str]
    owner_id: str  # the user, for whom all calls are made
    account_id: str | None  # the documented answer has none


@dataclass(frozen=True, slots=True)
class Registrant:
    """Somebody registered for a session."""

    id: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str = field(repr=False)
    external_id: str = field(repr=False)
    source: str = field(repr=False)
    join_uri: str = field(repr=False)
    cancellation_uri: str = field(repr=False)
    registration_time: datetime | None
    creation_time: datetime | None
    last_modified_time: datetime | None
    registered_post_webinar: bool | None  # for the on-demand version
    participant_id: str  # not empty once the person attended
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the registration API."""
        raw = _object(record)
        return cls(
            id=_id(raw.get("id")),
            first_name=_text(raw.get("firstName")),
            last_name=_text(raw.get("lastName")),
            email=_text(raw.get("email")),
            external_id=_text(raw.get("externalId")),
            source=_text(raw.get("source")),
            join_uri=_text(raw.get("joinUri")),
            cancellation_uri=_text(raw.get("cancellationUri")),
            registration_time=_moment(raw.get("registrationTime")),
            creation_time=_moment(raw.get("creationTime")),
            last_modified_time=_moment(raw.get("lastModifiedTime")),
            registered_post_webinar=_flag(raw.get("registeredPostWebinar")),
            participant_id=_id(raw.get("participantId")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class RegistrationSession:
    """The registration side of a session. One exists only where registration is on."""

    id: str
    status: str  # Open, Closed, or what RingCentral adds
    registrant_count: int | None
    post_webinar_registrant_count: int | None
    has_real_registrants: bool | None
    page_uri: str = field(repr=False)  # RingCentral's own registration page
    auto_close_limit: int | None  # registrants at which registration closes; 0 is off
    suppress_emails: bool | None  # True: RingCentral mails nobody
    registration_digest_enabled: bool | None
    prevent_multiple_device_joins: bool | None
    work_email_required: bool | None
    view_recording: bool | None
    on_demand_duration: str
    auto_open_post_webinar_registration: bool | None
    recording_exist: bool | None
    post_webinar_registration_closing_time: datetime | None
    raw: Raw = field(repr=False, compare=False)

    @property
    def is_open(self) -> bool:
        return self.status == "Open"

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the registration API."""
        raw = _object(record)
        settings = _object(raw.get("settings"))
        return cls(
            id=_id(raw.get("id")),
            status=_text(raw.get("registrationStatus")),
            registrant_count=_number(raw.get("registrantCount")),
            post_webinar_registrant_count=_number(raw.get("postWebinarRegistrantCount")),
            has_real_registrants=_flag(raw.get("hasRealRegistrants")),
            page_uri=_text(raw.get("registrationPageUri")),
            auto_close_limit=_number(settings.get("autoCloseLimit")),
            suppress_emails=_flag(settings.get("suppressEmails")),
            registration_digest_enabled=_flag(settings.get("registrationDigestEnabled")),
            prevent_multiple_device_joins=_flag(settings.get("preventMultipleDeviceJoins")),
            work_email_required=_flag(settings.get("workEmailRequired")),
            view_recording=_flag(settings.get("viewRecording")),
            on_demand_duration=_text(settings.get("onDemandDuration")),
            auto_open_post_webinar_registration=_flag(settings.get("autoOpenPostWebinarRegistration")),
            recording_exist=_flag(settings.get("recordingExist")),
            post_webinar_registration_closing_time=_moment(settings.get("postWebinarRegistrationClosingTime")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class WebinarSession:
    """A session as the configuration or the history API tells it; what the one does not say is empty.

    `start_time` and `end_time` come from history and are the actual ones only once the session has begun and ended;
    until then RingCentral puts the scheduled times there (OpenAPI HistorySessionMinimalModel).
    """

    id: str
    webinar_id: str
    title: str  # the session's own, or the webinar's where that is blank
    description: str = field(repr=False)
    host_id: str
    host_name: str = field(repr=False)
    scheduled_start_time: datetime | None
    scheduled_duration: int | None  # seconds
    time_zone: str  # IANA name, unchecked
    status: str  # Scheduled, Active, Finished, or what RingCentral adds
    runtime_status: str
    start_time: datetime | None
    end_time: datetime | None
    duration: int | None  # seconds, rounded up
    broadcasting_start_time: datetime | None
    broadcasting_end_time: datetime | None
    participant_count: int | None
    attendee_count: int | None
    unique_participant_count: int | None
    unique_attendee_count: int | None
    creation_time: datetime | None
    last_modified_time: datetime | None
    attendee_join_uri: str = field(repr=False)  # the shared link of a webinar without registration
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the configuration or the history API."""
        raw = _object(record)
        webinar = _object(raw.get("webinar"))
        host = _object(webinar.get("host"))
        return cls(
            id=_id(raw.get("id")),
            webinar_id=_id(webinar.get("id")),
            title=_text(raw.get("title")) or _text(webinar.get("title")),
            description=_text(raw.get("description")) or _text(webinar.get("description")),
            host_id=_host_id(host),
            host_name=f"{_text(host.get('firstName'))} {_text(host.get('lastName'))}".strip(),
            scheduled_start_time=_moment(raw.get("scheduledStartTime")),
            scheduled_duration=_number(raw.get("scheduledDuration")),
            time_zone=_text(raw.get("timeZone")),
            status=_text(raw.get("status")),
            runtime_status=_text(raw.get("runtimeStatus")),
            start_time=_moment(raw.get("startTime")),
            end_time=_moment(raw.get("endTime")),
            duration=_number(raw.get("duration")),
            broadcasting_start_time=_moment(raw.get("broadcastingStartTime")),
            broadcasting_end_time=_moment(raw.get("broadcastingEndTime")),
            participant_count=_number(raw.get("participantCount")),
            attendee_count=_number(raw.get("attendeeCount")),
            unique_participant_count=_number(raw.get("uniqueParticipantCount")),
            unique_attendee_count=_number(raw.get("uniqueAttendeeCount")),
            creation_time=_moment(raw.get("creationTime")),
            last_modified_time=_moment(raw.get("lastModifiedTime")),
            attendee_join_uri=_text(raw.get("attendeeJoinUri")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Webinar:
    """A webinar's configuration; its dates are on its sessions."""

    id: str
    title: str
    description: str = field(repr=False)
    host_id: str
    registration_enabled: bool | None  # False: an all-hands webinar, one shared link
    attendee_authentication: str  # anything but Guest keeps outsiders out
    creation_time: datetime | None
    last_modified_time: datetime | None
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the configuration API."""
        raw = _object(record)
        settings = _object(raw.get("settings"))
        return cls(
            id=_id(raw.get("id")),
            title=_text(raw.get("title")),
            description=_text(raw.get("description")),
            host_id=_host_id(_object(raw.get("host"))),
            registration_enabled=_flag(settings.get("registrationEnabled")),
            attendee_authentication=_text(settings.get("attendeeAuthentication")),
            creation_time=_moment(raw.get("creationTime")),
            last_modified_time=_moment(raw.get("lastModifiedTime")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Participant:
    """One record of somebody's being there; a person who rejoins may have several."""

    id: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str = field(repr=False)
    role: str
    original_role: str
    type: str  # User, Room
    join_time: datetime | None  # the earliest
    leave_time: datetime | None  # the latest; may be missing while the session runs
    was_ejected: bool | None
    invitee_id: str
    registrant_id: str
    unique_user_hash: str = field(repr=False)
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the history API."""
        raw = _object(record)
        return cls(
            id=_id(raw.get("id")),
            first_name=_text(raw.get("firstName")),
            last_name=_text(raw.get("lastName")),
            email=_text(raw.get("email")),
            role=_text(raw.get("role")),
            original_role=_text(raw.get("originalRole")),
            type=_text(raw.get("type")),
            join_time=_moment(raw.get("joinTime")),
            leave_time=_moment(raw.get("leaveTime")),
            was_ejected=_flag(raw.get("wasEjected")),
            invitee_id=_id(raw.get("inviteeId")),
            registrant_id=_id(raw.get("registrantId")),
            unique_user_hash=_text(raw.get("uniqueUserHash")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Invitee:
    """A host, co-host or panelist, from the configuration or the history API."""

    id: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str = field(repr=False)
    job_title: str = field(repr=False)
    role: str
    original_role: str
    type: str  # User, Room
    join_uri: str = field(repr=False)
    send_invite: bool | None
    joined: bool | None  # history only
    linked_user_id: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the configuration or the history API."""
        raw = _object(record)
        return cls(
            id=_id(raw.get("id")),
            first_name=_text(raw.get("firstName")),
            last_name=_text(raw.get("lastName")),
            email=_text(raw.get("email")),
            job_title=_text(raw.get("jobTitle")),
            role=_text(raw.get("role")),
            original_role=_text(raw.get("originalRole")),
            type=_text(raw.get("type")),
            join_uri=_text(raw.get("joinUri")),
            send_invite=_flag(raw.get("sendInvite")),
            joined=_flag(raw.get("joined")),
            linked_user_id=_id(_object(raw.get("linkedUser")).get("userId")),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class InviteeChanges:
    """What one change of a session's panel did, as RingCentral tells it."""

    added: tuple[Invitee, ...]
    updated: tuple[Invitee, ...]
    deleted_ids: tuple[str, ...]
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read the answer to PATCH …/invitees."""
        raw = _object(record)
        return cls(
            added=tuple(map(Invitee.read, _list(raw.get("addedInvitees")))),
            updated=tuple(map(Invitee.read, _list(raw.get("updatedInvitees")))),
            deleted_ids=tuple(_id(_object(one).get("id")) for one in _list(raw.get("deletedInvitees"))),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook RingCentral keeps for this user and app."""

    id: str
    status: str  # Active, Blacklisted, or what RingCentral adds
    event_filters: tuple[str, ...]
    disabled_filters: tuple[str, ...]
    address: str = field(repr=False)  # its path is a secret of ours
    expiration_time: datetime | None
    creation_time: datetime | None
    blacklisted_at: datetime | None
    blacklisted_reason: str
    raw: Raw = field(repr=False, compare=False)

    @classmethod
    def read(cls, record: object) -> Self:
        """Read one JSON object of the notifications API."""
        raw = _object(record)
        blacklisted = _object(raw.get("blacklistedData"))
        return cls(
            id=_id(raw.get("id")),
            status=_text(raw.get("status")),
            event_filters=tuple(map(_text, _list(raw.get("eventFilters")))),
            disabled_filters=tuple(_text(_object(one).get("filter")) for one in _list(raw.get("disabledFilters"))),
            address=_text(_object(raw.get("deliveryMode")).get("address")),
            expiration_time=_moment(raw.get("expirationTime")),
            creation_time=_moment(raw.get("creationTime")),
            blacklisted_at=_moment(blacklisted.get("blacklistedAt")),
            blacklisted_reason=_text(blacklisted.get("reason")),
            raw=raw,
        )


def _object(value: object) -> Raw:
    """Give a JSON object as it is; anything else, where one should be, is kept under a name of ours."""
    if isinstance(value, Mapping):
        return dict(value)
    return {} if value is None else {"unreadable": value}


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else ""


def _id(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _text(value).strip()


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        number = int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 2**31 else None  # the documented int32


def _flag(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    """Read an ISO 8601 time; one without an offset is taken for UTC (our reading)."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _host_id(host: Raw) -> str:
    """The host's user id: under linkedUser in lists, beside it in a webinar's own configuration."""
    return _id(_object(host.get("linkedUser")).get("userId")) or _id(host.get("userId"))
