"""Names of records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from . import _types as types

Lane = Literal["main", "urgent"]
"""The lane of a log: `urgent` is for what can't wait, with a cap of its own."""

_TEXT = re.compile(r"(?:mithaq/)?([0-9a-f]{64})/([0-9a-f]{64})/([1-9][0-9]*)/(main|urgent)/(0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class RecordRef:
    """The place of a record, by which both sides name it: CHANNEL/AGENCY/EPOCH/LANE/INDEX."""

    channel: str
    """The channel, 64 hexadecimal digits."""
    agency: str
    """The agency in whose log it lies: its author."""
    epoch: int
    """The epoch of that log."""
    lane: Lane
    """The lane of that log."""
    index: int
    """Its number in that log, from 0."""

    @classmethod
    def parse(cls, text: str) -> RecordRef:
        """Reads CHANNEL/AGENCY/EPOCH/LANE/INDEX.

        Errors: `ValueError` with the form.
        """
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text}: a record is CHANNEL/AGENCY/EPOCH/LANE/INDEX, its ids with 64 digits each")
        channel, agency, epoch, lane, index = match.groups()
        return cls(channel, agency, int(epoch), cast("Lane", lane), int(index))

    @classmethod
    def within(cls, channel: str, place: types.Place) -> RecordRef:
        """A place inside a channel, as answers about one channel give it."""
        return cls.parse(f"{channel}/{place['log']}/{place['index']}")

    @property
    def log(self) -> str:
        """The log inside its channel: AGENCY/EPOCH/LANE."""
        return f"{self.agency}/{self.epoch}/{self.lane}"

    def __str__(self) -> str:
        return f"{self.channel}/{self.log}/{self.index}"
