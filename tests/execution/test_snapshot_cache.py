"""Snapshots of earlier runs with the same options: when they are used, and when not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.batch import filter_frame as planning
from imgconv.cli.run import run
from imgconv.execution import snapshot_cache
from imgconv.execution.snapshot import LABEL
from imgconv.execution.snapshot_cache import MOST, SnapshotCache, kind_of
from imgconv.images.pixels import Header
from imgconv.jit import code_cache
from tests.support.command_line import Captured, imgconv

ORIENTATION = 274


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with the machine code that these tests need, and no snapshot."""
    picture = tmp_path / "compile.png"
    noise(0).save(picture)
    for arguments in (["blur"], ["sobel"], ["0 1 0; 1 1 1; 0 1 0"], ["blur", "--extent", "valid"]):
        assert run(["apply", *arguments, str(picture), str(tmp_path / "compiled.png")]) == 0
    place = tmp_path / "cache"
    shutil.copytree(code_cache.folder(), place, ignore=shutil.ignore_patterns(f"{LABEL}-*"))
    place.chmod(0o700)
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(place))
    return place


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grow by one whenever a frame is planned."""
    made: list[object] = []
    original = planning.filter_frame

    def filter_frame(*arguments: Any) -> object:
        made.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(planning, "filter_frame", filter_frame)
    return made


def noise(seed: int, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(values).convert(mode)


def apply(folder: Path, seed: int, *arguments: str, **changed: Any) -> NDArray[Any]:
    """Return the result of a picture as an array."""
    noise(seed, **changed).save(folder / "in.png")
    assert run(["apply", *arguments, str(folder / "in.png"), str(folder / "out.png")]) == 0
    return np.asarray(Image.open(folder / "out.png"))


def snapshots_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob(f"{LABEL}-*"))


def test_the_second_run_with_the_same_options_plans_nothing(
    tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    expected = apply(tmp_path, 1, "sobel", "--tolerance", "0.4")
    assert len(plans) == len(snapshots_in(cache)) == 1
    np.testing.assert_array_equal(apply(tmp_path, 1, "sobel", "--tolerance", "0.4"), expected)
    other = apply(tmp_path, 2, "sobel", "--tolerance", "0.4")
    assert len(plans) == len(snapshots_in(cache)) == 1
    shutil.rmtree(cache)
    np.testing.assert_array_equal(apply(tmp_path, 2, "sobel", "--tolerance", "0.4"), other)


@pytest.mark.parametrize(
    "other",
    [
        lambda folder: apply(folder, 1, "sobel"),
        lambda folder: apply(folder, 1, "blur", "--border", "wrap"),
        lambda folder: apply(folder, 1, "blur", "--extent", "valid"),
        lambda folder: apply(folder, 1, "blur", "--threads", "1"),
        lambda folder: apply(folder, 1, "blur", "--depth", "16", mode="L"),
        lambda folder: apply(folder, 1, "blur", "--gray"),
        lambda folder: apply(folder, 1, "blur", mode="L"),
        lambda folder: apply(folder, 1, "blur", size=(48, 64)),
    ],
)
def test_other_options_and_other_kinds_of_pictures_are_planned(
    other: Callable[[Path], NDArray[Any]], tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    apply(tmp_path, 1, "blur")
    found = other(tmp_path)
    assert len(plans) == 2
    shutil.rmtree(cache)
    np.testing.assert_array_equal(found, other(tmp_path))


def test_a_changed_kernel_file_is_read_again(
    tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    kernel = tmp_path / "mine.txt"
    kernel.write_text("0 1 0\n1 1 1\n0 1 0\n")
    os.utime(kernel, (1, 1))
    first = apply(tmp_path, 1, str(kernel))
    np.testing.assert_array_equal(apply(tmp_path, 1, str(kernel)), first)
    assert len(plans) == 1
    kernel.write_text("0 1 0\n1 2 1\n0 1 0\n")  # as long, in the same file, and as old
    os.utime(kernel, (1, 1))
    assert (apply(tmp_path, 1, str(kernel)) != first).any()
    assert len(plans) == 2


def test_a_filter_in_a_folder_of_ones_own_replaces_the_shipped_one(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blurred = apply(tmp_path, 1, "blur")
    own = tmp_path / "own"
    own.mkdir()
    (own / "blur.toml").write_text('summary = "Nothing."\n[[kernel]]\nweights = [[1]]\n')
    monkeypatch.setenv("IMGCONV_FILTERS", str(own))
    np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), np.asarray(noise(1)))
    monkeypatch.delenv("IMGCONV_FILTERS")
    np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), blurred)


def test_a_picture_of_another_orientation_is_planned(
    tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    def emboss(orientation: int) -> NDArray[Any]:
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        noise(1).save(tmp_path / "in.jpg", exif=exif)
        arguments = ["apply", "emboss", str(tmp_path / "in.jpg"), str(tmp_path / "out.jpg")]
        assert run(arguments) == 0
        return np.asarray(Image.open(tmp_path / "out.jpg"))

    upright, turned = emboss(1), emboss(6)
    assert len(plans) == 2 and (upright != turned).any()
    np.testing.assert_array_equal(emboss(6), turned)
    assert len(plans) == 2  # what was recorded last
    np.testing.assert_array_equal(emboss(1), upright)


def test_a_replay_repeats_the_notes_on_a_picture(
    tmp_path: Path, cache: Path, capfd: Captured
) -> None:
    apply(tmp_path, 1, "sobel")
    notes = capfd.readouterr().err
    assert "were clipped" in notes
    apply(tmp_path, 1, "sobel")
    assert capfd.readouterr().err == notes


def test_pictures_are_planned_where_machine_code_is_missing(
    tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    expected = apply(tmp_path, 1, "blur")
    for path in cache.glob("run_schedule-*"):
        path.unlink()
    np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), expected)
    assert len(plans) == 2


def test_a_damaged_snapshot_is_recorded_again(
    tmp_path: Path, cache: Path, plans: list[object]
) -> None:
    expected = apply(tmp_path, 1, "blur")
    (name,) = snapshots_in(cache)
    whole = (cache / name).read_bytes()
    for damaged in (whole[:100], whole[:-1] + bytes([whole[-1] ^ 1]), b""):
        (cache / name).write_bytes(damaged)
        np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), expected)
        np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), expected)
        assert len((cache / name).read_bytes()) > len(whole) // 2
    assert len(plans) == 4


def test_a_picture_is_planned_where_memory_for_a_replay_is_short(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, plans: list[object]
) -> None:
    apply(tmp_path, 1, "blur")
    monkeypatch.setattr(snapshot_cache, "NOT_WORTH_ASKING", 0)
    monkeypatch.setattr(snapshot_cache, "free_memory", lambda: 1000.0)
    apply(tmp_path, 1, "blur")
    assert len(plans) == 2  # where it is asked again, and told what is wrong


def test_a_picture_is_planned_where_memory_cannot_be_allocated(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, plans: list[object]
) -> None:
    expected = apply(tmp_path, 1, "blur")

    def no_replay(*arguments: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(snapshot_cache, "Replay", no_replay)
    np.testing.assert_array_equal(apply(tmp_path, 1, "blur"), expected)
    assert len(plans) == 2


def test_a_bad_cost_file_is_reported_with_a_snapshot_and_without(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "imgconv").mkdir()
    (tmp_path / "imgconv" / "costs.toml").write_text("bad = 1\n")
    noise(1).save(tmp_path / "in.png")
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    first, second = imgconv(*arguments), imgconv(*arguments)
    assert b"costs.toml is ignored" in first.stderr
    assert second.stderr == first.stderr and snapshots_in(cache)


def test_a_filter_that_changes_during_the_run_is_not_recorded(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = tmp_path / "mine.txt"
    kernel.write_text("0 1 0\n1 1 1\n0 1 0\n")
    original = planning.filter_frame

    def filter_frame(*arguments: Any) -> object:
        kernel.write_text("1")
        return original(*arguments)

    monkeypatch.setattr(planning, "filter_frame", filter_frame)
    apply(tmp_path, 1, str(kernel))
    assert snapshots_in(cache) == []


def test_the_cache_keeps_only_the_newest_snapshots(cache: Path) -> None:
    for number in range(MOST + 3):
        code_cache.store(f"{LABEL}-{number:024x}", b"")
        os.utime(cache / f"{LABEL}-{number:024x}.o", (number, number))
    loops = len(code_cache.cached_files()) - MOST - 3
    code_cache.keep_newest(LABEL, MOST)
    assert snapshots_in(cache) == [f"{LABEL}-{number:024x}.o" for number in range(3, MOST + 3)]
    assert len(code_cache.cached_files()) == loops + MOST


def test_only_the_first_picture_of_a_run_is_recorded(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(4):
        noise(number, (20 + number // 2, 30)).save(tmp_path / "many" / f"{number}.png")
    assert run(["apply", "blur", str(tmp_path / "many"), str(tmp_path / "out")]) == 0
    assert len(snapshots_in(cache)) == 1


def test_planned_and_replayed_outputs_are_both_resumed(
    tmp_path: Path, cache: Path, plans: list[object], capfd: Captured
) -> None:
    (tmp_path / "many").mkdir()
    for number in range(3):
        noise(number).save(tmp_path / "many" / f"{number}.png")
    arguments = ["apply", "blur", str(tmp_path / "many"), str(tmp_path / "out")]
    assert run(arguments) == run(arguments) == 0
    before = len(plans)
    assert run([*arguments, "--resume"]) == 0
    assert "3 skipped" in capfd.readouterr().err
    assert len(plans) == before


def test_worker_processes_replay_snapshots(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "many").mkdir()
    for number in range(20):
        noise(number).save(tmp_path / "many" / f"{number:02}.png")
    arguments = ["apply", "blur", str(tmp_path / "many"), "--threads", "2"]
    for place in ("planned", "replayed"):
        assert run([*arguments, str(tmp_path / place)]) == 0
    for path in (tmp_path / "planned").iterdir():
        assert path.read_bytes() == (tmp_path / "replayed" / path.name).read_bytes()


MODULES = """
import os, sys
def leave(code):
    print(code, *sorted({'numpy', 'numba', 'llvmlite'} & {*sys.modules}), file=sys.stderr)
    leaving(code)
