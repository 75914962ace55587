"""The chart of the page of sources: what somebody who came has cost, source by source."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan

import pandas as pd

from rollcall.attendance import charts, charts_compare
from rollcall.attendance.charts import Chart, Palette
from rollcall.attendance.rates import SMALL
from rollcall.attendance.source_costs import SourceCost
from rollcall.roster.money import DECIMALS

FEWEST = 3  # people who came; of fewer, the upper end would be all there is to see
AT_MOST = 20  # sources; three marks each


def drawn(costs: Iterable[SourceCost], currency: str) -> pd.DataFrame:
    """The sources whose cost per attendee can be drawn, the cheapest first, in whole units of the currency.

    Columns: source, label, value, low, high (NaN: no interval), small (fewer than `rates.SMALL` people registered where
    it is known).
    Of more than AT_MOST those with the greatest amounts.
    """
    unit = 10 ** DECIMALS.get(currency, 2)
    found = [one for one in costs if (one.attended or 0) >= FEWEST and one.cost.per_attendee is not None][:AT_MOST]
    found.sort(key=lambda one: (one.cost.per_attendee or 0, one.source))
    names = charts.labels([one.source for one in found])
    return pd.DataFrame(
        {
            "source": [one.source for one in found],
            "label": [f"{name} · {one.attended:,}" for name, one in zip(names, found, strict=True)],
            "value": [(one.cost.per_attendee or 0) / unit for one in found],
            "low": [_in_units(one.cost.low, unit) for one in found],
            "high": [_in_units(one.cost.high, unit) for one in found],
            "small": [one.came_of < SMALL for one in found],
        }
    )


def _in_units(amount: float | None, unit: int) -> float:
    return nan if amount is None else amount / unit


def cost_per_attendee(rows: pd.DataFrame, palette: Palette, *, currency: str) -> Chart:
    """The cost as a point, in its interval where every source has one. Args: the frame of `drawn`."""
    style, title = f",.{DECIMALS.get(currency, 2)}f", f"{currency} per attendee"
    if rows["low"].isna().any():
        return charts_compare.figures(rows, palette, title=title, style=style)
    return charts.estimates(rows, palette, title=f"{title}, with 95 % interval", style=style)
