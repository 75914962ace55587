"""One call of the API, whole: signed request out, reply in, an answer or an error of ours."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import requests

from rollcall.ringcentral import limits
from rollcall.ringcentral.errors import Refused, RingCentralError, error_for, sign_in_error_for, unreadable
from rollcall.ringcentral.exchange import LEAKS, Permit, Route, Timeouts, exchange, no_answer
from rollcall.ringcentral.models import Answer, Page, Token
from rollcall.ringcentral.reply import Reply
from rollcall.ringcentral.signin import TOKEN_PATH, Authorization, Credentials, TokenKeeper, read_token

T = TypeVar("T")
Params = Mapping[str, str | Sequence[str] | None]

# 202 is missing because accepted is not carried out, 206 because half a list proves nothing.
SUCCESS = frozenset({200, 201, 203, 204, 205})


class Calls:
    """Makes the calls of one user and app; several threads may do so at once."""

    def __init__(
        self,
        credentials: Credentials,
        http: requests.Session,
        *,
        now: Callable[[], datetime],
        timeout: Timeouts,
        permit: Permit | None,
    ) -> None:
        self.tokens = TokenKeeper()
        self._credentials = credentials
        self._base = credentials.server_url.rstrip("/")
        self._http = http
        self._now = now
        self._timeout = timeout
        self._permit = permit
        self._permitting = threading.Lock()

    def sign_in(self) -> Answer[Token]:
        """One POST to the token endpoint, or the outcome of the one that another thread is making."""
        return self.tokens.sign_in(self._ask_for_token)

    def make(
        self,
        method: str,
        path: str,
        read: Callable[[object], T],
        *,
        params: Params | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer[T]:
        """Make one signed call and read its answer.

        Args:
            read: turns the parsed body into the value; raises ValueError when it cannot. For `nothing` the body is
                not looked at.

        Raises:
            SignedOut: no token in hand (nothing was sent), or RingCentral does not know it any more.
            RingCentralError: any other of its classes.
        """
        token = self.tokens.usable(self._now())
        auth = Authorization("Bearer", token.access_token)
        reply = self._send(requests.Request(method, self._base + path, params=params, json=json, auth=auth))
        if reply.status == 401:
            self.tokens.forget(token)
        if reply.status not in SUCCESS:
            raise error_for(reply, now=self._now())
        return _answer(reply, read)

    def page(
        self, path: str, read: Callable[[object], T], page_token: str | None = None, params: Params | None = None
    ) -> Answer[Page[T]]:
        """Make one GET for one page of a list, the largest the API gives."""
        paging = {"perPage": str(limits.PER_PAGE), "pageToken": page_token}
        return self.make("GET", path, page_of(read), params={**(params or {}), **paging})

    def _ask_for_token(self) -> Answer[Token]:
        asked_at = self._now()
        auth = Authorization("Basic", self._credentials.basic)
        form = self._credentials.form
        reply = self._send(requests.Request("POST", self._base + TOKEN_PATH, data=form, auth=auth))
        if reply.status != 200:
            raise sign_in_error_for(reply, now=self._now())
        return _answer(reply, lambda document: read_token(document, asked_at=asked_at))

    def _send(self, request: requests.Request) -> Reply:
        request.headers = {"Accept": "application/json", "User-Agent": "Rollcall"}
        secrets = self._secrets()
        try:
            prepared = self._http.prepare_request(request)
            route = self._route(prepared)
        except LEAKS as leak:
            failure = no_answer(leak, has_begun=False)
        else:
            return replace(exchange(prepared, route, self._ask_permission), secrets=secrets)
        raise failure  # outside the except block, see exchange()

    def _route(self, prepared: requests.PreparedRequest) -> Route:
        url = prepared.url or ""
        certificates = self._http.verify if isinstance(self._http.verify, str) else True  # never unchecked
        around = self._http.merge_environment_settings(url, {}, True, certificates, None)
        # A proxy of the company cannot reach this machine's own demo, and should not see it.
        proxies = {} if is_loopback(url) else dict(around["proxies"])
        return Route(verify=around["verify"] or True, proxies=proxies, timeouts=self._timeout)

    def _secrets(self) -> tuple[str, ...]:
        token = self.tokens.token
        return self._credentials.secrets + ((token.access_token,) if token else ())

    def _ask_permission(self) -> None:
        if self._permit:
            with self._permitting:
                self._permit()


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fill(template: str, **ids: str) -> str:
    """Put ids into a path: fill("/sessions/{sessionId}", sessionId="8001").

    Raises:
        Refused: an id that would name something else ("", "..", "a/b" is quoted); nothing is sent.
    """
    for name, value in ids.items():
        if not re.fullmatch(r"[^\x00-\x20\x7f]{1,256}", value) or set(value) <= {"."}:
            raise Refused("not an id", parameter=name)
    return template.format_map({name: quote(value, safe="") for name, value in ids.items()})


def nothing(document: object) -> None:
    """Read an answer that has no body."""


def made(read: Callable[[object], T]) -> Callable[[object], T]:
    """Read the answer to a creation: without the id of what it made it is no use."""

    def read_made(document: object) -> T:
        if not isinstance(document, Mapping) or not document.get("id"):
            raise ValueError("no id in the answer")
        return read(document)

    return read_made


def _answer(reply: Reply, read: Callable[[object], T]) -> Answer[T]:
    failure: RingCentralError
    try:
        value = read(None if read is nothing else _one_object(reply))
    except ValueError:
        failure = unreadable(reply, "the answer cannot be read")
    else:
        return Answer(value, status=reply.status, quota=reply.quota, request_id=reply.request_id)
    raise failure  # outside the except block: a JSON error holds the whole body


def _one_object(reply: Reply) -> Mapping[str, Any]:
    document = reply.document()
    if not isinstance(document, Mapping):
        raise ValueError("not an object")
    return document


def page_of(read: Callable[[object], T]) -> Callable[[object], Page[T]]:
    """Read one page of a list; without a list of records it is no page, not an empty one."""

    def read_page(document: object) -> Page[T]:
        told = document if isinstance(document, Mapping) else {}
        records, paging = told.get("records"), told.get("paging")
        if not isinstance(records, list):
            raise ValueError("no records in the answer")
        token = paging.get("nextPageToken") if isinstance(paging, Mapping) else None
        return Page(
            tuple(map(read, records)), next_token=str(token) if token and isinstance(token, str | int) else None
        )

    return read_page
