"""The examples are run as they stand, and the ones in README.md are these."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mithaq
from nodes import PROGRAM, REQUEST, SEALED_BY, Pair

FOLDER = Path(__file__).resolve().parents[1]
EXAMPLES = FOLDER / "examples"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built and installed as whoever uses it has it."""
    folder = tmp_path_factory.mktemp("package")
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__", "tests", "examples")
    shutil.copytree(FOLDER, folder / "source", ignore=ignored)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--target", folder / "installed", folder / "source"], check=True)
    return folder / "installed"


def test_the_package_is_whole(installed: Path) -> None:
    built = {path.name for path in (installed / "mithaq").iterdir()} - {"__pycache__"}
    assert built == {path.name for path in (FOLDER / "src" / "mithaq").iterdir()} - {"__pycache__"}
    assert "py.typed" in built


def begun(example: str, installed: Path, home: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(EXAMPLES / f"{example}.py")]
    return subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True)


def run(example: str, installed: Path, home: Path) -> str:
    process = begun(example, installed, home)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return printed


@pytest.fixture(scope="session")
def home(pair: Pair) -> Path:
    """The folder with what the examples name."""
    for name in ("desk-7", "head"):
        pair.signers[name].save(pair.home / f"{name}.key", SEALED_BY)
    (pair.home / "officers.pass").write_text(SEALED_BY + "\n")
    shutil.copy(pair.home / "node-a.token", pair.home / "desk-7.token")
    shutil.copy(pair.home / "node-b.token", pair.home / "desk-b.token")
    (pair.home / "report.pdf").write_bytes(b"%PDF-1.7 (made up)")
    return pair.home


def test_send_and_follow(installed: Path, home: Path, a: mithaq.Client) -> None:
    printed = run("send", installed, home)
    state, ref = printed.split()
    assert state == "delivered"
    assert run("send", installed, home) == printed, "the same under its key"

    def followed(wanted: str) -> list[str]:
        process = begun("follow", installed, home)
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("record") and wanted in line:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        return lines

    assert any(ref in line for line in followed(ref))
    sent = a.send("correspondence.note/1", {"subject": "Next", "text": "As agreed.", "language": "en"}, clause="open")
    lines = followed(str(sent.ref))
    # What was seen before is behind it, but for the last of it: it was killed before it had kept that.
    assert len([line for line in lines if line.startswith("record")]) <= 2 + lines[0].count(ref)


def test_answer_and_evidence(pair: Pair, installed: Path, home: Path, a: mithaq.Client) -> None:
    sent = a.send("requests.request/1", REQUEST, wait="delivered")
    assert sent.ref is not None
    printed = run("answer", installed, home)
    thread = str(a.record(sent.ref)["header"]["thread"])
    assert printed.count("asked:") == printed.count("answered:") >= 1
    assert REQUEST["asked"] in printed
    # Lists of threads are made beside the work, and may be a moment behind it.
    with pair.b.client() as b:
        until = time.monotonic() + 10
        while (state := b.thread(thread)["state"]) != "answered" and time.monotonic() < until:
            time.sleep(0.02)
    assert state == "answered"
    named = run("evidence", installed, home).strip()
    trusted = [word for node in (pair.a, pair.b) for word in ("--fingerprint", node.fingerprint)]
    verified = pair.a.run("verify", "record.mithaq", *trusted)
    assert verified
    assert mithaq.RecordRef.parse(named).agency == pair.a.agency


def test_upload(installed: Path, home: Path) -> None:
    assert run("upload", installed, home).startswith("delivered ")


def test_the_readme_has_the_examples_as_they_stand() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    examples = {path.stem: path.read_text().partition('"""\n\n')[2] for path in EXAMPLES.glob("*.py")}
    assert len(examples) == 5
    for name, text in examples.items():
        assert text in blocks, f"README.md lacks examples/{name}.py as it stands"


def test_the_program_is_the_one_that_was_built() -> None:
    assert Path(PROGRAM).is_absolute(), "run.py names the program"
