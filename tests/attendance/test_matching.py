"""Who came, whose records they are, and that every sum holds, one rule at a time."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from rollcall.attendance.facts import ParticipantsRead
from rollcall.attendance.matching import SETTLING, Counts, DoesNotReconcileError, Provisional, attendance
from tests.attendance.examples import (
    ELEVEN,
    TEN,
    a_frame,
    a_record,
    a_running_session,
    at,
    minutes,
    reasons,
    reckoned,
    some_facts,
    standings,
)
from tests.attendance.slow import AParticipant, ARegistrant

ADA = ARegistrant("r1", "ada@example.org", participant_id="p1")
BOB = ARegistrant("r2", "bob@example.org")


class TestStanding:
    def test_a_participant_id_is_enough(self) -> None:
        """RingCentral's own sign of attendance, where no record can be read."""
        found = reckoned([ADA, BOB])

        assert standings(found) == {"r1": "attended", "r2": "absent"}

    def test_a_record_is_enough(self) -> None:
        """The list was read before the participantId stood in it."""
        found = reckoned([BOB], [a_record("p9", registrant_id="r2")])

        assert standings(found) == {"r2": "attended"}

    def test_who_cancelled_and_came_attended(self) -> None:
        """Cancelled in one session of the browser, joined by the link in another; counted once, and said."""
        found = reckoned([ARegistrant("r1", participant_id="p1", gone_at=TEN), ARegistrant("r2", gone_at=TEN)])

        assert standings(found) == {"r1": "attended", "r2": "cancelled"}
        assert (found.counts.attended, found.counts.cancelled, found.counts.cancelled_but_attended) == (1, 1, 1)

    def test_on_demand_registrants_are_a_group_of_their_own(self) -> None:
        """They registered for the recording; in the denominator they would lower every rate."""
        found = reckoned([ADA, ARegistrant("r3", post_webinar=True)])

        assert list(found.people["registrant_id"]) == ["r1"]
        assert list(found.on_demand["registrant_id"]) == ["r3"]
        assert (found.counts.registered, found.counts.on_demand) == (1, 1)

    @pytest.mark.parametrize("role", ["Host", "CoHost", "Panelist"])
    def test_hosts_and_panel_are_not_attendees(self, role: str) -> None:
        """The speaker who registered to see the confirmation mail did not attend."""
        found = reckoned([BOB], [a_record("p1", registrant_id="r2", role=role)])

        assert standings(found) == {"r2": "absent"}
        assert list(found.panel["participant_id"]) == ["p1"]

    def test_who_was_brought_on_stage_came(self) -> None:
        """The role they were invited in decides, not the one they ended in."""
        found = reckoned([BOB], [a_record("p1", registrant_id="r2", role="Panelist", original_role="Attendee")])

        assert standings(found) == {"r2": "attended"}

    def test_nobody_is_absent_while_the_session_runs(self) -> None:
        """They may still come."""
        found = reckoned([ADA, BOB], facts=a_running_session())

        assert standings(found) == {"r1": "attended", "r2": "not_yet_known"}

    def test_nobody_is_absent_by_a_reading_from_before_the_end(self) -> None:
        """The session is over, what we have of it is not."""
        found = reckoned([BOB], facts=some_facts(participants_read_at=ELEVEN - timedelta(minutes=1)))

        assert standings(found) == {"r2": "not_yet_known"}

    def test_nobody_is_absent_before_anything_was_read(self) -> None:
        """An empty list of participants that nobody has read says nothing."""
        unread = some_facts(participants_read=ParticipantsRead.NO, participants_read_at=None)

        assert standings(reckoned([BOB], facts=unread)) == {"r2": "not_yet_known"}

    def test_where_participants_are_forbidden_the_list_decides(self) -> None:
        """Not the host: who came is known from the registrants, how long is not, and that is never 0."""
        forbidden = some_facts(participants_read=ParticipantsRead.FORBIDDEN, participants_read_at=None)

        found = reckoned([ADA, BOB], facts=forbidden)

        assert standings(found) == {"r1": "attended", "r2": "absent"}
        assert minutes(found) == {"r1": None, "r2": None}
        assert found.counts.without_minutes == 1

    def test_before_the_session_everybody_is_not_yet_known_or_cancelled(self) -> None:
        """A session to come has no rate, and this is why."""
        to_come = some_facts(status="Scheduled", now=TEN - timedelta(days=1), participants_read=ParticipantsRead.NO)

        found = reckoned([BOB, ARegistrant("r3", gone_at=TEN - timedelta(days=2))], facts=to_come)

        assert standings(found) == {"r2": "not_yet_known", "r3": "cancelled"}

    def test_nobody_is_absent_of_a_session_that_never_started(self) -> None:
        """Its end has passed, and RingCentral still has it as scheduled: a no-show mail would be an insult."""
        never = some_facts(status="Scheduled", broadcast_start=None, broadcast_end=None)

        found = reckoned([BOB], facts=never)

        assert standings(found) == {"r2": "not_yet_known"}
        assert Provisional.NEVER_STARTED in found.provisional


