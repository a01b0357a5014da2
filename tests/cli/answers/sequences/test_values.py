"""imgconv sequence, through the command line: values, files and mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv


def printed(capfd: Captured, *args: str) -> str:
    assert run(["sequence", *args]) == 0
    return capfd.readouterr().out


def rows(text: str) -> list[list[float]]:
    header, *lines = text.splitlines()
    assert header == "x,value"
    return [[float(cell) for cell in line.split(",")] for line in lines]


def document(capfd: Captured, *args: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(printed(capfd, *args, "--json"))
    return found


def refused(capfd: Captured, *args: str, code: int = 2) -> str:
    assert run(["sequence", *args]) == code
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


def test_two_dice_are_bars_with_probabilities(capfd: Captured) -> None:
    assert run(["sequence", "die:6", "die:6", "--probability", "--plot"]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert len(lines) == 12
    assert lines[5].split() == ["P(7)", "0.16667", "#" * 40]
    assert lines[-1] == "mean 7, variance 5.8333"
    assert err == ""


def test_a_pipe_gets_lines_that_another_command_reads(capfd: Captured) -> None:
    found = rows(printed(capfd, "1 2 3 4", "1 0 -1"))
    assert found == [[0, 1], [1, 2], [2, 2], [3, 2], [4, -3], [5, -4]]
    first = imgconv("sequence", "die:6", "die:6")
    second = imgconv("sequence", "-", "die:6", given=first.stdout)
    whole = rows(printed(capfd, "die:6", "--times", "3"))
    assert np.allclose(rows(second.stdout.decode()), whole)


def test_three_sequences_are_convolved_one_after_the_other(capfd: Captured) -> None:
    assert rows(printed(capfd, "1 1", "1 1", "1 1")) == [[0, 1], [1, 3], [2, 3], [3, 1]]


def test_more_than_40_values_are_a_curve(capfd: Captured) -> None:
    lines = printed(capfd, "box:1", "box:1", "--step", "0.01", "--plot").splitlines()
    assert len(lines) == 9 and max(map(len, lines)) <= 62
    assert lines[-1].split() == ["-0.99", "0.99"]


def test_numbers_are_read_in_any_form(capfd: Captured) -> None:
    for text in ("1 2 3", "1,2,3", " 1; 2 ;3", "1.0\n2e0\t3", "2/2 4/2 9/3"):
        assert rows(printed(capfd, text)) == [[0, 1], [1, 2], [2, 3]]
    assert rows(printed(capfd, "-1 0 1", "-2")) == [[0, 2], [1, 0], [2, -2]]


def test_json_has_all_that_is_computed(capfd: Captured) -> None:
    found = document(capfd, "1 1", "1 3", "--probability", "--start", "5")
    assert found["x"] == [5, 6, 7] and found["values"] == [0.125, 0.5, 0.375]
    assert (found["sum"], found["mean"], found["variance"]) == (1, 6.25, 0.4375)
    assert found["sequences"] == [
        {"text": "1 1", "count": 2, "start": 5},
        {"text": "1 3", "count": 2, "start": 0},
    ]


def test_a_sum_that_is_divided_by_is_told(capfd: Captured) -> None:
    assert run(["sequence", "1 3", "--probability"]) == 0
    assert "'1 3' had the sum 4 and is divided by it" in capfd.readouterr().err


TABLE = "x,a,b\n0,1,10\n0.5,2,20\n1,4,40\n"


def test_columns_are_chosen_and_x_gives_the_step(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "data.csv"
    path.write_text(TABLE)
    for column in ("b", "3"):
        found = rows(printed(capfd, str(path), "--column", column))
        assert found == [[0, 10], [0.5, 20], [1, 40]]
    args = (str(path), "mean:2", "--column", "a", "--mode", "valid")
    assert rows(printed(capfd, *args)) == [[0.5, 1.5], [1, 3]]
    assert "choose one with --column: x, a, b" in refused(capfd, str(path))
    assert "did you mean" in refused(capfd, str(path), "--column", "bb")


def test_two_functions_are_multiplied_by_their_step(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "f.csv"
    path.write_text("x,y\n0,2\n0.5,2\n")
    assert rows(printed(capfd, str(path), str(path))) == [[0, 2], [0.5, 4], [1, 2]]


@pytest.mark.parametrize(
    "text", ["x;y\n0,1;2\n0,7;4\n3;5\n5,4;7\n", "x\ty\n.1\t2\n.7\t4\n3\t5\n5.4\t7\n"]
)
def test_places_that_are_not_equally_spaced(text: str, tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "data.txt"
    path.write_text(text)
    assert "--points" in refused(capfd, str(path), str(path))
    found = rows(printed(capfd, str(path), str(path), "--points"))
    assert len(found) == 10 and found[3] == [3.1, 20]
    assert rows(printed(capfd, str(path), "--resample", "2.65"))[1] == [
        2.75,
        pytest.approx(4.8913, 1e-4),
    ]


def test_results_are_written_whole(tmp_path: Path, capfd: Captured) -> None:
    for ending in ("csv", "npy", "json", "wav"):
        target = tmp_path / f"out.{ending}"
        assert printed(capfd, "0.5 0.25", "1 1", "-o", str(target)) == ""
    assert rows((tmp_path / "out.csv").read_text()) == [[0, 0.5], [1, 0.75], [2, 0.25]]
    assert np.load(tmp_path / "out.npy").tolist() == [0.5, 0.75, 0.25]
    assert json.loads((tmp_path / "out.json").read_text())["values"] == [0.5, 0.75, 0.25]
    assert rows(printed(capfd, str(tmp_path / "out.wav"))) == [[0, 0.5], [1, 0.75], [2, 0.25]]
    assert rows(printed(capfd, str(tmp_path / "out.npy"), "2"))[1] == [1, 1.5]


def test_an_echo_keeps_rate_and_says_what_it_clips(tmp_path: Path, capfd: Captured) -> None:
    first, second = str(tmp_path / "in.wav"), str(tmp_path / "out.wav")
    assert run(["sequence", "0.9 0 0 0.9", "-o", first]) == 0
    capfd.readouterr()
    assert run(["sequence", first, "echo:3:0.5", "-o", second]) == 0
    assert "1 values clipped (--fit divides)" in capfd.readouterr().err
    assert run(["sequence", first, "echo:3:0.5", "-o", second, "--fit"]) == 0
    assert "divided by 1.35" in capfd.readouterr().err
    assert document(capfd, second)["rate"] == 44100
    assert run(["sequence", first, "echo:1000ms:0.5", "-o", second]) == 0
    assert "44,104 values, 1.0001 s" in capfd.readouterr().err


def test_sounds_and_arrays_come_through_a_pipe(tmp_path: Path, capfd: Captured) -> None:
    for ending in ("wav", "npy", "csv"):
        path = tmp_path / f"in.{ending}"
        assert run(["sequence", "0.5 0.25", "-o", str(path)]) == 0
        done = imgconv("sequence", "-", "2", given=path.read_bytes())
        assert rows(done.stdout.decode()) == [[0, 1], [1, 0.5]]


def test_texts_of_too_many_values_are_refused(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "in.npy"
    np.save(path, np.ones(5_000_001, np.uint8))
    assert "too many for text; write .npy" in refused(capfd, str(path))
    assert "too many for text; write .npy" in refused(capfd, str(path), "--json")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["bxo:3"], "did you mean 'box'?"),
        (["d6", "d6"], "write die:6"),
        (["1 x"], "'x' in '1 x' is no number"),
        (["1 nan"], "'nan' is no finite number"),
        (["1 1e999"], "is no finite number"),
        ([""], "a SEQ is empty"),
        (["1 2", "--times", "3", "--mode", "same"], "leave out --correlate and --mode"),
        (["1 2", "3", "--times", "2"], "--times takes copies of one SEQ"),
        (["1 2", "--points", "--resample", "1"], "exclude each other"),
        (["-", "-"], "standard input can be read once"),
        (["1 2", "--ar", "1", "--spectrum"], "exclude each other"),
        (["1 2", "-o", "out.xyz"], "end it in .csv"),
        (["1 -2", "--probability"], "a probability is not below 0"),
        (["1 1", "--standardize"], "no deviation"),
        (["die:6", "--times", "1000000000"], "makes too many values"),
        (["box:1", "--step", "1e-12"], "too long"),
        (["1 2", "1e200"], "value 1 of a sequence is no finite number up to 1e+100"),
        (["1e99 2", "--times", "9"], "a sum is too large for float64"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], message: str, capfd: Captured) -> None:
    assert message in refused(capfd, *args)


@pytest.mark.parametrize("output", ["out1.png", "out.csv", "nowhere/out.WAV"])
def test_an_output_behind_the_sequences_is_answered_by_its_option(
    output: str, capfd: Captured
) -> None:
    message = f"{output}: there is no such file; check the path, or write -o {output} for an output"
    assert message in refused(capfd, "1 2", "3", output, code=1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"1\nnan\n", "value 2 of a sequence is no finite number"),
        ("a.csv", b"1,2\n3\n", "line 2 has 1 values, not 2"),
        ("a.csv", b"1\nx\n", "line 2, column 1: 'x' is no number"),
        ("a.csv", b"", "the table is empty"),
        ("a.csv", b"\xff\xfe\x00", "no file of numbers"),
        ("a.npy", b"\x93NUMPY", "no file of numbers"),
        ("a.wav", b"RIFF", "ends too early"),
        ("missing.csv", None, "there is no such file"),
        ("x.csv", b"x,y\n2,1\n1,1\n", "x does not ascend"),
    ],
)
def test_a_broken_file_is_one_line(
    name: str, content: bytes | None, message: str, tmp_path: Path, capfd: Captured
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(["sequence", str(path)]) in (1, 2)
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err


def test_no_output_replaces_an_input(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "data.csv"
    path.write_text("1\n2\n")
    assert "is an input of this run" in refused(capfd, str(path), "-o", str(path))


def test_numbers_need_no_pillow() -> None:
    code = "from imgconv.cli.run import run; import sys; run(['sequence', 'die:6', 'die:6']); "
    code += "assert not {'PIL.Image', 'numba', 'matplotlib'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
