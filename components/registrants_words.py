"""What is said of a registrant: at what they are, and who registered them."""

from components.status import STATUSES
from rollcall.outbox.progress import Status
from rollcall.roster.people import AGAIN, Leaving, Listed, Origin

LEAVING = {
    Leaving.WAITING: "waiting to be cancelled",
    Leaving.SENDING: "being cancelled",
    Leaving.UNCONFIRMED: "cancellation not confirmed",
    Leaving.REFUSED: "registered, cancellation refused",
}
ON_DEMAND = "registered afterwards, on demand"
HOW = {"form": "here, one by one", "public": "sign-up page", AGAIN: "here, with other data"}


def status(one: Listed) -> str:
    """The word for what somebody is at."""
    if one.gone_at is not None:
        return STATUSES[Status.CANCELLED].word
    if one.leaving is not None:
        return LEAVING[one.leaving]
    return ON_DEMAND if one.post_webinar else STATUSES[Status.REGISTERED].word


def made_by(one: Listed) -> str:
    """Who registered somebody: an import of ours and its file, our form, or somebody else. Holds foreign text."""
    return _origin(one.origin) if one.origin is not None else "elsewhere"


def _origin(origin: Origin) -> str:
    if origin.how == "import":
        return f"import {origin.file}".strip()
    return HOW.get(origin.how, "here")
