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
    "Rows and sums are whole numbers of 16 bits. Of about 14 ms, fetching takes 4, the sums of 3x3 "
    "4, dividing and storing 2, and the first touch of the result 3: strip by strip, but one after "
    "the other, where OpenCV goes over rows of 8 bits once. Tried: rows of 8 bits (sums take two "
    "to four times as long), all nine taps in one expression (no gain), four rows at once (a "
    "third less), upper halves of products in place of divisions (6 to 2 ms), storing what is "
    "divided at once (1 ms), floats (25 ms for 3x3, 37 for 5x5)."
)
_REAL = (
    "Float32 on both sides, and about as many products a cycle. Fetching, storing and the first "
    "touch of the result take 11 ms. Tried: tiles of nine taps (a tenth), two last taps together "
    "(5x5 from 53 to 46 ms), vectors of 256 bits (no gain)."
)
_BOX = (
    "Sums along a row wait for one another: 12 of 17 ms. Tried: four rows at once (18 ms), "
    "differences first (15 ms), whole numbers (17 ms), four sums side by side (17 ms), doubling "
    "(more additions than the wait is worth)."
)
_GAUSSIAN = (
    "OpenCV takes fewer taps in whole numbers and is 2 levels off. Here every tap of four sigma is "
    "a float32 product, of which the row's loads cross cache lines. Tried: vectors of 256 bits, "
    "more taps at once: a tenth; sums that begin with their first taps: a tenth. A small picture "
    "needs a sigma of 6, else it would not fit 16 MB."
)
_CUT = "Gaussians are cut off at four sigma, as SciPy has it by itself; the reference is at eight."
_THREADS = (
    "This machine's system keeps both threads on one core for the first milliseconds. With the "
    "second one tied to a core of its own, blur 3x3 into memory that is there took 13 and 8 ms, "
    "and sobel 25 and 17; without, 13 and 12, 25 and 18. It is not tied, since two runs at once "
    "would be tied to the same core. Fresh memory is emptied by the system at the same pace for "
    "both."
)
REASONS: dict[str, str] = {
    "blur 3x3": f"{_WHOLE} {_THREADS}",
    "blur 5x5": f"{_WHOLE} {_THREADS}",
    "sharpen": f"{_WHOLE} {_THREADS}",
    "laplacian": f"{_WHOLE} {_THREADS}",
    "blur 31x31": f"{_BOX} {_THREADS}",
    "blur 201x201": f"{_BOX} Next to floats, as before, 5x5 would take 37 ms. {_THREADS}",
    **{f"gaussian {sigma}": _GAUSSIAN for sigma in ("0.8", "2")},
    "gaussian 5": f"{_GAUSSIAN} {_CUT}",
    **{f"gaussian {sigma}": _THREADS for sigma in (10, 50, 200)},
    "kernel 3x3": f"{_REAL} {_THREADS}",
    "kernel 5x5": f"{_REAL} {_THREADS}",
    **{f"kernel {size}x{size}": _THREADS for size in (7, 9, 15, 31, 63)},
    "sobel": "Whole sums of 16 bits take 8 ms, fetching and storing 8, the root 6: as long as the "
    "processor takes for so many roots. Tried: floats (49 ms), squares and root in one loop (11 "
    f"to 7 ms). {_THREADS}",
    "gaussian:2,sobel": f"{_CUT} {_THREADS}",
    "gaussian:2,sobel, OpenCV rounding between": _CUT,
    "all rows together": "Boxes and narrow Gaussians are slower than OpenCV's whole numbers, see "
    "above.",
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
