"""The engine for large kernels of any kind: its transform, its sums, its reads, its error."""

from __future__ import annotations

from itertools import cycle, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate

from imgconv.engines import fourier
from imgconv.engines.base import RowLayout
from imgconv.engines.fft import order_after, passes, radices
from imgconv.errors import UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import workspace
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support import oracle
from tests.support.covering import covering
from tests.support.pictures import pixels as pixels_of

pytestmark = pytest.mark.arithmetic

Array = NDArray[np.float64]
Rows = NDArray[np.float32]

SMALL_SIZES = list(product(range(1, 8), range(1, 8)))
LARGE_SIZES = [(31, 31), (63, 64), (64, 63), (1, 100), (120, 2), (150, 255)]


@jit_loop
def transform(points, spans, roots, work, result):  # type: ignore[no-untyped-def]
    half = work.shape[0] // 2
    passes(points, work[:half], work[half:], result, roots.shape[0], spans, roots)


def transformed(signals: NDArray[Any]) -> NDArray[Any]:
    """Return the spectra of signals (points, 16), in the order in which passes leave them."""
    n = len(signals)
    points = np.stack([signals.real, signals.imag], axis=1).astype(np.float32)
    result = workspace(points.shape)
    work = workspace((2 * points.size,))
    tables = np.cumprod([1, *radices(n)]), fourier.axis(n)[0]
    transform(points.reshape(-1), *tables, work, result.reshape(-1))
    found: NDArray[Any] = result[:, 0] + 1j * result[:, 1].astype(np.float64)
    return found


@pytest.mark.parametrize("n", [8, 16, 32, 64, 128, 256, 512, 1024])
def test_the_transform_is_that_of_numpy_in_another_order(n: int) -> None:
    real, imaginary = np.random.default_rng(n).standard_normal((2, n, 16))
    signals = real + 1j * imaginary
    wanted = np.fft.fft(signals, axis=0)[order_after(radices(n))]
    np.testing.assert_allclose(transformed(signals), wanted, rtol=0, atol=1e-5 * np.sqrt(n))


@pytest.mark.parametrize("n", [8, 16, 64, 128, 256])
def test_a_transform_of_a_transform_is_the_signal_backwards(n: int) -> None:
    signals = np.random.default_rng(n).standard_normal((n, 16)) + 0j
    spectra = np.empty_like(signals)
    spectra[order_after(radices(n))] = transformed(signals)
    again = np.empty_like(signals)
    again[order_after(radices(n))] = transformed(spectra)
    np.testing.assert_allclose(again / n, signals[-np.arange(n) % n], rtol=0, atol=1e-5)


def random_kernel(size: tuple[int, int]) -> Kernel:
    return Kernel(np.random.default_rng(size).standard_normal(size))


def random_rows(kernel: Kernel, channels: int, pixels: int, n: int) -> Rows:
    """Return 8-bit values for ``n`` rows of results, shape (rows, row length)."""
    shape = n + kernel.height - 1, (pixels + kernel.width - 1) * channels
    return np.random.default_rng(shape).integers(0, 256, shape).astype(np.float32)


def expected(kernel: Kernel, rows: Rows, channels: int) -> Array:
    pictures = rows.reshape(len(rows), -1, channels).astype(np.float64)
    weights = kernel.weights[:, :, None]
    sums: Array = correlate(pictures, weights, "valid", "direct" if weights.size < 50 else "fft")
    return sums.reshape(len(sums), -1)


def filtered(
    kernel: Kernel, rows: Rows, channels: int, spare: int = 0, interpret: bool = False
) -> Rows:
    """Return the engine's sums of ``rows``, whose last ``spare`` values are padding."""
    height, length = rows.shape
    sums = np.full(
        (height - kernel.height + 1, length - spare - (kernel.width - 1) * channels),
        np.nan,
        np.float32,
    )
    scratch = workspace(fourier.scratch(kernel, RowLayout(channels, length)))
    scratch[:] = np.nan
    prepared = fourier.prepare(kernel, RowLayout(channels, length))
    run: Any = fourier.fourier.interpret if interpret else fourier.fourier
    run(rows.reshape(-1), length, *prepared, sums, scratch)
    return sums


