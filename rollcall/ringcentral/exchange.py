"""One request over a connection of its own: what came back, and, when nothing did, whether anything left."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from socket import SHUT_RDWR, gaierror, socket
from ssl import SSLError
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from rollcall.ringcentral import limits
from rollcall.ringcentral.errors import OutcomeUnknown, RingCentralError, Unreachable
from rollcall.ringcentral.reply import Reply

Permit = Callable[[], None]

# Everything that the layers below may raise for a bad address, network or answer; a test walks their exceptions.
LEAKS = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one call may take, in seconds. `total` covers everything but resolving the server's name."""

    connect: float = limits.CONNECT_TIMEOUT
    read: float = limits.READ_TIMEOUT
    total: float = limits.CALL_TIMEOUT


@dataclass(frozen=True, slots=True)
class Route:
    """How the network is to be used: certificates to trust, proxies, times."""

    verify: bool | str
    proxies: dict[str, str]
    timeouts: Timeouts


def exchange(request: requests.PreparedRequest, route: Route, permit: Permit) -> Reply:
    """Send one prepared request once and read its answer to the end, redirects not followed.

    `permit` is called when the connection stands and nothing has been written; what it raises comes out unchanged,
    and then nothing has left.

    Raises:
        Unreachable: nothing of the request left.
        OutcomeUnknown: it left, wholly or in part, and no status came back.
    """
    departure = _Departure(permit, ends=time.monotonic() + route.timeouts.total)
    adapter = _OneCall(departure)
    try:
        return _talk(adapter, request, route, departure)
    except LEAKS as leak:
        failure = departure.refusal or no_answer(leak, has_begun=departure.has_begun)
    finally:
        departure.over()
        adapter.close()
    # Outside the except block on purpose: there the leak, which holds the request with its headers, would become
    # the context of our error.
    raise failure


def no_answer(leak: Exception, *, has_begun: bool) -> RingCentralError:
    """Tell what an exception of the layers below means. Only its kind is used: its text may hold anything."""
    kind = OutcomeUnknown if has_begun else Unreachable
    kinds = tuple(_kinds_inside(leak))
    why = next((words for words, classes in _REASONS if any(issubclass(one, classes) for one in kinds)), None)
    return kind(why or ("the connection broke before an answer" if has_begun else "no connection"))


# The first that fits; NewConnectionError stands before the timeouts because urllib3 derives it from one.
_REASONS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("the server's name could not be resolved", (gaierror, urllib3.exceptions.NameResolutionError)),
    ("the proxy did not let the call through", (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)),
    ("no trusted TLS connection", (requests.exceptions.SSLError, urllib3.exceptions.SSLError, SSLError)),
    ("the connection was refused", (ConnectionRefusedError,)),
    ("no connection", (urllib3.exceptions.NewConnectionError,)),
    ("it took longer than allowed", (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)),
    ("the server's address is of no use", (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)),
)


def _kinds_inside(leak: BaseException, depth: int = 6) -> Iterator[type[BaseException]]:
    yield type(leak)
    inner = (*leak.args, getattr(leak, "reason", None), leak.__cause__)
    for one in inner if depth else ():
        if isinstance(one, BaseException):
            yield from _kinds_inside(one, depth - 1)


def _talk(adapter: HTTPAdapter, request: requests.PreparedRequest, route: Route, departure: "_Departure") -> Reply:
    times = route.timeouts
    response = adapter.send(
        request, stream=True, timeout=(times.connect, times.read), verify=route.verify, proxies=route.proxies
    )
    try:
        body = _body(response)
    except LEAKS:
        body = None
    finally:
        response.close()
    # A connection that was cut looks like the end of a body that has no declared length.
    return Reply(response.status_code, response.headers, None if departure.was_cut_off else body)


def _body(response: requests.Response) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(65_536):
        parts.append(part)
        size += len(part)
        if size > limits.BODY_SIZE:
            return None
    return b"".join(parts)


class _Departure:
    """Whether one request has begun to leave, and the moment at which its connection is cut.

    A flag at the place of writing, because exceptions do not tell: urllib3 gives a read timeout for a TLS handshake
    that stalls, before a byte of the request left, and a connection error for a reset after it.
    """

    def __init__(self, permit: Permit, *, ends: float) -> None:
        self._permit = permit
        self._ends = ends  # by time.monotonic()
        self._clock: threading.Timer | None = None
        self.has_begun = False
        self.was_cut_off = False
        self.refusal: Exception | None = None

    def begin(self, connection: HTTPConnection) -> None:
        """Ask for permission and start the clock. Socket timeouts count silence only; drops would outlast them."""
        try:
            self._permit()
        except Exception as refusal:
            self.refusal = refusal
            raise
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._clock = threading.Timer(left, self._cut, [connection.sock])
        self._clock.daemon = True
        self._clock.start()
        self.has_begun = True

    def _cut(self, sock: Any) -> None:
        self.was_cut_off = True
        with suppress(OSError):
            # Below TLS: its own shutdown would wait for the other side. `.socket`: TLS within a proxy's TLS.
            socket.shutdown(getattr(sock, "socket", sock), SHUT_RDWR)

    def over(self) -> None:
        if self._clock:
            self._clock.cancel()


class _Plain(HTTPConnection):
    """A connection that reports the moment at which its request begins to leave."""

    def __init__(self, *args: Any, departure: _Departure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._departure = departure

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.is_closed:
            self.connect()
        self._departure.begin(self)
        super().request(*args, **kwargs)


class _Tls(_Plain, HTTPSConnection):
    """The same over TLS."""


class _OneCall(HTTPAdapter):
    """The transport of one call: its pool lives and dies with it, so no connection is ever used twice.

    A connection kept open may have been closed by the server meanwhile; a write over it fails after it was sent, and
    that would be an unknown outcome for nothing. At ten calls a minute a new connection costs nothing that counts.
    Nothing is retried.
    """

    def __init__(self, departure: _Departure) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._departure = departure

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        kind = _Tls if isinstance(pool, urllib3.HTTPSConnectionPool) else _Plain
        pool.ConnectionCls = partial(kind, departure=self._departure)
        return pool
