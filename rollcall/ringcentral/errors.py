"""What can go wrong between us and RingCentral, sorted by what the caller must do next.

* RingCentralError
  x Refused                 4xx: not carried out, would be refused again  → show it, never repeat
    - Forbidden             403: registration closed, or no right         → stop the whole list
    - Gone                  404: the session or registrant is not there   → stop, or done when deleting
  x Conflict                409: perhaps a second one with this address   → list first, then decide
  x NotExecuted             certainly not carried out                     → wait retry_after, repeat
    - TooManyCalls          429: the quota is spent                       → nothing leaves before retry_after
    - SignedOut             401, or no token in hand                      → sign in once, repeat
    - Unreachable           nothing of the request left                   → repeat later
  x OutcomeUnknown          5xx, timeout, reset, HTML: perhaps carried out → list first, then decide
    - CarriedOutUnreadable  2xx without a usable body                     → list to learn what it made
  x SignInFailed            the credentials were not accepted             → stop, the settings must change

A read whose outcome is unknown is simply repeated; a write never is. No error holds a header, a secret, a body or an
exception of the layer below. `str()` gives facts that may be logged; RingCentral's own words may name a person and
are only in `message`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypedDict, Unpack

from rollcall.ringcentral import limits
from rollcall.ringcentral.models import Quota
from rollcall.ringcentral.reply import Reply


class Facts(TypedDict, total=False):
    """What any of the errors holds beside its message, as `RingCentralError` takes it."""

    status: int | None  # of the HTTP answer; None when there was none
    code: str  # RingCentral's errorCode
    parameter: str  # the field or parameter it complains about
    request_id: str
    quota: Quota | None


class RingCentralError(Exception):
    """A call that did not give what was asked."""

    may_have_been_carried_out: ClassVar[bool] = False
    next_step: ClassVar[str] = "show it"

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        code: str = "",
        parameter: str = "",
        request_id: str = "",
        quota: Quota | None = None,
    ) -> None:
        super().__init__()  # not the message: args are shown by repr, which goes to logs
        self.message = message
        self.status = status
        self.code = code
        self.parameter = parameter
        self.request_id = request_id
        self.quota = quota

    def __str__(self) -> str:
        """The facts, without a word that RingCentral chose: it may hold a person's address."""
        facts = {"status": self.status, "code": self.code, "parameter": self.parameter, "request": self.request_id}
        said = ", ".join(f"{name} {fact}" for name, fact in facts.items() if fact)
        return f"{type(self).__name__}: {said or self.message or 'no details'}"

    __repr__ = __str__


class Refused(RingCentralError):
    """RingCentral answered no, and would again: 400 and every 4xx that has no class of its own."""

    next_step = "show it, never repeat"


class Forbidden(Refused):
    """403: registration is not open, the session is over, or the user has no right to it."""

    next_step = "stop the list and find out why"


class Gone(Refused):
    """404: the session or the registrant is not there, or not for this user."""

    next_step = "stop the list; a deletion is done"


class Conflict(RingCentralError):
    """409: by our reading the address is registered already; the document only says "conflict"."""

    next_step = "list, then decide"


