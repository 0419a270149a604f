"""A client of a Mithaq node: records between agencies, sent, followed, answered and proven.

    with mithaq.Client("http://127.0.0.1:8080", mithaq.read_token("desk-7.token")) as node:
        sent = node.send("correspondence.note/1", {"subject": "Agenda", "text": "As agreed.", "language": "en"})
        print(sent.ref)

The types of the node's answers are in `mithaq.types`.
"""

from . import _types as types
from ._client import Client, Sent
from ._errors import (
    Conflict,
    Forbidden,
    Internal,
    MithaqError,
    NotAsAsked,
    NotFound,
    NotReached,
    NotVerified,
    Refused,
    Storage,
    TooLarge,
    TooMany,
    Unauthenticated,
    Unavailable,
    Usage,
    WrongMethod,
    WrongOrigin,
)
from ._follow import ArrivedRecord, Event, Follow, RecordArrived, ThreadChanged
from ._operations import Operations
from ._prepared import Enrolled, Prepared
from ._refs import Lane, RecordRef
from ._signer import Signer, read_token

__all__ = [
    "ArrivedRecord",
    "Client",
    "Conflict",
    "Enrolled",
    "Event",
    "Follow",
    "Forbidden",
    "Internal",
    "Lane",
    "MithaqError",
    "NotAsAsked",
    "NotFound",
    "NotReached",
    "NotVerified",
    "Operations",
    "Prepared",
    "RecordArrived",
    "RecordRef",
    "Refused",
    "Sent",
    "Signer",
    "Storage",
    "ThreadChanged",
    "TooLarge",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "Usage",
    "WrongMethod",
    "WrongOrigin",
    "read_token",
    "types",
]
