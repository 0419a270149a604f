"""The generated operations, each by a role that may: what they answer is held against the description."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterator

import pytest

import mithaq
from nodes import REQUEST, Pair

Callers = dict[str, mithaq.Client]


@pytest.fixture(scope="module")
def callers(pair: Pair) -> Iterator[Callers]:
    """A client of each role, and the administrator at the socket."""
    roles = {"auditor": (), "dpo": (), "protection_officer": (), "secretariat": ("coordination",)}
    for role, purposes in roles.items():
        pair.a.token(f"{role}.token", role, *purposes)
    clients = {role: pair.a.client(f"{role}.token") for role in roles}
    clients |= {"officer": pair.a.client(), "administrator": pair.a.administrator()}
    yield clients
    for client in clients.values():
        client.close()


def needs_nothing(method: Callable[..., object]) -> bool:
    """Whether an operation can be called with nothing but `self`."""
    [_, *parameters] = inspect.signature(method).parameters.values()
    return all(parameter.default is not inspect.Parameter.empty for parameter in parameters)


READS = [
    name
    for name, method in inspect.getmembers(mithaq.Operations, inspect.isfunction)
    if name.startswith("get_") and name != "get_follow" and needs_nothing(method)
]
NAMED: dict[str, dict[str, str]] = {"get_search": {"q": "owner"}, "get_audit": {"use": "integrity"}}


@pytest.mark.parametrize("name", READS)
def test_what_is_read_as_a_whole(callers: Callers, name: str) -> None:
    may = []
    for role, client in callers.items():
        try:
            getattr(client.api, name)(**NAMED.get(name, {}))
            may.append(role)
        except mithaq.Forbidden:
            pass
    assert may, "somebody may read it"


def test_agreements(pair: Pair, callers: Callers) -> None:
    drafts, reads = callers["secretariat"].api, callers["administrator"].api
    life = reads.get_agreements_hash(pair.channel)
    assert (life["state"], life["channel"]) == ("in_force", pair.channel)
    bundle = reads.get_agreements_hash_bundle(pair.channel)
    assert drafts.post_agreements_import(bundle)["agreement"] == pair.channel
    until = datetime.date.fromisoformat(life["last_day"]) + datetime.timedelta(days=30)
    renewed = drafts.post_channels_channel_renew(pair.channel, {"valid_until": str(until)})
    assert renewed["agreement"] != pair.channel
    assert drafts.post_agreements_hash_discard(renewed["agreement"])["agreement"] == renewed["agreement"]
    with pytest.raises(mithaq.Conflict) as error:
        drafts.post_agreements_hash_discard(pair.channel)
    assert error.value.status == 409


def test_statements_and_uses(pair: Pair, callers: Callers, a: mithaq.Client, b: mithaq.Client) -> None:
    sent = a.send("requests.request/1", REQUEST, wait="delivered")
    assert sent.ref is not None
    thread = str(a.record(sent.ref)["header"]["thread"])
    made = a.api.post_channels_channel_statements(pair.channel)
    place = mithaq.RecordRef.within(pair.channel, made["ref"])
    parts = (place.channel, place.agency, place.epoch, place.lane, place.index)
    assert a.api.get_channels_channel_statements_party_epoch_lane_index(*parts)["hash"] == made["hash"]
    assert a.api.get_channels_channel_statements(pair.channel, limit=1)["statements"]
    # What was received is used further only where its provider permits it.
    with pytest.raises(mithaq.Refused) as refused:
        b.use(sent.ref, "court", to="Criminal court, case 0/2026 (made up)")
    assert refused.value.rule
    # Nothing was missed in this thread.
    with pytest.raises(mithaq.MithaqError):
        a.api.get_missed_channel_thread(pair.channel, thread)


def test_holds_and_countersignatures(callers: Callers) -> None:
    dpo, auditor = callers["dpo"].api, callers["auditor"].api
    held = dpo.post_audit_holds({"procedure": "case 0/2026", "from_ms": 0, "to_ms": 1})
    assert "case 0/2026" in str(held)
    assert "case 0/2026" not in str(dpo.post_audit_holds_end({"procedure": "case 0/2026"}))
    head = auditor.get_audit_head(since=1)
    assert head["size"] > 1
    assert head["proof"], "it continues the log of one entry"
    assert auditor.get_audit_head()["proof"] == []
    assert [line["index"] for line in auditor.get_audit(use="integrity", from_=2, limit=3)] == [2, 3, 4]


def test_tokens(callers: Callers) -> None:
    administrator = callers["administrator"].api
    made = administrator.post_tokens({"name": "a program", "role": "observer", "purposes": ["coordination"], "days": 1})
    assert made["token"]
    revoked = administrator.post_tokens_id_revoke(made["id"])
    assert revoked["revoked_ms"]
    assert "a program" in {row["name"] for row in administrator.get_tokens()["tokens"]}


def test_the_protection_register(callers: Callers) -> None:
    officer = callers["protection_officer"].api
    added = officer.post_protection({"persons": [{"names": "Sample Person (made up)"}], "states": ["XAB"]})
    assert added["identities"] == 1
    assert added["id"] in {row["id"] for row in officer.get_protection()["entries"]}
    assert officer.post_protection_id_remove(added["id"])["id"] == added["id"]
    assert officer.get_protection_held()["held"] == []