class TestOwners:
    def test_the_registrant_named_comes_before_the_address(self) -> None:
        """A forwarded link: Bob's address, Ada's registration."""
        found = reckoned([ADA, BOB], [a_record("p1", registrant_id="r1", email_key="bob@example.org")])

        assert standings(found) == {"r1": "attended", "r2": "absent"}

    def test_a_registrant_never_listed_is_nobody_even_with_a_known_address(self) -> None:
        """Added and deleted between two readings; another's registration is not theirs."""
        found = reckoned([BOB], [a_record("p1", registrant_id="r99", email_key="bob@example.org")])

        assert reasons(found) == {"p1": "not_on_list"}
        assert standings(found) == {"r2": "absent"}

    def test_the_same_user_comes_before_the_address(self) -> None:
        """A second device that names no registrant belongs to whom the first one names."""
        found = reckoned(
            [ADA, BOB],
            [
                a_record("p1", 0, 10, registrant_id="r1", user_hash="h"),
                a_record("p2", 20, 30, user_hash="h", email_key="bob@example.org"),
            ],
        )

        assert minutes(found) == {"r1": 20.0, "r2": None}

    def test_an_address_on_one_device_leads_the_other_there(self) -> None:
        """Joined by user, though only one of the records has the address."""
        found = reckoned(
            [BOB],
            [a_record("p1", 0, 10, user_hash="h", email_key=BOB.email_key), a_record("p2", 20, 30, user_hash="h")],
        )

        assert minutes(found) == {"r2": 20.0}

    def test_an_address_on_the_list_comes_before_a_cancelled_one(self) -> None:
        """Cancelled and registered again, because RingCentral cannot change a name: it is the new one."""
        found = reckoned(
            [ARegistrant("old", "a@x.org", gone_at=TEN), ARegistrant("new", "a@x.org")],
            [a_record("p1", email_key="a@x.org")],
        )

        assert standings(found) == {"old": "cancelled", "new": "attended"}

    def test_several_registrants_with_the_address_are_ambiguous(self) -> None:
        """A guess would be wrong half of the time."""
        found = reckoned(
            [ARegistrant("r1", "a@x.org"), ARegistrant("r2", "a@x.org")], [a_record("p", email_key="a@x.org")]
        )

        assert reasons(found) == {"p": "ambiguous_email"}

    def test_one_user_for_several_registrants_is_ambiguous(self) -> None:
        """One computer, two registrations, and a third record that names neither."""
        found = reckoned(
            [ADA, BOB],
            [
                a_record("p1", registrant_id="r1", user_hash="h"),
                a_record("p2", registrant_id="r2", user_hash="h"),
                a_record("p3", user_hash="h"),
            ],
        )

        assert reasons(found) == {"p3": "ambiguous_hash"}

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            (a_record("p1"), "no_id"),
            (a_record("p1", first_name="+1 650", last_name="123****"), "telephone"),
            (a_record("p1", first_name="1234", last_name=""), "no_id"),
            (a_record("p1", email_key="who@x.org"), "not_registered"),
            (a_record("p1", user_hash="h"), "not_registered"),
            (a_record("p1", registrant_id="r9"), "not_on_list"),
            (a_record("p1", registrant_id="later"), "on_demand"),
            (a_record("p1", email_key="later@x.org"), "on_demand"),
        ],
    )
    def test_a_record_of_nobody_says_why(self, record: AParticipant, reason: str) -> None:
        """Each reason has another remedy, so none is lumped together."""
        found = reckoned([BOB, ARegistrant("later", "later@x.org", post_webinar=True)], [record])

        assert reasons(found) == {"p1": reason}
        assert standings(found) == {"r2": "absent"}

    def test_equal_names_are_not_one_person(self) -> None:
        """Two Ada Lovelaces stay two."""
        found = reckoned([ARegistrant("r1"), ARegistrant("r2")], [a_record("p1", registrant_id="r1"), a_record("p2")])

        assert standings(found) == {"r1": "attended", "r2": "absent"}
        assert reasons(found) == {"p2": "no_id"}

    def test_empty_texts_join_nobody(self) -> None:
        """No user, no address and no registrant on both sides is no agreement."""
        found = reckoned([ARegistrant("r1", email_key="")], [a_record("p1", user_hash="", email_key="")])

        assert reasons(found) == {"p1": "no_id"}


