"""Every kind of bad answer, and what the client says it means for a write."""

import socket
import struct
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from threading import Event

import pytest

from rollcall.ringcentral import limits
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import (
    CarriedOutUnreadable,
    Conflict,
    Forbidden,
    Gone,
    OutcomeUnknown,
    Refused,
    RingCentralError,
    SignedOut,
    TooManyCalls,
    Unreachable,
)
from tests.ringcentral import documented
from tests.ringcentral.conftest import NINE, QUICK, Reaction, ScriptedServer, credentials_for, http, told, wait_then

ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}
PAGE = b"<!DOCTYPE html><html><body>Bad gateway</body></html>"
QUOTA = ("X-Rate-Limit-Limit: 10", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit-Window: 60")


def hang_up(connection: socket.socket) -> None:
    """Close in good order without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    """Break the connection off, as a crashed process or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    hang_up(connection)


def cut_off(answer: bytes, keep: int) -> Callable[[socket.socket], None]:
    def react(connection: socket.socket) -> None:
        connection.sendall(answer[:-keep])
        hang_up(connection)

    return react


def an_error(status: int, code: str = "CMN-101", **fields: str) -> bytes:
    return told(status, {"errors": [{"errorCode": code, "message": "Not so", **fields}]})


def create(client: Client) -> RingCentralError:
    with pytest.raises(RingCentralError) as caught:
        client.create_registrant("8001", ADA)
    return caught.value


ANSWERS: dict[str, tuple[Reaction, type[RingCentralError]]] = {
    "400": (an_error(400), Refused),
    "401": (an_error(401), SignedOut),
    "402": (an_error(402), Refused),
    "403": (an_error(403), Forbidden),
    "404": (an_error(404), Gone),
    "405": (an_error(405), Refused),
    "408": (an_error(408), OutcomeUnknown),
    "409": (an_error(409), Conflict),
    "422": (an_error(422), Refused),
    "429": (an_error(429, "CMN-301"), TooManyCalls),
    "500": (an_error(500), OutcomeUnknown),
    "501": (an_error(501), OutcomeUnknown),
    "503": (an_error(503), OutcomeUnknown),
    "599": (an_error(599), OutcomeUnknown),
    "202": (told(202, documented.REGISTRANT), OutcomeUnknown),
    "206": (told(206, documented.REGISTRANT), OutcomeUnknown),
    "302": (http(302, b"", "Location: /elsewhere"), OutcomeUnknown),
    "307": (http(307, b"", "Location: /elsewhere"), OutcomeUnknown),
    "304": (http(304), OutcomeUnknown),
    "HTML 502": (http(502, PAGE, content_type="text/html"), OutcomeUnknown),
    "HTML 200": (http(200, PAGE, content_type="text/html"), OutcomeUnknown),
    "HTML 404": (http(404, PAGE, content_type="text/html"), OutcomeUnknown),
    "HTML 429": (http(429, PAGE, content_type="text/html"), TooManyCalls),
    "empty errors": (told(403, {"errors": []}), Forbidden),
    "no errors": (told(400, {"errorCode": "AGW-404", "errors": []}), Refused),
    "errors of another kind": (told(400, {"errors": {"errorCode": 1}}), Refused),
    "an error that is text": (told(400, "no"), Refused),
    "an error cut off": (cut_off(an_error(400), 20), Refused),
    "an empty error": (http(400), Refused),
    "201 cut off": (cut_off(told(201, documented.REGISTRANT), 20), CarriedOutUnreadable),
    "201 invalid JSON": (http(201, b'{"id": "1'), CarriedOutUnreadable),
    "201 no body": (http(201), CarriedOutUnreadable),
    "204 instead of 201": (http(204), CarriedOutUnreadable),
    "201 without id": (told(201, {"email": "ada@example.com"}), CarriedOutUnreadable),
    "201 a list": (told(201, [documented.REGISTRANT]), CarriedOutUnreadable),
    "201 null": (http(201, b"null"), CarriedOutUnreadable),
    "201 nested beyond sense": (http(201, b"[" * 100_000), CarriedOutUnreadable),
    "201 a number beyond sense": (http(201, b'{"id": ' + b"9" * 5000 + b"}"), CarriedOutUnreadable),
    "201 badly packed": (http(201, b"not gzip", "Content-Encoding: gzip"), CarriedOutUnreadable),
    "hangs up": (hang_up, OutcomeUnknown),
    "resets": (reset, OutcomeUnknown),
    "not HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", OutcomeUnknown),
    "two lengths": (b"HTTP/1.1 201 A\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", OutcomeUnknown),
    "a length that is none": (
        b"HTTP/1.1 201 A\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
        CarriedOutUnreadable,
    ),
    "too many headers": (http(201, b"{}", *[f"X-{n}: 1" for n in range(200)]), OutcomeUnknown),
    "a header line too long": (http(201, b"{}", "X-Long: " + "x" * 70_000), OutcomeUnknown),
    "an endless first line": (b"HTTP/1.1 " + b"2" * 70_000, OutcomeUnknown),
    "chunks that are none": (b"HTTP/1.1 201 A\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", CarriedOutUnreadable),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_unusable_answer_is_told_apart(client: Client, server: ScriptedServer, name: str) -> None:
    """What the worker does with a person rests on this table and nothing else."""
    reaction, kind = ANSWERS[name]
    server.react(reaction)

    error = create(client)

    assert type(error) is kind
    assert error.may_have_been_carried_out is issubclass(kind, OutcomeUnknown)
    assert len(server.received) == 1  # nothing is repeated, and no redirect followed
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("status", [200, 202, 401, 404, 429, 500, 503])
def test_a_read_gives_the_same_classes(client: Client, server: ScriptedServer, status: int) -> None:
    """One worker loop reads and writes; an unreadable list must not pass for an empty one."""
    server.react(told(status, {"errors": []}))

    with pytest.raises(RingCentralError) as caught:
        client.registrants("8001")

    kinds = {200: CarriedOutUnreadable, 401: SignedOut, 404: Gone, 429: TooManyCalls}
    assert type(caught.value) is kinds.get(status, OutcomeUnknown)


def test_a_deletion_needs_no_body(client: Client, server: ScriptedServer) -> None:
    """The status says it all; a strange body must not turn a deletion into an open question."""
    server.react(http(200, b"OK, gone", content_type="text/plain"))

    assert client.delete_registrant("8001", "9001").value is None


def test_a_refusal_keeps_code_words_parameter_and_request_id(client: Client, server: ScriptedServer) -> None:
    """The marketer sees which field is refused; support asks for the id."""
    body = {
        "errorCode": "InvalidParameter",
        "errors": [{"errorCode": "CMN-101", "message": "Bad", "parameterName": "email"}],
    }
    server.react(told(400, body, "RCRequestId: abc-1", *QUOTA))

    error = create(client)

    assert (error.status, error.code, error.parameter) == (400, "CMN-101", "email")
    assert (error.message, error.request_id) == ("Bad", "abc-1")
    assert error.quota is not None
    assert error.quota.remaining == 0


def test_a_gateway_s_top_level_words_are_read(client: Client, server: ScriptedServer) -> None:
    """Gateways answer with an empty list of errors and the facts beside it."""
    server.react(told(403, {"errorCode": "AGW-402", "message": "No right", "parameterName": "x", "errors": []}))

    error = create(client)

    assert (error.code, error.message, error.parameter) == ("AGW-402", "No right", "x")


def test_words_are_kept_short_and_clean(client: Client, server: ScriptedServer) -> None:
    """They come from outside and are shown on a page."""
    server.react(told(400, {"errors": [{"message": "a\x1b[31m\r\nb\u202e" + "x" * 1000, "errorCode": 7}]}))

    error = create(client)

    assert error.message.startswith("a [31m b x")
    assert len(error.message) == 300
    assert error.code == "7"


def test_plain_text_is_kept_when_there_is_nothing_else(client: Client, server: ScriptedServer) -> None:
    """Some proxies say in a word what is wrong."""
    server.react(http(400, b"upstream says \xff no", content_type="text/plain"))

    assert create(client).message == "upstream says \ufffd no"


def test_a_page_of_html_is_not_quoted(client: Client, server: ScriptedServer) -> None:
    """Nobody can read it, and it may hold anything."""
    server.react(http(502, PAGE, content_type="text/html; charset=utf-8"))

    assert create(client).message == "a page of HTML instead of an answer"


def test_the_words_are_not_in_the_log_line(client: Client, server: ScriptedServer) -> None:
    """RingCentral may name the person in them; logs hold no people."""
    server.react(told(400, {"errors": [{"errorCode": "CMN-101", "message": "ada@example.com is bad"}]}))

    error = create(client)

    assert "ada@example.com" in error.message
    assert str(error) == repr(error) == "Refused: status 400, code CMN-101"
    assert error.args == ()


WAITS: dict[str, tuple[tuple[str, ...], float]] = {
    "longer than the window": (("Retry-After: 90", *QUOTA), 90.0),
    "shorter than the window": (("Retry-After: 5", *QUOTA), 60.0),
    "without quota headers": (("Retry-After: 7",), 7.0),
    "window only": (QUOTA, 60.0),
    "nothing said": ((), limits.PENALTY),
    "zero": (("Retry-After: 0",), limits.PENALTY),
    "a date": ((f"Retry-After: {format_datetime(NINE + timedelta(seconds=75), usegmt=True)}",), 75.0),
    "a date that is over": (("Retry-After: Mon, 01 Jan 2024 00:00:00 GMT",), limits.PENALTY),
    "junk": (("Retry-After: soon",), limits.PENALTY),
    "negative": (("Retry-After: -5",), limits.PENALTY),
    "not a number": (("Retry-After: nan",), limits.PENALTY),
    "for ever": (("Retry-After: 999999999",), limits.RETRY_AFTER_MAX),
    "far beyond": ((f"Retry-After: {'9' * 400}",), limits.PENALTY),
    "a year without end": (("Retry-After: Fri, 31 Dec 99999 23:59:59 GMT",), limits.PENALTY),
    "odd quota": (("Retry-After: 7", "X-Rate-Limit-Limit: ten", "X-Rate-Limit-Window: 60"), 7.0),
}


@pytest.mark.parametrize("name", WAITS)
def test_after_a_429_the_wait_is_never_too_short(client: Client, server: ScriptedServer, name: str) -> None:
    """A call during the penalty starts the penalty anew, for everybody."""
    headers, seconds = WAITS[name]
    server.react(http(429, b"{}", *headers))

    error = create(client)

    assert isinstance(error, TooManyCalls)
    assert error.retry_after == seconds


def test_a_503_tells_when_to_come_back(client: Client, server: ScriptedServer) -> None:
    """The listing that settles the outcome waits as long as it was asked to."""
    server.react(http(503, b"{}", "Retry-After: 12"))

    error = create(client)

    assert isinstance(error, OutcomeUnknown)
    assert error.retry_after == 12.0


@pytest.mark.parametrize(
    "headers",
    [
        ("X-Rate-Limit-Limit: ten", "X-Rate-Limit-Remaining: 1", "X-Rate-Limit-Window: 60"),
        ("X-Rate-Limit-Limit: 0", "X-Rate-Limit-Remaining: 0", "X-Rate-Limit-Window: 60"),
        ("X-Rate-Limit-Limit: 10", "X-Rate-Limit-Remaining: -1", "X-Rate-Limit-Window: 60"),
        ("X-Rate-Limit-Limit: 10", "X-Rate-Limit-Remaining: 1", "X-Rate-Limit-Window: 0"),
        ("X-Rate-Limit-Limit: 10, 10", "X-Rate-Limit-Remaining: 1", "X-Rate-Limit-Window: 60"),
        (f"X-Rate-Limit-Limit: {'9' * 5000}", "X-Rate-Limit-Remaining: 1", "X-Rate-Limit-Window: 60"),
        ("X-Rate-Limit-Limit: 10", "X-Rate-Limit-Remaining: 1"),
        ("X-Rate-Limit-Limit: \u00b2", "X-Rate-Limit-Remaining: 1", "X-Rate-Limit-Window: 60"),
    ],
)
def test_rate_headers_without_sense_are_no_quota(
    client: Client, server: ScriptedServer, headers: tuple[str, ...]
) -> None:
    """A pace of ten is safe; a pace read from junk is not."""
    server.react(told(200, documented.REGISTRATION, *headers))

    assert client.registration("8001").quota is None


def test_a_401_drops_the_token(client: Client, server: ScriptedServer) -> None:
    """So that the worker signs in before it sends the next one."""
    server.react(an_error(401))

    create(client)

    assert client.needs_sign_in(NINE)


def test_silence_before_the_answer_leaves_the_outcome_unknown(
    client: Client, server: ScriptedServer, gone: Event
) -> None:
    """The request arrived; whether somebody acted on it, nobody here knows."""
    server.react(wait_then(QUICK.read * 3, gone=gone))

    assert type(create(client)) is OutcomeUnknown


def test_a_refused_connection_means_that_nothing_left(server: ScriptedServer) -> None:
    """A laptop without network must not fill the list of unconfirmed people."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    lost = Client(credentials_for(f"http://127.0.0.1:{port}"), now=lambda: NINE, timeout=QUICK)

    with pytest.raises(Unreachable) as caught:
        lost.sign_in()

    assert caught.value.message == "the connection was refused"
    assert not caught.value.may_have_been_carried_out


@pytest.mark.parametrize(
    "url",
    ["http://no-such-host.invalid", "http://[::1", "ftp://127.0.0.1", "127.0.0.1", "http://", "http://a..b", "http://127.0.0.1:99999",
     "http://" + "a" * 70 + ".invalid", "http://\u2603.invalid:x"],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_unreachable(url: str) -> None:
    """Wrong settings are a sentence on a page, never a stack of somebody else's exceptions."""
    lost = Client(credentials_for(url), now=lambda: NINE, timeout=QUICK)

    with pytest.raises(Unreachable) as caught:
        lost.sign_in()

    assert caught.value.__context__ is None
