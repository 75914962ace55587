"""What goes wrong with a session, each from the store's rows to the figures, on both databases.

How the pages say it is tested with the pages; here it is that no figure is wrong, missing or made up.
"""

import math
from datetime import timedelta

import pandas as pd
import pytest

from rollcall.attendance import follow_up, invited, minutes, rates, reckoning, returning, sources
from rollcall.attendance.exports import keys
from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.invited import Identity, Note
from rollcall.attendance.matching import Provisional, Unmatched
from rollcall.attendance.minutes import Oddity
from rollcall.roster import source_names
from rollcall.store.database import Store
from tests.attendance import examples
from tests.attendance.examples import ELEVEN, HALF_PAST, NEXT_DAY, TEN, at, reasons, standings
from tests.attendance.stored import SESSION, Stored, a_participant, a_registrant, people
from tests.contact_file.lists import a_table

HUGE = "spring-sale/" + "a" * 9_988  # 10,000 characters
MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">&amp;'


@pytest.fixture
def stored(store: Store, connection_id: int) -> Stored:
    """A session that is over; nothing of it was read yet."""
    made = Stored(store, connection_id)
    made.session()
    return made


def oddities(stored: Stored) -> dict[Oddity, int]:
    return {note.oddity: note.count for note in minutes.notes(stored.reckoned())}


class TestTheSession:
    def test_unknown_to_every_list_it_has_no_figures(self, store: Store, connection_id: int) -> None:
        """A link to a session of somebody else's account."""
        with store.read() as db:
            assert reckoning.of_session(db, connection_id, SESSION, now=NEXT_DAY) is None

    def test_not_read_yet_nobody_is_absent(self, stored: Stored) -> None:
        """Nothing is known, which is not the same as nobody."""
        found = stored.reckoned()

        assert found.counts.registered == 0
        assert found.provisional == (Provisional.NOT_READ, Provisional.REGISTRANTS_NOT_READ_SINCE)
        assert found.facts.participants_read is ParticipantsRead.NO

    def test_still_running_figures_are_so_far(self, stored: Stored) -> None:
        """Half an hour in: who is not there may still come, and who is there stays on."""
        stored.session(status="Active", ends_at=at(60), broadcast=(TEN, None), seen_at=HALF_PAST)
        stored.list_registrants(*people([1, 2, 3]), begun_at=HALF_PAST)
        stored.list_participants(a_participant(1, of=1, left=None), a_participant(2, of=2, left=10), begun_at=HALF_PAST)

        found = stored.reckoned(now=HALF_PAST)

        assert standings(found) == {"r-1": "attended", "r-2": "attended", "r-3": "not_yet_known"}
        assert examples.minutes(found) == {"r-1": 30.0, "r-2": 10.0, "r-3": None}
        assert found.provisional == (Provisional.NOT_OVER, Provisional.OPEN_LEAVE_TIMES)
        assert minutes.presence_curve(found)["minute"].max() == 29
        assert minutes.left_early(found) is None

    def test_never_started_it_has_no_absent_and_no_rate(self, stored: Stored) -> None:
        """It was called off: 0 % would be untrue of the campaigns."""
        stored.session(status="Scheduled", broadcast=(None, None))
        stored.list_registrants(*people(range(20)))
        stored.list_participants()

        found = stored.reckoned()
        by_source = sources.by_source(found.people)

        assert (found.counts.absent, found.counts.not_yet_known) == (0, 20)
        assert by_source["rate"].isna().all()
        assert rates.compare(by_source) == ()
        assert oddities(stored)[Oddity.NEVER_STARTED] == 1

    def test_started_twice_both_parts_count_and_the_gap_does_not(self, stored: Stored) -> None:
        """It broke down after a quarter of an hour and went on ten minutes later; everybody joined again."""
        stored.list_registrants(*people([1, 2]))
        stored.list_participants(
            a_participant(1, of=1, left=15), a_participant(2, of=1, joined=25), a_participant(3, of=2, joined=25)
        )

        found = stored.reckoned()

        assert examples.minutes(found) == {"r-1": 50.0, "r-2": 35.0}
        assert found.counts.attended == 2
        assert found.is_final

    def test_started_again_after_its_end_its_figures_are_open_again(self, stored: Stored) -> None:
        """It was final; now that it is on again, nobody is absent any more."""
        stored.list_registrants(*people([1, 2]))
        stored.list_participants(a_participant(1, of=1))
        before = stored.reckoned()
        stored.session(status="Active", ends_at=NEXT_DAY + timedelta(hours=1), broadcast=(TEN, None))

        after = stored.reckoned()

        assert (before.is_final, before.counts.absent) == (True, 1)
        assert (after.is_final, after.counts.absent, after.counts.not_yet_known) == (False, 0, 1)

    @pytest.mark.parametrize("status", ["Scheduled", ""])
    def test_looked_at_before_it_begins_it_has_no_rate(self, stored: Stored, status: str) -> None:
        """Also by a clock that is slow: whatever was read, the session is still to come."""
        early = TEN - timedelta(days=2)
        stored.session(status=status, broadcast=(None, None), seen_at=early)
        stored.list_registrants(*people(range(12)), begun_at=early)
        stored.list_participants(begun_at=early)

        found = stored.reckoned(now=early)

        assert found.counts.not_yet_known == 12
        assert sources.by_source(found.people)["rate"].isna().all()
        assert Provisional.NOT_OVER in found.provisional

    def test_a_record_from_before_the_session_is_named_and_gives_no_minutes(self, stored: Stored) -> None:
        """Somebody's clock, or a rehearsal: they were there by the record, but not in the broadcast."""
        stored.list_registrants(a_registrant(1))
        stored.list_participants(a_participant(1, of=1, joined=-300, left=-240))

        found = stored.reckoned()

        assert examples.minutes(found) == {"r-1": 0.0}
        assert oddities(stored)[Oddity.BEFORE_SESSION] == 1


