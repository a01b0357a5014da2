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
REASONS: dict[str, str] = {}


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
