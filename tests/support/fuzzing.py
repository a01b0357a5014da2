"""The process in which files are tried that may well kill it; test_fuzz.py starts it.

    python -m tests.support.fuzzing FOLDER SEED FIRST LAST

makes the runs with these numbers, each the same whenever it is made, and writes into the folder
the number of the run that it is at, and a line for each that went wrong. A hang ends it by a
signal, and so may a fault in a library; memory is limited.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
from pathlib import Path
from random import Random

from tests.support.mutations import kernels, mutated, mutated_text, pictures

MOST_MEMORY = 3 * 2**30  # bytes that are mapped
MOST_HELD = 2**20  # kilobytes that were held at most
MOST_SECONDS = 20

# Sizes up to the default limit are tried too, but not often: large ones take their time.
FEW_PIXELS = ["--max-pixels", "300k"]
FILTERS = ("blur", "gaussian:1", "sobel", "identity")
KERNEL_SHARE = 0.3


class Trial:
    """One folder in which runs are made, and what they say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said = folder / "said"
        (folder / "whole.png").write_bytes(pictures()["plain.png"])

    def words(self, random: Random) -> list[str]:
        """What is to be run: a broken picture, a broken kernel file, or a kernel written out."""
        if random.random() >= KERNEL_SHARE:
            name = random.choice([*pictures()])
            content = mutated(pictures()[name], random, [*pictures().values()])
            limit = FEW_PIXELS if random.random() < 0.97 else []
            target = random.choice((name, "out.png", "out.tif", "out.jpg"))
            return [random.choice(FILTERS), self._file(name, content), self._out(target), *limit]
        name = random.choice([*kernels()])
        content = mutated_text(kernels()[name], random, [*kernels().values()])
        kernel = self._file(name, content)
        if not name.endswith(".toml") and random.random() < 0.6:
            text = content.decode("utf-8", "surrogateescape").replace("\0", "0")
            kernel = text if not text.startswith("-") else f" {text}"
        return [kernel, str(self._folder / "whole.png"), self._out("out.png"), "--patience", "3"]

    def _file(self, name: str, content: bytes) -> str:
        path = self._folder / f"broken-{name}"
        path.write_bytes(content)
        return str(path)

    def _out(self, name: str) -> str:
        return str(self._folder / f"out-{name}")

    def fault(self, words: list[str]) -> str:
        """What was wrong with how a run ended; empty if nothing was."""
        from imgconv.cli.run import run

        Path("/proc/self/clear_refs").write_text("5")  # resets the peak of resident memory
        with self._said.open("w+b") as said:
            os.dup2(said.fileno(), 2)
            signal.alarm(MOST_SECONDS)
            code = run(["apply", *words])
            signal.alarm(0)
            sys.stderr.flush()
        lines = self._said.read_bytes().decode("utf-8", "replace").splitlines()
        if code not in (0, 1, 2):
            return f"the exit code {code}"
        if any(not line.startswith("imgconv: ") for line in lines) or (code and len(lines) != 1):
            return "\n".join(lines)[:2000]
        if _most_held() > MOST_HELD:
            return "too much memory"
        return "".join(line for line in lines if "internal error" in line)


def _most_held() -> int:
    """Return the peak of resident memory since the last reset, in kilobytes.

    ``ru_maxrss`` does not do: a process inherits it from its parent, which may be a large one.
    """
    (line,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(line)


def main(folder: Path, seed: int, first: int, last: int) -> None:
    """Make the runs from ``first`` to before ``last``."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    trial = Trial(folder)
    for number in range(first, last):
        (folder / "at").write_text(str(number))
        words = trial.words(Random(f"{seed}-{number}"))
        fault = trial.fault(words)
        if fault:
            with (folder / "faults").open("a") as faults:
                faults.write(f"run {number} of seed {seed}, {words!r:.300}: {fault}\n")
    (folder / "at").write_text(str(last))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