class TestMinutes:
    def test_two_devices_count_once(self) -> None:
        """Half an hour on two screens is half an hour."""
        found = reckoned([ADA], [a_record("p1", 0, 30, registrant_id="r1"), a_record("p2", 0, 30, registrant_id="r1")])

        assert minutes(found) == {"r1": 30.0}
        assert (found.people["records"][0], found.people["devices"][0]) == (2, 2)

    def test_a_rejoin_on_one_device_is_not_a_second_device(self) -> None:
        """The gap between is not counted; both records are one device, as far as is known."""
        found = reckoned([ADA], [a_record("p1", 0, 10, registrant_id="r1"), a_record("p2", 10, 20, registrant_id="r1")])

        assert minutes(found) == {"r1": 20.0}
        assert (found.people["records"][0], found.people["devices"][0]) == (2, 1)

    def test_practice_and_debrief_do_not_count(self) -> None:
        """Minutes are clipped to the broadcast; the times of day stay as they were."""
        found = reckoned([ADA], [a_record("p1", -10, 75, registrant_id="r1")])

        assert minutes(found) == {"r1": 60.0}
        assert (found.people["first_join"][0], found.people["last_leave"][0]) == (at(-10), at(75))

    def test_who_was_there_only_for_the_practice_has_zero(self) -> None:
        """Known and none of it broadcast: that is 0, unlike what is not available."""
        found = reckoned([ADA], [a_record("p1", -10, -5, registrant_id="r1")])

        assert minutes(found) == {"r1": 0.0}
        assert found.presence.empty

    def test_without_a_known_broadcast_nothing_is_clipped(self) -> None:
        """An upper bound stays one."""
        found = reckoned(
            [ADA], [a_record("p1", -10, 75, registrant_id="r1")], some_facts(broadcast_start=None, broadcast_end=None)
        )

        assert minutes(found) == {"r1": 85.0}

    def test_a_session_started_twice_leaves_out_the_time_between(self) -> None:
        """It broke off after ten minutes and went on at half past."""
        found = reckoned([ADA], [a_record("p1", 0, 10, registrant_id="r1"), a_record("p2", 30, 60, registrant_id="r1")])

        assert minutes(found) == {"r1": 40.0}
        assert len(found.presence) == 2

    def test_who_has_not_left_is_counted_to_the_reading(self) -> None:
        """What is not known yet is not counted, and the figure is provisional."""
        found = reckoned([ADA], [a_record("p1", 5, None, registrant_id="r1")], a_running_session(now=at(30)))

        assert minutes(found) == {"r1": 25.0}
        assert pd.isna(found.people["last_leave"][0])
        assert Provisional.OPEN_LEAVE_TIMES in found.provisional

    def test_a_leave_time_missing_after_the_end_counts_to_the_end(self) -> None:
        """An upper bound, and provisional however long ago it was."""
        found = reckoned([ADA], [a_record("p1", 5, None, registrant_id="r1")])

        assert minutes(found) == {"r1": 55.0}
        assert found.provisional == (Provisional.OPEN_LEAVE_TIMES,)

    def test_a_leave_time_that_is_missing_two_days_later_will_not_come(self) -> None:
        """Nobody should wait for it for ever; that it is missing is a note on the data."""
        read = ELEVEN + timedelta(days=2)

        assert reckoned(
            [BOB],
            [a_record("p1", 10, None, registrant_id="r2")],
            some_facts(participants_read_at=read, registrants_read_at=read, now=read),
        ).is_final

    def test_a_leave_time_missing_and_no_end_known_is_not_available(self) -> None:
        """Up to the reading it would be days."""
        found = reckoned(
            [ADA], [a_record("p1", 5, None, registrant_id="r1")], some_facts(ends_at=None, broadcast_end=None)
        )

        assert minutes(found) == {"r1": None}

    @pytest.mark.parametrize(("joined", "left"), [(None, 60), (None, None), (30, 20)])
    def test_a_record_that_makes_no_sense_counts_as_attended_without_minutes(
        self, joined: float | None, left: float | None
    ) -> None:
        """Left before joining, or never joined: they were there, nobody knows how long."""
        found = reckoned([BOB], [a_record("p1", joined, left, registrant_id="r2")])

        assert standings(found) == {"r2": "attended"}
        assert minutes(found) == {"r2": None}
        assert found.people["devices"][0] == 1


