"""Run the command on files that break picture tools, and print a table of which rows hold.

    python checks/torture.py FOLDER

The folder has the files of the rows. A row names a function in ``expectations.py``. Exits with 1
unless all rows hold.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from checks.expectations import BOX, CHECKS, LITTLE_MEMORY, OLD, Run, UnexpectedError


@dataclass(frozen=True)
class Row:
    """A file, the name of a check, and how the file is filtered."""

    file: str
    expected: str
    filter: str = "blur"
    options: tuple[str, ...] = ()
    limited: bool = False


_of_nine = partial(Row, filter=BOX, options=("--normalize", "sum"))
_unchanged = partial(Row, filter="identity")
_bomb = partial(Row, expected="refused_in_little_memory", limited=True)

ROWS = (
    Row("peacock.progressive.truncated.jpeg", "refused"),
    Row("peacock.default.truncated.jpeg", "refused"),
    Row("hippopotamus.regular.truncated.png", "refused"),
    Row("empty.png", "refused"),
    Row("one_byte.jpg", "refused"),
    Row("zero_width.png", "refused"),
    Row("huge_dims_no_data.png", "refused"),
    Row("bad_crc.png", "refused"),
    _bomb("bomb_13000x13000_rgb.png"),
    _bomb("bomb_18000x18000_1bit.png"),
    Row("iccp_bomb.png", "refused_or_dropped"),
    Row("ztxt_bomb.png", "refused_or_dropped"),
    _bomb("decompression_bomb_extents.gif"),
    Row("rgb-16.png", "sixteen_bits"),
    Row("rgb-alpha-16-linear.png", "sixteen_bits"),
    Row("gray-alpha-16.png", "sixteen_bits"),
    Row("gray-16.png", "sixteen_bits"),
    _unchanged("flower-rgb-planar-16.tif", "right_pixels"),
    _unchanged("hpredict-1c-12b.tiff", "right_pixels"),
    Row("seq-3c-32f-9a471c2b.tiff", "float_out"),
    Row("gray-1.png", "grey_of_8_bits"),
    _unchanged("gray-2-tRNS.png", "transparency_right"),
    _unchanged("palette-8-tRNS.png", "transparency_right"),
    _of_nine("palette-8-tRNS.png", "averaged"),
    Row("gray-alpha-8.png", "grey_with_alpha"),
    _of_nine("rgb-alpha-8.png", "averaged"),
    _unchanged("pil_sample_cmyk.jpg", "inks_kept"),
    Row("monkey12.jpg", "refused"),
    Row("testimgari.jpg", "filtered"),
    _unchanged("g4_orientation_6.tif", "upright_once"),
    Row("copyleft.tiff", "filtered"),
    *(
        row
        for film in ("animated-red-blue.gif", "animated-red-blue.apng", "muybridge.gif")
        for row in (_unchanged(film, "frames_kept"), _of_nine(film, "frames_filtered"))
    ),
    _unchanged("dispose_bgnd.gif", "frames_kept"),
    _of_nine("dispose_bgnd.gif", "frames_filtered"),
    _of_nine("multipage.tiff", "pages_filtered"),
    _unchanged("bricks-color.lossless.webp", "lossless"),
    _of_nine("bricks-dither.png", "averaged"),
)


def run(row: Row, folder: Path, work: Path) -> Run:
    """Run a row's command on a copy of its file."""
    source = work / row.file
    out = work / f"out{source.suffix}"
    shutil.copyfile(folder / row.file, source)
    out.write_bytes(OLD)
    words = ["apply", row.filter, str(source), str(out), *row.options]
    process = subprocess.Popen(
        [sys.executable, "-m", "imgconv", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_limit_memory if row.limited else None,
    )
    assert process.stderr is not None
    stderr = process.stderr.read().decode("utf-8", "replace")
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(source, out, process.returncode, stderr, used.ru_maxrss)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1024 * LITTLE_MEMORY,) * 2)


def evaluate(row: Row, folder: Path) -> tuple[bool, str]:
    """Return whether a row holds, and a few words on the result."""
    if not (folder / row.file).is_file():
        return False, "no such file"
    with tempfile.TemporaryDirectory() as work:
        try:
            return True, CHECKS[row.expected](run(row, folder, Path(work)))
        except UnexpectedError as wrong:
            return False, str(wrong)
        except (OSError, ValueError, KeyError, SyntaxError) as error:
            return False, f"the output cannot be read: {error!r}"


def main() -> int:
    """Print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    line = "{:<36} {:<26} {:<5} {}"
    print(line.format("file", "expected", "ok", "seen"))
    holding = 0
    for row in ROWS:
        holds, found = evaluate(row, folder)
        holding += holds
        print(line.format(row.file, row.expected, "yes" if holds else "NO", found), flush=True)
    print(f"\n{holding} of {len(ROWS)} rows hold")
    return 0 if holding == len(ROWS) else 1


if __name__ == "__main__":
    sys.exit(main())
