"""What needs no node: bytes that are signed, keys, names, and that generated files are not out of date."""

from __future__ import annotations

import base64
import json
import typing
from pathlib import Path

import generate
import pytest

import mithaq
from mithaq import _digest, _errors, _operations, _strict, _types
from mithaq._follow import ArrivedRecord
from mithaq._transport import Transport, segment
from nodes import DOCS

VECTORS = json.loads((DOCS.parent / "crates/protocol/testdata/vectors/records.json").read_text())


# spec: RECORD-1
@pytest.mark.parametrize("vector", VECTORS["records"], ids=lambda vector: str(vector["name"]))
def test_digests_of_records(vector: dict[str, str]) -> None:
    digest = _digest.record_digest(
        vector["channel"],
        vector["author"],
        vector["agreement"],
        vector["header"].encode(),
        base64.b64decode(vector["body"]),
    )
    assert digest.hex() == vector["digest"]


# spec: RECORD-2
@pytest.mark.parametrize("vector", VECTORS["officer_digests"], ids=lambda vector: str(vector["role"]))
def test_digests_that_officers_sign(vector: dict[str, typing.Any]) -> None:
    place, digest = vector["enrolment"], bytes.fromhex(vector["digest"])
    signed = _digest.officer_digest(vector["role"], place["origin"], place["index"], digest)
    assert signed.hex() == vector["officer_digest"]


def test_generated_files_are_what_the_description_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 0
    monkeypatch.setattr(generate, "operations", lambda _: "another text")
    assert generate.main() == 1


def test_every_operation_has_a_method() -> None:
    paths = json.loads((DOCS / "openapi.json").read_text())["paths"]
    described = {
        generate.operation_name(path, method)
        for path, item in paths.items()
        for method in item
        if method != "parameters"
    }
    written = {name for name in vars(_operations.Operations) if not name.startswith("_")}
    assert written - {"post_check_lines"} == described


def test_every_code_has_its_error() -> None:
    codes = set(typing.get_args(_types.Code))
    own = {"not_reached", "not_as_asked"}
    assert {kind.code_of_class for kind in mithaq.MithaqError.__subclasses__()} == codes | own
    for code in codes:
        fault: _types.Fault = {"code": code, "rule": "AGR-01", "message": "no", "field": "kind"}
        error = _errors.of_fault(fault)
        assert (type(error).code_of_class, error.code, error.rule, error.field) == (code, code, "AGR-01", "kind")
        assert str(error) == f"{code}: no (AGR-01, field kind)"
    # Codes of later nodes, and answers of what stands between.
    assert isinstance(_errors.of_answer(409, '{"code":"new","detail":"x"}'), mithaq.Conflict)
    assert isinstance(_errors.of_answer(502, "<html>"), mithaq.Unavailable)
    assert _errors.of_answer(418, "[1]").code == "internal"


def test_an_event_is_a_row_of_a_list_without_its_place_there() -> None:
    assert set(ArrivedRecord.__annotations__) == set(_types.RecordRow.__annotations__) - {"cursor", "arrived_ms"}


def test_json_is_read_as_it_stands() -> None:
    text = ' {"a" : {"b":[1, 2]} , "c":"\\u00e9", "d":null}\n'
    assert _strict.members(text) == {"a": '{"b":[1, 2]}', "c": '"\\u00e9"', "d": "null"}
    assert _strict.members("{}") == {}
    for wrong in (
        '{"a":1,"a":2}',
        "[1]",
        '{"a":1}x',
        '{"a":1 "b":2}',
        "{1:2}",
        '{"a"',
        "",
        '{"a":NaN}',
        '{"a":1.0}',
        '{"a":{"b":1,"b":1}}',
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            _strict.members(wrong)


def test_keys_are_kept_sealed(tmp_path: Path) -> None:
    signer, file = mithaq.Signer.generate(), tmp_path / "desk.key"
    signer.save(file, "four quiet words here")
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED PRIVATE KEY" in file.read_bytes()
    loaded = mithaq.Signer.load(file, b"four quiet words here")
    assert loaded.public == signer.public == base64.b64decode(signer.public_file())
    assert loaded.sign(b"x") == signer.sign(b"x")
    with pytest.raises(ValueError, match=r"[Ii]ncorrect password|decrypt"):
        mithaq.Signer.load(file, "other words")
    with pytest.raises(FileExistsError):
        signer.save(file, "four quiet words here")
    with pytest.raises(ValueError, match="passphrase"):
        signer.save(tmp_path / "open.key", "")
    assert not (tmp_path / "open.key").exists()
    file.chmod(0o640)
    with pytest.raises(PermissionError):
        mithaq.Signer.load(file, "four quiet words here")


def test_tokens_are_read_in_one_part_or_two(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\nsecond\n")
    with pytest.raises(PermissionError):
        mithaq.read_token(file)
    file.chmod(0o600)
    assert mithaq.read_token(file) == "firstsecond"
    file.write_text("\n")
    with pytest.raises(ValueError, match="holds no token"):
        mithaq.read_token(file)


def test_names_of_records() -> None:
    text = f"{'a' * 64}/{'b' * 64}/1/main/7"
    ref = mithaq.RecordRef.parse(text)
    assert (str(ref), ref.log, ref.index) == (text, f"{'b' * 64}/1/main", 7)
    assert mithaq.RecordRef.within("a" * 64, {"log": ref.log, "index": 7}) == ref
    for wrong in ("", text[1:], text.replace("main", "side"), text + "x", text.replace("/1/", "/01/")):
        with pytest.raises(ValueError, match="CHANNEL/AGENCY/EPOCH/LANE/INDEX"):
            mithaq.RecordRef.parse(wrong)


def test_a_token_does_not_leave_this_machine_in_the_open() -> None:
    for address in ("http://node.example:8080", "http://192.0.2.1:8080", "http://localhost.example"):
        with pytest.raises(ValueError, match="https"):
            mithaq.Client(address, "a token")
    for address in ("http://127.0.0.2:8080", "http://[::1]:8080", "http://localhost:8080", "https://node.example"):
        mithaq.Client(address, "a token").close()


def test_a_part_of_a_path_stays_one() -> None:
    assert segment("a/b?c") == "a%2Fb%3Fc"
    for wrong in ("", ".", ".."):
        with pytest.raises(ValueError, match="names nothing"):
            segment(wrong)


def test_where_nobody_answers() -> None:
    pauses: list[float] = []
    transport = Transport("/nowhere/mithaq.sock", token=None, purpose=None, verify=True, ca=None, language=None,
                          sleep=pauses.append)  # fmt: skip
    api = mithaq.Operations(transport)
    with pytest.raises(mithaq.NotReached):
        api.get_status()
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    with pytest.raises(mithaq.NotReached):
        api.post_channels_channel_suspend("a" * 64)
    assert len(pauses) == 4, "what changes something is tried once"
    with pytest.raises(mithaq.NotReached):
        next(mithaq.Client("/nowhere/mithaq.sock").follow())
