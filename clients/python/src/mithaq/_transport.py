"""Requests to one node: who asks, what is retried, and how errors are read."""

from __future__ import annotations

import ipaddress
import json
import math
import os
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import httpx

from ._errors import NotReached, TooMany, Unavailable, of_answer

Body = bytes | Iterable[bytes] | IO[bytes]
"""What a request carries that is not JSON."""

JSON = "application/json"
LINES = "application/x-ndjson"
SOCKET = "mithaq.sock"

# The node answers at once, or says in the query how long it waits.
ANSWER_SECONDS = 60.0
CONNECT_SECONDS = 10.0
# Of a request that may be repeated; a node is back from a restart in some seconds.
TRIES = 5
# The first pause between two tries; each is twice as long as the one before.
PAUSE_SECONDS = 0.5
# A longer Retry-After is the caller's to wait for.
RETRY_AFTER_SECONDS_MAX = 60.0
# How much of an answer that is an error is read.
PROBLEM_BYTES_MAX = 1 << 20


class Transport:
    """A way to a node, over its socket or its port. Safe to use from several threads."""

    def __init__(
        self,
        node: str | os.PathLike[str],
        *,
        token: str | None,
        purpose: str | None,
        verify: bool | ssl.SSLContext,
        ca: str | os.PathLike[str] | None,
        language: str | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        base, socket = _where(node)
        if token and socket is None:
            _refuse_open_network(base)
        headers = {"user-agent": "mithaq-python"}
        if token:
            headers["authorization"] = f"Bearer {''.join(token.split())}"
        if language:
            headers["accept-language"] = language
        context: bool | ssl.SSLContext = ssl.create_default_context(cafile=ca) if ca else verify
        self._purpose = purpose
        self._sleep = sleep
        self._http = httpx.Client(
            base_url=base,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            # Proxies and passwords of the environment are for other servers.
            trust_env=False,
            transport=httpx.HTTPTransport(uds=socket, verify=context, trust_env=False),
        )

    def close(self) -> None:
        """Closes what is open."""
        self._http.close()

    def json(self, method: str, path: str, *, body: object = None, **how: Any) -> Any:
        """The value of an answer in JSON. `body` is sent as JSON."""
        if body is not None:
            how |= {"content": json.dumps(body, ensure_ascii=False).encode(), "content_type": JSON}
        return self._request(method, path, **how).json()

    def lines(
        self,
        method: str,
        path: str,
        *,
        lines: Iterable[Mapping[str, Any] | bytes] | None = None,
        **how: Any,
    ) -> Any:
        """The values of an answer in JSON lines. Of the lines that are sent, those in bytes pass as they are."""
        if lines is not None:
            written = (
                line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines
            )
            how |= {"content": b"".join(line.rstrip(b"\n") + b"\n" for line in written), "content_type": LINES}
        text = self._request(method, path, accept=LINES, **how).text
        return [json.loads(line) for line in text.split("\n") if line]

    def bytes(self, method: str, path: str, *, accept: str = JSON, **how: Any) -> bytes:
        """An answer as it came."""
        return self._request(method, path, accept=accept, **how).content

    def text(self, method: str, path: str, *, accept: str, **how: Any) -> str:
        """An answer that is text."""
        return self._request(method, path, accept=accept, **how).text

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        accept: str,
        query: Mapping[str, Any] | None = None,
        purpose: str | None = None,
        read_s: float = ANSWER_SECONDS,
    ) -> Iterator[httpx.Response]:
        """An answer that is read as it comes. `read_s`: how long it may be silent, seconds. Nothing is retried."""
        request = self._http.build_request(
            method,
            path,
            params=_given(query),
            headers=self._headers(accept, None, purpose, None),
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=read_s),
        )
        with _reaching():
            response = self._http.send(request, stream=True)
        try:
            if not response.is_success:
                raise of_answer(response.status_code, _beginning(response))
            with _reaching():
                yield response
        finally:
            response.close()

    def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: Body | None = None,
        content_type: str | None = None,
        accept: str = JSON,
        purpose: str | None = None,
        idempotency_key: str | None = None,
        is_repeatable: bool = False,
        longer_s: float | None = None,
    ) -> httpx.Response:
        """Sends a request, again where that can do no harm: it changes nothing, or has an idempotency key.

        `longer_s`: how many seconds the node itself waits before it answers.
        """
        read_s = None if longer_s == math.inf else ANSWER_SECONDS + (longer_s or 0)
        may_repeat = method == "GET" or is_repeatable or (idempotency_key is not None and isinstance(content, bytes))
        for is_last, pause_s in _pauses(TRIES if may_repeat else 1):
            try:
                with _reaching():
                    response = self._http.request(
                        method,
                        path,
                        params=_given(query),
                        content=content,
                        headers=self._headers(accept, content_type, purpose, idempotency_key),
                        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=read_s),
                    )
                if response.is_success:
                    return response
                raise of_answer(response.status_code, response.text)
            except NotReached:
                if is_last:
                    raise
                wait_s = pause_s
            except (TooMany, Unavailable):
                asked_s = _retry_after(response)
                if is_last or (asked_s is not None and asked_s > RETRY_AFTER_SECONDS_MAX):
                    raise
                wait_s = pause_s if asked_s is None else asked_s
            self._sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _headers(
        self, accept: str, content_type: str | None, purpose: str | None, idempotency_key: str | None
    ) -> dict[str, str]:
        headers = {
            "accept": f"{accept}, application/problem+json",
            "content-type": content_type,
            "mithaq-purpose": purpose or self._purpose,
            "idempotency-key": idempotency_key,
        }
        return {name: value for name, value in headers.items() if value is not None}


def segment(part: str | int) -> str:
    """A part of a path, whatever stands in it."""
    text = str(part)
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} names nothing")
    return quote(text, safe="")


def _where(node: str | os.PathLike[str]) -> tuple[str, str | None]:
    """The address of a node's port, or the path of its socket; a node's folder stands for the socket in it."""
    if isinstance(node, str) and node.startswith(("http://", "https://")):
        return node, None
    path = Path(node)
    return "http://localhost", str(path / SOCKET if path.is_dir() else path)


def _refuse_open_network(base: str) -> None:
    """A token is not sent in the open to another machine."""
    url = httpx.URL(base)
    if url.scheme == "https" or url.host == "localhost":
        return
    try:
        is_here = ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise ValueError(f"{base}: a token goes to this machine itself, or over https")


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (query or {}).items() if value is not None}


def _pauses(tries: int) -> Iterator[tuple[bool, float]]:
    """For each try: whether it is the last, and how long to wait after it, seconds."""
    for number in range(tries):
        yield number == tries - 1, PAUSE_SECONDS * 2**number


def _retry_after(response: httpx.Response) -> float | None:
    """How many seconds the node asks to wait; a date is none that it writes."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _beginning(response: httpx.Response) -> str:
    taken = b""
    for chunk in response.iter_bytes():
        taken += chunk
        if len(taken) > PROBLEM_BYTES_MAX:
            break
    return taken.decode(errors="replace")


@contextmanager
def _reaching() -> Iterator[None]:
    """What the network does is an error of this package's own."""
    try:
        yield
    except httpx.TransportError as error:
        raise NotReached(f"no whole answer came from the node: {error or type(error).__name__}") from error
