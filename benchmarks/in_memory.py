"""A large picture in memory, beside peers, in turn (A B A B): ``python benchmarks/in_memory.py``.

Peers: OpenCV (opencv-python-headless), which is named and left out where it is missing, Pillow and
SciPy, which also gives the float64 results that all are compared with. Prints a table and how the
claims made for imgconv stand by it, and writes both to docs/benchmarks.md. ``--only NAME`` runs
some rows and writes nothing. What is measured stands in ``measure/work.py``. Leave the machine
alone meanwhile: beside a busy program, two threads share one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from measure.claims import verdicts
from measure.figures import PATIENCE, measure
from measure.machine import Moment, cores_awake
from measure.report import heading, introduction, line, summary
from measure.work import ROWS, mixed_picture

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

# Why a row falls short of a claim, by its name in the table, or "all rows together".
_WHOLE = (
    "Rows and sums are whole numbers of 16 bits. Python before, fetching, sums, dividing and "
    "storing, and the first touch of the result come one after the other, if strip by strip, "
    "where OpenCV goes over rows of 8 bits once. Fetching took 3.5 of 15 ms, and takes half of "
    "that since bytes are packed before they become numbers of 16 bits. Tried: rows of 8 bits (sums"
    " take two to four times as long), all nine taps in one expression (no gain), four rows at once"
    " (a third less), upper halves of products in place of divisions (6 to 2 ms), storing what is "
    "divided at once (1 ms), strips twice as high (no gain here), floats (25 ms for 3x3, 37 for "
    "5x5)."
)
_FIXED = (
    "Products in fixed point, 16 bits each. Before it was 23 ms in floats, about as OpenCV; tried "
    "there: tiles of nine taps (a tenth), vectors of 256 bits (no gain)."
)
_BOX = (
    "Sums along a row wait for one another: 12 of 17 ms. Tried: four rows at once (18 ms), "
    "differences first (15 ms), whole numbers (17 ms), four sums side by side (17 ms), doubling "
    "(more additions than the wait is worth)."
)
_GAUSSIAN = (
    "OpenCV is 2 levels off. Here taps are left out and products rounded within half a level: with "
    "sigma 2 13 taps along and 15 down. Down, the processor multiplies and adds as fast as it can; "
    "along, it loads from places that cross its cache lines, one in a cycle. Tried: all taps in "
    "floats (63 ms where this took 40), weights that are loaded beside what they are multiplied "
    "with (half as much again), four rows at once along (a quarter more), all taps along in one "
    "expression and opposite ones added first (no gain along, where loads are the limit). A small "
    "picture needs a sigma of 6, else it would not fit 16 MB."
)
_CUT = "Gaussians are cut off at four sigma, as SciPy has it by itself; the reference is at eight."
_THREADS = (
    "About 2 ms are one thread's alone: what the filter's text says, the plan, and a program for "
    "each thread, which Python makes one after the other. Fresh memory of a result takes 3.8 ms to "
    "be touched by one thread, and 2.9 to 6.9 by two. Tried: to keep threads off the caller's core "
    "until they run (no gain where cores are awake)."
)
REASONS: dict[str, str] = {
    "blur 3x3": f"{_WHOLE} {_THREADS}",
    "blur 5x5": f"{_WHOLE} {_THREADS}",
    "sharpen": f"{_WHOLE} {_THREADS}",
    "laplacian": f"{_WHOLE} {_THREADS}",
    "blur 31x31": f"{_BOX} {_THREADS}",
    "blur 201x201": f"{_BOX} Next to floats, as before, 5x5 would take 37 ms. {_THREADS}",
    **{f"gaussian {sigma}": f"{_GAUSSIAN} {_THREADS}" for sigma in ("0.8", "2", "5")},
    "gaussian 2 exactly": f"Every tap of four sigma in floats. {_CUT}",
    "gaussian 10": _THREADS,
    **{
        f"gaussian {sigma}": "The picture is looked over, then a small one is blurred, then made "
        f"large: three rounds, each begun by one thread. On two threads gaussian 200 took 24 "
        f"to 25 ms in runs by itself, and 30 to 52 beside the others; why was not found. {_THREADS}"
        for sigma in (50, 200)
    },
    "kernel 3x3": f"{_FIXED} {_WHOLE} {_THREADS}",
    "kernel 5x5": _THREADS,
    **{f"kernel {size}x{size}": _THREADS for size in (7, 9, 15)},
    "kernel 31x31": "Two bands took 118 ms of the processors, one 104, in a run that was looked "
    f"into. {_THREADS}",
    "kernel 63x63": "Each of two bands took 76 ms of a core, half of what one takes, in a run that "
    "was looked into, and one was kept from its core for 36 ms more. Why was not found. "
    f"{_THREADS}",
    "sobel": "Whole sums of 16 bits take 9 ms, fetching 3.5, the root 6, as long as the processor "
    "takes for so many roots, storing 3.6, the first touch of the result about 3. Tried: floats "
    f"(49 ms), squares and root in one loop (11 to 7 ms), strips twice as high (1 ms). {_THREADS}",
    "gaussian:2,sobel": f"{_CUT} {_THREADS}",
    "gaussian:2,sobel, OpenCV rounding between": _CUT,
    "all rows together": "Boxes are slower than OpenCV's whole numbers, see above.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run the rows whose name contains this")
    parser.add_argument("--rounds", type=int, default=9, help="turns that each tool takes")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md alone")
    options = parser.parse_args()

    about = introduction(options.rounds, PATIENCE)
    print(about, heading(), sep="\n", flush=True)
    picture = mixed_picture()
    begun = Moment.here()
    found = []
    with cores_awake():
        for row in ROWS:
            if options.only in row.name:
                found.append(measure(row, picture, options.rounds))
                print(line(found[-1]), flush=True)
    end = summary(verdicts(found), REASONS, begun.share_of_others())
    print(end)
    if not (options.only or options.no_write):
        PAGE.write_text("\n".join([about, heading(), *map(line, found), end]), encoding="utf-8")


if __name__ == "__main__":
    main()
