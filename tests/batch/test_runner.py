"""Many files: what goes wrong at one is one line, and costs no other and no old file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.batch import runner
from imgconv.batch.overwrite import REPLACE, OverwriteRule
from imgconv.batch.process import Processor
from imgconv.batch.request import Request
from imgconv.batch.result import Result, summary
from imgconv.batch.tasks import make_tasks, make_tasks_in_place
from imgconv.errors import REPORT_IT, TRACEBACK_VARIABLE, InternalError
from imgconv.formats import metadata, reader
from imgconv.kernels import library
from imgconv.system import atomic
from imgconv.system.user_dirs import STATE_VARIABLE

BLUR = Request(library.find("blur", {}))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make three pictures in a folder, and the folder of their outputs."""
    monkeypatch.chdir(tmp_path)
    for name in ("photos", "out"):
        Path(name).mkdir()
    for seed, name in enumerate(("a.png", "b.png", "c.png")):
        values = np.random.default_rng(seed).integers(0, 256, (12, 17, 3), np.uint8)
        Image.fromarray(values).save(Path("photos") / name)
        (Path("out") / name).write_bytes(b"old")
    return tmp_path


def run_one_by_one(after_the_first: Callable[[], None]) -> list[Result]:
    """Filter the pictures in their order, and do something when the first is done."""
    done: list[Result] = []

    def add(result: Result) -> None:
        done.append(result)
        if len(done) == 1:
            after_the_first()

    assert (
        runner.run(Processor(BLUR), make_tasks(["photos"], "out", None), jobs=1, on_result=add)
        == done
    )
    return done


def errors(results: list[Result]) -> list[str]:
    return [str(result.error) if result.error else "" for result in results]


def is_old(name: str) -> bool:
    return (Path("out") / name).read_bytes() == b"old"


def test_an_input_that_vanishes_costs_no_other() -> None:
    message = errors(run_one_by_one((Path("photos") / "b.png").unlink))
    assert message == ["", "photos/b.png: there is no such file; check the path", ""]
    assert is_old("b.png") and not is_old("c.png")


def test_an_output_folder_deleted_during_the_run_is_not_made_again() -> None:
    message = errors(run_one_by_one(lambda: shutil.rmtree("out")))
    assert message[0] == ""
    for name, error in zip(("b.png", "c.png"), message[1:], strict=True):
        assert error.startswith(f"out/{name}: cannot be written (No such file or directory)")
    assert not Path("out").exists()


