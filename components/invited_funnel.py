"""Invited → registered → attended, by any column of the invited list: a chart, and its numbers beside it."""

from functools import partial

import streamlit as st

from components import charts, columns_editor, invited_result
from components.charts import Drawing
from components.invited_upload import InvitedList
from components.moments import many
from rollcall.attendance import charts_funnel
from rollcall.attendance.facts import SessionFacts
from rollcall.attendance.invited import Matched
from rollcall.attendance.matching import is_settled

SHARE = st.column_config.NumberColumn(format="percent", width=120)


def show_funnel(held: InvitedList, found: Matched, facts: SessionFacts) -> None:
    """The chart by the picked column, or of all together."""
    st.subheader("How far they came")
    header = held.table.header
    column = st.selectbox(
        "By a column of your list",
        [None, *range(len(header))],
        format_func=lambda one: "All together" if one is None else columns_editor.column_name(header, one),
        key=f"invited_funnel_{held.number}",
        width=360,
    )
    groups = invited_result.groups_of(found, column)
    if not any(group.invited for group in groups):
        return
    shown = charts_funnel.shown(groups)
    is_parted, settled = column is not None, is_settled(facts)
    table = charts_funnel.table(shown, is_parted=is_parted, is_settled=settled)
    charts.show(
        Drawing(
            title="How many of the invited registered, and how many came?",
            build=partial(charts_funnel.funnel, shown, is_parted=is_parted, is_settled=settled),
            table=table,
            name=f"funnel-{facts.session_id}",
            alt=charts_funnel.finding(shown, is_parted=is_parted, is_settled=settled),
            note=facts.title,
            styles={name: SHARE for name in table.columns if " of " in name},
        )
    )
    if len(groups) > len(shown):
        st.caption(f"The {len(shown) - 1} largest of {many(len(groups), 'value')}; the others are one bar.")
