"""What arrives at a node, as it arrives."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import httpx

from . import _types as types
from ._errors import NotReached, TooMany, Unavailable
from ._refs import RecordRef
from ._transport import Transport

# The node says every 15 s that it is still there. Whoever hears nothing for three times that is alone.
SILENCE_SECONDS_MAX = 45.0
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 30.0
# How often in a row a stream is taken up in vain: a node is back within some minutes, or somebody must look.
TRIES_MAX = 30
# A line holds one event, which is a row of a list.
LINE_BYTES_MAX = 1 << 20


class ArrivedRecord(TypedDict):
    """A record that arrived, as a list shows it."""

    channel: str
    """The channel."""
    party: str
    """Who wrote it."""
    epoch: int
    """The epoch of its log."""
    lane: str
    """The lane of its log: `main` or `urgent`."""
    index: int
    """Its number there."""
    thread: NotRequired[str | None]
    """Its thread; absent when the content is gone."""
    kind: NotRequired[str | None]
    """Its kind; absent when the content is gone."""
    purpose: NotRequired[str | None]
    """The purpose for which it was supplied; absent when the content is gone."""
    direction: types.Direction
    """Whether this agency sent or received it."""
    state: str
    """The word of its state."""
    sha256: NotRequired[str | None]
    """SHA-256 of the body; absent when the content is gone."""
    time_ms: int
    """The manifest's time, milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class RecordArrived:
    """A record came to lie at this node: its own, or a partner's."""

    ref: RecordRef
    """Its place."""
    record: ArrivedRecord
    """What a list shows of it; `Client.record` has the content."""


@dataclass(frozen=True, slots=True)
class ThreadChanged:
    """A thread changed and now stands so."""

    thread: types.ThreadLine
    """The thread."""


Event = RecordArrived | ThreadChanged
"""What arrives."""


class Follow:
    """An endless iterator over what arrives. When the connection breaks or the node restarts, it goes on where it was.

    No record is missed, and none comes twice as long as this object lives. A thread may come again as it stands.
    Stop with `close`, by leaving a `with`, or by not asking for the next.

    Errors while iterating: `MithaqError` for what trying again does not mend, such as a token
    that ended, and `NotReached` when the node stays away. `cursor` then says where to go on.
    """

    cursor: str | None
    """Where it is. Kept once an event was dealt with, it is the `after` of a later program, to which at most what
    arrived together with that event comes again. None before the node has said where it began."""

    def __init__(
        self,
        transport: Transport,
        *,
        after: str | None,
        channel: str | None,
        purpose: str | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.cursor = after
        self._transport = transport
        self._channel = channel
        self._purpose = purpose
        self._sleep = sleep
        # Records that were given out and for which the node has not yet given a cursor.
        self._given: set[RecordRef] = set()
        self._events = self._run()

    def __iter__(self) -> Follow:
        return self

    def __next__(self) -> Event:
        return next(self._events)

    def __enter__(self) -> Follow:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it."""
        self._events.close()

    def _run(self) -> Generator[Event, None, None]:
        failures, has_begun = 0, False
        while True:
            try:
                for event in self._read():
                    failures, has_begun = 0, True
                    if event is not None:
                        yield event
            except (NotReached, TooMany, Unavailable):
                # Who never heard the node asks the wrong one, or one that is not there: that is said at once.
                if failures >= TRIES_MAX or not has_begun:
                    raise
            failures += 1
            self._sleep(min(PAUSE_SECONDS * 2 ** (failures - 1), PAUSE_SECONDS_MAX))

    def _read(self) -> Iterator[Event | None]:
        """One connection. None stands for a word that is no event: the node is there."""
        query = {"channel": self._channel, "after": self.cursor}
        with self._transport.stream(
            "GET",
            "/v1/follow",
            accept="text/event-stream",
            query=query,
            purpose=self._purpose,
            read_s=SILENCE_SECONDS_MAX,
        ) as response:
            for name, identity, data in messages(response):
                if name == "following":
                    # Where it begins. What was given out behind that still counts.
                    self.cursor = identity or self.cursor
                    yield None
                    continue
                event = self._event(name, data)
                if event is not None and self._is_new(event):
                    # Whoever stops now has had this event: the cursor moves before it is given out.
                    self._moved(identity)
                    yield event
                else:
                    self._moved(identity or _resume(name, data))
                    yield None

    def _event(self, name: str, data: str) -> Event | None:
        if name == "record":
            record: ArrivedRecord = json.loads(data)
            place = (record["channel"], record["party"], record["epoch"], record["lane"], record["index"])
            return RecordArrived(RecordRef.parse("/".join(map(str, place))), record)
        if name == "thread":
            line: types.ThreadLine = json.loads(data)
            return ThreadChanged(line)
        # Words of later nodes say nothing to this program.
        return None

    def _is_new(self, event: Event) -> bool:
        if not isinstance(event, RecordArrived):
            return True
        is_new = event.ref not in self._given
        self._given.add(event.ref)
        return is_new

    def _moved(self, identity: str | None) -> None:
        """A cursor stands at the last event of a batch: what was given out before it does not come again."""
        if identity is not None:
            self.cursor = identity
            self._given.clear()


def messages(response: httpx.Response) -> Iterator[tuple[str, str | None, str]]:
    """The messages of a stream of server-sent events: name, id and data of each. Comments come as a message without."""
    name = ""
    identity: str | None = None
    data: list[str] = []
    for line in _lines(response):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if name or data or identity is not None:
                yield name, identity, "\n".join(data)
            name, identity, data = "", None, []
        elif field == "":
            yield "", None, ""
        elif field == "event":
            name = value
        elif field == "id":
            identity = value
        elif field == "data":
            data.append(value)


def _lines(response: httpx.Response) -> Iterator[str]:
    """Lines that end with a line feed and with nothing else that some call the end of a line."""
    rest = b""
    for chunk in response.iter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            raise NotReached("the stream has a line without an end: this is no node")
        yield from (line.decode() for line in lines)


def _resume(name: str, data: str) -> str | None:
    """The last word to a reader whose stream the node ends says from where to go on."""
    if name not in ("lagging", "ended"):
        return None
    word: dict[str, Any] = json.loads(data)
    resume = word.get("resume")
    return resume if isinstance(resume, str) else None