class TestProvisional:
    def test_a_day_later_it_is_final(self) -> None:
        """Nothing more is to be expected."""
        assert reckoned([ADA]).is_final

    def test_soon_after_the_end_it_is_provisional_but_tells_who_is_absent(self) -> None:
        """An hour after the webinar the page has its numbers, marked."""
        read = ELEVEN + SETTLING - timedelta(seconds=1)

        found = reckoned([BOB], facts=some_facts(participants_read_at=read, now=read))

        assert found.provisional == (Provisional.READ_SOON_AFTER_END,)
        assert standings(found) == {"r2": "absent"}

    def test_running_and_unread_sessions_say_so(self) -> None:
        """Every figure shows why it may change."""
        unread = some_facts(participants_read=ParticipantsRead.NO)
        early = some_facts(participants_read_at=at(30))

        assert reckoned(facts=a_running_session()).provisional == (Provisional.NOT_OVER,)
        assert reckoned(facts=unread).provisional == (Provisional.NOT_READ,)
        assert reckoned(facts=early).provisional == (Provisional.READ_BEFORE_END,)

    @pytest.mark.parametrize("read_at", [None, TEN - timedelta(days=3), at(30)])
    def test_a_list_of_registrants_from_before_the_end_is_never_final(self, read_at: datetime | None) -> None:
        """Whoever registered at the last moment is missing from every rate, and who came of them is unmatched."""
        found = reckoned([ADA], facts=some_facts(registrants_read_at=read_at))

        assert found.provisional == (Provisional.REGISTRANTS_NOT_READ_SINCE,)
        assert not found.is_final

    def test_the_older_of_both_lists_says_how_soon_after_the_end_it_was(self) -> None:
        """Cancellations move as long as leave times do."""
        found = reckoned([ADA], facts=some_facts(registrants_read_at=ELEVEN + timedelta(minutes=15)))

        assert found.provisional == (Provisional.READ_SOON_AFTER_END,)


