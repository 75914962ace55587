"""Batches on both databases: from draft to finish, what the marketer turns and what the worker turns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from rollcall.outbox import batch as batches
from rollcall.outbox import drafts, ledger, progress, queue
from rollcall.outbox import unfold as unfolding
from rollcall.outbox.batch import LISTING_GOOD_FOR
from rollcall.outbox.ledger import WITHOUT_LINKS
from rollcall.outbox.progress import Status
from rollcall.outbox.states import BatchState, Kind, Outcome, Pause, Standing, State, Verdict
from rollcall.roster import registrants
from rollcall.store.database import CHUNK, Store
from rollcall.store.tables import Action, Batch, BatchLine, Registration, Upload, WebinarSession
from tests.databases import NINE, a_connection
from tests.outbox.rows import (
    A_FILE,
    SESSION,
    a_draft,
    a_line,
    a_person,
    a_running,
    a_seen,
    action_ids,
    bring,
    cancel,
    done,
    lines_of,
    on_the_list,
    register,
    registration_of,
    send,
    state_of,
    states_of,
    the,
    unfold_all,
)

LATER = NINE + timedelta(minutes=5)
STARTS = NINE + timedelta(days=1)


def people(number: int, start: int = 1) -> list[drafts.Line]:
    return [a_line(one) for one in range(start, start + number)]


def batch_of(store: Store, batch_id: int) -> Batch:
    with store.read() as db:
        return db.get_one(Batch, batch_id)


def turn(store: Store, batch_id: int, **values: object) -> None:
    """Change columns of a batch."""
    with store.write() as db:
        batch = db.get_one(Batch, batch_id)
        for name, value in values.items():
            setattr(batch, name, value)


def start(store: Store, batch_id: int, *, again_cancelled: bool = False) -> bool:
    with store.write() as db:
        return batches.start(db, batch_id, listed_at=NINE, again_cancelled=again_cancelled, now=NINE)


def a_session(store: Store, connection_id: int) -> None:
    with store.write() as db:
        session = WebinarSession(
            connection_id=connection_id, session_id=SESSION, webinar_id="70", title="Tour", raw={}, read_at=NINE
        )
        session.starts_at = STARTS
        db.add(session)


def count(store: Store, table: type[Action | BatchLine | Upload | Batch]) -> int | None:
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(table))


class TestDraft:
    def test_an_upload_is_kept_from_its_first_moment(self, store: Store, connection_id: int) -> None:
        """A reload, or another browser, finds it again before a single row is checked."""
        with store.write() as db:
            batch_id = drafts.draft(
                db, connection_id, SESSION, name="people.csv", file=A_FILE, actor="marketer", now=NINE
            )

        with store.read() as db:
            found = drafts.latest_draft(db, connection_id, SESSION)
            assert found is not None
            assert (found.id, found.name, found.state, found.checked_at) == (batch_id, "people.csv", "draft", None)
            upload = db.get_one(Upload, batch_id)
            assert (upload.content, upload.header, upload.bom) == (A_FILE.content, list(A_FILE.header), False)
            assert drafts.latest_draft(db, connection_id, "8002") is None

    def test_lines_are_written_in_chunks_that_let_the_worker_through(self, store: Store, connection_id: int) -> None:
        """50,000 rows in one transaction would keep a registration waiting for seconds."""
        with store.write() as db:
            batch_id = drafts.draft(db, connection_id, SESSION, name="p", file=A_FILE, actor="m", now=NINE)
        seen = list[tuple[int, int | None]]()

        def progressed(written: int) -> None:
            """Somebody else reads, and writes, between two chunks."""
            with store.write() as db:
                register(db, connection_id, a_person(written))
            seen.append((written, count(store, BatchLine)))
            assert batch_of(store, batch_id).checked_at is None

        drafts.write_lines(store, batch_id, people(CHUNK * 2 + 1), now=NINE, progress=progressed)

        assert seen == [(CHUNK, CHUNK), (CHUNK * 2, CHUNK * 2)]
        assert (batch_of(store, batch_id).lines, batch_of(store, batch_id).checked_at) == (CHUNK * 2 + 1, NINE)
        assert count(store, BatchLine) == CHUNK * 2 + 1

    def test_a_line_keeps_all_that_the_check_found(self, store: Store, connection_id: int) -> None:
        """The receipt gives the row back as it came, with the reason."""
        problem = {"field": "email", "code": "no_at", "value": "ada", "detail": ""}
        bad = drafts.Line(1, 2, ("Ada", "", "ada"), None, Verdict.INVALID, (problem,), None)
        repeated = replace(a_line(2), verdict=Verdict.DUPLICATE, note="2")

        batch_id = a_draft(store, connection_id, [bad, repeated])

        with store.read() as db:
            first, second = lines_of(db, batch_id)
        assert (first.cells, first.person, first.email_key) == (["Ada", "", "ada"], None, None)
        assert (first.problems, first.verdict) == ([problem], "invalid")
        assert (second.problems, second.verdict, second.note, second.email_key) == (
            None,
            "duplicate",
            "2",
            "ada2@example.com",
        )

    def test_a_second_check_replaces_the_lines_of_the_first(self, store: Store, connection_id: int) -> None:
        """Another column was matched."""
        batch_id = a_draft(store, connection_id, people(3))

        drafts.write_lines(store, batch_id, people(2), now=LATER)

        assert count(store, BatchLine) == 2
        assert (batch_of(store, batch_id).lines, batch_of(store, batch_id).checked_at) == (2, LATER)

    def test_a_check_that_died_half_way_is_not_taken_for_a_whole_one(self, store: Store, connection_id: int) -> None:
        """The process was killed while it wrote the second chunk."""
        batch_id = a_draft(store, connection_id, people(1))

        def broken() -> Iterator[drafts.Line]:
            yield from people(CHUNK)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            drafts.write_lines(store, batch_id, broken(), now=LATER)

        assert batch_of(store, batch_id).checked_at is None

    def test_a_draft_is_discarded_whole_and_anything_started_is_not(self, store: Store, connection_id: int) -> None:
        """Discard pressed in one tab after Start was pressed in the other."""
        draft = a_draft(store, connection_id, people(2))
        started = a_running(store, connection_id, people(2))

        with store.write() as db:
            assert drafts.discard(db, draft, actor="marketer", now=LATER)
            assert not drafts.discard(db, started, actor="marketer", now=LATER)

        assert (count(store, Batch), count(store, Upload), count(store, BatchLine)) == (1, 1, 2)


class TestCompare:
    def test_each_person_is_judged_by_what_is_known_now(self, store: Store, connection_id: int) -> None:
        """Listed, cancelled by us, waiting elsewhere, new; what the check decided by itself stays."""
        invalid = drafts.Line(5, 6, ("",), None, Verdict.INVALID)
        left_out, repeated = a_line(6, verdict=Verdict.LEFT_OUT), a_line(7, verdict=Verdict.DUPLICATE)
        batch_id = a_draft(store, connection_id, [*people(4), invalid, left_out, repeated])
        with store.write() as db:
            on_the_list(db, connection_id, "ada1@example.com")
            bring(db, register(db, connection_id, a_person(2)), State.DONE)
            cancelled = db.scalars(select(Registration).where(Registration.email_key == "ada2@example.com")).one()
            cancelled.standing = Standing.CANCELLED
            register(db, connection_id, a_person(3))

        self.compare(store, batch_id)

        assert self.verdicts(store, batch_id) == [
            "already_there",
            "cancelled_earlier",
            "waiting_elsewhere",
            "to_send",
            "invalid",
            "left_out",
            "duplicate",
        ]

    @pytest.mark.parametrize("state", [State.WAITING, State.SENDING, State.UNCONFIRMED])
    def test_anything_open_elsewhere_counts_as_waiting(self, store: Store, connection_id: int, state: State) -> None:
        """It is shared then."""
        batch_id = a_draft(store, connection_id, people(1))
        with store.write() as db:
            bring(db, register(db, connection_id, a_person(1)), state)

        self.compare(store, batch_id)

        assert self.verdicts(store, batch_id) == ["waiting_elsewhere"]

    def test_the_list_is_stronger_than_our_own_book(self, store: Store, connection_id: int) -> None:
        """Cancelled by us, and registered again by themselves."""
        batch_id = a_draft(store, connection_id, people(1))
        with store.write() as db:
            bring(db, register(db, connection_id, a_person(1)), State.DONE)
            db.scalars(select(Registration)).one().standing = Standing.CANCELLED
            on_the_list(db, connection_id, "ada1@example.com")
            db.scalars(select(Registration)).one().standing = Standing.CANCELLED

        self.compare(store, batch_id)

        assert self.verdicts(store, batch_id) == ["already_there"]

    def test_a_verdict_is_taken_back_when_it_no_longer_holds(self, store: Store, connection_id: int) -> None:
        """The person left the list between two looks."""
        batch_id = a_draft(store, connection_id, people(1))
        with store.write() as db:
            on_the_list(db, connection_id, "ada1@example.com", registrant_id="r-1")
        self.compare(store, batch_id)

        with store.write() as db:
            registrants.remove(db, connection_id, SESSION, "r-1", now=NINE)
        self.compare(store, batch_id)

        assert self.verdicts(store, batch_id) == ["to_send"]

    def test_another_connection_says_nothing_about_this_one(self, store: Store, connection_id: int) -> None:
        """The demo's people must not look registered on the real account."""
        batch_id = a_draft(store, connection_id, people(2))
        other = a_connection(store, owner_id="4002")
        with store.write() as db:
            on_the_list(db, other, "ada1@example.com")
            register(db, other, a_person(2))

        self.compare(store, batch_id)

        assert self.verdicts(store, batch_id) == ["to_send", "to_send"]

    @staticmethod
    def compare(store: Store, batch_id: int) -> None:
        with store.write() as db:
            drafts.compare(db, db.get_one(Batch, batch_id))

    @staticmethod
    def verdicts(store: Store, batch_id: int) -> list[str]:
        with store.read() as db:
            return [line.verdict for line in lines_of(db, batch_id)]