class TestThePeople:
    def test_nobody_registered(self, stored: Stored) -> None:
        """Read, and empty: a fact, with no rate and no chart, and nothing that breaks."""
        stored.list_registrants()
        stored.list_participants()

        found = stored.reckoned()

        assert (found.counts.registered, found.counts.participants, found.is_final) == (0, 0, True)
        assert sources.by_source(found.people).empty
        assert rates.compare(sources.by_source(found.people)) == ()
        assert minutes.spread(found).median is None
        assert minutes.distribution(found).empty
        assert set(minutes.presence_curve(found)["people"]) == {0}
        assert returning.over_sessions(_history(found), [SESSION]).people.empty
        assert follow_up.choose(_people(found), _all(), found.facts).count == 0

    def test_one_registered(self, stored: Stored) -> None:
        """All of one: 100 %, and anything from a fifth up is possible."""
        stored.list_registrants(a_registrant(1, source="blog"))
        stored.list_participants(a_participant(1, of=1))

        [row] = sources.by_source(stored.reckoned().people).to_dict("records")

        assert (row["registered"], row["attended"], row["rate"], row["small"]) == (1, 1, 1.0, True)
        assert row["low"] == pytest.approx(0.2065, abs=0.001)

    def test_registrants_without_a_participant(self, stored: Stored) -> None:
        """Nobody came, which the list of participants says itself."""
        stored.list_registrants(*people([1, 2]))
        stored.list_participants()

        found = stored.reckoned()

        assert standings(found) == {"r-1": "absent", "r-2": "absent"}
        assert sources.by_source(found.people)["rate"].tolist() == [0.0]

    def test_registrants_whose_participants_may_not_be_read(self, stored: Stored) -> None:
        """Not the host: who came is known from the registrants, for how long is not, and is never 0."""
        stored.list_registrants(a_registrant(1, participant_id="p-1"), a_registrant(2))
        stored.forbid_participants()

        found = stored.reckoned()

        assert standings(found) == {"r-1": "attended", "r-2": "absent"}
        assert examples.minutes(found) == {"r-1": None, "r-2": None}
        assert (found.facts.participants_read, found.is_final) == (ParticipantsRead.FORBIDDEN, True)
        assert minutes.spread(found).not_available == 1

    def test_participants_without_a_registrant(self, stored: Stored) -> None:
        """An all-hands with one link for everybody: all are listed as unmatched, with the reason."""
        stored.list_registrants()
        stored.list_participants(
            a_participant(1, of=77),
            a_participant(2, email_key="guest@example.com"),
            a_participant(3),
            a_participant(4, role="Host", original_role="Host"),
        )

        found = stored.reckoned()

        assert (found.counts.participants, found.counts.panel, found.counts.unmatched) == (4, 1, 3)
        assert reasons(found) == {
            "p-1": Unmatched.NOT_ON_LIST,
            "p-2": Unmatched.NOT_REGISTERED,
            "p-3": Unmatched.NO_ID,
        }

    def test_participants_read_before_the_registrants(self, stored: Stored) -> None:
        """Only one of the two lists could be read: what is there is counted, and matched once the other is."""
        stored.list_participants(a_participant(1, of=1))
        before = stored.reckoned()
        stored.list_registrants(a_registrant(1))

        after = stored.reckoned()

        assert (before.counts.registered, before.counts.unmatched) == (0, 1)
        assert (after.counts.attended, after.counts.unmatched) == (1, 0)

    def test_a_participant_without_leave_time_counts_to_the_end_and_is_named(self, stored: Stored) -> None:
        """RingCentral never learned that they left; the figures stay provisional."""
        stored.list_registrants(a_registrant(1))
        stored.list_participants(a_participant(1, of=1, joined=20, left=None))

        found = stored.reckoned()

        assert examples.minutes(found) == {"r-1": 40.0}
        assert found.provisional == (Provisional.OPEN_LEAVE_TIMES,)
        assert oddities(stored)[Oddity.OPEN_AFTER_END] == 1

    def test_a_participant_without_any_time_came_and_has_no_minutes(self, stored: Stored) -> None:
        """Both times missing: not available, and said."""
        stored.list_registrants(a_registrant(1))
        stored.list_participants(a_participant(1, of=1, joined=None, left=None))

        found = stored.reckoned()

        assert standings(found) == {"r-1": "attended"}
        assert examples.minutes(found) == {"r-1": None}
        assert oddities(stored)[Oddity.NO_JOIN_TIME] == 1

    def test_who_is_gone_from_the_list_has_cancelled_and_is_not_lost(self, stored: Stored) -> None:
        """The list of today does not show them, the one of last week did."""
        stored.list_registrants(*people([1, 2]), begun_at=TEN - timedelta(days=1))
        stored.list_registrants(a_registrant(2))
        stored.list_participants()

        found = stored.reckoned()

        assert standings(found) == {"r-1": "cancelled", "r-2": "absent"}

    def test_who_registered_for_the_recording_is_in_no_rate(self, stored: Stored) -> None:
        """A group of its own."""
        late = a_registrant(2, post_webinar=True, registered_at=NEXT_DAY)
        stored.list_registrants(a_registrant(1), late)
        stored.list_participants(a_participant(1, of=1))

        found = stored.reckoned()

        assert (found.counts.registered, found.counts.on_demand) == (1, 1)
        assert sources.by_source(found.people)["rate"].tolist() == [1.0]

    def test_nothing_told_of_the_recording_is_a_live_registrant(self, stored: Stored) -> None:
        """Older answers leave registeredPostWebinar out."""
        stored.list_registrants(a_registrant(1, post_webinar=None))

        assert stored.reckoned().counts.registered == 1


