"""What to write in place of a command line that is nearly right.

Such as arguments in another order, or options of other tools. This module is imported for the
message of an error only.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import click

from imgconv import kernels
from imgconv.errors import UnknownFilterError, UsageError, nearest
from imgconv.formats.registry import is_picture_path, row_of
from imgconv.kernels import library
from imgconv.kernels.filter import WITH_PATH, Declaration
from imgconv.system.places import PIPE

_ORDER = "imgconv apply FILTER INPUT OUTPUT"

# What has to stand behind FILTER, by command.
_PLACES = {"apply": ("INPUT", "OUTPUT"), "explain": ("INPUT",)}

# What to do in place of an option that other tools have: a sentence, or an option to write.
OPTIONS = {
    remedy: names.split()
    for remedy, names in {
        "--gray": "--grey --grayscale --greyscale --monochrome --mono",
        "--border": "--mode --padding --pad --edge --boundary --virtual-pixel --border-type",
        "--range clamp": "--clip --clamp",
        "--range abs": "--abs --absolute",
        "--range stretch": "--autolevel --auto-level --contrast-stretch",
        "--channels": "--channel --planes",
        "--straight-alpha": "--no-premultiply --straight",
        "--linear": "--linear-light --gamma",
        "--in-place": "--inplace --replace",
        "--no-clobber": "--no-overwrite --keep-existing",
        "--strip": "--no-metadata --strip-metadata --no-exif",
        "--upright": "--auto-orient --autorotate",
        "--output": "--out --dest --destination --outdir --output-dir",
        "--quiet": "--silent",
        "--quality lossless": "--lossless --no-loss --near-lossless",
        "--frame": "--page",
        "--jobs": "--workers --processes --parallel",
        "--by": "--method --metric --score",
        "--limit": "--top --count --max",
        f"write {_ORDER}": "--filter --kernel --effect --input --in",
        "leave it out, as a folder is taken with its subfolders": "--recursive --recurse",
        "leave it out, as metadata is kept": "--keep-metadata --keep-exif --preserve",
    }.items()
}

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")


def unknown_command(name: str, arguments: Sequence[str], commands: Collection[str]) -> UsageError:
    """Return the error for the ``name`` of no command, with the line that was meant."""
    problem = f"no command is called '{name}'"
    if is_picture_path(name) or _is_filter(name):
        return UsageError(problem, _line_of(_in_order([name, *arguments])))
    try:
        library.find(name)
    except UnknownFilterError as error:
        written = error.remedy.removeprefix("write ")
        is_no_convolution = error.remedy.startswith("that is")
        near = [] if is_no_convolution else nearest(name, commands)
        if written != error.remedy:
            return UsageError(problem, _line_of([written, *arguments]))
        return UsageError(problem, f"did you mean '{near[0]}'?" if near else error.remedy)
    except UsageError as error:
        return error
    return UsageError(problem, "'imgconv help' lists all")


def check_order(filter_text: str, places: Sequence[str], command: str = "apply") -> None:
    """Raise ``UsageError`` for arguments in another order than FILTER INPUT OUTPUT.

    The error is that of the filter where it cannot have the values behind it.
    """
    given = [filter_text, *places]
    meant = _in_order(given, len(_PLACES[command]))
    if meant == given:
        return
    if _is_picture(filter_text):
        problem = f"'{filter_text}' is a picture where FILTER stands"
    elif _lacks_picture(filter_text):
        problem = "no picture is given for the mask"
    elif _NUMBER.fullmatch(places[0].strip()):
        library.find(meant[0])  # which may take no value
        problem = f"'{places[0].strip()}' is a value where INPUT stands"
    else:
        problem = f"'{places[0]}' is a filter where INPUT stands"
    raise UsageError(problem, _line_of(meant, command))


def _in_order(words: Sequence[str], needed: int = 2) -> list[str]:
    """Return FILTER, with its values and the links of its chain, and the other words behind it.

    With ``needed`` other words, a picture in front may be FILTER.
    """
    first, *others = words
    if _is_picture(first) and not (len(others) >= needed and _may_be_weights(first, others)):
        found = next((word for word in others if _is_filter(word)), "FILTER")
        others = [first, *(word for word in others if word != found)]
        first = found
    while others and _NUMBER.fullmatch(others[0].strip()) and _may_be_moved(others[0]):
        first = f"{first}:{others.pop(0).strip()}"
    if _lacks_picture(first) and len(others) > needed and is_picture_path(others[0]):
        first = f"{first}:{others.pop(0)}"
    while others and _is_filter(others[0]):
        first = f"{first},{others.pop(0)}"
    return [first, *others]


def _lacks_picture(chain: str) -> bool:
    """Whether the last link of a chain is the name of a mask without its picture."""
    return chain.rpartition(",")[2].strip() == WITH_PATH


def _line_of(words: Sequence[str], command: str = "apply") -> str:
    places = [*words[1:], *_PLACES[command][len(words) - 1 :]]
    return f"write {shlex.join(['imgconv', command, words[0], *places])}"


def _may_be_weights(path: str, others: Sequence[str]) -> bool:
    """Whether a picture in the place of FILTER is a kernel, as no other word is a filter."""
    with suppress(UsageError):
        return any(map(os.path.isfile, library.files(path))) and not any(map(_is_filter, others))
    return False


def _is_picture(text: str) -> bool:
    """Whether a text is called as a picture is, and names no kernel file of such a name."""
    try:
        files = library.files(text) if is_picture_path(text) else []
        if any(map(library.picture_path, library.links(text))):
            return False
    except UnknownFilterError as error:
        return not error.remedy.startswith("write ")
    except UsageError:  # the filter is known, and a value is wrong
        return False
    return bool(files) and not any(_is_kernel_file(path) for path in files)


def _is_kernel_file(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_picture_path(path.name) and row_of(file) is None


def _is_filter(word: str) -> bool:
    """Whether a word is a filter and neither a path that exists nor a lone number."""
    if not _may_be_moved(word) or _NUMBER.fullmatch(word.strip()) or is_picture_path(word):
        return False
    with suppress(UsageError):
        return bool(library.find(word))
    return False


def _may_be_moved(word: str) -> bool:
    return not os.path.lexists(word) and not word.startswith("--") and word != PIPE


def unknown_option(error: click.NoSuchOption, arguments: Sequence[str]) -> UsageError:
    """Return the error for an option that neither the command nor the filter on the line has.

    ``arguments`` are those of the command.
    """
    option, context = error.option_name, error.ctx
    assert context is not None
    command = context.command_path
    own = [name for parameter in context.command.params for name in parameter.opts]
    declarations: Sequence[Declaration] = context.meta.get("declarations", ())
    problem = f"no option is called '{option}'"
    for remedy, names in OPTIONS.items():
        if option in names and _has(command, own, remedy):
            return UsageError(problem, _write(remedy))
    takes_filter = "declarations" in context.meta
    if takes_filter and (words := _behind_filter(option, arguments)):
        line = f"write {command} {shlex.join(words)}"
        return UsageError(f"'{option}' stands before its filter", line)
    parameters = [each.name for declared in declarations for each in declared.parameters]
    if meant := kernels.other_names.parameter_remedy(option.lstrip("-"), parameters):
        return UsageError(problem, f"write --{meant}")
    known = [name.lstrip("-") for name in own] + parameters
    if near := nearest(option.lstrip("-"), known):
        return UsageError(problem, f"did you mean '--{near[0]}'?")
    return UsageError(problem, _parameters_of(declarations) + f"'{command} --help' lists all")


def _has(command: str, own: Collection[str], remedy: str) -> bool:
    """Whether a remedy helps a command: an option that it has, or a sentence about ``apply``."""
    return remedy.split()[0] in own if remedy.startswith("--") else command == "imgconv apply"


def _write(remedy: str) -> str:
    return f"write {remedy}" if remedy.startswith("--") else remedy


def _parameters_of(declarations: Sequence[Declaration]) -> str:
    """Return the options of each filter on the line, as the beginning of a remedy."""
    options = {d.name: ", ".join(f"--{each.name}" for each in d.parameters) for d in declarations}
    return "".join(f"{name} takes {taken or 'none'}; " for name, taken in options.items())


def _behind_filter(option: str, arguments: Sequence[str]) -> list[str] | None:
    """Return the arguments with a parameter of a filter behind it, if it stands before."""
    words = [word.strip() for word in arguments]
    names = [word.partition("=")[0] for word in words]
    first = names.index(option) if option in names else len(words)
    for at, word in enumerate(words[first + 1 :], first + 1):
        if _is_filter(word) and option.lstrip("-") in _parameters(word):
            return [word, *words[first:at], *words[:first], *words[at + 1 :]]
    return None


def _parameters(text: str) -> list[str]:
    """Return the names of the parameters of a chain's filters."""
    parsed = [library.parse_link(link) for link in library.links(text)]
    return [each.name for link in parsed if link for each in link[0].parameters]
