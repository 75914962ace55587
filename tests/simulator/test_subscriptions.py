"""Webhooks: kept, renewed, and only made when the address shakes hands."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.contract import check_request
from tests.simulator.conftest import Caller, Clock

PATH = "/webinar/notifications/v1/subscriptions"
FILTER = "/webinar/registration/v1/company/sessions/registrants?webinarId=78001"


class Listener(BaseHTTPRequestHandler):
    """Shakes hands at /good as RingCentral asks for it, and fails in one way at each other path."""

    def do_POST(self) -> None:
        body = b" " * (1025 if self.path == "/good/large" else 0)
        self.send_response(307 if self.path == "/good/moved" else 202 if self.path == "/good/accepted" else 200)
        if self.path != "/bad":
            self.send_header("Validation-Token", self.headers["Validation-Token"])
        self.send_header("Content-Type", "text/plain" if self.path == "/good/text" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/good"
        server.shutdown()
        thread.join()


def wish(address: str, **fields: Any) -> dict[str, Any]:
    mode = {"transportType": "WebHook", "address": address, "verificationToken": "v"}
    return {"eventFilters": [FILTER], "deliveryMode": mode, "expiresIn": 600} | fields


def test_a_subscription_lives_through_create_read_change_renew_delete(
    caller: Caller, clock: Clock, address: str
) -> None:
    """The verification token never comes back."""
    check_request("POST", PATH, body=wish(address))
    created = caller.call("POST", PATH, json=wish(address))
    one = f"{PATH}/{created.json()['id']}"
    clock.forward(500)

    assert created.status_code == 201
    assert "verificationToken" not in created.text
    assert caller.get(one).json()["expiresIn"] == 100
    assert caller.call("POST", f"{one}/renew").json()["expiresIn"] == 600
    assert caller.call("PUT", one, json={"eventFilters": [FILTER], "expiresIn": 60}).json()["expiresIn"] == 60
    assert caller.call("PUT", one).json()["expiresIn"] == 604_800
    assert [each["id"] for each in caller.get(PATH).json()["records"]] == [created.json()["id"]]
    assert caller.call("DELETE", one).status_code == 204
    assert caller.get(one).status_code == 404


def test_an_address_that_does_not_echo_the_token_is_refused(caller: Caller, address: str) -> None:
    """SUB-525; also when nobody answers, in another status or type, with too much, or by pointing elsewhere."""
    others = [f"{address}/{how}" for how in ("text", "large", "accepted", "moved")]
    for bad in (address.replace("good", "bad"), *others, "http://127.0.0.1:9/none"):
        answer = caller.call("POST", PATH, json=wish(bad))
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "SUB-525")
    assert caller.get(PATH).json()["records"] == []


def test_a_handshake_goes_past_a_proxy(caller: Caller, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a company's machine a proxy is set; it could not reach this computer, and would learn of the address."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(caller.http, "trust_env", False)

    assert caller.call("POST", PATH, json=wish(address)).status_code == 201


def test_an_address_elsewhere_is_believed_and_never_called(caller: Caller) -> None:
    """Nothing of the demo leaves this computer; https is required, as by RingCentral."""
    statuses = [
        caller.call("POST", PATH, json=wish(f"{scheme}://hooks.example.com/x")).status_code
        for scheme in ("https", "http")
    ]

    assert statuses == [201, 400]


@pytest.mark.parametrize(
    "wrong",
    [
        {"eventFilters": []},
        {"eventFilters": ["/none"]},
        {"expiresIn": 315_360_001},
        {"deliveryMode": {}},
        {"deliveryMode": {"transportType": "WebHook", "address": "http://[x"}},
        {"deliveryMode": {"transportType": "WebHook", "address": "http://localhost:port"}},
        {"deliveryMode": {"transportType": "WebHook", "address": "https://"}},
    ],
)
def test_a_wrong_wish_is_refused(caller: Caller, address: str, wrong: dict[str, Any]) -> None:
    """Filters, lifetime, delivery."""
    assert caller.call("POST", PATH, json=wish(address, **wrong)).status_code == 400


def test_it_ends_when_it_expires(caller: Caller, clock: Clock, address: str) -> None:
    """Silently, as users complain."""
    one = f"{PATH}/{caller.call('POST', PATH, json=wish(address)).json()['id']}"

    clock.forward(600)

    assert caller.get(one).status_code == 404


def test_there_are_at_most_thirty(caller: Caller, address: str) -> None:
    """Documented for the list."""
    statuses = [caller.call("POST", PATH, json=wish("https://example.com/x")).status_code for _ in range(31)]

    assert (statuses.count(201), statuses[-1]) == (30, 403)