class TestStart:
    def test_pressed_twice_it_starts_once(self, store: Store, connection_id: int) -> None:
        """A double click; the second must not set the clock or the listing anew."""
        batch_id = a_draft(store, connection_id, people(2))

        with store.write() as db:
            first = batches.start(db, batch_id, listed_at=NINE, again_cancelled=False, now=NINE)
        with store.write() as db:
            second = batches.start(db, batch_id, listed_at=None, again_cancelled=True, now=LATER)

        assert (first, second) == (True, False)
        assert (batch_of(store, batch_id).started_at, batch_of(store, batch_id).list_after) == (NINE, NINE)

    @pytest.mark.parametrize(
        ("age", "reused"), [(timedelta(), True), (LISTING_GOOD_FOR, True), (LISTING_GOOD_FOR * 1.01, False)]
    )
    def test_the_listing_of_the_check_is_reused_while_it_is_fresh(
        self, store: Store, connection_id: int, age: timedelta, reused: bool
    ) -> None:
        """Two minutes; later than that the session is listed again before anybody is sent."""
        batch_id = a_draft(store, connection_id, people(1))
        listed_at = NINE - age

        with store.write() as db:
            batches.start(db, batch_id, listed_at=listed_at, again_cancelled=False, now=NINE)

        assert batch_of(store, batch_id).list_after == (listed_at if reused else NINE)

    def test_the_deadline_is_the_marketer_s_or_else_the_session_s_start(self, store: Store, connection_id: int) -> None:
        """It decides which import goes first."""
        a_session(store, connection_id)
        own, none = a_draft(store, connection_id, people(1)), a_draft(store, connection_id, people(1, 5))
        turn(store, own, own_deadline_at=LATER)

        start(store, own)
        start(store, none)

        assert [batch_of(store, one).deadline_at for one in (own, none)] == [LATER, STARTS]

    @pytest.mark.parametrize(("again", "verdict"), [(True, "to_send"), (False, "cancelled_earlier")])
    def test_people_cancelled_earlier_are_registered_again_only_if_wished(
        self, store: Store, connection_id: int, again: bool, verdict: str
    ) -> None:
        """They have asked not to come; the marketer decides."""
        batch_id = a_draft(store, connection_id, [a_line(1, verdict=Verdict.CANCELLED_EARLIER)])

        start(store, batch_id, again_cancelled=again)

        with store.read() as db:
            assert lines_of(db, batch_id)[0].verdict == verdict


