"""What the tests share: one pair of nodes for all of them, because to make one takes longer than to use it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import described
import mithaq
from mithaq._transport import Transport
from nodes import Pair


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as folder:
        pair = Pair(Path(folder))
        try:
            pair.open()
            yield pair
        finally:
            pair.close()


@pytest.fixture(autouse=True)
def described_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a node answers in a test is held against its description."""
    ask = Transport._request

    def checked(self: Transport, method: str, path: str, **how: Any) -> httpx.Response:
        response: httpx.Response = ask(self, method, path, **how)
        # A server of a test's own has the usual address of loopback, and no node has.
        if self._http.base_url.host != "127.0.0.1":
            described.check(method, path, response.headers["content-type"], response.text)
        return response

    monkeypatch.setattr(Transport, "_request", checked)


@pytest.fixture
def a(pair: Pair) -> Iterator[mithaq.Client]:
    """An officer at the first node."""
    with pair.a.client() as client:
        yield client


@pytest.fixture
def b(pair: Pair) -> Iterator[mithaq.Client]:
    """An officer at the second node."""
    with pair.b.client() as client:
        yield client
