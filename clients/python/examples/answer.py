"""Answers the requests that wait for this agency."""

import json

import mithaq

with mithaq.Client("node-b", mithaq.read_token("desk-b.token"), purpose="requests") as node:
    me = node.status()["agency"]
    waiting = [line["thread"] for line in node.threads(awaits=me)]
    for row in node.records(kind="requests.request/1"):
        if row["thread"] not in waiting:
            continue
        ref = mithaq.RecordRef(row["channel"], row["party"], row["epoch"], row["lane"], row["index"])
        request = json.loads(node.record(ref)["body"] or "{}")
        print("asked:", request["asked"])
        owner = "The vehicle is registered to a transport company."
        sent = node.send(
            "requests.reply/1",
            {
                "outcome": "answered",
                "language": "en",
                "statement": [{"text": owner, "basis": "fact", "source": "A", "info": "1"}],
            },
            reply_to=ref,
            idempotency_key=f"answer-{row['thread']}",
        )
        print("answered:", sent.ref)
