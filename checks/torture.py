"""Files that break picture tools, each through the command line: a table, and how many rows hold.

    python checks/torture.py FOLDER

The folder holds the files that the rows name. What a row expects is the name of a check below,
whose first line says what it means. Exits with 1 unless all rows hold.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

OLD = b"what was there before"
LITTLE_MEMORY = 150_000  # kilobytes, of what is mapped
EXTRA = "imgconv[deep]"
BOX = "1 1 1; 1 1 1; 1 1 1"

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A command that has run: what it read, what it wrote, what it said, and what it held."""

    source: Path
    out: Path
    code: int
    said: str
    kilobytes: int

    def image(self) -> Image.Image:
        """What it wrote, which must not be damaged."""
        image = Image.open(self.out)
        image.load()
        return image


class UnexpectedError(Exception):
    """What was seen instead of what is expected."""


Check = Callable[[Run], str]


@dataclass(frozen=True)
class Row:
    """A file, the name of a check, and how the file is filtered."""

    file: str
    expected: str
    filter: str = "blur"
    options: tuple[str, ...] = ()
    limited: bool = False


def refused(run: Run) -> str:
    """One line that names the file and says what to do, exit code 1, and nothing else changed."""
    lines = run.said.splitlines()
    others = {path.name for path in run.out.parent.iterdir()} - {run.source.name, run.out.name}
    faults = {
        f"exit code {run.code}": run.code != 1,
        f"{len(lines)} lines": len(lines) != 1,
        "words of others": not run.said.startswith("imgconv: "),
        "a fault of imgconv": "a fault of imgconv" in run.said or "Traceback" in run.said,
        "the file is not named": run.source.name not in run.said,
        "nothing is said of what to do": "; " not in run.said,
        "the output was touched": run.out.read_bytes() != OLD,
        f"left behind: {others}": bool(others),
    }
    for fault, is_so in faults.items():
        if is_so:
            raise UnexpectedError(fault)
    return "refused"


def refused_in_little_memory(run: Run) -> str:
    """Refused where no more than 150 MB can be mapped."""
    return f"{refused(run)}, {run.kilobytes // 1000} MB held"


def refused_or_dropped(run: Run) -> str:
    """Refused, or the picture without its chunk and a warning; in little memory."""
    if run.kilobytes > LITTLE_MEMORY:
        raise UnexpectedError(f"{run.kilobytes // 1000} MB were held")
    if run.code:
        return refused(run)
    image = run.image()
    if not run.said or "icc_profile" in image.info or getattr(image, "text", {}):
        raise UnexpectedError("the chunk was kept, or left out without a word")
    return "without the chunk"


def filtered(run: Run) -> str:
    """A picture of the same size that opens again, and is another one."""
    _succeeded(run)
    before, after = _loaded(run.source), run.image()
    if before.size != after.size:
        raise UnexpectedError(f"the size {after.size} instead of {before.size}")
    if run.out.read_bytes() == run.source.read_bytes():
        raise UnexpectedError("the same bytes")
    return f"{after.mode} {after.width}x{after.height}"


def sixteen_bits(run: Run) -> str:
    """A PNG of 16 bits and of the same channels, or a refusal that names what to install."""
    if run.code and EXTRA in run.said:
        return f"{refused(run)}, names {EXTRA}"
    _succeeded(run)
    (bits, kind), (_, kind_before) = (_bits_and_kind(path) for path in (run.out, run.source))
    if bits != 16 or kind != kind_before:
        raise UnexpectedError(f"{bits} bits, colour type {kind} instead of {kind_before}")
    return "16 bits"


def float_out(run: Run) -> str:
    """A TIFF of 32-bit floats, or a refusal."""
    if run.code:
        return refused(run)
    tags = _tags(run.out.read_bytes())
    if tags[258][0] != 32 or tags.get(339, [1])[0] != 3:
        raise UnexpectedError(f"{tags[258]} bits of sample format {tags.get(339)}")
    return "32-bit floats"


def right_pixels(run: Run) -> str:
    """The values that the file holds, read by the few lines below; or a refusal."""
    if run.code:
        return refused(run)
    expected, largest = _tiff_values(run.source.read_bytes())
    found, depth = _tiff_values(run.out.read_bytes())
    error = float(np.abs(found / depth - expected / largest).max()) * largest
    if found.shape != expected.shape or error > 0.51:
        raise UnexpectedError(f"values up to {error:.1f} of {largest} off")
    return f"right to {error:.2f} of {largest}"


