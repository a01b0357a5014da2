"""OpenCV: opencv_script.py SIGMA IN OUT, files or folders, the folder's files on two threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2


def run(sigma: float, source: Path, target: Path) -> None:
    picture = cv2.imread(str(source))
    assert picture is not None
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma)
    cv2.imwrite(str(target), blurred, [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    sigma, source, target = float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_dir():
        cv2.setNumThreads(1)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda path: run(sigma, path, target / path.name), source.iterdir()))
    else:
        run(sigma, source, target)
