"""The costs of engines: shipped in their records, or measured and stored in a file."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from platformdirs import user_config_path

from imgconv.engines import ENGINES, Cost
from imgconv.jit import code_cache
from imgconv.kernels.filter import Filter
from imgconv.planning import costs
from imgconv.planning.costs import Costs, current, measured, parse, shipped, write_out
from imgconv.planning.planner import make_plan
from imgconv.system.user_dirs import user_folder
from tests.support.pictures import BLUR

MEASURED = Costs({name: Cost(k / 8, k / 100) for k, name in enumerate(ENGINES, 1)}, 0.125)
TEXT = write_out(MEASURED)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Yield the path of the file of costs, in a folder of its own for each test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(costs, "report", partial(warnings.warn, category=RuntimeWarning))
    measured.cache_clear()
    costs.path().parent.mkdir()
    yield costs.path()
    measured.cache_clear()


def test_without_a_file_the_shipped_costs_are_used(place: Path) -> None:
    assert current() is shipped()


def test_written_costs_are_read_again(place: Path) -> None:
    place.write_text(TEXT)
    assert current() == MEASURED


def test_a_name_with_a_hyphen_and_numbers_of_any_size_survive() -> None:
    tiny = Costs({name: Cost(1e-9, 123.4) for name in ENGINES}, 0)
    assert parse(write_out(tiny)) == tiny


def test_the_planner_chooses_by_measured_costs(place: Path) -> None:
    assert make_plan([Filter("blur", (BLUR,))]).steps[0].passes[0].engine == "separable"
    dear = Costs({**shipped().engines, "separable": Cost(9, 9)}, 0.25)
    place.write_text(write_out(dear))
    measured.cache_clear()
    assert make_plan([Filter("blur", (BLUR,))]).steps[0].passes[0].engine == "direct"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "'fetch-and-store' is missing"),
        (b"\xff\xfe", "codec"),
        (b"no table", "Expected '='"),
        (TEXT[: len(TEXT) // 2].encode(), "is missing"),
        (TEXT.replace("[direct]", "[steam]").encode(), "'steam' is not a known key"),
        (TEXT.replace("fixed = 0.125", 'fixed = "much"').encode(), "'fixed' is not a number"),
        (TEXT.replace("fixed = 0.125", "fixed = -1").encode(), "'fixed' is no time"),
        (TEXT.replace("each = 0.01", "each = nan").encode(), "'each' is not a number"),
        (TEXT.replace("each = 0.01", "").encode(), "'each' is missing"),
        (TEXT.replace("each = 0.01", "each = 0").encode(), "'direct' takes no time"),
        (TEXT.replace("fixed = 0.5", "fixed = 0").encode(), "'running' takes no time"),
        (TEXT.replace("-and-store = 0.125", "-and-store = inf").encode(), "store' is not a number"),
    ],
)
def test_a_broken_file_is_ignored_with_one_warning(
    content: bytes, problem: str, place: Path
) -> None:
    place.write_bytes(content)
    with pytest.warns(RuntimeWarning) as warned:
        assert current() is shipped()
        assert current() is shipped()
    (warning,) = warned
    message = str(warning.message)
    assert message.startswith(f"{place} is ignored (")
    assert problem in message and "'imgconv tune' measures again" in message and "\n" not in message


def test_a_file_that_cannot_be_read_is_no_file(place: Path) -> None:
    place.mkdir()
    assert current() is shipped()


def filtered(
    folder: Path, environment: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    """Filter a picture in its own process, which prints those of ``words`` that it imported."""
    Image.new("L", (9, 7)).save(folder / "in.png")
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:4] + ['out.png']);"
        "print(*set(sys.argv[4:]) & set(sys.modules)); sys.exit(code)"
    )
    command = [sys.executable, "-c", script, "apply", "blur", "in.png", *words]
    environment = {**os.environ, **environment}
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_broken_file_stops_no_run(place: Path, tmp_path: Path) -> None:
    place.write_text("broken")
    done = filtered(tmp_path, {})
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith(f"imgconv: {place} is ignored")
    place.write_text(TEXT)
    done = filtered(tmp_path, {})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such short way")
def test_looking_for_the_file_imports_nothing(tmp_path: Path) -> None:
    kept = {code_cache.FOLDER_VARIABLE: str(code_cache.folder())}
    where = {"XDG_CONFIG_HOME": "", "HOME": str(tmp_path)} | kept
    done = filtered(tmp_path, where, "platformdirs")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


@pytest.mark.parametrize("named", ["", "/some/where"])
def test_the_folder_is_the_config_folder_of_the_platform(
    named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", named)
    assert user_folder("config") == user_config_path("imgconv", appauthor=False)


def test_without_a_home_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr("platformdirs.user_config_path", nowhere)
    monkeypatch.setenv("HOME", "")
    with pytest.raises(FileNotFoundError, match="there is no home"):
        user_folder("config")
    measured.cache_clear()
    assert current() is shipped()