def grey_of_8_bits(run: Run) -> str:
    """Grey with 256 levels."""
    return _mode(run, "L")


def grey_with_alpha(run: Run) -> str:
    """Grey and alpha, and nothing else."""
    return _mode(run, "LA")


def transparency_right(run: Run) -> str:
    """Through identity, alpha by the format's own rules, and the colours that are to be seen."""
    _succeeded(run)
    expected, found = _one_row_of_png(run.source.read_bytes()), _colours(run.image())
    seen = expected[..., 3] > 0
    if not np.array_equal(expected[..., 3], found[..., 3]):
        raise UnexpectedError(f"alpha {found[0, :8, 3]} instead of {expected[0, :8, 3]}")
    if not np.array_equal(expected[seen], found[seen]):
        raise UnexpectedError("other colours")
    return "alpha and colours right"


def averaged(run: Run) -> str:
    """The mean of nine pixels, colour weighted by alpha, computed here from looked-up colours."""
    _succeeded(run)
    return _near(_mean_of_nine(_colours(_loaded(run.source))), _colours(run.image()), 1)


def inks_kept(run: Run) -> str:
    """CMYK, and through identity the same inks within what JPEG loses."""
    _mode(run, "CMYK")
    before, after = (np.asarray(image, float) for image in (_loaded(run.source), run.image()))
    return _near(before, after, 12, mean=1)


def upright_once(run: Run) -> str:
    """Through identity, shown the same side up with the same pixels."""
    _succeeded(run)
    before, after = (_shown(path) for path in (run.source, run.out))
    if before.shape != after.shape:
        raise UnexpectedError(f"shown as {after.shape} instead of {before.shape}")
    return _near(before, after, 0)


def frames_kept(run: Run) -> str:
    """All frames with their durations and the loop count; through identity each as it was."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        for key in ("loop", "n_frames"):
            was, is_now = (_said_of(image, key) for image in (before, after))
            if was != is_now:
                raise UnexpectedError(f"{key} {is_now} instead of {was}")
        pairs = zip(_frames(before), _frames(after), strict=True)
        for number, ((old, was_shown), (new, is_shown)) in enumerate(pairs):
            if was_shown != is_shown:
                raise UnexpectedError(f"frame {number}: {is_shown} ms instead of {was_shown}")
            _near(_without_unseen(old), _without_unseen(new), 0)
        return f"{before.n_frames} frames"  # type: ignore[attr-defined]


def frames_filtered(run: Run) -> str:
    """Each frame the mean of nine pixels of its own, nearly: a palette may have to be found."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        pairs = list(zip(_frames(before), _frames(after), strict=True))
        for (old, _), (new, _) in pairs:
            expected = _mean_of_nine(old)
            _near(_without_unseen(expected), _without_unseen(new), 255, mean=4)
        return f"{len(pairs)} frames"


def pages_filtered(run: Run) -> str:
    """Every page the mean of nine pixels."""
    _succeeded(run)
    with Image.open(run.source) as before, Image.open(run.out) as after:
        pairs = list(zip(_frames(before), _frames(after), strict=True))
        for (old, _), (new, _) in pairs:
            _near(_mean_of_nine(old), new, 1)
        return f"{len(pairs)} pages"


def lossless(run: Run) -> str:
    """A lossless WebP with the same pixels, through identity."""
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

_of_nine = partial(Row, filter=BOX, options=("--normalize", "sum"))
_unchanged = partial(Row, filter="identity")
_bomb = partial(Row, expected="refused_in_little_memory", limited=True)

