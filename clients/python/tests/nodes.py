"""Two nodes of made-up agencies on this machine, with one agreement, made by the command line's program."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import random
import socket
import subprocess
from typing import Any

import mithaq

PROGRAM = os.environ.get("MITHAQ", "mithaq")
DOCS = pathlib.Path(__file__).resolve().parents[3] / "docs"
SEALED_BY = "a passphrase for a test"

AGREEMENT = """\
[agreement]
title.en = "Arrangement for the tests of a client (made up)"
text.en = "Two made-up agencies exchange notes, files and requests to show that a client of their nodes works."
valid_from = {today}
valid_until = {last}

[[party]]
label = "XAA"
agency = "self"

[[party]]
label = "XAB"

[[clause]]
id = "notes"
purpose = "correspondence"
kinds = ["correspondence.note/1"]
authors = ["XAA", "XAB"]
subject_categories = ["missing"]
retention_days_max = 365
approvals = ["author", "release_authority"]
text.en = "Notes, each written by one officer and released by another."

[[clause]]
id = "open"
purpose = "coordination"
kinds = ["correspondence.note/1"]
authors = ["XAA", "XAB"]
retention_days_max = 365
subject_categories = ["missing"]
text.en = "Notes that need nobody's approval, unless they are about a person."

[[clause]]
id = "files"
purpose = "documents"
kinds = ["correspondence.file/1"]
authors = ["XAA", "XAB"]
retention_days_max = 365
text.en = "Files."

[[clause]]
id = "requests"
purpose = "requests"
kinds = ["requests.request/1", "requests.reply/1", "requests.progress/1", "requests.clarification/1"]
authors = ["XAA", "XAB"]
retention_days_max = 365
text.en = "Each party may ask the other. It answers within seven days."

[clause.limits]
requests.answer = 10080
"""

PURPOSES = ("correspondence", "coordination", "documents", "requests")

REQUEST = {
    "subject": "Owner of a vehicle seen at a crossing",
    "language": "en",
    "asked": "Who has been the registered owner of the vehicle XAA-0000 since 1 January 2026?",
    "facts": "The vehicle was seen at three crossings on nights when goods were moved past customs.",
    "necessity": "Without the owner the route of the goods cannot be followed beyond the border.",
    "link": "The owner or the holder is believed to have driven the vehicle on these nights.",
    "reason_to_believe": "The vehicle bears number plates of your state.",
}
REPLY = {
    "outcome": "answered",
    "language": "en",
    "statement": [
        {"text": "The vehicle is registered to a transport company.", "basis": "fact", "source": "A", "info": "1"}
    ],
}


def note(subject: str) -> dict[str, str]:
    """The body of a note."""
    return {"subject": subject, "text": "As agreed.", "language": "en"}


class Node:
    """A node's folder below `home`, and its process."""

    def __init__(self, home: pathlib.Path, name: str, country: str) -> None:
        self.home, self.name = home, name
        # An address of its own on loopback: nothing else listens there, so a port that is free stays free.
        host = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}.{random.randint(2, 250)}"  # noqa: S311
        self.peer, self.port = (f"{host}:{free_port(host)}" for _ in range(2))
        made = self.json("init", name, "--name", f"en=Police of {name} (made up)", "--country", country, "--body",
                         "police", "--peer", self.peer, "--api", self.port, "--passphrase-file", "pass")  # fmt: skip
        self.agency, self.fingerprint = made["agency"], made["fingerprint"]
        self.process: subprocess.Popen[bytes] | None = None
        # Under which name a proxy serves its port, for the tests of one.
        self.origin = f"https://{name}.agency.example:{free_port(host)}"
        config = home / name / "node.toml"
        config.write_text(f'origins = ["{self.origin}"]\n{config.read_text()}')

    def start(self) -> None:
        """Starts it and returns when it answers."""
        with (self.home / f"{self.name}.log").open("ab") as log:
            command = [PROGRAM, "serve", self.name, "--passphrase-file", "pass", "--log-level", "warn"]
            self.process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log)
        self.run("wait", self.name, "--timeout", "60")

    def stop(self) -> None:
        """Ends it at once, as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def run(self, *arguments: str) -> str:
        """What a command prints. It must succeed."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.home, capture_output=True, text=True)
        assert done.returncode == 0, f"mithaq {' '.join(arguments)}: {done.returncode}\n{done.stderr}{done.stdout}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a command says to programs."""
        return json.loads(self.run("--json", *arguments))

    def token(self, file: str, role: str, *purposes: str) -> str:
        """Makes a token and its file."""
        named = [word for purpose in purposes for word in ("--purpose", purpose)]
        self.run("token", "new", self.name, file, "--name", file, "--role", role, *named)
        return mithaq.read_token(self.home / file)

    @property
    def url(self) -> str:
        """Where its port is."""
        return f"http://{self.port}"

    def client(self, file: str = "", **how: Any) -> mithaq.Client:
        """A client at its port, with an officer's token unless another is named."""
        return mithaq.Client(self.url, mithaq.read_token(self.home / (file or f"{self.name}.token")), **how)

    def administrator(self) -> mithaq.Client:
        """A client at its socket, without a token."""
        return mithaq.Client(self.home / self.name)


class Pair:
    """Two nodes that trust each other and have one agreement in force."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        (home / "pass").write_text(SEALED_BY + "\n")
        (home / "pass").chmod(0o600)
        self.a, self.b = Node(home, "node-a", "XAA"), Node(home, "node-b", "XAB")
        # Officers of both, whose keys this package made.
        self.signers = {name: mithaq.Signer.generate() for name in ("desk-7", "head", "desk-b", "head-b")}

    def open(self) -> None:
        """Starts both and brings the agreement into force."""
        a, b = self.a, self.b
        for node in (a, b):
            node.start()
            node.run("auditor", "new", f"{node.name}.auditor", "--unsealed")
            node.run("auditor", "add", node.name, f"{node.name}.auditor.pub")
            node.run("card", "export", node.name, f"{node.name}.card")
        for node, other in ((a, b), (b, a)):
            node.run("peer", "add", node.name, f"{other.name}.card", "--fingerprint", other.fingerprint)
        today = datetime.datetime.now(datetime.UTC).date()
        text = AGREEMENT.format(today=today, last=today + datetime.timedelta(days=90))
        (self.home / "pact.toml").write_text(text)
        self.channel = a.json("agreement", "draft", a.name, "pact.toml")["agreement"]
        for node in (a, b):
            node.run("agreement", "sign", node.name, self.channel)
            node.run("agreement", "offer", node.name, self.channel)
        for name, signer in self.signers.items():
            node = b if name.endswith("-b") else a
            node.run("officer", "enrol", node.name, "--channel", self.channel, "--office", f"Office {name}",
                     "--public", signer.public_file())  # fmt: skip
        for node in (a, b):
            node.token(f"{node.name}.token", "case_officer", *PURPOSES)

    def close(self) -> None:
        """Ends both."""
        self.a.stop()
        self.b.stop()


def free_port(host: str) -> int:
    """A port that nobody listens on at this address."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port
