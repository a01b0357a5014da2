"""Reading the header of the first picture before anything else."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgconv.batch.source import PictureReader
from imgconv.errors import ReadError


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PictureReader:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (3, 2), 9).save("a.png")
    Image.new("L", (4, 2), 9).save("b.png")
    return PictureReader()


def test_an_opened_picture_is_decoded_once_and_read_anew_after_that(read: PictureReader) -> None:
    header = read.open("a.png")
    assert header and header.size == (3, 2)
    Image.new("L", (5, 2), 9).save("a.png")
    assert read("b.png").frames[0].size == (4, 2)
    assert read("a.png").frames[0].size == (3, 2)
    assert read("a.png").frames[0].size == (5, 2)


def test_a_closed_picture_is_read_anew(read: PictureReader) -> None:
    read.open("a.png")
    read.close()
    Image.new("L", (5, 2), 9).save("a.png")
    assert read("a.png").frames[0].size == (5, 2)


def test_an_invalid_header_is_an_error_each_time(read: PictureReader) -> None:
    for attempt in (read.open, read):
        with pytest.raises(ReadError, match=r"missing\.png"):
            attempt("missing.png")


def test_an_empty_file_and_an_empty_pipe_are_called_empty(
    read: PictureReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("empty.png").touch()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    for source, name in (("empty.png", "empty.png"), ("-", "standard input")):
        with pytest.raises(ReadError, match=f"{name}: it is empty; check the program"):
            read(source)


def test_a_film_that_is_no_picture_is_read_by_ffmpeg(read: PictureReader) -> None:
    Path("clip.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(99))
    with pytest.raises(ReadError, match=r"clip\.mp4 is a film, .* ffmpeg -i IN"):
        read("clip.mp4")


def test_a_header_is_read_without_numpy() -> None:
    """NumPy takes time and memory that a refused picture need not cost."""
    script = "import sys; import imgconv.batch.source; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", ["missing.png", "damaged.png"])
def test_one_picture_that_is_refused_imports_no_numpy(name: str, tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "print(code, 'numpy' in sys.modules)"
    )
    arguments = ["apply", "blur", str(tmp_path / name), str(tmp_path / "out.png")]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1 False\n" and name in done.stderr
