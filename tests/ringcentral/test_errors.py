"""The family of errors as a whole: no secret gets out, and every class says what to do."""

import logging
import socket
import traceback
from typing import Any

import pytest

from rollcall.ringcentral import errors
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import NotExecuted, RingCentralError
from rollcall.ringcentral.reply import Reply
from tests.ringcentral.conftest import NINE, QUICK, SECRETS, Reaction, ScriptedServer, credentials_for, http, told
from tests.ringcentral.test_outcomes import hang_up, reset

FAMILY = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, RingCentralError)]
BASIC = credentials_for("").basic
EVERYTHING = " ".join((*SECRETS, BASIC, f"Basic {BASIC}", f"Bearer {SECRETS[2]}"))


def everything_said_by(error: BaseException) -> str:
    """All text that a log, a page or a debugger that walks attributes can get out of an exception."""
    said = [str(error), repr(error), repr(error.args), "".join(traceback.format_exception(error))]
    met: list[Any] = [error]
    for one in met:
        inner = [*getattr(one, "__dict__", {}).values(), getattr(one, "__cause__", None), *getattr(one, "args", ())]
        inner.append(getattr(one, "__context__", None))
        met += [value for value in inner if value is not None and all(value is not before for before in met)]
        said.append(str(one))
    return "\n".join(said)


@pytest.mark.parametrize("kind", FAMILY)
def test_every_class_tells_what_to_do_next(kind: type[RingCentralError]) -> None:
    """The page and the worker read these; a class without them would be a shrug."""
    assert kind.__doc__
    assert kind.next_step
    assert kind.__name__ in (errors.__doc__ or "")


def test_only_unknown_outcomes_may_have_been_carried_out() -> None:
    """The rule that keeps anybody from being registered twice or not at all."""
    unclear = {kind.__name__ for kind in FAMILY if kind.may_have_been_carried_out}

    assert unclear == {"OutcomeUnknown", "CarriedOutUnreadable"}
    assert {kind.__name__ for kind in FAMILY if issubclass(kind, NotExecuted)} == {
        "NotExecuted",
        "TooManyCalls",
        "SignedOut",
        "Unreachable",
    }


LEAKY: dict[str, Reaction] = {
    "echoed in the words": told(400, {"errors": [{"message": EVERYTHING, "errorCode": EVERYTHING}]}),
    "echoed as a parameter": told(400, {"errors": [{"message": "x", "parameterName": EVERYTHING}]}),
    "echoed at the top": told(403, {"errorCode": EVERYTHING, "error": EVERYTHING, "error_description": EVERYTHING}),
    "echoed as text": http(500, EVERYTHING.encode(), content_type="text/plain"),
    "echoed as a page": http(500, b"<p>" + EVERYTHING.encode()),
    "echoed as the request id": http(500, b"{}", f"RCRequestId: {SECRETS[2]}"),
    "echoed across the cut": told(400, {"errors": [{"message": "x" * 290 + SECRETS[0]}]}),
    "cut off": http(200, EVERYTHING.encode())[:-5],
    "not JSON": http(200, b"{" + EVERYTHING.encode()),
    "hangs up": hang_up,
    "resets": reset,
    "not HTTP": EVERYTHING.encode() + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", LEAKY)
@pytest.mark.parametrize("act", ["sign in", "call"])
def test_no_secret_gets_out(
    client: Client, server: ScriptedServer, caplog: pytest.LogCaptureFixture, name: str, act: str
) -> None:
    """Exceptions of requests hold the request with its headers, and logs are sent to people who help."""
    caplog.set_level(logging.DEBUG)
    server.react(LEAKY[name])

    with pytest.raises(RingCentralError) as caught:
        client.sign_in() if act == "sign in" else client.create_registrant("8001", {"email": "ada@example.com"})

    said = everything_said_by(caught.value) + caplog.text
    assert [secret for secret in (*SECRETS, BASIC, SECRETS[0][:10]) if secret in said] == []


def test_no_secret_gets_out_when_nothing_left(caplog: pytest.LogCaptureFixture) -> None:
    """A connection error of requests holds the prepared request too."""
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(RingCentralError) as caught:
        Client(credentials_for(url), now=lambda: NINE, timeout=QUICK).sign_in()

    said = everything_said_by(caught.value) + caplog.text
    assert [secret for secret in (*SECRETS, BASIC) if secret in said] == []


def test_the_walk_would_find_a_leak() -> None:
    """A search that finds nothing anywhere proves nothing."""

    def leak() -> None:
        try:
            raise ValueError({"Authorization": SECRETS[2]})
        except ValueError:
            raise KeyError("x")  # noqa: B904 - the context is what is looked for

    with pytest.raises(KeyError) as caught:
        leak()

    assert SECRETS[2] in everything_said_by(caught.value)


def test_reprs_of_credentials_and_client_hide_everything(client: Client, server: ScriptedServer) -> None:
    """Both are held by objects whose reprs end in logs."""
    shown = repr(credentials_for(server.url)) + str(credentials_for(server.url)) + repr(client)

    assert [secret for secret in (*SECRETS, BASIC, "app-1") if secret in shown] == []


def test_an_empty_secret_hides_nothing() -> None:
    """Text between every two letters would be the end of every message."""
    assert Reply(400, {}, None, secrets=("",)).tidy("Not so") == "Not so"
