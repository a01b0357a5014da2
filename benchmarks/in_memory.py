"""A large picture in memory, beside peers, in turn (A B A B): ``python benchmarks/in_memory.py``.

Peers: OpenCV (opencv-python-headless), which is named and left out where it is missing, Pillow and
SciPy, which also gives the float64 results that all are compared with. Prints a table and how the
claims hold, and writes both to docs/benchmarks.md. ``--only NAME`` runs some rows and writes
nothing. The rows are defined in ``measure/work.py``. Run it on an idle machine: beside a busy
program, two threads share one core.
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

# The sections of docs/performance-notes.md that say what limits a row.
_SECTIONS = {
    "blur 3x3": "Whole sums",
    "blur 5x5": "Whole sums",
    "sharpen": "Whole sums",
    "laplacian": "Whole sums",
    "blur 31x31": "Running sums",
    "blur 201x201": "Running sums",
    "gaussian 0.8": "Gaussians",
    "gaussian 2": "Gaussians",
    "gaussian 2 exactly": "Gaussians",
    "gaussian 5": "Gaussians",
    "gaussian 10": "Pyramid",
    "gaussian 50": "Pyramid",
    "gaussian 200": "Pyramid",
    "kernel 3x3": "Fixed point",
    "kernel 5x5": "Fixed point",
    "kernel 7x7": "Fixed point",
    "kernel 9x9": "Fourier",
    "kernel 15x15": "Fourier",
    "kernel 31x31": "Fourier",
    "kernel 63x63": "Fourier",
    "sobel": "Sobel",
    "gaussian:2,sobel": "Gaussians",
    "gaussian:2,sobel, OpenCV rounding between": "Gaussians",
    "all rows together": "Running sums",
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
    end = summary(verdicts(found), _SECTIONS, begun.share_of_others())
    print(end)
    if not (options.only or options.no_write):
        PAGE.write_text("\n".join([about, heading(), *map(line, found), end]), encoding="utf-8")


if __name__ == "__main__":
    main()
