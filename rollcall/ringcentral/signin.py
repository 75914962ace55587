"""Signing in with a JWT, and keeping the one token that all threads share.

Source: guide "JWT auth flow", OpenAPI POST /restapi/oauth/token (JwtTokenRequest, TokenInfo), 2026-08.
"""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from requests import PreparedRequest
from requests.auth import AuthBase

from rollcall.ringcentral import limits
from rollcall.ringcentral.errors import RingCentralError, SignedOut
from rollcall.ringcentral.models import Answer, Token

TOKEN_PATH = "/restapi/oauth/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to RingCentral. The JWT stands for a user; the client id and secret for the app."""

    server_url: str  # such as https://platform.ringcentral.com, no path
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    jwt: str = field(repr=False)

    @property
    def basic(self) -> str:
        """What follows "Basic " in the sign-in's Authorization header."""
        return base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be read in a message, in each form in which it travels."""
        return (self.jwt, quote(self.jwt), self.basic, self.client_secret, quote(self.client_secret))

    @property
    def form(self) -> dict[str, str]:
        """The two fields of the grant."""
        return {"grant_type": GRANT, "assertion": self.jwt}


class Authorization(AuthBase):
    """Sets the header itself: given as `auth`, requests does not put a password from ~/.netrc in its place."""

    def __init__(self, scheme: str, value: str) -> None:
        self._header = f"{scheme} {value}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def read_token(document: object, *, asked_at: datetime) -> Token:
    """Read the token endpoint's answer.

    Args:
        asked_at: the moment before the request left; the token's life is counted from there.

    Raises:
        ValueError: no token in it, or one that cannot stand in a header.
    """
    told = document if isinstance(document, Mapping) else {}
    access_token = told.get("access_token")
    if not isinstance(access_token, str) or not access_token.isascii() or not access_token.isprintable():
        raise ValueError("no access token in the answer")
    if not access_token or " " in access_token:
        raise ValueError("no access token in the answer")
    life = _life(told.get("expires_in"))
    scope = told.get("scope")
    return Token(
        access_token=access_token,
        expires_at=asked_at + timedelta(seconds=life),
        life=life,
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
        owner_id=str(told.get("owner_id") or ""),
        account_id=str(told["account_id"]) if told.get("account_id") else None,
    )


def _life(expires_in: object) -> float:
    """Seconds; without a sensible number the shortest life the document allows."""
    try:
        seconds = float(expires_in) if isinstance(expires_in, int | float | str) else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    return min(seconds, 86_400.0) if seconds > 0 else limits.TOKEN_LIFE_MIN


class TokenKeeper:
    """The token of one connection. RingCentral ends sessions beyond about five per user and app (guide, "Tokens"),
    and allows five sign-ins a minute: one sign-in at a time, and everybody takes its outcome."""

    def __init__(self) -> None:
        self._signing_in = threading.Lock()
        self._token: Token | None = None
        self._outcomes = 0  # sign-ins finished so far
        self._last: Answer[Token] | RingCentralError | None = None

    @property
    def token(self) -> Token | None:
        return self._token

    def usable(self, now: datetime) -> Token:
        """The token in hand.

        Raises:
            SignedOut: there is none, or it has run out by our clock; asking would only cost quota.
        """
        token = self._token
        if token is None or token.expires_at <= now:
            raise SignedOut("not signed in")
        return token

    def needs_sign_in(self, now: datetime) -> bool:
        """True without a token, and in the last five minutes or the last tenth of its life, whichever is shorter."""
        token = self._token
        if token is None:
            return True
        return now >= token.expires_at - timedelta(seconds=min(limits.RENEW_BEFORE, token.life / 10))

    def forget(self, token: Token | None = None) -> None:
        """Drop the token; when one is named, only if it is still the one in hand."""
        if token is None or self._token is token:
            self._token = None

    def sign_in(self, ask: Callable[[], Answer[Token]]) -> Answer[Token]:
        """Make one sign-in, or wait for the one under way and take its outcome, a failure too."""
        before = self._outcomes
        with self._signing_in:
            if self._outcomes == before:
                self._last = self._ask(ask)
                self._outcomes += 1
            outcome = self._last
        if isinstance(outcome, Answer):
            return outcome
        raise outcome if outcome else SignedOut("not signed in")

    def _ask(self, ask: Callable[[], Answer[Token]]) -> Answer[Token] | RingCentralError:
        try:
            answer = ask()
        except RingCentralError as failure:
            return failure
        self._token = answer.value
        return answer
