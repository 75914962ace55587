"""RingCentral's API as one method per operation: each makes exactly one HTTP call, or none.

Nothing here waits, repeats, signs in by itself or follows a redirect; the worker decides all that. Every method may
raise any class of `errors`; what is particular to one stands at it. All calls belong to the Heavy rate group (10 a
minute per user and app unless RingCentral raised it), those of subscriptions to Light and Medium, sign-in to Auth.

Source: RingCentral's public OpenAPI document, 2026-08; a test checks each request and answer against a copy.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import requests

from rollcall.ringcentral import limits
from rollcall.ringcentral.calls import Calls, fill, made, nothing, page_of
from rollcall.ringcentral.exchange import Permit, Timeouts
from rollcall.ringcentral.models import (
    Answer,
    Invitee,
    InviteeChanges,
    Page,
    Participant,
    Registrant,
    RegistrationSession,
    Subscription,
    Token,
    Webinar,
    WebinarSession,
)
from rollcall.ringcentral.signin import Credentials

T = TypeVar("T")

CONFIGURATION = "/webinar/configuration/v1"
HISTORY = "/webinar/history/v1"
SUBSCRIPTIONS = "/webinar/notifications/v1/subscriptions"


class Client:
    """One user and app at one RingCentral. Several threads may use it at once."""

    def __init__(
        self,
        credentials: Credentials,
        http: requests.Session | None = None,
        *,
        now: Callable[[], datetime],
        timeout: Timeouts = Timeouts(),  # noqa: B008 - frozen
        permit: Permit | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            http: gives headers, proxies and certificates (`verify` as a path); connections are made for each call.
            now: the clock, aware UTC.
            permit: called before each request leaves, when all is ready and the connection stands. Raising
                `NotExecuted` keeps the request from leaving. Called by one thread at a time.
        """
        self._server_url = credentials.server_url
        self._calls = Calls(credentials, http or requests.Session(), now=now, timeout=timeout, permit=permit)

    def __repr__(self) -> str:
        return f"Client({self._server_url!r})"

    # Sign-in

    def sign_in(self) -> Answer[Token]:
        """Ask for a token with the JWT and keep it. While one thread asks, others wait and take its outcome.

        One call of the Auth group (5 a minute).

        Raises:
            SignInFailed: the credentials are not accepted.
            OutcomeUnknown: no usable answer; harmless, ask again.
        """
        return self._calls.sign_in()

    @property
    def signed_in_until(self) -> datetime | None:
        """When the token in hand runs out; None without one."""
        token = self._calls.tokens.token
        return token.expires_at if token else None

    def needs_sign_in(self, now: datetime) -> bool:
        """Whether to sign in before the next call: no token, or only minutes (short-lived: a tenth) left of it."""
        return self._calls.tokens.needs_sign_in(now)

    def forget_token(self) -> None:
        """Drop the token in hand; a 401 does this by itself."""
        self._calls.tokens.forget()

    # Sessions and webinars

    def company_sessions(
        self,
        *,
        end_time_from: datetime,
        page_token: str | None = None,
        status: str | None = None,
        host_user_ids: Sequence[str] = (),
    ) -> Answer[Page[WebinarSession]]:
        """Sessions of the whole company whose scheduled end is at or after a moment, the earliest first.

        Raises:
            Forbidden: the user is not allowed WebinarSettings; ask for `own_sessions`.
        """
        params = _window(end_time_from) | {"status": status, "hostUserId": ",".join(host_user_ids) or None}
        return self._calls.page(f"{CONFIGURATION}/company/sessions", WebinarSession.read, page_token, params)

    def own_sessions(
        self,
        *,
        end_time_from: datetime,
        page_token: str | None = None,
        status: str | None = None,
        name_fragment: str | None = None,
    ) -> Answer[Page[WebinarSession]]:
        """The user's own sessions whose scheduled end is at or after a moment, the earliest first."""
        params = _window(end_time_from) | {"status": status, "nameFragment": name_fragment}
        return self._calls.page(f"{CONFIGURATION}/sessions", WebinarSession.read, page_token, params)

    def company_history(
        self,
        *,
        end_time_from: datetime,
        end_time_to: datetime,
        page_token: str | None = None,
        statuses: Sequence[str] = (),
        host_user_ids: Sequence[str] = (),
    ) -> Answer[Page[WebinarSession]]:
        """Sessions of the whole company that ended within a window, the latest first.

        Raises:
            Forbidden: the user is not allowed WebinarSettings; ask for `own_history`.
            Refused: the window may be too wide; its greatest width is not documented.
        """
        params = _window(end_time_from, end_time_to)
        params |= {"status": statuses or None, "hostUserId": ",".join(host_user_ids) or None}
        return self._calls.page(f"{HISTORY}/company/sessions", WebinarSession.read, page_token, params)

    def own_history(
        self,
        *,
        end_time_from: datetime,
        end_time_to: datetime,
        page_token: str | None = None,
        statuses: Sequence[str] = (),
        name_fragment: str | None = None,
    ) -> Answer[Page[WebinarSession]]:
        """The user's own sessions that ended within a window, the latest first.

        Raises:
            Refused: the window may be too wide; its greatest width is not documented.
        """
        params = _window(end_time_from, end_time_to) | {"status": statuses or None, "nameFragment": name_fragment}
        return self._calls.page(f"{HISTORY}/sessions", WebinarSession.read, page_token, params)

    def webinar(self, webinar_id: str) -> Answer[Webinar]:
        """One webinar's configuration; tells whether registration is on at all."""
        return self._calls.make(
            "GET", fill(CONFIGURATION + "/webinars/{webinarId}", webinarId=webinar_id), Webinar.read
        )

    def session(self, webinar_id: str, session_id: str) -> Answer[WebinarSession]:
        """One session's configuration; its `webinar_id` is empty, the answer does not repeat it."""
        return self._calls.make("GET", _session(CONFIGURATION, webinar_id, session_id), WebinarSession.read)

    def history_session(self, webinar_id: str, session_id: str) -> Answer[WebinarSession]:
        """One session as it was; its `webinar_id` is empty, the answer does not repeat it."""
        return self._calls.make("GET", _session(HISTORY, webinar_id, session_id), WebinarSession.read)

    # Registration

    def registration(self, session_id: str) -> Answer[RegistrationSession]:
        """Whether registration is open, and its settings.

        Raises:
            Gone: no registration for this session: switched off, or the session is not there.
        """
        return self._calls.make("GET", _registration(session_id), RegistrationSession.read)

    def change_registration(self, session_id: str, changes: Mapping[str, Any]) -> Answer[RegistrationSession]:
        """Change what is named and nothing else, e.g. {"registrationStatus": "Open", "settings": {…}}."""
        return self._calls.make("PATCH", _registration(session_id), RegistrationSession.read, json=dict(changes))

    def registrants(self, session_id: str, page_token: str | None = None) -> Answer[Page[Registrant]]:
        """Up to 1,000 registrants of a session, by id. A new one may be missing for a while (stored late)."""
        return self._calls.page(f"{_registration(session_id)}/registrants", Registrant.read, page_token)

    def registrant(self, session_id: str, registrant_id: str) -> Answer[Registrant]:
        """One registrant."""
        return self._calls.make("GET", _registrant(session_id, registrant_id), Registrant.read)

    def create_registrant(self, session_id: str, fields: Mapping[str, str]) -> Answer[Registrant]:
        """Register one person. There is no idempotency key: never repeat this while its outcome is unknown.

        Args:
            fields: by the API's names: firstName, lastName, email, source, externalId, joinUri, cancellationUri.
                Empty ones are left out.

        Raises:
            Forbidden: registration is not open, or the user has no right to the session.
            Conflict: the address may be registered already (our reading).
            CarriedOutUnreadable: registered, but the id is only to be had from the list.
        """
        body = {name: value for name, value in fields.items() if value}
        path = f"{_registration(session_id)}/registrants"
        return self._calls.make("POST", path, made(Registrant.read), json=body)

    def delete_registrant(self, session_id: str, registrant_id: str) -> Answer[None]:
        """Take a registrant out. Refused (403) once the session is finished."""
        return self._calls.make("DELETE", _registrant(session_id, registrant_id), nothing)

    # Attendance

    def participants(
        self,
        webinar_id: str,
        session_id: str,
        page_token: str | None = None,
        *,
        original_roles: Sequence[str] = (),
    ) -> Answer[Page[Participant]]:
        """Who was there; one person may have several records. Order is not documented."""
        path = f"{_session(HISTORY, webinar_id, session_id)}/participants"
        return self._calls.page(path, Participant.read, page_token, {"originalRole": original_roles or None})

    def history_invitees(
        self, webinar_id: str, session_id: str, page_token: str | None = None
    ) -> Answer[Page[Invitee]]:
        """Hosts, co-hosts and panelists as they were, with whether each joined."""
        return self._calls.page(f"{_session(HISTORY, webinar_id, session_id)}/invitees", Invitee.read, page_token)

    # Panel

    def invitees(self, webinar_id: str, session_id: str, page_token: str | None = None) -> Answer[Page[Invitee]]:
        """Hosts, co-hosts and panelists as they are planned."""
        return self._calls.page(_invitees(webinar_id, session_id), Invitee.read, page_token)

    def change_invitees(
        self,
        webinar_id: str,
        session_id: str,
        *,
        added: Sequence[Mapping[str, Any]] = (),
        updated: Sequence[Mapping[str, Any]] = (),
        deleted_ids: Sequence[str] = (),
    ) -> Answer[InviteeChanges]:
        """Add, change and remove panel members in one call; records in the API's names, updates with id and role."""
        lists = {
            "addedInvitees": [dict(one) for one in added],
            "updatedInvitees": [dict(one) for one in updated],
            "deletedInvitees": [{"id": one} for one in deleted_ids],
        }
        body = {name: records for name, records in lists.items() if records}
        return self._calls.make("PATCH", _invitees(webinar_id, session_id), InviteeChanges.read, json=body)

    def invitee(self, webinar_id: str, session_id: str, invitee_id: str) -> Answer[Invitee]:
        """One panel member."""
        return self._calls.make("GET", _invitees(webinar_id, session_id, invitee_id), Invitee.read)

    def change_invitee(
        self, webinar_id: str, session_id: str, invitee_id: str, fields: Mapping[str, Any]
    ) -> Answer[Invitee]:
        """Replace one panel member's fields; `role` is required."""
        return self._calls.make("PUT", _invitees(webinar_id, session_id, invitee_id), Invitee.read, json=dict(fields))

    def delete_invitee(self, webinar_id: str, session_id: str, invitee_id: str) -> Answer[None]:
        """Take one panel member out. Refused (403) once the session is active or finished."""
        return self._calls.make("DELETE", _invitees(webinar_id, session_id, invitee_id), nothing)

    # Subscriptions

    def subscriptions(self) -> Answer[Page[Subscription]]:
        """All webhooks of this user and app (at most 30, one page). Light group."""
        return self._calls.make("GET", SUBSCRIPTIONS, page_of(Subscription.read))

    def subscription(self, subscription_id: str) -> Answer[Subscription]:
        """One webhook. Light group."""
        return self._calls.make("GET", _subscription(subscription_id), Subscription.read)

    def create_subscription(
        self,
        *,
        event_filters: Sequence[str],
        address: str,
        verification_token: str | None = None,
        expires_in: int = limits.SUBSCRIPTION_LIFE,
    ) -> Answer[Subscription]:
        """Have RingCentral call an https address of ours on events. It does so once before this call ends.

        Args:
            expires_in: seconds; the default when left out is not documented, so it is always sent.
        """
        delivery = {"transportType": "WebHook", "address": address}
        if verification_token:
            delivery["verificationToken"] = verification_token
        body = {"eventFilters": list(event_filters), "deliveryMode": delivery, "expiresIn": expires_in}
        return self._calls.make("POST", SUBSCRIPTIONS, made(Subscription.read), json=body)

    def update_subscription(
        self, subscription_id: str, *, event_filters: Sequence[str], expires_in: int = limits.SUBSCRIPTION_LIFE
    ) -> Answer[Subscription]:
        """Change a webhook's events and lifetime (seconds); its address cannot be changed. Medium group."""
        body = {"eventFilters": list(event_filters), "expiresIn": expires_in}
        return self._calls.make("PUT", _subscription(subscription_id), Subscription.read, json=body)

    def renew_subscription(self, subscription_id: str) -> Answer[Subscription]:
        """Give a webhook another lifetime of the length it had. Light group."""
        return self._calls.make("POST", f"{_subscription(subscription_id)}/renew", Subscription.read)

    def delete_subscription(self, subscription_id: str) -> Answer[None]:
        """End a webhook. Medium group."""
        return self._calls.make("DELETE", _subscription(subscription_id), nothing)