leaving, os._exit = os._exit, leave
sys.argv[0] = 'imgconv'
from imgconv.__main__ import main
main()
"""


def test_a_replayed_run_imports_no_numpy(tmp_path: Path, cache: Path) -> None:
    noise(1).save(tmp_path / "in.png")
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    assert imgconv(*arguments).returncode == 0
    command = [sys.executable, "-c", MODULES, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == "0\n"


def test_a_picture_from_a_pipe_is_replayed(tmp_path: Path, cache: Path) -> None:
    noise(1).save(tmp_path / "in.png")
    piped = (tmp_path / "in.png").read_bytes()
    first = imgconv("apply", "blur", "-", "-", given=piped)
    command = [sys.executable, "-c", MODULES, "apply", "blur", "-", "-"]
    again = subprocess.run(command, input=piped, capture_output=True, check=False)
    assert again.stdout == first.stdout != b""
    assert again.stderr.endswith(b"0\n") and b"numpy" not in again.stderr


def test_an_empty_pipe_is_waited_for(tmp_path: Path, cache: Path) -> None:
    noise(1).save(tmp_path / "in.png")
    piped = (tmp_path / "in.png").read_bytes()
    first = imgconv("apply", "blur", "-", "-", given=piped)
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "-", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        time.sleep(1)
        assert process.communicate(piped)[0] == first.stdout


def test_interpreted_loops_record_nothing(tmp_path: Path, cache: Path) -> None:
    noise(1, (8, 8)).save(tmp_path / "in.png")
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    command = [sys.executable, "-m", "imgconv", *arguments]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    assert snapshots_in(cache) == []


def test_usage_errors_are_the_same_with_a_snapshot_and_without(tmp_path: Path, cache: Path) -> None:
    apply(tmp_path, 1, "blur")
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    for wrong in (["--engine", "none"], ["--channels", "q"], ["--background", "no colour"]):
        assert run([*arguments, *wrong]) == run([*arguments, *wrong]) == 2
    assert len(snapshots_in(cache)) == 1


@pytest.mark.parametrize(
    ("header", "gray", "kind"),
    [
        (Header("RGB", (3, 4), {}), False, ("RGB", (3, 4))),
        (Header("RGB", (3, 4), {}), True, ("L", (3, 4))),
        (Header("P", (3, 4), {}), False, ("RGB", (3, 4))),
        (Header("P", (3, 4), {"transparency": 0}), False, ("RGBA", (3, 4))),
        (Header("RGB", (3, 4), {"transparency": 0}), False, ("RGBA", (3, 4))),
        (Header("I;16", (3, 4), {}), False, None),
        (Header("LA", (3, 4), {}), False, None),
        (Header("unknown", (3, 4), {}), False, None),
    ],
)
def test_the_kind_of_a_picture_is_that_of_its_converted_mode(
    header: Header, gray: bool, kind: object
) -> None:
    assert kind_of(header, gray) == kind


def test_without_a_key_nothing_is_recorded_or_found() -> None:
    nothing = SnapshotCache()
    assert nothing.begin(Header("RGB", (3, 4), {})) is None
    assert nothing.recorder(noise(1), 1) is None
