"""Films as streams of bytes, and the command that filters them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import cast

import numpy as np
from numpy.typing import NDArray

from imgconv.batch import stream as streams
from imgconv.images.pixels import Pixels

Film = NDArray[np.uint8]


# Seconds after which a process is taken to wait for ever.
HANGS = 30


def noise(*shape: int, dtype: str = "uint8") -> NDArray[np.uint8]:
    high = np.iinfo(dtype).max
    return np.random.default_rng(7).integers(0, high, shape, dtype, endpoint=True)


def pnm(film: Film, maximum: int | None = None) -> bytes:
    """Each picture of a film (pictures, height, width, channels) as PGM, PPM or PAM."""
    _, height, width, depth = film.shape
    maximum = maximum or np.iinfo(film.dtype).max
    if depth in (1, 3):
        header = f"P{5 if depth == 1 else 6}\n{width} {height}\n{maximum}\n"
    else:
        kind = {2: "GRAYSCALE_ALPHA", 4: "RGB_ALPHA"}[depth]
        header = (
            f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {maximum}\n"
            f"TUPLTYPE {kind}\nENDHDR\n"
        )
    stored = film.astype(film.dtype.newbyteorder(">"))
    return b"".join(header.encode() + picture.tobytes() for picture in stored)


def y4m(planes: list[Film], args: str, width: int, height: int) -> bytes:
    film = f"YUV4MPEG2 W{width} H{height} F25:1 Ip {args}\n".encode()
    for picture in zip(*planes, strict=True):
        film += b"FRAME\n" + b"".join(plane.tobytes() for plane in picture)
    return film


def imgconv(*args: str, given: bytes, target: str = "-") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imgconv", "apply", *args, "-", target]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def buffered() -> dict[str, str]:
    """The environment of a process whose output is buffered, as it is for most people."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def frames_of(film: bytes) -> list[NDArray[np.uint8]]:
    stream = streams.recognise(io.BufferedReader(cast(io.RawIOBase, io.BytesIO(film))))
    assert stream is not None
    frames = streams.picture(stream).frames
    return [f.array if isinstance(f, Pixels) else np.asarray(f) for f in frames]


MAXIMA = [1, 100, 254, 256, 1023, 4095, 65534]


def levels_up_to(maximum: int, *shape: int) -> Film:
    values = np.random.default_rng(7).integers(0, maximum, shape, endpoint=True)
    return values.astype(np.uint8 if maximum < 256 else np.uint16)


SMALLER = {"420jpeg": (2, 2), "420mpeg2": (2, 2), "422": (1, 2), "411": (1, 4), "444": (1, 1)}