def pages(fetch: Callable[[str | None], Answer[Page[T]]]) -> Iterator[Answer[Page[T]]]:
    """Walk a list forward, e.g. pages(lambda token: client.registrants("8001", token)); each step is one call.

    Ends on a page token that was there before, lest it never ends: the list is complete only if the last page's
    `next_token` is None.
    """
    seen: set[str | None] = set()
    token: str | None = None
    while token not in seen:
        seen.add(token)
        answer = fetch(token)
        yield answer
        token = answer.value.next_token


def _window(end_time_from: datetime, end_time_to: datetime | None = None) -> dict[str, str | Sequence[str] | None]:
    return {"endTimeFrom": _stamp(end_time_from), "endTimeTo": _stamp(end_time_to) if end_time_to else None}


def _stamp(moment: datetime) -> str:
    """UTC to the millisecond; raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _session(api: str, webinar_id: str, session_id: str) -> str:
    template = api + "/webinars/{webinarId}/sessions/{sessionId}"
    return fill(template, webinarId=webinar_id, sessionId=session_id)


def _invitees(webinar_id: str, session_id: str, invitee_id: str | None = None) -> str:
    path = f"{_session(CONFIGURATION, webinar_id, session_id)}/invitees"
    return path if invitee_id is None else path + fill("/{inviteeId}", inviteeId=invitee_id)


def _registration(session_id: str) -> str:
    return fill("/webinar/registration/v1/sessions/{sessionId}", sessionId=session_id)


def _registrant(session_id: str, registrant_id: str) -> str:
    return _registration(session_id) + fill("/registrants/{registrantId}", registrantId=registrant_id)


def _subscription(subscription_id: str) -> str:
    return fill(SUBSCRIPTIONS + "/{subscriptionId}", subscriptionId=subscription_id)
