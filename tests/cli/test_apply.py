"""The command line, as a person meets it: args in, pictures and one line out."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv
from tests.support.processes import as_ordinary_user


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_one_file_goes_to_one_file(picture: Path, tmp_path: Path, capfd: Captured) -> None:
    assert run(["apply", "identity", str(picture), str(tmp_path / "out.png")]) == 0
    assert np.array_equal(pixels(picture), pixels(tmp_path / "out.png"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "args",
    [
        ["gaussian:2"],
        ["gaussian:sigma=2"],
        ["gaussian", "--sigma", "2"],
        ["gaussian", "--border", "edge", "--sigma", "2"],
    ],
)
def test_a_parameter_may_be_given_in_the_filter_or_as_an_option(
    args: list[str], picture: Path, tmp_path: Path
) -> None:
    filter_text, *options = args
    assert run(["apply", filter_text, str(picture), str(tmp_path / "a.png"), *options]) == 0
    assert run(["apply", "gaussian:2.0", str(picture), str(tmp_path / "b.png")]) == 0
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_a_kernel_that_begins_with_a_minus_is_no_option(picture: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out.png")
    assert run(["apply", "-1 0 1", str(picture), out, "--range", "abs"]) == 0
    values = pixels(picture).astype(int)
    inner = np.abs(values[:, 2:] - values[:, :-2])
    assert np.array_equal(pixels(tmp_path / "out.png")[:, 1:-1], inner)


def test_a_literal_stands_in_brackets_inside_a_chain(picture: Path, tmp_path: Path) -> None:
    chain = "identity,(0 0 0; 0 1 0; 0 0 0),identity"
    assert run(["apply", chain, str(picture), str(tmp_path / "out.png")]) == 0
    assert np.array_equal(pixels(picture), pixels(tmp_path / "out.png"))


def test_flip_turns_the_kernel(picture: Path, tmp_path: Path) -> None:
    run(["apply", "1 0 0", str(picture), str(tmp_path / "a.png"), "--flip"])
    run(["apply", "0 0 1", str(picture), str(tmp_path / "b.png")])
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_scale_offset_and_normalize_change_the_kernel(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    assert run(["apply", "1", str(picture), str(out), "--scale", "2", "--offset", "10"]) == 0
    assert np.array_equal(pixels(out), np.floor(pixels(picture) / 2 + 10.5).clip(0, 255))
    assert run(["apply", "7", str(picture), str(out), "--normalize", "sum"]) == 0
    assert np.array_equal(pixels(out), pixels(picture))


def test_a_change_of_the_kernel_does_not_fit_a_chain(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    args = ["apply", "blur,sobel", str(picture), str(tmp_path / "o.png"), "--scale", "2"]
    assert run(args) == 2
    assert "--scale is meant for one filter" in capfd.readouterr().err


def test_a_folder_goes_to_a_folder_with_its_tree(picture: Path, tmp_path: Path) -> None:
    deep = tmp_path / "photos" / "sub" / "deep.png"
    deep.parent.mkdir(parents=True)
    picture.rename(deep)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    assert run(["apply", "identity", str(tmp_path / "photos"), str(tmp_path / "out")]) == 0
    found = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert found == [tmp_path / "out" / "sub" / "deep.png"]


def test_many_files_go_to_a_folder_in_another_format(picture: Path, tmp_path: Path) -> None:
    second = tmp_path / "second.png"
    second.write_bytes(picture.read_bytes())
    args = [
        "apply",
        "blur",
        str(picture),
        str(second),
        str(tmp_path / "out"),
        "--format",
        "tiff",
    ]
    assert run(args) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["in.tif", "second.tif"]


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="the system has no users")
def test_an_error_of_the_system_names_the_file(tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "secret").mkdir(mode=0o600)
    target = tmp_path / "secret" / "folder" / "x.png"
    run(["apply", "blur", "none.png", str(target)])  # imports what another user may not read
    capfd.readouterr()
    with as_ordinary_user():
        assert run(["apply", "blur", "none.png", str(target)]) == 1
    message = capfd.readouterr().err
    assert "Permission denied; check the path" in message
    assert str(tmp_path) in message


def test_one_bad_file_does_not_stop_the_others(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    assert run(["apply", "blur", str(bad), str(picture), str(tmp_path / "out")]) == 1
    assert (tmp_path / "out" / "in.png").exists()
    assert not (tmp_path / "out" / "bad.png").exists()
    assert "bad.png: not a picture" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["gausian", "IN", "out.png"], 2, "did you mean gaussian"),
        (["gaussian:-1", "IN", "out.png"], 2, "give 0 to 1000"),
        (["gaussian:x", "IN", "out.png"], 2, "'x' is not a number"),
        (["gaussian:mu=3", "IN", "out.png"], 2, "it takes sigma"),
        (["disk:1:2", "IN", "out.png"], 2, "no parameter for '2'"),
        (["gaussian:1", "IN", "out.png", "--sigma", "2"], 2, "given twice"),
        (["gaussian:sigma=1:sigma=2", "IN", "out.png"], 2, "given twice"),
        (["1", "IN", "out.png", "--scale", "0"], 2, "divided"),
        (["blur,sobel", "IN", "out.png", "--scale", "0"], 2, "not for a chain"),
        (["blur", "IN", "out.png", "--normalize", "most"], 2, "choose from none, sum"),
        (["1e308 1e308", "IN", "out.png"], 2, "too large"),
        (["identity:1", "IN", "out.png"], 2, "it takes none"),
        (["blur:wide", "IN", "out.png"], 2, "not a number"),
        (["blur:1" + "0" * 400, "IN", "out.png"], 2, "is out of range"),
        (["laplacian:5", "IN", "out.png"], 2, "4 or 8"),
        (["blur,,sobel", "IN", "out.png"], 2, "a comma without a filter"),
        (["1 2;3", "IN", "out.png"], 2, "row 2"),
        (["1 nan", "IN", "out.png"], 2, "nan"),
        (["1 1e999", "IN", "out.png"], 2, "finite"),
        (["./none.toml", "IN", "out.png"], 2, "none.toml"),
        (["blur", "missing.png", "out.png"], 1, "no such file"),
        (["blur", "IN", "none/out.png"], 1, "make it first"),
        (["blur", "IN", "IN"], 2, "both input and output"),
        (["blur", "IN", "out.xyz"], 2, "ending"),
        (["blur", "IN", "out.png", "--format", "doc"], 2, "no format"),
        (["blur", "IN", "IN", "-"], 2, "one pipe"),
        (["blur", "-", "IN", "out"], 2, "standard input"),
        (["blur", "IN", "out.png", "--border", "sky"], 2, "no border"),
        (["blur", "IN", "out.png", "--border", "edge:3"], 2, "no colour"),
        (["blur", "IN", "out.png", "--border", "constant:sky?"], 2, "no colour"),
        (["blur", "IN", "out.png", "--channels", "q"], 2, "no channel"),
        (["blur", "IN", "out.png", "--engine", "steam"], 2, "engine"),
        (["blur:20", "IN", "out.png", "--extent", "valid"], 2, "same or full"),
        (["blur", "IN", "out.png", "--sigma", "3"], 2, "--sigma"),
        (["blur", "IN", "out.png", "--patience", "0"], 2, "multiplications"),
        (["blur", "IN", "out.png", "--patience", "nan"], 2, "--patience nan is no time"),
        (["blur", "IN", "out.png", "--patience", "-1"], 2, "--patience -1 is no time"),
        (["blur", "IN", "out.png", "--tolerance", "nan"], 2, "nan is no tolerance"),
        (["blur", "IN", "out.png", "--tolerance", "-1"], 2, "-1.0 is no tolerance"),
        (["blur", "IN", "out.png", "--tolerance", "inf"], 2, "give levels of 255"),
        (["blur", "IN", "out.png", "--channels", "r,,g"], 2, "no channel ''"),
        (["blur", "IN"], 2, "INPUT"),
    ],
)
def test_wrong_arguments_are_one_error_and_leave_the_old_file(
    args: list[str],
    code: int,
    message: str,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Captured,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {"in.png": picture.read_bytes(), "out.png": b"what was there"}
    Path("out.png").write_bytes(before["out.png"])
    assert run(["apply", *(str(picture) if word == "IN" else word for word in args)]) == code
    printed = capfd.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--engine", "steam"], "no engine is called 'steam'"),
        (["--border", "constant:reddish"], "'reddish' is no colour"),
        (["--border", "sky"], "no border"),
        (["--patience", "nan"], "no time"),
        (["--tolerance", "nan"], "no tolerance"),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_options_that_fit_no_picture_are_one_error_for_all(
    args: list[str],
    dry: list[str],
    message: str,
    picture: Path,
    tmp_path: Path,
    capfd: Captured,
) -> None:
    second = tmp_path / "second.png"
    second.write_bytes(picture.read_bytes())
    files = [str(picture), str(second), str(tmp_path / "out")]
    assert run(["apply", "blur", *files, *args, *dry]) == 2
    printed = capfd.readouterr().err
    assert message in printed and printed.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_channel_that_a_picture_lacks_is_an_error_of_that_picture(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "grey.png")
    files = [str(picture), str(tmp_path / "grey.png"), str(tmp_path / "out")]
    assert run(["apply", "blur", *files, "--channels", "r"]) == 1
    assert "grey.png: the picture has no channel 'r'" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in.png"]


def test_channels_may_have_spaces_and_capitals(picture: Path, tmp_path: Path) -> None:
    for place, channels in (("a.png", "r,g"), ("b.png", " R , g")):
        args = ["apply", "blur", str(picture), str(tmp_path / place), "--channels", channels]
        assert run(args) == 0
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_much_clipping_is_a_warning_that_names_other_ranges(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    assert run(["apply", "5 -4", str(picture), str(tmp_path / "out.png")]) == 0
    message = capfd.readouterr().err
    assert message.count("\n") == 1
    assert "were clipped" in message and "--range abs, offset or stretch" in message
    run(["apply", "5 -4", str(picture), str(tmp_path / "out.png"), "--range", "stretch"])
    assert capfd.readouterr().err == ""


def test_control_characters_in_names_are_escaped(tmp_path: Path, capfd: Captured) -> None:
    run(["apply", "blur", "\x1b[31mred\n.png", str(tmp_path / "out.png")])
    assert "\\x1b[31mred\\n.png" in capfd.readouterr().err


def test_a_pipe_keeps_the_format_and_prints_nothing(picture: Path) -> None:
    done = imgconv("apply", "identity", "-", "-", given=picture.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), pixels(picture))


def test_a_closed_pipe_ends_the_run_quietly(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (600, 600, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "large.png")
    command = [sys.executable, "-m", "imgconv", "apply", "blur", str(tmp_path / "large.png"), "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        message = process.stderr.read()
    assert (process.returncode, message) == (141, b"")


def test_a_terminal_is_no_picture(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    assert run(["apply", "blur", "-", "out.png"]) == 2


def test_an_interrupt_ends_the_run_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 3000), (9, 8, 7)).save(tmp_path / "in.png")
    run(["apply", "(1 2; 3 5)", str(tmp_path / "in.png"), str(tmp_path / "out.png")])  # compiles
    (tmp_path / "out.png").unlink()
    args = ["apply", "disk:90", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    command = [sys.executable, "-m", "imgconv", *args, "--engine", "direct"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        message = process.stderr.read()
    assert (process.returncode, message) == (130, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_an_offset_of_zero_replaces_that_of_the_kernel(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text('[[kernel]]\ngrid = "1"\noffset = 128\n')
    out = tmp_path / "out.png"
    assert run(["apply", str(tmp_path / "k.toml"), str(picture), str(out), "--offset", "0"]) == 0
    assert np.array_equal(pixels(out), pixels(picture))


def test_options_may_stand_before_the_filter(picture: Path, tmp_path: Path) -> None:
    args = [
        "--border",
        "wrap",
        "gaussian",
        "--sigma",
        "2",
        str(picture),
        str(tmp_path / "a.png"),
    ]
    assert run(["apply", *args]) == 0


def test_parameters_of_any_name_are_options(picture: Path, tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "k.toml").write_text(
        '[parameters.My-Size]\nsummary = "s"\ndefault = 1\nminimum = 0\n[[kernel]]\ngrid = "1"\n'
    )
    args = [str(tmp_path / "k.toml"), str(picture), str(tmp_path / "out.png")]
    assert run(["apply", *args, "--My-Size", "2"]) == 0
    assert run(["apply", *args, "--My-Size", "nonsense"]) == 2
    assert "not a whole number" in capfd.readouterr().err


def test_a_tolerance_of_0_gives_the_exact_result(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:200, :200]
    values = 255 * ((rows // 40 + columns // 30) % 2)
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "in.png")
    found = {}
    for name, args in {
        "near": [],
        "exact": ["--tolerance", "0"],
        "separable": ["--tolerance", "0", "--engine", "separable"],
    }.items():
        out = tmp_path / f"{name}.png"
        assert run(["apply", "gaussian:8", str(tmp_path / "in.png"), str(out), *args]) == 0
        found[name] = pixels(out).astype(int)
    assert np.array_equal(found["exact"], found["separable"])
    assert np.abs(found["near"] - found["exact"]).max() <= 1


def test_closed_standard_streams_are_errors(picture: Path, tmp_path: Path) -> None:
    for args in (f"blur {picture} - >&-", f"blur - {tmp_path / 'out.png'} <&-"):
        command = f"{sys.executable} -m imgconv apply {args}"
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
        assert b"is closed" in done.stderr


@pytest.mark.parametrize("text", ["blur:0", "gaussian:0:0", "disk:0", "motion:0:45", "unsharp:0"])
def test_a_value_of_0_changes_no_pixel_whatever_its_alpha(text: str, tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (20, 30, 4), np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert run(["apply", text, str(tmp_path / "a.png"), str(tmp_path / "b.png")]) == 0
    np.testing.assert_array_equal(pixels(tmp_path / "b.png"), values)


def test_axes_are_those_of_the_picture_as_seen(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    Image.fromarray(values).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(np.rot90(values, -1)).save(tmp_path / "upright.png")
    for name in ("turned", "upright"):
        places = [str(tmp_path / f"{name}.png"), str(tmp_path / f"{name}-blurred.png")]
        assert run(["apply", "gaussian:3", "--sigma-y", "0", "--exact", *places]) == 0
    turned, upright = (pixels(tmp_path / f"{n}-blurred.png") for n in ("turned", "upright"))
    np.testing.assert_array_equal(np.rot90(turned, -1), upright)


def test_an_unknown_filter_is_told_before_folders_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert run(["apply", "qqq", "photos", "out"]) == 2
    assert capfd.readouterr().err == (
        "imgconv: no filter is called 'qqq'; 'imgconv filters' lists all\n"
    )
