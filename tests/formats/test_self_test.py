"""Formats tried on this machine, with all codecs and with some of them missing."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from imgconv.formats import deep, reader, self_test
from imgconv.formats.registry import FORMATS
from imgconv.formats.self_test import SelfTest, self_tests


@pytest.mark.parametrize("name", FORMATS)
def test_all_formats_work_where_all_is_installed(name: str) -> None:
    row = FORMATS[name]
    found = [*self_tests(row)]
    assert found[0].depth == "8 bits"
    assert all(test.reads and test.writes == row.is_written for test in found)
    assert all(not test.problem for test in found)


def test_each_depth_that_a_format_holds_is_tried() -> None:
    assert [t.depth for t in self_tests(FORMATS["TIFF"])] == ["8 bits", "16 bits", "floats"]
    assert [t.depth for t in self_tests(FORMATS["PNG"])] == ["8 bits", "16 bits"]
    assert [t.depth for t in self_tests(FORMATS["JPEG"])] == ["8 bits"]


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_a_missing_codec_is_named_with_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(module: str) -> Any:
        raise ImportError(module)

    monkeypatch.setattr(deep, "load_codec", missing)
    eight, sixteen, *_ = self_tests(FORMATS[name])
    assert eight == SelfTest("8 bits", True, True)
    assert not sixteen.reads and sixteen.is_optional
    assert "pip install imagecodecs tifffile" in sixteen.problem


def test_a_format_that_only_a_codec_reads_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> Any:
        raise ImportError(module)

    monkeypatch.setattr(deep, "load_codec", missing)
    (found,) = self_tests(FORMATS["JPEGLS"])
    assert not found.reads and found.is_optional
    assert "pip install imagecodecs" in found.problem


@pytest.mark.parametrize(("name", "problem"), [("PSD", "built without PSD"), ("GIF", "GIF")])
def test_a_pillow_without_a_format_is_broken(
    name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert next(self_tests(FORMATS[name])).reads
    monkeypatch.delitem(Image.OPEN, name)
    (found,) = self_tests(FORMATS[name])
    assert not found.reads and not found.is_optional and problem in found.problem


def test_a_picture_of_another_size_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:

    def read(path: str) -> Any:
        picture = reader.read(path)
        picture.frames = [Image.new("RGB", (1, 1))]
        return picture

    monkeypatch.setattr(self_test, "read", read)
    (found,) = self_tests(FORMATS["BMP"])
    assert (found.reads, found.writes, found.problem) == (False, True, "another picture is read")
