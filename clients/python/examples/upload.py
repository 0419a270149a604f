"""Uploads a file and sends it with a record."""

import mithaq

with mithaq.Client("node-a", mithaq.read_token("desk-7.token")) as node:
    report = node.attach("report.pdf")
    sent = node.send(
        "correspondence.file/1",
        {"title": "Report on a crossing", "description": "As agreed in the meeting.", "language": "en"},
        clause="files",
        attachments=[report],
        wait="delivered",
    )
    print(sent.state, sent.ref)