ROWS = (
    Row("peacock.progressive.truncated.jpeg", "refused"),
    Row("peacock.default.truncated.jpeg", "refused"),
    Row("hippopotamus.regular.truncated.png", "refused"),
    Row("empty.png", "refused"),
    Row("one_byte.jpg", "refused"),
    Row("zero_width.png", "refused"),
    Row("huge_dims_no_data.png", "refused"),
    Row("bad_crc.png", "refused"),
    _bomb("bomb_13000x13000_rgb.png"),
    _bomb("bomb_18000x18000_1bit.png"),
    Row("iccp_bomb.png", "refused_or_dropped"),
    Row("ztxt_bomb.png", "refused_or_dropped"),
    _bomb("decompression_bomb_extents.gif"),
    Row("rgb-16.png", "sixteen_bits"),
    Row("rgb-alpha-16-linear.png", "sixteen_bits"),
    Row("gray-alpha-16.png", "sixteen_bits"),
    Row("gray-16.png", "sixteen_bits"),
    _unchanged("flower-rgb-planar-16.tif", "right_pixels"),
    _unchanged("hpredict-1c-12b.tiff", "right_pixels"),
    Row("seq-3c-32f-9a471c2b.tiff", "float_out"),
    Row("gray-1.png", "grey_of_8_bits"),
    _unchanged("gray-2-tRNS.png", "transparency_right"),
    _unchanged("palette-8-tRNS.png", "transparency_right"),
    _of_nine("palette-8-tRNS.png", "averaged"),
    Row("gray-alpha-8.png", "grey_with_alpha"),
    _of_nine("rgb-alpha-8.png", "averaged"),
    _unchanged("pil_sample_cmyk.jpg", "inks_kept"),
    Row("monkey12.jpg", "refused"),
    Row("testimgari.jpg", "filtered"),
    _unchanged("g4_orientation_6.tif", "upright_once"),
    Row("copyleft.tiff", "filtered"),
    *(
        row
        for film in ("animated-red-blue.gif", "animated-red-blue.apng", "muybridge.gif")
        for row in (_unchanged(film, "frames_kept"), _of_nine(film, "frames_filtered"))
    ),
    _unchanged("dispose_bgnd.gif", "frames_kept"),
    _of_nine("dispose_bgnd.gif", "frames_filtered"),
    _of_nine("multipage.tiff", "pages_filtered"),
    _unchanged("bricks-color.lossless.webp", "lossless"),
    _of_nine("bricks-dither.png", "averaged"),
)


def _succeeded(run: Run) -> None:
    if run.code:
        raise UnexpectedError(f"exit code {run.code}: {run.said.strip()}")


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
    """Red, green, blue and alpha, shape (height, width, 4)."""
    return np.asarray(image.convert("RGBA"), float)


def _without_unseen(colours: Values) -> Values:
    """The same with black where nothing is to be seen."""
    return np.where(colours[..., 3:] > 0, colours, 0)


def _shown(path: Path) -> Values:
    """Grey as a viewer shows it; Pillow turns a TIFF as its tag says when it loads it."""
    return np.asarray(_loaded(path).convert("L"), float)


def _mean_of_nine(colours: Values) -> Values:
    """The mean of each pixel and its neighbours, edges repeated, colour weighted by alpha."""
    alpha = colours[..., 3:]
    weighted = np.concatenate([colours[..., :3] * alpha, alpha], axis=2)
    padded = np.pad(weighted, ((1, 1), (1, 1), (0, 0)), "edge")
    height, width = alpha.shape[:2]
    places = [(y, x) for y in range(3) for x in range(3)]
    sums = np.mean([padded[y : y + height, x : x + width] for y, x in places], axis=0)
    mean = np.divide(sums[..., :3], sums[..., 3:], where=sums[..., 3:] > 0, out=sums[..., :3] * 0)
    return np.floor(np.concatenate([mean, sums[..., 3:]], axis=2) + 0.5)


def _frames(image: Image.Image) -> Iterator[tuple[Values, Any]]:
    """Each frame as it is shown, and for how long."""
    for frame in ImageSequence.Iterator(image):
        yield _colours(frame), frame.info.get("duration")


def _said_of(image: Image.Image, key: str) -> Any:
    return getattr(image, key, image.info.get(key))


def _bits_and_kind(path: Path) -> tuple[int, int]:
    """The bits of a sample and the colour type of a PNG."""
    bits, kind = path.read_bytes()[24:26]
    return bits, kind


def _one_row_of_png(data: bytes) -> Values:
    """The colours of a PNG of one row, grey or with a palette, by the rules of the format."""
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, bits, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert height == 1 and bits <= 8 and colour in (0, 3), "a row of grey or of a palette"
    packed = np.frombuffer(_unfiltered(zlib.decompress(chunks[b"IDAT"])), np.uint8)
    samples = np.unpackbits(packed).reshape(-1, bits)[:width] @ (1 << np.arange(bits)[::-1])
    if colour == 0:
        key = struct.unpack(">H", chunks[b"tRNS"])[0]
        grey = samples * 255 // (2**bits - 1)
        return np.stack([grey, grey, grey, np.where(samples == key, 0, 255)], 1)[None].astype(float)
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    alphas = np.full(len(palette), 255)
    alphas[: len(chunks[b"tRNS"])] = list(chunks[b"tRNS"])
    return np.column_stack([palette[samples], alphas[samples]])[None].astype(float)


