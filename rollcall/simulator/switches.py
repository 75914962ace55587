"""What nobody outside RingCentral knows, as switches: each can be set either way."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rollcall.simulator.limits import TOKEN_SECONDS

LONGEST_LIST_LAG = 60.0  # seconds


class SecondEmail(StrEnum):
    """A second registration with the same address (whatever its case) for one session."""

    REFUSED = "refused"  # 409
    ACCEPTED = "accepted"  # makes a second registrant


class OwnLinks(StrEnum):
    """A joinUri or cancellationUri sent with a registration."""

    KEPT = "kept"
    REPLACED = "replaced"  # by RingCentral's own
    REFUSED = "refused"  # 400 that names the parameter


class PagesBy(StrEnum):
    """What a page token of the registrants' list stands for."""

    ID = "id"  # the last one shown: whoever leaves moves nobody
    POSITION = "position"  # so many from the beginning: whoever leaves moves everybody behind


@dataclass(frozen=True, slots=True)
class Switches:
    second_email: SecondEmail = SecondEmail.REFUSED
    own_links: OwnLinks = OwnLinks.REPLACED
    list_lag: float = 0.0  # seconds from a registration until lists show it, 0 to 60
    list_lag_share: float = 1.0  # the share of new registrants that lag; the others show at once
    pages_by: PagesBy = PagesBy.ID
    company_lists: bool = True  # the user may see and edit the whole company's sessions ("WebinarSettings")
    attendance: bool = True  # the user may read participants and history invitees
    attendance_of_others: bool = True  # also of sessions that somebody else hosts
    rate_headers: bool = True
    largest_window: float = 0.0  # seconds from endTimeFrom to endTimeTo that history accepts; 0: any
    scopes: str = "ReadWebinars EditWebinars"  # granted at sign-in, separated by spaces
    token_seconds: float = float(TOKEN_SECONDS)  # life of an access token
    jwt_valid: bool = True  # off: invalid_grant, as for a revoked JWT
    jwt_allowed: bool = True  # off: unauthorized_client, the app has no JWT flow
    owner_id: str = "62264425008"  # the user who signs in

    def __post_init__(self) -> None:
        if not 0 <= self.list_lag <= LONGEST_LIST_LAG:
            raise ValueError(f"list_lag is 0 to {LONGEST_LIST_LAG:g} seconds")
        if not 0 <= self.list_lag_share <= 1:
            raise ValueError("list_lag_share is 0 to 1")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Switches":
        """Raises TypeError or ValueError for an unknown name or value."""
        known = dict(fields)
        if "second_email" in known:
            known["second_email"] = SecondEmail(known["second_email"])
        if "own_links" in known:
            known["own_links"] = OwnLinks(known["own_links"])
        if "pages_by" in known:
            known["pages_by"] = PagesBy(known["pages_by"])
        return cls(**known)