class TestUnfold:
    def test_lines_become_actions_a_chunk_at_a_time(self, store: Store, connection_id: int) -> None:
        """The worker does it between its calls: no transaction may be as long as the file."""
        lines = CHUNK * 2 + 2
        batch_id = a_draft(store, connection_id, people(lines))
        start(store, batch_id)

        unfolded, more = [0], True
        while more:
            with store.write() as db:
                more = unfolding.unfold(db, db.get_one(Batch, batch_id), now=NINE)
            unfolded.append(batch_of(store, batch_id).unfolded)
            assert count(store, Action) == unfolded[-1]

        assert unfolded[-1] == unfolded[-2] == lines
        assert max(after - before for before, after in pairwise(unfolded)) <= CHUNK

    def test_a_chunk_that_broke_off_is_begun_again_and_nobody_is_there_twice(
        self, store: Store, connection_id: int
    ) -> None:
        """The process died in the middle of the second chunk, before its commit."""
        batch_id = a_draft(store, connection_id, people(CHUNK * 2))
        start(store, batch_id)
        with store.write() as db:
            unfolding.unfold(db, db.get_one(Batch, batch_id), now=NINE)
        first = batch_of(store, batch_id).unfolded
        with pytest.raises(KeyboardInterrupt):
            self.die_after_unfolding(store, batch_id)
        assert (batch_of(store, batch_id).unfolded, count(store, Action)) == (first, first)

        unfold_all(store, batch_id)

        assert (batch_of(store, batch_id).unfolded, count(store, Action)) == (CHUNK * 2, CHUNK * 2)
        assert states_of(store, batch_id) == ["waiting"] * CHUNK * 2

    @staticmethod
    def die_after_unfolding(store: Store, batch_id: int) -> None:
        with store.write() as db:
            unfolding.unfold(db, db.get_one(Batch, batch_id), now=NINE)
            raise KeyboardInterrupt

    def test_only_people_to_be_sent_become_actions(self, store: Store, connection_id: int) -> None:
        """Each with their own data and the batch's name on it."""
        lines = [a_line(number, verdict=verdict) for number, verdict in enumerate(Verdict, start=1)]
        batch_id = a_draft(store, connection_id, lines)
        turn(store, batch_id, links={"join": "https://acme.com/{ref}", "cancel": ""})
        start(store, batch_id)

        unfold_all(store, batch_id)

        with store.read() as db:
            sent = {line.verdict: line.action_id for line in lines_of(db, batch_id) if line.action_id}
            assert set(sent) == {"to_send", "waiting_elsewhere"}
            action = the(db, sent["to_send"])
            assert (action.batch_id, action.origin, action.priority, action.state) == (batch_id, "import", 2, "waiting")
            ref = registration_of(db, action.id).ref
            assert action.payload["join_uri"] == f"https://acme.com/{ref}"

    def test_somebody_listed_since_the_check_is_not_sent(self, store: Store, connection_id: int) -> None:
        """The listing of Start has shown them."""
        batch_id = a_draft(store, connection_id, people(2))
        start(store, batch_id)
        with store.write() as db:
            on_the_list(db, connection_id, "ada1@example.com")

        unfold_all(store, batch_id)

        with store.read() as db:
            assert [line.verdict for line in lines_of(db, batch_id)] == ["already_there", "to_send"]
        assert len(action_ids(store, batch_id)) == 1

    def test_a_link_that_one_person_makes_too_long_costs_only_them(self, store: Store, connection_id: int) -> None:
        """The line says what is wrong with it; the others go."""
        long_name = a_line(1, a_person(1, last_name="L" * 60))
        batch_id = a_draft(store, connection_id, [long_name, a_line(2)])
        turn(store, batch_id, links={"join": "https://acme.com/" + "{last_name}" * 5, "cancel": ""})
        start(store, batch_id)

        unfold_all(store, batch_id)

        with store.read() as db:
            bad, good = lines_of(db, batch_id)
            assert (bad.verdict, bad.action_id) == ("invalid", None)
            assert bad.problems is not None
            assert bad.problems[0]["code"] == "too_long"
            assert good.action_id is not None

    def test_a_cancellation_that_waits_is_replaced_and_one_under_way_is_followed(
        self, store: Store, connection_id: int
    ) -> None:
        """The import is the later wish."""
        with store.write() as db:
            cancels = []
            for number in (1, 2):
                created = register(db, connection_id, a_person(number))
                bring(db, created, State.DONE)
                cancels.append(cancel(db, connection_id, registration_of(db, created).id))
            send(db, cancels[1])

        batch_id = a_running(store, connection_id, people(2))

        with store.read() as db:
            assert [state_of(db, one) for one in cancels] == ["withdrawn", "sending"]
        assert states_of(store, batch_id) == ["waiting", "waiting"]
        with store.read() as db:
            action, first = ledger.next_of_batch(db, db.get_one(Batch, batch_id), now=NINE)
            assert action is not None
            assert (first, action.payload["email"]) == (1, "ada1@example.com")

    def test_a_later_wish_behind_one_in_flight_is_the_one_that_is_shared(
        self, store: Store, connection_id: int
    ) -> None:
        """A correction waits behind the first version, which is unconfirmed: the correction decides."""
        with store.write() as db:
            bring(db, register(db, connection_id, a_person(1)), State.UNCONFIRMED)
            corrected = register(db, connection_id, a_person(1, first_name="Augusta"))

        batch_id = a_running(store, connection_id, people(1))

        assert action_ids(store, batch_id) == [corrected]


