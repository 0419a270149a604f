"""Writes the evidence file of the newest record that was received, for whoever doubts that it was sent."""

from pathlib import Path

import mithaq

with mithaq.Client("node-b", mithaq.read_token("desk-b.token")) as node:
    row = [row for row in node.records() if row["direction"] == "in"][-1]
    ref = mithaq.RecordRef(row["channel"], row["party"], row["epoch"], row["lane"], row["index"])
    Path("record.mithaq").write_bytes(node.evidence(ref))
    print(ref)