class TestTheSources:
    def test_no_source_at_all_is_one_source_called_none(self, stored: Stored) -> None:
        """Empty, blank or missing: nothing to compare, and the rate stands all the same."""
        stored.list_registrants(a_registrant(1), a_registrant(2, source=""), a_registrant(3, source="  "))
        stored.list_participants(a_participant(1, of=1))

        by_source = sources.by_source(stored.reckoned().people)

        assert by_source["source"].tolist() == [sources.NONE]
        assert by_source["registered"].tolist() == [3]
        assert rates.compare(by_source) == ()

    def test_300_sources_all_count_and_few_are_shown(self, stored: Stored) -> None:
        """A source for every salesperson: the sums hold, and a chart gets rows that can be read."""
        listed = [
            a_registrant(1_000 * source + one, source=f"rep-{source:03}")
            for source in range(300)
            for one in range(1 + source % 12)
        ]
        stored.list_registrants(*listed)
        stored.list_participants(*(a_participant(one, of=one) for one in range(0, 300_000, 1_000)))

        every = sources.by_source(stored.reckoned().people)
        shown = sources.for_display(every)

        assert (len(every), every["registered"].sum(), every["attended"].sum()) == (300, len(listed), 300)
        assert len(shown) == sources.SHOWN + 1
        assert (shown["registered"].sum(), shown["attended"].sum()) == (len(listed), 300)
        assert shown["source"].iloc[-1] == "other (270 sources)"
        assert len(rates.compare(every)) >= 1

    def test_a_source_of_10_000_characters_is_kept_whole_and_said_short(self, stored: Stored) -> None:
        """Somebody passed a whole page as utm_source; another differs from it in its last letter."""
        stored.list_registrants(*people(range(12), source=HUGE), *people(range(20, 32), source=f"{HUGE[:-1]}b"))
        stored.list_participants()

        by_source = sources.by_source(stored.reckoned().people)
        [finding] = rates.compare(by_source)

        assert by_source["source"].tolist() == [HUGE, f"{HUGE[:-1]}b"]
        assert len(rates.in_words(finding)) < 250

    def test_a_source_of_10_000_characters_can_be_counted_as_another(self, stored: Stored) -> None:
        """Tables find it by its hash; the raw value stays."""
        stored.list_registrants(a_registrant(1, source=HUGE), a_registrant(2, source="spring-sale"))
        with stored.store.write() as db:
            source_names.decide(db, stored.connection_id, [HUGE], "spring-sale", actor="local", now=NEXT_DAY)

        found = stored.reckoned().people

        assert found["source"].tolist() == ["spring-sale", "spring-sale"]
        assert sorted(found["source_raw"], key=len) == ["spring-sale", HUGE]

    def test_markup_is_text_like_any_other(self, stored: Stored) -> None:
        """Kept, counted and filtered by as it was received; whoever shows it escapes it."""
        stored.session(title=MARKUP)
        stored.list_registrants(a_registrant(1, source=MARKUP, name=MARKUP), a_registrant(2, source="blog"))
        stored.list_participants()

        found = stored.reckoned()
        chosen = follow_up.choose(_people(found), _all(sources=frozenset({MARKUP})), found.facts)

        assert found.facts.title == MARKUP
        assert chosen.people["first_name"].tolist() == [MARKUP]


