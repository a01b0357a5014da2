"""Measure the tables in docs/coming-from/: lines of other tools beside those of imgconv.

    python -m checks.coming_from            # compare the numbers in the tables with what happens
    python -m checks.coming_from --write    # write the numbers

Needed are ImageMagick, vips, gegl and gmic on the PATH, and the packages of OpenCV and Pillow.
A page whose tool is missing is left out, and named.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

import imgconv

TOP = Path(__file__).parent.parent
PAGES = TOP / "docs" / "coming-from"

# Pixels within this distance of the edge are not "inside".
RIM = 30

_ROW = re.compile(r"^\|(?P<cells>.*)\| (?P<inside>[\d?.]+) \| (?P<all>[\d?.]+) \|$")
_CODE = re.compile(r"`([^`]+)`")

# Matrix files of vips that the tables name.
_MATRICES = {
    "blur.mat": "3 3 9 0\n1 1 1\n1 1 1\n1 1 1\n",
    "row.mat": "9 1 9 0\n1 1 1 1 1 1 1 1 1\n",
    "sobel.mat": "3 3 1 0\n-1 0 1\n-2 0 2\n-1 0 1\n",
}

Array = NDArray[Any]


class Row(NamedTuple):
    """A row of a table: the line of the other tool, ours, and the two numbers as they stand."""

    line: str
    theirs: str
    ours: str
    numbers: tuple[str, str]


def rows(page: Path) -> Iterator[Row]:
    for line in page.read_text(encoding="utf-8").splitlines():
        if found := _ROW.match(line):
            theirs, ours = _CODE.findall(found["cells"])[-2:]
            yield Row(line, theirs, ours, (found["inside"], found["all"]))


def run_line(line: str) -> Array:
    """Run a command line in this folder, and return out.png."""
    words = shlex.split(line)
    if words[0] == "magick" and not shutil.which("magick"):
        words[0] = shutil.which("convert-im6") or "convert"
    if words[0] == "imgconv":
        words = [sys.executable, "-m", *words]
    if words[0] == "gmic":
        words[1:1] = ["verbose", "-"]  # it reports each step otherwise
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    Path("out.png").unlink(missing_ok=True)  # imgconv replaces no picture of another tool
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=environment)
    with Image.open("out.png") as image:
        return np.asarray(image.convert("RGB"))


def run_gegl(line: str) -> Array:
    operation, *values = shlex.split(line)
    if operation == "imgconv":
        return run_line(line)
    with Image.open("in.png") as image:
        size = [f"width={image.width}", f"height={image.height}"]
    saved = ["gegl:png-save", "path=out.png", "bitdepth=8"]  # -o would write 16 bits
    cut = ["gegl:crop", "x=0", "y=0", *size]  # some operations add a rim
    return run_line(shlex.join(["gegl", "in.png", "--", operation, *values, *cut, *saved]))


def run_python(line: str) -> Array:
    names: dict[str, Any] = {"imgconv": imgconv, "np": np}
    names |= {"ImageFilter": ImageFilter, "ImageEnhance": ImageEnhance}
    if "cv2" in line:
        import cv2

        names["cv2"] = cv2
    with Image.open("in.png") as image:
        names["im"] = image.convert("RGB")
        names["a"] = np.asarray(names["im"])
        return np.asarray(eval(line, names))


# For each page: what must be there, and how a line is run.
TOOLS: dict[str, tuple[str, Callable[[str], Array]]] = {
    "imagemagick": ("convert", run_line),
    "vips": ("vips", run_line),
    "gmic": ("gmic", run_line),
    "gimp": ("gegl", run_gegl),
    "pillow": ("", run_python),
    "opencv": ("cv2", run_python),
}


def is_there(tool: str) -> bool:
    from importlib.util import find_spec

    return not tool or bool(shutil.which(tool) or find_spec(tool))


def measure(row: Row, run: Callable[[str], Array]) -> tuple[str, str]:
    theirs, ours = run(row.theirs).astype(int), run(row.ours).astype(int)
    difference = np.abs(theirs - ours)
    return str(difference[RIM:-RIM, RIM:-RIM].max()), str(difference.max())


def check(page: Path, run: Callable[[str], Array], writes: bool) -> int:
    """Compare the numbers of a page, or write them; return how many differ."""
    text, wrong = page.read_text(encoding="utf-8"), 0
    for row in rows(page):
        numbers = measure(row, run)
        if numbers != row.numbers:
            wrong += 1
            print(f"{page.stem}: {row.theirs}: {' and '.join(numbers)}, not {row.numbers}")
            before = row.line[: -len(f"| {row.numbers[0]} | {row.numbers[1]} |")]
            text = text.replace(row.line, f"{before}| {numbers[0]} | {numbers[1]} |")
    if writes:
        page.write_text(text, encoding="utf-8")
    return 0 if writes else wrong


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        with Image.open(TOP / "sample_images" / "chelsea.png") as image:
            image.convert("RGB").save(Path(folder, "in.png"))
        for name, text in _MATRICES.items():
            Path(folder, name).write_text(text)
        os.chdir(folder)
        for name, (tool, run) in TOOLS.items():
            if is_there(tool):
                wrong += check(PAGES / f"{name}.md", run, "--write" in sys.argv)
            else:
                print(f"{name} is left out: there is no {tool}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
