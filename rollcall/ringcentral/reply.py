"""What came back over the wire, before anybody decides what it means. Reads oddities, raises only ValueError."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from rollcall.ringcentral import limits
from rollcall.ringcentral.models import Quota

MESSAGE_LENGTH = 300  # characters kept of what RingCentral says
_NOT_PRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_COUNT = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_UNSTORABLE = re.compile(r"\\u(0000|[dD][89a-fA-F])")  # NUL, half of a surrogate pair


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers and body of one answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # looked up whatever the case
    body: bytes | None = field(repr=False)  # None: it broke off, took too long or was too large

    secrets: tuple[str, ...] = field(default=(), repr=False)  # of ours, lest the answer repeats one

    @property
    def is_html(self) -> bool:
        """Whether a page stands where JSON should: it comes from something in between, not from the API."""
        kind = self.headers.get("Content-Type", "").lower()
        return "html" in kind or (self.body or b"")[:64].lstrip().startswith(b"<")

    @property
    def request_id(self) -> str:
        """RingCentral's name for this call, cut at 100 characters; "" when it gave none."""
        return self.tidy(self.headers.get("RCRequestId", ""))[:100]

    @property
    def quota(self) -> Quota | None:
        """The X-Rate-Limit-* headers, or None unless all three numbers are there and make sense."""
        limit = _COUNT.fullmatch(self.headers.get("X-Rate-Limit-Limit", "").strip())
        remaining = _COUNT.fullmatch(self.headers.get("X-Rate-Limit-Remaining", "").strip())
        window = _SECONDS.fullmatch(self.headers.get("X-Rate-Limit-Window", "").strip())
        if not (limit and remaining and window and int(limit[0]) and float(window[0])):
            return None
        group = self.tidy(self.headers.get("X-Rate-Limit-Group", ""))[:50]
        return Quota(group=group, limit=int(limit[0]), remaining=int(remaining[0]), window=float(window[0]))

    def retry_after(self, now: datetime) -> float | None:
        """Seconds that Retry-After asks for, given as a number or as a date; None when absent or senseless."""
        said = self.headers.get("Retry-After", "").strip()
        if _SECONDS.fullmatch(said):
            return min(float(said), limits.RETRY_AFTER_MAX)
        try:
            moment = parsedate_to_datetime(said)
            seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        return min(max(seconds, 0.0), limits.RETRY_AFTER_MAX)

    def tidy(self, said: object) -> str:
        """What RingCentral says as one line of at most MESSAGE_LENGTH characters, without a secret in it."""
        text = _NOT_PRINTABLE.sub(" ", str(said)).strip()
        for secret in filter(None, self.secrets):
            text = text.replace(secret, "…")
        return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"

    def document(self) -> Any:
        """The body as JSON, in characters that any database stores.

        Raises:
            ValueError: no body, not JSON, cut off, or nested beyond sense.
        """
        if self.body is None:
            raise ValueError("the body could not be read")
        text = self.body.decode("utf-8-sig", "replace")  # a broken byte in one name costs that character only
        try:
            document = json.loads(text, parse_float=_finite, parse_constant=lambda _: None)
            return _storable(document) if _UNSTORABLE.search(text) else document
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _storable(value: Any) -> Any:
    """Replace NUL and lone surrogates, which PostgreSQL refuses: one odd name must not stop a whole list."""
    match value:
        case str():
            return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_storable(one) for one in value]
        case dict():
            return {_storable(key): _storable(one) for key, one in value.items()}
    return value
