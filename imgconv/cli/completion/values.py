"""The values that complete a word: filters, their parameters, kernel files, values of options.

An item of the type ``part`` is no whole word yet: no space follows it. An item of the type ``file``
leaves the word to the shell, which knows files best.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imgconv.errors import UsageError
from imgconv.formats.registry import is_picture_path
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS
from imgconv.kernels.filter import WITH_PATH, Declaration, Parameter

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]

PLAIN, PART, FILE = "plain", "part", "file"

# Colours that are offered; any other name of CSS, #ff8800 or 255,128,0 is understood too.
COLOURS = ("black", "white", "gray", "red", "green", "blue", "yellow", "cyan", "magenta")

# The beginning of a bank of random kernels.
_RANDOM = "random:"


def item(value: str, help: str = "", type: str = PLAIN) -> CompletionItem:
    from click.shell_completion import CompletionItem  # 1 ms, which other runs save

    return CompletionItem(value, type, help)


def complete_from(table: Mapping[str, str] | Iterable[str]) -> Complete:
    """Return the completion of an option that takes one word of a table with descriptions."""
    texts = table if isinstance(table, Mapping) else dict.fromkeys(table, "")

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [item(word, text) for word, text in texts.items() if word.startswith(incomplete)]

    return complete


def complete_sequence(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the names of sequences, and files where none begins so."""
    kinds = import_module("imgconv.study.sequences.named").NAMED
    found = [
        item(
            f"{name}:" if kind.parameters else name,
            kind.summary,
            PART if kind.parameters else PLAIN,
        )
        for name, kind in kinds.items()
        if name.startswith(incomplete)
    ]
    return found or complete_file(context, parameter, incomplete)


def complete_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [item(incomplete, type=FILE)]


def complete_border(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the borders, each with its drawing, and colours behind ``constant:``."""
    name, colon, colour = incomplete.partition(":")
    if colon and name == "constant":
        return [item(f"constant:{each}") for each in COLOURS if each.startswith(colour)]
    found = [item(name, rule.drawing) for name, rule in BORDERS.items()]
    found.append(item("constant:", "a colour follows", PART))
    return [each for each in found if each.value.startswith(incomplete)]


def complete_channels(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the letters of channels that are not given yet, behind the last comma."""
    before, comma, last = incomplete.rpartition(",")
    names = {"r": "red", "g": "green", "b": "blue", "a": "alpha", "l": "grey"}
    others = (letter for letter in names if letter not in before.split(","))
    return [item(f"{before}{comma}{x}", names[x]) for x in others if x.startswith(last)]


def complete_parameter(parameter: Parameter) -> Complete:
    """Return the completion of the option that a parameter of a filter is."""
    return complete_from(dict(_values(parameter)))


def complete_filter(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return filters, parameters or kernel files that complete the last link of a chain."""
    start = [-1, *library.commas(incomplete)][-1] + 1
    return _behind(incomplete[:start], _complete_link(incomplete[start:]))


def complete_bank(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return what completes the last filter of a bank, behind the bars; or random kernels."""
    last = incomplete.rpartition("|")[2].lstrip()
    before = incomplete[: len(incomplete) - len(last)]
    found = _behind(before, complete_filter(context, parameter, last))
    if _RANDOM.startswith(incomplete):
        found.append(item(_RANDOM, "MAPS:SIZE or MAPS:SIZE:SEED follow", PART))
    return found


def _behind(before: str, items: Iterable[CompletionItem]) -> list[CompletionItem]:
    """Return the items with a text before each value."""
    found = [*items]
    for each in found:
        each.value = before + each.value
    return found


def _complete_link(link: str) -> Iterator[CompletionItem]:
    name, colon, rest = link.partition(":")
    if colon and name == WITH_PATH:
        yield from _behind(f"{name}:", _files(rest, is_picture_path, "picture"))
        return
    if "/" in link or link.startswith((".", "~")):
        yield from _kernel_files(link)
        return
    if colon:
        with suppress(UsageError):  # no filter is called so
            yield from _parameters(name, library.declaration(name), rest.split(":"))
        return
    named = [*_filters(link)]
    yield from named or _kernel_files(link)


def _filters(start: str) -> Iterator[CompletionItem]:
    """Yield filters whose names begin with ``start``, and aliases unless it is empty."""
    for declared in library.declarations():
        aliases = declared.aliases if start else ()
        for name in (declared.name, *aliases):
            if name.startswith(start) and name.isprintable():
                yield item(name, declared.summary)


def _parameters(name: str, declared: Declaration, texts: list[str]) -> Iterator[CompletionItem]:
    """Yield what completes the last of the texts behind the name of a filter.

    That is the name of a parameter, or a value of the parameter that is named or whose turn it is.
    """
    *given, last = texts
    before = ":".join([name, *given, ""])
    by_name = {parameter.name: parameter for parameter in declared.parameters}
    chosen, equals, start = last.partition("=")
    if equals:
        values = _values(by_name[chosen]) if chosen in by_name else ()
        yield from (item(f"{before}{chosen}={v}", t) for v, t in values if v.startswith(start))
        return
    if not any("=" in text for text in given) and len(given) < len(declared.parameters):
        values = _values(declared.parameters[len(given)])
        yield from (item(before + v, t) for v, t in values if v.startswith(last))
    taken = {text.partition("=")[0] for text in given if "=" in text}
    taken |= {each.name for each in declared.parameters[: len([t for t in given if "=" not in t])]}
    for each in declared.parameters:
        if each.name.startswith(last) and each.name not in taken:
            yield item(f"{before}{each.name}=", each.description, PART)


def _values(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """Yield values of a parameter with their descriptions: all, or the default and the limits."""
    found: dict[str, str] = {}
    found |= dict.fromkeys(parameter.labels, parameter.summary)
    for choice in parameter.choices:
        found[f"{choice:g}"] = parameter.summary
    if not isinstance(parameter.default, str):
        found[parameter.text(parameter.default)] = f"{parameter.summary}: the default"
    limits = {"the least": parameter.minimum, "the most": parameter.maximum}
    for text, limit in limits.items() if not (parameter.choices or parameter.labels) else ():
        if math.isfinite(limit):
            found.setdefault(f"{limit:g}", f"{parameter.summary}: {text}")
    yield from found.items()


def _kernel_files(start: str) -> Iterator[CompletionItem]:
    return _files(start, lambda n: n.lower().endswith(library.KERNEL_SUFFIXES), "kernel file")


def _files(start: str, is_offered: Callable[[str], bool], text: str) -> Iterator[CompletionItem]:
    """Yield the files that are offered, and the folders, whose paths begin with ``start``."""
    folder, _, name = start.rpartition("/")
    before = start[: len(start) - len(name)]
    place = Path(folder or ("/" if before else ".")).expanduser()
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        is_shown = entry.name.startswith(name) and (name or not entry.name.startswith("."))
        if not (is_shown and entry.name.isprintable()):
            continue
        if entry.is_dir():
            yield item(f"{before}{entry.name}/", "folder", PART)
        elif is_offered(entry.name):
            yield item(f"{before}{entry.name}", text)
