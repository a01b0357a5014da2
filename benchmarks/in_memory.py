"""A large picture in memory, beside peers, in turn (A B A B): ``python benchmarks/in_memory.py``.

Peers: OpenCV (opencv-python-headless), which is named and left out where it is missing, Pillow and
SciPy, which also gives the float64 results that all are compared with. Prints a table and how the
claims made for imgconv stand by it, and writes both to docs/benchmarks.md. ``--only NAME`` runs
some rows and writes nothing. What is measured stands in ``measure/work.py``. Leave the machine
alone meanwhile: beside a busy program, the two threads of a short call may share one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from measure.claims import verdicts
from measure.figures import PATIENCE, measure
from measure.machine import Moment
from measure.report import heading, introduction, line, summary
from measure.work import ROWS, mixed_picture

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"

# Why a row falls short of a claim, by its name in the table, or "all rows together".
_THREADS = (
    "What held two threads back in this run was not found: OpenCV gained as little on some rows. "
    "In another run of that day 15x15 took 84 and 44 ms, Sobel 54 and 29, gaussian 2 71 and 38."
)
_WHOLE = (
    "OpenCV adds whole numbers of 8 and 16 bits, of which a vector holds two to four times as "
    "many; all sums here are float32. Fetching, storing and the first touch of the result take "
    "half of the time. Tried: rows that begin at cache lines (column 22 to 16 ms), four rows at "
    "once (a third less), counting what is clipped while it is stored (6.8 to 4.4 ms), blocks of "
    "384 to 2048 values (no difference), three to eight taps in one expression (a tenth)."
)
_BOX = (
    "Sums along a row wait for one another: 12 of 17 ms. Tried: four rows at once (18 ms), "
    "differences first (15 ms), doubling (more additions than the wait is worth)."
)
_GAUSSIAN = (
    "OpenCV takes fewer taps in whole numbers and is 2 levels off. Here every tap of four sigma is "
    "a float32 product, of which the row's loads cross cache lines. Tried: vectors of 256 bits, "
    "more taps at once: a tenth. A small picture needs a sigma of 6, else it would not fit 16 MB."
)
REASONS: dict[str, str] = {
    "blur 3x3": f"{_WHOLE} {_THREADS}",
    "blur 5x5": f"{_WHOLE} {_THREADS}",
    "blur 31x31": f"{_BOX} {_THREADS}",
    "blur 201x201": f"{_BOX} {_THREADS}",
    "gaussian 0.8": _GAUSSIAN,
    "gaussian 2": _GAUSSIAN,
    "gaussian 5": f"{_GAUSSIAN} Both it and SciPy's cut-off at four sigma leave 0.014 of a level.",
    "kernel 3x3": f"{_WHOLE} {_THREADS}",
    "kernel 5x5": f"{_WHOLE} {_THREADS}",
    "sharpen": f"{_WHOLE} {_THREADS}",
    "laplacian": f"{_WHOLE} {_THREADS}",
    "sobel": "Two sums of six taps (20 ms) and a root (7 ms). Tried: squares and root in one loop "
    f"(11 to 7 ms). {_THREADS}",
    "all rows together": "Small kernels are slower than OpenCV's whole numbers, see above.",
    **{f"gaussian {sigma}": _THREADS for sigma in (10, 50, 200)},
    **{f"kernel {size}x{size}": _THREADS for size in (7, 9, 15, 31, 63)},
    "gaussian:2,sobel": "The Gaussian is cut off at four sigma, the reference at eight.",
    "gaussian:2,sobel, OpenCV rounding between": "As the row before.",
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
