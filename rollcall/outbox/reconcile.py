"""What became of a call that never got a clear answer. Pure: facts in, a decision out.

*There* is proven by any listing that shows the person, complete or not. *Not there* needs two complete listings, the
first begun at least `FIRST` and the second at least `SECOND` after the call ended, because RingCentral may store late
(OpenAPI: "indirect persistence"). Only then may the call be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

FIRST = timedelta(seconds=10)  # judgement
SECOND = timedelta(seconds=120)  # judgement; also longer than a lease and a call's whole timeout together
SKEW = timedelta(seconds=60)  # judgement: how far RingCentral's clock may be behind ours
LIST_AT_COUNT = 50  # judgement: unconfirmed of an import that are worth a listing while others wait
LIST_AT_AGE = timedelta(minutes=10)  # judgement: the longest an import leaves somebody unconfirmed
MOST_CONFLICTS = 2


@dataclass(frozen=True, slots=True)
class Open:
    """An unconfirmed action.

    Attributes:
        left_at, ended_at: when its last call left and ended (or was given up).
        absent_at: begin of the first complete listing that did not show the person, at least `FIRST` after the end.
        ours: what only a registrant of this very wish carries: its ref in a link, or its external ID. Empty: nothing.
        conflicts: how often RingCentral answered 409.
        somebody_waits: the wish came from a click.
    """

    action_id: int
    is_delete: bool
    email_key: str
    registrant_id: str | None
    left_at: datetime
    ended_at: datetime
    absent_at: datetime | None
    external_id: str
    ref: str
    first_name: str
    last_name: str
    conflicts: int
    is_conflict: bool
    somebody_waits: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A registrant as a listing shows it."""

    registrant_id: str
    email_key: str
    first_name: str
    last_name: str
    external_id: str
    links: str  # join and cancel link, as one text to look for the ref in
    registered_at: datetime | None


class Verdict(Enum):
    """What a listing proves about an unconfirmed action."""

    REGISTERED = "it is there, and our call made it"
    ALREADY_THERE = "it is there, and was before"
    CANCELLED = "it is not there any more"
    ABSENT_ONCE = "a first complete listing does not show it"
    NOT_CARRIED_OUT = "proven: send it again"
    UNEXPLAINED_CONFLICT = "409 twice, and never listed"
    UNDECIDED = "nothing proven yet"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict about one action, and the registrant it is about."""

    action_id: int
    verdict: Verdict
    registrant_id: str | None = None


def decide(action: Open, shown: Sequence[Listed], *, begun_at: datetime, complete: bool) -> Decision:
    """Judge one action by what a listing begun at `begun_at` shows for its email (so far, if it is not complete)."""
    if action.is_delete:
        return _decide_delete(action, shown, begun_at=begun_at, complete=complete)
    if shown:
        mine = [registrant for registrant in shown if _is_ours(action, registrant)]
        verdict = Verdict.REGISTERED if mine else Verdict.ALREADY_THERE
        return Decision(action.action_id, verdict, _latest(mine or shown).registrant_id)
    left_open = _absence(action, begun_at=begun_at, complete=complete)
    if left_open is not None:
        return Decision(action.action_id, left_open)
    if action.conflicts >= MOST_CONFLICTS:
        return Decision(action.action_id, Verdict.UNEXPLAINED_CONFLICT)
    return Decision(action.action_id, Verdict.NOT_CARRIED_OUT)


def _decide_delete(action: Open, shown: Sequence[Listed], *, begun_at: datetime, complete: bool) -> Decision:
    """A cancellation may simply be repeated: the registrant's id is never given twice.

    But that the list does not show the registrant proves it no sooner than it proves anything: somebody registered a
    moment ago may not be listed yet, and be there all the same.
    """
    if any(registrant.registrant_id == action.registrant_id for registrant in shown):
        late_enough = begun_at >= action.ended_at + FIRST
        if late_enough and action.conflicts >= MOST_CONFLICTS:
            return Decision(action.action_id, Verdict.UNEXPLAINED_CONFLICT)
        return Decision(action.action_id, Verdict.NOT_CARRIED_OUT if late_enough else Verdict.UNDECIDED)
    return Decision(action.action_id, _absence(action, begun_at=begun_at, complete=complete) or Verdict.CANCELLED)


def _absence(action: Open, *, begun_at: datetime, complete: bool) -> Verdict | None:
    """What a listing that does not show the person leaves open; None: they are not there, proven."""
    if not complete or begun_at < action.ended_at + FIRST:
        return Verdict.UNDECIDED
    if action.absent_at is None:
        return Verdict.ABSENT_ONCE
    if begun_at <= action.absent_at or begun_at < action.ended_at + SECOND:
        return Verdict.UNDECIDED
    return None


def _is_ours(action: Open, registrant: Listed) -> bool:
    """Whether our call made this registrant.

    The ref in its links says so for certain, the external ID nearly. Without either: it came to be while our call ran,
    under the same name, and no 409 says that somebody was there before.
    """
    if action.ref and action.ref in registrant.links:
        return True
    if action.external_id and registrant.external_id:
        return action.external_id == registrant.external_id
    if action.is_conflict or registrant.registered_at is None:
        return False
    same_name = (action.first_name, action.last_name) == (registrant.first_name, registrant.last_name)
    return same_name and registrant.registered_at >= action.left_at - SKEW


def _latest(registrants: Sequence[Listed]) -> Listed:
    """The one registered last; ids decide where times do not."""
    return max(registrants, key=lambda one: (one.registered_at is not None, one.registered_at, one.registrant_id))


def wanted_at(action: Open, last_begun: datetime | None) -> datetime:
    """The moment from which a listing would tell something new about this action.

    After a 409 the person should be listed already, so that is looked for at once.
    """
    if action.is_conflict and (last_begun is None or last_begun < action.ended_at):
        return action.ended_at
    if action.absent_at is None:
        return action.ended_at + FIRST
    return action.ended_at + SECOND


@dataclass(frozen=True, slots=True)
class Wanted:
    """A listing to be read: from when on, and whether somebody waits for it."""

    at: datetime
    somebody_waits: bool


def listing_wanted(
    actions: Iterable[Open], *, last_begun: datetime | None, others_wait: bool, now: datetime
) -> Wanted | None:
    """When to list a session for its unconfirmed actions, None if it has none.

    For somebody who waits: as soon as it can tell something. For an import: when nothing else waits, or it is many, or
    it has been long; one listing decides all of them.
    """
    actions = list(actions)
    if not actions:
        return None
    waited_for = [wanted_at(action, last_begun) for action in actions if action.somebody_waits]
    if waited_for:
        return Wanted(min(waited_for), somebody_waits=True)
    soonest = min(wanted_at(action, last_begun) for action in actions)
    if not others_wait or len(actions) >= LIST_AT_COUNT:
        return Wanted(soonest, somebody_waits=False)
    oldest = min(action.ended_at for action in actions) if last_begun is None else last_begun
    patience = max(oldest, min(action.ended_at for action in actions)) + LIST_AT_AGE
    return Wanted(max(soonest, patience), somebody_waits=False)