class TestTurning:
    def test_each_turn_is_made_from_its_states_only(self, store: Store, connection_id: int) -> None:
        """The marketer's click and the worker's finish may come at once; nobody is brought back from the dead."""
        found = {}
        for state in BatchState:
            batch_id = a_draft(store, connection_id, [])
            turns = {}
            for name in ("start", "pause", "resume", "stop", "finish"):
                turn(store, batch_id, state=state, pause_reason=None)
                turns[name] = (self.do(store, batch_id, name), batch_of(store, batch_id).state)
            found[state.value] = {name: target for name, (moved, target) in turns.items() if moved}
            assert all(target == state for moved, target in turns.values() if not moved)

        assert found == {
            "draft": {"start": "running"},
            "running": {"pause": "paused", "stop": "stopped", "finish": "finished"},
            "paused": {"resume": "running", "stop": "stopped"},
            "stopped": {},
            "finished": {},
        }

    @staticmethod
    def do(store: Store, batch_id: int, name: str) -> bool:
        with store.write() as db:
            match name:
                case "start":
                    return batches.start(db, batch_id, listed_at=None, again_cancelled=False, now=NINE)
                case "pause":
                    return batches.pause(db, batch_id, now=NINE)
                case "resume":
                    return batches.resume(db, batch_id, now=NINE)
                case "stop":
                    return batches.stop(db, batch_id, now=NINE)
                case _:
                    return unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)

    def test_resume_asks_for_a_new_listing(self, store: Store, connection_id: int) -> None:
        """A weekend may have passed."""
        batch_id = a_running(store, connection_id, people(1))
        with store.write() as db:
            batches.pause(db, batch_id, Pause.CLOSED, now=NINE)
        assert batch_of(store, batch_id).pause_reason == "registration_closed"

        with store.write() as db:
            batches.resume(db, batch_id, now=LATER)

        assert (batch_of(store, batch_id).list_after, batch_of(store, batch_id).pause_reason) == (LATER, None)

    def test_what_one_import_is_refused_all_of_the_session_are(self, store: Store, connection_id: int) -> None:
        """Registration was closed; another session's import goes on."""
        mine, also = a_running(store, connection_id, people(1)), a_running(store, connection_id, people(1, 5))
        other = a_running(store, connection_id, people(1, 9))
        turn(store, other, session_id="8002")

        with store.write() as db:
            batches.pause_session(db, connection_id, SESSION, Pause.CLOSED, now=NINE)
            batches.rename_pause(db, connection_id, SESSION, Pause.CLOSED, Pause.FULL)

        assert [batch_of(store, one).state for one in (mine, also, other)] == ["paused", "paused", "running"]
        assert [batch_of(store, one).pause_reason for one in (mine, also)] == ["registration_full"] * 2

    def test_a_restart_lists_again_before_anything_leaves(self, store: Store, connection_id: int) -> None:
        """Nobody knows how long the process was away. A cancellation needs no list."""
        running, paused = a_running(store, connection_id, people(1)), a_running(store, connection_id, people(1, 5))
        undo = a_running(store, connection_id, [])
        turn(store, undo, kind="cancel", list_after=None)
        with store.write() as db:
            batches.pause(db, paused, now=NINE)

        with store.write() as db:
            batches.list_again(db, connection_id, now=LATER)

        assert [batch_of(store, one).list_after for one in (running, paused, undo)] == [LATER, NINE, None]


