"""Pages: perPage clamped to 1,000, opaque tokens, no total."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rollcall.simulator.answers import Answer, Call, invalid
from rollcall.simulator.limits import PER_PAGE_DEFAULT, PER_PAGE_LARGEST

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for. `after` is a place in the list (0: the beginning)."""

    after: int
    size: int


def page_of(call: Call) -> Page:
    """Read perPage and pageToken. Raises Problem 400."""
    size = call.one("perPage") or str(PER_PAGE_DEFAULT)
    if not size.isdecimal() or int(size) < 1:
        raise invalid("perPage", "is out of range")
    token = call.one("pageToken")
    return Page(_place(token) if token else 0, min(int(size), PER_PAGE_LARGEST))


def token_for(place: int) -> str:
    return urlsafe_b64encode(f"after {place}".encode()).decode().rstrip("=")


def _place(token: str) -> int:
    try:
        word, _, place = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(" ")
        if word == "after":
            return int(place)
    except ValueError:
        pass
    raise invalid("pageToken", "is unknown")


def listed(page: Page, records: Sequence[dict[str, Any]], following: int | None, previous: int | None = None) -> Answer:
    """`records` and `paging`; `following` and `previous` are the places of the pages beside this one."""
    paging: dict[str, Any] = {"pageToken": token_for(page.after), "perPage": page.size}
    if following is not None:
        paging["nextPageToken"] = token_for(following)
    if previous is not None:
        paging["previousPageToken"] = token_for(previous)
    return Answer(200, {"records": records, "paging": paging}, complete=following is None)


def paged(call: Call, things: Sequence[T], shown: Callable[[T], dict[str, Any]]) -> Answer:
    """One page of a list that is at hand as a whole."""
    page = page_of(call)
    end = page.after + page.size
    previous = max(0, page.after - page.size) if page.after else None
    return listed(page, [shown(one) for one in things[page.after : end]], end if end < len(things) else None, previous)
