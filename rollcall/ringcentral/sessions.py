"""All sessions there are, found page by page: what comes, from the configuration API, then what was, from history.

Company-wide lists come first; a 403 there means the user may only list the own ones, and that is remembered. History
wants a time window whose greatest width is not documented: it begins with the whole year and is halved on a 400.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import Forbidden, Refused, RingCentralError
from rollcall.ringcentral.models import Answer, Page, WebinarSession

Part = Literal["coming", "past"]
Sessions = Answer[Page[WebinarSession]]

COMING_SINCE = timedelta(days=1)  # a session that ended a day ago is still listed as coming
PAST = timedelta(days=365)
NARROWEST = timedelta(days=1)  # a window refused at this width is refused for another reason
_WINDOW_PARAMETERS = frozenset({"", "endTimeFrom", "endTimeTo", "pageToken"})


@dataclass(frozen=True, slots=True)
class SessionsCursor:
    """A place in the walk through all sessions. Each place stands for one call; `advance` gives the next one.

    cursor = SessionsCursor.first(now, company_allowed=None)
    while cursor:
        try: outcome = cursor.fetch(client)
        except RingCentralError as error: outcome = error
        cursor = cursor.advance(outcome)
    """

    part: Part
    now: datetime  # when the walk began
    company_allowed: bool | None  # None until a company list has answered or refused
    window_from: datetime
    window_to: datetime | None  # None while coming: that list has no end
    page_tokens: tuple[str, ...] = ()  # those met within this list, the last one is to be fetched

    @classmethod
    def first(cls, now: datetime, company_allowed: bool | None = None, part: Part = "coming") -> Self:
        """Where a walk begins: with what comes, or only with what was."""
        start = cls("coming", now, company_allowed, now - COMING_SINCE, None)
        return start if part == "coming" else start._past(now - PAST, now)

    def fetch(self, client: Client) -> Sessions:
        """Make the one call of this place. Raises what the client raises."""
        token = self.page_tokens[-1] if self.page_tokens else None
        is_company = self.company_allowed is not False
        if self.window_to is None:
            coming = client.company_sessions if is_company else client.own_sessions
            return coming(end_time_from=self.window_from, page_token=token)
        past = client.company_history if is_company else client.own_history
        return past(end_time_from=self.window_from, end_time_to=self.window_to, page_token=token)

    def advance(self, outcome: Sessions | RingCentralError) -> Self | None:
        """Tell the next place from what this one's call gave; None at the end of the walk.

        Raises:
            RingCentralError: the given error, when another way through the lists does not help against it.
        """
        if isinstance(outcome, Forbidden) and self.company_allowed is not False:
            return replace(self, company_allowed=False, page_tokens=())
        if isinstance(outcome, RingCentralError):
            return self._narrowed(outcome)
        here = replace(self, company_allowed=self.company_allowed is not False)
        token = outcome.value.next_token
        if token and token not in self.page_tokens:
            return replace(here, page_tokens=(*self.page_tokens, token))
        return here._next_list()

    def to_json(self) -> dict[str, Any]:
        """The place as JSON values, for a walk that outlives the process."""
        values = asdict(self) | {"page_tokens": list(self.page_tokens)}
        return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in values.items()}

    @classmethod
    def from_json(cls, place: dict[str, Any]) -> Self:
        """The reverse of `to_json`."""
        end = place["window_to"]
        return cls(
            part=place["part"],
            now=datetime.fromisoformat(place["now"]),
            company_allowed=place["company_allowed"],
            window_from=datetime.fromisoformat(place["window_from"]),
            window_to=datetime.fromisoformat(end) if end else None,
            page_tokens=tuple(place["page_tokens"]),
        )

    def _past(self, start: datetime, end: datetime) -> Self:
        return replace(self, part="past", window_from=start, window_to=end, page_tokens=())

    def _next_list(self) -> Self | None:
        oldest = self.now - PAST
        if self.window_to is None:
            return self._past(oldest, self.now)
        if self.window_from <= oldest:
            return None
        width = self.window_to - self.window_from
        return self._past(max(self.window_from - width, oldest), self.window_from)

    def _narrowed(self, error: RingCentralError) -> Self:
        is_about_window = isinstance(error, Refused) and error.status == 400 and error.parameter in _WINDOW_PARAMETERS
        if not is_about_window or self.window_to is None or self.window_to - self.window_from <= NARROWEST:
            raise error
        width = max((self.window_to - self.window_from) / 2, NARROWEST)
        return self._past(self.window_to - width, self.window_to)


def sessions_coming(client: Client, now: datetime, company_allowed: bool | None = None) -> Iterator[Sessions]:
    """Walk what comes; each page is one call, a refused company list one more."""
    return _walk(client, SessionsCursor.first(now, company_allowed))


def sessions_past(client: Client, now: datetime, company_allowed: bool | None = None) -> Iterator[Sessions]:
    """Walk what was within the last year, the latest first; a refused window costs one call more."""
    return _walk(client, SessionsCursor.first(now, company_allowed, "past"))


def _walk(client: Client, start: SessionsCursor) -> Iterator[Sessions]:
    cursor: SessionsCursor | None = start
    while cursor and cursor.part == start.part:
        outcome: Sessions | RingCentralError
        try:
            outcome = cursor.fetch(client)
        except RingCentralError as error:
            outcome = error
        cursor = cursor.advance(outcome)
        if isinstance(outcome, Answer):
            yield outcome
