"""Time ``imgconv match`` beside the template matching of OpenCV and scikit-image, if installed.

    python benchmarks/match.py [--megapixels 12] [--template 64] [--runs 3]

All look for a cut-out of the same grey noise by normalized correlation, in memory. The peak memory
of imgconv is that of a process of its own, files included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imgconv.images.pixels import Pixels
from imgconv.study.matching.places import Choice, find
from imgconv.study.matching.search import prepare

Gray = NDArray[np.uint8]

_ONE_RUN = Path(__file__).parent / "measure" / "one_run.py"


def searches(picture: Gray, template: Gray) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name of each tool that is installed, and a function that searches."""

    def ours() -> None:
        first, second = (Pixels(each[..., None], ("l",)) for each in (picture, template))
        find(prepare(first, second, None, True), "correlation", Choice())

    yield "imgconv", ours
    if find_spec("cv2"):
        import cv2

        yield "OpenCV", lambda: cv2.matchTemplate(picture, template, cv2.TM_CCOEFF_NORMED)
    if find_spec("skimage"):
        from skimage.feature import match_template  # type: ignore[import-not-found]

        yield "scikit-image", lambda: match_template(picture, template)


def best_time(search: Callable[[], Any], runs: int) -> float:
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        search()
        times.append(time.perf_counter() - start)
    return min(times)


def as_a_command(picture: Gray, template: Gray) -> str:
    """Return time and peak memory of the command on files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("template.pgm", "in.pgm")]
        for path, values in zip(paths, (template, picture), strict=True):
            Image.fromarray(values).save(path)
        result, python = Path(folder) / "result", sys.executable
        command = [python, "-m", "imgconv", "match", *paths, "--json"]
        launcher = [python, "-I", "-S", str(_ONE_RUN), str(result)]
        subprocess.run([*launcher, *command], stdout=subprocess.DEVNULL, check=True)
        seconds, megabytes, code = map(float, result.read_text().split())
        return f"{seconds:.2f} s, {megabytes:.0f} MB, exit code {code:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--template", type=int, default=64)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    height = round((given.megapixels * 1e6 * 3 / 4) ** 0.5)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (height, height * 4 // 3), np.uint8)
    side = given.template
    template = picture[height // 3 :, height // 2 :][:side, :side].copy()
    print(f"{picture.shape[1]}x{height} grey, template {side}x{side}, best of {given.runs}")
    for name, search in searches(picture, template):
        print(f"{name:>14} {best_time(search, given.runs):.2f} s")
    print(f"imgconv match as a command: {as_a_command(picture, template)}")


if __name__ == "__main__":
    main()
