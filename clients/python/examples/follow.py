"""Prints what arrives, for ever. Begun again, it goes on where it was."""

from pathlib import Path

import mithaq

place = Path("follow.cursor")

with mithaq.Client("node-a", mithaq.read_token("desk-7.token")) as node:
    follow = node.follow(after=place.read_text() if place.exists() else "0")
    for event in follow:
        match event:
            case mithaq.RecordArrived(ref=ref, record=record):
                print("record", record["kind"], record["direction"], ref, flush=True)
            case mithaq.ThreadChanged(thread=thread):
                print("thread", thread["thread"], thread["state"], flush=True)
        # Only what was dealt with is behind us. The file is whole, whenever this program ends.
        new = place.with_suffix(".new")
        new.write_text(follow.cursor or "0")
        new.replace(place)
