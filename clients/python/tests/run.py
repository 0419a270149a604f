"""Checks the Python client: its generated files, its types and style, its package, and its tests against real nodes.

usage: run.py PROGRAM    (the mithaq program; what requirements-test.txt names must be in this Python's environment)

Ends with `N passed, N failed`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
SOURCES = ["src", "tests", "examples", "generate.py"]


def main(program: str) -> int:
    os.environ["MITHAQ"] = str(Path(program).resolve())
    passed = failed = 0
    with tempfile.TemporaryDirectory() as caches:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(FOLDER / part) for part in ("src", "tests", ".")),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        checks = {
            "generated files": ["generate.py", "--check"],
            "style": ["-m", "ruff", "check", "--no-cache", *SOURCES],
            "form": ["-m", "ruff", "format", "--no-cache", "--check", *SOURCES],
            "types": ["-m", "mypy", "--cache-dir", caches],
        }
        for name, arguments in checks.items():
            started = time.monotonic()
            done = subprocess.run(
                [sys.executable, *arguments], cwd=FOLDER, env=environment, capture_output=True, text=True
            )
            passed += done.returncode == 0
            failed += done.returncode != 0
            word = "PASS" if done.returncode == 0 else "FAIL"
            print(f"{word} {name} ({time.monotonic() - started:.2f} s)", flush=True)
            if done.returncode:
                print(done.stdout + done.stderr, flush=True)
        tests = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "counting"]
        counted = subprocess.run([*tests, "tests"], cwd=FOLDER, env=environment | {"COUNTED": f"{caches}/counted"})
        numbers = Path(caches, "counted")
        more = [int(number) for number in numbers.read_text().split()] if numbers.exists() else [0, 0]
        # Tests that end without a count must not pass as "nothing failed".
        if (counted.returncode and not more[1]) or not sum(more):
            more[1] += 1
    passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
