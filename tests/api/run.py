"""Checks a node's own port against its description: whatever is asked, no answer is a fault of the program.

usage: run.py PROGRAM    (the mithaq program; schemathesis must be beside this Python)

A node of a made-up agency starts on loopback. schemathesis reads its description and asks what fits it and what does
not, once with a token of each of some roles, for a bounded time. Status 500 and above fails.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

# Between them they reach every route that a token reaches.
ROLES = ["case_officer", "spoc_officer", "head_of_delegation", "auditor", "dpo", "node_admin"]
# These read for oversight, the others for a purpose of their task.
OVERSEES = {"auditor", "dpo"}
SECONDS_A_ROLE = 20
# These answer 503 or 507 by design: one calls an address that somebody else chose, the other opens a named file.
EXCLUDED = ["/v1/peers/fetch", "/v1/card/rotate"]


def main(program: str) -> int:
    schemathesis = pathlib.Path(sys.executable).parent / "schemathesis"
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        (home / "pass").write_text("a passphrase for a test\n")
        sealed = ["--passphrase-file", "pass"]

        def mithaq(*arguments: str) -> None:
            subprocess.run([program, *arguments], cwd=home, check=True, stdout=subprocess.DEVNULL)

        mithaq("init", "node", "--name", "en=Police of Examplia (made up)", "--country", "XAA", "--body", "police",
               "--peer", "127.0.0.1:0", "--api", "127.0.0.1:0", "--advertise", "https://node.example:8443", *sealed)
        mithaq("auditor", "new", "auditor.key", "--unsealed")
        node = subprocess.Popen([program, "serve", "node", *sealed, "--log-level", "error"], cwd=home,
                                stdout=subprocess.PIPE, text=True)
        try:
            port = json.loads(node.stdout.readline())["api"]
            mithaq("auditor", "add", "node", "auditor.key.pub")
            failed = 0
            for role in ROLES:
                purpose = [] if role in OVERSEES | {"node_admin"} else ["--purpose", "coordination"]
                mithaq("token", "new", "node", f"{role}.token", "--name", role, "--role", role, *purpose)
                token = (home / f"{role}.token").read_text().strip()
                command = [schemathesis, "run", f"http://{port}/v1/openapi.json", "--no-color", "--workers", "1",
                           "--checks", "not_a_server_error", "--max-time", str(SECONDS_A_ROLE), "--seed", "7",
                           "--max-examples", "20", "--header", f"Authorization: Bearer {token}"]
                command += [word for path in EXCLUDED for word in ("--exclude-path", path)]
                hooks = {"PYTHONPATH": str(pathlib.Path(__file__).parent), "SCHEMATHESIS_HOOKS": "hooks"}
                done = subprocess.run(command, cwd=home, capture_output=True, text=True, env=os.environ | hooks)
                alive = node.poll() is None
                print(f"{role}: {'ok' if done.returncode == 0 and alive else 'FAILED'}", flush=True)
                if done.returncode != 0 or not alive:
                    failed += 1
                    print(done.stdout.replace(token, "TOKEN")[-6000:], done.stderr[-2000:], flush=True)
        finally:
            node.kill()
            node.wait()
    print(f"{len(ROLES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
