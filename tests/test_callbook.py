"""The callbook on both databases: what counts now, also what others called and what a dead process left behind."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, insert, select

from rollcall import callbook
from rollcall.callbook import AUTH, HEAVY, Headers
from rollcall.ringcentral.pace import PENALTY_MARGIN, USUAL_ANSWER, Allowance, Record, next_drip, next_slot
from rollcall.store.database import Store
from rollcall.store.tables import Call, Quota
from tests.databases import NINE, a_connection

TEN = Allowance(10, timedelta(seconds=60))
ANSWER = timedelta(milliseconds=300)


def ago(seconds: float) -> datetime:
    return NINE - timedelta(seconds=seconds)


def a_call(
    store: Store,
    connection_id: int,
    ended_at: datetime | None,
    *,
    departed_at: datetime | None = None,
    group: str = HEAVY,
    paced: bool = False,
) -> int:
    """A call that took 300 ms, or is still in flight."""
    left_at = departed_at or (ended_at - ANSWER if ended_at else ago(1))
    with store.write() as db:
        call_id = callbook.depart(db, connection_id, group, "create", epoch=1, now=left_at, paced=paced)
        if ended_at is not None:
            callbook.end(db, call_id, status=201, result="ok", request_id="req-1", now=ended_at)
    return call_id


def record(store: Store, connection_id: int, group: str = HEAVY, allowed: Allowance = TEN) -> Record:
    with store.read() as db:
        return callbook.record(db, connection_id, group, allowed, now=NINE)


def heed(store: Store, connection_id: int, limit: int, remaining: int, window: float = 60.0) -> None:
    with store.write() as db:
        callbook.heed(db, connection_id, HEAVY, Headers(limit, remaining, timedelta(seconds=window)), now=NINE)


class TestAllowance:
    @pytest.mark.parametrize(("group", "limit"), [(HEAVY, 10), (AUTH, 5)])
    def test_before_anything_was_seen_it_is_as_documented(
        self, store: Store, connection_id: int, group: str, limit: int
    ) -> None:
        """Ten webinar calls and five sign-ins a minute."""
        with store.read() as db:
            assert callbook.allowance(db, connection_id, group) == Allowance(limit, timedelta(seconds=60))

    def test_the_headers_go_before_the_documents(self, store: Store, connection_id: int) -> None:
        """RingCentral raises limits on request; each group has its own."""
        heed(store, connection_id, limit=120, remaining=120, window=30)

        with store.read() as db:
            assert callbook.allowance(db, connection_id, HEAVY) == Allowance(120, timedelta(seconds=30))
            assert callbook.allowance(db, connection_id, AUTH).limit == 5


class TestRecord:
    def test_ended_calls_come_latest_first_and_no_more_than_count(self, store: Store, connection_id: int) -> None:
        """The one `limit` places back decides when the next may leave."""
        for seconds in (5, 40, 20, 90, 10):
            a_call(store, connection_id, ago(seconds))

        found = record(store, connection_id, allowed=Allowance(3, timedelta(seconds=60)))

        assert found.ended == [ago(5), ago(10), ago(20)]
        assert found.in_flight == 0

    def test_a_call_that_has_not_ended_is_in_flight(self, store: Store, connection_id: int) -> None:
        """Committed before it left: it may arrive at any moment."""
        a_call(store, connection_id, None)

        assert record(store, connection_id).in_flight == 1

    def test_each_connection_and_each_group_counts_for_itself(self, store: Store, connection_id: int) -> None:
        """Another user has another quota, and sign-ins have their own bucket."""
        other = a_connection(store, owner_id="4002")
        a_call(store, other, ago(1))
        a_call(store, other, None)
        a_call(store, connection_id, ago(2), group=AUTH)

        assert record(store, connection_id).ended == []
        assert record(store, connection_id).in_flight == 0
        assert record(store, connection_id, AUTH).ended == [ago(2)]

    def test_the_drip_goes_on_where_the_last_dripped_call_left(self, store: Store, connection_id: int) -> None:
        """A click in between does not move the import back twice. Held in the rows, it survives a restart."""
        a_call(store, connection_id, ago(9), paced=True)
        a_call(store, connection_id, ago(2))

        assert record(store, connection_id).last_paced == ago(9) - ANSWER

    def test_the_usual_answer_is_what_the_latest_calls_took(self, store: Store, connection_id: int) -> None:
        """A single slow one does not change it."""
        assert record(store, connection_id).usual_answer == USUAL_ANSWER
        for seconds in range(100, 109):
            a_call(store, connection_id, ago(seconds), departed_at=ago(seconds + 2))
        a_call(store, connection_id, ago(50), departed_at=ago(70))

        assert record(store, connection_id).usual_answer == timedelta(seconds=2)

    def test_calls_of_others_took_no_time_of_ours(self, store: Store, connection_id: int) -> None:
        """Counted as answers of no time at all, they would make the drip too fast."""
        for seconds in (40, 30, 20):
            a_call(store, connection_id, ago(seconds), departed_at=ago(seconds + 2))

        heed(store, connection_id, limit=10, remaining=1)

        assert record(store, connection_id).usual_answer == timedelta(seconds=2)


class TestTrust:
    def test_a_new_book_does_not_know_what_was_called_before_it(self, store: Store, connection_id: int) -> None:
        """Somebody else may just have used up the window: nothing bursts."""
        a_call(store, connection_id, ago(5))

        assert not record(store, connection_id).trusted

    def test_a_book_that_reaches_back_a_window_knows(self, store: Store, connection_id: int) -> None:
        """One call that ended a minute ago is enough."""
        a_call(store, connection_id, ago(60))

        assert record(store, connection_id).trusted

    def test_what_remains_said_a_moment_ago_is_known(self, store: Store, connection_id: int) -> None:
        """RingCentral counts everybody's calls."""
        heed(store, connection_id, limit=10, remaining=9)

        assert record(store, connection_id).trusted

    def test_a_fresh_book_drips_from_its_second_call_on(self, store: Store, connection_id: int) -> None:
        """Start gently: one call, then one interval."""
        a_call(store, connection_id, ago(1), paced=True)

        slot = next_drip(TEN, record(store, connection_id), NINE, waiting=3)

        assert slot is not None
        assert slot > NINE + timedelta(seconds=4)


