"""Formats are found by name, path and content, and each row agrees with its record."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image

from imgconv.errors import UsageError
from imgconv.formats import registry, writer
from imgconv.formats.metadata import KINDS, Picture

UNWRITTEN = [row for row in registry.FORMATS.values() if not row.is_written]
ROWS = [*registry.FORMATS.values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_record_has_the_name_of_its_row(row: registry.FormatRow) -> None:
    format = row.load()
    assert format.name == row.name
    assert {*format.kinds} <= KINDS.keys()
    assert {*format.kind_limits} <= {*format.kinds}


@pytest.mark.parametrize("row", [r for r in ROWS if r.is_written], ids=lambda row: row.name)
def test_a_format_is_found_by_any_of_its_names_and_suffixes(row: registry.FormatRow) -> None:
    assert all(registry.by_name(name.lower()) is row for name in (row.name, *row.aliases))
    assert all(registry.by_path(f"folder.x/name{s.upper()}") is row for s in row.suffixes)


@pytest.mark.parametrize("row", UNWRITTEN, ids=lambda row: row.name)
def test_a_format_that_is_only_read_is_refused_as_output(row: registry.FormatRow) -> None:
    assert not row.load().modes
    assert all(registry.is_picture_path(f"a{suffix}") for suffix in row.suffixes)
    for find, text in ((registry.by_name, row.name), (registry.by_path, f"a{row.suffixes[0]}")):
        with pytest.raises(UsageError, match=r"read, not written; .*tga"):
            find(text)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.is_written and row.name != "Y4M"],
    ids=lambda row: row.name,
)
def test_a_format_is_recognised_in_what_it_writes(row: registry.FormatRow) -> None:
    format = row.load()
    picture = Picture([Image.new("RGB", (8, 8), (1, 2, 3))], format)
    file = BytesIO(writer.encode(writer.adapt(picture, format)))
    assert registry.by_content(file) is format
    assert file.tell() == 0


@pytest.mark.parametrize("path", ["", "picture", "folder.png/picture", ".png", "picture."])
def test_a_path_without_a_known_suffix_is_a_usage_error(path: str) -> None:
    assert not registry.is_picture_path(path)
    with pytest.raises(UsageError, match="names no picture format"):
        registry.by_path(path)


def test_the_registry_imports_no_format_and_neither_pillow_nor_numpy() -> None:
    script = (
        "import sys, imgconv.formats.registry as registry; registry.by_path('a.tif');"
        "print({'PIL', 'numpy', 'imgconv.formats.tiff'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"set()\n"
