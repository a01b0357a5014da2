"""The report of a run: a line of JSON for each picture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.batches import apply, contents
from tests.support.command_line import Captured, imgconv

pytestmark = pytest.mark.usefixtures("folder")


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
        assert b"closed" in done.stderr or out == "a"
    assert len(contents("a")) == 2