class TestOrder:
    def test_wished_first_then_the_earliest_deadline_then_first_come(self, store: Store, connection_id: int) -> None:
        """If any order keeps all promises, this one does; the latest "this one first" wins."""
        ids = [a_running(store, connection_id, people(1, 10 * number)) for number in range(1, 7)]
        none, late, soon, also_soon, wished, wished_later = ids
        turn(store, none, deadline_at=None)
        turn(store, late, deadline_at=NINE + timedelta(hours=9))
        turn(store, soon, deadline_at=NINE + timedelta(hours=1))
        turn(store, also_soon, deadline_at=NINE + timedelta(hours=1))
        with store.write() as db:
            batches.go_first(db, wished, now=NINE)
            batches.go_first(db, wished_later, now=LATER)

        with store.read() as db:
            order = [batch.id for batch in queue.running(db, connection_id)]
        assert order == [wished_later, wished, soon, also_soon, late, none]

    def test_only_what_runs_is_served(self, store: Store, connection_id: int) -> None:
        """And only of this connection."""
        ids = [a_running(store, connection_id, people(1, 10 * number)) for number in range(1, 4)]
        a_draft(store, connection_id, people(1, 90))
        a_running(store, a_connection(store, owner_id="4002"), people(1))
        with store.write() as db:
            batches.pause(db, ids[0], now=NINE)
            batches.stop(db, ids[1], now=NINE)

        with store.read() as db:
            assert [batch.id for batch in queue.running(db, connection_id)] == [ids[2]]


class TestStop:
    def test_what_waited_is_taken_back_and_what_left_is_confirmed(self, store: Store, connection_id: int) -> None:
        """Stop is at once; nobody who was sent is forgotten."""
        batch_id = a_running(store, connection_id, people(5))
        ids = action_ids(store, batch_id)
        with store.write() as db:
            for action_id, state in zip(
                ids, (State.DONE, State.SENDING, State.UNCONFIRMED, State.REFUSED), strict=False
            ):
                bring(db, action_id, state)

        stop_and_wind_down(store, batch_id)

        assert states_of(store, batch_id) == ["done", "sending", "unconfirmed", "refused", "withdrawn"]
        with store.read() as db:
            assert not unfolding.wind_down(db, connection_id, now=NINE)

    def test_lines_that_were_never_unfolded_are_not_sent_either(self, store: Store, connection_id: int) -> None:
        """Stopped in the first second of a long file."""
        batch_id = a_draft(store, connection_id, people(3))
        start(store, batch_id)

        stop_and_wind_down(store, batch_id)

        assert count(store, Action) == 0
        with store.read() as db:
            assert progress.counts(db, db.get_one(Batch, batch_id)) == {Status.WITHDRAWN: 3}

    def test_somebody_whom_another_import_wants_too_is_not_taken_back(self, store: Store, connection_id: int) -> None:
        """The shared action goes on for the one that runs."""
        first = a_running(store, connection_id, people(2))
        a_running(store, connection_id, people(1))

        stop_and_wind_down(store, first)

        assert states_of(store, first) == ["waiting", "withdrawn"]

    def test_when_the_other_import_is_stopped_as_well_they_are_taken_back(
        self, store: Store, connection_id: int
    ) -> None:
        """The action belongs to the first one, which was wound down long ago: it must not wait for ever."""
        first, second = (a_running(store, connection_id, people(1)) for _ in range(2))
        stop_and_wind_down(store, first)

        stop_and_wind_down(store, second)

        assert states_of(store, second) == ["withdrawn"]

    def test_somebody_whom_the_form_wants_too_is_not_taken_back(self, store: Store, connection_id: int) -> None:
        """The form was told that the person waits; stopping an import is not about that."""
        batch_id = a_running(store, connection_id, people(2))
        with store.write() as db:
            clicked = register(db, connection_id, a_person(1))

        stop_and_wind_down(store, batch_id)

        with store.read() as db:
            assert state_of(db, clicked) == State.WAITING
        assert states_of(store, batch_id) == ["waiting", "withdrawn"]

    def test_somebody_proven_not_to_be_there_after_the_stop_is_taken_back(
        self, store: Store, connection_id: int
    ) -> None:
        """They wait again when the batch is wound down already; nobody would ever send them, or say so."""
        batch_id = a_running(store, connection_id, people(2))
        (first, _) = action_ids(store, batch_id)
        with store.write() as db:
            bring(db, first, State.UNCONFIRMED)
        stop_and_wind_down(store, batch_id)

        with store.write() as db:
            ledger.put_back(db, first, now=LATER)
        wind_down(store)

        assert states_of(store, batch_id) == ["withdrawn", "withdrawn"]


