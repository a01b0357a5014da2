"""What becomes of outputs that exist, and where they may be the inputs: as a person says it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.command_line import imgconv

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures, one of them deeper, with a memory of their own."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name, seed in (("photos/a.png", 1), ("photos/sub/b.png", 2)):
        draw(name, seed)
    return tmp_path


def draw(name: str, seed: int) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (12, 17, 3), np.uint8)
    Image.fromarray(values).save(name)


def contents(folder: str) -> dict[str, bytes]:
    found = (path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def apply(*args: str) -> int:
    return run(["apply", "blur", *args])


def filtered_once_and_twice() -> tuple[dict[str, bytes], dict[str, bytes]]:
    assert apply("photos", "once") == 0
    assert apply("once", "twice") == 0
    return contents("once"), contents("twice")


def test_in_place_each_picture_becomes_the_result_it_would_have_elsewhere() -> None:
    once, _ = filtered_once_and_twice()
    assert apply("photos", "--in-place") == 0
    assert contents("photos") == once


def test_in_place_the_format_is_that_of_the_content_whatever_the_name() -> None:
    draw("photos/a.jpg", 3)
    Path("photos/a.jpg").rename("photos/misnamed.png")
    Path("photos/a.png").rename("photos/unnamed")
    assert apply("photos/misnamed.png", "photos/unnamed", "--in-place") == 0
    for name, format in (("misnamed.png", "JPEG"), ("unnamed", "PNG")):
        with Image.open(Path("photos") / name) as image:
            assert image.format == format


def test_in_place_a_link_that_is_named_stays_one() -> None:
    Path("link.png").symlink_to("photos/a.png")
    before = Path("photos/a.png").read_bytes()
    assert apply("link.png", "--in-place") == 0
    assert Path("link.png").is_symlink()
    assert Path("photos/a.png").read_bytes() != before


def test_in_place_a_bad_file_stays_as_it_is(capfd: Captured) -> None:
    Path("photos/bad.png").write_bytes(b"no picture")
    assert apply("photos", "--in-place") == 1
    assert Path("photos/bad.png").read_bytes() == b"no picture"
    message = capfd.readouterr().err.splitlines()
    assert len(message) == 2
    assert message[0].startswith("imgconv: photos/bad.png: not a picture")
    assert message[1] == "imgconv: 3 pictures: 2 done, 1 failed"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["photos", "--in-place", "--no-clobber"], "--no-clobber leaves all as it is in place"),
        (["photos", "--in-place", "--skip-existing"], "--skip-existing leaves all"),
        (["photos", "--in-place", "--format", "png"], "keeps the format"),
        (["-", "--in-place"], "a pipe cannot be filtered in place"),
        (["photos", "out", "--update", "--resume"], "--update and --resume exclude each other"),
        (["photos", "out", "--no-clobber", "--skip-existing"], "exclude each other"),
        (["photos"], "there is no OUTPUT"),
        (["--in-place"], "INPUT"),
        (["photos", "photos"], "lies inside the input folder"),
        (["photos", "photos/deeper"], "lies inside the input folder"),
        (["photos/a.png", "photos"], "is both input and output"),
        (["photos", "out", "--report", "photos/a.png"], "is a picture of this run"),
        (["photos", "out", "--report", "out/sub/b.png"], "is a picture of this run"),
    ],
)
def test_options_that_contradict_are_refused_before_any_work(
    args: list[str], message: str, folder: Path, capfd: Captured
) -> None:
    before = contents(".")
    assert apply(*args) == 2
    printed = capfd.readouterr().err
    assert message in printed and printed.count("\n") == 1
    assert contents(".") == before
    assert not (folder / "out").exists()


def test_no_clobber_fails_for_existing_outputs_and_makes_the_others(capfd: Captured) -> None:
    Path("out").mkdir()
    Path("out/a.png").write_bytes(b"what was there")
    assert apply("photos", "out", "--no-clobber") == 1
    assert Path("out/a.png").read_bytes() == b"what was there"
    assert Path("out/sub/b.png").exists()
    assert "out/a.png: exists already" in capfd.readouterr().err


def test_skip_existing_makes_missing_outputs(capfd: Captured) -> None:
    Path("out").mkdir()
    Path("out/a.png").write_bytes(b"what was there")
    assert apply("photos", "out", "--skip-existing") == 0
    assert Path("out/a.png").read_bytes() == b"what was there"
    assert Path("out/sub/b.png").exists()
    assert capfd.readouterr().err == "imgconv: 2 pictures: 1 done, 1 skipped\n"


def test_one_picture_that_is_skipped_prints_nothing(capfd: Captured) -> None:
    Path("out.png").write_bytes(b"what was there")
    assert apply("photos/a.png", "out.png", "--skip-existing") == 0
    assert Path("out.png").read_bytes() == b"what was there"
    assert capfd.readouterr() == ("", "")


def touched(args: list[str], since: dict[str, int]) -> list[str]:
    """The outputs that a run has written."""
    assert run(args) == 0
    now = stamps("out")
    return sorted(name for name in now if now[name] != since.get(name))


def stamps(folder: str) -> dict[str, int]:
    return {str(path): path.stat().st_ino for path in Path(folder).rglob("*.png")}


def test_update_replaces_outputs_older_than_their_input_or_by_another_filter() -> None:
    every = ["out/a.png", "out/sub/b.png"]
    update = ["photos", "out", "--update"]
    assert touched(["apply", "blur", *update], {}) == every
    assert touched(["apply", "blur", *update], stamps("out")) == []
    later = Path("out/a.png").stat().st_mtime_ns + 1
    os.utime("photos/a.png", ns=(later, later))
    assert touched(["apply", "blur", *update], stamps("out")) == ["out/a.png"]
    assert touched(["apply", "blur:5", *update], stamps("out")) == every
    assert touched(["apply", "blur:5", *update, "--gray"], stamps("out")) == every
    draw("out/a.png", 9)  # by another tool
    assert touched(["apply", "blur:5", *update, "--gray"], stamps("out")) == ["out/a.png"]


def test_resume_replaces_outputs_whose_content_or_input_differs() -> None:
    every = ["out/a.png", "out/sub/b.png"]
    resume = ["photos", "out", "--resume"]
    assert touched(["apply", "blur", "photos", "out"], {}) == every
    assert touched(["apply", "blur", *resume], stamps("out")) == []
    later = Path("out/a.png").stat().st_mtime_ns + 1
    os.utime("photos/a.png", ns=(later, later))
    assert touched(["apply", "blur", *resume], stamps("out")) == []
    draw("photos/a.png", 5)
    os.utime("photos/a.png", ns=(0, 0))
    assert touched(["apply", "blur", *resume], stamps("out")) == ["out/a.png"]
    Path("out/sub/b.png").write_bytes(b"half")
    assert touched(["apply", "blur", *resume], stamps("out")) == ["out/sub/b.png"]
    assert touched(["apply", "sobel", *resume], stamps("out")) == every


@pytest.mark.parametrize("rule", ["--resume", "--update"])
def test_in_place_nothing_is_filtered_twice(rule: str) -> None:
    once, _ = filtered_once_and_twice()
    assert apply("photos/a.png", "--in-place", rule) == 0
    assert contents("photos") == {**contents("photos"), "a.png": once["a.png"]} != once
    for _ in range(2):
        assert apply("photos", "--in-place", rule) == 0
        assert contents("photos") == once


def test_in_place_without_resume_all_is_filtered_again() -> None:
    _, twice = filtered_once_and_twice()
    assert apply("photos", "--in-place") == 0
    assert apply("photos", "--in-place") == 0
    assert contents("photos") == twice
    assert apply("photos", "--in-place", "--resume") == 0
    assert contents("photos") == twice


def test_dry_run_prints_which_outputs_would_be_left(capfd: Captured) -> None:
    assert apply("photos", "out") == 0
    draw("photos/a.png", 5)
    capfd.readouterr()
    before = contents(".")
    assert apply("photos", "out", "--resume", "--dry-run") == 0
    assert apply("photos", "out", "--no-clobber", "--dry-run") == 1
    assert capfd.readouterr().err.splitlines() == [
        "imgconv: would read photos/a.png and write out/a.png",
        "imgconv: would leave out/sub/b.png",
        "imgconv: out/a.png: exists already; remove it, or leave out --no-clobber",
        "imgconv: out/sub/b.png: exists already; remove it, or leave out --no-clobber",
    ]
    assert contents(".") == before


def test_dry_run_leaves_the_manifest_as_it_is() -> None:
    assert apply("photos", "out") == 0
    assert apply("photos", "out", "--dry-run") == 0
    assert touched(["apply", "blur", "photos", "out", "--resume"], stamps("out")) == []


def test_without_a_manifest_only_rules_that_need_one_fail(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "/dev/null/state")
    assert apply("photos", "out") == 0
    capfd.readouterr()
    assert apply("photos", "out", "--resume") == 1
    message = capfd.readouterr().err.splitlines()
    assert len(message) == 3
    assert "the manifest of outputs cannot be written (Not a directory)" in message[0]
    assert STATE_VARIABLE in message[0]


def test_one_picture_imports_neither_manifest_nor_json() -> None:
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "needless = {'imgconv.batch.manifest', 'json'} & set(sys.modules);"
        "sys.exit(f'imported {needless}' if needless else code)"
    )
    args = ["apply", "blur", "photos/a.png", "out.png"]
    # Coverage imports json itself.
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    command = [sys.executable, "-c", script, *args]
    for _ in range(2):  # the first run may compile, for which json is imported
        done = subprocess.run(command, capture_output=True, check=False, env=alone)
    assert (done.returncode, done.stderr) == (0, b"")


def test_one_picture_has_no_manifest(folder: Path) -> None:
    assert apply("photos/a.png", "out.png") == 0
    assert not (folder / "state").exists()


def lines_of(report: str) -> dict[str, dict[str, object]]:
    lines = Path(report).read_text().splitlines()
    return {str(line["output"]): line for line in map(json.loads, lines)}


def test_the_report_has_a_line_for_each_file() -> None:
    Path("photos/bad.png").write_bytes(b"no picture")
    Path("report").write_text("an older one")
    assert run(["apply", "5 -4", "photos", "out", "--report", "report"]) == 1
    message = lines_of("report")
    assert message.keys() == {"out/a.png", "out/bad.png", "out/sub/b.png"}
    done = message["out/sub/b.png"]
    assert {**done, "seconds": 0, "plan": 0, "warnings": 0} == {
        "input": "photos/sub/b.png",
        "output": "out/sub/b.png",
        "filter": "5 -4",
        "mix": 100,
        "mask": None,
        "region": None,
        "status": "done",
        "sizes": {
            place: {"width": 17, "height": 12, "frames": 1, "bytes": Path(path).stat().st_size}
            for place, path in (("input", "photos/sub/b.png"), ("output", "out/sub/b.png"))
        },
        "plan": 0,
        "seconds": 0,
        "warnings": 0,
        "error": None,
    }
    assert done["plan"] == [{"filter": "kernel", "engines": ["direct"], "error": 0}]
    assert isinstance(done["seconds"], float) and 0 < done["seconds"] < 60
    assert "were clipped" in str(done["warnings"])
    bad = message["out/bad.png"]
    assert bad["status"] == "failed" and "not a picture" in str(bad["error"])
    assert bad["sizes"] == {"input": None, "output": None}


def errors_in_report(*args: str) -> list[float | None]:
    """Filter a picture; return the error of each filter, as the report says it."""
    assert run(["apply", *args, "large.png", "done.png", "--report", "report"]) == 0
    plan: Any = lines_of("report")["done.png"]["plan"]
    return [ran["error"] for ran in plan]


def test_the_report_says_how_far_each_filter_may_be_from_the_exact_result() -> None:
    Image.new("RGB", (400, 300)).save("large.png")
    for _ in range(2):  # the second run replays a snapshot
        error, *others = errors_in_report("gaussian:1")
        assert error and error <= 0.5 and not others
    assert errors_in_report("sobel,gaussian:1", "--exact") == [0, 0]
    assert errors_in_report("disk:9,unsharp:1:1:3", "--engine", "fourier") == [None, None]


def test_the_report_has_a_line_for_a_single_and_for_a_skipped_picture() -> None:
    Path("bad.png").write_bytes(b"no picture")
    for name, status, code in (("bad.png", "failed", 1), ("photos/a.png", "done", 0)):
        assert apply(name, "out.png", "--report", "report") == code
        assert lines_of("report")["out.png"]["status"] == status
    assert apply("photos/a.png", "out.png", "--skip-existing", "--report", "report") == 0
    assert lines_of("report")["out.png"]["status"] == "skipped"


def test_names_that_are_not_utf_8_are_in_the_report(folder: Path) -> None:
    name = os.fsdecode(b"photos/\xff\n.png")
    Path("photos/a.png").rename(name)
    assert apply("photos", "out", "--report", "report") == 0
    assert os.fsencode("out/" + name.removeprefix("photos/")) in map(
        os.fsencode, lines_of("report")
    )


def test_a_report_that_cannot_be_written_stops_no_picture(capfd: Captured) -> None:
    assert apply("photos", "out", "--report", "none/report") == 1
    assert "none/report: cannot be written" in capfd.readouterr().err
    assert not Path("out").exists()
    assert apply("photos", "out", "--report", "/dev/full") == 1
    message = capfd.readouterr().err.splitlines()
    assert len(message) == 2 and message[0].startswith("imgconv: /dev/full: cannot be written")
    assert message[1] == "imgconv: 2 pictures: 2 done"
    assert len(contents("out")) == 2


@pytest.fixture
def two() -> dict[str, bytes]:
    """Two pictures, as ``two/*.jpg`` names them."""
    for name, seed in (("two/a.jpg", 1), ("two/b.jpg", 2), ("two/c.png", 3)):
        draw(name, seed)
    return contents("two")


@pytest.mark.parametrize("rule", [[], ["--update"], ["--resume"], ["--dry-run"]])
@pytest.mark.parametrize("output", ["two/b.jpg", "link/b.jpg", "two/B.JPG"])
def test_an_output_that_may_be_a_second_input_is_replaced_only_with_consent(
    output: str, rule: list[str], two: dict[str, bytes], capfd: Captured
) -> None:
    Path("link").symlink_to("two")
    if output == "two/B.JPG":
        Path("two/b.jpg").rename(output)
    before = contents("two")
    assert apply("two/a.jpg", output, *rule) == 2
    assert capfd.readouterr().err == (
        f"imgconv: '{output}' is a picture beside the only INPUT, and would be replaced as OUTPUT; "
        "give --overwrite if it is meant to be, or --in-place if both are INPUT\n"
    )
    assert contents("two") == before
    assert apply("two/a.jpg", output, "--overwrite", *rule) == 0
    assert (contents("two") == before) == (rule == ["--dry-run"])


@pytest.mark.parametrize(
    "args",
    [
        ["two/a.jpg", "two/new.jpg"],
        ["two/a.jpg", "two/c.png"],
        ["two/a.jpg", "photos/b.jpg"],
        ["two/a.jpg", "two/empty.jpg"],
        ["two/a.jpg", "two/text.jpg"],
        ["two/a.jpg", "two/b.jpg", "photos"],
        ["two/a.jpg", "two/b.jpg", "--skip-existing"],
        ["two/a.jpg", "two/b.jpg", "--in-place"],
    ],
)
def test_any_other_output_is_replaced_as_ever(args: list[str], two: dict[str, bytes]) -> None:
    draw("photos/b.jpg", 4)
    Path("two/empty.jpg").touch()
    Path("two/text.jpg").write_text("no picture")
    assert apply(*args) == 0


@pytest.mark.parametrize("first", [[], ["--update"], ["--resume"]])
def test_an_output_that_imgconv_has_made_is_replaced_until_somebody_else_writes_it(
    first: list[str], two: dict[str, bytes]
) -> None:
    assert apply("two/a.jpg", "two/new.jpg", *first) == 0
    for rule in ([], ["--update"], ["--resume"]):
        assert run(["apply", "sobel", "two/a.jpg", "two/new.jpg", *rule]) == 0
    draw("two/new.jpg", 5)
    assert apply("two/a.jpg", "two/new.jpg") == 2


def test_without_a_state_folder_each_replacement_needs_consent(
    two: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "/dev/null/state")
    assert apply("two/a.jpg", "two/new.jpg") == 0
    assert apply("two/a.jpg", "two/new.jpg") == 2
    assert apply("two/a.jpg", "two/new.jpg", "--overwrite") == 0


def test_marks_of_outputs_are_limited(
    two: dict[str, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.batch.overwrite._MOST_MARKS", 3)
    for number in range(20):
        assert apply("two/a.jpg", f"two/new{number}.jpg") == 0
    assert apply("two/a.jpg", "two/new19.jpg") == 0
    assert (folder / "state" / "outputs").stat().st_size <= 4 * 16


KERNEL = "0 0 0\n0 1 0\n0 0 0\n"


@pytest.mark.parametrize("kernel", ["./k.png", "./k.toml", "mine"])
@pytest.mark.parametrize("is_chain", [False, True])
@pytest.mark.parametrize("output", ["OUTPUT", "link", "--report"])
def test_no_output_overwrites_a_kernel_file_of_the_run(
    kernel: str, is_chain: bool, output: str, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setenv("IMGCONV_FILTERS", ".")
    file = Path("mine.toml" if kernel == "mine" else kernel)
    text = f'[[kernel]]\ngrid = """{KERNEL}"""' if file.suffix == ".toml" else KERNEL
    file.write_text(text)
    link = Path("link.png")
    link.symlink_to(file)
    target = str(link if output == "link" else file)
    filter_text = f"blur,{kernel}" if is_chain else kernel
    args = ["out.bmp", "--report", target] if output == "--report" else [target]
    assert run(["apply", filter_text, "photos/a.png", *args, "--format", "png"]) == 2
    assert capfd.readouterr().err == (
        f"imgconv: '{target}' is a kernel file of this run; choose another file\n"
    )
    assert file.read_text() == text


def test_no_output_in_a_folder_overwrites_a_kernel_file(capfd: Captured) -> None:
    Path("photos/a.png").rename("photos/k.txt")
    Path("out").mkdir()
    Path("out/k.txt").write_text(KERNEL)
    assert run(["apply", "out/k.txt", "photos/k.txt", "photos/sub/b.png", "out"]) == 2
    assert "'out/k.txt' is a kernel file of this run" in capfd.readouterr().err
    assert Path("out/k.txt").read_text() == KERNEL


@pytest.mark.parametrize("source", ["photos", "photos/a.png", "-"])
def test_a_report_may_go_to_standard_output(source: str, capfd: Captured) -> None:
    given = Path("photos/a.png").read_bytes() if source == "-" else b""
    out = "out" if source == "photos" else "out.png"
    done = imgconv("apply", "blur", source, out, "--report", "-", given=given)
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["status"] for line in lines} == {"done"}
    assert len(lines) == (2 if source == "photos" else 1)
    assert not Path("-").exists()


def test_a_report_and_a_picture_do_not_share_standard_output() -> None:
    done = imgconv("apply", "blur", "photos/a.png", "-", "--report", "-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == (
        b"imgconv: the picture goes to standard output; write the report to a file\n"
    )


def test_a_report_whose_reader_is_gone_or_closed_stops_no_picture() -> None:
    command = f"{sys.executable} -m imgconv apply blur photos {{out}} --report - {{more}}"
    for out, more, code in (("a", "| head -c 1", 0), ("b", ">&-", 1)):
        shell = ["bash", "-c", command.format(out=out, more=more)]
        done = subprocess.run(shell, capture_output=True, check=False)
        assert done.returncode == code
        assert b"write" in done.stderr or out == "a"
    assert len(contents("a")) == 2


@pytest.mark.parametrize("args", [["out"], ["--in-place"], ["out", "--dry-run"]])
def test_files_that_a_folder_run_leaves_out_are_counted_in_one_line(
    args: list[str], capfd: Captured
) -> None:
    Path("photos/._a.png").write_bytes(bytes.fromhex("00051607 00020000"))
    for name in ("photos/.DS_Store", "photos/notes.txt", "photos/sub/film.mov"):
        Path(name).touch()
    assert apply("photos", *args) == 0
    assert capfd.readouterr().err.splitlines()[0] == (
        "imgconv: left out: 1 file of attributes (AppleDouble), "
        "3 files without the ending of a picture"
    )
    assert apply("photos/a.png", "b.png") == 0
    assert capfd.readouterr().err == ""
