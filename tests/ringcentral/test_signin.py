"""Signing in: exactly the documented request, one at a time, and a token that is renewed in time."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any
from urllib.parse import parse_qs

import pytest

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import (
    CarriedOutUnreadable,
    OutcomeUnknown,
    RingCentralError,
    SignedOut,
    SignInFailed,
    TooManyCalls,
)
from tests.contract import check_answer
from tests.ringcentral import documented
from tests.ringcentral.conftest import (
    NINE,
    SECRETS,
    ScriptedServer,
    credentials_for,
    http,
    token_answer,
    told,
    wait_then,
)
from tests.ringcentral.test_client import check_received

REFUSED = {
    "error": "invalid_grant",
    "error_description": "Token is expired",
    "errors": [{"errorCode": "OAU-213", "message": "Token is expired"}],
}


@pytest.fixture
def newcomer(server: ScriptedServer) -> Client:
    """A client that has not signed in yet."""
    return Client(credentials_for(server.url), now=lambda: NINE)


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """What each of several threads got from the same act."""
    outcomes: list[Any] = []

    def run() -> None:
        try:
            outcomes.append(act())
        except RingCentralError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_the_request_is_the_documented_one(newcomer: Client, server: ScriptedServer) -> None:
    """RingCentral refuses unknown grants, and signs in nobody whose secret is in the wrong place."""
    server.react(token_answer())

    newcomer.sign_in()

    [request] = server.received
    check_received(request)
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "assertion": [SECRETS[1]],
    }
    scheme, _, value = request.headers["authorization"].partition(" ")
    assert (scheme, b64decode(value).decode()) == ("Basic", f"app-1:{SECRETS[0]}")


def test_the_answer_tells_who_we_are_and_what_we_may(newcomer: Client, server: ScriptedServer) -> None:
    """Without EditWebinars the app is read-only; the owner tells one connection from another."""
    answer = token_answer(account_id=37001)
    check_answer("POST", "/restapi/oauth/token", 200, json.loads(answer.partition(b"\r\n\r\n")[2]))
    server.react(answer)

    token = newcomer.sign_in().value

    assert token.scopes == {"ReadWebinars", "EditWebinars"}
    assert (token.owner_id, token.account_id) == ("4001", "37001")
    assert token.expires_at == newcomer.signed_in_until == NINE + timedelta(hours=1)
    assert SECRETS[2] not in repr(token)


def test_threads_that_sign_in_at_once_share_one_token(newcomer: Client, server: ScriptedServer, gone: Event) -> None:
    """RingCentral ends sessions beyond about five per user and app, and allows five sign-ins a minute."""
    server.react(wait_then(0.2, token_answer(), gone=gone))

    answers = at_once(8, newcomer.sign_in)

    assert len(server.received) == 1
    assert len({id(answer.value) for answer in answers}) == 1


def test_threads_that_wait_share_a_failure_too(newcomer: Client, server: ScriptedServer, gone: Event) -> None:
    """Else a wrong JWT would be tried once a thread, and the sign-in limit be reached by it."""
    server.react(wait_then(0.2, told(400, REFUSED), gone=gone))

    errors = at_once(8, newcomer.sign_in)

    assert len(server.received) == 1
    assert {type(error) for error in errors} == {SignInFailed}


def test_signing_in_again_asks_again(newcomer: Client, server: ScriptedServer) -> None:
    """A renewal is a new token, not the one in hand."""
    server.react(token_answer("first"), token_answer("second"))

    newcomer.sign_in()

    assert newcomer.sign_in().value.access_token == "second"


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_credentials_that_are_not_accepted_are_final(newcomer: Client, server: ScriptedServer, status: int) -> None:
    """Trying again would only spend the sign-in limit; the settings must change."""
    server.react(told(status, REFUSED, "RCRequestId: abc-1"))

    with pytest.raises(SignInFailed) as caught:
        newcomer.sign_in()

    error = caught.value
    assert error.final
    assert (error.status, error.error, error.code) == (status, "invalid_grant", "OAU-213")
    assert (error.message, error.request_id) == ("Token is expired", "abc-1")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http(429, b"{}", "Retry-After: 60"), TooManyCalls),
        (http(500, b"{}"), OutcomeUnknown),
        (http(408, b"{}"), OutcomeUnknown),
        (http(302, b"", "Location: /login"), OutcomeUnknown),
        (http(401, b"<html>Sign in to the guest network</html>"), OutcomeUnknown),
        (http(200, b"<html>Welcome to the guest network</html>"), OutcomeUnknown),
        (told(200, {"token_type": "bearer"}), CarriedOutUnreadable),
        (token_answer("two words"), CarriedOutUnreadable),
        (token_answer("two\r\nlines"), CarriedOutUnreadable),
        (token_answer("\u00e9"), CarriedOutUnreadable),
        (token_answer(""), CarriedOutUnreadable),
    ],
    ids=["429", "500", "408", "302", "page 401", "page 200", "no token", "spaces", "lines", "accents", "empty"],
)
def test_a_sign_in_that_settles_nothing_may_be_repeated(
    newcomer: Client, server: ScriptedServer, answer: bytes, kind: type
) -> None:
    """A guest network or a gateway says nothing about the credentials."""
    server.react(answer)

    with pytest.raises(RingCentralError) as caught:
        newcomer.sign_in()

    assert type(caught.value) is kind
    assert newcomer.needs_sign_in(NINE)


@pytest.mark.parametrize(
    ("life", "left", "needed"),
    [(3600, 301, False), (3600, 300, True), (600, 61, False), (600, 60, True), (10, 2, False), (10, 1, True)],
)
def test_a_token_is_renewed_before_it_ends(
    newcomer: Client, server: ScriptedServer, life: int, left: int, needed: bool
) -> None:
    """Not on a 401, which costs a call of ten; and not all the time when tokens are short-lived."""
    server.react(token_answer(expires_in=life))

    newcomer.sign_in()

    assert newcomer.needs_sign_in(NINE + timedelta(seconds=life - left)) is needed


@pytest.mark.parametrize("life", [None, "soon", 0, -5, True, [], 1e400])
def test_a_life_without_sense_is_taken_for_a_short_one(newcomer: Client, server: ScriptedServer, life: Any) -> None:
    """Signing in once too often is harmless; believing in a token for ever is not."""
    server.react(token_answer(expires_in=life))

    assert newcomer.sign_in().value.expires_at <= NINE + timedelta(days=1)


def test_without_a_token_nothing_is_sent(newcomer: Client, server: ScriptedServer) -> None:
    """The client never signs in by itself: the worker counts sign-ins as it counts calls."""
    with pytest.raises(SignedOut):
        newcomer.registration("8001")

    assert newcomer.needs_sign_in(NINE)
    assert newcomer.signed_in_until is None
    assert server.received == []


def test_a_token_that_has_run_out_is_not_tried(server: ScriptedServer) -> None:
    """The answer is known, and asking would cost a call of ten."""
    times = [NINE, NINE + timedelta(hours=1)]
    sleeper = Client(credentials_for(server.url), now=lambda: times.pop(0))
    server.react(token_answer())
    sleeper.sign_in()

    with pytest.raises(SignedOut):
        sleeper.registration("8001")

    assert len(server.received) == 1


def test_a_forgotten_token_is_gone(client: Client, server: ScriptedServer) -> None:
    """For when the settings change or RingCentral revokes it."""
    client.forget_token()

    with pytest.raises(SignedOut):
        client.registration("8001")

    assert server.received == []


def test_a_late_401_does_not_drop_the_newer_token(client: Client, server: ScriptedServer, gone: Event) -> None:
    """Two threads: one is told that the old token is dead after the other has signed in anew."""
    has_new_token = Event()

    def answer_late(connection: Any) -> None:
        has_new_token.wait(2)
        connection.sendall(http(401, b"{}"))

    server.react(answer_late, token_answer("newer"), told(200, documented.REGISTRATION))
    late = threading.Thread(target=lambda: at_once(1, lambda: client.registration("8001")))
    late.start()
    while not server.received:
        gone.wait(0.005)
    client.sign_in()
    has_new_token.set()
    late.join()

    client.registration("8001")

    assert server.received[-1].headers["authorization"] == "Bearer newer"
