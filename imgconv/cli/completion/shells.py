"""The answer to a shell's script: the completions of the word at the cursor.

A script calls the command with ``_IMGCONV_COMPLETE`` set to the name of its shell:

    bash   the line up to the cursor, and the end of it that bash replaces by a completion
    zsh    each word up to the cursor, without quotes, the last one incomplete
    fish   the same, but the last one as it is written

The first line of the answer is the beginning of the word that completions leave out. Each other
line is an item: its type, its value behind that beginning, and its description, with the control
character US (31) between them, as shells merge tabs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem, ShellComplete

from imgconv.cli.completion.values import FILE, PART
from imgconv.system.diagnostics import printable

SHELLS = ("bash", "zsh", "fish")


# What bash reads as something else within each kind of quotes, and what is written instead.
_ESCAPES = {
    "": (r"[^\w@%+=:,./~^-]", r"\\\g<0>"),
    '"': (r'["$`\\]', r"\\\g<0>"),
    "'": ("'", r"'\\''"),
}


class Word(NamedTuple):
    """The word at the cursor, without quotes, and the quote that is open there."""

    text: str
    quote: str = ""


def split_line(line: str) -> tuple[list[str], Word]:
    """Return the words before the cursor and the incomplete one, as shells split them."""
    words: list[str] = []
    current: str | None = None
    quote, is_escaped = "", False
    for character in line:
        is_plain = is_escaped or (quote and character not in (quote, "\\"))
        if character.isspace() and not is_plain:
            words += [] if current is None else [current]
            current = None
            continue
        current = current or ""
        if is_plain or (character == "\\" and quote == "'"):
            current, is_escaped = current + character, False
        elif character == "\\":
            is_escaped = True
        elif character == quote or (character in "'\"" and not quote):
            quote = "" if quote else character
        else:
            current += character
    return words, Word(current or "", quote)


def answer(command: click.Command, shell: str, arguments: Sequence[str]) -> str:
    """Return the lines for the script of one of ``SHELLS``."""
    if shell == "bash":
        line, end = (*arguments, "", "")[:2]
        words, word = split_line(line)
        items = complete(command, words[1:], word.text)
        if word.quote and [item.type for item in items] == [PART]:
            # Bash would close the quote behind a single completion; this one differs at its end.
            items.append(CompletionItem(f"{items[0].value}...", PART))
        start = len(word.text) - len(split_line(word.quote + end)[1].text)
    else:
        *words, last = arguments or [""]
        word = split_line(last)[1] if shell == "fish" else Word(last)
        items = complete(command, words, word.text)
        start = _common_start(word.text, items) if shell == "zsh" else 0
    lines = [word.text[:start]]
    for item in items:
        value = item.value[start:]
        if shell == "bash":
            value = re.sub(*_ESCAPES[word.quote], value)
        if item.value.isprintable():
            lines.append("\x1f".join((item.type, value, printable(item.help or ""))))
    return "\n".join(lines)


def complete(command: click.Command, words: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """Return the items that complete a word, each a whole word; that of files is not complete."""
    found = ShellComplete(command, {}, "imgconv", "").get_completions([*words], incomplete)
    option, equals, _ = incomplete.partition("=")
    if option.startswith("-") and equals:
        for item in found:
            item.value = f"{option}={item.value}"
    return found


def _common_start(word: str, items: Sequence[CompletionItem]) -> int:
    """Return the length of the beginning that needs not be shown with each item."""
    separators = "=" if any(item.type == FILE for item in items) else ",:=/"
    start = max(word.rfind(separator) for separator in separators) + 1
    return start if all(item.value.startswith(word[:start]) for item in items) else 0
