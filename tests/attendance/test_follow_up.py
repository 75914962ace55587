"""The lists a marketer writes to after a webinar."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rollcall.attendance import follow_up, minutes
from rollcall.attendance.facts import ParticipantsRead, SessionFacts
from rollcall.attendance.follow_up import KeyFilter, List, Selection, Wait
from rollcall.attendance.matching import Attendance
from tests.attendance import examples
from tests.attendance.examples import a_record
from tests.attendance.exports.people import NINE, SESSION, TEN, a_person, a_session, people_of
from tests.attendance.slow import ARegistrant

MINUTE = timedelta(minutes=1)


def emails(people: pd.DataFrame, selection: Selection, session: SessionFacts = SESSION) -> list[str]:
    return follow_up.choose(people, selection, session).people["email"].tolist()


STANDINGS = people_of(
    a_person("came@x.example"),
    a_person("missed@x.example", standing="absent", is_new=False, is_returning=True),
    a_person("left@x.example", standing="cancelled"),
    a_person("open@x.example", standing="not_yet_known"),
    a_person("later@x.example", standing="absent", is_on_demand=True, registered_at=TEN + timedelta(hours=1)),
)


class TestLists:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            (List.EVERYBODY, ["came", "missed", "left", "open", "later"]),
            (List.ATTENDED, ["came"]),
            (List.ABSENT, ["missed"]),
            (List.CANCELLED, ["left"]),
            (List.NEW, ["came", "left", "open"]),
            (List.RETURNING, ["missed"]),
            (List.ON_DEMAND, ["later"]),
            (List.RECENT, ["later"]),
        ],
    )
    def test_each_standing_has_its_list(self, name: List, expected: list[str]) -> None:
        """Whoever registered afterwards could not miss the session, and must not be told so."""
        assert emails(STANDINGS, Selection(name)) == [f"{one}@x.example" for one in expected]

    def test_a_person_with_unknown_attendance_is_neither_here_nor_there(self) -> None:
        """A mail "sorry we missed you" to somebody who sits in the session would be wrong."""
        running = people_of(a_person(standing="not_yet_known"))

        assert emails(running, Selection(List.ATTENDED)) == emails(running, Selection(List.ABSENT)) == []

    @given(st.integers(1, 4 * 3600 * 1000), st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0]))
    @example(3_598_003, 1.0)
    @example(180_000, 0.1)
    def test_who_was_there_for_exactly_the_share_stayed(self, milliseconds: int, share: float) -> None:
        """Of lengths about an hour one in ten would lose those who were there from the first to the last moment."""
        length = timedelta(milliseconds=milliseconds)
        people = people_of(a_person(minutes=(share * length) // timedelta(microseconds=1) / 60_000_000))
        session = a_session(broadcast_end=NINE + length)

        assert emails(people, Selection(List.STAYED, share=share), session)

    @pytest.mark.parametrize(("share", "stayed"), [(0.5, True), (0.75, True), (0.76, False)])
    def test_the_share_is_of_the_broadcast(self, share: float, stayed: bool) -> None:
        """45 of 60 minutes are 75 %, and 75 % is at least 75 %."""
        people = people_of(a_person(minutes=45.0))

        assert bool(emails(people, Selection(List.STAYED, share=share))) is stayed

    def test_minutes_that_are_not_available_are_counted_apart(self) -> None:
        """Only the host sees minutes; without them nobody stayed and nobody left, we just cannot tell."""
        people = people_of(a_person(minutes=float("nan"), first_join=None, last_leave=None))

        for name in (List.STAYED, List.LEFT_EARLY, List.JOINED_LATE):
            chosen = follow_up.choose(people, Selection(name), SESSION)

            assert (chosen.count, chosen.unknown) == (0, 1)

    def test_a_session_without_a_broadcast_can_tell_nobody(self) -> None:
        """What was planned is not what was sent, and of unknown length there is no share."""
        session = a_session(broadcast_start=None, broadcast_end=None)

        for name in (List.STAYED, List.LEFT_EARLY, List.JOINED_LATE):
            assert follow_up.choose(people_of(a_person()), Selection(name), session).unknown == 1

    def test_the_margin_is_neither_late_nor_early(self) -> None:
        """Few people are there to the second."""
        people = people_of(
            a_person("edge@x.example", first_join=NINE + 5 * MINUTE, last_leave=TEN - 5 * MINUTE),
            a_person("over@x.example", first_join=NINE + 6 * MINUTE, last_leave=TEN - 6 * MINUTE),
        )

        assert emails(people, Selection(List.JOINED_LATE, margin=5)) == ["over@x.example"]
        assert emails(people, Selection(List.LEFT_EARLY, margin=5)) == ["over@x.example"]

    def test_what_counts_is_the_broadcast(self) -> None:
        """A broadcast that began ten minutes late makes nobody late."""
        people = people_of(a_person(first_join=NINE + 12 * MINUTE))

        late = Selection(List.JOINED_LATE, margin=5)

        assert emails(people, late, a_session(broadcast_start=NINE + 10 * MINUTE)) == []
        assert emails(people, late) == ["ada@example.com"]

    def test_recent_ends_a_day_ago(self) -> None:
        """And a clock that runs ahead makes nobody recent who is not there yet."""
        now = SESSION.now
        people = people_of(
            a_person("in@x.example", registered_at=now - timedelta(hours=23)),
            a_person("out@x.example", registered_at=now - timedelta(hours=24)),
            a_person("ahead@x.example", registered_at=now + timedelta(hours=1)),
            a_person("gone@x.example", registered_at=now - timedelta(hours=1), standing="cancelled"),
            a_person("unknown@x.example", registered_at=None),
        )

        assert emails(people, Selection(List.RECENT)) == ["in@x.example"]


class TestFilters:
    def test_no_source_is_a_source(self) -> None:
        """ "(none)" can be picked as any other."""
        people = people_of(a_person("a@x.example", source=""), a_person("b@x.example", source="ad"))

        assert emails(people, Selection(List.ATTENDED, sources=frozenset({""}))) == ["a@x.example"]
        assert len(emails(people, Selection(List.ATTENDED))) == 2

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (KeyFilter("lid"), ["seven", "eight"]),
            (KeyFilter("lid", frozenset({"7"})), ["seven"]),
            (KeyFilter("lid", absent=True), ["nothing", "foreign", "empty"]),
            (KeyFilter("lid", frozenset({"7"}), absent=True), ["eight", "nothing", "foreign", "empty"]),
        ],
    )
    def test_a_key_has_a_value_any_value_or_none(self, wanted: KeyFilter, expected: list[str]) -> None:
        """An external ID that is no key/value string has no keys, and is no reason to fail."""
        ids = {"seven": "lid=7", "eight": "oid=1&lid=8", "nothing": "", "foreign": "00Q/7", "empty": "lid="}
        people = people_of(*[a_person(f"{name}@x.example", external_id=text) for name, text in ids.items()])

        assert emails(people, Selection(List.ATTENDED, keys=(wanted,))) == [f"{one}@x.example" for one in expected]

    def test_filters_and_list_must_all_fit(self) -> None:
        """Three conditions, one person."""
        people = people_of(
            a_person("all@x.example", external_id="lid=1", source="ad"),
            a_person("source@x.example", external_id="lid=1", source="mail"),
            a_person("key@x.example", source="ad"),
            a_person("list@x.example", external_id="lid=1", source="ad", standing="absent"),
        )
        selection = Selection(List.ATTENDED, sources=frozenset({"ad"}), keys=(KeyFilter("lid"),))

        assert emails(people, selection) == ["all@x.example"]

    def test_what_can_be_filtered_is_counted(self) -> None:
        """The most frequent first, as the page offers them."""
        people = people_of(
            a_person(source="ad", external_id="oid=1"),
            a_person(external_id="lid=1"),
            a_person(external_id="lid=2&oid="),
        )

        assert list(follow_up.source_counts(people).items()) == [("newsletter", 2), ("ad", 1)]
        assert list(follow_up.key_counts(people).items()) == [("lid", 2), ("oid", 1)]


class TestCounts:
    @pytest.mark.parametrize("name", List)
    @pytest.mark.parametrize("sources", [frozenset[str](), frozenset({"ad"})])
    def test_the_count_before_the_download_is_that_of_the_download(self, name: List, sources: frozenset[str]) -> None:
        """A number on a button that the file does not hold costs trust."""
        people = pd.concat([STANDINGS, people_of(a_person(source="ad", minutes=20.0, last_leave=NINE + 20 * MINUTE))])
        selection = Selection(name, share=0.3, margin=10, sources=sources)

        counted = follow_up.counts(people, selection, SESSION)

        chosen = follow_up.choose(people, selection, SESSION)
        assert counted[name] == (chosen.count, chosen.unknown)

    def test_nobody_is_on_the_lists_of_an_empty_session(self) -> None:
        """A session without registrants has lists all the same."""
        assert set(follow_up.counts(people_of(), Selection(List.ATTENDED), SESSION).values()) == {(0, 0)}


class TestPeopleOf:
    def reckoned(self) -> Attendance:
        """Three who came in different ways, one who did not, and one on demand."""
        return examples.reckoned(
            [
                ARegistrant("all", "all@x.example", "P1"),
                ARegistrant("late", "late@x.example", "P2"),
                ARegistrant("early", "early@x.example", "P3"),
                ARegistrant("missed", "missed@x.example"),
                ARegistrant("later", "later@x.example", post_webinar=True),
                ARegistrant("gone", "gone@x.example", post_webinar=True, gone_at=examples.NEXT_DAY),
            ],
            [
                a_record("P1", registrant_id="all"),
                a_record("P2", 30, 60, registrant_id="late"),
                a_record("P3", 0, 20, registrant_id="early"),
            ],
        )

    def test_those_on_demand_come_after_the_others_and_have_no_times(self) -> None:
        """A list can be made of them; the figures of the session are not theirs."""
        people = follow_up.people_of(self.reckoned(), known_before=None)

        assert people["is_on_demand"].tolist() == [False] * 4 + [True] * 2
        assert people["standing"].tolist()[3:] == ["absent", "absent", "cancelled"]
        assert people["minutes"].isna().tolist() == [False] * 3 + [True] * 3
        assert str(people["first_join"].dtype) == str(self.reckoned().people["first_join"].dtype)

    def test_who_is_new_is_told_by_earlier_sessions(self) -> None:
        """Where none is known nobody is new: everybody would be."""
        people = follow_up.people_of(self.reckoned(), known_before={"late@x.example"})

        assert people["is_returning"].tolist() == [False, True, False, False, False, False]
        assert people["is_new"].tolist() == [True, False, True, True, True, True]
        unknown = follow_up.people_of(self.reckoned(), known_before=None)
        assert not (unknown["is_new"] | unknown["is_returning"]).any()

    def test_the_lists_are_those_of_the_attendance_page(self) -> None:
        """Two pages that count differently would both be doubted."""
        attendance = self.reckoned()
        people = follow_up.people_of(attendance, known_before=None)

        def ids(name: List) -> list[str]:
            chosen = follow_up.choose(people, Selection(name, share=0.5), attendance.facts)
            return chosen.people["registrant_id"].tolist()

        late, early = minutes.joined_late(attendance), minutes.left_early(attendance)
        stayed = minutes.stayed(attendance, share=0.5)
        assert late is not None
        assert early is not None
        assert stayed is not None
        assert ids(List.JOINED_LATE) == late["registrant_id"].tolist() == ["late"]
        assert ids(List.LEFT_EARLY) == early["registrant_id"].tolist() == ["early"]
        assert ids(List.STAYED) == stayed["registrant_id"].tolist() == ["all", "late"]
        assert len(ids(List.ATTENDED)) == attendance.counts.attended
        assert len(ids(List.ABSENT)) == attendance.counts.absent
        assert len(ids(List.ON_DEMAND)) == attendance.counts.on_demand

    def test_a_running_session_has_a_share_so_far(self) -> None:
        """Half an hour in, a quarter of an hour is half of it."""
        attendance = examples.reckoned(
            [ARegistrant("a", "a@x.example", "P1"), ARegistrant("b", "b@x.example", "P2")],
            [a_record("P1", 0, 15, registrant_id="a"), a_record("P2", 20, None, registrant_id="b")],
            examples.a_running_session(),
        )
        people = follow_up.people_of(attendance, known_before=None)

        chosen = follow_up.choose(people, Selection(List.STAYED, share=0.5), attendance.facts)

        stayed = minutes.stayed(attendance, share=0.5)
        assert stayed is not None
        assert chosen.people["registrant_id"].tolist() == stayed["registrant_id"].tolist() == ["a"]


class TestNotYet:
    """Which lists cannot be made yet, and what they wait for."""

    @pytest.mark.parametrize(
        ("session", "expected"),
        [
            (a_session(), {}),
            (
                a_session(status="Scheduled", now=NINE - MINUTE, participants_read=ParticipantsRead.NO),
                {
                    Wait.BEGIN: {List.ATTENDED, List.STAYED, List.JOINED_LATE},
                    Wait.END: {List.LEFT_EARLY, List.ABSENT, List.ON_DEMAND},
                },
            ),
            (
                a_session(status="Active", now=TEN - MINUTE, participants_read_at=TEN - MINUTE),
                {Wait.END: {List.LEFT_EARLY, List.ABSENT, List.ON_DEMAND}},
            ),
            (
                a_session(
                    status="Active", now=TEN - MINUTE, participants_read_at=NINE - MINUTE,
                    registrants_read_at=NINE - MINUTE,
                ),
                {
                    Wait.READING: {List.ATTENDED, List.STAYED, List.JOINED_LATE},
                    Wait.END: {List.LEFT_EARLY, List.ABSENT, List.ON_DEMAND},
                },
            ),
            (
                a_session(participants_read=ParticipantsRead.NO, participants_read_at=None),
                {Wait.READING: {List.STAYED, List.JOINED_LATE, List.LEFT_EARLY, List.ABSENT}},
            ),
            (
                a_session(participants_read_at=TEN - MINUTE),
                {Wait.READING: {List.STAYED, List.LEFT_EARLY, List.ABSENT}},
            ),
            (a_session(participants_read=ParticipantsRead.FORBIDDEN, participants_read_at=None), {}),
            (
                a_session(status="Scheduled"),
                {Wait.START: {List.ATTENDED, List.STAYED, List.JOINED_LATE, List.LEFT_EARLY, List.ABSENT}},
            ),
        ],
        ids=["over", "to come", "running", "running, not read since", "not read", "read before the end", "not the host",
             "never started"],
    )  # fmt: skip
    def test_a_list_that_cannot_be_told_is_not_there(
        self, session: SessionFacts, expected: dict[Wait, set[List]]
    ) -> None:
        """An empty list of absent people would be believed."""
        found = follow_up.not_yet(session, has_history=True)

        assert {wait: {name for name, why in found.items() if why is wait} for wait in set(found.values())} == expected

    def test_new_and_returning_want_an_earlier_session(self) -> None:
        """Nobody is new because nothing was read."""
        found = follow_up.not_yet(a_session(), has_history=False)

        assert found == {List.NEW: Wait.HISTORY, List.RETURNING: Wait.HISTORY}
