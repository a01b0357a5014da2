"""Batches of small pictures in the current folder, run in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from imgconv.cli.run import run


def draw(name: str, seed: int) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (12, 17, 3), np.uint8)
    Image.fromarray(values).save(name)


def contents(folder: str) -> dict[str, bytes]:
    found = (path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def apply(*args: str) -> int:
    return run(["apply", "blur", *args])
