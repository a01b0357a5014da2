"""The manifest of outputs, which later runs skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgconv.batch import manifest
from imgconv.batch.manifest import Manifest
from imgconv.batch.task import Task
from imgconv.system.user_dirs import STATE_VARIABLE


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "made"


def make(made: Manifest, task: Task, data: bytes) -> None:
    """Add the entry of an output and rename it to its place, as a run does."""
    input = made.input_digest(task)
    beside = Path("beside")
    beside.write_bytes(data)
    made.add(task, input, data, beside.stat())
    beside.replace(task.target)


@pytest.fixture
def task() -> Task:
    Path("in.png").write_bytes(b"input")
    return Task("in.png", "out.png")


def manifest_of(task: Task, key: str = "blur") -> Manifest:
    return Manifest(key, [task])


def test_an_output_is_known_to_a_later_run(task: Task) -> None:
    assert not manifest_of(task).is_finished(task) and not manifest_of(task).is_current(task)
    make(manifest_of(task), task, b"output")
    assert manifest_of(task).is_finished(task) and manifest_of(task).is_current(task)


def test_an_output_of_another_filter_is_not_known(task: Task) -> None:
    make(manifest_of(task), task, b"output")
    other = manifest_of(task, "sobel")
    assert not other.is_finished(task) and not other.is_current(task)


def test_the_content_counts_and_not_the_name(task: Task) -> None:
    make(manifest_of(task), task, b"output")
    for path in (task.source, task.target):
        before = Path(path).read_bytes()
        Path(path).write_bytes(b"altered")
        assert not manifest_of(task).is_finished(task)
        Path(path).write_bytes(before)
        assert manifest_of(task).is_finished(task)


def test_content_that_was_read_already_is_not_read_again(task: Task) -> None:
    made = manifest_of(task)
    assert made.input_digest(task, b"input") == made.input_digest(task) != ""
    Path(task.source).unlink()
    assert made.input_digest(task, b"input") != made.input_digest(task) == ""


def test_an_output_older_than_its_input_or_touched_is_not_current(task: Task) -> None:
    make(manifest_of(task), task, b"output")
    made = Path(task.target).stat().st_mtime_ns
    os.utime(task.source, ns=(made, made))
    assert manifest_of(task).is_current(task)
    os.utime(task.source, ns=(made + 1, made + 1))
    assert not manifest_of(task).is_current(task)
    os.utime(task.source, ns=(made, made))
    os.utime(task.target, ns=(made + 2, made + 2))
    assert not manifest_of(task).is_current(task)


def test_in_place_the_new_content_is_what_counts() -> None:
    Path("a.png").write_bytes(b"old")
    task = Task("a.png", "a.png")
    make(manifest_of(task), task, b"new")
    assert manifest_of(task).is_finished(task) and manifest_of(task).is_current(task)
    Path("a.png").write_bytes(b"old")
    assert not manifest_of(task).is_finished(task)


def test_an_output_that_was_not_renamed_to_its_place_is_not_finished(task: Task) -> None:
    made = manifest_of(task)
    Path(task.target).write_bytes(b"what was there")
    made.add(task, made.input_digest(task), b"output", Path(task.target).stat())
    assert not manifest_of(task).is_finished(task)


def test_forgetting_removes_the_entries_of_the_run_and_no_others(task: Task) -> None:
    other = Task("in.png", "other.png")
    make(manifest_of(task), task, b"output")
    make(manifest_of(other), other, b"output")
    made = manifest_of(task)
    made.forget()
    assert not made.is_finished(task)
    assert not manifest_of(task).is_finished(task)
    assert manifest_of(other).is_finished(other)


def test_a_path_through_a_link_has_the_same_entry(task: Task, tmp_path: Path) -> None:
    make(manifest_of(task), task, b"output")
    Path("link").symlink_to(tmp_path)
    other = Task(str(tmp_path / "in.png"), "link/out.png", within="link")
    assert manifest_of(other).is_finished(other)


def test_an_output_from_a_pipe_is_never_finished() -> None:
    task = Task("-", "out.png")
    make(manifest_of(task), task, b"output")
    assert not manifest_of(task).is_finished(task) and not manifest_of(task).is_current(task)


def test_an_output_whose_input_is_gone_is_not_finished(task: Task) -> None:
    make(manifest_of(task), task, b"output")
    Path(task.source).unlink()
    assert not manifest_of(task).is_finished(task) and not manifest_of(task).is_current(task)


def test_a_manifest_is_read_once_for_all_pictures_in_a_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    before = manifest._read

    def counting(path: str) -> dict[str, manifest.Entry]:
        read.append(path)
        return before(path)

    monkeypatch.setattr(manifest, "_read", counting)
    Manifest("blur", [Task("in.png", f"{number}.png") for number in range(5)])
    assert len(read) == 1


@pytest.mark.parametrize("name", ["\udcff.png", "a\nb.png", "\N{SNOWMAN}.png", '"}.png'])
def test_an_output_of_any_name_has_an_entry(name: str) -> None:
    Path("in.png").write_bytes(b"input")
    task = Task("in.png", name)
    make(manifest_of(task), task, b"output")
    assert manifest_of(task).is_finished(task)


def test_a_torn_line_costs_only_its_entry(task: Task, state: Path) -> None:
    first = Task("in.png", "first.png")
    make(manifest_of(first), first, b"first")
    make(manifest_of(task), task, b"output")
    [path] = state.iterdir()
    whole = path.read_bytes()
    begin = whole.index(b"\n") + 1
    for length in range(begin, len(whole)):
        path.write_bytes(whole[:length])
        assert manifest_of(first).is_finished(first)
        assert manifest_of(task).is_finished(task) == (length == len(whole) - 1)
        make(manifest_of(task), task, b"again")
        assert manifest_of(first).is_finished(first) and manifest_of(task).is_finished(task)
        pair_output = Path(task.target)
        pair_output.write_bytes(b"output")


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"7", b"{}", b"\xff", b'{"version": 1, "output": "out.png"}', b"null"]
)
def test_invalid_lines_and_other_versions_are_skipped(line: bytes, task: Task, state: Path) -> None:
    make(manifest_of(task), task, b"output")
    [path] = state.iterdir()
    path.write_bytes(line + b"\n" + path.read_bytes() + line + b"\n")
    assert manifest_of(task).is_finished(task)


def test_the_last_line_counts(task: Task) -> None:
    made = manifest_of(task)
    make(made, task, b"first")
    make(made, task, b"second")
    assert manifest_of(task).is_finished(task)
    Path(task.target).write_bytes(b"first")
    assert not manifest_of(task).is_finished(task)


def test_many_outdated_lines_are_removed(
    task: Task, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "_MANY_LINES", 10)
    made = manifest_of(task)
    for number in range(11):
        make(made, task, b"%d" % number)
    [path] = state.iterdir()
    assert path.read_bytes().count(b"\n") == 11
    assert manifest_of(task).is_finished(task)
    assert path.read_bytes().count(b"\n") == 1
    assert [entry.name for entry in state.iterdir()] == [path.name]


def test_two_runs_at_once_keep_each_others_entries(task: Task) -> None:
    other = Task("in.png", "other.png")
    mine, another = manifest_of(task), manifest_of(other)
    make(mine, task, b"mine")
    manifest_of(task).forget()  # writes the file anew
    make(another, other, b"another's")
    make(mine, task, b"mine")
    assert manifest_of(task).is_finished(task) and manifest_of(other).is_finished(other)


def test_other_users_cannot_read_the_manifests(task: Task, state: Path) -> None:
    make(manifest_of(task), task, b"output")
    assert state.stat().st_mode & 0o077 == 0


def test_a_manifest_that_cannot_be_written_raises_the_error_of_the_system(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "/dev/null/state")
    with pytest.raises(OSError):
        make(manifest_of(task), task, b"output")


@pytest.mark.parametrize("home", ["", None])
def test_without_a_home_folder_no_manifest_is_written(
    home: str | None, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STATE_VARIABLE)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)

    def no_user(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", no_user)
    before = sorted(Path().iterdir())
    with pytest.raises(FileNotFoundError, match="there is no home folder"):
        manifest_of(task)
    assert sorted(Path().iterdir()) == before
