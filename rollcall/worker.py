"""The one loop that makes every call of a connection: lease, choose, write, call, write down.

`drain` is the loop: it takes a connection and a deadline, so that another process can host it. A row is committed as
`sending`, together with its call, before the first byte leaves; whatever dies after that, the next holder finds it and
asks RingCentral's list before anything is sent again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from rollcall import callbook, chores, connections, duty, lease, settling
from rollcall.lease import LeaseLost
from rollcall.outbox import batch as batches
from rollcall.outbox import ledger
from rollcall.outbox.states import Kind
from rollcall.readers import Reader
from rollcall.ringcentral import limits
from rollcall.ringcentral.client import Client
from rollcall.ringcentral.errors import (
    NotExecuted,
    OutcomeUnknown,
    RingCentralError,
    SignedOut,
    SignInFailed,
    TooManyCalls,
    Unreachable,
)
from rollcall.ringcentral.models import Answer, Token
from rollcall.ringcentral.pace import MOST_IN_FLIGHT, next_slot
from rollcall.roster import readings
from rollcall.store.database import Store
from rollcall.store.tables import Action, Reading

logger = logging.getLogger(__name__)

CALL_TIMEOUT = timedelta(seconds=limits.CALL_TIMEOUT)
RENEW_EVERY = timedelta(seconds=10)  # judgement: a quarter of the lease's term
SHORTEST_SETBACK, LONGEST_SETBACK = timedelta(seconds=2), timedelta(seconds=60)  # judgement, doubled in between,
MOST_DOUBLINGS = 5  # which is enough for that; a day without a network is ten thousand failures in a row
LONGEST_WAIT = timedelta(minutes=10)  # judgement: a 503 may ask for a day; for that nobody lets everything stand still
DISK_PAUSE = 1.0  # seconds between two tries to write


class HasConnection(Protocol):
    """Which connection the process works for; a first sign-in may find that it is one we know already."""

    connection_id: int


@dataclass(slots=True)
class Setbacks:
    """Failures in a row that say something about the way there rather than about one person. In memory: a hint only."""

    in_a_row: int = 0
    until: datetime | None = None

    def count(self, now: datetime, at_least: float | None = None) -> None:
        """One more: the pause doubles, from the second on."""
        self.in_a_row += 1
        doublings = min(max(self.in_a_row - 2, 0), MOST_DOUBLINGS)
        pause = min(SHORTEST_SETBACK * 2**doublings, LONGEST_SETBACK)
        if self.in_a_row == 1:
            pause = timedelta()
        self.until = now + max(pause, min(timedelta(seconds=at_least or 0.0), LONGEST_WAIT))

    def clear(self) -> None:
        """Something went through."""
        self.in_a_row, self.until = 0, None


@dataclass(slots=True)
class Writing:
    """Whether the store takes what is written. In memory: when it does not, this cannot be written down either."""

    failing_since: datetime | None = None
    unwritten: set[int] = field(default_factory=set)  # calls whose answers wait for room

    def failed(self, now: datetime, call_id: int | None = None) -> None:
        """A write failed; of a call, its answer waits to be written."""
        self.failing_since = self.failing_since or now
        if call_id is not None:
            self.unwritten.add(call_id)

    def worked(self) -> None:
        """A write went through. A small one may where an answer does not: that is no reason to say all is well."""
        if not self.unwritten:
            self.failing_since = None

    def ended(self, call_id: int) -> None:
        """An answer is written, or waits no longer."""
        self.unwritten.discard(call_id)


@dataclass(frozen=True, slots=True)
class Flight:
    """A call that may leave now: its rows are committed."""

    connection_id: int
    epoch: int
    call_id: int
    sign_in: int  # whose token it carries
    action: Action | None = None
    reading: Reading | None = None


def _nowhere(point: str) -> None:
    """Pass a named point of the loop; tests kill the process there."""


@dataclass(slots=True)
class Worker:
    """One worker of one connection, and all it holds in memory: nothing of it is needed after a crash."""

    store: Store
    client_for: Callable[[Callable[[], None]], Client]  # takes the last look before a request leaves
    identity: HasConnection
    now: Callable[[], datetime]
    holder: str
    woken: threading.Event = field(default_factory=threading.Event)
    writing: Writing = field(default_factory=Writing)
    passing: Callable[[str], None] = _nowhere
    setbacks: Setbacks = field(default_factory=Setbacks)
    sign_ins: int = 0
    refused_sign_ins: set[int] = field(default_factory=set)  # sign-ins whose token RingCentral did not take, in a row
    renewed_at: datetime | None = None
    flights: dict[Future[None], Flight] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.client_for(self._may_send)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; whatever goes wrong is logged and tried again."""
        self.stopping = stop
        while not stop.is_set():
            try:
                self.drain(self.identity.connection_id, deadline=None, stop=stop)
            except LeaseLost:
                logger.warning("the lease is lost: to another worker, to a reset of the demo, or by a long sleep")
            except SQLAlchemyError as error:
                logger.error("the store cannot be used: %s", type(error).__name__)
                self.writing.failed(self.now())
            except Exception:
                logger.exception("the worker stumbled and starts over")
            self.woken.clear()
            stop.wait(duty.POLL.total_seconds())

    def drain(self, connection_id: int, *, deadline: datetime | None, stop: threading.Event) -> None:
        """Send and read what there is for a connection until the deadline or the stop, if the lease can be had.

        Raises:
            LeaseLost: somebody else took over; nothing of ours was written since.
        """
        epoch = self._take(connection_id)
        if epoch is None:
            return
        with ThreadPoolExecutor(MOST_IN_FLIGHT, thread_name_prefix="rollcall-call") as pool:
            try:
                while not stop.is_set() and (deadline is None or self.now() < deadline):
                    self._land()
                    if self.identity.connection_id != connection_id:
                        break
                    if self._sign_in_if_needed(connection_id, epoch):
                        continue
                    self._one_step(connection_id, epoch, pool)
            finally:
                wait(self.flights)
                self._land()
        with self.store.write() as db:
            lease.release(db, connection_id, epoch, now=self.now())

    # ------------------------------------------------------------ the lease

    def _take(self, connection_id: int) -> int | None:
        """Take the lease and what a holder before us left: its calls may have left, its lists are begun anew."""
        now = self.now()
        me = lease.this_process(self.holder)
        with self.store.write() as db:
            epoch = lease.take(db, connection_id, me, now=now)
            if epoch is None:
                return None
            ledger.sweep(db, connection_id, now=now)
            callbook.end_abandoned(db, connection_id, now=now)
            readings.start_over(db, connection_id)
            batches.list_again(db, connection_id, now=now)
        self.renewed_at = now
        return epoch

    @contextmanager
    def _transaction(self, connection_id: int, epoch: int) -> Iterator[tuple[Session, datetime]]:
        """A transaction of the worker: locked, fenced, renewed. Gives the moment it began."""
        with self.store.write() as db:
            now = self.now()
            lease.hold(db, connection_id, epoch, now=now)
            yield db, now
            self.passing("before commit")
        self.renewed_at = now
        self.writing.worked()
        self.passing("after commit")

    def _may_send(self) -> None:
        """The last look before a request leaves: is there lease enough left for a whole call?

        Raises:
            NotExecuted: a process that slept has woken up; the request stays here.
        """
        left = (self.renewed_at + lease.TERM if self.renewed_at else self.now()) - self.now()
        if left <= CALL_TIMEOUT:
            raise NotExecuted("the lease is about to end", retry_after=0.0)

    # ------------------------------------------------------------ one step

    def _one_step(self, connection_id: int, epoch: int, pool: ThreadPoolExecutor) -> None:
        now = self.now()
        if self.setbacks.until and self.setbacks.until > now:
            self._rest(connection_id, epoch, self.setbacks.until)
            return
        with self.store.read() as db:
            chosen = duty.look(db, connection_id, busy_readings=self._busy_readings(), now=now)
        if isinstance(chosen, duty.Rest):
            self._rest(connection_id, epoch, chosen.until)
            if not chosen.call_is_due or self.now() < chosen.until:
                return  # else at once: the look that is taken with the lease locked is the one that counts
        flight = self._commit(connection_id, epoch)
        if flight is not None:
            self.passing("claimed")
            future = pool.submit(self._fly, flight)
            self.flights[future] = flight
            future.add_done_callback(lambda _: self.woken.set())

    def _commit(self, connection_id: int, epoch: int) -> Flight | None:
        """Look again, now with the lease locked, and write what was chosen. A flight, if a call may leave for it."""
        with self._transaction(connection_id, epoch) as (db, now):
            chosen = duty.look(db, connection_id, busy_readings=self._busy_readings(), now=now)
            flight: Flight | None = None
            if isinstance(chosen, duty.Chore):
                chores.do(db, connection_id, chosen, now=now)
            elif isinstance(chosen, duty.Send):
                flight = self._claim(db, chosen, connection_id, epoch, now=now)
            elif isinstance(chosen, duty.Read):
                flight = self._begin_reading(db, chosen, connection_id, epoch, now=now)
        return flight

    def _claim(self, db: Session, chosen: duty.Send, connection_id: int, epoch: int, *, now: datetime) -> Flight | None:
        """waiting → sending with its call, in one transaction."""
        action = chosen.action
        call_id = callbook.depart(
            db,
            connection_id,
            callbook.HEAVY,
            action.kind,
            epoch=epoch,
            now=now,
            paced=chosen.paced,
            action_id=action.id,
        )
        if not ledger.claim(db, action, call_id=call_id, epoch=epoch, now=now):
            callbook.never_left(db, call_id)  # a page took the wish back in this very moment
            return None
        db.refresh(action)
        return Flight(connection_id, epoch, call_id, self.sign_ins, action=action)

    def _begin_reading(
        self, db: Session, chosen: duty.Read, connection_id: int, epoch: int, *, now: datetime
    ) -> Flight:
        reading = chosen.reading
        if reading.state == readings.ReadingState.WAITING:
            readings.begin(db, reading, cursor=Reader.first_place(db, reading, now=now), now=now)
        call_id = callbook.depart(
            db,
            connection_id,
            callbook.HEAVY,
            f"read {reading.what}",
            epoch=epoch,
            now=now,
            paced=chosen.paced,
            reading_id=reading.id,
        )
        return Flight(connection_id, epoch, call_id, self.sign_ins, reading=reading)

    def _busy_readings(self) -> set[int]:
        return {flight.reading.id for flight in self.flights.values() if flight.reading is not None}

    def _rest(self, connection_id: int, epoch: int, until: datetime) -> None:
        """Wait for a wish, an answer or the moment; keep the lease alive meanwhile."""
        now = self.now()
        if self.renewed_at is None or now - self.renewed_at > RENEW_EVERY:
            with self._transaction(connection_id, epoch):
                pass
        self.woken.wait(max(min(until - now, duty.POLL).total_seconds(), 0.0))
        self.woken.clear()

    def _land(self) -> None:
        """Let go of the calls that have ended; a lost lease seen in one of them is lost for all."""
        done = [future for future in self.flights if future.done()]
        for future in done:
            del self.flights[future]
        for future in done:
            future.result()

    # ------------------------------------------------------------ sign-in

    def _sign_in_if_needed(self, connection_id: int, epoch: int) -> bool:
        """Sign in when there is no token or it ends soon. True: the loop starts over."""
        now = self.now()
        if not self.client.needs_sign_in(now):
            return False
        if self.flights:
            # One of them may be about to write that this connection has to stop; a sign-in would take that back.
            self._rest(connection_id, epoch, now + duty.POLL)
            return True
        with self.store.read() as db:
            is_stopped = connections.of(db, connection_id).stopped_reason is not None
            allowed = callbook.allowance(db, connection_id, callbook.AUTH)
            slot = next_slot(allowed, callbook.record(db, connection_id, callbook.AUTH, allowed, now=now), now)
        setback = self.setbacks.until or now
        may_go_at = max(slot or now, setback)
        if is_stopped or may_go_at > now:
            self._rest(connection_id, epoch, may_go_at if may_go_at > now else now + duty.POLL)
            return True
        with self._transaction(connection_id, epoch) as (db, now):
            call_id = callbook.depart(db, connection_id, callbook.AUTH, "sign in", epoch=epoch, now=now)
        self._sign_in(connection_id, epoch, call_id)
        return True

    def _sign_in(self, connection_id: int, epoch: int, call_id: int) -> None:
        outcome: Answer[Token] | RingCentralError
        try:
            outcome = self.client.sign_in()
        except RingCentralError as error:
            outcome = error
        with self._transaction(connection_id, epoch) as (db, now):
            settling.end_call(db, connection_id, callbook.AUTH, call_id, outcome, now=now)
            if isinstance(outcome, Answer):
                self.sign_ins += 1
                self.setbacks.clear()
                token = outcome.value
                self.identity.connection_id = connections.signed_in(
                    db,
                    connection_id,
                    owner_id=token.owner_id,
                    account_id=token.account_id,
                    scopes=token.scopes,
                    now=now,
                )
            elif isinstance(outcome, SignInFailed):
                connections.stop(db, connection_id, reason="sign_in_refused", detail=outcome.error or outcome.code)
            else:
                self.setbacks.count(now, getattr(outcome, "retry_after", None))
                connections.note_trouble(db, connection_id, _trouble(outcome), now=now)

    # ------------------------------------------------------------ one call

    def _fly(self, flight: Flight) -> None:
        """Make the call and write down what it gave, however often the store has to be asked."""
        self.passing("before send")
        outcome = self._answer(flight)
        self.passing("after answer")
        try:
            self._write_down(flight, outcome)
        finally:
            self.writing.ended(flight.call_id)

    def _write_down(self, flight: Flight, outcome: Answer[Any] | RingCentralError) -> None:
        is_taken_in = True
        while True:
            try:
                self._settle(flight, outcome)
                self.passing("settled")
                return
            except LeaseLost:
                raise
            except Exception as error:
                if isinstance(error, SQLAlchemyError) and not isinstance(error, DataError | IntegrityError):
                    # The row says `sending`, which is true until this is written; a restart makes it unconfirmed.
                    logger.error("an answer cannot be written yet: %s", type(error).__name__)
                    self.writing.failed(self.now(), flight.call_id)
                    if not self._wait_for_disk():
                        return
                    continue
                if not is_taken_in:
                    raise
                outcome, is_taken_in = _not_taken_in(error, outcome.status), False

    def _answer(self, flight: Flight) -> Answer[Any] | RingCentralError:
        try:
            return self._call(flight)
        except RingCentralError as error:
            return error
        except Exception as error:  # noqa: BLE001 (whatever it is, a call left)
            return _not_taken_in(error, None)

    def _wait_for_disk(self) -> bool:
        """Whether to try again: yes, until we are to stop, while the lease is ours for as long as a write takes."""
        if self.stopping.wait(DISK_PAUSE):
            return False
        return self.renewed_at is not None and self.now() < self.renewed_at + lease.TERM

    def _call(self, flight: Flight) -> Answer[Any]:
        if flight.reading is not None:
            return Reader(self.client).call(flight.reading)
        action = flight.action
        if action is None:
            raise NotExecuted("nothing to send", retry_after=0.0)
        if action.kind == Kind.DELETE:
            return self.client.delete_registrant(action.session_id, action.registrant_id or "")
        return self.client.create_registrant(action.session_id, _fields(action.payload))

    def _settle(self, flight: Flight, outcome: Answer[Any] | RingCentralError) -> None:
        with self._transaction(flight.connection_id, flight.epoch) as (db, now):
            settling.end_call(db, flight.connection_id, callbook.HEAVY, flight.call_id, outcome, now=now)
            if flight.reading is not None:
                reading = db.get_one(Reading, flight.reading.id)
                Reader(self.client).settle(db, reading, outcome, call_id=flight.call_id, now=now)
            elif flight.action is not None:
                action = db.get_one(Action, flight.action.id)
                settling.settle(db, action, outcome, call_id=flight.call_id, now=now)
            self._draw_conclusions(db, flight, outcome, now=now)

    def _draw_conclusions(
        self, db: Session, flight: Flight, outcome: Answer[Any] | RingCentralError, *, now: datetime
    ) -> None:
        """What one answer says about the connection as a whole."""
        connection_id = flight.connection_id
        if isinstance(outcome, SignedOut) and outcome.status is not None:
            # Without a status the token had run out here, and RingCentral was not asked.
            # Calls in flight together may all come back signed out; that is one token refused, not several.
            self.refused_sign_ins.add(flight.sign_in)
            if len(self.refused_sign_ins) > 1:
                connections.stop(db, connection_id, reason="signed_out_twice", detail=outcome.code)
        elif isinstance(outcome, Unreachable | OutcomeUnknown):
            self.setbacks.count(now, outcome.retry_after)
            connections.note_trouble(db, connection_id, _trouble(outcome), now=now)
        elif not isinstance(outcome, NotExecuted):
            self.refused_sign_ins.clear()
            self.setbacks.clear()
            connections.note_trouble(db, connection_id, None, now=now)


def _not_taken_in(error: Exception, status: int | None) -> OutcomeUnknown:
    """Something in this very answer is beyond us. What is certain: a call left; what came of it, the list will tell.

    Raised on, it would end the loop, and the same answer would be asked for again and again before anything else.
    """
    logger.error("an answer cannot be taken in: %s", type(error).__name__)  # its message may name people
    return OutcomeUnknown("the answer could not be taken in", status=status)


def _trouble(error: RingCentralError) -> str:
    if isinstance(error, Unreachable):
        return "unreachable"
    return "sign_in_waits" if isinstance(error, TooManyCalls) else "server_error"


def _fields(payload: dict[str, Any]) -> dict[str, str]:
    """A frozen payload in the API's words; what is empty is left out by the client."""
    return {
        "firstName": payload["first_name"],
        "lastName": payload["last_name"],
        "email": payload["email"],
        "source": payload.get("source", ""),
        "externalId": payload.get("external_id", ""),
        "joinUri": payload.get("join_uri", ""),
        "cancellationUri": payload.get("cancellation_uri", ""),
    }
