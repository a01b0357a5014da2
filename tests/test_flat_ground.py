"""A filtered sprite over a flat ground is the filtered flat picture, also through chains."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.cli.run import run
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.planning.settings import Settings
from tests.support.covering import covering
from tests.support.pictures import filtered

pytestmark = pytest.mark.arithmetic

Values = NDArray[np.float64]

AVERAGES = (
    *("sharpen", "sharpen:4", "unsharp", "unsharp:0.7:3", "unsharp:1:0", "mean-removal"),
    *("blur", "blur:2", "gaussian:1", "binomial", "disk:3", "motion:5:30", "identity"),
    *("(1 2 -2)", "(0 1 0; 1 -4 1; 0 1 1)"),
)

GROUNDS = (0.0, 0.35, 1.0)

BORDERS = ("edge", "mirror", "wrap", "constant")


def sprite(random: np.random.Generator) -> Values:
    """Colours of low contrast, opaque or half transparent, and holes with colours of all kinds."""
    values = random.random((33, 37, 4)).round(2)
    blocks = random.choice([0.0, 1.0, -1.0], (5, 5)).repeat(8, 0).repeat(8, 1)[:33, :37]
    values[..., 3] = np.where(blocks < 0, values[..., 3], blocks)
    values[..., :3] = np.where(values[..., 3:] > 0, 0.45 + values[..., :3] / 10, values[..., :3])
    return values


def chain_of(random: np.random.Generator) -> str:
    return ",".join(random.choice(AVERAGES, random.integers(2, 5)))


def light(levels: Values) -> Values:
    """The light of sRGB levels 0..1, rotated by half a turn below 0."""
    size = np.abs(levels)
    return np.sign(levels) * np.where(
        size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4
    )


def levels_of(light: Values) -> Values:
    size = np.abs(light)
    curve = 1.055 * size ** (1 / 2.4) - 0.055
    return np.sign(light) * np.where(size <= 0.0031308, size * 12.92, curve)


def over(values: Values, ground: float, linear: bool) -> Values:
    """Lay pixels with alpha over a grey, in light if ``linear``."""
    colours, alpha = values[..., :3], values[..., 3:]
    if linear:
        return levels_of(light(colours) * alpha + (1 - alpha) * light(np.array(ground)))
    return colours * alpha + (1 - alpha) * ground


@pytest.mark.parametrize(
    ("dtype", "border", "extent", "linear", "how", "seed"),
    covering(
        ["uint8", "uint16", "float32"],
        BORDERS,
        ["same", "full", "valid"],
        [False, True],
        [{"tolerance": 0}, {"tolerance": 0, "engine": "direct"}, {}],
        range(4),
    ),
)
def test_a_filtered_sprite_over_a_flat_ground_is_the_filtered_flat_picture(
    dtype: str, border: str, extent: str, linear: bool, how: dict[str, object], seed: int
) -> None:
    random = np.random.default_rng(seed)
    maximum, values, chain = MAXIMUM[dtype], sprite(random), chain_of(random)
    if dtype != "float32":
        values = np.rint(values * maximum) / maximum
    filters = library.find(chain)
    settings = Settings(Border(border), extent, linear=linear, **how)  # type: ignore[arg-type]
    picture = Pixels((values * maximum).astype(dtype), tuple("rgba"))
    result = filtered(picture, *filters, settings=settings) / maximum
    exact = settings._replace(tolerance=0)
    unclamped = filtered(Pixels(values.astype(np.float32), tuple("rgba")), *filters, settings=exact)
    has_alpha = np.abs(unclamped[..., 3]) > 1e-5
    if dtype == "float32":
        is_sound, bound = has_alpha, 2e-4
    else:
        is_sound = has_alpha & ((unclamped >= 0) & (unclamped <= 1)).all(axis=2)
        bound = 1.1 / maximum + 2e-4
    bound += settings.tolerance / 255 * 2
    assert is_sound.mean() > 0.02, chain
    for ground in GROUNDS:
        flat = over(values, ground, linear).astype(np.float32)
        around = Border(border, str(ground) if border == "constant" else "")
        expected = filtered(
            Pixels(flat, tuple("rgb")), *filters, settings=exact._replace(border=around)
        )
        laid = over(result, ground, linear)
        if linear:
            laid, expected = light(laid), light(expected)
        difference = np.abs(laid - expected)[is_sound].max() / (2.5 if linear else 1)
        assert difference <= bound, (chain, ground, float(difference * 255))


def test_an_average_of_one_colour_behind_a_sharpening_filter_is_that_colour() -> None:
    values = np.array([[[200, 100, 50, 255], [0, 0, 0, 0], [200, 100, 50, 255]]], np.uint8)
    values = np.concatenate([values, values[:, -1:]], axis=1)
    picture = Pixels(values, tuple("rgba"))
    for between in ("", ",identity"):
        result = filtered(picture, *library.find(f"sharpen{between},blur"))
        assert result[0, :, 3].tolist() == [170, 170, 85, 255]
        assert (result[..., :3] == [200, 100, 50]).all()


@pytest.mark.parametrize(
    ("dtype", "chain"),
    [*product(MAXIMUM, ["disk:30", "sharpen,disk:30"]), ("uint8", "disk:30,identity")],
)
def test_noise_of_the_fourier_engine_leaves_no_colour_where_alpha_is_0(
    dtype: str, chain: str
) -> None:
    random, maximum = np.random.default_rng(3), MAXIMUM[dtype]
    values = np.zeros((200, 210, 4))
    values[:40, :40, :3] = 0.5
    values[80:110, 80:120] = [*random.random(3), 1]
    if dtype != "float32":
        values = np.rint(values * maximum) / maximum
    picture = Pixels((values * maximum).astype(dtype), tuple("rgba"))
    result = filtered(picture, *library.find(chain), settings=Settings(engine="fourier"))
    is_near = np.zeros(result.shape[:2], bool)
    is_near[80 - 32 : 110 + 32, 80 - 32 : 120 + 32] = True
    assert not result[~is_near, :3].any()
    if dtype != "float32":
        assert not result[result[..., 3] == 0].any()
    # Where they are seen, colours are those of the sprite. Noise counts where alpha is small.
    is_seen = result[..., 3] > 0.2 * maximum
    assert np.abs(result[is_seen, :3] / maximum - values[80, 80, :3]).max() < 1.5 / 255


def test_a_blurred_sprite_is_as_small_a_file_as_the_exact_one(tmp_path: Path) -> None:
    values = np.zeros((300, 310, 4), np.uint8)
    values[130:160, 130:170] = [200, 100, 50, 255]
    values[:100, :100, :3] = 77
    Image.fromarray(values).save(tmp_path / "in.png")
    sizes = []
    for tolerance in ("0", "0.5"):
        target = tmp_path / f"{tolerance}.png"
        how = ["--tolerance", tolerance]
        assert run(["apply", "disk:30", str(tmp_path / "in.png"), str(target), *how]) == 0
        sizes.append(target.stat().st_size)
    assert sizes[1] < 1.2 * sizes[0]
