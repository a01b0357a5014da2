"""Expectations of a picture that has been filtered by the command line.

Each is a function that returns a few words on the result, or raises ``UnexpectedError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageSequence

from checks.decoders import Values, decode_png_row, decode_tiff, png_pixel_type, tiff_tags

OLD = b"what was there before"
LITTLE_MEMORY = 150_000  # kilobytes, of what is mapped
EXTRA = "pip install imagecodecs tifffile"
BOX = "1 1 1; 1 1 1; 1 1 1"


@dataclass(frozen=True)
class Run:
    """A command that has run: its files, exit code, standard error and peak memory."""

    source: Path
    out: Path
    code: int
    stderr: str
    kilobytes: int

    def image(self) -> Image.Image:
        """Return the picture that it wrote, which must not be damaged."""
        image = Image.open(self.out)
        image.load()
        return image


class UnexpectedError(Exception):
    """A difference from the expectation."""


Check = Callable[[Run], str]


def refused(run: Run) -> str:
    """Expect one line that names the file and a remedy, exit code 1, and no other change."""
    lines = run.stderr.splitlines()
    others = {path.name for path in run.out.parent.iterdir()} - {run.source.name, run.out.name}
    faults = {
        f"exit code {run.code}": run.code != 1,
        f"{len(lines)} lines": len(lines) != 1,
        "words of others": not run.stderr.startswith("imgconv: "),
        "a fault of imgconv": "a fault of imgconv" in run.stderr or "Traceback" in run.stderr,
        "the file is not named": run.source.name not in run.stderr,
        "nothing is said of what to do": "; " not in run.stderr,
        "the output was touched": run.out.read_bytes() != OLD,
        f"left behind: {others}": bool(others),
    }
    for fault, is_so in faults.items():
        if is_so:
            raise UnexpectedError(fault)
    return "refused"


def refused_in_little_memory(run: Run) -> str:
    """Expect a refusal where no more than 150 MB can be mapped."""
    return f"{refused(run)}, {run.kilobytes // 1000} MB held"


def refused_or_dropped(run: Run) -> str:
    """Expect a refusal, or the picture without its chunk and a warning; in little memory."""
    if run.kilobytes > LITTLE_MEMORY:
        raise UnexpectedError(f"{run.kilobytes // 1000} MB were held")
    if run.code:
        return refused(run)
    image = run.image()
    if not run.stderr or "icc_profile" in image.info or getattr(image, "text", {}):
        raise UnexpectedError("the chunk was kept, or left out without a word")
    return "without the chunk"


def filtered(run: Run) -> str:
    """Expect another picture of the same size that opens again."""
    _succeeded(run)
    before, after = _loaded(run.source), run.image()
    if before.size != after.size:
        raise UnexpectedError(f"the size {after.size} instead of {before.size}")
    if run.out.read_bytes() == run.source.read_bytes():
        raise UnexpectedError("the same bytes")
    return f"{after.mode} {after.width}x{after.height}"


def sixteen_bits(run: Run) -> str:
    """Expect a PNG of 16 bits and the same channels, or a refusal that names the extra."""
    if run.code and EXTRA in run.stderr:
        return f"{refused(run)}, names {EXTRA}"
    _succeeded(run)
    (bits, kind), (_, kind_before) = (png_pixel_type(path) for path in (run.out, run.source))
    if bits != 16 or kind != kind_before:
        raise UnexpectedError(f"{bits} bits, colour type {kind} instead of {kind_before}")
    return "16 bits"


def float_out(run: Run) -> str:
    """Expect a TIFF of 32-bit floats, or a refusal."""
    if run.code:
        return refused(run)
    tags = tiff_tags(run.out.read_bytes())
    if tags[258][0] != 32 or tags.get(339, [1])[0] != 3:
        raise UnexpectedError(f"{tags[258]} bits of sample format {tags.get(339)}")
    return "32-bit floats"


def right_pixels(run: Run) -> str:
    """Expect the values that ``decoders`` reads from the file, or a refusal."""
    if run.code:
        return refused(run)
    expected, largest = decode_tiff(run.source.read_bytes())
    found, depth = decode_tiff(run.out.read_bytes())
    error = float(np.abs(found / depth - expected / largest).max()) * largest
    if found.shape != expected.shape or error > 0.51:
        raise UnexpectedError(f"values up to {error:.1f} of {largest} off")
    return f"right to {error:.2f} of {largest}"


def grey_of_8_bits(run: Run) -> str:
    """Expect grey of 8 bits."""
    return _mode(run, "L")


def grey_with_alpha(run: Run) -> str:
    """Expect grey with alpha."""
    return _mode(run, "LA")


def transparency_right(run: Run) -> str:
    """Expect, through identity, the format's alpha, and the colours of visible pixels."""
    _succeeded(run)
    expected, found = decode_png_row(run.source.read_bytes()), _colours(run.image())
    seen = expected[..., 3] > 0
    if not np.array_equal(expected[..., 3], found[..., 3]):
        raise UnexpectedError(f"alpha {found[0, :8, 3]} instead of {expected[0, :8, 3]}")
    if not np.array_equal(expected[seen], found[seen]):
        raise UnexpectedError("other colours")
    return "alpha and colours right"


def averaged(run: Run) -> str:
    """Expect the mean of nine pixels, colour weighted by alpha, computed here."""
    _succeeded(run)
    return _near(_mean_of_nine(_colours(_loaded(run.source))), _colours(run.image()), 1)


