"""Each command of the pages under docs/understanding does what its page shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from checks.commands import ROUNDING
from imgconv.cli.run import run
from tests.support.command_line import Captured
from tests.support.sequences import write_examples

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs/understanding").glob("*.md"))

# Commands that take seconds.
_LONG = ("--slide", "--features", "--repeat")


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """Return each command of a page, also of tables, and the lines that it shows behind ``$``."""
    found: list[tuple[str, list[str]]] = []
    is_shown = False
    for line in page.read_text(encoding="utf-8").splitlines():
        text = line.removeprefix("    ")
        if text == line:
            is_shown = False
            if line.startswith("|"):
                found += [(command, []) for command in re.findall("`(imgconv [^`]+)`", line)]
        elif text.startswith(("$ imgconv ", "imgconv ")) and "imgconv: " not in text:
            is_shown = text.startswith("$")
            found.append((text.removeprefix("$ "), []))
        elif is_shown:
            found[-1][1].append(text)
    return [(command, lines) for command, lines in found if "|" not in shlex.split(command)]


def made_before(page: Path, command: str) -> list[str]:
    """Return the earlier commands of a page that write what a command reads, in order."""
    lines = [line for line, _ in commands(page)]
    needed, found = {*_files(command)}, list[str]()
    for earlier in reversed(lines[: lines.index(command)]):
        if needed & {*_files(earlier)}:
            needed |= {*_files(earlier)}
            found.insert(0, earlier)
    return found


def _files(command: str) -> list[str]:
    """Return the words of a command that are files which no sample is."""
    words = [word.removeprefix("freq-mask:") for word in shlex.split(command)[2:]]
    words = [word.removeprefix("./") for word in words]
    words = [word for word in words if re.fullmatch(r"[\w-]+\.[a-z]+", word)]
    return [word for word in words if not (ROOT / "sample_images" / word).exists()]


def cases() -> list[object]:
    return [
        pytest.param(
            page,
            command,
            lines,
            id=f"{page.stem}: {command}",
            marks=[pytest.mark.slow] if any(word in command for word in _LONG) else [],
        )
        for page in PAGES
        for command, lines in commands(page)
    ]


@pytest.mark.parametrize(("page", "command", "lines"), cases())
def test_a_command_runs_and_prints_what_its_page_shows(
    tmp_path: Path,
    capfd: Captured,
    monkeypatch: pytest.MonkeyPatch,
    page: Path,
    command: str,
    lines: list[str],
) -> None:
    for picture in (ROOT / "sample_images").iterdir():
        (tmp_path / picture.name).symlink_to(picture)
    write_examples(tmp_path)
    monkeypatch.chdir(tmp_path)
    for earlier in made_before(page, command):
        assert run(shlex.split(earlier)[1:]) == 0
    capfd.readouterr()
    assert run(shlex.split(command)[1:]) == 0
    printed = "".join(capfd.readouterr())
    expected = lines[: lines.index("...")] if "..." in lines else lines
    shown = printed.splitlines()[: len(expected)]
    assert [ROUNDING.sub("~", line) for line in shown] == [ROUNDING.sub("~", e) for e in expected]