class NotExecuted(RingCentralError):
    """Certainly not carried out; the same call may be made again after `retry_after` seconds."""

    next_step = "wait, then repeat"

    def __init__(self, message: str = "", *, retry_after: float = 0.0, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class TooManyCalls(NotExecuted):
    """429: nothing of this user and app may leave for `retry_after` seconds; each call meanwhile starts them anew."""

    next_step = "stop every call until retry_after"


class SignedOut(NotExecuted):
    """401, or there is no token in hand that is still good."""

    next_step = "sign in once, then repeat"


class Unreachable(NotExecuted):
    """No connection came about, so not a byte of the request left: name, network, proxy, or TLS."""

    next_step = "repeat later"


class OutcomeUnknown(RingCentralError):
    """The request left and no usable answer came back; a write may have been carried out.

    `retry_after` is what a 503 asks for in seconds, or None.
    """

    may_have_been_carried_out = True
    next_step = "list, then decide; repeat a read"

    def __init__(self, message: str = "", *, retry_after: float | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class CarriedOutUnreadable(OutcomeUnknown):
    """A 2xx whose body cannot be read or lacks the id of what it made."""

    next_step = "list to learn what it made; repeat a read"


class SignInFailed(RingCentralError):
    """The token endpoint did not accept the credentials. `error` is its OAuth word, such as invalid_grant."""

    final: ClassVar[bool] = True  # the same credentials will not be accepted later either
    next_step = "stop, and correct the settings"

    def __init__(self, message: str = "", *, error: str = "", **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.error = error


@dataclass(frozen=True, slots=True)
class Said:
    """What an unsuccessful answer says, each cleaned of control characters and secrets; "" where it says nothing."""

    message: str  # "HTTP 500" where it says nothing
    code: str
    parameter: str
    error: str  # OAuth's word


def error_for(reply: Reply, *, now: datetime) -> RingCentralError:
    """Turn one answer of the API that is no success into the error that says what to do about it.

    Decides on the status, never on the message, which RingCentral may translate. A page of HTML comes from something
    in between and proves nothing, except that a 401 or 429 was not carried out.

    Source: guide "Error handling" and "Rate limits"; 408 and 3xx as unknown is our reading.
    """
    said, status = what_it_says(reply), reply.status
    facts = _facts(reply, said)
    if status == 429:
        return TooManyCalls(said.message, **facts, retry_after=_pause(reply, now))
    if status == 401:
        return SignedOut(said.message, **facts)
    if status == 407:
        return Unreachable("the proxy wants a password", **facts)
    if not 400 <= status < 500 or status == 408 or reply.is_html:
        return OutcomeUnknown(said.message, **facts, retry_after=reply.retry_after(now))
    kinds: dict[int, type[RingCentralError]] = {403: Forbidden, 404: Gone, 409: Conflict}
    return kinds.get(status, Refused)(said.message, **facts)


def sign_in_error_for(reply: Reply, *, now: datetime) -> RingCentralError:
    """The same for the token endpoint, where every 4xx but 408 and 429 means other credentials are needed."""
    said = what_it_says(reply)
    if 400 <= reply.status < 500 and reply.status not in (407, 408, 429) and not reply.is_html:
        return SignInFailed(said.message, **_facts(reply, said), error=said.error)
    failure = error_for(reply, now=now)
    if isinstance(failure, SignedOut):  # a page of HTML with 401: not the API's word on the credentials
        return OutcomeUnknown(said.message, **_facts(reply, said))
    return failure


def unreadable(reply: Reply, why: str) -> OutcomeUnknown:
    """The error for a 2xx whose body is no use; HTML does not even prove that RingCentral saw the call."""
    kind = OutcomeUnknown if reply.is_html else CarriedOutUnreadable
    return kind(why, status=reply.status, request_id=reply.request_id, quota=reply.quota)


def what_it_says(reply: Reply) -> Said:
    """Read errors[0], then the top level, then the bare text; gateways leave `errors` empty, proxies send pages."""
    if reply.is_html:
        return Said("a page of HTML instead of an answer", "", "", "")
    try:
        document = reply.document()
    except ValueError:
        text = reply.tidy((reply.body or b"")[:4096].decode("utf-8", "replace"))
        return Said(text or f"HTTP {reply.status}", "", "", "")
    top = document if isinstance(document, Mapping) else {}
    listed = top.get("errors")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], Mapping) else {}

    def either(*names: str) -> str:
        found = (source.get(name) for source in (first, top) for name in names)
        return next((reply.tidy(one) for one in found if isinstance(one, str | int) and one), "")

    return Said(
        message=either("message", "error_description") or f"HTTP {reply.status}",
        code=either("errorCode"),
        parameter=either("parameterName"),
        error=either("error"),
    )


def _facts(reply: Reply, said: Said) -> Facts:
    return {
        "status": reply.status,
        "code": said.code,
        "parameter": said.parameter,
        "request_id": reply.request_id,
        "quota": reply.quota,
    }


def _pause(reply: Reply, now: datetime) -> float:
    """Seconds to keep still after a 429: the longer of what it asks for and the window it names, else the penalty."""
    named = (reply.retry_after(now), reply.quota.window if reply.quota else None)
    return max((seconds for seconds in named if seconds), default=limits.PENALTY)
