"""The command line, run in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

Captured = pytest.CaptureFixture[str]


def imgconv(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command with these arguments, and ``given`` as its standard input."""
    command = [sys.executable, "-m", "imgconv", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)
