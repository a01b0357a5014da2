"""Interactive shells in a pseudo-terminal, in which words are completed as a person would."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pexpect

# How each shell is started without the settings of the user, and what it is told first.
_COMMANDS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
_SETUP = {
    "bash": "show() { printf '<%s>' \"$@\"; echo 'SHO''WN'; }; source <(imgconv completion bash)",
    "zsh": "show() { printf '<%s>' \"$@\"; echo 'SHO''WN'; }; autoload -Uz compinit; "
    "compinit -D -u; source <(imgconv completion zsh)",
    "fish": "function show; printf '<%s>' $argv; echo 'SHO''WN'; end; "
    "imgconv completion fish | source",
}

_HOME_KEY, _TAB = "\x01", "\t"
_ESCAPES = re.compile(r"\x1b(\[[0-9;?>=]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])|[\x0e\x0f]")


def is_installed(shell: str) -> bool:
    return shutil.which(shell) is not None


class Shell:
    """A running shell that has read the script of ``imgconv completion``."""

    def __init__(self, name: str, folder: Path, cwd: Path) -> None:
        program = folder / "bin" / "imgconv"
        program.parent.mkdir(parents=True)
        root = Path(__file__).parents[2]
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m imgconv "$@"\n'
        )
        program.chmod(0o755)
        environment = {
            **{
                name: os.environ[name]
                for name in ("XDG_CONFIG_HOME", "IMGCONV_CACHE_DIR")
                if name in os.environ
            },
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        self._shell: Any = pexpect.spawn(
            _COMMANDS[name][0],
            _COMMANDS[name][1:],
            env=environment,  # type: ignore[arg-type, unused-ignore]
            cwd=str(cwd),
            dimensions=(60, 240),
            encoding="utf-8",
            timeout=60,
        )
        self.run(_SETUP[name])

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
