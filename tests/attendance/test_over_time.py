"""Sessions over time: what may be compared, how the latest stands, sources and people over sessions, the charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rollcall.attendance import (
    charts,
    charts_compare,
    counting,
    over_time,
    people_over_time,
    returning,
    tallies,
    unread,
)
from rollcall.attendance.charts import LIGHT, THEMED
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import Provisional
from rollcall.attendance.over_time import Against, LeftOut
from rollcall.attendance.rates import ALPHA, wilson_each
from rollcall.attendance.sources import COUNTS
from rollcall.attendance.tallies import State
from rollcall.attendance.unread import Wish
from rollcall.roster import sessions
from rollcall.roster.readings import What
from rollcall.roster.sessions import RegistrationStatus, SeenRegistration
from rollcall.store.database import Store
from tests.attendance.examples import NEXT_DAY, TEN
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant

HOSTILE = "<script>alert(1)</script>![x](https://evil.example)"


def a_session(session_id: str = "s1", *, attended: int = 20, registered: int = 40, **changed: Any) -> dict[str, Any]:
    """A row of `tallies.sessions`: over, read the day after, final."""
    begun = TEN + timedelta(days=int(session_id[1:]))
    low, high = wilson_each(np.array([attended]), np.array([registered]))
    given = {
        "session_id": session_id, "title": f"Webinar {session_id}", "time_zone": "Europe/Berlin", "starts_at": begun,
        "ends_at": begun + timedelta(hours=1), "registrants_read_at": begun + timedelta(days=1),
        "participants_read_at": begun + timedelta(days=1), "participants_read": ParticipantsRead.YES,
        "state": State.OVER.value, "is_counted": True, "is_settled": True, "has_list": True, "provisional": (),
        "registered": registered,
        "attended": attended, "median_minutes": 40.0, "rate": attended / registered if registered else np.nan,
        "low": low[0], "high": high[0],
    }  # fmt: skip
    return given | changed


def a_frame(*rows: dict[str, Any]) -> pd.DataFrame:
    found = pd.DataFrame(rows)
    moments = ["starts_at", "ends_at", "registrants_read_at", "participants_read_at"]
    return found.assign(**{name: pd.to_datetime(found[name], utc=True) for name in moments})


def by_source(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """session, source, registered, attended."""
    found = pd.DataFrame(rows, columns=["session_id", "source", "registered", "attended"])
    return found.assign(absent=found["registered"] - found["attended"], cancelled=0, not_yet_known=0)


class TestLeftOut:
    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({}, ""),
            ({"state": "to_come", "is_settled": False}, LeftOut.TO_COME),
            ({"state": "running", "is_settled": False}, LeftOut.RUNNING),
            ({"state": "never_started", "is_settled": False}, LeftOut.NEVER_STARTED),
            ({"is_settled": False, "is_counted": False}, LeftOut.NOT_READ),
            ({"is_settled": False, "is_counted": False, "has_list": False}, LeftOut.WITHOUT_LIST),
            ({"is_settled": False, "has_list": False, "provisional": (Provisional.NOT_READ,)}, LeftOut.NOT_READ),
            ({"is_settled": False, "provisional": (Provisional.NOT_READ,)}, LeftOut.NOT_READ),
            ({"is_settled": False, "provisional": (Provisional.READ_BEFORE_END,)}, LeftOut.READ_BEFORE_END),
            ({"is_settled": False, "provisional": (Provisional.NEVER_STARTED,)}, LeftOut.NOT_LISTED),
            ({"registered": 0, "attended": 0}, LeftOut.NOBODY),
            ({"provisional": (Provisional.READ_SOON_AFTER_END,)}, ""),
        ],
    )
    def test_a_session_stays_out_for_one_reason(self, changed: dict[str, Any], reason: str) -> None:
        """Compared without being known, it would look as if nobody had come."""
        found = a_frame(a_session(**changed))

        assert over_time.left_out(found).tolist() == [reason]
        assert len(over_time.compared(found)) == (reason == "")


class TestLatest:
    def test_the_latest_stands_beside_each_other_one(self) -> None:
        """Higher, lower, alike, and too few, in their order."""
        kept = a_frame(
            a_session("s1", attended=700, registered=1000),
            a_session("s2", attended=300, registered=1000),
            a_session("s3", attended=505, registered=1000),
            a_session("s4", attended=4, registered=9),
            a_session("s5", attended=500, registered=1000),
        )

        found = over_time.latest(kept)

        assert found is not None
        assert found.session_id == "s5"
        assert found.against == (Against.HIGHER, Against.LOWER, Against.NO_MORE_THAN_CHANCE, Against.TOO_FEW)
        assert found.median == pytest.approx((0.505 + 4 / 9) / 2)

    def test_one_session_is_compared_with_nothing(self) -> None:
        """No median of nobody."""
        found = over_time.latest(a_frame(a_session()))

        assert found is not None
        assert (found.against, found.median) == ((), None)
        assert over_time.latest(a_frame(a_session()).iloc[:0]) is None

    def test_more_than_chance_is_said_wrongly_at_most_as_often_as_promised(self) -> None:
        """Twenty sessions with one true rate: any word of a difference is wrong."""
        draw = np.random.default_rng(4)
        wrong, rounds = 0, 120
        for _ in range(rounds):
            attended = draw.binomial(60, 0.4, size=20)
            rows = [a_session(f"s{at}", attended=int(one), registered=60) for at, one in enumerate(attended)]
            found = over_time.latest(a_frame(*rows))
            assert found is not None
            wrong += any(one in (Against.HIGHER, Against.LOWER) for one in found.against)

        assert wrong / rounds <= ALPHA


class TestSources:
    def test_sources_are_pooled_without_an_interval(self) -> None:
        """The largest first; the rate is of all sessions together. Registrations are not people: no interval fits."""
        found = over_time.pooled(by_source(("s1", "ads", 10, 5), ("s2", "ads", 30, 5), ("s1", "mail", 20, 10)))

        assert found["source"].tolist() == ["ads", "mail"]
        assert found["rate"].tolist() == [0.25, 0.5]
        assert found["small"].tolist() == [False, False]
        assert found[["low", "high"]].isna().all(axis=None)

    def test_the_sources_of_one_session_keep_their_interval(self) -> None:
        """There everybody is one registration, as on the page of its attendance."""
        found = over_time.pooled(by_source(("s1", "ads", 30, 5), ("s1", "mail", 20, 10)))

        assert found[["low", "high"]].notna().all(axis=None)

    def test_a_source_is_followed_over_the_sessions(self) -> None:
        """Where it brought nobody it has no rate, which is not 0 %."""
        kept = a_frame(a_session("s1"), a_session("s2"), a_session("s3"))
        found = over_time.course(
            by_source(("s1", "ads", 10, 0), ("s3", "ads", 20, 10), ("s2", "mail", 5, 5)), kept, "ads"
        )

        assert found["session_id"].tolist() == ["s1", "s2", "s3"]
        assert found["registered"].tolist() == [10, 0, 20]
        assert found["rate"].fillna(-1).tolist() == [0.0, -1.0, 0.5]
        assert found["low"].isna().tolist() == [False, True, False]

    @pytest.mark.parametrize(("rate", "cells"), [(False, [[10, 20], [-1, 5]]), (True, [[0.5, 0.25], [-1, 1.0]])])
    def test_sources_stand_beside_each_other(self, rate: bool, cells: list[list[float]]) -> None:
        """A column per session, in their order."""
        kept = a_frame(a_session("s1"), a_session("s2"))
        counts = by_source(("s1", "ads", 10, 5), ("s2", "ads", 20, 5), ("s2", "mail", 5, 5))

        found = over_time.beside(counts, kept, ["ads", "mail"], rate=rate)

        assert found.columns.tolist() == ["s1", "s2"]
        assert found.fillna(-1).to_numpy().tolist() == cells


class TestTime:
    def test_sessions_stand_at_the_clock_of_their_own_zone(self) -> None:
        """Also on the day after the clocks change; an unknown zone is UTC; no begin, no place."""
        begun = [datetime(2026, 10, 24, 13, tzinfo=UTC), datetime(2026, 10, 26, 13, tzinfo=UTC)]
        found = a_frame(
            a_session("s1", starts_at=begun[0]),
            a_session("s2", starts_at=begun[1]),
            a_session("s3", starts_at=begun[1], time_zone="Nowhere/Atall"),
            a_session("s4", starts_at=None),
        )

        wall = over_time.on_the_wall(found)

        assert [at.hour for at in wall[:3]] == [15, 14, 13]
        assert pd.isna(wall[3])


class TestWithin:
    @pytest.mark.parametrize(("most", "kept"), [(1000, ["s1", "s2", "s3"]), (80, ["s2", "s3"]), (1, ["s3"])])
    def test_the_latest_that_fit_together_are_looked_at(self, most: int, kept: list[str]) -> None:
        """At least one: a session larger than the limit can be looked at alone."""
        found = people_over_time.within(a_frame(a_session("s1"), a_session("s2"), a_session("s3")), most)

        assert found["session_id"].tolist() == kept


@pytest.fixture
def stored(store: Store, connection_id: int) -> Stored:
    """A session of which four are registered; the second came by a record alone, and left the list."""
    found = Stored(store, connection_id)
    found.session()
    found.list_registrants(
        a_registrant(1, source="Ads", external_id="lid=1&oid=9", participant_id="p-1"),
        a_registrant(2, source="ads", external_id="lid=2"),
        a_registrant(3, source=None, external_id="no pairs at all"),
        a_registrant(4, post_webinar=True),
    )
    found.list_participants(a_participant(2, of=None, email_key="person2@example.com"))
    return found


class TestPeople:
    def history(self, stored: Stored) -> pd.DataFrame:
        with stored.store.read() as db:
            return people_over_time.history(db, stored.connection_id, [SESSION], {"Ads": "ads"}, now=NEXT_DAY)

    def test_people_add_up_to_the_tally(self, stored: Stored) -> None:
        """A number that is clicked shows as many people as it said."""
        counting.bring_up_to_date(stored.store, stored.connection_id, now=NEXT_DAY)
        with stored.store.read() as db:
            tally = tallies.sessions(db, stored.connection_id, now=NEXT_DAY).iloc[0]

        found = self.history(stored)

        assert (len(found), int(found["attended"].sum())) == (int(tally.registered), int(tally.attended)) == (3, 2)
        assert sorted(found["source"]) == ["(none)", "ads", "ads"]

    def test_sessions_without_anybody_give_an_empty_frame(self, stored: Stored) -> None:
        """The page asks whatever was picked."""
        with stored.store.read() as db:
            found = people_over_time.history(db, stored.connection_id, ["unheard of"], {}, now=NEXT_DAY)

        assert found.empty
        assert "attended" in found

    def test_keys_of_external_ids_are_offered_by_how_many_have_them(self, stored: Stored) -> None:
        """A string without pairs has none."""
        assert people_over_time.keys(self.history(stored)) == ["lid", "oid"]

    def test_people_are_told_apart_by_a_key(self, stored: Stored) -> None:
        """Who has no such key is nobody, and counted as that."""
        keyed = people_over_time.keyed(self.history(stored), "lid")
        grouped = returning.over_sessions(keyed, [SESSION])

        assert sorted(grouped.people["key"]) == ["1", "2"]
        assert grouped.without_key == 1
        assert sorted(people_over_time.named(keyed, grouped.people)["email"]) == [
            "person1@example.com",
            "person2@example.com",
        ]

    def test_new_ones_are_told_from_known_ones(self) -> None:
        """Counted once a session, however often they registered; the first session tells nothing."""
        rows = [("s1", "a"), ("s1", "b"), ("s2", "a"), ("s2", "a"), ("s2", "c"), ("s3", "b"), ("s3", ""), ("s9", "d")]
        people = pd.DataFrame(rows, columns=["session_id", "key"])

        found = people_over_time.new_and_known(people, ["s1", "s2", "s3"])

        assert found.to_dict("records") == [
            {"session_id": "s2", "known": 1, "new": 1},
            {"session_id": "s3", "known": 1, "new": 0},
        ]


class TestUnread:
    def wishes(self, stored: Stored) -> Sequence[Wish]:
        with stored.store.read() as db:
            found = tallies.sessions(db, stored.connection_id, now=NEXT_DAY)
            return unread.wishes(db, stored.connection_id, found)

    def test_what_was_never_read_is_wished_for_with_its_calls(self, store: Store, connection_id: int) -> None:
        """A call for a thousand, and one that counts a long list first."""
        stored = Stored(store, connection_id)
        stored.session()
        seen = SeenRegistration(RegistrationStatus.CLOSED, registrant_count=2_400)
        with store.write() as db:
            sessions.keep_registration(db, connection_id, SESSION, seen, now=NEXT_DAY)

        assert self.wishes(stored) == (Wish(SESSION, What.REGISTRANTS, 4), Wish(SESSION, What.PARTICIPANTS, 1))

    def test_what_was_read_after_the_end_is_not_wished_for(self, stored: Stored) -> None:
        """It would change nothing."""
        counting.bring_up_to_date(stored.store, stored.connection_id, now=NEXT_DAY)

        assert self.wishes(stored) == ()

    def test_what_is_forbidden_is_not_wished_for(self, store: Store, connection_id: int) -> None:
        """Asking costs a call and gives the same no."""
        stored = Stored(store, connection_id)
        stored.session()
        stored.list_registrants(a_registrant(1), begun_at=TEN)
        stored.forbid_participants(begun_at=TEN)
        counting.bring_up_to_date(store, connection_id, now=NEXT_DAY)

        assert [wish.what for wish in self.wishes(stored)] == [What.REGISTRANTS]

    def test_a_session_without_a_list_is_not_wished_for(self, store: Store, connection_id: int) -> None:
        """An all-hands webinar has no registrants: reading who came would not let it be compared either."""
        stored = Stored(store, connection_id)
        stored.session()
        with store.write() as db:
            sessions.keep_registration(
                db, connection_id, SESSION, SeenRegistration(RegistrationStatus.OFF), now=NEXT_DAY
            )

        assert self.wishes(stored) == ()
        with store.read() as db:
            found = tallies.sessions(db, connection_id, now=NEXT_DAY)
        assert over_time.left_out(found).tolist() == [LeftOut.WITHOUT_LIST]

    def test_a_list_that_is_read_for_the_first_time_may_be_long(self, store: Store, connection_id: int) -> None:
        """Nobody knows how many are on it: RingCentral counts them first, and the button must not say less."""
        stored = Stored(store, connection_id)
        stored.session()

        assert self.wishes(stored) == (Wish(SESSION, What.REGISTRANTS, 2), Wish(SESSION, What.PARTICIPANTS, 1))

    def test_the_reading_filed_last_is_told_of_each_list(self, stored: Stored) -> None:
        """Whatever its state; in one query for all sessions."""
        stored.forbid_participants()
        with stored.store.read() as db:
            found = unread.latest_readings(db, stored.connection_id, [SESSION])

        assert [(one.what, one.state) for one in found] == [("registrants", "complete"), ("participants", "failed")]


class TestCharts:
    def rows(self, many: int) -> pd.DataFrame:
        kept = a_frame(*(a_session(f"s{at}", title=HOSTILE) for at in range(many)))
        return kept.assign(row=range(many), at=over_time.on_the_wall(kept))

    @pytest.mark.parametrize("many", [1, 2, 300])
    @pytest.mark.parametrize(
        "build",
        [
            partial(charts_compare.rate_over_time, median=0.5),
            partial(charts_compare.rate_over_time, median=None),
            charts_compare.people_over_time,
            partial(charts_compare.minutes_over_time, median=40.0),
        ],
    )
    def test_fewer_than_five_hundred_marks_are_drawn(self, build: Any, many: int) -> None:
        """Whatever the number of sessions."""
        chart = build(self.rows(many), palette=THEMED)

        assert 0 < charts.marks(chart) < 500

    def test_every_chart_can_be_drawn_as_a_picture(self) -> None:
        """The files are drawn without a browser; markup in a title is only text."""
        rows = self.rows(3)
        people = pd.DataFrame({"group": ["new", "regular"], "people": [3, 0]})
        both = pd.DataFrame({"label": ["a", "b"], "known": [3, 0], "new": [1, 2]})
        drawn = [
            charts_compare.rate_over_time(rows, LIGHT, median=0.5),
            charts_compare.people_over_time(rows, LIGHT),
            charts_compare.minutes_over_time(rows, LIGHT),
            charts_compare.groups(people, LIGHT, words={"new": "New", "regular": "Regular"}),
            charts_compare.known_and_new(both, LIGHT),
        ]

        for chart in drawn:
            picture = charts.svg(charts.titled(chart, HOSTILE))
            assert picture.startswith("<svg")
            assert "<script" not in picture

    def test_sessions_without_a_begin_are_not_drawn(self) -> None:
        """There is no place for them on an axis of time."""
        rows = self.rows(3)
        rows.loc[0, "at"] = pd.NaT

        assert charts.marks(charts_compare.rate_over_time(rows, THEMED)) == 4


def test_counts_of_a_pool_are_those_of_its_parts() -> None:
    """Nobody is lost between the sessions and the pool."""
    parts = by_source(("s1", "ads", 10, 5), ("s2", "ads", 30, 5), ("s1", "mail", 20, 10))

    assert over_time.pooled(parts)[list(COUNTS)].sum().tolist() == parts[list(COUNTS)].sum().tolist()
