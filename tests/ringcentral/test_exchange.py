"""The wire: one connection a call, a clock that cannot be outlasted, and a flag for what has left."""

import gzip
import inspect
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from shutil import which
from threading import Event

import pytest
import requests
import urllib3

from rollcall.ringcentral import limits
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import CarriedOutUnreadable, NotExecuted, OutcomeUnknown, RingCentralError, Unreachable
from rollcall.ringcentral.exchange import LEAKS, Timeouts, no_answer
from tests.ringcentral import documented
from tests.ringcentral.conftest import NINE, QUICK, ScriptedServer, credentials_for, http, token_answer, told

PATIENCE = 3.0  # seconds; far above QUICK.total, far below what a drip would last


def client_for(url: str, **more: object) -> Client:
    return Client(credentials_for(url), now=lambda: NINE, timeout=QUICK, **more)  # type: ignore[arg-type]


class TestConnections:
    def test_each_call_has_a_connection_of_its_own(self, client: Client, server: ScriptedServer) -> None:
        """A kept connection that the server closed meanwhile would leave a write's outcome unknown for nothing."""
        server.react(*[told(200, documented.REGISTRATION) for _ in range(4)])

        for _ in range(4):
            client.registration("8001")

        assert len({request.connection for request in server.received}) == 4

    def test_calls_of_several_threads_do_not_share_one_either(self, client: Client, server: ScriptedServer) -> None:
        """Up to four calls are in flight where the quota is high."""
        server.react(*[told(200, documented.REGISTRATION) for _ in range(16)])
        threads = [threading.Thread(target=lambda: [client.registration("8001") for _ in range(4)]) for _ in range(4)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({request.connection for request in server.received}) == 16

    def test_cookies_are_not_kept(self, client: Client, server: ScriptedServer) -> None:
        """A call depends on nothing that an earlier one left behind."""
        server.react(told(200, documented.REGISTRATION, "Set-Cookie: a=1; Path=/"), told(200, documented.REGISTRATION))

        client.registration("8001")
        client.registration("8001")

        assert "cookie" not in server.received[1].headers


class TestTheClock:
    def drip(self, first: bytes, drop: bytes, gone: Event) -> Callable[[socket.socket], None]:
        """Send something often enough that no silence is ever long enough to be noticed."""

        def react(connection: socket.socket) -> None:
            with suppress(OSError):
                connection.sendall(first)
                for _ in range(200):
                    if gone.wait(QUICK.read / 4):
                        return
                    connection.sendall(drop)

        return react

    @pytest.mark.parametrize(
        ("first", "drop", "kind"),
        [
            (b"", b"H", OutcomeUnknown),
            (b"HTTP/1.1 201 A\r\n", b"X: 1\r\n", CarriedOutUnreadable),
            (b"HTTP/1.1 201 A\r\nContent-Length: 900\r\n\r\n", b" ", CarriedOutUnreadable),
            (b'HTTP/1.1 201 A\r\nConnection: close\r\n\r\n{"id": "1"}', b" ", CarriedOutUnreadable),
        ],
        ids=["status line", "headers", "body", "a body without length that reads well so far"],
    )
    def test_drops_do_not_outlast_it(
        self, client: Client, server: ScriptedServer, gone: Event, first: bytes, drop: bytes, kind: type
    ) -> None:
        """The lease is only as good as the promise that no call takes longer than its whole timeout."""
        server.react(self.drip(first, drop, gone))
        began = time.monotonic()

        with pytest.raises(RingCentralError) as caught:
            client.create_registrant("8001", {"email": "ada@example.com"})

        assert time.monotonic() - began < PATIENCE
        assert type(caught.value) is kind

    def test_a_huge_answer_is_given_up(self, client: Client, server: ScriptedServer) -> None:
        """A few kilobytes on the wire may unpack to more than the machine has."""
        packed = gzip.compress(b'{"records": []}' + b" " * limits.BODY_SIZE, compresslevel=1)
        server.react(http(200, packed, "Content-Encoding: gzip"))

        with pytest.raises(CarriedOutUnreadable):
            client.registrants("8001")

    def test_a_whole_call_is_no_longer_than_it_says(self) -> None:
        """The worker sends only while its lease lasts longer than this."""
        assert Timeouts().total == limits.CALL_TIMEOUT == 20.0
        assert (Timeouts().connect, Timeouts().read) == (5.0, 15.0)


class TestPermission:
    def test_it_is_asked_for_when_all_is_ready_and_nothing_has_left(self, server: ScriptedServer) -> None:
        """The lease is looked at as late as possible."""
        before: list[int] = []
        asking = client_for(server.url, permit=lambda: before.append(len(server.received)))
        server.react(token_answer(), told(200, documented.REGISTRATION))

        asking.sign_in()
        asking.registration("8001")

        assert before == [0, 1]

    @pytest.mark.parametrize("refusal", [NotExecuted("lease lost"), OSError("disk full"), ValueError("x"), KeyError()])
    def test_what_it_raises_comes_out_and_nothing_leaves(self, server: ScriptedServer, refusal: Exception) -> None:
        """A call leaves only after its row is committed, whatever keeps the row from it."""

        def refuse() -> None:
            raise refusal

        with pytest.raises(type(refusal)) as caught:
            client_for(server.url, permit=refuse).sign_in()

        assert caught.value is refusal
        assert caught.value.__context__ is None
        assert server.received == []

    def test_it_is_not_asked_for_without_a_connection(self) -> None:
        """A permission that was given and not used would be counted as a call."""
        asked: list[bool] = []

        with pytest.raises(Unreachable):
            client_for("http://127.0.0.1:9", permit=lambda: asked.append(True)).sign_in()

        assert asked == []

    def test_one_that_takes_too_long_keeps_the_call_back(self, server: ScriptedServer, gone: Event) -> None:
        """A process that slept in between must not wake up and send."""
        slow = client_for(server.url, permit=lambda: bool(gone.wait(QUICK.total + 0.1)) and None)

        with pytest.raises(Unreachable):
            slow.sign_in()

        assert server.received == []

    def test_threads_ask_one_after_the_other(self, server: ScriptedServer, gone: Event) -> None:
        """The worker's permission may use one database connection."""
        inside: list[int] = []
        most: list[int] = []

        def permit() -> None:
            inside.append(1)
            most.append(len(inside))
            gone.wait(0.02)
            inside.pop()

        asking = client_for(server.url, permit=permit)
        server.react(token_answer(), *[told(200, documented.REGISTRATION) for _ in range(4)])
        asking.sign_in()
        threads = [threading.Thread(target=asking.registration, args=["8001"]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert max(most) == 1
        assert len(server.received) == 5


class TestEnvironment:
    def test_a_password_from_netrc_does_not_replace_ours(
        self, client: Client, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """requests prefers ~/.netrc to a header that was merely set; all calls would be refused."""
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        server.react(told(200, documented.REGISTRATION))

        client.registration("8001")

        assert server.received[0].headers["authorization"].startswith("Bearer ")

    def test_a_proxy_of_the_environment_is_used(self, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many companies let nothing out otherwise."""
        monkeypatch.setenv("HTTP_PROXY", server.url)
        server.react(token_answer())

        client_for("http://ringcentral.example").sign_in()

        assert server.received[0].target == "http://ringcentral.example/restapi/oauth/token"

    def test_this_machine_is_never_asked_for_through_a_proxy(
        self, client: Client, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The demo runs here; a company's proxy can neither reach it nor should see it."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        server.react(told(200, documented.REGISTRATION))

        assert client.registration("8001").status == 200

    @pytest.mark.parametrize("status", [407, 502])
    def test_a_proxy_that_opens_no_tunnel_means_that_nothing_left(
        self, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        """The proxy's 502 is no RingCentral 502: the registration has not begun."""
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        server.react(http(status))

        with pytest.raises(Unreachable):
            client_for("https://ringcentral.example").sign_in()

        assert [request.method for request in server.received] == ["CONNECT"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but itself; key and certificate in one file."""
    if which("openssl") is None:
        pytest.skip("needs the openssl program")
    folder = tmp_path_factory.mktemp("tls")
    options = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *options.split(), "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


class TestTls:
    @pytest.fixture
    def secure(self, server: ScriptedServer, certificate: Path) -> Iterator[str]:
        """The address of a TLS listener that hands each connection's bytes to the scripted server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
                        connection.settimeout(2)
                        server.converse(connection, 0)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)

    def test_a_certificate_nobody_vouches_for_is_not_taken(self, server: ScriptedServer, secure: str) -> None:
        """Otherwise anybody in between could read the secret."""
        with pytest.raises(Unreachable) as caught:
            client_for(secure).sign_in()

        assert caught.value.message == "no trusted TLS connection"
        assert server.received == []

    def test_checking_cannot_be_switched_off(self, server: ScriptedServer, secure: str) -> None:
        """A session made for something else must not open this one."""
        careless = requests.Session()
        careless.verify = False

        with pytest.raises(Unreachable):
            client_for(secure, http=careless).sign_in()

        assert server.received == []

    def test_a_company_s_own_certificate_may_be_named(
        self, server: ScriptedServer, secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Companies that inspect traffic name theirs in the environment."""
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
        server.react(token_answer())

        assert client_for(secure).sign_in().status == 200

    def test_the_clock_holds_within_tls(
        self, server: ScriptedServer, secure: str, certificate: Path, monkeypatch: pytest.MonkeyPatch, gone: Event
    ) -> None:
        """The cut is made below TLS, whose own good-bye would wait for the other side."""
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate / "cert.pem"))
        server.react(TestTheClock().drip(b"HTTP/1.1 200 A\r\n", b"X: 1\r\n", gone))
        began = time.monotonic()

        with pytest.raises(OutcomeUnknown):
            client_for(secure).sign_in()

        assert time.monotonic() - began < PATIENCE

    def test_a_server_without_tls_means_that_nothing_left(self, server: ScriptedServer) -> None:
        """The request is written only into a connection that stands."""
        with pytest.raises(Unreachable):
            client_for(server.url.replace("http", "https")).sign_in()

        assert server.received == []

    def test_a_handshake_that_stalls_means_that_nothing_left(self) -> None:
        """urllib3 calls this a read timeout, as if the request were on its way."""
        with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
            client_for(f"https://127.0.0.1:{silent.getsockname()[1]}").sign_in()


def exceptions_of(*modules: object) -> list[type[Exception]]:
    found = {one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)}
    return sorted(
        (one for one in found if issubclass(one, Exception) and not issubclass(one, Warning)), key=lambda one: str(one)
    )


@pytest.mark.parametrize("kind", exceptions_of(requests.exceptions, urllib3.exceptions))
def test_no_exception_of_the_layers_below_is_forgotten(kind: type[Exception]) -> None:
    """The worker knows eleven classes; one it does not know would stop it."""
    leak = kind.__new__(kind)

    assert issubclass(kind, LEAKS)
    assert isinstance(no_answer(leak, has_begun=False), Unreachable)
    assert type(no_answer(leak, has_begun=True)) is OutcomeUnknown


def test_the_standard_library_s_are_not_either() -> None:
    """Sockets, TLS, names, HTTP and text."""
    kinds = [OSError, socket.gaierror, TimeoutError, ssl.SSLError, HTTPException, UnicodeError, ValueError]

    assert all(issubclass(kind, LEAKS) for kind in kinds)