def check(kernel: Kernel, channels: int, pixels: int, n: int) -> None:
    rows = random_rows(kernel, channels, pixels, n)
    difference = np.abs(filtered(kernel, rows, channels) - expected(kernel, rows, channels)).max()
    assert difference <= fourier.error(kernel, 255), f"{channels} channels, {n} x {pixels} results"


@pytest.mark.parametrize(("channels", "first"), covering([1, 2, 3, 4], range(4), strength=1))
def test_small_kernels_agree_with_the_definition_around_the_edges_of_tiles(
    channels: int, first: int
) -> None:
    """Check every fourth size of kernels, from ``first`` on."""
    step = 48
    near = [1, 2, 3, 15, 16, 17, 31, 33, step - 1, step, step + 1]
    widths = cycle([*near, *(2 * k * step + d for k in (1, 2, 3) for d in (-2, -1, 0, 1, 2))])
    for size in SMALL_SIZES[first::4]:
        kernel = random_kernel(size)
        for n in (1, 2, fourier.strip_height(kernel) - 1, fourier.strip_height(kernel)):
            check(kernel, channels, next(widths), n)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", LARGE_SIZES, ids=str)
def test_large_kernels_agree_with_the_definition(size: tuple[int, int], channels: int) -> None:
    kernel = random_kernel(size)
    for pixels, n in [(1, 1), (5, 40), (340, fourier.strip_height(kernel)), (701, 3)]:
        check(kernel, channels, pixels, min(n, fourier.strip_height(kernel)))


def test_tiles_wider_than_high_and_higher_than_wide_are_among_these() -> None:
    sizes = [fourier.tile_size(random_kernel(size), RowLayout(3, 3000)) for size in LARGE_SIZES]
    assert {height < width for height, width in sizes} == {True, False}
    assert any(height > width for height, width in sizes)


def test_plain_python_gives_the_same() -> None:
    kernel = random_kernel((3, 4))
    rows = random_rows(kernel, 1, 40, 2)
    plain = filtered(kernel, rows, 1, interpret=True)
    np.testing.assert_allclose(filtered(kernel, rows, 1), plain, atol=fourier.error(kernel, 255))


@pytest.mark.parametrize("size", [(5, 3), (31, 40)], ids=str)
def test_strips_of_the_tile_height_make_up_the_picture(size: tuple[int, int]) -> None:
    kernel = random_kernel(size)
    strip = fourier.strip_height(kernel)
    height = 2 * strip + strip // 3
    rows = random_rows(kernel, 3, 230, height)
    strips = [
        filtered(kernel, rows[y : min(y + strip, height) + kernel.height - 1], 3)
        for y in range(0, height, strip)
    ]
    found = np.concatenate(strips)
    difference = np.abs(found - expected(kernel, rows, 3)).max()
    assert difference <= fourier.error(kernel, 255)


def test_earlier_contents_of_the_scratch_memory_make_no_difference() -> None:
    kernel = random_kernel((9, 9))
    scratch = workspace(fourier.scratch(kernel, RowLayout(3, 900)))
    prepared = fourier.prepare(kernel, RowLayout(3, 900))

    def run(rows: Rows) -> Rows:
        sums = np.empty((len(rows) - 8, 900 - 24), np.float32)
        fourier.fourier(rows.reshape(-1), 900, *prepared, sums, scratch)
        return sums

    rows = random_rows(kernel, 3, 292, fourier.strip_height(kernel))
    first = run(rows)
    run(1000 * rows[:20])
    np.testing.assert_array_equal(run(rows), first)