def _unfiltered(row: bytes) -> bytes:
    """The first row of a PNG whose pixels have no more than a byte; above it is nothing."""
    kind, *values = row
    share = {0: 0.0, 1: 1.0, 2: 0.0, 3: 0.5, 4: 1.0}[kind]
    done = [0]
    for value in values:
        done.append((value + int(done[-1] * share)) % 256)
    return bytes(done[1:])


def _tags(data: bytes) -> dict[int, list[int]]:
    """The whole numbers behind the tags of the first page of a TIFF."""
    order = {b"II": "<", b"MM": ">"}[data[:2]]
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, first)
    found = {}
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", data, entry)
        if kind not in (1, 3, 4):
            continue
        form = f"{order}{number}{'_B_HI'[kind]}"
        place = entry + 8
        if struct.calcsize(form) > 4:
            (place,) = struct.unpack_from(f"{order}I", data, place)
        found[tag] = list(struct.unpack_from(form, data, place))
    return found


def _tiff_values(data: bytes) -> tuple[Values, int]:
    """The values of a lossless TIFF, shape (height, width, channels), and the largest possible."""
    tags = _tags(data)
    width, height, bits = tags[256][0], tags[257][0], tags[258][0]
    channels, is_planar = tags.get(277, [1])[0], tags.get(284, [1])[0] == 2
    pieces = [data[at : at + length] for at, length in zip(tags[273], tags[279], strict=True)]
    if tags[259][0] in (8, 32946):
        pieces = [zlib.decompress(piece) for piece in pieces]
    elif tags[259][0] != 1:
        raise UnexpectedError(f"compression {tags[259][0]} cannot be read here")
    in_row = width * (1 if is_planar else channels)
    rows = [row for piece in pieces for row in _rows(piece, in_row, bits, data[:2])]
    values = np.array(rows)
    if tags.get(317, [1])[0] == 2:
        step = 1 if is_planar else channels
        parts = values.reshape(len(values), width, step)
        values = parts.cumsum(1).reshape(len(values), -1) % 2**bits
    shape = (channels, height, width) if is_planar else (height, width, channels)
    values = values.reshape(shape)
    return (values.transpose(1, 2, 0) if is_planar else values).astype(float), 2**bits - 1


def _rows(piece: bytes, in_row: int, bits: int, order: bytes) -> Iterator[NDArray[np.int64]]:
    """The samples of each row, which begins with a byte of its own."""
    length = -(-in_row * bits // 8)
    for at in range(0, len(piece) - length + 1, length):
        row = np.frombuffer(piece, np.uint8, length, at)
        if bits == 16:
            yield row.view("<u2" if order == b"II" else ">u2").astype(np.int64)
        else:
            samples = np.unpackbits(row)[: in_row * bits].reshape(-1, bits)
            yield samples @ (1 << np.arange(bits, dtype=np.int64)[::-1])


def run(row: Row, folder: Path, work: Path) -> Run:
    """Run a row's command on a copy of its file."""
    source = work / row.file
    out = work / f"out{source.suffix}"
    shutil.copyfile(folder / row.file, source)
    out.write_bytes(OLD)
    words = ["apply", row.filter, str(source), str(out), *row.options]
    process = subprocess.Popen(
        [sys.executable, "-m", "imgconv", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_limit_memory if row.limited else None,
    )
    assert process.stderr is not None
    said = process.stderr.read().decode("utf-8", "replace")
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(source, out, process.returncode, said, used.ru_maxrss)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1024 * LITTLE_MEMORY,) * 2)


def seen(row: Row, folder: Path) -> tuple[bool, str]:
    """Whether a row holds, and what was seen."""
    if not (folder / row.file).is_file():
        return False, "no such file"
    with tempfile.TemporaryDirectory() as work:
        try:
            return True, CHECKS[row.expected](run(row, folder, Path(work)))
        except UnexpectedError as wrong:
            return False, str(wrong)
        except (OSError, ValueError, KeyError, SyntaxError) as error:
            return False, f"the output cannot be read: {error!r}"


def main() -> int:
    """Print the table; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    line = "{:<36} {:<26} {:<5} {}"
    print(line.format("file", "expected", "ok", "seen"))
    holding = 0
    for row in ROWS:
        holds, found = seen(row, folder)
        holding += holds
        print(line.format(row.file, row.expected, "yes" if holds else "NO", found), flush=True)
    print(f"\n{holding} of {len(ROWS)} rows hold")
    return 0 if holding == len(ROWS) else 1


if __name__ == "__main__":
    sys.exit(main())