def test_an_input_damaged_during_the_run_costs_no_other() -> None:
    def damage() -> None:
        data = Path("photos/b.png").read_bytes()
        Path("photos/b.png").write_bytes(data[: len(data) // 2])

    message = errors(run_one_by_one(damage))
    assert message[0] == message[2] == "" and message[1].startswith("photos/b.png: ")
    assert is_old("b.png")


@pytest.mark.parametrize("most", [0, 1 << 20], ids=["large", "small"])
def test_an_input_changed_while_it_is_read_is_filtered_again(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "state")
    monkeypatch.setattr(reader, "_WHOLE_SIZE", most)
    tasks = make_tasks(["photos"], "out", None)

    def read(source: str) -> metadata.Picture:
        picture = reader.read(source)
        if source.endswith("b.png"):
            shutil.copy("photos/c.png", source)
        return picture

    def overwrite(rule: str) -> OverwriteRule:
        return OverwriteRule(rule, lambda: "blur", tasks)

    runner.run(Processor(BLUR, read, overwrite(REPLACE)), tasks)
    results = runner.run(Processor(BLUR, overwrite=overwrite("resume")), tasks)
    done = [result.source for result in results if result.status != "skipped"]
    assert done == ["photos/b.png"]


def test_stale_files_in_the_current_folder_are_deleted() -> None:
    os.chdir("photos")
    left = Path(".a.png.0123456789ab.imgconv-unfinished")
    left.touch()
    os.utime(left, (0, 0))
    runner.run(Processor(BLUR), make_tasks_in_place(["a.png", "b.png"]))
    assert not left.exists()


@pytest.mark.parametrize(
    ("number", "message"), [(13, "Permission denied"), (30, "Read-only file system")]
)
def test_a_folder_without_write_permission_is_one_error_a_file(
    number: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, mode: str, **options: object) -> object:
        assert mode == "xb" and Path(path).parent.name == "out"
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(atomic, "open", refuse, raising=False)
    found = errors(run_one_by_one(lambda: None))
    names = ("a.png", "b.png", "c.png")
    assert found == [
        f"out/{name}: cannot be written ({message}); check the place" for name in names
    ]
    assert all(is_old(name) for name in names)


def test_a_link_out_of_the_folder_is_refused_before_the_picture_is_read(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.write_bytes(b"another's")
    Path("out/b.png").unlink()
    Path("out/b.png").symlink_to(elsewhere)
    read: list[str] = []

    def reading(source: str) -> metadata.Picture:
        read.append(source)
        return reader.read(source)

    results = runner.run(Processor(BLUR, reading), make_tasks(["photos"], "out", None), jobs=1)
    assert errors(results)[1].startswith("out/b.png: a link there leads out of the folder 'out'")
    assert elsewhere.read_bytes() == b"another's"
    assert read == ["photos/a.png", "photos/c.png"]


def test_nothing_is_written_through_a_link_to_a_folder_elsewhere(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "out" / "sub").symlink_to(folder / "elsewhere")
    (folder / "photos" / "sub" / "deep").mkdir(parents=True)
    Path("photos/a.png").rename("photos/sub/deep/a.png")
    results = runner.run(Processor(BLUR), make_tasks(["photos"], "out", None))
    assert [bool(error) for error in sorted(errors(results))] == [False, False, True]
    assert [*(folder / "elsewhere").iterdir()] == []


def test_an_internal_error_at_one_file_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(source: str) -> metadata.Picture:
        if source == "photos/b.png":
            raise ZeroDivisionError("oh")
        return reader.read(source)

    def run() -> list[Result]:
        return runner.run(Processor(BLUR, reading), make_tasks(["photos"], "out", None), jobs=1)

    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    results = run()
    assert errors(results) == [
        "",
        f"photos/b.png: internal error: ZeroDivisionError('oh'); {REPORT_IT}",
        "",
    ]
    assert isinstance(results[1].error, InternalError) and is_old("b.png")
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    with pytest.raises(ZeroDivisionError):
        run()


def test_running_out_of_memory_at_one_file_costs_no_other() -> None:
    def reading(source: str) -> metadata.Picture:
        if source == "photos/b.png":
            raise MemoryError
        return reader.read(source)

    results = runner.run(Processor(BLUR, reading), make_tasks(["photos"], "out", None), jobs=1)
    assert ["not enough memory" in error for error in errors(results)] == [False, True, False]


def test_folders_are_made_and_trees_are_mirrored() -> None:
    Path("photos/x/y").mkdir(parents=True)
    Path("photos/a.png").rename("photos/x/y/a.png")
    assert errors(runner.run(Processor(BLUR), make_tasks(["photos"], "new/er", None))) == [
        "",
        "",
        "",
    ]
    found = {str(path.relative_to("new/er")) for path in Path("new/er").rglob("*.png")}
    assert found == {"x/y/a.png", "b.png", "c.png"}


def test_the_summary_counts_each_status() -> None:
    done, left, failed = Result("a", "b"), Result("a", "b", skipped=True), Result("a", "b")
    failed.error = InternalError("oh")
    assert summary([done, done]) == "2 pictures: 2 done"
    assert summary([left, done, failed, left]) == "4 pictures: 1 done, 2 skipped, 1 failed"


def imgconv(*args: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "imgconv", "apply", "blur", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def draw_large() -> None:
    values = np.random.default_rng(1).integers(0, 256, (500, 500, 3), np.uint8)
    Image.fromarray(values).save("photos/b.png")


def test_a_limit_on_file_size_is_one_error_and_keeps_the_old_file() -> None:
    import resource

    draw_large()
    done = imgconv(
        "photos",
        "out",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert done.returncode == 1
    message = done.stderr.splitlines()
    assert message[0].startswith("imgconv: out/b.png: cannot be written (File too large)")
    assert message[1:] == ["imgconv: 3 pictures: 2 done, 1 failed"]
    assert is_old("b.png")
    assert sorted(path.name for path in Path("out").iterdir()) == ["a.png", "b.png", "c.png"]


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte, where such can be mounted."""
    disk = folder / "disk"
    disk.mkdir()
    args = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        subprocess.run(args, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up_keeps_the_old_files(small_disk: Path) -> None:
    draw_large()
    for name in ("a.png", "c.png"):
        shutil.copy("photos/b.png", f"photos/{name}")
    for name in ("a.png", "b.png", "c.png"):
        (small_disk / name).write_bytes(b"old")
    done = imgconv("photos", str(small_disk), "--jobs", "1")
    assert done.returncode == 1
    full = [line for line in done.stderr.splitlines() if "No space left on device" in line]
    assert len(full) == 2 and all("make room" in line for line in full)
    assert done.stderr.splitlines()[-1] == "imgconv: 3 pictures: 1 done, 2 failed"
    found = {path.name: path.read_bytes() for path in small_disk.iterdir()}
    assert found.keys() == {"a.png", "b.png", "c.png"}
    assert [*found.values()].count(b"old") == 2


def test_a_reader_that_takes_one_byte_ends_the_run_quietly() -> None:
    draw_large()
    for unbuffered in ("", "1"):
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        command = [sys.executable, "-m", "imgconv", "apply", "blur", "photos/b.png", "-"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout and process.stderr
            assert process.stdout.read(1) == b"\x89"
            process.stdout.close()
            message = process.stderr.read()
        assert (process.returncode, message) == (141, b"")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ("apply blur photos/a.png - > /dev/full", 1, "standard output: cannot be written (No sp"),
        ("apply blur photos/a.png /dev/full --format png", 1, "/dev/full: cannot be written (No s"),
        ("filters > /dev/full", 1, "No space left on device"),
        ("apply blur none.png x.png 2> /dev/full", 1, None),
        ("apply blur none.png x.png 2>&-", 1, None),
    ],
)
def test_a_full_device_is_one_error(args: str, code: int, message: str | None) -> None:
    command = f"{sys.executable} -m imgconv {args}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.count("\n") == (message is not None)
    assert (message or "") in done.stderr


def test_a_closed_standard_error_ends_the_run_quietly() -> None:
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "none.png", "x.png"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr
        process.stderr.close()
    assert process.returncode == 141
