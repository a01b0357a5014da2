"""Filter files: TOML tables, checked key by key, to the declaration of a filter.

A file may come from anyone, so the memory that parsing it takes is bounded first.
"""

import math
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgconv import kernels
from imgconv.errors import KernelError, UsageError, suggestion
from imgconv.kernels import dialects
from imgconv.kernels.filter import (
    BANK,
    COMBINATIONS,
    GROUPS,
    PICTURE,
    RANGES,
    WITH_PATH,
    Declaration,
    Parameter,
)
from imgconv.system.diagnostics import printable
from imgconv.system.places import missing_remedy

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel


class Kind:
    """A type of value: its name, an example in which ``KEY`` stands for the key, and its check."""

    # Start-up makes this class: a NamedTuple takes 0.08 ms more.
    def __init__(self, name: str, example: str, matches: Callable[[Any], bool]) -> None:
        self.name, self.example, self.matches = name, example, matches


def _is_number(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 2**63  # integers of TOML have 64 bits
    return isinstance(value, float)


def _is_finite(value: Any) -> bool:
    return _is_number(value) and math.isfinite(value)


def _is_list(value: Any, matches: Callable[[Any], bool] = _is_number) -> bool:
    return isinstance(value, list) and all(map(matches, value))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


TEXT = Kind("a text", 'KEY = "..."', lambda value: isinstance(value, str))
SWITCH = Kind("true or false", "KEY = true", lambda value: isinstance(value, bool))
NUMBER = Kind("a number", "KEY = 1.5", _is_finite)
DEFAULT = Kind(
    "a number, or the name of a parameter above",
    "KEY = 1.5",
    lambda value: _is_finite(value) or isinstance(value, str),
)
CHOICES = Kind(
    "a list of numbers, or of texts",
    "KEY = [4, 8]",
    lambda value: _is_list(value, _is_finite) or _is_list(value, TEXT.matches),
)
ROWS = Kind(
    "a list of rows of numbers", "KEY = [[1, 2], [3, 4]]", lambda value: _is_list(value, _is_list)
)
POSITION = Kind(
    "a row and a column in whole numbers",
    "KEY = [0, 1]",
    lambda value: _is_list(value) and [*map(type, value)] == [int, int],
)
TABLE = Kind("a table", "[KEY]", _is_table)
TABLES = Kind(
    "a table or several",
    "[[KEY]] above its keys",
    lambda value: _is_table(value) or _is_list(value, _is_table),
)
NAMED_TABLES = Kind(
    "one table for each name",
    "[KEY.name] for each",
    lambda value: _is_table(value) and all(map(_is_table, value.values())),
)


def check_table(
    table: Mapping[str, Any], kinds: Mapping[str, Kind], required: Iterable[str] = ()
) -> None:
    """Raise ``KernelError`` for an unknown key, a value of another kind, or a missing key."""
    for key, value in table.items():
        if key not in kinds:
            raise KernelError(f"'{key}' is not a known key", suggestion(key, sorted(kinds)))
        if not kinds[key].matches(value):
            raise KernelError(f"'{key}' is not {kinds[key].name}", _example(key, kinds[key]))
    for key in required:
        if key not in table:
            raise KernelError(f"'{key}' is missing", _example(key, kinds[key]))


def _example(key: str, kind: Kind) -> str:
    return f"write {kind.example.replace('KEY', key)}"


LARGEST_FILE = 64 * 2**20
_PIECE = 2**16

# The most of each mark in a file, as the parser takes memory for every one: more commas than the
# largest kernel has, and more tables and lists than anyone writes.
_MOST = {",": 5_000_000, "[": 100_000, "=": 10_000}

# A dotted key of more parts than this: the parser takes time with the square of their number.
_MOST_PARTS = 20
_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_DOT = r"[ \t]*+\.[ \t]*+"

# Matches up to the first long key. All before it is taken as tokens, each once, in linear time.
_LONG_KEY = rf"""(?x:
    [^\w"'\#-]++
  | \#[^\n]*+
  | "{{3}} (?:[^"\\]|\\[\s\S]|"(?!""))*+ (?:"{{3,5}}+|\Z)
  | '{{3}} (?:[^']|'(?!''))*+ (?:'{{3,5}}+|\Z)
  | {_PART} (?:{_DOT}{_PART}){{0,{_MOST_PARTS - 1}}}+ (?!{_DOT}{_PART})
  | (?!{_PART})["'][^\n]*+
)*+{_PART}(?:{_DOT}{_PART}){{{_MOST_PARTS}}}"""

_TEXT_KEYS = ("summary", "group", "combine", "range", "threshold")
_TABLE_KEYS = {"aliases": NAMED_TABLES, "parameters": NAMED_TABLES, "kernel": TABLES}
_TABLE_KEYS["mask"] = TABLE
_KEYS = dict.fromkeys(_TEXT_KEYS, TEXT) | _TABLE_KEYS
_PARAMETER_KEYS = {
    **{"summary": TEXT, "default": DEFAULT, "choices": CHOICES},
    **{"minimum": NUMBER, "maximum": NUMBER},
}
_SOURCES = {"grid": TEXT, "weights": ROWS, "generator": TEXT}
_SETTINGS = {"origin": POSITION, "flip": SWITCH, "normalize": TEXT}
_KERNEL_KEYS = _SOURCES | _SETTINGS | dict.fromkeys(("scale", "offset"), NUMBER)


@cache
def read_declaration(path: Path) -> Declaration:
    """Return the filter that a TOML file declares; raises ``KernelError``."""
    text = read_kernel_text(path)
    with _prefixed(f"{path}: "):
        return _declared(path, _parsed(text))


def read_kernel_text(path: Path) -> str:
    """Return the text of a kernel file; raises ``KernelError`` if it is missing or too large."""
    try:
        _check_file(path)
        # In pieces, as Python allocates at once all that it is asked to read.
        with path.open(encoding="utf-8-sig") as file:
            pieces = iter(partial(file.read, _PIECE), "")
            text = "".join(islice(pieces, LARGEST_FILE // _PIECE + 1))
    except UnicodeDecodeError as error:
        raise KernelError(f"{path} is not a text", "give a kernel file, saved as UTF-8") from error
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        problem = "there is no such file" if is_missing else error.strerror
        remedy = missing_remedy(str(path), "check the path of the kernel")
        raise KernelError(f"{path}: {problem}", remedy) from error
    if len(text) > LARGEST_FILE:
        raise _too_large(path)
    return text


def _check_file(path: Path) -> None:
    if "\0" in str(path):
        raise KernelError(f"{path} is no path", "give the path of a kernel file")
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise KernelError(f"{path} is a folder", "give a kernel file")
    if not stat.S_ISREG(status.st_mode):  # it may never give anything, or never end
        raise KernelError(f"{path} is a pipe or a device", "give a kernel file")
    if status.st_size > LARGEST_FILE:
        raise _too_large(path)


def _too_large(path: Path) -> KernelError:
    return KernelError(f"{path} is too large for a kernel", "give at most 64 MB")


@contextmanager
def _prefixed(place: str) -> Iterator[None]:
    """Begin the message of any usage error with its place."""
    try:
        yield
    except UsageError as error:
        raise KernelError(f"{place}{error.problem}", error.remedy) from error


def _check_size(text: str) -> None:
    is_large = any(text.count(mark) > most for mark, most in _MOST.items())
    if is_large or (text.count(".") >= _MOST_PARTS and re.match(_LONG_KEY, text)):
        raise KernelError("it is too large or nested too deeply for a kernel", "simplify it")


def _parsed(text: str) -> dict[str, Any]:
    _check_size(text)
    import tomllib  # not needed where a snapshot is replayed

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KernelError(f"this is no valid TOML: {error}", "correct it there") from error
    except (ValueError, RecursionError) as error:  # thousands of digits, or of brackets
        raise KernelError("a number or a list is too long to be read", "shorten it") from error


def _declared(path: Path, table: Mapping[str, Any]) -> Declaration:
    has_mask = "mask" in table
    check_table(table, _KEYS, required=() if has_mask else ("kernel",))
    kept = table.get("kernel", [])
    entries = kept if isinstance(kept, list) else [kept]
    mask = _mask(table["mask"], entries) if has_mask else ""
    if mask == PICTURE and path.stem != WITH_PATH:
        raise KernelError("a filter of your own takes no picture", f"write {WITH_PATH}:PATH")
    entries = [{"weights": [[1]]}] if has_mask else entries
    parameters = _parameters(table.get("parameters", {}))
    threshold = _threshold(table.get("threshold", ""), {each.name for each in parameters})

    def build(values: Mapping[str, float]) -> "tuple[Kernel, ...]":
        with _prefixed(f"{path}: "):
            _refuse_unused({*values}.difference(threshold), entries)
            return tuple(_kernel(entry, values) for entry in entries)

    return Declaration(
        path.stem,
        _one_line(table.get("summary", "")),
        parameters,
        build,
        _combination(table.get("combine", "none"), entries),
        _one_of(RANGES, table.get("range", "clamp"), "range"),
        threshold,
        _one_of(GROUPS, table.get("group", "other"), "group"),
        _aliases(table.get("aliases", {}), parameters),
        (lambda values: kernels.frequency_mask.make_mask(mask, values)) if mask else _no_mask,
        takes_path=mask == PICTURE,
    )


def _no_mask(values: Mapping[str, float]) -> None:
    return None


def _mask(table: Mapping[str, Any], entries: Sequence[object]) -> str:
    """Return the kind of a mask; raises ``KernelError`` where a kernel is given as well."""
    if entries:
        raise KernelError("a filter has a [mask] or a [[kernel]]", "write two filters as a chain")
    with _prefixed("in mask, "):
        check_table(table, {"keep": TEXT}, required=("keep",))
    kind: str = table["keep"]
    return kind


def _aliases(
    table: Mapping[str, Mapping[str, Any]], parameters: Iterable[Parameter]
) -> dict[str, dict[str, float]]:
    """Return the defaults of each alias; raises ``KernelError`` for values out of range."""
    by_name = {each.name: each for each in parameters}
    kinds = dict.fromkeys(by_name, NUMBER)
    for alias, defaults in table.items():
        with _prefixed(f"in aliases.{alias}, "):
            check_table(defaults, kinds)
            for name, value in defaults.items():
                by_name[name].check(value)
    return {alias: dict(defaults) for alias, defaults in table.items()}


def _threshold(text: str, declared: set[str]) -> tuple[str, ...]:
    """Return the names of the parameters that a threshold is a product of, as in ``a * b``."""
    names = tuple(name.strip() for name in text.split("*")) if text else ()
    for name in names:
        if name not in declared:
            raise KernelError(f"no parameter is called '{name}'", f"declare [parameters.{name}]")
    return names


def _one_line(text: str) -> str:
    """Return a summary without newlines and control characters."""
    return printable(" ".join(text.split()))


def _parameters(table: Mapping[str, Mapping[str, Any]]) -> tuple[Parameter, ...]:
    found: dict[str, Parameter] = {}
    for name, entry in table.items():
        found[name] = each = _parameter(name, entry)
        if isinstance(each.default, str) and each.default not in found.keys() - {name}:
            raise KernelError(
                f"in parameters.{name}, no parameter above is called '{each.default}'",
                "give a number, or the name of one",
            )
    return tuple(found.values())


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    if not re.fullmatch(r"\w[\w-]*", name):
        raise KernelError(f"no parameter can be called '{name}'", "use letters, digits and dashes")
    with _prefixed(f"in parameters.{name}, "):
        check_table(entry, _PARAMETER_KEYS, required=("summary", "default"))
    choices = tuple(entry.get("choices", ()))
    values = {**entry, "summary": _one_line(entry["summary"]), "choices": choices}
    if choices and isinstance(choices[0], str):
        if entry["default"] not in choices:
            raise KernelError(f"the default of '{name}' is not among its choices", "choose one")
        values |= {"choices": (), "labels": choices, "default": choices.index(entry["default"])}
    parameter = Parameter(name, **values)
    if not isinstance(parameter.default, str):
        parameter.check(parameter.default)
    return parameter


def _refuse_unused(names: set[str], entries: list[Mapping[str, Any]]) -> None:
    """Refuse parameters that no generator takes, where there is one: they may be misspelt."""
    generators = [entry["generator"] for entry in entries if "generator" in entry]
    taken = {name for each in generators for name in kernels.generators.parameters(each)}
    taken = {name.replace("_", "-") for name in taken}
    for name in sorted(names - taken) if generators else ():
        raise KernelError(
            f"no generator takes the parameter '{name}'", f"known are {', '.join(sorted(taken))}"
        )


def _combination(name: str, entries: list[Mapping[str, Any]]) -> str:
    for entry in entries:
        check_table(entry, _KERNEL_KEYS)
        if len(_SOURCES.keys() & entry.keys()) != 1:
            raise KernelError(
                "a kernel has one source of weights", f"write {' or '.join(_SOURCES)}"
            )
    if not entries:
        raise KernelError("no kernel is given", "write a [[kernel]]")
    if name == BANK:
        return name
    if (name == "none") != (len(entries) == 1):
        raise KernelError(
            f"{len(entries)} kernel(s) cannot be combined by '{name}'",
            f"one kernel needs no rule, several need one of {', '.join([*COMBINATIONS, BANK])}",
        )
    if name == "add-above" and len(entries) != 2:
        raise KernelError("'add-above' takes two kernels", "write two")
    return _one_of(COMBINATIONS, name, "combine")


def _one_of(choices: Mapping[str, object], text: str, key: str) -> str:
    if text not in choices:
        raise KernelError(f"{key} = '{text}' is unknown", f"choose from {', '.join(choices)}")
    return text


def _kernel(entry: Mapping[str, Any], values: Mapping[str, float]) -> "Kernel":
    if "generator" in entry:
        kernel = kernels.generators.generate(entry["generator"], values)
    elif "grid" in entry:
        kernel = dialects.parse_grid(entry["grid"])
    else:
        kernel = kernels.kernel.Kernel(entry["weights"])
    origin = tuple(entry["origin"]) if "origin" in entry else None
    kernel = kernel.replaced(entry.get("scale"), entry.get("offset"), origin)
    kernel = kernel.normalised(entry.get("normalize", "none"))
    return kernel.flip() if entry.get("flip", False) else kernel
