"""Masks that are pictures: their shares, and ``freq-mask:PATH`` in the texts of filters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imgconv
import imgconv.formats  # which reads the pictures of masks
from imgconv.errors import KernelError, UnknownFilterError, UsageError
from imgconv.kernels import library
from imgconv.kernels.mask_picture import MaskPicture
from imgconv.kernels.symmetry import Symmetry

SIZES = [(8, 8), (7, 10), (5, 5), (1, 6), (1, 1)]
SYMMETRIES = [Symmetry(*map(bool, (a, b, c))) for a in (0, 1) for b in (0, 1) for c in (0, 1)]


def shares(height: int, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(3).random((height, width), np.float32)


def saved(path: Path, width: int = 6, height: int = 4, level: int = 255) -> str:
    Image.new("L", (width, height), level).save(path)
    return str(path)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_each_share_is_the_mean_of_opposite_frequencies(height: int, width: int) -> None:
    drawn = shares(height, width)
    mask = MaskPicture.drawn(drawn, "mask.png")
    columns = slice(0, width // 2 + 1)
    half = mask.of_columns(height, width, columns).T
    for k in range(height):
        for column in range(width // 2 + 1):
            places = [
                ((s * k + height // 2) % height, (s * column + width // 2) % width) for s in (1, -1)
            ]
            expected = sum(float(drawn[place]) for place in places) / 2
            assert half[k, column] == pytest.approx(expected, abs=1e-7)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    assert np.array_equal(mask.weights(down, across), half)


@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_it_turns_with_the_picture(symmetry: Symmetry) -> None:
    picture, drawn = shares(5, 8), shares(5, 8)[::-1]
    stored = picture[::-1] if symmetry.upside_down else picture
    stored = stored[:, ::-1] if symmetry.mirrored else stored
    stored = stored.T if symmetry.transposed else stored
    upright = MaskPicture.drawn(drawn, "mask")
    found = masked(stored, upright.turned(symmetry))
    found = found.T if symmetry.transposed else found
    found = found[:, ::-1] if symmetry.mirrored else found
    found = found[::-1] if symmetry.upside_down else found
    np.testing.assert_allclose(found, masked(picture, upright), atol=1e-6)


def masked(
    values: np.ndarray[tuple[int, int], np.dtype[np.float32]], mask: MaskPicture
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    height, width = values.shape
    weights = mask.of_columns(height, width, slice(0, width // 2 + 1)).T
    found: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    found = np.fft.irfft2(np.fft.rfft2(values) * weights, values.shape)
    return found


def test_masks_of_the_same_shares_are_equal() -> None:
    one, other = (MaskPicture.drawn(shares(4, 6), name) for name in ("a.png", "b.png"))
    assert one == other and hash(one) == hash(other)
    assert one != MaskPicture.drawn(shares(4, 6) / 2, "a.png")
    assert MaskPicture(np.ones((4, 6)), "") != MaskPicture(np.ones((6, 4)), "")


def test_the_mean_is_kept_where_the_middle_is_white() -> None:
    drawn = np.zeros((4, 6))
    assert not MaskPicture.drawn(drawn, "mask").keeps_flat
    drawn[2, 3] = 1
    assert MaskPicture.drawn(drawn, "mask").keeps_flat


def test_another_size_is_named() -> None:
    mask = MaskPicture.drawn(shares(4, 6), "mask.png")
    with pytest.raises(UsageError, match=r"mask.png is 6x4, but the spectrum 6x5; give .* 6x5"):
        mask.of_columns(5, 6, slice(0, 4))


@pytest.mark.parametrize("name", ["m.png", "a:b.png", "a,b.png", "a, b,c.png", "a(1).png"])
def test_any_path_of_a_file_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path / name)
    assert library.links(f"blur, freq-mask:{name} ,sharpen") == [
        "blur",
        f"freq-mask:{name}",
        "sharpen",
    ]
    for path in (name, f"./{name}", str(tmp_path / name)):
        (filter,) = library.find(f"freq-mask:{path}")
        assert isinstance(filter.mask, MaskPicture) and filter.mask.size == (6, 4)
        assert library.files(f"freq-mask:{path}") == [Path(path)]


def test_a_tilde_is_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert library.picture_path("freq-mask:~/m.png") == tmp_path / "m.png"
    assert library.picture_path("freq-mask:~nobody-at-all/m.png") == Path("~nobody-at-all/m.png")


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        (np.uint8, [[0, 51, 255]], [0.0, 0.2, 1.0]),
        (np.uint16, [[0, 13107, 65535]], [0.0, 0.2, 1.0]),
    ],
)
def test_levels_are_shares_of_white(
    tmp_path: Path, dtype: type, values: list[list[int]], expected: list[float]
) -> None:
    path = tmp_path / "mask.png"
    Image.fromarray(np.array(values * 2, dtype).T).save(path)
    (filter,) = library.find(f"freq-mask:{path}")
    mask = filter.mask
    assert mask
    black, gray, white = expected
    middle = mask.weights(np.array([0, 1 / 3]), np.zeros(1))
    assert middle == pytest.approx([gray, (black + white) / 2])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("freq-mask", "no picture is given for the mask; write freq-mask:PATH"),
        ("freq-mask:", "no picture is given for the mask; write freq-mask:PATH"),
        ("freq-mask:none.png", "none.png: there is no such file"),
        ("freq-mask:words.png", "not a picture"),
    ],
)
def test_what_is_no_mask_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("words.png").write_text("no picture at all")
    with pytest.raises(KernelError, match=problem):
        library.find(text)


def test_a_name_that_only_begins_so_is_unknown() -> None:
    with pytest.raises(UnknownFilterError):
        library.find("freq-masks:m.png")


@pytest.mark.parametrize("level", [255, 0])
def test_a_white_mask_keeps_a_picture_of_python_and_a_black_one_nothing(
    tmp_path: Path, level: int
) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (4, 6), np.uint8)
    mask = saved(tmp_path / "mask.png", level=level)
    assert np.array_equal(imgconv.apply(picture, f"freq-mask:{mask}"), picture * (level // 255))
