"""What happens to a call from its arrival to its answer: log, faults, sign-in, quota, scope, operation."""

import json
import logging
import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from traceback import extract_tb
from urllib.parse import urlencode
from uuid import uuid4

from rollcall.simulator import operations
from rollcall.simulator.answers import Answer, Call, Problem
from rollcall.simulator.caller import Caller, Request, bearer, require_scope
from rollcall.simulator.faults import AT_THE_DOOR, Fault, FaultKind
from rollcall.simulator.rates import Group, Standing
from rollcall.simulator.world import World

log = logging.getLogger(__name__)

Carry = Callable[[Call, sqlite3.Connection], Answer]  # what an operation does, once the call is let in
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer and what is done to it on its way: `fault` says how it is lost, cut or delayed."""

    answer: Answer
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that was let in: its number in the log, who calls, what is left, what strikes it, what to do."""

    log_id: int
    call: Call
    standing: Standing
    fault: Fault | None
    carry: Carry
    prepare: Callable[[Call], Problem | None] | None

    @property
    def delay(self) -> float:
        """Seconds to wait before it is carried out."""
        is_slow = self.fault is not None and self.fault.kind is FaultKind.SLOW and self.fault.before
        return self.fault.seconds if self.fault and is_slow else 0.0

    @property
    def is_immediate(self) -> bool:
        return not self.delay and self.prepare is None


def admit(world: World, call: Call) -> Sent | Admitted:
    """Log a call and let it in, or answer it at the door. One transaction; an immediate call is carried out in it."""
    with world.transaction() as db:
        log_id = _log_arrival(db, call)
        found = operations.find(call)
        group = _group(call, found)
        db.execute("UPDATE call SET grp = ? WHERE id = ?", (group, log_id))
        struck_at_door = _strike(world, call, log_id, at_the_door=True)
        _apply_at_the_door(world, group, struck_at_door, call.arrived_at.timestamp())
        try:
            admitted = _let_in(world, call, log_id, group, found)
        except Problem as problem:
            return _finish(world, db, log_id, problem.answer(_quota(world, problem)), None)
        return carry_out(world, admitted) if admitted.is_immediate else admitted


def carry_out(world: World, admitted: Admitted) -> Sent:
    """Do what the call asks for, unless its fault prevents that; commit before the answer leaves."""
    refused = admitted.prepare(admitted.call) if admitted.prepare and _has_effect(admitted.fault) else None
    with world.transaction() as db:
        answer = Answer(503)
        if refused is not None:
            answer = refused.answer()
        elif _has_effect(admitted.fault):
            answer = _carried(db, admitted)
        quota = admitted.standing.headers() if world.switches.rate_headers else {}
        done = replace(answer, headers={**quota, **answer.headers})
        return _finish(world, db, admitted.log_id, done, admitted.fault, window=admitted.standing.window)


