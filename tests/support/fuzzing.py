"""The fuzzing process, which damaged files may kill; test_fuzz.py starts it.

    python -m tests.support.fuzzing FOLDER SEED FIRST LAST

makes the runs FIRST .. LAST - 1, which depend on the seed and their number only. It writes the
number of the present run into FOLDER/at, and a line for each failure into FOLDER/faults. Memory is
limited; a hang ends the process by a signal, as a crash in a library does.
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

MAX_ADDRESS_SPACE = 3 * 2**30  # bytes
MAX_RESIDENT = 2**20  # kilobytes that a run takes
MAX_SECONDS = 20

# Only 3 in 100 pictures may have as many pixels as the default allows: large ones take long.
FEW_PIXELS = ["--max-pixels", "300k"]
FILTERS = ("blur", "gaussian:1", "sobel", "identity")
KERNEL_SHARE = 0.3


class Trial:
    """A folder for the files of runs, and for their messages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._messages = folder / "messages"
        (folder / "whole.png").write_bytes(pictures()["plain.png"])

    def arguments(self, random: Random) -> list[str]:
        """Return the arguments of a run on a damaged picture, kernel file or kernel text."""
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

    def fault(self, arguments: list[str]) -> str:
        """Run the command; return what is wrong with its end, or an empty text."""
        from imgconv.cli.run import run

        Path("/proc/self/clear_refs").write_text("5")  # resets the peak of resident memory
        before = _peak_resident()  # of a process that has run many other tests, too
        with self._messages.open("w+b") as messages:
            os.dup2(messages.fileno(), 2)
            signal.alarm(MAX_SECONDS)
            code = run(["apply", *arguments])
            signal.alarm(0)
            sys.stderr.flush()
        lines = self._messages.read_bytes().decode("utf-8", "replace").splitlines()
        if code not in (0, 1, 2):
            return f"the exit code {code}"
        if any(not line.startswith("imgconv: ") for line in lines) or (code and len(lines) != 1):
            return "\n".join(lines)[:2000]
        if _peak_resident() - before > MAX_RESIDENT:
            return "too much memory"
        return "".join(line for line in lines if "internal error" in line)


def _peak_resident() -> int:
    """Return the peak of resident memory since the last reset, in kilobytes.

    A process inherits ``ru_maxrss`` from its parent, which may have been large.
    """
    (line,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(line)


def main(folder: Path, seed: int, first: int, last: int) -> None:
    """Make the runs ``first`` .. ``last - 1``."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_SPACE, MAX_ADDRESS_SPACE))
    trial = Trial(folder)
    for number in range(first, last):
        (folder / "at").write_text(str(number))
        arguments = trial.arguments(Random(f"{seed}-{number}"))
        fault = trial.fault(arguments)
        if fault:
            with (folder / "faults").open("a") as faults:
                faults.write(f"run {number} of seed {seed}, {arguments!r:.300}: {fault}\n")
    (folder / "at").write_text(str(last))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
