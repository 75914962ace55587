"""The people over the sessions: who is new, came back, comes always or never, down to each of them."""

from datetime import datetime
from functools import partial
from math import ceil
from zlib import crc32

import pandas as pd
import streamlit as st

from components import charts, compare_words
from components.charts import Drawing
from components.compare_words import GROUPS, MEANINGS
from components.moments import many, number
from rollcall import wiring
from rollcall.attendance import charts as pictures
from rollcall.attendance import charts_compare, handing_over, over_time, people_over_time, returning
from rollcall.attendance.rates import shortened
from rollcall.attendance.returning import Group, People
from rollcall.roster import source_names

KEPT = 4  # histories; some megabytes each
PAGE = 50  # people shown at once
MOST_SOURCES = 500  # to be picked, those with most registrations
BY_EMAIL = ""  # instead of a key of the external ID, which is never empty
ALONE = (
    "With one session everybody in it is new. Pick more sessions above to see who came back: only the sessions shown "
    "here are looked at."
)


def show(found: pd.DataFrame) -> None:
    """Args: the picked rows of `tallies.sessions`, those left out as well."""
    whole = over_time.compared(found)
    if whole.empty:
        st.info("None of these sessions can be compared yet.", icon=":material/hourglass_empty:")
        return
    kept = people_over_time.within(whole)
    people = _people(kept)
    key, source = _ask(people)
    people = people_over_time.keyed(people, key)
    order = kept["session_id"].tolist()
    grouped = returning.over_sessions(_of_source(people, source), order)
    _say_what(whole, kept, grouped, key)
    _show_groups(grouped)
    _show_members(people, grouped, kept, key)
    if len(kept) > 1:
        _show_new(_of_source(people, source), kept)


def _people(kept: pd.DataFrame) -> pd.DataFrame:
    here = wiring.current()
    with here.store.read() as db:
        decided = source_names.names(db, here.connection_id)
    ids, counted_at = kept["session_id"].tolist(), kept["counted_at"].tolist()
    return _history(str(here.store.engine.url), here.connection_id, ids, counted_at, decided)


@st.cache_resource(max_entries=KEPT, show_spinner=False)  # not copied for each run: nobody changes it
def _history(
    address: str, connection_id: int, session_ids: list[str], counted_at: list[datetime], decided: dict[str, str]
) -> pd.DataFrame:
    """Kept until one of the sessions is counted anew: it takes most of this part's time."""
    here = wiring.current()
    with here.store.read() as db:
        return people_over_time.history(db, connection_id, session_ids, decided, now=here.now())


def _ask(people: pd.DataFrame) -> tuple[str | None, str | None]:
    """Who counts as the same person, and whose people are looked at."""
    left, right = st.columns(2)
    keys = people_over_time.keys(people)
    if st.session_state.get("compare_key", BY_EMAIL) not in (BY_EMAIL, *keys):
        del st.session_state["compare_key"]
    key = left.selectbox(
        "The same person has the same", [BY_EMAIL, *keys], key="compare_key", persist_state="session",
        format_func=lambda one: f"External ID: {shortened(one)}" if one else "Email address",
    )  # fmt: skip
    counts = people["source"].value_counts()
    names = counts.index.tolist()[:MOST_SOURCES]
    wanted = st.session_state.get("compare_people_source")
    if wanted is not None and wanted not in counts.index:
        st.session_state["compare_people_source"] = wanted = None
    source = right.selectbox(
        "Source", [*names, *([wanted] if wanted is not None and wanted not in names else [])], index=None,
        placeholder="All sources", key="compare_people_source", persist_state="session",
        format_func=lambda one: f"{shortened(one)} · {number(int(counts[one]))}",
    )  # fmt: skip
    return key or None, source


def _of_source(people: pd.DataFrame, source: str | None) -> pd.DataFrame:
    """The registrations of whoever registered with this source at least once; None: all."""
    if source is None:
        return people
    return people[people["key"].isin(people.loc[people["source"] == source, "key"])]


def _say_what(whole: pd.DataFrame, kept: pd.DataFrame, grouped: People, key: str | None) -> None:
    people = sum(grouped.counts.values())
    said = [f"{many(people, 'person', 'people')} of {many(len(kept), 'session')}, seen from the latest of them."]
    if grouped.without_key:
        what = "an email address" if key is None else "this key"
        said.append(f"{many(grouped.without_key, 'registration')} without {what} cannot be told apart and stay out.")
    if len(kept) < len(whole):
        said.append(
            f"Only the latest {len(kept)} of {len(whole)} sessions: at most {number(people_over_time.MOST)} "
            "registrations are looked at together."
        )
    st.caption(" ".join(said))
    if len(kept) == 1:
        st.info(ALONE, icon=":material/looks_one:")


# ---------------------------------------------------------------- the groups, and who is in them


