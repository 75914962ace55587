"""The way to the simulator: closed at first, open when a test says so, and as long as a test wants."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Relay:
    """A port that refuses until it is opened, then passes everything on. `delay`: seconds an answer is under way."""

    def __init__(self, server_url: str, *, delay: float = 0.0) -> None:
        there = urlsplit(server_url)
        self._there = (there.hostname or "", there.port or 0)
        self._port = socket.socket()
        self._port.bind(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self.delay = delay
        self.url = f"http://127.0.0.1:{self._port.getsockname()[1]}"

    def open(self) -> None:
        self._port.listen()
        self._in_thread(self._accept)

    def close(self) -> None:
        self._closing.set()
        with socket.socket() as last:
            last.connect_ex(self._port.getsockname())
        for thread in self._threads:
            thread.join(5)
        self._port.close()

    def _accept(self) -> None:
        while True:
            caller, _ = self._port.accept()
            if self._closing.is_set():
                caller.close()
                return
            self._in_thread(self._pass_on, caller)

    def _pass_on(self, caller: socket.socket) -> None:
        with caller, socket.create_connection(self._there) as server:
            upwards = threading.Thread(target=_pump, args=(caller, server))
            upwards.start()
            first = server.recv(65_536)
            self._closing.wait(self.delay)
            _send(caller, first)
            _pump(server, caller)
            upwards.join()

    def _in_thread(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # the other side has gone
        while some := source.recv(65_536):
            target.sendall(some)
        target.shutdown(socket.SHUT_WR)


def _send(target: socket.socket, some: bytes) -> None:
    with suppress(OSError):
        target.sendall(some)