@pytest.mark.parametrize("size", [(3, 3), (31, 40)], ids=str)
@pytest.mark.parametrize("pixels", [1, 7, 48, 97, 300])
def test_padding_and_memory_after_the_last_row_are_never_read(
    size: tuple[int, int], pixels: int
) -> None:
    kernel = random_kernel(size)
    rows = random_rows(kernel, 3, pixels, 5)
    padded = np.pad(rows, ((0, 0), (0, 11)), constant_values=np.nan)
    memory = np.pad(padded.reshape(-1), (0, 100_000), constant_values=np.nan)
    cut = memory[: padded.size - 11]
    for given in (memory, cut):
        sums = np.full((5, 3 * pixels), np.nan, np.float32)
        length = padded.shape[1]
        scratch = workspace(fourier.scratch(kernel, RowLayout(3, length)))
        fourier.fourier(
            given, length, *fourier.prepare(kernel, RowLayout(3, length)), sums, scratch
        )
        difference = np.abs(sums - expected(kernel, rows, 3)).max()
        assert difference <= fourier.error(kernel, 255)


@pytest.mark.parametrize("side", [3, 15, 31, 63, 127])
def test_the_bound_of_the_error_is_two_to_ten_times_the_error(side: int) -> None:
    random = np.random.default_rng(side)
    kernel = Kernel(random.random((side, side)))
    rows = random_rows(kernel, 1, 900, fourier.strip_height(kernel))
    error = np.abs(filtered(kernel, rows, 1) - expected(kernel, rows, 1)).max()
    assert 2 * error < fourier.error(kernel, 255) < 10 * error


def test_the_bound_of_the_error_holds_for_the_picture_with_the_largest_sums() -> None:
    kernel = random_kernel((31, 31))
    n = fourier.strip_height(kernel)
    signs = np.tile(kernel.weights > 0, (n // 31 + 2, 40))[: n + 30]
    rows = np.where(signs, np.float32(255), np.float32(0))
    error = np.abs(filtered(kernel, rows, 1) - expected(kernel, rows, 1)).max()
    assert error < fourier.error(kernel, 255)


def test_averages_of_8_bit_values_are_good_to_four_digits() -> None:
    for side in (15, 63, 255):
        assert fourier.error(Kernel(np.full((side, side), side**-2.0)), 255) < 3e-4


@pytest.mark.parametrize("engine", ["fourier", "low-rank"])
@pytest.mark.parametrize(("value", "weight"), [(3e38, 1 / 99), (1e6, 3e29), (1, 1e29), (0.5, 1.0)])
def test_an_engine_whose_sums_would_overflow_is_not_offered(
    value: float, weight: float, engine: str
) -> None:
    random = np.random.default_rng(4)
    picture = random.random((40, 50)).astype(np.float32)
    picture[15:25, 20:40] = value
    kernel = Kernel(random.standard_normal((7, 7)) * weight)
    exact = oracle.correlate_quickly(picture.astype(float), kernel.weights)
    filters, options = [Filter("kernel", (kernel,))], Settings(engine=engine)
    try:
        found = filter_pixels(pixels_of(picture, "float32"), filters, options)
    except UsageError as error:
        assert "over these floats" in str(error) and value * weight > 1
        return
    near = found.plan.error + 1e-5 * np.abs(exact).max()
    np.testing.assert_allclose(found.pixels.array[..., 0], exact, rtol=0, atol=near)


@pytest.mark.parametrize("side", [1, 2, 3, 9, 15, 31, 63, 127])
def test_memory_stays_modest(side: int) -> None:
    kernel = random_kernel((side, side))
    for channels in (1, 2, 3, 4):
        length = (12000 // channels + side - 1) * channels
        window = (fourier.strip_height(kernel) + side - 1) * length
        floats = fourier.scratch(kernel, RowLayout(channels, length))[0] + window
        assert floats * 4 < 32 * 2**20


def test_a_strip_is_a_tile_less_the_rows_that_the_kernel_spans() -> None:
    for height, width in product((1, 2, 9, 31, 63, 127, 255, 600), (1, 31, 200)):
        kernel = random_kernel((height, width))
        rows = fourier.strip_height(kernel) + height - 1
        assert rows & (rows - 1) == 0 and fourier.strip_height(kernel) >= 16
        assert fourier.tile_size(kernel, RowLayout(1, 5000))[0] == rows