class TestTheIds:
    def test_an_external_id_that_is_no_key_value_string_has_no_keys_and_stays(self, stored: Stored) -> None:
        """Another program's id, or a badge: shown as it is, and never taken apart."""
        raw = ["Badge 1042", "lid=7&oid=4%4056", "a=b=c", "=", ""]
        listed = [a_registrant(number, external_id=text) for number, text in enumerate(raw)]
        stored.list_registrants(*listed)

        found = stored.reckoned().people.sort_values("registrant_id")

        assert found["external_id"].tolist() == raw
        assert returning.external_key(found["external_id"], "oid") == ["", "4@56", "", "", ""]
        assert set(keys.key_counts(found["external_id"].tolist())) == {"lid", "oid"}

    def test_the_same_lead_twice_in_the_invited_list_counts_once(self, stored: Stored) -> None:
        """Both rows come back with what became of the lead."""
        stored.list_registrants(a_registrant(1, external_id="lid=7"))
        stored.list_participants(a_participant(1, of=1))
        table = a_table(["Lead", "Email"], ["7", "person1@example.com"], ["7", ""])

        matched = invited.match(table, Identity(email=1, keys=((0, "lid"),)), _people(stored.reckoned()))
        [group] = invited.funnel(matched)

        assert [lead.note for lead in matched.leads] == [Note.NONE, Note.REPEATED]
        assert (group.invited, group.registered, group.attended) == (1, 1, 1)
        assert [row[2:5] for row in invited.annotated(matched).rows] == [("yes", "yes", 60.0)] * 2

    def test_an_id_that_excel_had_ruined_is_nobodys_and_is_named(self, stored: Stored) -> None:
        """1.23E+17 was a hundred leads: none of them is guessed, on either side."""
        stored.list_registrants(
            a_registrant(1, external_id="lid=1.23E%2B17"), a_registrant(2, external_id="lid=123456789012346789")
        )
        table = a_table(["Lead"], ["1.23E+17"], ["123456789012346000"])

        matched = invited.match(table, Identity(keys=((0, "lid"),)), _people(stored.reckoned()))

        assert [lead.registrant for lead in matched.leads] == [invited.NOBODY] * 2
        assert [lead.note for lead in matched.leads] == [Note.RUINED, Note.ROUNDED]
        assert len(matched.uninvited) == 2


def test_times_are_aware_and_equal_on_both_databases(stored: Stored) -> None:
    """SQLite keeps no zone, PostgreSQL keeps its own: neither may move a minute."""
    stored.list_registrants(a_registrant(1))
    stored.list_participants(a_participant(1, of=1, joined=1.5, left=31.25))

    found = stored.reckoned()
    [person] = found.people.to_dict("records")

    assert str(found.people["first_join"].dtype).endswith("UTC]")
    assert (person["first_join"], person["last_leave"]) == (pd.Timestamp(at(1.5)), pd.Timestamp(at(31.25)))
    assert math.isclose(person["minutes"], 29.75)
    assert (found.facts.broadcast_start, found.facts.broadcast_end) == (TEN, ELEVEN)
    assert person["registered_at"] == pd.Timestamp(TEN - timedelta(days=7))


def _people(found: reckoning.Attendance) -> pd.DataFrame:
    return follow_up.people_of(found, known_before=None)


def _all(**narrowed: frozenset[str]) -> follow_up.Selection:
    return follow_up.Selection(follow_up.List.EVERYBODY, sources=narrowed.get("sources", frozenset()))


def _history(found: reckoning.Attendance) -> pd.DataFrame:
    rows = found.people.assign(session_id=SESSION, key=found.people["email_key"])
    return rows.assign(attended=rows["standing"] == "attended")[["session_id", "key", "attended"]]
