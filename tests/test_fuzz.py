"""Damaged pictures and kernels: each run ends with an exit code and at most one line of error.

No traceback, no hang, no crash, no memory beyond a limit, and no message of a library. Runs follow
from a seed: tests/support/fuzzing.py says how to repeat one.
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
    """Return a line for each failure in runs 0 .. ``runs - 1``; go on after a crash."""
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
                last = (folder / "messages").read_text(errors="replace")[-2000:]
                found.write(f"run {number} of seed {seed} died with {done.returncode}: {last}\n")
            number += 1
    path = folder / "faults"
    return path.read_text() if path.exists() else ""


def test_a_few_damaged_files_do_no_harm(tmp_path: Path) -> None:
    assert faults(tmp_path, seed=5, runs=80) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_many_damaged_files_do_no_harm(seed: int, tmp_path: Path) -> None:
    assert faults(tmp_path, seed, runs=2_000) == ""


@pytest.mark.slow
@pytest.mark.skipif(SECONDS_VARIABLE not in os.environ, reason=f"{SECONDS_VARIABLE} is not set")
def test_damaged_files_do_no_harm_for_as_long_as_is_asked(tmp_path: Path) -> None:
    end = time.monotonic() + float(os.environ[SECONDS_VARIABLE])
    for seed in count(int(time.time())):
        assert faults(tmp_path, seed, 1000) == ""
        if time.monotonic() > end:
            break


def test_every_picture_is_filtered_before_it_is_damaged(tmp_path: Path) -> None:
    trial = fuzzing.Trial(tmp_path)
    for name, content in mutations.pictures().items():
        (tmp_path / name).write_bytes(content)
        target = tmp_path / f"out-{Path(name).stem}.tif"
        assert trial.fault(["identity", str(tmp_path / name), str(target)]) == "", name
        assert target.exists(), name
