"""What the page of sources is about: every spelling, over all sessions, and as of when they were counted."""

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from components import notice, reading, viewer, wording
from components.moments import clock, many, number, relative
from components.redraw import redraw
from components.wording import Wording
from rollcall import connections, wiring
from rollcall.attendance import source_overview, tallies
from rollcall.roster import source_names
from rollcall.roster.source_names import Pair

NOTHING_COUNTED = Wording(
    "No session is counted yet",
    "Sources are counted from the lists of registrants, which Rollcall reads by itself after each session. For a "
    "session to come, open its registrants once.",
)
NO_SOURCES = Wording(
    "Nobody came with a source",
    "Everybody counted so far has registered without one. Give one on the form, in an import, or in the link to "
    "RingCentral's own registration page, and it is counted here.",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of all sources. Its repr shows none.

    Attributes:
        spellings: the frame of `source_overview.overview`.
        sessions: the frame of `tallies.sessions`.
    """

    spellings: pd.DataFrame = field(repr=False)
    sessions: pd.DataFrame = field(repr=False)
    decided: dict[str, str] = field(repr=False)
    apart: frozenset[Pair] = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """Registered under each spelling as received; "" left out."""
        named = self.spellings[self.spellings["raw"].str.strip() != ""]
        return dict(zip(named["raw"], named["registered"].tolist(), strict=True))

    @property
    def counted(self) -> set[str]:
        """The sessions whose people are counted."""
        return set(self.sessions.loc[self.sessions["is_counted"], "session_id"])

    @property
    def names(self) -> list[str]:
        """The names that sources count as, the one with most people first; "(none)" left out."""
        named = self.spellings[self.spellings["raw"].str.strip() != ""]
        return list(dict.fromkeys(named["name"].tolist()))


def look() -> Seen:
    """Read it all, in two sums over the tallies and a few short lists."""
    here = wiring.current()
    with here.store.read() as db:
        decided = source_names.names(db, here.connection_id)
        spellings = tallies.spellings(db, here.connection_id)
        found = tallies.sessions(db, here.connection_id, now=here.now())
        apart = frozenset(one.pair for one in source_names.declined(db, here.connection_id))
    return Seen(source_overview.overview(spellings, decided), found, decided, apart)


def show_about(seen: Seen) -> bool:
    """The line under the title, and what is not there. Returns whether there is any source."""
    counted = seen.sessions[seen.sessions["is_counted"]]
    if not counted.empty:
        _show_counted(seen, counted)
    _watch_uncounted(len(counted), len(seen.sessions))
    if counted.empty:
        notice.show(NOTHING_COUNTED, st.info, icon=":material/label_off:")
        return False
    st.caption(_of_counting())
    if not seen.names:
        notice.show(NO_SOURCES, st.info, icon=":material/label_off:")
    return bool(seen.names)


def _show_counted(seen: Seen, counted: pd.DataFrame) -> None:
    now, last = wiring.current().now(), counted["counted_at"].max().to_pydatetime()
    spellings, names = len(seen.counts), len(seen.names)
    left = len(seen.sessions) - len(counted)
    st.markdown(
        f"**{many(names, 'source')}** in {many(spellings, 'spelling')} · {many(len(counted), 'session')} counted"
        f"{f', {number(left)} not read yet' if left else ''} · last {relative(last, now)} "
        f"({clock(last, viewer.zone(), now=now)})"
    )
    still = int((~counted["is_settled"]).sum())
    if still:
        st.caption(
            f"{many(still, 'session')} of them {'is' if still == 1 else 'are'} not over, or not read since: their "
            "people stand under “not yet known”."
        )


def _of_counting() -> str:
    here = wiring.current()
    with here.store.read() as db:
        may_edit = connections.may_edit(connections.of(db, here.connection_id))
    return wording.COUNTING_ONLY if may_edit else f"{wording.COUNTING_ONLY}{wording.COUNTING_READ_ONLY}"


def _watch_uncounted(counted: int, sessions: int) -> None:
    """While lists are being read, look by itself whether another session is counted."""
    if counted < sessions and _are_read():
        st.fragment(_look_again, run_every="3s")(counted)


def _look_again(counted: int) -> None:
    here = wiring.current()
    with here.store.read() as db:
        now_counted = int(tallies.sessions(db, here.connection_id, now=here.now())["is_counted"].sum())
    if now_counted != counted or not _are_read():
        redraw()
    st.caption(reading.hope(f"Reading lists of registrants; {number(now_counted)} of them are counted …"))


def _are_read() -> bool:
    here = wiring.current()
    with here.store.read() as db:
        return source_overview.are_lists_read(db, here.connection_id)
