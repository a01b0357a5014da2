"""Interactive shells in a pseudo-terminal, in which words are completed as a person would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect

# How completion is set up, as docs/howto/completion.md says, and a command that shows its words.
SETUP = {
    "bash": "echo 'source <(imgconv completion bash)' >> ~/.bashrc",
    "zsh": "echo 'source <(imgconv completion zsh)' >> ~/.zshrc",
    "fish": "mkdir -p ~/.config/fish/completions\n"
    "imgconv completion fish > ~/.config/fish/completions/imgconv.fish",
}
_SHOW = {
    "bash": "show() { printf '<%s>' \"$@\"; echo 'SHO''WN'; }",
    "zsh": "show() { printf '<%s>' \"$@\"; echo 'SHO''WN'; }",
    "fish": "function show; printf '<%s>' $argv; echo 'SHO''WN'; end",
}

# Fish looks through all manual pages at its first start, unless this folder exists.
_FISH_PAGES = ".local/share/fish/generated_completions"

_HOME_KEY, _TAB = "\x01", "\t"
_ESCAPES = re.compile(r"\x1b(\[[0-9;?>=]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])|[\x0e\x0f]")


def is_installed(shell: str) -> bool:
    return shutil.which(shell) is not None


class Shell:
    """A running shell of a user who has set up completion and nothing else."""

    def __init__(self, name: str, folder: Path, cwd: Path) -> None:
        self.home = folder
        program = folder / "bin" / "imgconv"
        program.parent.mkdir(parents=True)
        root = Path(__file__).parents[2]
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m imgconv "$@"\n'
        )
        program.chmod(0o755)
        (folder / _FISH_PAGES).mkdir(parents=True)
        environment = {
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        subprocess.run(["sh", "-c", SETUP[name]], env=environment, check=True)
        self._shell: Any = pexpect.spawn(
            name,
            ["-i"],
            env=environment,  # type: ignore[arg-type, unused-ignore]
            cwd=str(cwd),
            dimensions=(60, 240),
            encoding="utf-8",
            timeout=60,
        )
        self.run(_SHOW[name])

    def run(self, line: str) -> None:
        self._shell.sendline(line)
        self._shell.sendline("show ready")
        self._shell.expect_exact("<ready>SHOWN")

    def complete(self, line: str, then: str = "") -> list[str]:
        """Return the words of a line after a press of TAB at its end and ``then`` typed behind."""
        return self._show(f"{line}{_TAB}{then}")[1]

    def listed(self, line: str) -> str:
        """Return what the shell prints at two presses of TAB, spaces made one."""
        return " ".join(self._show(f"{line}{_TAB}{_TAB}")[0].split())

    def _show(self, typed: str) -> tuple[str, list[str]]:
        self._shell.send(f"{typed}{_HOME_KEY}show \r")
        self._shell.expect("SHOWN")
        printed = _ESCAPES.sub("", self._shell.before)
        return printed, re.findall(r"<([^<>]*)>", printed.rpartition("<imgconv>")[2])

    def close(self) -> None:
        self._shell.close(force=True)
