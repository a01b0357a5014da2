"""pyvips: pyvips_script.py SIGMA IN OUT, files or folders, the folder's files on two threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyvips


def run(sigma: float, source: Path, target: Path) -> None:
    image = pyvips.Image.new_from_file(str(source), access="sequential")
    blurred = image.gaussblur(sigma, precision="float", min_ampl=0.001)
    blurred.cast("uchar").write_to_file(str(target), Q=90, subsample_mode="on")


if __name__ == "__main__":
    sigma, source, target = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_dir():
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda path: run(sigma, path, target / path.name), source.iterdir()))
    else:
        run(sigma, source, target)
