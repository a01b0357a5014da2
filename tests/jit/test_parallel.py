"""Helpers: other processes that compile what a run lacks."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from imgconv.engines.separable import separable
from imgconv.execution import warm
from imgconv.execution.stages.load import copy, pad
from imgconv.jit import code_cache, parallel
from imgconv.jit.arguments import Kinds
from imgconv.jit.kernel_loop import JitLoop, Wanted, effort
from imgconv.system.threads import available_cores
from tests.support.covering import with_slow
from tests.support.processes import is_there, wait_until

BETWEEN_FLOATS: Wanted = (copy, (("f", 2), ("f", 2)))
BETWEEN_BYTES: Wanted = (copy, (("B", 2), ("B", 2)))

# Compiles with a helper, but takes nothing itself: all is left to that, for which it waits.
LEAVING_ALL_TO_HELPERS = """
import sys, time
from imgconv.jit import parallel as helpers, code_cache as object_cache
from tests.jit.test_parallel import BETWEEN_BYTES, BETWEEN_FLOATS
with helpers.helped([BETWEEN_FLOATS, BETWEEN_BYTES]):
    while len(object_cache.kept()) < 2:
        time.sleep(0.01)
print("numba" in sys.modules)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept() -> list[str]:
    return [path.name.split("-")[0] for path in code_cache.kept()]


@pytest.mark.skipif(available_cores() < 2, reason="one core has no use for helpers")
def test_helpers_compile_what_is_missing() -> None:
    command = [sys.executable, "-c", LEAVING_ALL_TO_HELPERS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert kept() == ["copy", "copy"]


@pytest.mark.parametrize("kinds", [BETWEEN_BYTES[1], (("B", 2), (("f", 0), (("l", 0),)))])
def test_what_somebody_is_at_is_left_to_them(kinds: Kinds, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[JitLoop, object, bool]] = []
    monkeypatch.setattr(
        JitLoop, "compile", lambda loop, kinds, wait=True: asked.append((loop, kinds, wait))
    )
    parallel.compile_all(json.dumps([("imgconv.execution.stages.load", "copy", kinds)]))
    assert asked == [(copy, kinds, False)]


def test_longer_loops_are_known_by_what_they_are_made_of() -> None:
    kinds = BETWEEN_BYTES[1]
    assert effort((copy, kinds)) < effort((pad, kinds)) < effort((separable, kinds))


# Has a helper at work that would never end, and says which process it is.
FOR_EVER = """
import subprocess, sys, time
from imgconv.jit import parallel as helpers
before = subprocess.Popen
def told(*words, **options):
    helper = before(*words, **options)
    print(helper.pid, flush=True)
    return helper
subprocess.Popen = told
with helpers.at_work([("tests.jit.test_parallel:wait_for", "3600")]):
    time.sleep(3600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for processes")
def test_a_helper_ends_when_its_run_is_gone() -> None:
    run = subprocess.Popen([sys.executable, "-c", FOR_EVER], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    helper = int(run.stdout.readline())
    assert is_there(helper)
    run.kill()
    run.communicate()
    wait_until(lambda: not is_there(helper))


def wait_for(seconds: str) -> None:
    """What that helper does."""
    time.sleep(float(seconds))


def let_there_be(cores: int, memory: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "available_cores", lambda: cores)
    monkeypatch.setattr(parallel, "free_memory", lambda: memory)


@pytest.mark.parametrize(
    ("cores", "memory", "count"),
    [
        *[(1, math.inf, 0), (2, math.inf, 1), (3, math.inf, 2), (64, math.inf, parallel.MOST)],
        *[(64, 0.0, 0), (64, 3e8, 0), (64, 5e8, 1), (64, 8e8, 2)],
    ],
)
def test_there_are_as_many_helpers_as_are_of_use(
    cores: int, memory: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_there_be(cores, memory, monkeypatch)
    assert parallel.useful() == count


def refuse(*words: object, **options: object) -> None:
    raise OSError(30, "Read-only file system")


@pytest.mark.parametrize("missing", ["folder", "locks", "writing"])
def test_where_helpers_cannot_share_what_they_make_they_are_of_no_use(
    missing: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_there_be(64, math.inf, monkeypatch)
    assert parallel.useful() == parallel.MOST
    if missing == "folder":
        shutil.rmtree(cache)
        cache.write_text("in the way")
    elif missing == "locks":
        monkeypatch.setattr("fcntl.lockf", refuse)
    else:
        monkeypatch.setattr(Path, "open", refuse)
    assert parallel.useful() == 0


@pytest.mark.parametrize("program", with_slow(["/no/such/program"], slow=["false", ""]))
def test_a_run_goes_well_where_no_helper_does(program: str, tmp_path: Path) -> None:
    Image.new("RGB", (9, 7), "red").save(tmp_path / "in.png")
    words = ["apply", "identity", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    script = f"import sys; from imgconv.cli.run import run; sys.executable = {program!r};"
    script += "from imgconv.jit import parallel as helpers; helpers.available_cores = lambda: 4;"
    script += f"sys.exit(run({words}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(tmp_path / "out.png") as image:
        assert image.tobytes() == bytes([255, 0, 0]) * 63


@pytest.mark.parametrize(("part", "first"), [("0/3", 0), ("1/3", 3), ("2/3", 6), ("3/4", 6)])
def test_a_helper_that_warms_goes_through_all_from_its_own_place_on(
    part: str, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    monkeypatch.setattr(warm, "tasks", lambda: iter([lambda n=n: done.append(n) for n in range(9)]))
    warm.begin_at(part)
    assert done == [*range(first, 9), *range(first)]
