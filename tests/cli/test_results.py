"""What is said of results: warnings once and their count, quietly or for each picture."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest
from PIL import Image

from imgconv.batch.result import Report, Result, Size
from imgconv.cli.results import ResultPrinter, Verbosity, detail
from imgconv.cli.run import run
from imgconv.errors import ReadError, WriteError
from imgconv.planning.settings import Ran
from tests.support.command_line import Captured


class Full(Report):
    """A report that is full while two threads write to it."""

    def __init__(self) -> None:
        self._both = Barrier(2)

    def add(self, result: Result) -> None:
        with suppress(RuntimeError):  # as one writes at a time, and waits in vain
            self._both.wait(0.2)
        raise WriteError("report: cannot be written", "make room")


def test_threads_print_once_that_a_report_cannot_be_written(capfd: Captured) -> None:
    printer = ResultPrinter(Full())
    threads = [Thread(target=printer, args=[Result("a", "b")]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert capfd.readouterr().err == "imgconv: report: cannot be written; make room\n"
    assert printer.end([Result("a", "b"), Result("a", "b")]) == 1


def result(source: str, *notes: str, error: ReadError | None = None) -> Result:
    made = Result(source, f"out/{source}")
    made.notes, made.error = [*notes], error
    return made


BATCH = [
    result("a.png", "5% were clipped to 8 bits", "no EXIF"),
    result("b.png", "7% were clipped to 8 bits"),
    result("c.png", "7% were clipped to 8 bits", "no EXIF"),
    result("d.png", error=ReadError("d.png: damaged", "restore it")),
    result("e.png", "tag 7 of 9 is odd"),
    result("f.png", "12% were clipped to 8 bits"),
]


def said(capfd: Captured, quiet: bool = False, verbose: bool = False) -> list[str]:
    printer = ResultPrinter(verbosity=Verbosity(quiet, verbose))
    for each in BATCH:
        printer(each)
    assert printer.end(BATCH) == 1
    return [line.removeprefix("imgconv: ") for line in capfd.readouterr().err.splitlines()]


def test_each_kind_of_warning_is_printed_once_and_counted(capfd: Captured) -> None:
    assert said(capfd) == [
        "a.png: 5% were clipped to 8 bits",
        "a.png: no EXIF",
        "d.png: damaged; restore it",
        "e.png: tag 7 of 9 is odd",
        "3 more pictures: N% were clipped to 8 bits",
        "1 more picture: no EXIF",
        "6 pictures: 5 done, 1 failed",
    ]


def test_quietly_only_errors_are_printed(capfd: Captured) -> None:
    assert said(capfd, quiet=True) == ["d.png: damaged; restore it"]


def test_verbosely_each_picture_has_its_warnings_and_a_line(capfd: Captured) -> None:
    lines = said(capfd, verbose=True)
    assert [line for line in lines if "->" not in line] == [
        *(f"{each.source}: {note}" for each in BATCH[:3] for note in each.notes),
        "d.png: damaged; restore it",
        *(f"{each.source}: {note}" for each in BATCH[4:] for note in each.notes),
        "6 pictures: 5 done, 1 failed",
    ]
    assert [line for line in lines if "->" in line] == [
        f"{each.source} -> {each.target}: 0.000 s" for each in BATCH if not each.error
    ]


def test_a_kind_counts_once_for_a_picture(capfd: Captured) -> None:
    printer = ResultPrinter()
    one = result("a.tif", "page 1 is odd", "page 2 is odd")
    printer(one)
    printer.end([one])
    assert capfd.readouterr().err == "imgconv: a.tif: page 1 is odd\n"


def test_the_line_of_a_picture_says_sizes_engines_and_time() -> None:
    made = result("a.png")
    made.written, made.seconds = Size(640, 480, 3, 2048), 0.25
    made.plan = [Ran("sobel", ("direct", "direct"), 0.0), Ran("blur", ("box",), 0.0)]
    sizes = "640x480, 3 frames, 2 KB"
    assert detail(made) == f"a.png -> out/a.png: {sizes}, sobel by direct, blur by box, 0.250 s"
    assert detail(Result("a.png", "b.png", skipped=True)) == "a.png -> b.png: left as it is"


def test_a_picture_is_told_of_on_one_line(picture: Path, capfd: Captured) -> None:
    out = picture.with_name("out.png")
    for _ in range(2):  # planned, then replayed
        assert run(["apply", "blur", str(picture), str(out), "-v"]) == 0
        line = rf"imgconv: {picture} -> {out}: 17x12, 1 KB, blur by [a-z-]+, \d\.\d{{3}} s\n"
        assert re.fullmatch(line, capfd.readouterr().err)


def test_quiet_and_verbose_exclude_each_other(picture: Path, capfd: Captured) -> None:
    assert run(["apply", "blur", str(picture), "out.png", "-qv"]) == 2
    assert "--quiet and --verbose exclude each other" in capfd.readouterr().err


def shares(tmp_path: Path, white: float) -> Path:
    """Return a picture, ``white`` of whose values are 255; the others are 0."""
    values = np.zeros((10, 100), np.uint8)
    values[:, : round(100 * white)] = 255
    Image.fromarray(values).save(tmp_path / "in.png")
    return tmp_path / "in.png"


OWN = "(0 0 0; 0 2 0; 0 0 0)"
RANGES = "lay outside the range and were clipped; --range abs, offset or stretch would show them"
CURE = "clipped, as the weights sum to more than 1; --normalize sum would keep the brightness"


@pytest.mark.parametrize(
    ("filter", "white", "message"),
    [
        (["identity"], 1.0, None),
        (["mean-removal"], 0.1, None),
        ([OWN], 0.005, None),
        ([OWN], 0.05, f"5% of the values lay outside the range and were {CURE}"),
        ([f"{OWN},identity"], 0.05, f"5% of the values {RANGES}"),
        (["0 0 0; 0 3 -1; 0 0 0"], 0.05, f"5% of the values {RANGES}"),
        (["identity", "--scale", "0.5"], 0.05, CURE),
        (["identity", "--offset", "9"], 0.05, RANGES),
        ([OWN, "--normalize", "sum"], 0.5, None),
        ([OWN, "--range", "stretch"], 0.5, None),
    ],
)
def test_clipping_is_told_of_own_kernels_with_the_cure(
    filter: list[str], white: float, message: str | None, tmp_path: Path, capfd: Captured
) -> None:
    source, out = str(shares(tmp_path, white)), str(tmp_path / "out.png")
    for _ in range(2):  # planned, then replayed
        assert run(["apply", *filter, source, out]) == 0
        found = capfd.readouterr().err
        assert (message in found and found.count("\n") == 1) if message else found == ""


def test_clipping_of_shipped_filters_is_told_above_a_quarter(
    tmp_path: Path, capfd: Captured
) -> None:
    source, out = str(tmp_path / "in.png"), str(tmp_path / "out.png")
    for width, is_told in ((8, False), (16, True)):
        values = np.zeros((40, 40), np.uint8)
        values[::2, :width:2] = 255  # these and all between them are clipped
        Image.fromarray(values).save(source)
        assert run(["apply", "mean-removal", source, out]) == 0
        assert ("were clipped" in capfd.readouterr().err) == is_told
