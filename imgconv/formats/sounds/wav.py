"""Sounds as WAV files of whole numbers (PCM): 8 bits without sign, or 16, 24 and 32 bits."""

from __future__ import annotations

import wave
from io import BytesIO
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError

Array = NDArray[np.float64]

MAGIC = b"RIFF"


class Sound(NamedTuple):
    """Values from -1 to 1, shape (n, channels), samples in a second, and bytes of a sample."""

    values: Array
    rate: int
    width: int


def read_wav(file: IO[bytes], most_values: int) -> Sound:
    """Read a sound; raises ``ReadError``."""
    try:
        with wave.open(file, "rb") as sound:
            rate, width, channels = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            count = sound.getnframes()
            if count * channels > most_values:
                raise ReadError(f"{count:,} samples are more than {most_values:,}", "cut the sound")
            data = sound.readframes(count)
    except EOFError as error:
        raise ReadError("the sound ends too early", "restore the file") from error
    except wave.Error as error:
        raise ReadError(f"this kind of WAV is not supported ({error})", "save it as PCM") from error
    if not (rate > 0 and width in (1, 2, 3, 4) and channels > 0):
        raise ReadError(f"this kind of WAV is not supported ({width * 8} bits)", "save it as PCM")
    whole = len(data) // (width * channels) * width * channels
    if not whole:
        raise ReadError("the sound has no samples", "give another")
    levels = _levels(data[:whole], width).astype(np.float64)
    return Sound(levels.reshape(-1, channels) / _full_scale(width), rate, width)


def wav_bytes(sound: Sound) -> tuple[bytes, int]:
    """Return the file, and how many values lay beyond full scale and are clipped."""
    scale = _full_scale(sound.width)
    levels = np.rint(sound.values * scale)
    low, high = -scale, scale - 1
    # A value of 1 is one level above the largest; that is no clipping that is heard.
    clipped = int(np.count_nonzero((levels < low) | (levels > high + 1)))
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(sound.values.shape[1])
        file.setsampwidth(sound.width)
        file.setframerate(sound.rate)
        file.writeframes(_data(np.clip(levels, low, high).astype(np.int64), sound.width))
    return buffer.getvalue(), clipped


def _full_scale(width: int) -> float:
    return float(2 ** (8 * width - 1))


def _levels(data: bytes, width: int) -> NDArray[np.integer]:
    """Return samples with a sign, of little-endian bytes; 8 bits have none in the file."""
    if width == 1:
        return np.frombuffer(data, np.uint8).astype(np.int16) - 128
    if width == 3:
        parts = np.zeros((len(data) // 3, 4), np.uint8)
        parts[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return parts.view("<i4").ravel() >> 8
    return np.frombuffer(data, f"<i{width}")


def _data(levels: NDArray[np.int64], width: int) -> bytes:
    if width == 1:
        return (levels + 128).astype(np.uint8).tobytes()
    if width == 3:
        return levels.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return levels.astype(f"<i{width}").tobytes()
