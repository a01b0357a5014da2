"""What libraries say of a file belongs to that file, and to the thread that reads it."""

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


def test_each_thing_is_heard_once_and_not_without_end() -> None:
    with collect_diagnostics() as said:
        for word in ("one", "one\n", " ", "two", *map(str, range(100))):
            add_diagnostic(word)
    assert said == ["one", "two", "0"]
    add_diagnostic("nobody listens")
    assert "nobody listens" not in said


def test_threads_hear_only_what_is_said_in_them() -> None:
    heard: dict[str, list[str]] = {}
    both = threading.Barrier(2)

    def read(name: str) -> None:
        with collect_diagnostics() as said:
            both.wait()
            add_diagnostic(name)
            both.wait()
            heard[name] = said

    threads = [threading.Thread(target=read, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"a": ["a"], "b": ["b"]}


def test_within_one_file_another_is_heard_by_itself() -> None:
    with collect_diagnostics() as outer:
        add_diagnostic("before")
        with collect_diagnostics() as inner:
            add_diagnostic("inside")
        add_diagnostic("behind")
    assert (outer, inner) == (["before", "behind"], ["inside"])


def test_warnings_and_logs_are_heard() -> None:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(warnings, "showwarning", warnings.showwarning)
        collect_library_warnings()
        with collect_diagnostics() as said:
            warnings.warn_explicit("careful", UserWarning, "file.py", 1, "PIL.TiffImagePlugin")
            logging.getLogger("PIL.TiffImagePlugin").warning("odd %s", "thing")
            logging.getLogger("PIL.TiffImagePlugin").debug("of no interest")
    assert said == ["careful", "odd thing"]


def test_what_libtiff_says_itself_is_in_the_line_of_its_file(
    tmp_path: Path, capfd: Captured
) -> None:
    (tmp_path / "broken.tif").write_bytes(with_broken_strip())
    words = ["apply", "blur", str(tmp_path / "broken.tif"), str(tmp_path / "out.tif")]
    assert run(words) == 1
    said = capfd.readouterr().err
    assert said.startswith(
        f"imgconv: {tmp_path / 'broken.tif'}: the picture is damaged (decoder er"
    )
    assert "Decoding error at scanline 0" in said
    assert said.count("\n") == 1


def test_many_broken_files_at_once_have_each_its_own_line(tmp_path: Path, capfd: Captured) -> None:
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


def with_a_tag_beyond_the_end() -> bytes:
    """A TIFF that is good but for a description, which would be longer than the file."""
    data = encoded("TIFF", description="a description")
    entry = data.index(struct.pack("<HHI", 270, 2, 14))
    data[entry + 4 : entry + 8] = struct.pack("<I", len(data) + 1000)
    return bytes(data)


def test_what_a_person_should_know_of_a_good_picture_is_a_note(
    tmp_path: Path, capfd: Captured
) -> None:
    source, out = tmp_path / "in.tif", tmp_path / "out.tif"
    source.write_bytes(with_a_tag_beyond_the_end())
    assert run(["apply", "identity", str(source), str(out)]) == 0
    said = capfd.readouterr().err
    assert said.startswith(f"imgconv: {source}: ")
    assert "Skipping tag 270" in said
    assert Image.open(out).getpixel((0, 0)) == (255, 0, 0)


def test_a_picture_that_fails_is_told_in_one_line_without_notes(
    tmp_path: Path, capfd: Captured
) -> None:
    source, out = tmp_path / "in.tif", tmp_path / "out.png"
    source.write_bytes(with_a_tag_beyond_the_end()[:-30])
    assert run(["apply", "identity", str(source), str(out)]) == 1
    assert capfd.readouterr().err.count("\n") == 1