class TestOthers:
    def test_what_remains_below_our_own_count_was_called_by_others(self, store: Store, connection_id: int) -> None:
        """A script with the same credential: their calls count as made now, and the next waits for them."""
        for seconds in (30, 20, 10):
            a_call(store, connection_id, ago(seconds))

        heed(store, connection_id, limit=10, remaining=3)

        with store.read() as db:
            assert callbook.others_now(db, connection_id, window=TEN.window, now=NINE) == 4
        assert record(store, connection_id).ended == [NINE] * 4 + [ago(10), ago(20), ago(30)]

    def test_what_agrees_with_our_own_count_adds_nothing(self, store: Store, connection_id: int) -> None:
        """The call in flight has been counted by RingCentral already, or will be."""
        a_call(store, connection_id, ago(30))
        a_call(store, connection_id, None)

        heed(store, connection_id, limit=10, remaining=8)
        heed(store, connection_id, limit=10, remaining=9)

        with store.read() as db:
            assert callbook.others_now(db, connection_id, window=TEN.window, now=NINE) == 0

    def test_they_are_not_counted_again_with_every_answer(self, store: Store, connection_id: int) -> None:
        """Once written down, they are part of our count."""
        for _ in range(3):
            heed(store, connection_id, limit=10, remaining=4)

        with store.read() as db:
            assert callbook.others_now(db, connection_id, window=TEN.window, now=NINE) == 6

    def test_a_senseless_header_does_not_fill_the_book(self, store: Store, connection_id: int) -> None:
        """At most a whole window is taken as used."""
        heed(store, connection_id, limit=10, remaining=-1_000_000)

        with store.read() as db:
            assert callbook.others_now(db, connection_id, window=TEN.window, now=NINE) == 10


