"""Films in files of YUV4MPEG2: alone, in folders and in place, as they are filtered in a pipe."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imgconv.cli.run import run
from tests.support.specimens import sample

Captured = pytest.CaptureFixture[str]


def film(pictures: int = 3, layout: str = "C420jpeg", values: int = 12 * 10 * 3 // 2) -> bytes:
    noise = np.random.default_rng(3).integers(16, 236, (pictures, values), np.uint8)
    frames = (b"FRAME\n" + picture.tobytes() for picture in noise)
    return b"YUV4MPEG2 W12 H10 F25:1 Ip " + layout.encode() + b"\n" + b"".join(frames)


def filtered_in_a_pipe(film: bytes, filter: str) -> bytes:
    command = [sys.executable, "-m", "imgconv", "apply", filter, "-", "-"]
    return subprocess.run(command, input=film, capture_output=True, check=True).stdout


@pytest.mark.parametrize("filter", ["identity", "blur", "sobel"])
def test_a_file_is_filtered_as_a_pipe_is(filter: str, tmp_path: Path) -> None:
    (tmp_path / "a.y4m").write_bytes(film())
    assert run(["apply", filter, str(tmp_path / "a.y4m"), str(tmp_path / "b.y4m")]) == 0
    made = (tmp_path / "b.y4m").read_bytes()
    assert made == filtered_in_a_pipe(film(), filter)
    assert (made == film()) == (filter == "identity")


def test_it_is_recognised_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "film.png").write_bytes(film())
    assert run(["apply", "blur", str(tmp_path / "film.png"), str(tmp_path / "b.y4m")]) == 0
    assert (tmp_path / "b.y4m").read_bytes() == filtered_in_a_pipe(film(), "blur")


def test_films_lie_among_pictures_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    sample().save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "sub" / "b.y4m").write_bytes(film())
    assert run(["apply", "blur", str(tmp_path / "in"), str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "a.png").exists()
    made = (tmp_path / "out" / "sub" / "b.y4m").read_bytes()
    assert made == filtered_in_a_pipe(film(), "blur")


def test_a_film_is_filtered_once_in_place(tmp_path: Path, capsys: Captured) -> None:
    source = tmp_path / "a.y4m"
    source.write_bytes(film())
    for _ in range(2):
        assert run(["apply", "blur", "--in-place", "--resume", str(source)]) == 0
        assert source.read_bytes() == filtered_in_a_pipe(film(), "blur")
    for _ in range(2):
        assert run(["apply", "blur", str(source), str(tmp_path / "b.y4m"), "--update"]) == 0
        assert (tmp_path / "b.y4m").read_bytes() == filtered_in_a_pipe(source.read_bytes(), "blur")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "a film in Y4M cannot become pictures"),
        (("--format", "y4m", "--linear"), "are no light"),
        (("--format", "y4m", "--depth", "16"), "keeps its depth"),
    ],
)
def test_an_error_names_the_film_once(
    options: tuple[str, ...], said: str, tmp_path: Path, capsys: Captured
) -> None:
    source = tmp_path / "a.y4m"
    source.write_bytes(film())
    assert run(["apply", "blur", str(source), str(tmp_path / "b.png"), *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("a.y4m") == error.count("\n") == 1


@pytest.mark.parametrize("data", [film()[:-1], b"YUV4MPEG2 W0 H9\n", film(layout="C420p10")])
def test_a_broken_film_is_an_error_and_stays(data: bytes, tmp_path: Path, capsys: Captured) -> None:
    source = tmp_path / "a.y4m"
    source.write_bytes(data)
    assert run(["apply", "blur", "--in-place", str(source)]) == 1
    error = capsys.readouterr().err
    assert error.count("a.y4m") == error.count("\n") == 1
    assert source.read_bytes() == data
    assert run(["plan", "blur", str(source)]) == (0 if data == film()[:-1] else 1)


def test_a_picture_does_not_become_a_film(tmp_path: Path, capsys: Captured) -> None:
    sample().save(tmp_path / "a.png")
    assert run(["apply", "blur", str(tmp_path / "a.png"), str(tmp_path / "b.y4m")]) == 1
    error = capsys.readouterr().err
    assert "Y4M is written only where a film in Y4M is read; choose PPM, whose films" in error


def test_the_plan_of_a_film_is_that_of_its_brightness(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "a.y4m").write_bytes(film())
    assert run(["plan", "blur", str(tmp_path / "a.y4m")]) == 0
    assert "12x10, 1 channel" in capsys.readouterr().out


@pytest.mark.parametrize("is_piped", [False, True])
@pytest.mark.parametrize(("limit", "code"), [("119", 1), ("120", 0)])
def test_max_pixels_limits_each_picture_of_a_film(
    limit: str,
    code: int,
    is_piped: bool,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a.y4m").write_bytes(film())
    source = io.BufferedReader(io.BytesIO(film()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
    places = ["-" if is_piped else str(tmp_path / "a.y4m"), str(tmp_path / "b.y4m")]
    assert run(["apply", "blur", *places, "--max-pixels", limit]) == code
    is_refused = "120 pixels are more than the 119 allowed" in capsys.readouterr().err
    assert is_refused == bool(code)
    assert (tmp_path / "b.y4m").exists() == (not code)


def test_max_pixels_limits_all_films_of_a_folder(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        (tmp_path / "in" / f"{name}.y4m").write_bytes(film())
    places = [str(tmp_path / "in"), str(tmp_path / "out")]
    assert run(["apply", "blur", *places, "--max-pixels", "119"]) == 1
    assert capsys.readouterr().err.count("120 pixels are more than the 119 allowed") == 2
