"""A RingCentral that says some answers otherwise: it stands before the simulator and passes everything else on."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

Alter = Callable[[str, str, int, Any], tuple[int, Any]]  # method, path with query, status, document → status, document


class Altered:
    """A server before another; `alter` may turn each JSON answer into another one."""

    def __init__(self, server_url: str, alter: Alter) -> None:
        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with requests.Session() as http:
                    http.trust_env = False
                    answer = http.request(
                        self.command, server_url + self.path, data=sent, headers=dict(self.headers), timeout=30
                    )
                status, document = alter(self.command, self.path, answer.status_code, _document(answer))
                self.send_response(status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "date", "server", "connection"):
                        self.send_header(name, value)
                self.end_headers()
                if document is not None:
                    self.wfile.write(json.dumps(document).encode())

            do_GET = do_POST = do_DELETE = do_PATCH = handle_one

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def _document(answer: requests.Response) -> Any:
    return answer.json() if answer.content else None
