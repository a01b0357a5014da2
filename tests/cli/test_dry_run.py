"""A run that only prints what it would read and write."""

from __future__ import annotations

from pathlib import Path

from imgconv.cli.run import run
from tests.support.command_line import Captured


def test_dry_run_prints_the_tasks_and_writes_nothing(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    out = tmp_path / "out.png"
    assert run(["apply", "blur", str(picture), str(out), "--dry-run"]) == 0
    message = capfd.readouterr()
    assert message.out == ""
    assert message.err == f"imgconv: would read {picture} and write {out}\n"
    assert not out.exists()


def test_dry_run_fails_where_an_input_cannot_be_read(
    picture: Path, tmp_path: Path, capfd: Captured
) -> None:
    missing, folder, out = tmp_path / "none.png", tmp_path / "folder.png", tmp_path / "out"
    assert run(["apply", "blur", str(missing), str(tmp_path / "o.png"), "--dry-run"]) == 1
    expected = f"imgconv: {missing}: there is no such file; check the path\n"
    assert capfd.readouterr().err == expected
    folder.mkdir()
    out.mkdir()
    (tmp_path / "link.png").symlink_to("nowhere")
    places = [str(missing), str(picture), str(tmp_path / "link.png"), str(out)]
    assert run(["apply", "blur", *places, "--dry-run"]) == 1
    message = capfd.readouterr().err.splitlines()
    assert message == [
        expected.rstrip(),
        f"imgconv: would read {picture} and write {out / picture.name}",
        f"imgconv: {tmp_path / 'link.png'}: there is no such file; check the path",
    ]
    assert run(["apply", "blur", "-", str(tmp_path / "o.png"), "--dry-run"]) == 0
