"""What a registrant and an attendee of each source have cost. Pure; amounts and counts in, a row per source out.

Money is divided only by the people it was spent on: those of the sessions for which an amount was entered. A session
that is not over, or not read since, has its registrants counted and its attendees not: their cost is reckoned from the
other sessions alone. One currency at a time; nothing is converted.

How much of a cost is chance is said of one session alone. Over several the people are registrations, of which one
person may be many, and an interval that takes them for people covers far less often than it says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rollcall.attendance.rates import Cost
from rollcall.attendance.rates import cost as cost_of
from rollcall.attendance.sources import NONE
from rollcall.roster.spend import Spend

Cell = tuple[str, str]  # session_id, source as it counts


@dataclass(frozen=True, slots=True)
class SourceCost:
    """A source's spend, in the smallest unit of the currency, and what it came to. Its repr does not show the source.

    Attributes:
        sessions: for which an amount was entered, of them:
        uncounted: whose people nobody has counted yet; their amount is in `amount` and in no cost,
        open: not over, or not read since; their amount is in the cost per registrant alone.
        registered: of the sessions that are counted; None: none is.
        attended: of the sessions that are over; None: none is. `came_of` registered there.
        over: how many sessions those are; only where it is one, `cost` has an interval.
    """

    source: str = field(repr=False)
    amount: int
    sessions: int
    uncounted: int
    open: int
    registered: int | None
    attended: int | None
    came_of: int
    over: int
    cost: Cost

    @property
    def is_pooled(self) -> bool:
        """Whether the cost per attendee is of several sessions, and has no interval for that."""
        return self.over > 1


@dataclass(slots=True)
class _Sum:
    """A source's amounts, by how much is known of what they brought."""

    amount: int = 0
    amount_counted: int = 0
    amount_settled: int = 0
    sessions: int = 0
    counted: int = 0
    settled: int = 0
    registered: int = 0
    came_of: int = 0
    attended: int = 0
    over: frozenset[str] = frozenset()  # the sessions that are settled

    def add(self, other: _Sum) -> None:
        for name in self.__slots__:
            mine, its = getattr(self, name), getattr(other, name)
            setattr(self, name, mine | its if name == "over" else mine + its)

    def cost(self, source: str) -> SourceCost:
        per_registrant = self.amount_counted / self.registered if self.registered else None
        came = cost_of(self.amount_settled, self.attended, self.came_of)
        low, high = (came.low, came.high) if len(self.over) < 2 else (None, None)
        return SourceCost(
            source,
            amount=self.amount,
            sessions=self.sessions,
            uncounted=self.sessions - self.counted,
            open=self.counted - self.settled,
            registered=self.registered if self.counted else None,
            attended=self.attended if self.settled else None,
            came_of=self.came_of,
            over=len(self.over),
            cost=Cost(per_registrant, came.per_attendee, low, high),
        )


def currencies(spends: Iterable[Spend]) -> list[str]:
    """The currencies there are, the one of most amounts first."""
    counted: dict[str, int] = defaultdict(int)
    for one in spends:
        counted[one.money.currency] += 1
    return sorted(counted, key=lambda code: (-counted[code], code))


def costs(
    spends: Iterable[Spend], people: pd.DataFrame, sessions: pd.DataFrame, decided: Mapping[str, str], currency: str
) -> tuple[SourceCost, ...]:
    """A row per source with an amount in this currency, the greatest amount first.

    Args:
        people: as from `source_overview.brought`: session_id, source, registered, attended.
        sessions: as from `tallies.sessions`; of its columns: session_id, is_counted, is_settled.
        decided: spelling → the name it counts as; an amount goes with the name that its source counts as now.
    """
    sums: dict[str, _Sum] = defaultdict(_Sum)
    for source, cell in _cells(spends, people, sessions, decided, currency):
        sums[source].add(cell)
    ranked = sorted(sums, key=lambda source: (-sums[source].amount, source))
    return tuple(sums[source].cost(source) for source in ranked)


def total(
    spends: Iterable[Spend], people: pd.DataFrame, sessions: pd.DataFrame, decided: Mapping[str, str], currency: str
) -> SourceCost:
    """All sources with an amount in this currency as if they were one; its `sessions` counts amounts."""
    whole = _Sum()
    for _, cell in _cells(spends, people, sessions, decided, currency):
        whole.add(cell)
    return whole.cost("")


def _cells(
    spends: Iterable[Spend], people: pd.DataFrame, sessions: pd.DataFrame, decided: Mapping[str, str], currency: str
) -> Sequence[tuple[str, _Sum]]:
    """A sum per source and session. Two amounts whose names count as one are added, and their people counted once."""
    amounts: dict[Cell, int] = defaultdict(int)
    for one in spends:
        if one.money.currency == currency:
            # A spelling that reads like `NONE` may count as a source; those without one do not go with it.
            source = one.name if one.name == NONE else decided.get(one.name, one.name)
            amounts[one.session_id, source] += one.money.amount
    is_counted, is_settled = (_by_session(sessions, name) for name in ("is_counted", "is_settled"))
    registered, attended = (_by_cell(people, name) for name in ("registered", "attended"))
    found = []
    for cell, amount in amounts.items():
        brought = _Sum(amount, sessions=1)
        if is_counted.get(cell[0]):
            brought.amount_counted, brought.counted, brought.registered = amount, 1, registered.get(cell, 0)
            if is_settled.get(cell[0]):
                brought.amount_settled, brought.settled, brought.over = amount, 1, frozenset(cell[:1])
                brought.came_of, brought.attended = brought.registered, attended.get(cell, 0)
        found.append((cell[1], brought))
    return found


def _by_session(sessions: pd.DataFrame, name: str) -> dict[str, bool]:
    return dict(zip(sessions["session_id"].tolist(), sessions[name].tolist(), strict=True))


def _by_cell(people: pd.DataFrame, name: str) -> dict[Cell, int]:
    cells = zip(people["session_id"].tolist(), people["source"].tolist(), strict=True)
    return dict(zip(cells, people[name].tolist(), strict=True))
