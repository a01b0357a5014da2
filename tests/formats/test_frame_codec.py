"""Encoding of one frame, into memory files and beside other threads."""

from __future__ import annotations

import os
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from imgconv.formats import frame_codec, registry
from imgconv.formats.jpeg import FORMAT as JPEG

NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (50, 70, 3), np.uint8))


@pytest.fixture(params=[True, False], ids=["beside others", "alone"])
def others(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Return whether other threads are running."""
    monkeypatch.setattr(frame_codec, "active_count", lambda: 3 if request.param else 2)
    return bool(request.param)


def refused(name: str) -> int:
    raise OSError(38, "Function not implemented")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WebP", "TIFF", "BMP"])
def test_encoded_bytes_do_not_depend_on_memory_files(
    name: str, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    format = registry.by_name(name).load()
    in_memory = frame_codec.encode_frame(NOISE, format)
    monkeypatch.setattr(os, "memfd_create", refused, raising=False)
    refusing = frame_codec.encode_frame(NOISE, format)
    monkeypatch.delattr(os, "memfd_create")
    plain = BytesIO()
    frame_codec.import_plugin(format)
    NOISE.copy().save(plain, format.name)
    assert in_memory == refusing == frame_codec.encode_frame(NOISE, format) == plain.getvalue()


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no files in memory")
def test_other_threads_run_while_a_jpeg_is_encoded(
    others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow holds the interpreter lock in ``encode``, and releases it in ``encode_to_file``."""
    frame_codec.import_plugin(JPEG)
    made = Image._getencoder
    used: list[str] = []

    class Noting:
        def __init__(self, *words: object) -> None:
            self._encoder = made(*words)  # type: ignore[arg-type]

        def __getattr__(self, name: str) -> object:
            used.append(name)
            return getattr(self._encoder, name)

    monkeypatch.setattr(Image, "_getencoder", Noting)
    frame_codec.encode_frame(NOISE, JPEG)
    assert [name for name in used if "encode" in name] == (
        ["encode_to_file"] if others else ["encode"]
    )