def stop_and_wind_down(store: Store, batch_id: int) -> None:
    with store.write() as db:
        assert batches.stop(db, batch_id, now=NINE)
    wind_down(store)


def wind_down(store: Store) -> None:
    """As the worker does it: as long as something is left to do."""
    more = True
    while more:
        with store.write() as db:
            connections = set(db.scalars(select(Batch.connection_id)))
            more = any([unfolding.wind_down(db, one, now=NINE) for one in connections])


class TestFinish:
    @pytest.mark.parametrize("state", [State.SENDING, State.UNCONFIRMED])
    def test_not_while_somebody_is_in_flight(self, store: Store, connection_id: int, state: State) -> None:
        """The receipt would say less than is known two minutes later. Shared actions count."""
        owner = a_running(store, connection_id, people(1))
        sharer = a_running(store, connection_id, people(1))
        with store.write() as db:
            bring(db, action_ids(store, owner)[0], state)

        with store.write() as db:
            finished = [unfolding.finish_if_done(db, db.get_one(Batch, one), now=NINE) for one in (owner, sharer)]
            done(db, action_ids(store, owner)[0])
            then = [unfolding.finish_if_done(db, db.get_one(Batch, one), now=LATER) for one in (owner, sharer)]

        assert (finished, then) == ([False, False], [True, True])
        assert batch_of(store, owner).finished_at == LATER

    def test_not_before_every_line_is_unfolded(self, store: Store, connection_id: int) -> None:
        """Nothing waits yet, because nothing was looked at yet."""
        batch_id = a_draft(store, connection_id, people(1))
        start(store, batch_id)

        with store.write() as db:
            assert not unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)

    def test_not_while_somebody_waits_before_the_cursor(self, store: Store, connection_id: int) -> None:
        """However they got there: finished, the import would never send them, nor say so."""
        batch_id = a_running(store, connection_id, people(3))
        with store.write() as db:
            for action_id in (action_ids(store, batch_id)[0], action_ids(store, batch_id)[2]):
                bring(db, action_id, State.DONE)
        turn(store, batch_id, cursor=3)

        with store.write() as db:
            assert not unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)

        with store.read() as db:
            action, number = ledger.next_of_batch(db, batch_of(store, batch_id), now=NINE)
            assert (action is not None, number) == (True, 2)


class TestOwnLinks:
    def test_what_was_sent_is_compared_with_what_is_listed(self, store: Store, connection_id: int) -> None:
        """Whoever mails their own links must learn for whom RingCentral has put others."""
        ours = "https://acme.com/j"
        linked = [replace(line, person=line.person._replace(join_uri=ours)) for line in people(3) if line.person]
        batch_id = a_running(store, connection_id, [*linked, a_line(4)])
        shown = (ours, "https://webinar.example.com/join/2", ours, "https://webinar.example.com/join/4")
        with store.write() as db:
            for action_id, join_uri in zip(action_ids(store, batch_id), shown, strict=True):
                email = the(db, action_id).payload["email"]
                there = a_seen(f"r-{action_id}", email, join_uri=join_uri)
                registrants.keep(db, connection_id, SESSION, [there], now=NINE)
                send(db, action_id)
                ledger.finish(db, action_id, Outcome.REGISTERED, registrant_id=f"r-{action_id}", now=NINE)

        with store.read() as db:
            found = progress.own_links(db, db.get_one(Batch, batch_id))

        assert found == progress.OwnLinks(kept=2, replaced=1)


class TestRetryRefused:
    def test_each_refused_line_becomes_a_new_action(self, store: Store, connection_id: int) -> None:
        """What was registered stays; the finished import runs again after a new listing."""
        batch_id = a_running(store, connection_id, people(4))
        ids = action_ids(store, batch_id)
        with store.write() as db:
            for action_id, state in zip(ids, (State.DONE, State.REFUSED, State.DONE, State.REFUSED), strict=True):
                bring(db, action_id, state)
            assert unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)
        turn(store, batch_id, cursor=4)

        with store.write() as db:
            assert batches.retry_refused(db, batch_id, actor="marketer", now=LATER) == 2
        unfold_all(store, batch_id, now=LATER)

        assert states_of(store, batch_id) == ["done", "waiting", "done", "waiting"]
        assert [new == old for new, old in zip(action_ids(store, batch_id), ids, strict=True)] == [
            True,
            False,
            True,
            False,
        ]
        batch = batch_of(store, batch_id)
        assert (batch.state, batch.list_after, batch.finished_at) == ("running", LATER, None)
        with store.read() as db:
            action, number = ledger.next_of_batch(db, batch, now=LATER)
            assert (action is not None, number) == (True, 2)

    def test_when_nobody_was_refused_nothing_changes(self, store: Store, connection_id: int) -> None:
        """A finished import stays finished."""
        batch_id = a_running(store, connection_id, people(1))
        with store.write() as db:
            bring(db, action_ids(store, batch_id)[0], State.DONE)
            unfolding.finish_if_done(db, db.get_one(Batch, batch_id), now=NINE)

        with store.write() as db:
            assert batches.retry_refused(db, batch_id, actor="marketer", now=LATER) == 0

        assert batch_of(store, batch_id).state == "finished"

    def test_what_was_stopped_stays_stopped(self, store: Store, connection_id: int) -> None:
        """Trying again would send everybody who was taken back with the stop."""
        batch_id = a_running(store, connection_id, people(2))
        with store.write() as db:
            bring(db, action_ids(store, batch_id)[0], State.REFUSED)
        stop_and_wind_down(store, batch_id)

        with store.write() as db:
            assert batches.retry_refused(db, batch_id, actor="marketer", now=LATER) == 0

        assert batch_of(store, batch_id).state == "stopped"
        assert states_of(store, batch_id) == ["refused", "withdrawn"]