def inks_kept(run: Run) -> str:
    """Expect CMYK, and through identity the same inks within the loss of JPEG."""
    _mode(run, "CMYK")
    before, after = (np.asarray(image, float) for image in (_loaded(run.source), run.image()))
    return _near(before, after, 12, mean=1)


def upright_once(run: Run) -> str:
    """Expect, through identity, the same pixels the same side up."""
    _succeeded(run)
    before, after = (_shown(path) for path in (run.source, run.out))
    if before.shape != after.shape:
        raise UnexpectedError(f"shown as {after.shape} instead of {before.shape}")
    return _near(before, after, 0)


def frames_kept(run: Run) -> str:
    """Expect all frames, durations and the loop count; through identity the same pixels."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        for key in ("loop", "n_frames"):
            was, is_now = (_info_of(image, key) for image in (before, after))
            if was != is_now:
                raise UnexpectedError(f"{key} {is_now} instead of {was}")
        pairs = zip(_frames(before), _frames(after), strict=True)
        for number, ((old, was_shown), (new, is_shown)) in enumerate(pairs):
            if was_shown != is_shown:
                raise UnexpectedError(f"frame {number}: {is_shown} ms instead of {was_shown}")
            _near(_without_unseen(old), _without_unseen(new), 0)
        return f"{before.n_frames} frames"  # type: ignore[attr-defined]


def frames_filtered(run: Run) -> str:
    """Expect each frame to be near the mean of nine pixels, as its palette may be new."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        pairs = list(zip(_frames(before), _frames(after), strict=True))
        for (old, _), (new, _) in pairs:
            expected = _mean_of_nine(old)
            _near(_without_unseen(expected), _without_unseen(new), 255, mean=4)
        return f"{len(pairs)} frames"


def pages_filtered(run: Run) -> str:
    """Expect every page to be the mean of nine pixels."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        pairs = list(zip(_frames(before), _frames(after), strict=True))
        for (old, _), (new, _) in pairs:
            _near(_mean_of_nine(old), new, 1)
        return f"{len(pairs)} pages"


def lossless(run: Run) -> str:
    """Expect a lossless WebP with the same pixels, through identity."""
    _succeeded(run)
    if b"VP8L" not in run.out.read_bytes()[:64]:
        raise UnexpectedError("no chunk VP8L")
    return _near(_colours(_loaded(run.source)), _colours(run.image()), 0)


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        refused,
        refused_in_little_memory,
        refused_or_dropped,
        filtered,
        sixteen_bits,
        float_out,
        right_pixels,
        grey_of_8_bits,
        grey_with_alpha,
        transparency_right,
        averaged,
        inks_kept,
        upright_once,
        frames_kept,
        frames_filtered,
        pages_filtered,
        lossless,
    )
}


def _succeeded(run: Run) -> None:
    if run.code:
        raise UnexpectedError(f"exit code {run.code}: {run.stderr.strip()}")


def _mode(run: Run, mode: str) -> str:
    _succeeded(run)
    found = run.image().mode
    if found != mode:
        raise UnexpectedError(f"{found} instead of {mode}")
    return found


def _near(expected: Values, found: Values, most: float, mean: float = 255) -> str:
    if expected.shape != found.shape:
        raise UnexpectedError(f"the shape {found.shape} instead of {expected.shape}")
    errors = np.abs(expected - found)
    if errors.max() > most or errors.mean() > mean:
        raise UnexpectedError(
            f"values up to {errors.max():.0f} levels off, {errors.mean():.2f} on average"
        )
    return f"within {errors.max():.2g} levels"


def _loaded(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image


def _colours(image: Image.Image) -> Values:
    """Return RGBA, float64 (height, width, 4)."""
    return np.asarray(image.convert("RGBA"), float)


def _without_unseen(colours: Values) -> Values:
    """Return the colours, with black for transparent pixels."""
    return np.where(colours[..., 3:] > 0, colours, 0)


def _shown(path: Path) -> Values:
    """Return grey as a viewer shows it; Pillow turns a TIFF upright when it loads it."""
    return np.asarray(_loaded(path).convert("L"), float)


def _mean_of_nine(colours: Values) -> Values:
    """Return the mean of 3 x 3 pixels, edges repeated, alpha-weighted, rounded half up."""
    alpha = colours[..., 3:]
    weighted = np.concatenate([colours[..., :3] * alpha, alpha], axis=2)
    padded = np.pad(weighted, ((1, 1), (1, 1), (0, 0)), "edge")
    height, width = alpha.shape[:2]
    places = [(y, x) for y in range(3) for x in range(3)]
    sums = np.mean([padded[y : y + height, x : x + width] for y, x in places], axis=0)
    mean = np.divide(sums[..., :3], sums[..., 3:], where=sums[..., 3:] > 0, out=sums[..., :3] * 0)
    return np.floor(np.concatenate([mean, sums[..., 3:]], axis=2) + 0.5)


def _frames(image: Image.Image) -> Iterator[tuple[Values, Any]]:
    """Yield each frame as it is shown, and its duration."""
    for frame in ImageSequence.Iterator(image):
        yield _colours(frame), frame.info.get("duration")


def _info_of(image: Image.Image, key: str) -> Any:
    return getattr(image, key, image.info.get(key))
