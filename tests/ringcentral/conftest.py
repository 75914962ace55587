"""A loopback server that says exactly what a test tells it to, down to the byte, and the client in front of it.

The simulator answers as RingCentral would; this one answers as nobody should.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.exchange import Timeouts
from rollcall.ringcentral.signin import Credentials

NINE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SECRETS = ("client-secret-51b", "jwt-assertion-7f3", "access-token-9c2")
QUICK = Timeouts(connect=2.0, read=1.0, total=2.0)

Reaction = bytes | Callable[[socket.socket], None]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


def http(status: int, body: bytes = b"", *headers: str, content_type: str = "application/json") -> bytes:
    """An answer in full; it invites the client to keep the connection."""
    lines = [f"HTTP/1.1 {status} Some", f"Content-Length: {len(body)}", f"Content-Type: {content_type}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def told(status: int, value: Any, *headers: str) -> bytes:
    """An answer with a JSON body."""
    return http(status, json.dumps(value).encode(), *headers)


def token_answer(token: str = SECRETS[2], **fields: Any) -> bytes:
    """What the token endpoint says to good credentials."""
    answer = {"access_token": token, "expires_in": 3600, "scope": "ReadWebinars EditWebinars", "token_type": "bearer"}
    return told(200, {**answer, "owner_id": "4001", "session_id": "s-1", **fields})


def read_request(first_line: str, stream: Any, number: int) -> Received:
    """Read the rest of a request whose first line is known."""
    method, target, _ = first_line.split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Received(number, method, target, headers, body)


class ScriptedServer:
    """Reacts to each request with the next scripted reaction: bytes, or a function of the socket."""

    def __init__(self) -> None:
        self.script: list[Reaction] = []
        self.received: list[Received] = []
        self.connections = 0
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def react(self, *reactions: Reaction) -> None:
        self.script.extend(reactions)

    def close(self) -> None:
        self._done.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._done.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            connection.settimeout(5)
            self.converse(connection, number)

    def converse(self, connection: socket.socket, number: int) -> None:
        """Read requests and react to them until the other side hangs up."""
        with suppress(OSError, ValueError), connection.makefile("rb") as stream:
            while line := stream.readline():
                self._react(connection, read_request(line.decode(), stream, number))

    def _react(self, connection: socket.socket, request: Received) -> None:
        with self._lock:
            self.received.append(request)
            reaction = self.script.pop(0)
        if isinstance(reaction, bytes):
            connection.sendall(reaction)
        else:
            reaction(connection)


def wait_then(seconds: float, *parts: bytes, gone: threading.Event) -> Callable[[socket.socket], None]:
    """Send each part after a pause; `gone` ends the pauses early."""

    def react(connection: socket.socket) -> None:
        for part in parts or (b"",):
            if gone.wait(seconds):
                return
            connection.sendall(part)

    return react


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """No proxy, certificate or password of this machine has a say."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def gone() -> Iterator[threading.Event]:
    """Set when the test is over, so that a slow reaction does not outlive it."""
    over = threading.Event()
    yield over
    over.set()


def credentials_for(url: str) -> Credentials:
    return Credentials(server_url=url, client_id="app-1", client_secret=SECRETS[0], jwt=SECRETS[1])


@pytest.fixture
def client(server: ScriptedServer) -> Client:
    """A client that is signed in and has short patience; the sign-in is not in `server.received` any more."""
    ready = Client(credentials_for(server.url), now=lambda: NINE, timeout=QUICK)
    server.react(token_answer())
    ready.sign_in()
    server.received.clear()
    return ready