class TestWithoutOwnLinks:
    def test_the_rest_goes_with_ringcentral_s_links(self, store: Store, connection_id: int) -> None:
        """RingCentral refused ours in the middle; what was sent stays as it was sent."""
        batch_id = a_draft(store, connection_id, people(CHUNK + 3))
        turn(store, batch_id, links={"join": "https://acme.com/{ref}", "cancel": "https://acme.com/c/{ref}"})
        start(store, batch_id)
        unfold_all(store, batch_id)
        ids = action_ids(store, batch_id)
        with store.write() as db:
            bring(db, ids[0], State.DONE)
            batches.pause(db, batch_id, Pause.LINKS_REFUSED, now=NINE)

        with store.write() as db:
            assert batches.without_own_links(db, batch_id, now=LATER)

        with store.write() as db:
            send(db, ids[1])
            before, after = (the(db, one).payload for one in ids[:2])
        assert before["join_uri"].startswith("https://acme.com/")
        assert (after["join_uri"], after["cancellation_uri"]) == ("", "")
        assert (batch_of(store, batch_id).state, batch_of(store, batch_id).links) == ("running", WITHOUT_LINKS)

    def test_links_from_the_file_s_own_columns_stay_out_too(self, store: Store, connection_id: int) -> None:
        """Tried again after a refusal, the rest of the import paused for the same links once more."""
        linked = [replace(line, person=line.person._replace(join_uri="https://acme.com/j")) for line in people(2)]
        batch_id = a_running(store, connection_id, linked)
        first, _ = action_ids(store, batch_id)
        with store.write() as db:
            bring(db, first, State.REFUSED)
            batches.pause(db, batch_id, Pause.LINKS_REFUSED, now=NINE)
            batches.without_own_links(db, batch_id, now=LATER)

            batches.retry_refused(db, batch_id, actor="marketer", now=LATER)

        unfold_all(store, batch_id, now=LATER)
        again = action_ids(store, batch_id)[0]
        with store.read() as db:
            assert (again != first, the(db, again).payload["join_uri"]) == (True, "")


class TestCancelRegistered:
    def test_exactly_those_it_registered_and_who_still_are(self, store: Store, connection_id: int) -> None:
        """Never somebody who was there before, or came by the form, or has come back since."""
        with store.write() as db:
            shared = register(db, connection_id, a_person(6))
        batch_id = a_running(store, connection_id, people(8))
        ids = action_ids(store, batch_id)
        with store.write() as db:
            for number in (1, 2, 3, 7):
                send(db, ids[number - 1])
                done(db, ids[number - 1], Outcome.REGISTERED, f"r-{number}")
            send(db, ids[3])
            done(db, ids[3], Outcome.ALREADY_THERE, "r-4")
            bring(db, ids[4], State.REFUSED)
            send(db, shared)
            done(db, shared, Outcome.REGISTERED, "r-6")
            # 2 was cancelled since, 3 came back by themselves and is another registrant now, 8 still waits.
            registration_of(db, ids[1]).standing = Standing.CANCELLED
            registration_of(db, ids[2]).registrant_id = "r-33"
            assert batches.still_registered(db, batch_id) == 2

            undo_id = batches.cancel_registered(db, batch_id, actor="marketer", now=LATER)

        unfold_all(store, undo_id, now=LATER)
        undo = batch_of(store, undo_id)
        assert (undo.kind, undo.parent_id, undo.state, undo.lines) == ("cancel", batch_id, "running", 2)
        with store.read() as db:
            lines = lines_of(db, undo_id)
            actions = [the(db, line.action_id or 0) for line in lines]
        assert [line.email_key for line in lines] == ["ada1@example.com", "ada7@example.com"]
        assert [line.line for line in lines] == [2, 8]
        assert {(one.kind, one.origin, one.state, one.batch_id) for one in actions} == {
            (Kind.DELETE, "undo", "waiting", undo_id)
        }
        assert [one.registrant_id for one in actions] == ["r-1", "r-7"]

    def test_cancelled_people_are_not_counted_a_second_time(self, store: Store, connection_id: int) -> None:
        """The button then says 0."""
        batch_id = a_running(store, connection_id, people(2))
        with store.write() as db:
            for number, action_id in enumerate(action_ids(store, batch_id)):
                send(db, action_id)
                done(db, action_id, Outcome.REGISTERED, f"r-{number}")
            undo_id = batches.cancel_registered(db, batch_id, actor="marketer", now=LATER)
        unfold_all(store, undo_id)
        with store.write() as db:
            for action_id in action_ids(store, undo_id):
                send(db, action_id)
                done(db, action_id, Outcome.CANCELLED)

        with store.read() as db:
            assert batches.still_registered(db, batch_id) == 0
            assert progress.counts(db, db.get_one(Batch, undo_id)) == {Status.CANCELLED: 2}


