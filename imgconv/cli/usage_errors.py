"""Errors of Click in one line each: what is wrong, and what to write, as options of other tools.

This module is imported for the message of an error only.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Iterable, Sequence

import click

from imgconv import kernels
from imgconv.cli.near_misses import corrected, is_filter, quoted_kernel
from imgconv.errors import UnknownFilterError, UsageError, nearest
from imgconv.formats import registry
from imgconv.kernels import library
from imgconv.kernels.filter import Declaration

# What to do in place of an option that other tools have: a sentence, or an option to write.
OPTIONS = {
    "--gray": "--grey --grayscale --greyscale --monochrome --mono",
    "--border constant:COLOUR": "--cval --fill --border-value --border-color --border-colour",
    "--border": "--mode --padding --pad --edge --boundary --virtual-pixel --border-type",
    "--range clamp": "--clip --clamp",
    "--range abs": "--abs --absolute",
    "--range stretch": "--autolevel --auto-level --contrast-stretch",
    "--channels": "--channel --planes",
    "--straight-alpha": "--no-premultiply --straight",
    "--linear": "--linear-light --gamma",
    "--in-place": "--inplace --replace",
    "--overwrite": "--force --yes -y --clobber",
    "--no-clobber": "--no-overwrite --keep-existing",
    "--strip": "--no-metadata --strip-metadata --no-exif",
    "--upright": "--auto-orient --autorotate",
    "--output": "--out --dest --destination",
    "--output FOLDER/": "--outdir --out-dir --output-dir -d",
    "--suffix": "--postfix --append",
    "write -o 'TEXT{name}.{ext}'": "--prefix --prepend",
    "--quiet": "--silent",
    "--quality": "--compression --compression-level",
    "--quality lossless": "--lossless --no-loss --near-lossless",
    "--format": "--type --to --ext --output-format",
    "--frame": "--page --index",
    "--jobs": "--workers --processes --parallel",
    "--threads": "--cores --cpus --num-threads",
    "--hidden": "--all -a --dotfiles",
    "--dry-run": "--dryrun --simulate --pretend --just-print",
    "--verbose": "--debug",
    "--mix": "--blend --opacity --fade --dissolve",
    "--region": "--crop --roi --rect --area",
    "--repeat": "--iterations --iteration --times --passes",
    "--scale": "--divisor --divide --div --rdiv",
    "--offset": "--bias --delta",
    "--tolerance": "--precision --accuracy",
    "--background": "--bg --matte --flatten",
    "--seed": "--random-seed --random-state",
    "--by": "--method --metric --score",
    "--limit": "--top --count --max",
    "write imgconv apply FILTER INPUT OUTPUT": "--filter --kernel --effect --input --in",
    "leave it out, as a folder is taken with its subfolders": "--recursive --recurse -r -R",
    "write imgconv --version": "--version -V",
    "write --in-place to replace INPUT, which has no option in front": "-i",
    "leave it out, as every pixel gets a result": "--stride --strides --dilation",
    "leave it out, as metadata is kept": "--keep-metadata --keep-exif --preserve",
}

# What Click says of values, and the usual words.
_WORDS = {
    r"is not a valid integer( range)?": "is no whole number",
    r"is not a valid float( range)?": "is no number",
    r"is not in the range x>=(\S+)": r"is less than \1",
    r"is not in the range (\S+?)<=x<=(\S+)": r"lies outside \1 to \2",
}


def unknown_option(error: click.NoSuchOption, arguments: Sequence[str]) -> UsageError:
    """Return the error for an option that neither the command nor the filter on the line has.

    ``arguments`` are all words behind ``imgconv`` on the command line.
    """
    context = error.ctx
    assert context is not None
    arguments = arguments[1:] if context.parent else arguments
    option, typed = _as_typed(error.option_name, arguments)
    if os.path.lexists(typed):
        return UsageError(f"'{typed}' begins as an option does", f"write ./{typed}")
    if "filter_text" in context.meta:
        if words := _behind_filter(option, arguments):
            line = f"write {context.command_path} {shlex.join(words)}"
            return UsageError(f"'{option}' stands before its filter", line)
        if unknown := _unknown_filter(context.meta["filter_text"]):
            return unknown
    problem = f"no option is called '{typed.partition('=')[0]}'"
    return UsageError(problem, _option_remedy(option, context))


def _option_remedy(option: str, context: click.Context) -> str:
    """Return what to write in place of an option that neither a command nor its filter has."""
    command, name = context.command_path, option.lstrip("-")
    own = _options(context.command)
    for remedy, names in OPTIONS.items():
        if option in names.split() and _has(command, own, remedy):
            return f"write {remedy}" if remedy.startswith("--") else remedy
    declarations: Sequence[Declaration] = context.meta.get("declarations", ())
    parameters = [each.name for declared in declarations for each in declared.parameters]
    if meant := kernels.other_names.parameter_meant(name, parameters):
        return f"write --{meant}"
    if elsewhere := _elsewhere(option, context):
        return elsewhere
    known = [*(each.lstrip("-") for each in own), *parameters]
    is_known = name in known or not _takes(library.declarations(), name)
    if is_known and (near := nearest(name, known)):
        return f"did you mean '--{near[0]}'?"
    return _parameters_of(declarations) + f"'{command} --help' lists all"


def _options(command: click.Command) -> list[str]:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return [name for each in options for name in each.opts]


def _elsewhere(option: str, context: click.Context) -> str | None:
    """Return the remedy for the name of a filter, of a format, or of an option of ``apply``."""
    command, name = context.command, option.lstrip("-")
    if tool := kernels.other_names.other_tool(name):
        return tool
    if "--format" in _options(command) and name.upper() in registry.FORMATS:
        return f"write --format {name}"
    apply = command.get_command(context, "apply") if isinstance(command, click.Group) else command
    if apply is None or apply.name != "apply":
        return None
    if apply is not command and option in _options(apply):
        return f"write it behind the command: imgconv apply FILTER INPUT OUTPUT {option}"
    given, found = context.meta.get("filter_text", ""), corrected(name)
    if is_filter(given) and is_filter(found):
        return f"join filters by commas, as {given},{found}"
    return f"write imgconv apply {found} INPUT OUTPUT" if is_filter(found) else None


def _takes(filters: Iterable[Declaration], option: str) -> bool:
    """Whether one of the filters has a parameter of this name."""
    name = option.lstrip("-")
    return any(name == each.name for found in filters for each in found.parameters)


def _as_typed(option: str, arguments: Sequence[str]) -> tuple[str, str]:
    """Return the option with two dashes where it has several letters, and its word on the line.

    Click takes -sigma for the letters s, i, g, m and a.
    """
    word = next((word for word in arguments if word.startswith(option)), option)
    is_long = len(option) == 2 < len(word)
    return f"-{word.partition('=')[0]}" if is_long else option, word


def _unknown_filter(text: str) -> UnknownFilterError | None:
    """Return the error of an unknown filter: none of the options behind it can be known."""
    try:
        if text and not registry.is_picture_path(text):
            library.find(text)
    except UnknownFilterError as error:
        return error
    except UsageError:
        pass
    return None


def in_one_line(error: click.ClickException, arguments: Sequence[str]) -> str:
    """Return what is wrong with a value or an argument, and what to write."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    if context is None:
        return error.format_message()
    if isinstance(error, click.BadOptionUsage):
        given = context.command.get_params(context)
        parameter = next(each for each in given if error.option_name in each.opts)
        needs = "takes no value" if "does not take" in error.message else "needs a value"
        return f"{error.option_name} {needs}; {_purpose(parameter)}"
    if isinstance(parameter, click.Option):
        return f"{parameter.opts[-1]}: {_plain(error.message)}; {_purpose(parameter)}"
    if words := quoted_kernel(arguments[1:]):
        line = shlex.join([*context.command_path.split(), *words])
        return f"a kernel is one word in quotes; write {line}"
    usage = " ".join(context.command.collect_usage_pieces(context)[1:])
    option = f"--{_extra(error)}"
    usage = option if option in _options(context.command) else usage
    return f"{_argument_problem(error, context)}; write {context.command_path} {usage}".rstrip()


