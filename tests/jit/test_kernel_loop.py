"""Loops: compiled once for each kind of arguments, with the results of the same Python."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from threading import Barrier
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import imgconv
from imgconv.engines import ENGINES
from imgconv.images.blend import Blend, Region
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit import compiler, hooks, kernel_loop
from imgconv.jit.arguments import kinds_of
from imgconv.jit.kernel_loop import JitLoop, Wanted, jit_loop
from imgconv.jit.loader import is_interpreted
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support.pictures import BLUR, SHARPEN, SOBEL, SOBEL_X, filtered, noise

DETAIL = Kernel([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
REAL = Kernel([[0.3, -0.7, 1.1], [0.2, 0.9, -0.4]], 1.7, 0.1)
SOFT = gaussian(1)
# Between them, these run every loop that there is.
FILTERS = {
    "sharpen": Filter("sharpen", (SHARPEN,)),
    "blur": Filter("blur", (BLUR,)),
    "sobel": Filter("sobel", (SOBEL_X,), range="abs"),
    "relief": Filter("relief", (SOBEL_X,), range="offset"),
    "stretched": Filter("stretched", (SOBEL_X,), range="stretch"),
    "magnitude": SOBEL,
    "largest": Filter("largest", SOBEL.kernels, "max"),
    "unsharp": Filter("unsharp", (Kernel([[1]]), DETAIL), "add-above", threshold=51),
    "real": Filter("real", (REAL,)),
    "box": Filter("box", (Kernel(np.ones((3, 3)), 9),)),
    "pale": Filter("pale", (BLUR,), range="offset"),
}
EXACT = {"sharpen", "blur", "sobel", "relief", "largest", "unsharp"}


def loops() -> set[JitLoop]:
    """All loops of the packages that hold them."""
    root = Path(imgconv.__file__).parent
    modules = [
        import_module(found.name)
        for package in ("engines", "execution/stages")
        for found in pkgutil.iter_modules(
            [str(root / package)], f"imgconv.{package.replace('/', '.')}."
        )
    ]
    values = [value for module in modules for value in vars(module).values()]
    return {value for value in values if isinstance(value, JitLoop)}


def run(name: str, picture: Pixels) -> NDArray[np.float64]:
    return filtered(picture, FILTERS[name], settings=Settings(Border("wrap"), "full", threads=1))


def set_interpreted(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    if value is not None:
        monkeypatch.setenv("NUMBA_DISABLE_JIT", value)
    is_interpreted.cache_clear()


@pytest.fixture(autouse=True)
def clear_is_interpreted() -> Iterator[None]:
    """Lets the next test read the environment again."""
    yield
    is_interpreted.cache_clear()


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Interprets loops until the fixture is called."""
    set_interpreted(monkeypatch, "1")
    return partial(set_interpreted, monkeypatch, None)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("channels", ["l", "rgba"])
@pytest.mark.parametrize("dtype", MAXIMUM)
def test_interpreted_loops_give_what_compiled_ones_give(
    dtype: str, channels: str, name: str, interpreted: Any
) -> None:
    picture = noise(5, 7, channels, dtype)
    slowly = run(name, picture)
    interpreted()
    quickly = run(name, picture)
    if dtype == "float32":
        np.testing.assert_allclose(slowly, quickly, rtol=1e-4, atol=1e-5)
    else:
        is_exact = name in EXACT and channels == "l"
        assert np.abs(slowly - quickly).max() <= (0 if is_exact else 1)


@pytest.mark.parametrize("engine", ["direct", "separable"])
def test_interpreted_sums_in_fixed_point_are_the_same(engine: str, interpreted: Any) -> None:
    picture, how = noise(5, 7, "rgb"), Settings(engine=engine, threads=1)
    slowly = filtered(picture, SOFT, settings=how)
    interpreted()
    np.testing.assert_array_equal(filtered(picture, SOFT, settings=how), slowly)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("dtype", "channels"), [("uint8", "rgb"), ("uint16", "l"), ("float32", "la")]
)
def test_interpreted_engines_give_what_compiled_ones_give(
    dtype: str, channels: str, engine: str, interpreted: Any
) -> None:
    kernel = gaussian(6) if engine == "pyramid" else Kernel(np.ones((5, 4)), 20)
    picture, how = noise(5, 7, channels, dtype), Settings(engine=engine, threads=1)
    slowly = filtered(picture, kernel, settings=how)
    interpreted()
    quickly = filtered(picture, kernel, settings=how)
    near = 1e-6 if dtype == "float32" else 1
    np.testing.assert_allclose(slowly, quickly, rtol=0, atol=near)


