"""The rows: each a filter, and the plain call by which each tool does it.

Every call makes its own result, as a user's would. All continue the picture's edge outwards, except
for Pillow's ``Kernel``, which leaves the pixels at the edge as they were.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

import imgconv
from imgconv.engines.base import Pass, PlanOptions
from imgconv.kernels import library
from imgconv.kernels.filter import Filter
from imgconv.planning.planner import make_plan
from imgconv.planning.settings import TOLERANCE
from measure.reference import (
    Answer,
    Levels,
    Values,
    boxed,
    correlated,
    gaussian,
    magnitude,
    one_after_another,
    sizes,
)

cv2: Any = importlib.import_module("cv2") if importlib.util.find_spec("cv2") else None

SAMPLE = Path(__file__).parents[2] / "sample_images" / "hubble_deep_field.jpg"
WIDTH, HEIGHT = 4000, 3000

SOBEL_ACROSS = np.outer((1.0, 2, 1), (-1.0, 0, 1))
LAPLACIAN_WEIGHTS = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
SHARPEN_WEIGHTS = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])


@dataclass(frozen=True)
class Picture:
    """The same pixels for NumPy and for Pillow, and room into which they can be copied."""

    pixels: Levels
    image: Image.Image
    room: Levels


Work = Callable[[Picture, int], Any]


@dataclass(frozen=True)
class Row:
    """One filter. ``judged`` says whether the claims about all rows are about this one too.

    ``opencv`` takes the picture, ``scipy`` one channel and gives it in float32, not rounded; None
    stands for what a tool cannot do, or does so slowly that it is not waited for.
    """

    name: str
    filter: str | Values
    answer: Answer
    opencv: Callable[[Levels], Levels]
    pillow: ImageFilter.Filter | None = None
    scipy: Callable[[Levels], Any] | None = None
    judged: bool = True
    tolerance: float = TOLERANCE

    def by_imgconv(self, pixels: Levels, threads: int) -> Levels:
        """What is measured; what a kernel has to find out about itself is part of it."""
        filter = self.filter if isinstance(self.filter, str) else imgconv.Kernel(self.filter)
        wanted = self.tolerance
        return imgconv.apply(pixels, filter, threads=threads, border="edge", tolerance=wanted)

    @property
    def passes(self) -> list[Pass]:
        """The engines that the planner chooses, and how they run."""
        if isinstance(self.filter, str):
            filters = library.find(self.filter)
        else:
            filters = [Filter("kernel", (imgconv.Kernel(self.filter),))]
        plan = make_plan(filters, PlanOptions(tolerance=self.tolerance, is_bytes=True))
        return [kernel_pass for step in plan.steps for kernel_pass in step.passes]

    def works(self) -> dict[str, Work]:
        """How each of ``TOOLS`` does this row, if it does."""
        opencv, pillow, scipy = self.opencv, self.pillow, self.scipy
        found: dict[str, Work] = {
            "imgconv": lambda picture, threads: self.by_imgconv(picture.pixels, threads),
            "copy": plain_copy,
        }
        if cv2:
            found["OpenCV"] = lambda picture, threads: opencv(picture.pixels)
        if pillow:
            found["Pillow"] = lambda picture, threads: picture.image.filter(pillow)
        if scipy:
            found["SciPy"] = lambda picture, threads: each_channel(picture.pixels, scipy)
        return found


@dataclass(frozen=True)
class Tool:
    """Who does the work; ``settle`` is told the number of threads before each call, untimed."""

    name: str
    module: str
    threads: tuple[int, ...]
    settle: Callable[[int], None] = lambda threads: None

    @property
    def version(self) -> str:
        """The version that is installed, or that none is."""
        if importlib.util.find_spec(self.module) is None:
            return "not installed"
        return str(importlib.import_module(self.module).__version__)


def settle_opencv(threads: int) -> None:
    """Let OpenCV start or end its threads now, not in the call that is timed."""
    cv2.setNumThreads(threads)
    cv2.blur(np.zeros((1000, 1000), np.uint8), (3, 3))


TOOLS = (
    Tool("imgconv", "imgconv", (1, 2)),
    Tool("OpenCV", "cv2", (1, 2), settle_opencv),
    Tool("Pillow", "PIL", (1,)),
    Tool("SciPy", "scipy", (1,)),
    Tool("copy", "numpy", (1, 2)),
)

_HELPER = ThreadPoolExecutor(1)


def plain_copy(picture: Picture, threads: int) -> Levels:
    """The bytes of the picture to memory that is there already; on two threads in halves."""
    middle = HEIGHT // threads
    rest = _HELPER.submit(np.copyto, picture.room[middle:], picture.pixels[middle:])
    np.copyto(picture.room[:middle], picture.pixels[:middle])
    rest.result()
    return picture.room


def each_channel(pixels: Levels, filter: Callable[[Levels], Any]) -> Levels:
    """SciPy does not round, and wraps around: so it gives float32, which is rounded here."""
    result = np.empty_like(pixels)
    for channel in range(pixels.shape[2]):
        values = filter(pixels[..., channel])
        result[..., channel] = np.clip(values + np.float32(0.5), 0, 255)
    return result


def mixed_picture() -> Picture:
    """The sample, noise of all levels in one corner, of black and white in the opposite one."""
    with Image.open(SAMPLE) as image:
        large = image.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    pixels = np.array(large)
    random = np.random.default_rng(1)
    pixels[:1000, :1000] = random.integers(0, 256, (1000, 1000, 3))
    pixels[-1000:, -1000:] = 255 * random.integers(0, 2, (1000, 1000, 3))
    return Picture(pixels, Image.fromarray(pixels), np.zeros_like(pixels))


def blur_row(size: int) -> Row:
    radius = size // 2
    return Row(
        f"blur {size}x{size}",
        f"blur:{radius}",
        boxed(radius),
        lambda pixels: cv2.blur(pixels, (size, size), borderType=cv2.BORDER_REPLICATE),
        ImageFilter.BoxBlur(radius),
        lambda channel: ndimage.uniform_filter(channel, size, np.float32, mode="nearest"),
    )


def gaussian_row(
    sigma: float, judged: bool = True, scipy: bool = True, tolerance: float = TOLERANCE
) -> Row:
    def by_scipy(channel: Levels) -> Any:
        return ndimage.gaussian_filter(channel, sigma, output=np.float32, mode="nearest")

    return Row(
        f"gaussian {sigma:g}" if tolerance else f"gaussian {sigma:g} exactly",
        f"gaussian:{sigma:g}",
        gaussian(sigma),
        lambda pixels: cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE),
        ImageFilter.GaussianBlur(sigma),
        by_scipy if scipy else None,
        judged,
        tolerance,
    )


def kernel_row(name: str, filter: str | Values, weights: Values, scipy: bool = True) -> Row:
    def by_scipy(channel: Levels) -> Any:
        return ndimage.correlate(channel, weights, np.float32, mode="nearest")

    return Row(
        name,
        filter,
        correlated(weights),
        lambda pixels: cv2.filter2D(pixels, -1, weights, borderType=cv2.BORDER_REPLICATE),
        pillow_kernel(weights),
        by_scipy if scipy else None,
    )


def pillow_kernel(weights: Values) -> ImageFilter.Filter | None:
    """Pillow takes two sizes only, and lays kernels over the picture upside down."""
    if weights.shape not in ((3, 3), (5, 5)):
        return None
    return ImageFilter.Kernel(weights.shape, weights[::-1].ravel().tolist(), scale=1)


def random_weights(size: int) -> Values:
    """A kernel of full rank whose weights, about a fifth of them negative, sum to one."""
    weights: Values = np.random.default_rng(size).uniform(-0.25, 1, (size, size))
    weights /= weights.sum()
    assert np.linalg.matrix_rank(weights) == size
    return weights


def general_row(size: int, scipy: bool = True) -> Row:
    weights = random_weights(size)
    return kernel_row(f"kernel {size}x{size}", weights, weights, scipy)


def opencv_sobel(pixels: Any) -> Levels:
    """Sobel to float32: to 16 bits and then to float32, which ``magnitude`` takes, was slower."""
    x = cv2.Sobel(pixels, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    y = cv2.Sobel(pixels, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    levels: Levels = cv2.convertScaleAbs(cv2.magnitude(x, y))
    return levels


def opencv_laplacian(pixels: Levels) -> Levels:
    """Laplacian to 16 bits, which holds it and was faster than float32."""
    sums = cv2.Laplacian(pixels, cv2.CV_16S, ksize=1, borderType=cv2.BORDER_REPLICATE)
    levels: Levels = cv2.convertScaleAbs(sums)
    return levels


def opencv_chain(pixels: Any) -> Levels:
    blurred = cv2.GaussianBlur(pixels, (0, 0), 2, borderType=cv2.BORDER_REPLICATE)
    return opencv_sobel(blurred)


def scipy_sobel(channel: Any) -> Any:
    x = ndimage.sobel(channel, axis=1, output=np.float32, mode="nearest")
    y = ndimage.sobel(channel, axis=0, output=np.float32, mode="nearest")
    return np.hypot(x, y)


def scipy_chain(channel: Any) -> Any:
    return scipy_sobel(ndimage.gaussian_filter(channel, 2, output=np.float32, mode="nearest"))


def scipy_laplacian(channel: Levels) -> Any:
    return np.abs(ndimage.laplace(channel, output=np.float32, mode="nearest"))


SOBEL = magnitude(correlated(SOBEL_ACROSS.T), correlated(SOBEL_ACROSS))
CHAIN = one_after_another(gaussian(2), SOBEL)
ROWS = (
    *(blur_row(size) for size in (3, 5, 31, 201)),
    *(gaussian_row(sigma) for sigma in (0.8, 2, 5, 10)),
    *(gaussian_row(sigma, scipy=False) for sigma in (50, 200)),
    gaussian_row(3, judged=False),
    gaussian_row(2, judged=False, tolerance=0),
    *(general_row(size) for size in (3, 5, 7, 9)),
    *(general_row(size, scipy=False) for size in (15, 31, 63)),
    kernel_row("sharpen", "sharpen", SHARPEN_WEIGHTS),
    Row("sobel", "sobel", SOBEL, opencv_sobel, scipy=scipy_sobel),
    Row(
        "laplacian",
        "laplacian",
        sizes(correlated(LAPLACIAN_WEIGHTS)),
        opencv_laplacian,
        scipy=scipy_laplacian,
    ),
    Row(
        "gaussian:2,sobel",
        "gaussian:2,sobel",
        CHAIN,
        lambda pixels: opencv_chain(pixels.astype(np.float32)),
        scipy=scipy_chain,
    ),
    # The shorter way in OpenCV rounds the blurred picture to 8 bits: less work, another result.
    Row(
        "gaussian:2,sobel, OpenCV rounding between",
        "gaussian:2,sobel",
        CHAIN,
        opencv_chain,
        judged=False,
    ),
)
