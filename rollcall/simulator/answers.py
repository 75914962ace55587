"""What a call is and how it is answered: bodies, errors and times as RingCentral writes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived; `params` are the parts of the path, filled in by the operation that matched."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    arrived_at: datetime
    base_url: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next(iter(self.query.get(name, ())), None)

    def fields(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Problem 400 (CMN-103) for anything else."""
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Problem(400, "CMN-103", "Invalid JSON in the request body") from None
        if not isinstance(value, dict):
            raise Problem(400, "CMN-103", "The request body must be a JSON object")
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `registrant_id` and `complete` are for the log only."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    registrant_id: str = ""
    complete: bool | None = None  # of a list: whether this was its last page


class Problem(Exception):
    """A refusal on its way to the caller."""

    def __init__(self, status: int, code: str, message: str, *, parameter: str = "", **extra: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.extra = extra | ({"parameterName": parameter} if parameter else {})

    def answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        """The body carries code and message twice, as seen in the field (top level and in `errors`)."""
        error = {"errorCode": self.code, "message": self.message, **self.extra}
        return Answer(self.status, {**error, "errors": [error]}, headers or {})


def invalid(parameter: str, why: str) -> Problem:
    """400 that names the parameter."""
    return Problem(400, "CMN-101", f"Parameter [{parameter}] {why}", parameter=parameter)


def not_found(what: str) -> Problem:
    """404; also what an inaccessible thing answers."""
    return Problem(404, "CMN-102", f"Resource for parameter [{what}] is not found", parameter=what)


def not_allowed(why: str) -> Problem:
    """403 for a state that forbids it. The code is ours: RingCentral publishes none for its webinar service."""
    return Problem(403, "OperationNotAllowed", why)


def stamp(at: float) -> str:
    """Epoch seconds → `2026-08-04T09:00:00.000Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(call: Call, name: str) -> float:
    """A required date-time parameter as epoch seconds. Raises Problem 400."""
    text = call.one(name)
    if not text:
        raise invalid(name, "is required")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name, "is not a date-time") from None
    if at.tzinfo is None:
        raise invalid(name, "needs a time zone")
    return at.timestamp()
