"""Diagnostics belong to the file that the same thread is reading."""

from __future__ import annotations

import logging
import struct
import threading
import warnings
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.library_warnings import collect_library_warnings
from imgconv.cli.run import run
from imgconv.system.diagnostics import add_diagnostic, collect_diagnostics
from tests.cli.test_library_warnings import encoded, with_broken_strip

Captured = pytest.CaptureFixture[str]


def test_a_message_is_collected_once_and_only_a_few_are() -> None:
    with collect_diagnostics() as messages:
        for word in ("one", "one\n", " ", "two", *map(str, range(100))):
            add_diagnostic(word)
    assert messages == ["one", "two", "0"]
    add_diagnostic("outside of a file")
    assert "outside of a file" not in messages


def test_threads_collect_their_own_messages() -> None:
    collected: dict[str, list[str]] = {}
    both = threading.Barrier(2)

    def read(name: str) -> None:
        with collect_diagnostics() as messages:
            both.wait()
            add_diagnostic(name)
            both.wait()
            collected[name] = messages

    threads = [threading.Thread(target=read, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collected == {"a": ["a"], "b": ["b"]}


def test_within_one_file_another_is_collected_by_itself() -> None:
    with collect_diagnostics() as outer:
        add_diagnostic("before")
        with collect_diagnostics() as inner:
            add_diagnostic("inside")
        add_diagnostic("behind")
    assert (outer, inner) == (["before", "behind"], ["inside"])


def test_warnings_and_log_records_are_collected() -> None:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(warnings, "showwarning", warnings.showwarning)
        collect_library_warnings()
        with collect_diagnostics() as messages:
            warnings.warn_explicit("careful", UserWarning, "file.py", 1, "PIL.TiffImagePlugin")
            logging.getLogger("PIL.TiffImagePlugin").warning("odd %s", "thing")
            logging.getLogger("PIL.TiffImagePlugin").debug("a detail")
    assert messages == ["careful", "odd thing"]


def test_errors_of_libtiff_are_in_the_line_of_the_file(tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "broken.tif").write_bytes(with_broken_strip())
    words = ["apply", "blur", str(tmp_path / "broken.tif"), str(tmp_path / "out.tif")]
    assert run(words) == 1
    output = capfd.readouterr().err
    assert output.startswith(
        f"imgconv: {tmp_path / 'broken.tif'}: the picture is damaged (decoder er"
    )
    assert "Decoding error at scanline 0" in output
    assert output.count("\n") == 1


def test_broken_files_have_a_line_each(tmp_path: Path, capfd: Captured) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(12):
        broken = number % 2
        content = with_broken_strip() if broken else bytes(encoded("TIFF"))
        (folder / f"{number}.tif").write_bytes(content)
    assert run(["apply", "blur", str(folder), str(tmp_path / "out"), "--jobs", "2"]) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if "damaged" in line]
    assert len(lines) == 6
    assert all("Decoding error at scanline 0" in line for line in lines)
    assert {Path(line.split(": ")[1]).stem for line in lines} == {"1", "3", "5", "7", "9", "11"}


def with_truncated_tag() -> bytes:
    """A TIFF that is intact but for its description, which is longer than the file."""
    data = encoded("TIFF", description="a description")
    entry = data.index(struct.pack("<HHI", 270, 2, 14))
    data[entry + 4 : entry + 8] = struct.pack("<I", len(data) + 1000)
    return bytes(data)


def test_messages_about_a_good_picture_are_notes(tmp_path: Path, capfd: Captured) -> None:
    source, out = tmp_path / "in.tif", tmp_path / "out.tif"
    source.write_bytes(with_truncated_tag())
    assert run(["apply", "identity", str(source), str(out)]) == 0
    output = capfd.readouterr().err
    assert output.startswith(f"imgconv: {source}: ")
    assert "Skipping tag 270" in output
    assert Image.open(out).getpixel((0, 0)) == (255, 0, 0)


def test_a_failed_picture_has_one_line_without_notes(tmp_path: Path, capfd: Captured) -> None:
    source, out = tmp_path / "in.tif", tmp_path / "out.png"
    source.write_bytes(with_truncated_tag()[:-30])
    assert run(["apply", "identity", str(source), str(out)]) == 1
    assert capfd.readouterr().err.count("\n") == 1