class TestRate:
    def test_half_a_reading_has_a_rate_so_far_and_compares_nothing(self) -> None:
        """People who came stand first or last on a list; who is on its other half has not stayed away."""
        found = reckoned([ADA, BOB], facts=some_facts(participants_read=ParticipantsRead.NO, participants_read_at=None))

        assert (found.has_rate, found.is_settled, found.can_compare) == (True, False, False)

    def test_a_running_session_may_compare_what_it_has_so_far(self) -> None:
        """Everybody's list was read in the same moment."""
        found = reckoned([ADA, BOB], facts=a_running_session())

        assert (found.has_rate, found.is_settled, found.can_compare) == (True, False, True)

    @pytest.mark.parametrize("now", [TEN - timedelta(days=1), ELEVEN + timedelta(days=1)])
    def test_where_nobody_could_come_there_is_none_though_everybody_cancelled(self, now: datetime) -> None:
        """0 % of people who could not come would be blamed on their campaign: before it, and if it never started."""
        facts = some_facts(status="Scheduled", broadcast_start=None, broadcast_end=None, now=now)

        assert not reckoned([ARegistrant("r1", gone_at=TEN - timedelta(days=2))], facts=facts).has_rate


class TestSums:
    def test_nobody_registered_and_nobody_came(self) -> None:
        """Empty frames are a session like any other."""
        found = reckoned()

        assert (found.counts.registered, found.counts.participants) == (0, 0)
        assert found.people.empty
        assert {"standing", "minutes", "first_join", "last_leave", "records", "devices"} <= set(found.people)

    def test_participants_without_registrants_are_all_listed(self) -> None:
        """Registration was off, or its list was not read."""
        found = reckoned([], [a_record("p1", registrant_id="r1"), a_record("p2"), a_record("p3", role="Host")])

        assert reasons(found) == {"p1": "not_on_list", "p2": "no_id"}
        assert (found.counts.panel, found.counts.unmatched, found.counts.matched) == (1, 2, 0)

    def test_registrants_without_participants_are_all_absent(self) -> None:
        """The reverse, for one registrant and for many."""
        assert standings(reckoned([BOB])) == {"r2": "absent"}
        assert reckoned([ARegistrant(f"r{number}") for number in range(50)]).counts.absent == 50

    def test_an_id_twice_is_refused(self) -> None:
        """A frame with somebody twice cannot add up, whatever we do."""
        with pytest.raises(DoesNotReconcileError):
            reckoned([ADA, ADA])
        with pytest.raises(DoesNotReconcileError):
            reckoned([ADA], [a_record("p1"), a_record("p1")])

    @pytest.mark.parametrize("wrong", ["absent", "panel"])
    def test_counts_that_do_not_add_up_cannot_be_made(self, wrong: str) -> None:
        """The page shows no number that does not reconcile."""
        zero = dict.fromkeys(Counts.__dataclass_fields__, 0)

        assert Counts(**zero).registered == 0
        with pytest.raises(DoesNotReconcileError):
            Counts(**zero | {wrong: 1})

    def test_its_repr_shows_nobody(self) -> None:
        """It may land in a log."""
        found = reckoned([ADA], [a_record("p1", registrant_id="r1", email_key="ada@example.org")])

        assert "ada@" not in repr(found)
        assert "Lovelace" not in repr(found)

    def test_the_frames_that_go_in_stay_as_they_were(self) -> None:
        """A page caches them for its next question."""
        registrants, participants = a_frame(ARegistrant, [ADA, BOB]), a_frame(AParticipant, [a_record("p1")])
        before = registrants.copy(), participants.copy()

        attendance(some_facts(), registrants, participants)

        pd.testing.assert_frame_equal(registrants, before[0])
        pd.testing.assert_frame_equal(participants, before[1])
