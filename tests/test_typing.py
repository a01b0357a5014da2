"""The types of the library, as mypy sees them in a program of a user."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import imgconv

START = """
import numpy as np
from PIL import Image
from numpy.typing import NDArray
import imgconv

image: Image.Image = Image.new("RGB", (4, 4))
levels: NDArray[np.uint8] = np.zeros((4, 4), np.uint8)
"""

# Each line with the error that it is to give, if any.
LINES = {
    "a1: Image.Image = imgconv.apply(image, 'blur')": "",
    "a2: NDArray[np.uint8] = imgconv.apply(levels, 'blur')": "",
    "a3: NDArray[np.float32] = imgconv.apply(levels > 3, 'blur')": "",
    "a4: NDArray[np.int64] = imgconv.apply(levels.astype(np.int64), 'blur')": "",
    "imgconv.apply(levels, 'gaussian', sigma=2, border='mirror', range='abs')": "",
    "imgconv.apply(levels, 'blur', border='constant:red', threads=2, tolerance=0)": "",
    "imgconv.apply(levels, 'blur', gray=True, normalize='abs', flip=True, scale=2)": "",
    "imgconv.apply(levels, 'heat-step', repeat=9, draws=2, seed=7, gray_by='mean-max')": "",
    "imgconv.apply(levels, [[0, -1, 0], [-1, 5.5, -1], [0, -1, 0]])": "",
    "imgconv.apply(levels, imgconv.Kernel([[1, 2], [0.5, 0]], 4, origin=(0, 0)))": "",
    "imgconv.apply(levels, ['blur', imgconv.Kernel([[1]]), [[1, 2, 1]]])": "",
    "imgconv.apply(levels, np.ones((3, 3)))": "",
    "imgconv.apply(levels, imgconv.filters()['gaussian'], sigma=2)": "",
    "b1: str = imgconv.filters()['gaussian'].parameters[0].summary": "",
    "b2: dict[imgconv.Kernel, int] = {imgconv.Kernel([[1]]): 1}": "",
    "b3: str = imgconv.__version__": "",
    "b4: type[imgconv.ImgconvError] = imgconv.errors.KernelError": "",
    "imgconv.apply(levels, 'blur', bordr='edge')": "call-overload",
    "imgconv.apply(levels, 'blur', border=3)": "call-overload",
    "imgconv.apply(levels, 'blur', extent='outer')": "call-overload",
    "imgconv.apply(levels, 'blur', range='wide')": "call-overload",
    "imgconv.apply(levels, 'blur', engine='quantum')": "call-overload",
    "imgconv.apply(levels, 'blur', threads='2')": "call-overload",
    "imgconv.apply(levels, 'blur', gray='yes')": "call-overload",
    "imgconv.apply(levels, 'blur', gray_by='max')": "call-overload",
    "imgconv.apply(levels, 'gaussian', sigmas=2)": "call-overload",
    "imgconv.apply(levels, 'gaussian', sigma='2')": "call-overload",
    "imgconv.apply('in.png', 'blur')": "call-overload",
    "imgconv.apply(levels, 3)": "call-overload",
    "imgconv.apply(levels + 1j, 'blur')": "type-var",
    "imgconv.Kernel([1, 2, 1])": "list-item",
    "imgconv.Kernel([[1]], scale='2')": "arg-type",
    "imgconv.blur(levels)": "attr-defined",
    "c1: Image.Image = imgconv.apply(levels, 'blur')": "assignment",
}


@pytest.mark.slow  # 5 s of CPU
def test_a_type_checker_accepts_right_lines_and_refuses_wrong_ones(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    program = tmp_path / "program.py"
    program.write_text(START + "\n".join(LINES), encoding="utf-8")
    assert pytestconfig.cache
    cache = pytestconfig.cache.mkdir("imgconv") / "mypy"
    options = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--hide-error-context", program.name],
        cwd=program.parent,
        env={"PYTHONPATH": str(Path(imgconv.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    found = dict.fromkeys(LINES, "")
    pattern = r"^program\.py:(\d+): error: .*\[([\w-]+)\]$"
    for number, kind in re.findall(pattern, done.stdout, re.MULTILINE):
        found[[*LINES][int(number) - START.count("\n") - 1]] = kind
    assert found == LINES


def test_the_package_says_that_it_has_types() -> None:
    assert (Path(imgconv.__file__).parent / "py.typed").read_text() == ""
