"""The kernel that was learnt: as text, JSON, a kernel file, or a figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from imgconv import figures
from imgconv.batch.pairing import paired
from imgconv.cli.answers.kernel import KERNEL_FILES, grid, write_toml
from imgconv.cli.answers.tables import style
from imgconv.cli.console import print_json, progress_bar, say, show_line
from imgconv.cli.study_options import check_figure, check_one_document
from imgconv.errors import LimitError, UsageError
from imgconv.formats.number_files import write_npy
from imgconv.formats.registry import suffix_of
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.study.learning.fit import MOST_WEIGHTS, Fit, FitOptions, fit
from imgconv.study.learning.pairs import Pair, Reading, make_pair
from imgconv.study.numbers import number
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.cli.learn import LearnRequest

# The root mean square of what rounding to whole levels leaves.
_ROUNDING = 1 / math.sqrt(12)


def answer(request: LearnRequest) -> None:
    """Learn the kernel, and print or write it; raises ``UsageError`` and ``ReadError``."""
    before, after, *outputs = request.paths
    output = outputs[0] if outputs else None
    options = _fit_options(request)
    couples, alone = paired(before, after)
    if output:
        check_one_document(output, request.as_json)
    if output and output != PIPE:
        check_figure(output, [path for couple in couples for path in couple], KERNEL_FILES)
    if alone:
        say(_alone(alone))
    found = _learn(request, couples, options)
    rounds = _rounds(request, found)
    if output:
        _write(output, found, f"Learnt from {before} and {after}", rounds)
        place = "" if output == PIPE else f"; written to {output}"
        say(f"{_summary(found, rounds)}{place}")
    if request.as_json:
        print_json(_document(request, found, rounds))
    elif not output:
        _print(found, rounds)
    for line in _doubts(found):
        say(line)


def _alone(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return f"1 picture is in one folder only: {paths[0]}; it is left out"
    return f"{len(paths)} pictures are in one folder only, as {paths[0]}; they are left out"


def _fit_options(request: LearnRequest) -> FitOptions:
    given = request.kernel
    wide, high = given.size or (3, 3)
    if wide * high > MOST_WEIGHTS:
        raise LimitError(f"a kernel of {wide}x{high} is too large", "give up to 41x41")
    if given.separable and given.symmetric != "none":
        raise UsageError("--separable and --symmetric exclude each other", "give one of them")
    for name, value in (("--ridge", given.ridge), ("--sum", given.sum or 0.0)):
        if not math.isfinite(value):
            raise UsageError(f"{name} is not finite", "give a number")
    return FitOptions(
        shape=(high, wide),
        symmetric=given.symmetric,
        separable=given.separable,
        ridge=given.ridge,
        total=given.sum,
        has_offset=not given.no_offset,
    )


class _Reader:
    """Reads pairs of pictures, each time that they are asked for; a single pair is kept."""

    def __init__(
        self, couples: Sequence[tuple[str, str]], shape: tuple[int, int], request: LearnRequest
    ) -> None:
        self._couples, self._shape, self._request = couples, shape, request
        self._first = self._pair(*couples[0], None)

    def __call__(self) -> Iterator[Pair]:
        yield self._first
        for couple in self._couples[1:]:
            yield self._pair(*couple, self._first.maximum)

    def _pair(self, before: str, after: str, maximum: float | None) -> Pair:
        given, reading = self._request.kernel, self._request.reading
        first, second = (reading.pixels(path, given.gray, given.linear) for path in (before, after))
        names = f"{before}, {after}: " if len(self._couples) > 1 else ""
        return make_pair(first, second, self._shape, Reading(given.linear, maximum), names)


def _learn(request: LearnRequest, couples: Sequence[tuple[str, str]], options: FitOptions) -> Fit:
    """Learn from all pairs, with a progress bar."""
    total, done = 2000 * len(couples), 0.0
    with progress_bar() as progress:

        def advance(share: float) -> None:
            nonlocal done
            done += 1000 * share
            progress(min(total, round(done)), total)

        return fit(_Reader(couples, options.shape, request), options, advance)


def _write(output: str, found: Fit, origin: str, rounds: bool) -> None:
    """Write a kernel file, the weights, or a figure."""
    kernel = found.kernel
    if output == PIPE or suffix_of(output) == ".toml":
        write_toml(Filter("learnt", (kernel,)), origin, output)
    elif suffix_of(output) == ".npy":
        write_npy(output, kernel.weights / kernel.scale)
        if kernel.offset:
            say(f"{output} holds weights only, not the offset of {number(kernel.offset)}")
    else:
        drawn = figures.kernel.draw_kernels([_summary(found, rounds)], [kernel], has_curves=True)
        figures.style.save(drawn, output)


def _print(found: Fit, rounds: bool) -> None:
    """Print the kernel, then a line for each fact."""
    kernel = found.kernel
    scale = f", over {number(kernel.scale)}" if kernel.scale != 1 else ""
    show_line(f"kernel of {kernel.size}{scale}")
    shown = kernel if found.is_whole else Kernel(np.round(kernel.weights, 4) + 0.0)
    click.echo(grid(shown))
    for name, text in _facts(found, rounds):
        click.echo(f"{style(name, bold=True)} {text}")


def _facts(found: Fit, rounds: bool) -> Iterator[tuple[str, str]]:
    kernel, error = found.kernel, float(found.errors.max())
    yield "offset", f"{number(kernel.offset)} (standard error {number(found.offset_error, 2)})"
    yield "sum", number(kernel.sum / kernel.scale)
    if found.is_whole:
        away = abs(found.weights - kernel.weights / kernel.scale).max()
        left = f"and leave rms {_digits(found.learnt_residuals.rms, found)}"
        yield "whole weights", f"those learnt differ by up to {number(float(away), 2)}, {left}"
    yield "standard error", f"of a weight, up to {number(error, 2)}"
    yield "residual", f"{_residual(found)}, largest {_digits(found.residuals.largest, found)}"
    if rounds:
        yield "rounding", f"alone leaves up to about {_ROUNDING:.3f}"
    yield "R2", f"{found.residuals.r_squared:.6f}"
    left = f"; the best separable kernel leaves {found.separable_error:.2%} of the weights"
    yield "rank", f"{found.rank}{left if found.rank > 1 else ''}"
    clipped = f" ({found.clipped:.1%} are black or white)" if found.clipped else ""
    yield "used", f"{found.used:,} values{clipped}"
    yield "condition", number(found.condition)


def _residual(found: Fit) -> str:
    unit = {255: " levels", 1: ""}.get(int(found.maximum), f" levels of {found.maximum:.0f}")
    return f"rms {_digits(found.residuals.rms, found)}{unit}"


def _digits(value: float, found: Fit) -> str:
    return f"{value:.{3 if found.maximum > 1 else 6}f}"


def _rounds(request: LearnRequest, found: Fit) -> bool:
    """Return whether whole levels were learnt, whose rounding leaves something."""
    return found.maximum > 1 and not request.kernel.linear


def _summary(found: Fit, rounds: bool) -> str:
    kernel = found.kernel
    what = f"whole weights over {number(kernel.scale)}" if found.is_whole else "weights"
    alone = f" (rounding alone {_ROUNDING:.3f})" if rounds else ""
    offset = f", offset {number(kernel.offset)}" if kernel.offset else ""
    return f"{kernel.size} {what}{offset}, {_residual(found)}{alone}"


def _doubts(found: Fit) -> Iterator[str]:
    """Yield a line for each reason not to trust the kernel."""
    if found.dropped:
        size = found.weights.size
        yield (
            f"{found.dropped} directions of {size} cannot be told from these pictures; "
            "take ones with more detail, or a smaller --size"
        )
    if found.is_poor:
        yield (
            f"{_residual(found)}, R2 {found.residuals.r_squared:.2f}: no single kernel did this "
            "(combination, clipping or a larger kernel?)"
        )


def _document(request: LearnRequest, found: Fit, rounds: bool) -> dict[str, Any]:
    kernel = found.kernel
    return {
        "before": request.paths[0],
        "after": request.paths[1],
        "size": [kernel.width, kernel.height],
        "weights": kernel.weights,
        "learnt": found.weights,
        "standard_errors": found.errors,
        "scale": kernel.scale,
        "offset": kernel.offset,
        "learnt_offset": found.offset,
        "offset_standard_error": found.offset_error,
        "whole": found.is_whole,
        "sum": kernel.sum / kernel.scale,
        "residual": found.residuals._asdict(),
        "learnt_residual": found.learnt_residuals._asdict(),
        "rounding": _ROUNDING if rounds else None,
        "rank": found.rank,
        "separable_error": found.separable_error,
        "used": found.used,
        "clipped": found.clipped,
        "condition": found.condition,
        "dropped": found.dropped,
    }