class TestForgetFile:
    def test_the_file_and_the_cells_go_and_the_outcomes_stay(self, store: Store, connection_id: int) -> None:
        """The marketer deletes the list; what became of it is still counted."""
        bad = drafts.Line(2, 3, ("x",), None, Verdict.INVALID, ({"code": "no_at", "value": "secret"},))
        batch_id = a_running(store, connection_id, [a_line(1), bad])
        with store.write() as db:
            bring(db, action_ids(store, batch_id)[0], State.DONE)

        with store.write() as db:
            batches.forget_file(db, batch_id, now=LATER)

        with store.read() as db:
            upload, lines = db.get_one(Upload, batch_id), lines_of(db, batch_id)
            assert (upload.content, upload.deleted_at) == (None, LATER)
            assert {(line.cells is None, line.problems is None) for line in lines} == {(True, True)}
            assert progress.counts(db, db.get_one(Batch, batch_id)) == {Status.REGISTERED: 1, Status.INVALID: 1}


class TestProgress:
    def test_every_line_is_in_one_state_and_the_receipt_says_the_same(self, store: Store, connection_id: int) -> None:
        """Counts, table and receipt come from three questions and must not contradict each other."""
        lines = [*people(6), a_line(7, verdict=Verdict.DUPLICATE), a_line(8, verdict=Verdict.LEFT_OUT)]
        batch_id = a_running(store, connection_id, lines)
        ids = action_ids(store, batch_id)
        with store.write() as db:
            for action_id, state in zip(ids, State, strict=True):
                bring(db, action_id, state)
            registrants.keep(
                db, connection_id, SESSION, [a_seen("r-1", "ada4@example.com", join_uri="https://j/1")], now=NINE
            )

        with store.read() as db:
            batch = db.get_one(Batch, batch_id)
            counted = progress.counts(db, batch)
            table = progress.people(db, batch)
            receipt = list(progress.receipt_lines(db, batch))
            unconfirmed = progress.people(db, batch, statuses=frozenset({Status.UNCONFIRMED, Status.REFUSED}))
            second_page = progress.people(db, batch, start=2, most=2)

        words = ["waiting", "sending", "unconfirmed", "registered", "refused", "withdrawn", "duplicate", "left_out"]
        assert [person.status.value for person in table] == words
        assert [line.status.value for line in receipt] == words
        assert counted == {Status(word): 1 for word in words}
        assert [person.number for person in unconfirmed] == [3, 5]
        assert [person.number for person in second_page] == [3, 4]
        assert (receipt[3].registrant_id, receipt[3].join_uri) == ("r-1", "https://j/1")
        assert receipt[0].cells == ["Ada", "Lovelace 1", "ada1@example.com"]

    def test_somebody_who_was_there_before_has_their_links_in_the_receipt(
        self, store: Store, connection_id: int
    ) -> None:
        """Never sent by us, so there is no action: the list knows them by their email."""
        batch_id = a_draft(store, connection_id, people(1))
        with store.write() as db:
            listed = a_seen("r-1", "ada1@example.com", join_uri="https://j/1", cancellation_uri="https://c/1")
            registrants.keep(db, connection_id, SESSION, [listed], now=NINE)
            drafts.compare(db, db.get_one(Batch, batch_id))
        start(store, batch_id)
        unfold_all(store, batch_id)

        with store.read() as db:
            (line,) = progress.receipt_lines(db, db.get_one(Batch, batch_id))

        assert (line.status, line.registrant_id) == (Status.ALREADY_THERE, "r-1")
        assert (line.join_uri, line.cancellation_uri) == ("https://j/1", "https://c/1")

    def test_what_goes_before_is_counted(self, store: Store, connection_id: int) -> None:
        """Clicks, and what waits in imports that are served earlier."""
        first, second = a_running(store, connection_id, people(3)), a_running(store, connection_id, people(2, 20))
        with store.write() as db:
            clicked = [register(db, connection_id, a_person(number)) for number in (90, 91)]
            bring(db, action_ids(store, first)[0], State.DONE)

        with store.read() as db:
            assert progress.calls_ahead(db, db.get_one(Batch, first)) == 2
            assert progress.calls_ahead(db, db.get_one(Batch, second)) == 4
            assert [progress.place_of(db, the(db, one)) for one in clicked] == [0, 1]
