"""Command lines that are nearly right: each is answered in one line by what to write instead."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from imgconv.cli import near_misses
from imgconv.cli.run import COMMANDS, run
from tests.support.command_line import Captured, answer_to

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
    "Gauss,sobelX a.png b.png": "gaussian,sobel-x a.png b.png",
    "filter blur a.png b.png": "blur a.png b.png",
    "convert a.png b.png": "FILTER a.png b.png",
    "run": "FILTER INPUT OUTPUT",
    "blur": "blur INPUT OUTPUT",
    "apply a.png blur b.png": "blur a.png b.png",
    "apply a.png b.png blur": "blur a.png b.png",
    "apply a.png gauss b.png": "gaussian a.png b.png",
    "apply blur, sobel a.png b.png": "blur,sobel a.png b.png",
    "apply blur , sobel a.png b.png": "blur,sobel a.png b.png",
    "apply blur ,sobel a.png b.png": "blur,sobel a.png b.png",
    "apply gaussian sigma=2 a.png b.png": "gaussian:sigma=2 a.png b.png",
    "apply blur -- sobel a.png b.png": "blur,sobel a.png b.png",
    "a.png -blur 0x2 b.png": "blur:2 a.png b.png",
    "convert a.png -gaussian-blur 0x2 b.png": "gaussian:2 a.png b.png",
    "a.png b.png --gauss 2": "gaussian:2 a.png b.png",
    "apply -1 0 1 a.png b.png": "'-1 0 1' a.png b.png",
    "apply 0 -1 0 -1 5 -1 0 -1 0 a.png b.png": "'0 -1 0 -1 5 -1 0 -1 0' a.png b.png",
    "apply 1,2 3,4 5,6 a.png b.png": "'1,2 3,4 5,6' a.png b.png",
    "apply [[0, -1], [-1, 3]] a.png b.png": "'[[0, -1], [-1, 3]]' a.png b.png",
    "apply 0 -1 0": "'0 -1 0' INPUT OUTPUT",
    f"apply a.png {KERNEL} b.png": f"{KERNEL} a.png b.png",
    "apply a.png b.png": "FILTER a.png b.png",
    "apply blur sobel a.png b.png": "blur,sobel a.png b.png",
    "apply gaussian 2 a.png b.png": "gaussian:2 a.png b.png",
    "apply motion 25 -45 a.png b.png": "motion:25:-45 a.png b.png",
    "apply gaussian 2 sobel a.png b.png": "gaussian:2,sobel a.png b.png",
    "apply --sigma 2 gaussian a.png b.png": "gaussian --sigma 2 a.png b.png",
    "apply a.png --sigma 2 gaussian b.png": "gaussian --sigma 2 a.png b.png",
    "apply a.png blur b.png --range abs": "blur a.png b.png --range abs",
    "apply --border wrap -1 0 1 a.png b.png": "'-1 0 1' a.png b.png --border wrap",
    "apply --filter blur a.png b.png": "FILTER INPUT OUTPUT",
    "apply freq-mask a.png a.png b.png": "freq-mask:a.png a.png b.png",
    "apply blur,freq-mask a.png a.png b.png": "blur,freq-mask:a.png a.png b.png",
}

# Lines that are nearly right, and the words of the answer.
ANSWERS = {
    "blur --help": "no command is called 'blur'; write imgconv help blur",
    "nonsense": "no command is called 'nonsense'; 'imgconv help' lists all",
    "version": "no command is called 'version'; write imgconv --version",
    "list edges": "no command is called 'list'; write imgconv filters",
    "grayscale a.png b.png": "take the filter identity, with --gray",
    "show -1 0 1": "a kernel is one word in quotes; write imgconv show '-1 0 1'",
    "apply help blur a.png b.png": "no filter is called 'help'; 'imgconv filters' lists all",
    "show gaussian 2": "'2' is a value where OUTPUT stands; write imgconv show gaussian:2",
    "show blur sobel --json": "where OUTPUT stands; write imgconv show blur,sobel --json",
    "plan a.png blur": "is a picture where FILTER stands; write imgconv plan blur a.png",
    "plan gaussian 2": "where INPUT stands; write imgconv plan gaussian:2 INPUT",
    "explain -1 0 1 a.png": "in quotes; write imgconv explain '-1 0 1' a.png",
    "aply blur a.png b.png": "no command is called 'aply'; did you mean 'apply'?",
    "median a.png b.png": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "qqq a.png b.png": "no command is called 'qqq'; 'imgconv help' lists all",
    "gaussian:9999 a.png b.png": "sigma: 9999 is out of range; give 0 to 1000",
    "help gauss": "neither a command nor a filter is called 'gauss'; write gaussian",
    "filters median": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "apply gauss a.png b.png": "no filter is called 'gauss'; write gaussian",
    "apply median a.png b.png": "that is no convolution: see Pillow's ImageFilter.MedianFilter",
    "apply 'gaussian(2)' a.png b.png": "write gaussian:2",
    "apply sobel 2 a.png b.png": "'sobel' has no parameter for '2'; it takes none",
    "apply blur a.png b.png --border BORDER_REFLECT_101": "write mirror, which is c d c b |",
    "apply freq-mask=a.png a.png b.png": "'freq-mask=a.png'; write freq-mask:a.png",
    "apply 'freq-mask(a.png)' a.png b.png": "'freq-mask(a.png)'; write freq-mask:a.png",
    "apply freq-mask=c.png a.png b.png": "c.png: there is no such file; check the path",
    "show 'freq-mask a.png'": "'freq-mask a.png'; write freq-mask:a.png",
    "apply freq-mask a.png b.png": "no picture is given for the mask; write freq-mask:PATH",
    "explain freq-mask a.png a.png": "mask; write imgconv explain freq-mask:a.png a.png",
}


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize(("line", "meant"), MEANT.items(), ids=str)
def test_a_line_is_answered_by_the_one_that_was_meant(
    line: str, meant: str, capfd: Captured
) -> None:
    assert answer_to(line, capfd).endswith(f"; write imgconv apply {meant}")
    assert not Path("b.png").exists()
    given = {"FILTER": "blur", "INPUT": "a.png", "OUTPUT": "b.png"}
    assert run(["apply", *(given.get(word, word) for word in shlex.split(meant))]) == 0
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


def test_every_command_of_the_table_is_one_and_names_stand_for_one_alone() -> None:
    words = {ours.split()[0] for ours in near_misses.COMMANDS if not ours.startswith("--")}
    assert words <= COMMANDS.keys()
    names = [name for names in near_misses.COMMANDS.values() for name in names.split()]
    assert len(names) == len({*names}) and not {*names} & COMMANDS.keys()
    assert not any(map(near_misses.is_filter, names))
