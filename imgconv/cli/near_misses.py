"""What to write in place of a command line that is nearly right.

Such as arguments in another order, or a filter where a command stands. This module is imported for
the message of an error only.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from imgconv import kernels
from imgconv.errors import UnknownFilterError, UsageError, nearest
from imgconv.formats.registry import is_picture_path, row_of
from imgconv.kernels import library
from imgconv.kernels.filter import WITH_PATH
from imgconv.system.places import PIPE

# What has to stand behind FILTER, by command.
_PLACES = {"apply": ("INPUT", "OUTPUT"), "explain": ("INPUT",), "plan": ("INPUT",), "show": ()}

# The command of this tool for each name that other tools, or people, use for it.
COMMANDS = {
    "apply": "filter run process convert convolve convolution conv edit",
    "filters": "list ls list-filters",
    "spectrum": "fft dft fourier frequencies",
    "explain": "why",
    "match": "find locate search",
    "learn": "train fit",
    "show": "print view display kernel",
    "plan": "estimate profile benchmark bench",
    "cache --clear": "clean clear",
    "doctor": "info check status diagnose",
    "help": "man usage",
    "--version": "version",
}

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")

# A value of a filter, with or without its name, or ImageMagick's radius in front.
_VALUE = re.compile(rf"(?:[A-Za-z][\w-]*=|0x(?!0))?{_NUMBER.pattern}")

# A word of a kernel that was written without quotes.
_WEIGHTS = re.compile(r"[\[({]*[-+\d.][-+\d.,;:/\[\](){}]*")


def unknown_command(name: str, arguments: Sequence[str], commands: Collection[str]) -> UsageError:
    """Return the error for the ``name`` of no command, with the line that was meant."""
    problem = f"no command is called '{name}'"
    if command := kernels.other_names.key_of(COMMANDS, name.lower()):
        words = _in_order(arguments) if arguments else ["FILTER"]
        line = _line_of(words) if command == "apply" else f"write imgconv {command}"
        return UsageError(problem, line)
    first = corrected(name)
    if is_picture_path(name) or is_filter(first):
        wants_help = not {*arguments}.isdisjoint(("-h", "--help"))
        line = (
            f"write imgconv help {first}"
            if wants_help
            else _line_of(_in_order([first, *arguments]))
        )
        return UsageError(problem, line)
    if near := nearest(name, commands):
        return UsageError(problem, f"did you mean '{near[0]}'?")
    try:
        library.find(name)
    except UnknownFilterError as error:
        is_far = error.remedy == kernels.other_names.SEE_LIST
        return UsageError(problem, "'imgconv help' lists all" if is_far else error.remedy)
    except UsageError as error:
        return error
    return UsageError(problem, "'imgconv help' lists all")


def quoted_kernel(words: Sequence[str]) -> list[str] | None:
    """Return the words with those in front that are weights as one word, if they make a kernel."""
    count = next((i for i, word in enumerate(words) if not _is_weights(word)), len(words))
    weights = [word.strip() for word in words[:count]]
    for separator in (" ", "; ") if count > 1 else ():
        with suppress(UsageError):
            library.find(separator.join(weights))
            return [separator.join(weights), *words[count:]]
    return None


def _is_weights(word: str) -> bool:
    return bool(_WEIGHTS.fullmatch(word.strip())) and not os.path.lexists(word)


def check_order(
    filter_text: str, places: Sequence[str], command: str = "apply", arguments: Sequence[str] = ()
) -> None:
    """Raise ``UsageError`` for places in another order than FILTER INPUT OUTPUT.

    ``arguments`` are all of the command, with its options. The error is that of the filter where it
    cannot have the values behind it.
    """
    given = [filter_text, *places]
    place = next(iter(_PLACES[command]), "OUTPUT")
    quoted = quoted_kernel(given)
    meant = quoted or _in_order(given, len(_PLACES[command]))
    if meant == given:
        return
    if quoted:
        problem = "a kernel is one word in quotes"
    elif _is_picture(filter_text):
        problem = f"'{filter_text}' is a picture where FILTER stands"
    elif _lacks_picture(filter_text):
        problem = "no picture is given for the mask"
    elif _VALUE.fullmatch(places[0].strip()):
        problem = f"'{places[0].strip()}' is a value where {place} stands"
    else:
        problem = f"'{places[0]}' is a filter where {place} stands"
    if meant[0] != "FILTER":
        library.find(meant[0])  # a filter that is unknown, or cannot have these values
    raise UsageError(problem, _line_of(meant, command, _others(arguments, given)))


def _others(arguments: Sequence[str], places: Sequence[str]) -> list[str]:
    """Return the arguments that are none of the places, which are in the same order."""
    remaining, others = list(places), []
    for argument in arguments:
        if remaining and argument == remaining[0]:
            del remaining[0]
        elif argument != "--":
            others.append(argument)
    return others


def _in_order(words: Sequence[str], needed: int = 2) -> list[str]:
    """Return FILTER, with its values and the links of its chain, and the other words behind it.

    With ``needed`` other words, a picture in front may be FILTER.
    """
    first, *others = _filter_in_front(words, needed)
    if first != "FILTER":
        first, *others = _with_values([first, *others])
    if _lacks_picture(first) and len(others) > needed and is_picture_path(others[0]):
        first = f"{first}:{others.pop(0)}"
    while others and (is_filter(others[0].strip(" ,")) or _is_comma(others)):
        link = others.pop(0).strip(" ,")
        first = f"{first.strip(' ,')},{link}" if link else first
        first, *others = _with_values([first, *others])
    return [first, *others]


def _filter_in_front(words: Sequence[str], needed: int) -> list[str]:
    """Return the words with the filter, and its values, in front of a picture that is no FILTER."""
    first, *others = words
    if not _is_picture(first) or (len(others) >= needed and _may_be_weights(first, others)):
        return [*words]
    at = next((i for i, word in enumerate(others) if _is_filter_elsewhere(word)), None)
    if at is None:
        return ["FILTER", *words]
    found, *behind = _with_values([corrected(others[at].lstrip("-")), *others[at + 1 :]])
    return [found, first, *others[:at], *behind]


def _with_values(words: Sequence[str]) -> list[str]:
    """Return the words, the first a filter, with the values that stand behind it."""
    first, *others = words
    while others and _VALUE.fullmatch(others[0].strip()) and _may_be_moved(others[0]):
        first = f"{first}:{others.pop(0).strip().removeprefix('0x')}"
    return [first, *others]


def _is_filter_elsewhere(word: str) -> bool:
    """Whether a word behind a picture is a filter, perhaps as an option of another tool."""
    return is_filter(corrected(word.lstrip("-"))) and not os.path.lexists(word)


def _is_comma(words: Sequence[str]) -> bool:
    return words[0].strip() == "," and len(words) > 1 and is_filter(words[1])


def _lacks_picture(chain: str) -> bool:
    """Whether the last link of a chain is the name of a mask without its picture."""
    return chain.rpartition(",")[2].strip() == WITH_PATH


def _line_of(words: Sequence[str], command: str = "apply", options: Sequence[str] = ()) -> str:
    places = [*words[1:], *_PLACES[command][len(words) - 1 :]]
    return f"write {shlex.join(['imgconv', command, words[0], *places, *options])}"


def _may_be_weights(path: str, others: Sequence[str]) -> bool:
    """Whether a picture in the place of FILTER is a kernel, as no other word is a filter."""
    with suppress(UsageError):
        return any(map(os.path.isfile, library.files(path))) and not any(map(is_filter, others))
    return False


def _is_picture(text: str) -> bool:
    """Whether a text is called as a picture is, and names no kernel file of such a name."""
    try:
        files = library.files(text) if is_picture_path(text) else []
        if any(map(library.picture_path, library.links(text))):
            return False
    except UnknownFilterError as error:
        return is_picture_path(text) and not error.remedy.startswith("write ")
    except UsageError:  # the filter is known, and a value is wrong
        return False
    return bool(files) and not any(_is_kernel_file(path) for path in files)


def _is_kernel_file(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_picture_path(path.name) and row_of(file) is None


def is_filter(word: str) -> bool:
    """Whether a word is a filter and neither a path that exists nor a lone number."""
    if not _may_be_moved(word) or _NUMBER.fullmatch(word.strip()) or is_picture_path(word):
        return False
    with suppress(UsageError):
        return bool(library.find(word))
    return False


def corrected(chain: str) -> str:
    """Return a chain with the names of this tool in place of others', as far as they are known."""
    with suppress(UsageError):
        chain = ",".join(map(_corrected_link, library.links(chain)))
    return chain


def _corrected_link(link: str) -> str:
    name, *values = link.split(":")
    return kernels.other_names.filter_meant(name, values, library.names()) or link


def _may_be_moved(word: str) -> bool:
    return not os.path.lexists(word.rstrip(os.sep)) and not word.startswith("--") and word != PIPE
