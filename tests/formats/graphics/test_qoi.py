"""QOI: its codec, and its byte that says whether levels are sRGB or light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import deep
from tests.support.specimens import TRAILER, sample, saved

Captured = pytest.CaptureFixture[str]


def filtered(data: bytes, folder: Path, source: str, target: str, filter: str = "identity") -> int:
    (folder / source).write_bytes(data)
    return run(["apply", filter, str(folder / source), str(folder / target)])


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("colours", [0, 1])
def test_qoi_is_written_byte_for_byte_with_and_without_a_codec(
    mode: str, colours: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(saved(sample(mode), "QOI"))
    data[13] = colours
    for has_codec in (True, False):
        if not has_codec:
            monkeypatch.setattr(deep, "have_codecs", lambda names: False)
        assert filtered(bytes(data) + TRAILER, tmp_path, "a.qoi", "b.qoi") == 0
        assert (tmp_path / "b.qoi").read_bytes() == bytes(data) + TRAILER


def test_linear_levels_of_qoi_count_as_light_and_are_named(
    tmp_path: Path, capsys: Captured
) -> None:
    data = bytearray(saved(sample(), "QOI"))
    means = []
    for colours in (0, 1):
        data[13] = colours
        assert filtered(bytes(data), tmp_path, "a.qoi", "b.png") == 0
        assert ("PNG cannot hold its linear levels" in capsys.readouterr().err) == bool(colours)
        places = [str(tmp_path / "a.qoi"), str(tmp_path / "b.qoi")]
        assert run(["apply", "blur", "--linear", *places]) == 0
        with Image.open(tmp_path / "b.qoi") as image:
            means.append(np.asarray(image).mean())
    assert run(["apply", "blur", *places]) == 0
    with Image.open(tmp_path / "b.qoi") as image:  # light is filtered as levels are
        assert np.asarray(image).mean() == pytest.approx(means[1], abs=0.02)
    assert means[0] > means[1] + 1
