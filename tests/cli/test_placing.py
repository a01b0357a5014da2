"""Where pictures go: --output, --suffix, --hidden, and what contradicts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("photos/a.png", "photos/sub/b.png", "photos/.h.png", "in.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 7), "orange").save(name)
    return tmp_path


def made(*args: str) -> list[str]:
    """Return the paths of the files that ``imgconv apply blur`` makes."""
    before = {*Path().rglob("*")}
    assert run(["apply", "blur", *args]) == 0
    return sorted(str(path) for path in {*Path().rglob("*")} - before if path.is_file())


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (["in.png", "-o", "out.png"], ["out.png"]),
        (["in.png", "--output", "new/"], ["new/in.png"]),
        (["-oout.png", "in.png"], ["out.png"]),
        (["-fo", "out.png", "in.png"], ["out.png"]),
        (["in.png", "photos/a.png", "-o", "new"], ["new/a.png", "new/in.png"]),
        (["photos", "-o", "new"], ["new/a.png", "new/sub/b.png"]),
        (["photos", "-o", "new", "--hidden"], ["new/.h.png", "new/a.png", "new/sub/b.png"]),
        (["photos", "-o", "new/{name}-s.webp"], ["new/a-s.webp", "new/b-s.webp"]),
        (["photos", "in.png", "-o", "x{number}.png"], ["x1.png", "x2.png", "x3.png"]),
        (["in.png", "-o", "out{{1}}.png"], ["out{1}.png"]),
        (["in.png", "out{1}.png"], ["out{1}.png"]),
        (["in.png", "--suffix=-s"], ["in-s.png"]),
        (["in.png", "photos/a.png", "--suffix", "-s"], ["in-s.png", "photos/a-s.png"]),
        (["photos", "--suffix", "_s"], ["photos/a_s.png", "photos/sub/b_s.png"]),
        (["photos", "new/", "--suffix", "_s"], ["new/a_s.png", "new/sub/b_s.png"]),
        (["photos", "-o", "new", "--suffix", "_s"], ["new/a_s.png", "new/sub/b_s.png"]),
        (["in.png", "--suffix", "", "--format", "webp"], ["in.webp"]),
    ],
)
def test_results_go_where_they_are_named(args: list[str], names: list[str]) -> None:
    assert made(*args) == names


def test_short_options_may_stand_together_before_a_filter_with_parameters() -> None:
    assert run(["apply", "-fo", "out.png", "gaussian", "in.png", "--sigma", "2"]) == 0
    assert Path("out.png").exists()


def test_a_named_output_needs_no_consent(capfd: Captured) -> None:
    Path("second.png").write_bytes(Path("in.png").read_bytes())
    assert run(["apply", "blur", "in.png", "second.png"]) == 2
    assert "give --overwrite" in capfd.readouterr().err
    assert run(["apply", "blur", "in.png", "-o", "second.png"]) == 0
    assert run(["apply", "sobel", "in.png", "second.png", "-f"]) == 0


def test_an_input_that_is_missing_is_told_before_consent_is_asked(capfd: Captured) -> None:
    before = Path("in.png").read_bytes()
    assert run(["apply", "blur", "gone.png", "in.png"]) == 1
    assert "gone.png: there is no such file; check the path" in capfd.readouterr().err
    assert Path("in.png").read_bytes() == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["in.png"], "there is no OUTPUT"),
        (["in.png", "--in-place", "-o", "x.png"], "--output and --in-place exclude each other"),
        (["in.png", "--in-place", "--suffix", "x"], "--suffix and --in-place exclude each other"),
        (["in.png", "-o", "{name}.png", "--suffix", "x"], "--suffix does not go with fields"),
        (["in.png", "-o", "x.png", "--suffix", "x"], "--suffix needs a folder, not 'x.png'"),
        (["in.png", "-o", "-", "--suffix", "x"], "--suffix needs a folder, not '-'"),
        (["in.png", "new", "--suffix", "x"], "'new' is not there; end an output folder that is"),
        (["in.png", ""], "a place is empty; name a file, or . for this folder"),
        (["in.png", "-o", ""], "a place is empty"),
        (["in.png", "--suffix", "_s.webp"], "'_s.webp' has an ending; leave the ending out"),
        (["-", "-o", "{name}.png"], "a picture from a pipe has no name"),
        (["in.png", "-o", "{neam}.png"], "unknown field '{neam}'; fields are {name}, {ext}"),
        (["in.png", "photos/a.png", "x.png"], "'x.png' is named as one picture, and several"),
        (["in.png", "-o", "{name}.png"], "'in.png' is both input and output"),
    ],
)
def test_places_that_contradict_are_one_error(
    args: list[str], message: str, capfd: Captured
) -> None:
    assert run(["apply", "blur", *args]) == 2
    said = capfd.readouterr().err
    assert message in said and said.count("\n") == 1


def test_a_suffix_may_be_given_again_to_a_folder(capfd: Captured) -> None:
    names = made("photos", "--suffix", "_s")
    capfd.readouterr()
    assert made("photos", "--suffix", "_s") == []
    assert capfd.readouterr().err.splitlines()[0] == (
        "imgconv: left out: 1 hidden file, 2 results of an earlier run; --hidden takes hidden ones"
    )
    assert len(names) == 2


def test_a_template_leads_out_of_no_folder_by_a_link(tmp_path: Path, capfd: Captured) -> None:
    Path("elsewhere").mkdir()
    Path("new").mkdir()
    Path("new/sub").symlink_to(tmp_path / "elsewhere")
    assert run(["apply", "blur", "photos", "-o", "new/{folder}/{name}.png"]) == 1
    assert "leads out of the folder" in capfd.readouterr().err
    assert [*Path("elsewhere").iterdir()] == []
