"""A wire between the client and the simulator that keeps what passes, to hold both sides to the document."""

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from tests.contract import check_answer
from tests.ringcentral.conftest import Received, read_request
from tests.ringcentral.test_client import check_received

ODD = frozenset({202, 302, 502})  # answers of faults; the document lists them nowhere


@dataclass(frozen=True, slots=True)
class Conversation:
    """The bytes of one connection, which is one call."""

    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)

    def request(self) -> Received:
        stream = BytesIO(self.asked)
        request = read_request(stream.readline().decode(), stream, 0)
        assert stream.read() == b"", "two requests over one connection"
        return request

    def answer(self) -> tuple[int, Any] | None:
        """Status and parsed body; None when no whole answer of JSON came."""
        reply = HTTPResponse(_Bytes(self.answered))  # type: ignore[arg-type]
        with suppress(HTTPException, ValueError, OSError):
            reply.begin()
            body = reply.read()
            return reply.status, json.loads(body) if body else None
        return None


class _Bytes:
    """What HTTPResponse wants of a socket."""

    def __init__(self, data: bytearray) -> None:
        self._data = data

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._data)


class Relay:
    """Listens on loopback and hands every byte on to a server and back."""

    def __init__(self, url: str) -> None:
        self.conversations: list[Conversation] = []
        self._target = (urlsplit(url).hostname, urlsplit(url).port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads[0].start()

    def check(self) -> None:
        """Assert that all that passed is documented; what was refused as wrong was sent so on purpose."""
        assert self.conversations, "nothing passed"
        for one in self.conversations:
            request, answer = one.request(), one.answer()
            if answer is None or answer[0] != 400:
                check_received(request)
            if answer and answer[0] not in ODD:
                check_answer(request.method, request.path, *answer)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                thread = threading.Thread(target=self._carry, args=[near], daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, near: socket.socket) -> None:
        one = Conversation()
        self.conversations.append(one)
        with near, socket.create_connection(self._target) as far:
            back = threading.Thread(target=_pump, args=(far, near, one.answered), daemon=True)
            back.start()
            _pump(near, far, one.asked)
            back.join(5)


def _pump(source: socket.socket, sink: socket.socket, kept: bytearray) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            kept += data
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
