"""A server that stands where a node would and answers as a test wants: it passes on, or changes what the node says."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import httpx


@dataclass
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What was asked, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[Asked], Answer | None]
"""Says what is answered. None: the connection is cut without an answer."""


class Between:
    """The server, as long as a `with` lasts. `asked` lists what came."""

    def __init__(self, reply: Reply) -> None:
        self.asked: list[Asked] = []
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length", "0"))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(length))
                between.asked.append(asked)
                answer = reply(asked)
                self.close_connection = True
                if answer is None:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = answer  # noqa: N815

            def log_message(self, format: str, *_: object) -> None:
                """Says nothing: the test says what is wrong."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Between:
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def passes_on(url: str) -> Callable[[Asked], Answer]:
    """Asks the real node and answers as it does."""

    def reply(asked: Asked) -> Answer:
        headers = {name: value for name, value in asked.headers.items() if name not in ("host", "content-length")}
        answer = httpx.request(asked.method, url + asked.path, headers=headers, content=asked.body, trust_env=False)
        kept = {name: answer.headers[name] for name in ("content-type", "retry-after") if name in answer.headers}
        return Answer(answer.status_code, answer.content, kept)

    return reply