class OverQuota(Problem):
    """429 with what the headers then say."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(429, "CMN-301", "Request rate exceeded")
        self.standing = standing


def _let_in(
    world: World, call: Call, log_id: int, group: Group, found: tuple[operations.Operation, Call] | None
) -> Admitted:
    """Sign-in, quota, scope, then the fault. Raises Problem."""
    now = call.arrived_at.timestamp()
    if found is None:
        return _let_in_to_sign_in(world, call, log_id, now)
    operation, matched = found
    caller = bearer(call, world.db, now)
    standing = _spend(world, caller.owner_id, group, now)
    fault = _strike(world, call, log_id, at_the_door=False)
    _refuse_out_of_the_blue(world, fault, caller.owner_id, group, now)
    return Admitted(log_id, matched, standing, fault, _as_carry(world, operation, caller), operation.prepare)


def _let_in_to_sign_in(world: World, call: Call, log_id: int, now: float) -> Admitted:
    """The token endpoint has its own group and no bearer token. Raises Problem 404 for an unknown path."""
    answer = operations.SIGN_INS.get(call.path) if call.method == "POST" else None
    if answer is None:
        raise Problem(404, "AGW-404", f"Resource not found: {call.path}")
    user = _app(call)
    standing = _spend(world, user, Group.AUTH, now)
    fault = _strike(world, call, log_id, at_the_door=False)
    _refuse_out_of_the_blue(world, fault, user, Group.AUTH, now)

    def carry(call: Call, db: sqlite3.Connection) -> Answer:
        return answer(call, db, world.switches, world.now().timestamp())

    return Admitted(log_id, call, standing, fault, carry, None)


def _as_carry(world: World, operation: operations.Operation, caller: Caller) -> Carry:
    def carry(call: Call, db: sqlite3.Connection) -> Answer:
        require_scope(caller, operation.scope)
        return operation.answer(Request(call, caller, db, world.switches, world.now().timestamp()))

    return carry


def _app(call: Call) -> str:
    """Whose sign-ins these are: the app of the Basic header, known or not."""
    encoded = call.headers.get("authorization", "").removeprefix("Basic ")
    try:
        return b64decode(encoded).decode().partition(":")[0]
    except ValueError:
        return ""


def _group(call: Call, found: tuple[operations.Operation, Call] | None) -> Group:
    return found[0].group if found else Group.AUTH


def _spend(world: World, user: str, group: Group, now: float) -> Standing:
    standing = world.rates.spend(user, group, now)
    if standing.retry_after:
        raise OverQuota(standing)
    return standing


def _quota(world: World, problem: Problem) -> dict[str, str]:
    """The headers of a refusal at the door: rate headers and Retry-After with a 429, none with a 401 or 404."""
    if not isinstance(problem, OverQuota):
        return {}
    shown = problem.standing.headers() if world.switches.rate_headers else {}
    return {**shown, "Retry-After": f"{problem.standing.retry_after:.0f}"}


def _strike(world: World, call: Call, log_id: int, *, at_the_door: bool) -> Fault | None:
    """The first fault that strikes this call; every matching one counts it. The log keeps the first that struck."""
    struck = None
    for fault_id, fault in world.faults().items():
        if (fault.kind in AT_THE_DOOR) != at_the_door or not fault.matches(call, _email(call)):
            continue
        query = "UPDATE fault SET seen = seen + 1 WHERE id = ? RETURNING seen, struck"
        [(seen, so_far)] = world.db.execute(query, (fault_id,)).fetchall()
        is_left = fault.times is None or so_far < fault.times
        if struck is None and is_left and fault.strikes(seen):
            world.db.execute("UPDATE fault SET struck = struck + 1 WHERE id = ?", (fault_id,))
            world.db.execute("UPDATE call SET fault = ? WHERE id = ? AND fault = ''", (fault.kind, log_id))
            struck = fault
    return struck


def _apply_at_the_door(world: World, group: Group, fault: Fault | None, now: float) -> None:
    if fault is None:
        return
    if fault.kind is FaultKind.TOKEN_REVOKED:
        world.revoke_tokens()
    elif fault.kind is FaultKind.LIMIT_CHANGED:
        world.set_limit(group, limit=fault.limit, window=fault.window)
    elif fault.kind is FaultKind.OTHERS_CALLS:
        world.rates.others(world.switches.owner_id, group, fault.calls, now)


def _refuse_out_of_the_blue(world: World, fault: Fault | None, user: str, group: Group, now: float) -> None:
    """Raises OverQuota for RATE_LIMITED; the penalty is real, so the next call during it restarts it."""
    if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
        raise OverQuota(world.rates.punish(user, group, now, fault.seconds or world.rates.window))


def _has_effect(fault: Fault | None) -> bool:
    return fault is None or fault.carries_out


def _carried(db: sqlite3.Connection, admitted: Admitted) -> Answer:
    """The operation's answer; a refusal or a mistake of ours leaves nothing half done."""
    try:
        with _savepoint(db):
            return admitted.carry(admitted.call, db)
    except Problem as problem:
        return problem.answer()
    except Exception as mistake:  # noqa: BLE001  (a server answers 500 and lives on)
        log.error("mistake of the simulator: %s at %s", type(mistake).__name__, _place(mistake))
        return Problem(500, "CMN-201", "Internal server error").answer()


def _place(mistake: Exception) -> str:
    """File and line only: a message or a traceback may hold people's data."""
    frame = extract_tb(mistake.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


@contextmanager
def _savepoint(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("SAVEPOINT operation")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK TO operation")
        raise
    finally:
        db.execute("RELEASE operation")


def _finish(
    world: World, db: sqlite3.Connection, log_id: int, answer: Answer, fault: Fault | None, window: float = 0.0
) -> Sent:
    """Write down what became of the call and what the caller will see of it."""
    carried_out = answer.status < 300 and _has_effect(fault)
    seen = _as_seen(answer, fault, window or world.rates.window)
    db.execute(
        "UPDATE call SET status = ?, carried_out = ?, complete = ?,"
        " registrant_id = CASE WHEN ? = '' THEN registrant_id ELSE ? END WHERE id = ?",
        (
            None if fault and fault.kind in (FaultKind.ANSWER_LOST, FaultKind.DROPPED_BEFORE) else seen.status,
            carried_out, answer.complete, answer.registrant_id, answer.registrant_id, log_id,
        ),
    )  # fmt: skip
    return Sent(replace(seen, headers={**seen.headers, "RCRequestId": str(uuid4())}), fault)


def _as_seen(answer: Answer, fault: Fault | None, window: float) -> Answer:
    """The answer as the fault makes it look."""
    match fault.kind if fault else None, fault:
        case FaultKind.SERVER_ERROR, Fault(status=status):
            error = Problem(status, "CMN-201", "Service temporarily unavailable")
            return error.answer(answer.headers)
        case FaultKind.UNAVAILABLE, Fault(seconds=seconds):
            headers = {**answer.headers, "Retry-After": f"{seconds or window:.0f}"}
            return Problem(503, "CMN-203", "Service unavailable").answer(headers)
        case FaultKind.ODD_ANSWER, Fault(status=status):
            return Answer(status, None, answer.headers)
        case FaultKind.BAD_GATEWAY, _:
            return Answer(502)
    return answer


def _email(call: Call) -> str:
    """The address in the body, if there is one."""
    if call.method not in WRITES or not call.body.startswith(b"{"):
        return ""
    try:
        value = json.loads(call.body).get("email", "")
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def _log_arrival(db: sqlite3.Connection, call: Call) -> int:
    tail = call.path.partition("/registrants/")[2]
    cursor = db.execute(
        "INSERT INTO call (method, path, query, grp, email, registrant_id, arrived_at) VALUES (?, ?, ?, '', ?, ?, ?)",
        (call.method, call.path, urlencode(dict(call.query), doseq=True), _email(call), tail,
         call.arrived_at.timestamp()),
    )  # fmt: skip
    assert cursor.lastrowid is not None  # noqa: S101  (an INSERT has one; for the type checker)
    return cursor.lastrowid
