"""Broken pictures and kernels: a line and an exit code for each, whatever has happened to it.

No traceback, no hang, no death of the process, no memory beyond a limit, and not a word on standard
error but our own. What is tried follows from a seed: see fuzzing.py for how to try one run again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from tests.support import fuzzing, mutations

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="asks Linux for the peak of memory"
)

ROOT = Path(__file__).parent.parent
SECONDS_VARIABLE = "IMGCONV_FUZZ_SECONDS"


def faults(folder: Path, seed: int, runs: int) -> str:
    """What went wrong in so many runs, a line each. After a death it goes on behind it."""
    environment = os.environ | {"IMGCONV_TRACEBACK": ""}
    number = 0
    while number < runs:
        command = [
            sys.executable,
            "-m",
            "tests.support.fuzzing",
            str(folder),
            *map(str, (seed, number, runs)),
        ]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        number = int((folder / "at").read_text())
        if done.returncode:
            with (folder / "faults").open("a") as found:
                last = (folder / "said").read_text(errors="replace")[-2000:]
                found.write(f"run {number} of seed {seed} died with {done.returncode}: {last}\n")
            number += 1
    path = folder / "faults"
    return path.read_text() if path.exists() else ""


def test_a_few_broken_files_do_no_harm(tmp_path: Path) -> None:
    assert faults(tmp_path, seed=5, runs=200) == ""


@pytest.mark.slow
def test_many_broken_files_do_no_harm(tmp_path: Path) -> None:
    assert faults(tmp_path, seed=1, runs=20_000) == ""


@pytest.mark.slow
@pytest.mark.skipif(SECONDS_VARIABLE not in os.environ, reason=f"{SECONDS_VARIABLE} is not set")
def test_broken_files_do_no_harm_for_as_long_as_is_asked(tmp_path: Path) -> None:
    end = time.monotonic() + float(os.environ[SECONDS_VARIABLE])
    for seed in count(int(time.time())):
        assert faults(tmp_path, seed, 1000) == ""
        if time.monotonic() > end:
            break


def test_every_picture_and_kernel_is_good_before_anything_happens_to_it(tmp_path: Path) -> None:
    trial = fuzzing.Trial(tmp_path)
    for name, content in mutations.pictures().items():
        (tmp_path / name).write_bytes(content)
        target = tmp_path / f"out-{Path(name).stem}.tif"
        assert trial.fault(["identity", str(tmp_path / name), str(target)]) == "", name
        assert target.exists(), name
