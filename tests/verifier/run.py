"""Runs the second verifier's tests and ends with `N passed, N failed`.

Each `test_*.py` of this folder is imported; each of its functions named `test_*` is one test. A test that returns
pairs (name, function) is a table: each pair counts as a test of its own, so that every vector is counted.
A test fails by raising.

Usage: run.py [MITHAQ]: the program that the second verifier is run against.
"""

import importlib
import os
import pathlib
import sys
import time
import traceback

FOLDER = pathlib.Path(__file__).resolve().parent


def main() -> int:
    sys.path.insert(0, str(FOLDER))
    if len(sys.argv) > 1:
        os.environ["MITHAQ"] = sys.argv[1]
    passed = failed = 0
    for name, case in cases():
        started = time.monotonic()
        try:
            case()
        except Exception:
            failed += 1
            print(f"FAIL {name}")
            traceback.print_exc(file=sys.stdout)
        else:
            passed += 1
            print(f"PASS {name} ({time.monotonic() - started:.2f} s)")
    if passed + failed == 0:
        print("no tests were found, which can't be right", file=sys.stderr)
        return 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def cases():
    """Yields (name, function) for every test."""
    for path in sorted(FOLDER.glob("test_*.py")):
        try:
            module = importlib.import_module(path.stem)
        except Exception as error:
            yield path.stem, raiser(error)
            continue
        for attribute in sorted(vars(module)):
            if attribute.startswith("test_"):
                yield from expand(f"{path.stem}::{attribute}", getattr(module, attribute))


def expand(name, test):
    """Runs a test once: a table yields its pairs, any other test yields its own outcome."""
    try:
        table = test()
    except Exception as error:
        yield name, raiser(error)
        return
    if table is None:
        yield name, lambda: None
        return
    try:
        for label, case in table:
            yield f"{name}[{label}]", case
    except Exception as error:
        yield name, raiser(error)


def raiser(error):
    """A test that fails with an error which was met while collecting it."""

    def fail():
        raise error

    return fail


if __name__ == "__main__":
    sys.exit(main())
