"""Reports tests a line each and keeps the count in the file that COUNTED names. Nothing is skipped unsaid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_count = {"passed": 0, "failed": 0}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test counts once: when it is over, or when what it needs could not be made or ended."""
    if report.when != "call" and report.passed:
        return
    _count["passed" if report.passed else "failed"] += 1
    word = "PASS" if report.passed else "FAIL"
    print(f"{word} {report.nodeid} ({report.duration:.2f} s)", flush=True)
    if not report.passed:
        print(report.longreprtext, *(text for _, text in report.sections), sep="\n", flush=True)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that can't be read is a failure."""
    if report.failed:
        _count["failed"] += 1
        print(f"FAIL {report.nodeid}\n{report.longreprtext}", flush=True)


def pytest_sessionfinish() -> None:
    """For whoever sums up."""
    if path := os.environ.get("COUNTED"):
        Path(path).write_text(f"{_count['passed']} {_count['failed']}")