class TestPenalties:
    def test_a_429_stops_everything_also_for_the_process_after_this_one(self, store: Store, connection_id: int) -> None:
        """The rows hold it: a restart in the middle must not start it anew."""
        with store.write() as db:
            until = callbook.penalise(db, connection_id, HEAVY, retry_after=30, now=NINE)

        with store.read() as db:
            allowed = callbook.allowance(db, connection_id, HEAVY)
        assert until == NINE + timedelta(seconds=60) + PENALTY_MARGIN
        assert (allowed.limit, allowed.window, allowed.penalty_until) == (10, timedelta(seconds=60), until)
        assert next_slot(allowed, record(store, connection_id), NINE) == until

    def test_in_a_row_they_double_until_a_call_goes_through(self, store: Store, connection_id: int) -> None:
        """Somebody else keeps the penalty alive; ours must not help."""
        lengths, now = [], NINE
        for _ in range(3):
            with store.write() as db:
                until = callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=now)
            lengths.append(until - now)
            now = until
        heed(store, connection_id, limit=10, remaining=9)
        later = NINE + timedelta(hours=1)
        with store.write() as db:
            lengths.append(callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=later) - later)

        assert [(length - PENALTY_MARGIN).total_seconds() for length in lengths] == [60, 120, 240, 60]

    def test_without_rate_headers_a_call_that_goes_through_ends_the_row_too(
        self, store: Store, connection_id: int
    ) -> None:
        """Headers are not promised: without them the third 429 of a whole year would cost a quarter of an hour."""
        for day in range(3):
            now = NINE + timedelta(days=day)
            with store.write() as db:
                until = callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=now)
            through = now + timedelta(hours=1)
            with store.write() as db:
                call_id = callbook.depart(db, connection_id, HEAVY, "create", epoch=1, now=through)
                callbook.end(db, call_id, status=201, result="ok", request_id=None, now=through)

            assert until - now == timedelta(seconds=60) + PENALTY_MARGIN

    def test_a_shorter_one_does_not_end_a_longer_one(self, store: Store, connection_id: int) -> None:
        """Two answers with 429 of calls that were in flight together."""
        with store.write() as db:
            first = callbook.penalise(db, connection_id, HEAVY, retry_after=600, now=NINE)
            second = callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=NINE)

        assert second == first


class TestAbandoned:
    def test_calls_of_a_dead_process_count_from_the_takeover(self, store: Store, connection_id: int) -> None:
        """They may have arrived as late as now; dated earlier, the window would open too soon."""
        other = a_connection(store, owner_id="4002")
        a_call(store, connection_id, None, departed_at=ago(15))
        a_call(store, connection_id, ago(20))
        a_call(store, other, None)

        with store.write() as db:
            callbook.end_abandoned(db, connection_id, now=NINE)

        found = record(store, connection_id)
        assert (found.in_flight, found.ended) == (0, [NINE, ago(20)])
        assert record(store, other).in_flight == 1
        with store.read() as db:
            assert db.scalars(select(Call.result).where(Call.ended_at == NINE)).one() == "abandoned"


class TestALongBook:
    def test_the_record_looks_at_no_more_rows_than_count(self, store: Store, connection_id: int) -> None:
        """After a year there are five million calls; the choice of the next must not become slower."""
        long_ago = [
            {
                "connection_id": connection_id,
                "quota_group": HEAVY,
                "operation": "create",
                "paced": bool(number % 2),
                "departed_at": ago(100_000 - number),
                "ended_at": ago(99_999 - number),
            }
            for number in range(3_000)
        ]
        with store.write() as db:
            db.execute(insert(Call), long_ago)
            if not store.is_sqlite:
                db.connection().exec_driver_sql("ANALYZE call")
        plans = _plans_of_record(store, connection_id)

        assert len(plans) >= 4
        assert not [plan for plan in plans if "SCAN call" in plan or "Seq Scan on call" in plan or "Sort" in plan]
        assert not [plan for plan in plans if "TEMP B-TREE" in plan]


def _plans_of_record(store: Store, connection_id: int) -> list[str]:
    """How the database goes about each question that `record` asks about calls."""
    asked = list[tuple[str, object]]()

    def listen(_c: object, _u: object, statement: str, parameters: object, _x: object, _m: object) -> None:
        if "FROM call" in statement:
            asked.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", listen)
    record(store, connection_id)
    event.remove(store.engine, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    with store.read() as db:
        connection = db.connection()
        if not store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # three thousand rows are soon looked through
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]


def test_one_allowance_row_per_group(store: Store, connection_id: int) -> None:
    """Headers and penalties write the same row, whichever comes first."""
    with store.write() as db:
        callbook.penalise(db, connection_id, HEAVY, retry_after=0, now=NINE)
    heed(store, connection_id, limit=20, remaining=20)

    with store.read() as db:
        quota = db.scalars(select(Quota)).one()
    assert (quota.limit, quota.penalties) == (20, 0)
    assert quota.penalty_until == NINE + timedelta(seconds=61)
