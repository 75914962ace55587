"""Starting and stopping the server, in a thread of its own or as a process."""

import socket
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from uvicorn import Config, Server

from rollcall.simulator.limits import AUTH_LIMIT, HEAVY_LIMIT, WINDOW
from rollcall.simulator.wire import Connections, application, protocol_into
from rollcall.simulator.world import Clock, World, utc_now

HOST = "127.0.0.1"
START_SECONDS = 15.0  # after which a server that does not start is given up
STOP_SECONDS = 5.0


class SimulatorServer(Server):
    """uvicorn's server, which says when it listens."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.is_listening = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_listening.set()


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator in this process. `url` is its server address, `world` its state."""

    url: str
    world: World
    _server: SimulatorServer
    _thread: Thread
    _socket: socket.socket

    def reset(self) -> None:
        """Back to the first day, while it runs."""
        self.world.reset()

    def stop(self) -> None:
        """Answer nothing more and let go of the port and the state file. May be called twice."""
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)
        self._socket.close()
        self.world.close()


def start(
    state_file: Path | str | None = None,
    *,
    port: int = 0,
    limit: int = HEAVY_LIMIT,
    window: float = WINDOW,
    auth_limit: int = AUTH_LIMIT,
    now: Clock = utc_now,
    seed: int = 1,
    with_demo: bool = True,
) -> Running:
    """Serve a simulated RingCentral from a thread of this process.

    Args:
        state_file: where the world is kept over restarts; None keeps it in memory.
        port: on loopback; 0 takes a free one.
        limit: calls of the Heavy group a window; `auth_limit` the same for sign-ins.
        window: seconds; penalties are as long.

    Raises:
        OSError: the port is taken, or the state file cannot be opened.
    """
    listener = listen(port)
    try:
        world = World(
            state_file, limit=limit, window=window, auth_limit=auth_limit, now=now, seed=seed, with_demo=with_demo
        )
    except BaseException:
        listener.close()
        raise
    server = server_for(world)
    thread = Thread(target=server.run, args=([listener],), name="ringcentral-simulator", daemon=True)
    thread.start()
    if not server.is_listening.wait(START_SECONDS):
        raise OSError("the simulator did not start")
    return Running(address_of(listener), world, server, thread, listener)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. Raises OSError when the port is taken."""
    # With the protocol named, asyncio turns Nagle's algorithm off; else every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def server_for(world: World) -> SimulatorServer:
    """A server that logs nothing about anybody."""
    connections: Connections = {}
    return SimulatorServer(
        Config(
            application(world, connections),
            http=protocol_into(connections),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )
    )
