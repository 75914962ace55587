"""The client against a server that nobody here wrote: Prism, made from RingCentral's document alone.

It refuses requests that are not documented and answers with the document's own examples. Not on CI and not without
Node: it is fetched from npm at the first run (about 20 s), and lies in npm's cache after that.
"""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which
from threading import Event

import pytest

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import Refused
from rollcall.ringcentral.exchange import Timeouts
from tests.contract import document
from tests.ringcentral.conftest import NINE, credentials_for
from tests.ringcentral.test_client import OPERATIONS

PRISM = "@stoplight/prism-cli@5.14.2"
START_SECONDS = 90.0
PARTIAL = "change registration"  # sent in part, as its description allows; its schema, which Prism reads, does not


def why_not() -> str:
    """Why this cannot run here; empty when it can."""
    if os.environ.get("CI"):
        return "not on CI: it would fetch Prism from npm; run it at home"
    return "" if which("npx") else "needs Node with npx, e.g. apt-get install nodejs npm"


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "never")


@pytest.fixture(scope="module")
def document_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document with the one thing it names and does not define: how the app authenticates at sign-in."""
    whole = json.loads(json.dumps(document()))
    whole["components"]["securitySchemes"]["OauthBasicScheme"] = {"type": "http", "scheme": "basic"}
    file = tmp_path_factory.mktemp("prism") / "document.json"
    file.write_text(json.dumps(whole))
    return file


@pytest.fixture(scope="module")
def prism(document_file: Path) -> Iterator[str]:
    """The address of a running Prism."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["npx", "--yes", "--prefer-offline", PRISM, "mock", "--errors", "--port", str(port), str(document_file)]
    patience = {"npm_config_fetch_retries": "0", "npm_config_fetch_timeout": "30000"}
    log = document_file.with_name("log")
    with log.open("wb") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            env=os.environ | patience,
            start_new_session=True,
        )
    try:
        wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # npx and what it started
        process.wait(10)


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Skip when npm has no Prism to give; fail when Prism itself does not start."""
    pause = Event()
    for _ in range(int(START_SECONDS / 0.2)):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            break
        pause.wait(0.2)
    said = log.read_text(errors="replace")
    if "npm error" in said or "npm ERR" in said:
        pytest.skip("Prism could not be fetched from npm")
    pytest.fail(f"Prism does not start: {said[-500:]}")


@pytest.fixture
def client(prism: str) -> Client:
    """Signed in at Prism."""
    known = Client(credentials_for(prism), now=lambda: NINE, timeout=Timeouts(connect=2, read=10, total=10))
    known.sign_in()
    return known


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != PARTIAL])
def test_a_server_made_from_the_document_alone_is_understood(client: Client, name: str) -> None:
    """Our tests, simulator and client could all share one misreading; Prism does not share it."""
    call, _, _, status, *_ = OPERATIONS[name]

    assert call(client).status == status


def test_it_would_tell_if_a_request_were_wrong(client: Client) -> None:
    """Else the tests above would prove nothing."""
    with pytest.raises(Refused) as caught:
        client.create_registrant("8001", {"email": "ada@example.com"})

    assert caught.value.status == 400
