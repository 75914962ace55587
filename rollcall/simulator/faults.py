"""What can go wrong on purpose: named faults, put in beforehand, striking by count and seed, never by chance."""

import random
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rollcall.simulator.answers import Call


class FaultKind(StrEnum):
    """What happens to a call that a fault strikes."""

    ANSWER_LOST = "answer_lost"  # carried out, then the connection is closed without a byte
    DROPPED_BEFORE = "dropped_before"  # closed without a byte, not carried out
    SERVER_ERROR = "server_error"  # `status` (500), carried out or not
    UNAVAILABLE = "unavailable"  # 503 with Retry-After, not carried out unless said
    BAD_GATEWAY = "bad_gateway"  # 502 with an HTML page, not carried out unless said
    TRUNCATED = "truncated"  # carried out, half of the answer arrives
    ODD_ANSWER = "odd_answer"  # carried out, answered with `status` (202, 302 …) and no body
    SLOW = "slow"  # waits `seconds` before or after carrying out
    TOKEN_REVOKED = "token_revoked"  # all tokens die as this call arrives
    LIMIT_CHANGED = "limit_changed"  # `limit` and `window` hold from this call on
    OTHERS_CALLS = "others_calls"  # somebody else has just spent `calls` of the quota
    RATE_LIMITED = "rate_limited"  # 429 out of the blue, with a real penalty


AT_THE_DOOR = frozenset({FaultKind.TOKEN_REVOKED, FaultKind.LIMIT_CHANGED, FaultKind.OTHERS_CALLS})
ALWAYS_CARRIED_OUT = frozenset({FaultKind.ANSWER_LOST, FaultKind.TRUNCATED, FaultKind.ODD_ANSWER, FaultKind.SLOW})


@dataclass(frozen=True, slots=True)
class Fault:
    """Which calls are struck, how often, and by what.

    A call matches when the method is equal (empty: any), `path` is found in its path as a regular expression, and
    its body has this `email` (empty: any). Of the matching calls the first `skip` pass, then every `every`-th is
    struck with probability `share` (decided by `seed` and the call's number: the same in every run), at most
    `times` (None: for ever).
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    email: str = ""
    skip: int = 0
    every: int = 1
    share: float = 1.0
    seed: int = 0
    times: int | None = 1
    carried_out: bool = False  # for SERVER_ERROR, UNAVAILABLE, BAD_GATEWAY
    before: bool = False  # for SLOW: wait before carrying out instead of after
    seconds: float = 0.0  # for SLOW the wait; for UNAVAILABLE and RATE_LIMITED the Retry-After (0: the window)
    status: int = 500  # for SERVER_ERROR and ODD_ANSWER
    calls: int = 0  # for OTHERS_CALLS
    limit: int | None = None  # for LIMIT_CHANGED, of the struck call's group
    window: float | None = None  # for LIMIT_CHANGED, seconds

    def matches(self, call: Call, email: str) -> bool:
        return (
            self.method in ("", call.method)
            and re.search(self.path, call.path) is not None
            and self.email.casefold() in ("", email.casefold())
        )

    def strikes(self, seen: int) -> bool:
        """Whether the `seen`-th matching call (from 1) is struck; a stated seed gives the same answer for ever."""
        number = seen - self.skip
        if number < 1 or number % self.every:
            return False
        return random.Random(f"{self.seed}:{seen}").random() < self.share

    @property
    def carries_out(self) -> bool:
        """Whether the struck call has its effect all the same."""
        return self.kind in ALWAYS_CARRIED_OUT or self.carried_out

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Fault":
        """Raises TypeError or ValueError for an unknown field or kind."""
        return cls(**{**fields, "kind": FaultKind(fields["kind"])})
