"""The command line, as a person meets it: words in, pictures and one line out."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv import library
from imgconv.border import BORDERS
from imgconv.cli.apply import apply
from imgconv.cli.run import run

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    values = np.random.default_rng(1).integers(0, 256, (12, 17, 3), np.uint8)
    Image.fromarray(values).save(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_one_file_goes_to_one_file(picture: Path, tmp_path: Path, capfd: Captured) -> None:
    assert run(["apply", "identity", str(picture), str(tmp_path / "out.png")]) == 0
    assert np.array_equal(pixels(picture), pixels(tmp_path / "out.png"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "words",
    [
        ["gaussian:2"],
        ["gaussian:sigma=2"],
        ["gaussian", "--sigma", "2"],
        ["gaussian", "--border", "edge", "--sigma", "2"],
    ],
)
def test_a_parameter_is_given_in_any_of_its_ways(
    words: list[str], picture: Path, tmp_path: Path
) -> None:
    filter_text, *options = words
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
    words = ["apply", "blur,sobel", str(picture), str(tmp_path / "o.png"), "--scale", "2"]
    assert run(words) == 2
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
    words = ["apply", "blur", str(picture), str(second), str(tmp_path / "out"), "--format", "tiff"]
    assert run(words) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["in.tif", "second.tif"]


def test_dry_run_says_what_it_would_do_and_writes_nothing(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    out = tmp_path / "out.png"
    assert run(["apply", "blur", str(picture), str(out), "--dry-run"]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == f"imgconv: would read {picture} and write {out}\n"
    assert not out.exists()


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
    ("words", "code", "said"),
    [
        (["gausian", "IN", "out.png"], 2, "did you mean gaussian"),
        (["gaussian:-1", "IN", "out.png"], 2, "give 0.1 to 1000"),
        (["gaussian:x", "IN", "out.png"], 2, "'x' is not a number"),
        (["gaussian:mu=3", "IN", "out.png"], 2, "it takes sigma"),
        (["gaussian:1:2", "IN", "out.png"], 2, "no place for '2'"),
        (["gaussian:1", "IN", "out.png", "--sigma", "2"], 2, "given twice"),
        (["gaussian:sigma=1:sigma=2", "IN", "out.png"], 2, "given twice"),
        (["1", "IN", "out.png", "--scale", "0"], 2, "divided"),
        (["blur,sobel", "IN", "out.png", "--scale", "0"], 2, "not for a chain"),
        (["blur", "IN", "out.png", "--normalize", "most"], 2, "choose from none, sum"),
        (["1e308 1e308", "IN", "out.png"], 2, "too large"),
        (["identity:1", "IN", "out.png"], 2, "it takes none"),
        (["blur:1.5", "IN", "out.png"], 2, "not a whole number"),
        (["blur:1" + "0" * 400, "IN", "out.png"], 2, "is out of range"),
        (["laplacian:5", "IN", "out.png"], 2, "4 or 8"),
        (["blur,,sobel", "IN", "out.png"], 2, "empty place"),
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
def test_wrong_words_get_one_line_and_leave_what_was_there(
    words: list[str],
    code: int,
    said: str,
    picture: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: Captured,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {"in.png": picture.read_bytes(), "out.png": b"what was there"}
    Path("out.png").write_bytes(before["out.png"])
    assert run(["apply", *(str(picture) if word == "IN" else word for word in words)]) == code
    printed = capfd.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "steam"], "the engine 'steam'"),
        (["--border", "constant:reddish"], "'reddish' is no colour"),
        (["--border", "sky"], "no border"),
        (["--patience", "nan"], "no time"),
        (["--tolerance", "nan"], "no tolerance"),
    ],
)
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_words_that_fit_no_picture_are_told_once_for_all(
    words: list[str], dry: list[str], said: str, picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    second = tmp_path / "second.png"
    second.write_bytes(picture.read_bytes())
    files = [str(picture), str(second), str(tmp_path / "out")]
    assert run(["apply", "blur", *files, *words, *dry]) == 2
    printed = capfd.readouterr().err
    assert said in printed and printed.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_channels_that_a_picture_lacks_are_told_for_that_picture(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "grey.png")
    files = [str(picture), str(tmp_path / "grey.png"), str(tmp_path / "out")]
    assert run(["apply", "blur", *files, "--channels", "r"]) == 1
    assert "grey.png: the picture has no channel 'r'" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in.png"]


def test_channels_may_be_parted_by_blanks_and_in_capitals(picture: Path, tmp_path: Path) -> None:
    for place, channels in (("a.png", "r,g"), ("b.png", " R , g")):
        words = ["apply", "blur", str(picture), str(tmp_path / place), "--channels", channels]
        assert run(words) == 0
    assert np.array_equal(pixels(tmp_path / "a.png"), pixels(tmp_path / "b.png"))


def test_much_clipping_is_told_and_other_ranges_are_named(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    assert run(["apply", "5 -4", str(picture), str(tmp_path / "out.png")]) == 0
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "were clipped" in said and "--range abs, offset or stretch" in said
    run(["apply", "5 -4", str(picture), str(tmp_path / "out.png"), "--range", "stretch"])
    assert capfd.readouterr().err == ""


def test_names_with_escapes_are_shown_harmlessly(tmp_path: Path, capfd: Captured) -> None:
    run(["apply", "blur", "\x1b[31mred\n.png", str(tmp_path / "out.png")])
    assert "\\x1b[31mred\\n.png" in capfd.readouterr().err


def test_help_of_a_filter_lists_its_parameters(capfd: Captured) -> None:
    assert run(["apply", "unsharp", "--help"]) == 0
    said = capfd.readouterr().out
    assert "--sigma" in said and "--amount" in said and "--threshold" in said
    assert "0.1 to 100" in " ".join(said.split())


def test_filters_lists_all_with_one_line_each(capfd: Captured) -> None:
    assert run(["filters"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split(":")[0].split()[0] for line in lines] == library.names()


def test_a_broken_filter_of_ones_own_spoils_no_other(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    assert run(["filters"]) == 0
    listed = capfd.readouterr().out
    broken = tmp_path / "filters" / "broken.toml"
    broken.parent.mkdir()
    broken.write_text("kernel = 3")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(broken.parent))
    assert run(["filters"]) == 0
    said = capfd.readouterr()
    assert said.out == listed
    assert said.err.startswith(f"imgconv: {broken}: 'kernel' is not a table")
    assert said.err.count("\n") == 1
    assert completed("imgconv apply blu") == ["blur"]
    assert run(["apply", "broken", str(picture), str(tmp_path / "out.png")]) == 2
    assert capfd.readouterr().err == said.err


def test_filters_as_json(capfd: Captured) -> None:
    assert run(["filters", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capfd.readouterr().out)}
    assert entries["gaussian"]["parameters"][0]["name"] == "sigma"


def test_show_prints_the_grid_and_its_facts(capfd: Captured) -> None:
    assert run(["show", "sobel-x"]) == 0
    said = capfd.readouterr().out
    assert "-2  0  2" in said
    assert "size 3x3, sum 0, separable" in said
    assert run(["show", "gaussian:20"]) == 0
    assert "the middle 11x11 of 161x161" in capfd.readouterr().out


def test_show_as_json_gives_the_weights(capfd: Captured) -> None:
    assert run(["show", "1 2; 3 4", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["kernels"][0]["weights"] == [[1, 2], [3, 4]]
    assert run(["show", "blur,sobel", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capfd.readouterr().out)] == ["blur", "sobel"]


def test_completion_knows_the_filters() -> None:
    from imgconv.cli.complete import complete_filter

    items = complete_filter(None, None, "blur,sob")  # type: ignore[arg-type]
    assert [item.value for item in items] == ["blur,sobel", "blur,sobel-x", "blur,sobel-y"]


def completed(line: str) -> list[str]:
    """What a shell is offered for the last word of a line."""
    environment = {**os.environ, "_IMGCONV_COMPLETE": "bash_complete", "COMP_WORDS": line}
    environment["COMP_CWORD"] = str(len(line.split(" ")) - 1)
    command = [sys.executable, "-m", "imgconv"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [offer.partition(",")[2] for offer in done.stdout.splitlines()]


def test_completion_knows_the_borders() -> None:
    assert completed("imgconv apply blur --border ") == list(BORDERS)
    assert completed("imgconv apply --border m") == ["mirror"]


@pytest.mark.parametrize("words", [[], ["apply"]])
def test_without_words_there_is_help_on_standard_output(words: list[str], capfd: Captured) -> None:
    assert run(words) == 0
    said = capfd.readouterr()
    assert run([*words, "--help"]) == 0
    assert said == capfd.readouterr()
    assert said.out.startswith("Usage: imgconv") and said.err == ""


def imgconv(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imgconv", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def test_a_pipe_keeps_the_format_and_says_nothing(picture: Path) -> None:
    done = imgconv("apply", "identity", "-", "-", given=picture.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), pixels(picture))


def test_a_reader_that_goes_away_ends_the_run_quietly(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 256, (600, 600, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "large.png")
    command = [sys.executable, "-m", "imgconv", "apply", "blur", str(tmp_path / "large.png"), "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


def test_a_terminal_is_no_picture(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    assert run(["apply", "blur", "-", "out.png"]) == 2


@pytest.mark.parametrize(
    "words",
    [["--help"], ["filters"], ["--version"], *([c, "--help"] for c in ("apply", "plan", "tune"))],
)
def test_looking_around_imports_neither_numpy_nor_numba(words: list[str]) -> None:
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "heavy = {'numpy', 'numba', 'PIL', 'llvmlite'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_ends_the_run_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    Image.new("RGB", (3000, 3000), (9, 8, 7)).save(tmp_path / "in.png")
    run(["apply", "(1 2; 3 5)", str(tmp_path / "in.png"), str(tmp_path / "out.png")])  # compiles
    (tmp_path / "out.png").unlink()
    words = ["apply", "disk:90", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    command = [sys.executable, "-m", "imgconv", *words, "--engine", "direct"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        said = process.stderr.read()
    assert (process.returncode, said) == (130, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_an_offset_of_zero_replaces_that_of_the_kernel(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text('[[kernel]]\ngrid = "1"\noffset = 128\n')
    out = tmp_path / "out.png"
    assert run(["apply", str(tmp_path / "k.toml"), str(picture), str(out), "--offset", "0"]) == 0
    assert np.array_equal(pixels(out), pixels(picture))


def test_options_may_stand_before_the_filter(picture: Path, tmp_path: Path) -> None:
    words = ["--border", "wrap", "gaussian", "--sigma", "2", str(picture), str(tmp_path / "a.png")]
    assert run(["apply", *words]) == 0


def test_parameters_of_any_name_are_options(picture: Path, tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "k.toml").write_text(
        '[parameters.My-Size]\nsummary = "s"\ndefault = 1\nminimum = 0\n[[kernel]]\ngrid = "1"\n'
    )
    words = [str(tmp_path / "k.toml"), str(picture), str(tmp_path / "out.png")]
    assert run(["apply", *words, "--My-Size", "2"]) == 0
    assert run(["apply", *words, "--My-Size", "nonsense"]) == 2
    assert "not a whole number" in capfd.readouterr().err


def test_a_tolerance_of_0_asks_for_the_exact_path(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:200, :200]
    values = 255 * ((rows // 40 + columns // 30) % 2)
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "in.png")
    found = {}
    for name, words in {
        "near": [],
        "exact": ["--tolerance", "0"],
        "separable": ["--tolerance", "0", "--engine", "separable"],
    }.items():
        out = tmp_path / f"{name}.png"
        assert run(["apply", "gaussian:8", str(tmp_path / "in.png"), str(out), *words]) == 0
        found[name] = pixels(out).astype(int)
    assert np.array_equal(found["exact"], found["separable"])
    assert np.abs(found["near"] - found["exact"]).max() <= 1


def test_what_help_says_of_defaults_is_so(capfd: Captured) -> None:
    from imgconv import plan

    assert run(["apply", "--help"]) == 0
    said = " ".join(capfd.readouterr().out.split())
    assert f"(default {plan.TOLERANCE:g}; 0 is exact)" in said
    defaults = {option.name: option.default for option in apply.params}
    assert (defaults["tolerance"], defaults["patience"]) == (plan.TOLERANCE, plan.PATIENCE)


def marked(said: str) -> list[str]:
    """The engines that a table of ``imgconv plan`` marks."""
    return [line.split()[1] for line in said.splitlines() if line.startswith("> ")]


def test_plan_shows_what_each_engine_would_cost(picture: Path, capfd: Captured) -> None:
    assert run(["plan", "gaussian:20,sobel", str(picture)]) == 0
    said, err = capfd.readouterr()
    assert err == ""
    lines = said.splitlines()
    assert lines[0] == f"{picture}: 17x12, 3 channels of uint8, on 1 thread"
    assert "gaussian, kernel of 161x161" in lines and "sobel, kernels 1 to 2 of 3x3" in lines
    assert len(marked(said)) == 2 and marked(said)[1] == "separable"
    assert {"separable", "direct"} < {line[2:].split()[0] for line in lines if line[2:].strip()}
    assert lines[-1].startswith("  in all ")
    assert max(map(len, lines[1:])) <= 80


def test_plan_takes_the_words_of_apply(capfd: Captured) -> None:
    def planned(*words: str) -> str:
        assert run(["plan", *words]) == 0
        return capfd.readouterr().out.partition("\n")[2]

    assert planned("gaussian", "--sigma", "20", "4000x3000") == planned("gaussian:20", "4000x3000")
    assert marked(planned("gaussian:20", "4000x3000")) == ["pyramid"]
    assert marked(planned("gaussian:20", "4000x3000", "--tolerance", "0")) == ["separable"]
    assert marked(planned("gaussian:20", "4000x3000", "--range", "stretch")) == ["separable"]
    assert marked(planned("gaussian:20", "4000x3000", "--engine", "direct")) == ["direct"]
    assert marked(planned("-1 0 1", "4000x3000", "--border", "wrap")) == ["direct"]
    assert planned("blur", "4000x3000", "--gray") == planned("blur", "4000x3000x1")
    assert planned("blur", "4000x3000", "--threads", "1") != planned("blur", "4000x3000x1")


def test_plan_as_json_says_the_same_in_numbers(capfd: Captured) -> None:
    words = ["plan", "unsharp:20", "4000x3000", "--threads", "2"]
    assert run([*words, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert run(words) == 0
    table = capfd.readouterr().out
    assert said["picture"] == {
        "source": "4000x3000",
        "width": 4000,
        "height": 3000,
        "channels": 3,
        "type": "uint8",
    }
    assert said["threads"] == 2
    kernels = [kernel for step in said["steps"] for kernel in step["kernels"]]
    assert [(kernel["width"], kernel["height"]) for kernel in kernels] == [(1, 1), (161, 161)]
    running = [engine for kernel in kernels for engine in kernel["engines"] if engine["runs"]]
    assert [engine["engine"] for engine in running] == marked(table)
    for kernel in kernels:
        seconds = [engine["seconds"] for engine in kernel["engines"]]
        assert seconds == sorted(seconds) and kernel["engines"][0]["runs"]
    total = said["total"]
    assert total["multiplications"] == sum(engine["multiplications"] for engine in running)
    assert total["seconds"] > sum(engine["seconds"] for engine in running)
    assert 0 <= total["error"] <= 0.5
    assert total["memory"] >= max(engine["memory"] for engine in running) > 0


def test_plan_counts_the_values_of_the_result(capfd: Captured) -> None:
    def seconds(*words: str) -> float:
        assert run(["plan", "blur:100", "400x400", "--threads", "1", "--json", *words]) == 0
        return float(json.loads(capfd.readouterr().out)["total"]["seconds"])

    assert seconds("--extent", "full") == pytest.approx(seconds() * (600 / 400) ** 2)
    assert seconds("--extent", "valid") == pytest.approx(seconds() * (200 / 400) ** 2)


def test_plan_says_when_apply_would_refuse(capfd: Captured) -> None:
    words = ["plan", "gaussian:200", "9000x9000", "--threads", "1"]
    assert run([*words, "--engine", "direct"]) == 0
    said = capfd.readouterr()
    assert marked(said.out) == ["direct"] and " hours" in said.out
    assert said.err.startswith("imgconv: this would take about") and "--patience" in said.err
    assert run(words) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["blur", "missing.png"], 1, "missing.png: there is no such file"),
        (["blur", "0x0"], 2, "no size of a picture"),
        (["gausian", "40x30"], 2, "did you mean gaussian"),
        (["blur", "40x30", "--engine", "steam"], 2, "'steam' cannot run a kernel of 3x3"),
        (["blur", "40x30", "--tolerance", "nan"], 2, "no tolerance"),
        (["blur:20", "40x30", "--extent", "valid"], 2, "leaves nothing"),
        (["blur", "40x30", "60x40"], 2, "unexpected extra argument"),
    ],
)
def test_plan_tells_what_is_wrong_in_one_line(
    words: list[str], code: int, said: str, capfd: Captured
) -> None:
    assert run(["plan", *words]) == code
    printed = capfd.readouterr()
    assert said in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_plan_reads_the_header_of_what_is_piped_in(picture: Path) -> None:
    done = imgconv("plan", "blur", "-", given=picture.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"-: 17x12, 3 channels of uint8")


def test_closed_streams_are_no_fault(picture: Path, tmp_path: Path) -> None:
    for words in (f"blur {picture} - >&-", f"blur - {tmp_path / 'out.png'} <&-"):
        command = f"{sys.executable} -m imgconv apply {words}"
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
        assert b"is closed" in done.stderr
