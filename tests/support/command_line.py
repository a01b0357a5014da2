"""The command line, run in a process of its own."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from imgconv.cli.run import run

Captured = pytest.CaptureFixture[str]


def imgconv(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command with these arguments, and ``given`` as its standard input."""
    command = [sys.executable, "-m", "imgconv", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def answer_to(line: str, capfd: Captured) -> str:
    """Run a line that is wrong, and return the one line that is printed on standard error."""
    assert run(shlex.split(line)) == 2
    printed = capfd.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err.strip()