def _extra(error: click.ClickException) -> str | None:
    """Return the arguments that are too many, if Click says so."""
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", error.message)
    return extra[1] if extra else None


def _argument_problem(error: click.ClickException, context: click.Context) -> str:
    """Return what is wrong with an argument: it is missing, one too many, or another word."""
    parameter = getattr(error, "param", None)
    if isinstance(error, click.MissingParameter) and parameter is not None:
        metavar: str = parameter.make_metavar(context)
        return f"{metavar} is missing" + " (- is a pipe)" * metavar.startswith("INPUT")
    if extra := _extra(error):
        return f"there is no place for '{extra}'"
    return _plain(error.message)


def _purpose(option: click.Option) -> str:
    """Return the first sentence of an option's help, which names its default, as a fragment."""
    sentence = re.split(r"\.\s|[.:]$", option.help or "")[0]
    return sentence[:1].lower() + sentence[1:]


def _plain(message: str) -> str:
    """Return a message of Click in the usual words, as a fragment of one line."""
    message = " ".join(message.split()).rstrip(".")
    for pattern, words in _WORDS.items():
        message = re.sub(pattern, words, message)
    return message


def _has(command: str, own: Collection[str], remedy: str) -> bool:
    """Whether a remedy helps a command: an option that it has, or a sentence about ``apply``."""
    return remedy.split()[0] in own if remedy.startswith("--") else command == "imgconv apply"


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
        if is_filter(word) and _takes(library.declarations_of(word), option):
            return [word, *words[first:at], *words[:first], *words[at + 1 :]]
    return None
