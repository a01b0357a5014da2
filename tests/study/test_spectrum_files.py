from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imgconv.errors import ReadError
from imgconv.study.spectrum_files import RawSpectrum, read_spectrum, write_spectrum


@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba", "cmyk"])
@pytest.mark.parametrize("maximum", [255.0, 65535.0, 1.0, 1023.0])
def test_a_spectrum_comes_back(tmp_path: Path, channels: str, maximum: float) -> None:
    path = str(tmp_path / "raw.npz")
    values = np.full((3, 5, len(channels)), 1 + 2j, np.complex128)
    values *= np.random.default_rng(1).random(values.shape)
    write_spectrum(path, RawSpectrum(values, tuple(channels), maximum))
    found = read_spectrum(path)
    assert np.array_equal(found.values, values)
    assert (found.channels, found.maximum) == (tuple(channels), maximum)
    with np.load(path) as arrays:
        assert {*arrays} == {"spectrum", "shape", "maximum", "channels"}
        assert arrays["spectrum"].dtype == np.complex128


def test_npy_has_the_numbers_only(tmp_path: Path) -> None:
    path = str(tmp_path / "raw.npy")
    write_spectrum(path, RawSpectrum(np.ones((3, 5, 1), complex), ("l",), 255))
    assert np.load(path).shape == (3, 5)
    assert read_spectrum(path).channels == ("l",)


BROKEN: dict[str, dict[str, Any]] = {
    "no array 'spectrum'": {"other": np.ones((2, 2))},
    "its shape (2,) is not": {"spectrum": np.ones(2)},
    "its shape (0, 3) is not": {"spectrum": np.ones((0, 3))},
    "NaN or infinite": {"spectrum": np.full((2, 2), np.nan + 1j)},
    "do not fit 5": {"spectrum": np.ones((2, 2, 5))},
    "do not fit 1": {"spectrum": np.ones((2, 2)), "channels": np.array([114, 103])},
    "do not fit 2": {"spectrum": np.ones((2, 2, 2)), "channels": np.array([114, 114])},
    "its maximum": {"spectrum": np.ones((2, 2)), "maximum": np.array(0.5)},
    "maximum is no whole": {"spectrum": np.ones((2, 2)), "maximum": np.array([1, 2])},
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_file_that_is_no_spectrum_is_refused(tmp_path: Path, message: str) -> None:
    path = tmp_path / "raw.npz"
    np.savez(path, **BROKEN[message])
    with pytest.raises(ReadError) as caught:
        read_spectrum(str(path))
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_large_one_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "raw.npz"
    np.savez(path, spectrum=np.ones((20, 20)))
    with pytest.raises(ReadError, match="400 numbers are more than 300"):
        read_spectrum(str(path), 300)
