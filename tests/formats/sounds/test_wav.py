from __future__ import annotations

import wave
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest

from imgconv.errors import ReadError
from imgconv.formats.sounds.wav import Sound, read_wav, wav_bytes

MOST = 1000


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_all_widths_survive(width: int, channels: int) -> None:
    scale = 2 ** (8 * width - 1)
    levels = np.array([-scale, -1, 0, 1, scale - 1, scale // 3], np.float64).repeat(channels)
    sound = Sound(levels.reshape(-1, channels) / scale, 8000, width)
    data, clipped = wav_bytes(sound)
    found = read_wav(BytesIO(data), MOST)
    assert (found.rate, found.width, clipped) == (8000, width, 0)
    assert found.values.tolist() == sound.values.tolist()
    with wave.open(BytesIO(data)) as file:
        assert (file.getnchannels(), file.getnframes()) == (channels, 6)


def test_values_beyond_full_scale_are_clipped_and_counted() -> None:
    data, clipped = wav_bytes(Sound(np.array([[2.0], [1.0], [-1.0], [-1.1]]), 8000, 2))
    assert clipped == 2
    found = read_wav(BytesIO(data), MOST).values.ravel() * 2**15
    assert found.tolist() == [32767, 32767, -32768, -32768]


def good() -> bytes:
    return wav_bytes(Sound(np.zeros((4, 2)), 8000, 2))[0]


def with_format(number: int) -> bytes:
    data = bytearray(good())
    data[20] = number
    return bytes(data)


BROKEN = {
    "no sound": (b"GIF89a" * 9, "not supported"),
    "nothing": (b"", "ends too early"),
    "a header only": (good()[:44], "no samples"),
    "floats": (with_format(3), "save it as PCM"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    data, message = BROKEN[name]
    with pytest.raises(ReadError, match=message):
        read_wav(BytesIO(data), MOST)


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_file_that_is_cut_is_read_in_part_or_refused(length: int) -> None:
    with suppress(ReadError):
        assert len(read_wav(BytesIO(good()[:length]), MOST).values) <= 4


def test_sounds_that_are_too_long_are_refused() -> None:
    data, _ = wav_bytes(Sound(np.zeros((600, 2)), 8000, 2))
    with pytest.raises(ReadError, match="more than 1,000"):
        read_wav(BytesIO(data), MOST)
