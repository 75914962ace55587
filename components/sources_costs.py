"""What a registrant and an attendee of each source have cost, one currency at a time."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components import charts, sources_table
from components.charts import Drawing, csv_of
from components.moments import many, number
from components.plain import plain
from components.sources_seen import Seen
from components.sources_words import named_in_cell
from rollcall import wiring
from rollcall.attendance import charts_sources, source_costs, source_overview
from rollcall.attendance.rates import shortened
from rollcall.attendance.source_costs import SourceCost
from rollcall.roster import money, spend
from rollcall.roster.money import DECIMALS
from rollcall.roster.spend import Spend

WHOLE = ("Sessions", "Registered", "Attended")  # columns of whole numbers
EACH = ("Per registrant", "Per attendee", "95 % from", "95 % to")  # columns of money for one person
ALL, ONE = "All sessions with amounts", "This session"
MEANING = (
    "Per registrant: the amount divided by all who registered, also those who cancelled. Per attendee: divided by "
    "those who came; the 95 % interval says what the same money would buy next time, for all that chance allows. It is "
    "given for one session: over several the people are registrations, and one person may count several times. Only "
    "sessions with an amount are counted, and for attendees only those that are over and read since."
)


def show_costs(seen: Seen) -> None:
    """The sums, the chart and the table; nothing where no amount was entered."""
    here = wiring.current()
    with here.store.read() as db:
        spends = spend.all_of(db, here.connection_id)
    if not spends:
        st.caption("Enter what a source cost, and what a registrant and an attendee came to is shown here.")
        return
    currency = _pick_currency(source_costs.currencies(spends))
    meant = _pick_sessions(spends)
    ids = sorted({one.session_id for one in meant})
    names = {seen.decided.get(one.name, one.name) for one in meant}
    with here.store.read() as db:
        people = source_overview.brought(db, here.connection_id, ids, seen.spellings, names)
    found = source_costs.costs(meant, people, seen.sessions, seen.decided, currency)
    if not found:
        st.caption(f"No amount in {plain(currency)} here.")
        return
    total = source_costs.total(meant, people, seen.sessions, seen.decided, currency)
    _show_total(total, currency, others=[one for one in meant if one.money.currency != currency])
    _show_chart(found, currency)
    _show_table(found, total, currency)


def _pick_currency(known: Sequence[str]) -> str:
    """Amounts in two currencies are never compared; which one is, is picked."""
    if len(known) == 1:
        return known[0]
    picked: str | None = st.segmented_control(
        "Compare amounts in", known, default=known[0], key="sources_currency", help="Nothing is converted"
    )
    return picked or known[0]


def _pick_sessions(spends: Sequence[Spend]) -> Sequence[Spend]:
    session_id = st.session_state.get("sources_spend_session")
    ids = {one.session_id for one in spends}
    if session_id not in ids or len(ids) == 1:
        return spends
    scope = st.segmented_control("Over", [ALL, ONE], default=ALL, key="sources_scope")
    return [one for one in spends if one.session_id == session_id] if scope == ONE else spends


def _show_total(total: SourceCost, currency: str, *, others: Sequence[Spend]) -> None:
    left, middle, right = st.columns(3)
    left.metric("Spent", plain(f"{money.of_smallest(total.amount, currency)} {currency}"), border=True)
    middle.metric("Per registrant", plain(_each(total.cost.per_registrant, currency)), border=True)
    right.metric("Per attendee", plain(_each(total.cost.per_attendee, currency)), border=True)
    st.caption(f"{plain(_of_total(total, currency))} {MEANING}")
    if others:
        st.caption(f"Not in it: {many(len(others), 'amount')} in another currency.")
    left_out = [
        (total.uncounted, "of a session whose people nobody has counted yet: in the sum, in no cost"),
        (total.open, "of a session that is not over, or not read since: in no cost per attendee"),
    ]
    for amounts, why in left_out:
        if amounts:
            st.caption(f":orange[:material/pending:] {many(amounts, 'amount')} {plain(why)}.")


def _of_total(total: SourceCost, currency: str) -> str:
    """How many the costs are of, and the interval."""
    if total.registered is None:
        return "Nobody is counted yet."
    said = f"Of {many(total.registered, 'registrant')}"
    if total.attended is None:
        return f"{said}; who came is not known yet."
    between = f", {_interval(total, currency)} per attendee (95 %)" if total.cost.low is not None else ""
    return f"{said} and {many(total.attended, 'attendee')} of {number(total.came_of)} whose coming is known{between}."


def _each(amount: float | None, currency: str) -> str:
    return "not known" if amount is None else f"{money.of_smallest(float(amount), currency)} {currency}"


def _interval(one: SourceCost, currency: str) -> str:
    """From and to, in words that `plain` keeps."""
    low, high = one.cost.low, one.cost.high
    if low is None:
        return ""
    begin = money.of_smallest(float(low), currency)
    return f"{begin} or more" if high is None else f"{begin} to {money.of_smallest(float(high), currency)}"


# ---------------------------------------------------------------- chart and table


def _show_chart(found: Sequence[SourceCost], currency: str) -> None:
    rows = charts_sources.drawn(found, currency)
    if len(rows) < 2:
        return
    cheapest, dearest = rows.iloc[0], rows.iloc[-1]
    digits = DECIMALS.get(currency, 2)
    least, most = (f"{row['value']:,.{digits}f} {currency}" for row in (cheapest, dearest))
    finding = (
        f"An attendee of {shortened(cheapest['source'])} cost least ({least}), one of "
        f"{shortened(dearest['source'])} most ({most})."
    )
    left_out = len(found) - len(rows)
    note = f"Not drawn: {many(left_out, 'source')}, mostly because hardly anybody came." if left_out else ""
    table = rows[["source", "value", "low", "high"]].set_axis(["Source", *EACH[1:]], axis=1)
    charts.show(
        Drawing(
            "What did somebody who came cost?",
            partial(charts_sources.cost_per_attendee, rows, currency=currency),
            table.round(digits),
            "cost-per-attendee",
            " ".join(said for said in (finding, _chance(rows), note) if said),
            styles={name: st.column_config.NumberColumn(format=f"%,.{digits}f") for name in table.columns[1:]},
        )
    )


def _chance(rows: pd.DataFrame) -> str:
    """What is to be said of chance about the cheapest and the dearest source drawn."""
    if rows["low"].isna().any():
        return "No interval is drawn, since some of these costs are of several sessions: it may be chance."
    may_be = rows.iloc[0]["high"] >= rows.iloc[-1]["low"]
    return "Their intervals overlap: it may be chance." if may_be else ""


def _show_table(found: Sequence[SourceCost], total: SourceCost, currency: str) -> None:
    digits = DECIMALS.get(currency, 2)
    frame = pd.DataFrame([_row(one, currency) for one in found]).astype(dict.fromkeys(WHOLE, "Int64"))
    amounts = {name: st.column_config.NumberColumn(format=f"%,.{digits}f", width=92) for name in ("Amount", *EACH)}
    st.dataframe(
        frame if frame["Note"].any() else frame.drop(columns="Note"),
        key="sources_costs",
        hide_index=True,
        height=sources_table.height(len(found)),
        column_config={"Source": st.column_config.TextColumn(width=190), **amounts},
        placeholder="–",
        alt=f"Costs of sources, {many(len(found), 'row')}",
    )
    st.download_button(
        "Download the costs (CSV)", lambda: file_of(found, total, currency), mime="text/csv",
        file_name=f"source-costs-{currency}.csv", key="sources_costs_download", icon=":material/download:",
        on_click="ignore", type="tertiary",
    )  # fmt: skip


def _row(one: SourceCost, currency: str) -> dict[str, object]:
    """Numbers as numbers, so that they sort; None where something is not known."""
    unit = 10 ** DECIMALS.get(currency, 2)
    costs = (one.cost.per_registrant, one.cost.per_attendee, one.cost.low, one.cost.high)
    each, came, low, high = (None if value is None else value / unit for value in costs)
    return {
        "Source": named_in_cell(one.source),
        "Sessions": one.sessions,
        "Amount": one.amount / unit,
        "Registered": one.registered,
        "Per registrant": each,
        "Attended": one.attended,
        "Per attendee": came,
        "95 % from": low,
        "95 % to": high,
        "Note": _note(one),
    }


def _note(one: SourceCost) -> str:
    notes = []
    if one.uncounted:
        notes.append(f"{many(one.uncounted, 'session')} not counted yet")
    if one.open:
        notes.append(f"{many(one.open, 'session')} not over, or not read since")
    if one.attended == 0 and one.came_of:
        notes.append("nobody came" if one.is_pooled else "nobody came: no upper end")
    if one.is_pooled:
        notes.append(f"{many(one.over, 'session')} together: no interval")
    if one.registered == 0:
        notes.append("nobody registered")
    return ", ".join(notes)


def file_of(found: Sequence[SourceCost], total: SourceCost, currency: str) -> bytes:
    """The download: whole names, amounts to the smallest unit, and the sum of all at the end."""
    rows = [_row(one, currency) | {"Source": one.source} for one in found]
    rows.append(_row(total, currency) | {"Source": "Total", "Sessions": None})
    exact = [money.of_smallest(one.amount, currency).replace(",", "") for one in (*found, total)]
    frame = pd.DataFrame(rows).assign(Amount=exact, Currency=currency).astype(dict.fromkeys(WHOLE, "Int64"))
    rounded = frame.round(dict.fromkeys(EACH, DECIMALS.get(currency, 2)))
    return csv_of(rounded.astype(object).where(rounded.notna(), None))
