"""Command lines that are nearly right: each is answered in one line by what to write instead."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from imgconv.cli import near_misses
from imgconv.cli.apply import apply
from imgconv.cli.match import match
from imgconv.cli.run import run
from tests.support.command_line import Captured

KERNEL = "'0 -1 0; -1 5 -1; 0 -1 0'"

# Lines that are nearly right, and the line that was meant.
MEANT = {
    "blur a.png b.png": "blur a.png b.png",
    "blur --radius 2 a.png b.png": "blur --radius 2 a.png b.png",
    "gaussian:2,sobel a.png b.png": "gaussian:2,sobel a.png b.png",
    f"{KERNEL} a.png b.png": f"{KERNEL} a.png b.png",
    "gauss a.png b.png": "gaussian a.png b.png",
    "gauss:2 a.png b.png": "gaussian:2 a.png b.png",
    "a.png blur b.png": "blur a.png b.png",
    "a.png b.png": "FILTER a.png b.png",
    "blur": "blur INPUT OUTPUT",
    "apply a.png blur b.png": "blur a.png b.png",
    "apply a.png b.png blur": "blur a.png b.png",
    f"apply a.png {KERNEL} b.png": f"{KERNEL} a.png b.png",
    "apply a.png b.png": "FILTER a.png b.png",
    "apply blur sobel a.png b.png": "blur,sobel a.png b.png",
    "apply gaussian 2 a.png b.png": "gaussian:2 a.png b.png",
    "apply motion 25 -45 a.png b.png": "motion:25:-45 a.png b.png",
    "apply gaussian 2 sobel a.png b.png": "gaussian:2,sobel a.png b.png",
    "apply --sigma 2 gaussian a.png b.png": "gaussian --sigma 2 a.png b.png",
    "apply a.png --sigma 2 gaussian b.png": "gaussian --sigma 2 a.png b.png",
    "apply --filter blur a.png b.png": "FILTER INPUT OUTPUT",
    "apply freq-mask a.png a.png b.png": "freq-mask:a.png a.png b.png",
    "apply blur,freq-mask a.png a.png b.png": "blur,freq-mask:a.png a.png b.png",
}

# Lines that are nearly right, and the words of the answer.
ANSWERS = {
    "aply blur a.png b.png": "no command is called 'aply'; did you mean 'apply'?",
    "median a.png b.png": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "qqq a.png b.png": "no command is called 'qqq'; 'imgconv filters' lists all",
    "gaussian:9999 a.png b.png": "sigma: 9999 is out of range; give 0 to 1000",
    "help gauss": "neither a command nor a filter is called 'gauss'; write gaussian",
    "filters median": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "apply gauss a.png b.png": "no filter is called 'gauss'; write gaussian",
    "apply median a.png b.png": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "apply 'gaussian(2)' a.png b.png": "write gaussian:2",
    "apply sobel 2 a.png b.png": "'sobel' has no parameter for '2'; it takes none",
    "apply gaussian --radius 2 a.png b.png": "no option is called '--radius'; write --sigma",
    "apply blur --sigma 2 a.png b.png": "no option is called '--sigma'; write --radius",
    "apply blur,sharpen --strength 2 a.png b.png": "write --amount",
    "apply blur a.png b.png --grey": "no option is called '--grey'; write --gray",
    "apply blur a.png b.png --boder edge": "did you mean '--border'?",
    "apply unsharp a.png b.png --amont 2": "did you mean '--amount'?",
    "apply blur a.png b.png -r": "blur takes --radius, --radius-y; 'imgconv apply --help' lists",
    "apply blur a.png b.png --recursive": "as a folder is taken with its subfolders",
    "apply blur a.png b.png --border BORDER_REFLECT_101": "write mirror, which is c d c b |",
    "apply freq-mask=a.png a.png b.png": "'freq-mask=a.png'; write freq-mask:a.png",
    "apply 'freq-mask(a.png)' a.png b.png": "'freq-mask(a.png)'; write freq-mask:a.png",
    "apply freq-mask=c.png a.png b.png": "c.png: there is no such file; check the path",
    "show 'freq-mask a.png'": "'freq-mask a.png'; write freq-mask:a.png",
    "apply freq-mask a.png b.png": "no picture is given for the mask; write freq-mask:PATH",
    "explain freq-mask a.png a.png": "mask; write imgconv explain freq-mask:a.png a.png",
    "apply blur a.png b.png --repeat x": "'x' is no whole number; try 'imgconv apply --help'",
    "match a.png a.png --threshold x": "'x' is no number; try 'imgconv match --help'",
    "plan blur a.png --grey": "write --gray",
    "plan blur a.png --qqq": "blur takes --radius, --radius-y; 'imgconv plan --help' lists all",
    "plan blur a.png --recursive": "no option is called '--recursive'; blur takes --radius",
    "match a.png a.png --method x": "no option is called '--method'; write --by",
    "match a.png a.png --treshold 1": "called '--treshold'; did you mean '--threshold'?",
    "match --sigma 2 gaussian a.png": "called '--sigma'; 'imgconv match --help' lists all",
    "sequence d6 --recursive": "called '--recursive'; 'imgconv sequence --help' lists all",
    "cache --qqq": "no option is called '--qqq'; 'imgconv cache --help' lists all",
    "--qqq": "no option is called '--qqq'; 'imgconv --help' lists all",
}


@pytest.fixture
def a_picture(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(picture.read_bytes())


def answer_to(line: str, capfd: Captured) -> str:
    assert run(shlex.split(line)) == 2
    printed = capfd.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert not Path("b.png").exists()
    return printed.err.strip()


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize(("line", "meant"), MEANT.items(), ids=str)
def test_a_line_is_answered_by_the_one_that_was_meant(
    line: str, meant: str, capfd: Captured
) -> None:
    assert answer_to(line, capfd).endswith(f"; write imgconv apply {meant}")
    if "FILTER" not in meant and "INPUT" not in meant:
        assert run(["apply", *shlex.split(meant)]) == 0
        assert Path("b.png").exists()


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize(("line", "answer"), ANSWERS.items(), ids=str)
def test_a_line_is_answered_by_the_right_words(line: str, answer: str, capfd: Captured) -> None:
    assert answer in answer_to(line, capfd)


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize("name", ["2", "sobel", "blur"])
def test_a_file_that_exists_is_no_value_and_no_filter(name: str) -> None:
    Path(name).write_bytes(Path("a.png").read_bytes())
    assert run(["apply", "gaussian", name, "b.png"]) == 0


@pytest.mark.usefixtures("a_picture")
def test_an_input_that_is_missing_is_named(capfd: Captured) -> None:
    assert run(["apply", "blur", "c.png", "b.png"]) == 1
    assert "c.png: there is no such file" in capfd.readouterr().err


def test_every_option_of_the_table_is_one_of_apply_or_match() -> None:
    known = {name for parameter in [*apply.params, *match.params] for name in parameter.opts}
    written = {remedy.split()[0] for remedy in near_misses.OPTIONS if remedy.startswith("--")}
    assert written <= known
    names = [name for names in near_misses.OPTIONS.values() for name in names]
    assert len(names) == len({*names})
    assert not {*names} & known
