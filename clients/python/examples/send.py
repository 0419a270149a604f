"""Sends a note that one officer wrote and another releases."""

from pathlib import Path

import mithaq

passphrase = Path("officers.pass").read_text().strip()
author = mithaq.Signer.load("desk-7.key", passphrase)
release = mithaq.Signer.load("head.key", passphrase)

with mithaq.Client("node-a", mithaq.read_token("desk-7.token")) as node:
    sent = node.send(
        "correspondence.note/1",
        {"subject": "Agenda of 3 March", "text": "As agreed by telephone.", "language": "en"},
        clause="notes",
        approvals=[author, release],
        idempotency_key="agenda-2027-03-03",
        wait="delivered",
    )
    print(sent.state, sent.ref)