def _show_groups(grouped: People) -> None:
    rows = pd.DataFrame({"group": [one.value for one in GROUPS], "people": [grouped.counts[one] for one in GROUPS]})
    words = {one.value: word for one, word in GROUPS.items()}
    alt = ", ".join(f"{words[group].lower()} {number(people)}" for group, people in rows.itertuples(index=False)) + "."
    table = rows.assign(meaning=[MEANINGS[one] for one in GROUPS], group=list(words.values())).rename(
        columns={"group": "Who", "people": "People", "meaning": "Meaning"}
    )
    build = partial(charts_compare.groups, rows, words=words)
    drawing = Drawing("Who is new, who comes back, who never comes?", build, table, "compare-groups", alt.capitalize())
    charts.show(drawing, on_pick=_pick_clicked)


def _pick_clicked() -> None:
    row = charts.picked("compare-groups")
    if row is not None:
        st.session_state["compare_group"] = list(GROUPS)[row]


def _show_members(people: pd.DataFrame, grouped: People, kept: pd.DataFrame, key: str | None) -> None:
    there = [one for one in GROUPS if grouped.counts[one]]
    if st.session_state.get("compare_group") not in (None, *there):
        del st.session_state["compare_group"]
    group: Group | None = st.radio(
        "People", there, index=None, format_func=lambda one: f"{GROUPS[one]} · {number(grouped.counts[one])}",
        key="compare_group", horizontal=True, persist_state="session",
    )  # fmt: skip
    if group is None:
        st.caption("Pick a group to see its people.")
        return
    st.caption(MEANINGS[group])
    members = grouped.people[grouped.people["group"] == group.value]
    named = people_over_time.named(people, members)
    start = _pick_page(len(named), f"{group}{key}{kept['session_id'].tolist()}")
    st.dataframe(_table(named.iloc[start : start + PAGE], kept, key), hide_index=True, key="compare_people_table")
    st.download_button(
        f"Download {many(len(named), 'person', 'people')} (CSV)", partial(take, named, kept, key, group),
        file_name=f"people-{group.value.replace('_', '-')}.csv", mime="text/csv", key="compare_people_csv",
        icon=":material/download:", on_click="ignore", help="Names and addresses: keep the file where few can read it",
    )  # fmt: skip


def take(named: pd.DataFrame, kept: pd.DataFrame, key: str | None, group: Group) -> bytes:
    """The bytes of the download; that people were taken is written down first."""
    here = wiring.current()
    handing_over.note(
        here.store, here.connection_id, None, whom=group.value, file="compare", people=len(named), now=here.now()
    )
    return charts.csv_of(_table(named, kept, key))


def _pick_page(total: int, what: str) -> int:
    """The first row of the page that is picked; nothing is shown while one page is enough."""
    pages = ceil(total / PAGE)
    if pages <= 1:
        return 0
    page = st.pagination(pages, key=f"compare_people_page_{crc32(what.encode())}")
    st.caption(f"{number((page - 1) * PAGE + 1)} to {number(min(page * PAGE, total))} of {number(total)} people")
    return (page - 1) * PAGE


def _table(named: pd.DataFrame, kept: pd.DataFrame, key: str | None) -> pd.DataFrame:
    """Cells are never taken for Markdown, so names need no escaping here."""
    titles = dict(zip(kept["session_id"], compare_words.names(kept, wiring.current().now()), strict=True)) | {"": ""}
    own = {} if key is None else {f"External ID: {key}": named["key"]}
    return pd.DataFrame(
        {
            "Name": (named["first_name"] + " " + named["last_name"]).str.strip(),
            "Email": named["email"],
            **own,
            "Registered": named["registered"],
            "Attended": named["attended"],
            "First session": named["first_session"].map(titles),
            "Last session": named["last_session"].map(titles),
            "Last attended": named["last_attended"].map(titles),
            "Source": named["source"],
        }
    )


# ---------------------------------------------------------------- who is reached anew


def _show_new(people: pd.DataFrame, kept: pd.DataFrame) -> None:
    now = wiring.current().now()
    rows = people_over_time.new_and_known(people, kept["session_id"].tolist())
    told = compare_words.names(kept, now)[1:]
    shown = rows.assign(label=pictures.labels(told))[["label", "known", "new"]].tail(charts_compare.STACKED)
    last = rows.iloc[-1]
    alt = f"To the latest session {number(int(last['new']))} new people registered, and {number(int(last['known']))} "
    alt += "who had registered for one of these sessions before."
    table = pd.DataFrame({"Session": told, "Had registered before": rows["known"], "New": rows["new"]})
    build = partial(charts_compare.known_and_new, shown.iloc[::-1].reset_index(drop=True))
    charts.show(Drawing("Do we reach new people?", build, table, "compare-new", alt))
    st.caption("Before means: for one of the sessions shown here. To the earliest everybody is new, so it is left out.")
