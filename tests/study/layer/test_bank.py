from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imgconv.errors import ImgconvError, KernelError, UsageError
from imgconv.kernels.library import find
from imgconv.study.layer.bank import read_bank

TOML = """
combine = "maps"
[[kernel]]
grid = "1 0; 0 -1"
[[kernel]]
grid = "1 1 1"
scale = 3
"""


def test_filters_are_joined_by_bars() -> None:
    bank = read_bank("sobel-x | sobel-y|gaussian:2,laplacian")
    assert [entry.name for entry in bank.entries] == ["sobel-x", "sobel-y", "gaussian:2,laplacian"]
    assert len(bank.entries[2].filters) == 2


def test_kernels_of_one_filter_make_a_map_together_or_one_each() -> None:
    (whole,) = read_bank("sobel").entries
    assert whole.filters[0].combine == "magnitude"
    parts = read_bank("sobel", is_split=True).entries
    assert [part.name for part in parts] == ["sobel 1", "sobel 2"]
    assert [len(part.filters[0].kernels) for part in parts] == [1, 1]


def test_a_file_of_maps_is_a_bank_and_no_filter(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text(TOML)
    entries = read_bank(str(path)).entries
    assert [entry.grids[0].tolist() for entry in entries] == [[[1, 0], [0, -1]], [[1 / 3] * 3]]
    with pytest.raises(UsageError, match=r"'bank' is a bank of kernels.*use imgconv maps"):
        find(str(path))


def test_random_kernels_are_normal_and_divided_by_their_size() -> None:
    weights = read_bank("random:32:16").weights()
    expected = np.random.default_rng(0).standard_normal((32, 16, 16)) / 256
    assert weights is not None
    np.testing.assert_array_equal(weights, expected)
    other = read_bank("random:32:16:1").weights()
    assert other is not None and not np.array_equal(weights, other)


@pytest.mark.parametrize("shape", [(4, 3), (5, 4, 3), (5, 2, 4, 3)])
@pytest.mark.parametrize("dtype", ["float32", "int8", ">f8"])
def test_arrays_are_banks(tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    weights = (np.random.default_rng(0).normal(size=shape) * 9).astype(dtype)
    np.save(tmp_path / "w.npy", weights)
    np.savez(tmp_path / "w.npz", weights=weights, bias=np.zeros(5))
    for name in ("w.npy", "w.npz"):
        bank = read_bank(str(tmp_path / name))
        assert bank.channels == (2 if len(shape) == 4 else None)
        found = bank.weights()
        assert found is not None
        np.testing.assert_array_equal(found, weights if len(shape) > 2 else weights[None])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3),
        np.zeros((1, 2, 3, 4, 5)),
        np.zeros((0, 3, 3)),
        np.full((2, 2), np.nan),
        np.full((1, 1, 2, 2), np.inf),
        np.full((2, 2), 1e31),
        np.zeros((2, 2), complex),
        np.zeros((5000, 1, 1)),
        np.array(["a"]),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "w.npy", array)
    with pytest.raises(ImgconvError) as caught:
        read_bank(str(tmp_path / "w.npy"))
    assert "\n" not in str(caught.value) and caught.value.remedy


@pytest.mark.parametrize(
    "text", ["random:0:3", "random:3", "random:3:x", "random:5000:1", "random:9:9999", "a:1|", "|"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_bank(text)


def test_several_arrays_need_a_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", a=np.ones((2, 2)), b=np.ones((2, 2)))
    with pytest.raises(KernelError, match="has 2 arrays"):
        read_bank(str(tmp_path / "w.npz"))