HOW = {
    "no border": Settings(Border("none"), threads=1),
    "half": Settings(blend=Blend(50), threads=1),
    "region": Settings(blend=Blend(region=Region(1, 1, 2, 2)), threads=1),
    "region of light": Settings(linear=True, blend=Blend(region=Region(1, 1, 2, 2)), threads=1),
}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("channels", ["rgb", "rgba"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_interpreted_settings_give_what_compiled_ones_give(
    dtype: str, channels: str, how: str, interpreted: Any
) -> None:
    picture = noise(5, 7, channels, dtype)
    slowly = filtered(picture, FILTERS["blur"], settings=HOW[how])
    interpreted()
    quickly = filtered(picture, FILTERS["blur"], settings=HOW[how])
    near = 1e-6 if dtype == "float32" else 1
    np.testing.assert_allclose(slowly, quickly, rtol=0, atol=near)


def test_these_tests_run_every_loop(interpreted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[JitLoop] = set()
    interpret = JitLoop.interpret

    def record(loop: JitLoop, *arguments: Any) -> None:
        used.add(loop)
        interpret(loop, *arguments)

    monkeypatch.setattr(JitLoop, "interpret", record)
    for name in FILTERS:
        run(name, noise(3, 4, "rgba"))
        run(name, noise(3, 4, dtype="float32"))
    for engine in ENGINES:
        filter = Filter("gaussian", (gaussian(10),)) if engine == "pyramid" else FILTERS["box"]
        for channels, stored in (("l", 1), ("rgb", 4), ("la", 4)):
            dots = Pixels(np.ones((3, 4, stored), np.uint8), tuple(channels))
            filtered(dots, filter, settings=Settings(engine=engine, threads=1))
    for engine in ("direct", "separable"):
        filtered(noise(3, 4), SOFT, settings=Settings(engine=engine))
    filtered(noise(3, 4), Kernel([[-1, 11, -1]], 9))
    for channels, stored in (("l", 1), ("01", 4)):
        dots = Pixels(np.ones((3, 4, stored), np.uint8), tuple(channels))
        filtered(dots, FILTERS["sharpen"])
    for dtype in ("uint8", "float32"):
        filtered(noise(3, 4, dtype=dtype), FILTERS["blur"], settings=Settings(linear=True))
    for how, channels in product(HOW.values(), ("rgb", "rgba")):
        filtered(noise(3, 4, channels), FILTERS["blur"], settings=how)
    hidden = noise(3, 4, "la", "float32")
    hidden.array[1, 1] = np.nan, 0
    filtered(hidden, FILTERS["blur"])
    assert used == loops()


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_an_environment_variable_has_loops_interpreted(
    value: str | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_interpreted(monkeypatch, value)
    assert is_interpreted() is expected


def add(values, more, count, result):  # type: ignore[no-untyped-def]
    """result = values + more * count."""
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            result[y, x] = values[y, x] + more * count


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32"])
@pytest.mark.parametrize("flag", ["0", "1"])
def test_a_loop_takes_arrays_of_any_type_floats_and_whole_numbers(
    flag: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_interpreted(monkeypatch, flag)
    values, result = np.arange(6).reshape(2, 3).astype(dtype), np.zeros((2, 3), np.float32)
    jit_loop(add)(values, 0.5, 3, result)
    assert result.tolist() == [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]


def add_group(values, group, result):  # type: ignore[no-untyped-def]
    """``add``, its numbers in a group, and the result in one of its own."""
    (more, (count,)), (into, _) = group, result
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            into[y, x] = values[y, x] + more * count


class Numbers(NamedTuple):
    """A group of arguments with names."""

    more: float
    counts: tuple[int]


@pytest.mark.parametrize("flag", ["0", "1"])
@pytest.mark.parametrize("group", [(0.1, (3,)), Numbers(0.1, (3,))])
def test_a_loop_with_groups_of_arguments_gives_what_it_gives_without(
    group: tuple[Any, ...], flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_interpreted(monkeypatch, flag)
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    flat, grouped = np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    jit_loop(add)(values, 0.1, 3, flat)
    jit_loop(add_group)(values, group, (grouped, ()))
    np.testing.assert_array_equal(grouped, flat)
    assert grouped.any()


def test_groups_of_arguments_cost_no_machine_code() -> None:
    values, result = np.ones((1, 2), np.uint8), np.ones((1, 2), np.float32)
    flat = compiler.machine_code(add, kinds_of((values, 1.0, 1, result)), "add")
    grouped = compiler.machine_code(add_group, kinds_of((values, (1.0, (1,)), (result, ()))), "add")
    assert abs(len(grouped) - len(flat)) <= 64


def test_threads_compile_a_loop_once_for_each_kind_of_arguments() -> None:
    loop, begin = jit_loop(add), Barrier(4)

    def call(dtype: str) -> list[float]:
        begin.wait(30)
        result = np.zeros((1, 2), np.float32)
        loop(np.ones((1, 2), dtype), 1.0, 1, result)
        values: list[float] = result[0].tolist()
        return values

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(call, ["uint8", "uint8", "float32", "float32"]))
    assert results == [[2, 2]] * 4
    assert len(loop.addresses) == 2


# Arguments of ``add``.
ADDED = (np.ones((1, 2), np.uint8), 1.0, 1, np.ones((1, 2), np.float32))


def test_compiled_loops_do_not_wait_for_the_compiler() -> None:
    wanted = (jit_loop(add), kinds_of(ADDED))
    kernel_loop.prepare([wanted])
    with kernel_loop._compiling, ThreadPoolExecutor(1) as pool:
        pool.submit(kernel_loop.prepare, [wanted]).result(60)


def test_a_loop_that_is_wanted_twice_is_missing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[Sequence[Wanted]] = []

    def note(missing: Sequence[Wanted]) -> AbstractContextManager[None]:
        groups.append(missing)
        return nullcontext()

    monkeypatch.setattr(hooks, "workers", note)
    one, other = jit_loop(add), jit_loop(add)
    monkeypatch.setattr(JitLoop, "load", lambda loop, kinds: False)
    kernel_loop.prepare([(one, kinds_of(ADDED))] * 3)
    assert groups == []
    kernel_loop.prepare([(loop, kinds_of(ADDED)) for loop in (one, other, other)])
    assert groups == []
    three = [jit_loop(add) for _ in range(3)]
    kernel_loop.prepare([(loop, kinds_of(ADDED)) for loop in (*three, *three)])
    assert groups == [[(loop, kinds_of(ADDED)) for loop in three]]


def test_arrays_must_be_contiguous() -> None:
    values = np.ones((4, 4), np.float32)
    with pytest.raises(AssertionError, match="contiguous"):
        jit_loop(add)(values[:, ::2], 1.0, 1, values)
