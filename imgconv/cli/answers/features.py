"""Features of pictures, or the kernel that whitens them: as a bank, as numbers, as a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.batch.listing import Listing
from imgconv.cli.answers.kernel import KERNEL_FILES, write_toml
from imgconv.cli.console import print_json, say
from imgconv.cli.study_options import check_one_document, check_pixels_output
from imgconv.errors import LimitError, UsageError
from imgconv.formats.number_files import write_npy
from imgconv.formats.registry import suffix_of
from imgconv.formats.upright import write_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import BANK, Filter
from imgconv.kernels.kernel import Kernel
from imgconv.study.learning.features import Features, clustered, principal, whitening_kernel
from imgconv.study.learning.patches import draw_patches, of_equal_contrast
from imgconv.study.numbers import number
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.cli.learn import LearnRequest

Array = NDArray[np.float64]

# Numbers of all patches together, and features.
_MOST_NUMBERS, _MOST_FEATURES = 2**26, 4096

# What divides the whitening kernel: its result has 1 as standard deviation where white is 1.
_SOFTENED = 8


def answer(request: LearnRequest) -> None:
    """Learn features, or a whitening kernel, and write or print them; raises ``UsageError``."""
    *sources, output = request.paths
    options = request.features
    count = options.number
    wide, high = request.kernel.size or ((8, 8) if count else (9, 9))
    paths = [path for source in sources for path in _pictures(source)]
    _check(request, paths, output, wide * high)
    grays = _grays(paths, request)
    patches = draw_patches(grays, options.patches, (high, wide), options.seed)
    if not count:
        found = Features(whitening_kernel(patches, (high, wide))[None], np.ones(1))
    elif options.by == "pca":
        found = principal(of_equal_contrast(patches), count, options.whiten)
    else:
        found = clustered(of_equal_contrast(patches), count, options.seed, options.whiten)
    weights = found.weights.reshape(-1, high, wide)
    _write(output, weights, request)
    if request.as_json:
        print_json(_document(request, paths, found, weights))
    say(f"{_summary(request, found, weights)}{'' if output == PIPE else f'; written to {output}'}")


def _pictures(source: str) -> list[str]:
    """Return a picture, or all of a folder."""
    if not Path(source).is_dir():
        return [source]
    found = Listing(keeps_format=False).pictures(source)
    if not found:
        raise UsageError(f"{source} has no picture", "give pictures, or a folder of them")
    return found


def _check(request: LearnRequest, paths: list[str], output: str, size: int) -> None:
    """Raise ``UsageError`` for an output that cannot be written, and for too much work."""
    count, features = request.features.number, request.features
    check_one_document(output, request.as_json)
    if output != PIPE:
        check_pixels_output(output, paths, KERNEL_FILES)
    if features.patches < len(paths):
        raise UsageError(
            f"{features.patches} patches of {len(paths)} pictures are too few",
            f"give at least {len(paths)} --patches",
        )
    if features.patches * size > _MOST_NUMBERS:
        raise LimitError(
            f"{features.patches:,} patches of {size} pixels are too many",
            f"give up to {_MOST_NUMBERS // size:,} --patches, or a smaller --size",
        )
    most = _MOST_FEATURES if features.by == "kmeans" else size - features.whiten
    if count and count > most:
        raise UsageError(f"patches of {size} pixels have no {count} features", f"give up to {most}")


def _grays(paths: list[str], request: LearnRequest) -> Iterator[Array]:
    """Yield each picture in grey, 0 to 1."""
    for path in paths:
        pixels = request.reading.pixels(path, gray=True)
        yield pixels.array[..., 0] / pixels.maximum


def _write(output: str, weights: Array, request: LearnRequest) -> None:
    """Write a kernel file, an array, or a sheet of pictures."""
    if output == PIPE or suffix_of(output) == ".toml":
        write_toml(_filter(weights, request), _origin(request), output)
    elif suffix_of(output) == ".npy":
        write_npy(output, weights if request.features.number else weights[0])
    else:
        write_pixels(output, Pixels(figures.features.draw_features(weights)[..., None], ("l",)))


def _filter(weights: Array, request: LearnRequest) -> Filter:
    """Return features as a bank, or the whitening kernel as a filter whose results are grey."""
    if not request.features.number:
        return Filter("white", (Kernel(weights[0], _SOFTENED),), range="offset")
    kernels = tuple(Kernel(each) for each in weights)
    return Filter("features", kernels, BANK if len(kernels) > 1 else "none", "offset")


def _origin(request: LearnRequest) -> str:
    *sources, _ = request.paths
    which = f"{request.features.number} features" if request.features.number else "Whitening"
    others = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"{which}, learnt from {sources[0]}{others}"


def _summary(request: LearnRequest, found: Features, weights: Array) -> str:
    size = f"{weights.shape[2]}x{weights.shape[1]}"
    if not request.features.number:
        middle = weights[0, weights.shape[1] // 2, weights.shape[2] // 2]
        return f"whitening kernel of {size}, {number(float(middle), 2)} in the middle"
    share = f"{found.shares.sum():.1%} of the variance"
    return f"{len(weights)} features of {size}, {share}"


def _document(
    request: LearnRequest, paths: list[str], found: Features, weights: Array
) -> dict[str, Any]:
    features = request.features
    return {
        "inputs": paths,
        "size": [weights.shape[2], weights.shape[1]],
        "by": features.by if features.number else "zca",
        "patches": features.patches,
        "seed": features.seed,
        "whiten": features.whiten,
        "shares": found.shares,
        "weights": weights,
    }
