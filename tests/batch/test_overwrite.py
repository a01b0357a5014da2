"""What becomes of outputs that exist: as a person says it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgconv.cli.run import run
from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.batches import apply, contents, draw
from tests.support.command_line import Captured

pytestmark = pytest.mark.usefixtures("folder")


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
