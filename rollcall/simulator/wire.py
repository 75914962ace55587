"""The HTTP server: Starlette on uvicorn, and what faults do to a connection."""

import asyncio
import json
import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from rollcall.simulator import control
from rollcall.simulator.answers import Answer, Call
from rollcall.simulator.faults import FaultKind
from rollcall.simulator.gate import Admitted, Sent, admit, carry_out
from rollcall.simulator.world import Clock, World

log = logging.getLogger(__name__)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HTML_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"

Connections = dict[tuple[str, int], asyncio.Transport]  # by the caller's address


def protocol_into(connections: Connections) -> type[H11Protocol]:
    """uvicorn's HTTP protocol, with its open connections kept at hand so that a fault can cut one."""

    class Cuttable(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._address = transport.get_extra_info("peername")
            connections[self._address] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self._address, None)
            super().connection_lost(exc)

    return Cuttable


class FaultyResponse(Response):
    """An answer that may be cut off or never leave."""

    def __init__(self, sent: Sent, connections: Connections) -> None:
        body, media_type = _body(sent)
        super().__init__(body, sent.answer.status, dict(sent.answer.headers), media_type)
        self._kind = sent.fault.kind if sent.fault else None
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._kind in (FaultKind.ANSWER_LOST, FaultKind.DROPPED_BEFORE):
            await self._cut(scope, receive)
        elif self._kind is FaultKind.TRUNCATED:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            half = bytes(self.body[: len(self.body) // 2])
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await self._cut(scope, receive)
        else:
            await super().__call__(scope, receive, send)

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        """Close the connection and wait until the server has noticed, or it would answer 500 for us."""
        self._connections[tuple(scope["client"])].close()
        while (await receive())["type"] != "http.disconnect":
            pass


def application(world: World, connections: Connections) -> Starlette:
    """The control surface, and everything else through the gate."""

    async def answer(request: Request) -> Response:
        try:
            call = await _call(request, world.now)
            return FaultyResponse(await _sent(world, call), connections)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except Exception as mistake:  # noqa: BLE001  (uvicorn would log a traceback, which may hold people's data)
            log.error("the simulator could not answer: %s", type(mistake).__name__)
            return Response(status_code=500)

    everything = Route("/{path:path}", answer, methods=METHODS)
    return Starlette(routes=[*control.routes(world), everything])


async def _call(request: Request, now: Clock) -> Call:
    return Call(
        method=request.method,
        path=request.url.path,
        query=_query(request),
        headers=dict(request.headers),
        body=await request.body(),
        arrived_at=now(),
        base_url=str(request.base_url).rstrip("/"),
    )


async def _sent(world: World, call: Call) -> Sent:
    """The gate's work in threads, the waiting of slow calls outside of them."""
    outcome = await run_in_threadpool(admit, world, call)
    if isinstance(outcome, Admitted):
        await asyncio.sleep(outcome.delay)
        outcome = await run_in_threadpool(carry_out, world, outcome)
    if outcome.fault and outcome.fault.kind is FaultKind.SLOW and not outcome.fault.before:
        await asyncio.sleep(outcome.fault.seconds)
    return outcome


def _query(request: Request) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _body(sent: Sent) -> tuple[bytes, str | None]:
    answer: Answer = sent.answer
    if sent.fault and sent.fault.kind is FaultKind.BAD_GATEWAY:
        return HTML_PAGE, "text/html"
    if answer.body is None:
        return b"", None
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    return text.encode(), "application/json"
