"""Small pictures and kernel texts of every kind, and random mutations of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from imgconv.kernels import library
from imgconv.kernels.dialects import SUFFIXES
from tests.support.kernel_texts import BRACKETED, TEXTS

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

# Numbers at which counts and lengths go wrong.
ODD_NUMBERS = [*range(5), 7, 8, 16, 255, 256, 4096, 2**15 - 1, 2**15, 2**16 - 1, 2**16, 2**24]
ODD_NUMBERS.append(2**31 - 1)

# Texts that a parser may take for a number, or for a part of its grammar.
_WORDS = (
    "nan inf -inf 1e999 -0 1e-999 1/0 0x10 1_000 \u0661 ½ e - + true null 9e9 1e30 "
    "[[kernel]] generator grid 3x3: 99999x99999: rdiv=0"
)
_REPEATED = ["9" * 400, "[" * 2000, "((" * 500, "a." * 50, "1 " * 3000]
ODD_WORDS = [*_WORDS.split(), *"[]{}()<>'\";:,#=\\/\0\ufeff\ré", '"""', *_REPEATED]


def _noise(mode: str, width: int = 19, height: int = 13, seed: int = 1) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    values[height // 3 :, width // 3 :] = 200
    if mode in ("I;16", "F"):
        return Image.fromarray(values[..., 0].astype({"I;16": np.uint16, "F": np.float32}[mode]))
    image = Image.fromarray(values, "RGBA").convert("RGB" if mode in ("1", "P", "L") else "RGBA")
    return image.convert(mode) if mode != "CMYK" else image.convert("RGB").convert("CMYK")


def _encoded(mode: str, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    _noise(mode).save(buffer, format, **options)
    return buffer.getvalue()


def _animated(mode: str, format: str, **options: object) -> bytes:
    frames = [_noise(mode, seed=seed) for seed in range(4)]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], **options)
    return buffer.getvalue()


def _with_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "plain")
    info.add_text("Packed", "packed " * 50, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>", zip=True)
    info.add(b"gAMA", struct.pack(">I", 45455))
    info.add(b"tIME", bytes((7, 222, 1, 1, 1, 1, 1)))
    return info


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112], exif[0x011A] = "a description", 6, 72.0
    return exif


def _deep_png(colour: int, channels: int) -> bytes:
    """Return a PNG of 16 bits a sample, which Pillow does not write in colour or with alpha."""
    rows = np.random.default_rng(2).integers(0, 256, (13, 1 + 19 * channels * 2), np.uint8)
    rows[:, 0] %= 5  # how a row is filtered
    header = struct.pack(">IIBBBBB", 19, 13, 16, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(content)) + kind + content + bytes(4) for kind, content in parts
    )
    return with_right_checksums(PNG_SIGNATURE + b"".join(chunks))


def _deep_tiff(dtype: str, **options: object) -> bytes:
    """Return a TIFF in colour of more than 8 bits a sample, which Pillow does not write."""
    tifffile = pytest.importorskip("tifffile")
    values = np.random.default_rng(3).integers(0, 60_000, (13, 19, 3)).astype(dtype)
    if options.get("planarconfig") == "separate":
        values = np.ascontiguousarray(values.transpose(2, 0, 1))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="rgb", metadata=None, software=False, **options)
    return buffer.getvalue()


@cache
def pictures() -> dict[str, bytes]:
    """Return small pictures of every format, mode and compression, by file name."""
    kept = {"exif": _exif(), "icc_profile": bytes(range(256)) * 2, "dpi": (72, 72)}
    return {
        "plain.jpg": _encoded("RGB", "JPEG", quality=80, **kept),
        "progressive.jpg": _encoded("RGB", "JPEG", progressive=True, comment=b"said"),
        "grey.jpg": _encoded("L", "JPEG", subsampling=0, restart_marker_blocks=1),
        "inks.jpg": _encoded("CMYK", "JPEG"),
        "plain.png": _encoded("RGB", "PNG", pnginfo=_with_text(), **kept),
        "key.png": _encoded("L", "PNG", transparency=200),
        "palette.png": _encoded("P", "PNG", transparency=bytes(range(100))),
        "fax.png": _encoded("1", "PNG"),
        "deep.png": _encoded("I;16", "PNG"),
        "deep-colour.png": _deep_png(2, 3),
        "deep-alpha.png": _deep_png(6, 4),
        "deep-grey.png": _deep_png(4, 2),
        "alpha.png": _encoded("RGBA", "PNG"),
        "film.png": _animated("RGBA", "PNG", duration=[10, 20, 30, 40], loop=3, disposal=1),
        "plain.gif": _encoded("P", "GIF", comment=b"said"),
        "film.gif": _animated("P", "GIF", duration=[10, 20, 30, 40], loop=0, disposal=2),
        "plain.tif": _encoded("RGB", "TIFF", **kept),
        "packed.tif": _encoded("RGBA", "TIFF", compression="tiff_adobe_deflate"),
        "lzw.tif": _encoded("L", "TIFF", compression="tiff_lzw"),
        "bits.tif": _encoded("L", "TIFF", compression="packbits"),
        "jpeg.tif": _encoded("RGB", "TIFF", compression="jpeg"),
        "fax.tif": _encoded("1", "TIFF", compression="group4"),
        "deep.tif": _encoded("I;16", "TIFF", compression="tiff_adobe_deflate"),
        "deep-colour.tif": _deep_tiff("uint16"),
        "deep-packed.tif": _deep_tiff("uint16", compression="deflate", predictor=2),
        "deep-planes.tif": _deep_tiff("uint16", planarconfig="separate", compression="lzw"),
        "deep-tiles.tif": _deep_tiff("uint16", tile=(16, 16), compression="packbits"),
        "float.tif": _encoded("F", "TIFF"),
        "float-colour.tif": _deep_tiff("float32", compression="deflate", predictor=3),
        "inks.tif": _encoded("CMYK", "TIFF"),
        "pages.tif": _animated("RGB", "TIFF", compression="tiff_lzw"),
        "plain.webp": _encoded("RGB", "WEBP", quality=70, icc_profile=kept["icc_profile"]),
        "lossless.webp": _encoded("RGBA", "WEBP", lossless=True),
        "film.webp": _animated("RGBA", "WEBP", duration=30, loop=2),
        "plain.bmp": _encoded("RGB", "BMP"),
        "palette.bmp": _encoded("P", "BMP"),
        "fax.bmp": _encoded("1", "BMP"),
        "plain.ppm": _encoded("RGB", "PPM"),
        "grey.pgm": _encoded("L", "PPM"),
        "fax.pbm": _encoded("1", "PPM"),
        "float.pfm": _encoded("F", "PPM"),
        "words.ppm": b"P3\n# in words\n3 2\n255\n" + b"1 22 255 " * 6,
        "plain.jp2": _encoded("RGB", "JPEG2000", quality_mode="rates", quality_layers=[8]),
        "lossless.j2k": _encoded("L", "JPEG2000", no_jp2=True),
        "plain.avif": _encoded("RGB", "AVIF", quality=60),
    }


