"""The command line for tests: as a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

Captured = pytest.CaptureFixture[str]


def imgconv(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imgconv", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)
