"""Compile workers: other processes that compile missing loops."""

from __future__ import annotations

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
from tests.support.compiled import cache_without
from tests.support.covering import with_slow
from tests.support.processes import is_running, wait_until

BETWEEN_FLOATS: Wanted = (copy, (("f", 2), ("f", 2)))
BETWEEN_BYTES: Wanted = (copy, (("B", 2), ("B", 2)))

# Starts a compile worker, compiles nothing itself, and waits for the worker.
WAITING_FOR_WORKERS = """
import sys, time
from imgconv.jit import code_cache, parallel
from tests.jit.test_parallel import BETWEEN_BYTES, BETWEEN_FLOATS
with parallel.compile_workers([BETWEEN_FLOATS, BETWEEN_BYTES]):
    while len(code_cache.cached_files()) < 2:
        time.sleep(0.01)
print("numba" in sys.modules)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def cached_loops() -> list[str]:
    return [path.name.split("-")[0] for path in code_cache.cached_files()]


@pytest.mark.skipif(available_cores() < 2, reason="one core has no use for workers")
def test_workers_compile_missing_loops() -> None:
    command = [sys.executable, "-c", WAITING_FOR_WORKERS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert (done.stdout, done.stderr) == ("False\n", "")
    assert cached_loops() == ["copy", "copy"]


@pytest.mark.parametrize("kinds", [BETWEEN_BYTES[1], (("B", 2), (("f", 0), (("l", 0),)))])
def test_workers_skip_loops_that_are_being_compiled(
    kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[JitLoop, object, bool]] = []
    monkeypatch.setattr(
        JitLoop, "compile", lambda loop, kinds, wait=True: calls.append((loop, kinds, wait))
    )
    parallel.compile_loops(repr([("imgconv.execution.stages.load", "copy", kinds)]))
    assert calls == [(copy, kinds, False)]


def test_longer_loops_take_more_effort() -> None:
    kinds = BETWEEN_BYTES[1]
    assert effort((copy, kinds)) < effort((pad, kinds)) < effort((separable, kinds))


# Starts a worker that does not end by itself, and prints its process number.
ENDLESS = """
import subprocess, sys, time
from imgconv.jit import parallel
original = subprocess.Popen
def start(*words, **options):
    worker = original(*words, **options)
    print(worker.pid, flush=True)
    return worker
subprocess.Popen = start
with parallel.workers([("tests.jit.test_parallel:wait_for", "3600")]):
    time.sleep(3600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for processes")
def test_a_worker_ends_with_its_run() -> None:
    run = subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True)
    assert run.stdout
    worker = int(run.stdout.readline())
    assert is_running(worker)
    run.kill()
    run.communicate()
    wait_until(lambda: not is_running(worker))


def wait_for(seconds: str) -> None:
    """The call of that worker."""
    time.sleep(float(seconds))


def set_resources(cores: int, memory: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "available_cores", lambda: cores)
    monkeypatch.setattr(parallel, "free_memory", lambda: memory)


@pytest.mark.parametrize(
    ("cores", "memory", "count"),
    [
        *[
            (1, math.inf, 0),
            (2, math.inf, 1),
            (3, math.inf, 2),
            (64, math.inf, parallel.MAX_WORKERS),
        ],
        *[(64, 0.0, 0), (64, 3e8, 0), (64, 5e8, 1), (64, 8e8, 2)],
    ],
)
def test_the_number_of_workers_depends_on_cores_and_memory(
    cores: int, memory: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_resources(cores, memory, monkeypatch)
    assert parallel.worker_count() == count


def refuse(*words: object, **options: object) -> None:
    raise OSError(30, "Read-only file system")


@pytest.mark.parametrize("missing", ["folder", "locks", "writing"])
def test_there_are_no_workers_where_the_cache_cannot_be_shared(
    missing: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_resources(64, math.inf, monkeypatch)
    assert parallel.worker_count() == parallel.MAX_WORKERS
    if missing == "folder":
        shutil.rmtree(cache)
        cache.write_text("in the way")
    elif missing == "locks":
        monkeypatch.setattr("fcntl.lockf", refuse)
    else:
        monkeypatch.setattr("os.open", refuse)
    assert parallel.worker_count() == 0


@pytest.mark.parametrize("program", with_slow(["/no/such/program"], slow=["false", ""]))
@pytest.mark.slow
def test_a_run_goes_well_where_no_worker_does(
    program: str, shared_cache: Path, cache: Path, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 7), "red").save(tmp_path / "in.png")
    cache_without(shared_cache, cache, "copy", "pad", "expand_3_to_4")
    words = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    script = f"import sys; from imgconv.cli.run import run; sys.executable = {program!r};"
    script += "from imgconv.jit import parallel; parallel.available_cores = lambda: 4;"
    script += f"sys.exit(run({words}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(tmp_path / "out.png") as image:
        assert image.tobytes() == bytes([255, 0, 0]) * 63


@pytest.mark.parametrize(("part", "first"), [("0/3", 0), ("1/3", 3), ("2/3", 6), ("3/4", 6)])
def test_a_worker_of_warm_begins_at_its_own_part(
    part: str, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    monkeypatch.setattr(warm, "tasks", lambda: iter([lambda n=n: done.append(n) for n in range(9)]))
    warm.begin_at(part)
    assert done == [*range(first, 9), *range(first)]
