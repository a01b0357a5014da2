"""Outputs that are inputs, kernel files or other outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.batch import conflicts, tasks
from imgconv.cli.run import run
from imgconv.errors import UsageError
from imgconv.formats import registry
from tests.support.command_line import Captured


def test_two_inputs_with_one_output_are_refused(tree: Path) -> None:
    (tree / "a.jpg").write_bytes(b"")
    with pytest.raises(UsageError, match=r"would both be written to .out/a\.png."):
        tasks.make_tasks(["a.png", "a.jpg"], "out", registry.by_name("png"))


def test_a_hard_link_to_an_input_is_the_input(tree: Path) -> None:
    (tree / "twin.png").hardlink_to(tree / "a.png")
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["a.png"], "twin.png", None)


def test_a_link_to_an_input_is_the_input(tree: Path) -> None:
    (tree / "out" / "sub").symlink_to(tree / "photos" / "sub")
    (tree / "out" / "c.png").symlink_to(tree / "photos" / "c.png")
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["photos"], "out", None)
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["photos/sub/d.jpg"], "out/sub", None)


@pytest.mark.parametrize("ignores_case", [True, False])
def test_names_that_differ_in_case_collide_where_the_file_system_ignores_it(
    ignores_case: bool, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "photos" / "A.png").write_bytes(b"")
    monkeypatch.setattr(conflicts, "_ignores_case", lambda path: ignores_case)
    if ignores_case:
        with pytest.raises(UsageError, match="would both be written to"):
            tasks.make_tasks(["a.png", "photos/A.png"], "out", None)
    else:
        assert len(tasks.make_tasks(["a.png", "photos/A.png"], "out", None)) == 2


def test_the_nearest_folder_shows_whether_case_is_ignored(tree: Path) -> None:
    (tree / "Folder").mkdir()
    assert not conflicts._ignores_case(tree / "Folder" / "none" / "none")
    (tree / "fOLDER").symlink_to("Folder")  # as a file system would show it that ignores case
    assert conflicts._ignores_case(tree / "Folder" / "none" / "none")


def test_equal_names_are_refused_beside_one_that_differs_in_case(tree: Path) -> None:
    for name in ("x/A.png", "y/a.png", "z/a.png"):
        (tree / name).parent.mkdir()
        (tree / name).write_bytes(b"")
    with pytest.raises(UsageError, match=r"'y/a\.png' and 'z/a\.png' would both be written"):
        tasks.make_tasks(["x/A.png", "y/a.png", "z/a.png"], "out", None)


@pytest.mark.parametrize("path", ["a.png", "out/a.png", "link.png"])
def test_a_report_must_not_overwrite_a_picture(path: str, tree: Path) -> None:
    (tree / "link.png").symlink_to("a.png")
    made = tasks.make_tasks(["a.png", "b.jpg"], "out", None)
    with pytest.raises(UsageError, match="is a picture of this run"):
        conflicts.check_report_path(path, made)
    conflicts.check_report_path("out/report.jsonl", made)


def test_an_output_folder_that_is_a_link_to_itself_is_no_internal_error(tree: Path) -> None:
    (tree / "loop").symlink_to("loop")
    assert tasks.make_tasks([str(tree / "photos")], str(tree / "loop"), None)


KERNEL = "0 0 0\n0 1 0\n0 0 0\n"


@pytest.mark.usefixtures("folder")
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
        f"imgconv: '{target}' is a kernel or mask of this run; choose another file\n"
    )
    assert file.read_text() == text


@pytest.mark.usefixtures("folder")
def test_no_output_in_a_folder_overwrites_a_kernel_file(capfd: Captured) -> None:
    Path("photos/a.png").rename("photos/k.txt")
    Path("out").mkdir()
    Path("out/k.txt").write_text(KERNEL)
    assert run(["apply", "out/k.txt", "photos/k.txt", "photos/sub/b.png", "out"]) == 2
    assert "'out/k.txt' is a kernel or mask of this run" in capfd.readouterr().err
    assert Path("out/k.txt").read_text() == KERNEL
