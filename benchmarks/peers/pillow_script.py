"""Pillow: pillow_script.py SIGMA IN OUT; sigma 0 only opens and saves; folders on two threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image, ImageFilter


def run(sigma: float, source: Path, target: Path) -> None:
    with Image.open(source) as image:
        image.load()
        result = image.filter(ImageFilter.GaussianBlur(sigma)) if sigma else image
        result.save(target, quality=90)


if __name__ == "__main__":
    sigma, source, target = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_dir():
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda path: run(sigma, path, target / path.name), source.iterdir()))
    else:
        run(sigma, source, target)