@cache
def kernels() -> dict[str, bytes]:
    """Return kernel texts in every dialect, by file name."""
    suffix = dict.fromkeys(TEXTS, ".txt") | {form: suffix for suffix, form in SUFFIXES.items()}
    found = {f"{form}{suffix[form]}": text.encode() for form, text in TEXTS.items()}
    found["brackets.txt"] = BRACKETED.encode()
    for path in sorted(library.shipped_folder().glob("*.toml")):
        found[path.name] = path.read_bytes()
    found["weights.toml"] = (
        b'summary = "s"\nrange = "abs"\ncombine = "max"\n[parameters.t]\nsummary = "t"\n'
        b"default = 1.0\nminimum = 0\nmaximum = 9\nchoices = [1, 2]\n"
        b"[[kernel]]\nweights = [[1, 2.5], [-3, 4]]\nscale = 2\norigin = [0, 1]\nflip = true\n"
        b'[[kernel]]\ngenerator = "gaussian"\n[parameters.sigma]\nsummary = "s"\ndefault = 2\n'
    )
    return found


def mutated(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Return ``data`` after one to four mutations; some splice in parts of ``others``."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        (mutate,) = random.choices(_MUTATIONS, (3, 2, 3, 1, 1, 2, 1))
        mutate(changed, random, others)
    if changed.startswith(PNG_SIGNATURE) and random.random() < 0.8:
        return with_right_checksums(bytes(changed))
    return bytes(changed)


def mutated_text(data: bytes, random: Random, others: list[bytes]) -> bytes:
    """Return a text with mutations of its bytes, or with some of ``ODD_WORDS`` in it."""
    if random.random() < 0.4:
        return mutated(data, random, others)
    text = data.decode()
    for _ in range(random.choice((1, 2, 3))):
        at = random.randrange(len(text) + 1)
        end = min(len(text), at + random.choice((0, 0, 1, 5)))
        text = text[:at] + random.choice(ODD_WORDS) + text[end:]
    return text.encode()


def _flip_bits(data: bytearray, random: Random, others: list[bytes]) -> None:
    for _ in range(random.choice((1, 3, 20))):
        if data:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _cut_short(data: bytearray, random: Random, others: list[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _set_number(data: bytearray, random: Random, others: list[bytes]) -> None:
    """Write a number over a possible length, count or size; most stand near the beginning."""
    number = random.choice(ODD_NUMBERS)
    form = random.choice((">B", ">H", "<H", ">I", "<I"))
    field = struct.pack(form, number & (256 ** struct.calcsize(form) - 1))
    reach = random.choice((64, 256, len(data) + 1))
    at = random.randrange(min(reach, len(data) + 1))
    data[at : at + len(field)] = field


def _cut_out(data: bytearray, random: Random, others: list[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    del data[at : at + random.randrange(1, 40)]


def _repeat(data: bytearray, random: Random, others: list[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    data[at:at] = data[at : at + random.randrange(1, 200)] * random.choice((1, 2, 50))


def _splice(data: bytearray, random: Random, others: list[bytes]) -> None:
    other = random.choice(others)
    at, begin = random.randrange(len(data) + 1), random.randrange(len(other) + 1)
    data[at:] = other[begin : begin + 4000]


def _overwrite(data: bytearray, random: Random, others: list[bytes]) -> None:
    at, length = random.randrange(len(data) + 1), random.randrange(1, 30)
    data[at : at + length] = random.choice(
        (bytes(length), b"\xff" * length, random.randbytes(length))
    )


_MUTATIONS: tuple[Callable[[bytearray, Random, list[bytes]], None], ...] = (
    _flip_bits,
    _cut_short,
    _set_number,
    _cut_out,
    _repeat,
    _splice,
    _overwrite,
)


def with_right_checksums(data: bytes) -> bytes:
    """Return a PNG with the right checksum in each chunk, so that decoders read the rest."""
    return PNG_SIGNATURE + b"".join(_chunks_with_checksums(data))


def _chunks_with_checksums(data: bytes) -> Iterator[bytes]:
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        content = data[at + 4 : at + 8 + length]
        yield data[at : at + 4] + content + struct.pack(">I", zlib.crc32(content))
        at += 12 + length
    yield data[at:]
