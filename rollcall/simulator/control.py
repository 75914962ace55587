"""`/_simulator/…`: how tests in other processes look into the world and set it up. Loopback only."""

from collections.abc import Callable
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rollcall.simulator.faults import Fault
from rollcall.simulator.people import Person
from rollcall.simulator.rates import Group
from rollcall.simulator.sessions import WebinarSession
from rollcall.simulator.world import World

Json = dict[str, Any]


def routes(world: World) -> list[Route]:
    """What can be read (GET) and done (POST, PATCH, DELETE)."""
    return [
        _route("GET", "state", lambda _: _state(world)),
        _route("GET", "calls", lambda asked: _calls(world, asked)),
        _route("GET", "sessions", lambda _: {"sessions": [asdict(one) for one in world.sessions()]}),
        _route("POST", "sessions", lambda asked: {"id": world.add_session(WebinarSession(**asked))}),
        _route("GET", "registrants", lambda asked: _registrants(world, asked)),
        _route("POST", "registrants", lambda asked: _add_registrants(world, asked)),
        _route("DELETE", "registrants", lambda asked: {"cancelled": world.cancel(asked["session"], asked["emails"])}),
        _route("PATCH", "switches", lambda asked: world.set_switches(**asked).as_dict()),
        _route("GET", "faults", lambda _: {"faults": _faults(world)}),
        _route("POST", "faults", lambda asked: {"id": world.add_fault(Fault.from_dict(asked))}),
        _route("DELETE", "faults", lambda _: world.clear_faults()),
        _route("PATCH", "limit", lambda asked: _set_limit(world, asked)),
        _route("POST", "others_calls", lambda asked: world.spend_elsewhere(int(asked["calls"]))),
        _route("POST", "revoke_tokens", lambda _: world.revoke_tokens()),
        _route("POST", "reset", lambda _: world.reset()),
    ]


def _route(method: str, name: str, do: Callable[[Json], Json | None]) -> Route:
    """One thing to read or do; GET takes its arguments from the query, the others from a JSON body."""

    async def answer(request: Request) -> JSONResponse:
        if not _is_loopback(request):
            return JSONResponse({"error": "loopback only"}, 403)
        asked = dict(request.query_params) if method == "GET" or not await request.body() else await request.json()
        try:
            return JSONResponse(await run_in_threadpool(do, asked) or {})
        except (KeyError, TypeError, ValueError) as mistake:
            return JSONResponse({"error": str(mistake)}, 400)

    return Route(f"/_simulator/{name}", answer, methods=[method])


def _is_loopback(request: Request) -> bool:
    """The caller is on this machine, and means it: a page of the web cannot name this host."""
    host = (request.url.hostname or "").strip("[]")
    is_named = host == "localhost" or host.startswith("127.") or host == "::1"
    return is_named and request.client is not None and ip_address(request.client.host).is_loopback


def _state(world: World) -> Json:
    return {
        "switches": world.switches.as_dict(),
        "limits": {str(group): limit for group, limit in world.rates.limits.items()},
        "window": world.rates.window,
        "faults": _faults(world),
    }


def _faults(world: World) -> list[Json]:
    return [{"id": number} | fault.as_dict() for number, fault in world.faults().items()]


def _calls(world: World, asked: Json) -> Json:
    found = world.calls(method=asked.get("method", ""), path=asked.get("path", ""), since=int(asked.get("since", 0)))
    return {"calls": [asdict(one) | {"arrived_at": one.arrived_at.timestamp()} for one in found]}


def _registrants(world: World, asked: Json) -> Json:
    return {"registrants": [asdict(one) for one in world.registrants(asked["session"])]}


def _add_registrants(world: World, asked: Json) -> Json:
    people = [Person(**one) for one in asked["people"]]
    world.add_registrants(asked["session"], people)
    return {"added": len(people)}


def _set_limit(world: World, asked: Json) -> Json:
    group = Group(asked.get("group", Group.HEAVY))
    world.set_limit(group, limit=asked.get("limit"), window=asked.get("window"))
    return _state(world)
