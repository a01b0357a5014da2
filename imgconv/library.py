"""The filter library: from a name, a path or a literal to a filter.

A filter's text is a name (``blur``), a name with values (``gaussian:2``, ``gaussian:sigma=2``), the
path of a kernel file (``./mine.toml``), a kernel written out (``"0 -1 0; -1 5 -1; 0 -1 0"``), or a
chain of these joined by commas, in which a kernel written out stands in brackets.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgconv.errors import KernelError, UnknownFilter
from imgconv.filter import COMBINATIONS, RANGES, Declaration, Filter, Parameter

if TYPE_CHECKING:
    from imgconv.kernel import Kernel

FILTERS_VARIABLE = "IMGCONV_FILTERS"
LARGEST_FILE = 64 * 2**20

_PACKAGE = Path(__file__).parent
_KERNEL_FILE = re.compile(r"[/\\]|\.(toml|mat|txt|json|kernel|csv|dat)$", re.IGNORECASE)
_LITERAL = re.compile(r"[\s\d\[({+.-].*\d|[0-3]?m=", re.DOTALL)


def shipped_folder() -> Path:
    """Where the filters that come with the tool lie: in the package, or beside it in a checkout."""
    inside = _PACKAGE / "filters"
    return inside if inside.is_dir() else _PACKAGE.parent / "filters"


def folders() -> list[Path]:
    """Every folder that is searched, the first match winning: the user's own, then the shipped."""
    named = os.environ.get(FILTERS_VARIABLE, "")
    own = [Path(name).expanduser() for name in named.split(os.pathsep) if name]
    return [*own, _config_folder(), shipped_folder()]


def _config_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("imgconv", appauthor=False) / "filters"


def names() -> list[str]:
    """The names of all filters, sorted."""
    return sorted({path.stem for folder in folders() for path in folder.glob("*.toml")})


def declarations() -> Iterator[Declaration]:
    """All filters, sorted by name. A broken file of the user's raises ``KernelError``."""
    return (declaration(name) for name in names())


def declaration(name: str) -> Declaration:
    """What the filter called ``name`` says of itself; raises ``UnknownFilter``."""
    for folder in folders():
        path = folder / f"{name}.toml"
        if "/" not in name and path.is_file():
            return read_declaration(path)
    near = get_close_matches(name, names(), 3, 0.5) or [n for n in names() if name[:3] in n][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "'imgconv filters' lists all"
    raise UnknownFilter(f"no filter is called '{name}'", hint)


@cache
def read_declaration(path: Path) -> Declaration:
    """The filter that the TOML file at ``path`` declares; raises ``KernelError``."""
    try:
        table = tomllib.loads(read_kernel_text(path))
        return _declared(path.stem, table)
    except (tomllib.TOMLDecodeError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, KernelError):
            raise KernelError(f"{path}: {error.problem}", error.remedy) from error
        raise KernelError(f"{path}: {error}", "see filters/ for examples of the form") from error
    except KeyError as error:
        raise KernelError(f"{path}: {error} is missing", "see filters/ for examples") from error


def read_kernel_text(path: Path) -> str:
    """The text of a kernel file; raises ``KernelError`` if it is missing, too long or not text."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise KernelError(f"{path} is too large for a kernel", "give at most 64 MB")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KernelError(f"{path} is not a text", "give a kernel file") from error
    except OSError as error:
        raise KernelError(f"{path}: {error.strerror}", "check the path of the kernel") from error


_KEYS = {"summary", "combine", "range", "threshold", "parameters", "kernel"}
_KERNEL_KEYS = {"grid", "weights", "scale", "offset", "origin", "flip", "normalize", "generator"}


def _declared(name: str, table: Mapping[str, Any]) -> Declaration:
    _refuse_unknown(table, _KEYS)
    kernels = table["kernel"]
    kernels = kernels if isinstance(kernels, list) else [kernels]
    if not kernels:
        raise KernelError("no kernel is given", "write a [[kernel]]")
    for kernel in kernels:
        _refuse_unknown(kernel, _KERNEL_KEYS)
    combine = _one_of(COMBINATIONS, table.get("combine", "none"), "combine")
    if combine == "none" and len(kernels) > 1:
        raise KernelError("several kernels need a rule", f"say combine = one of {COMBINATIONS}")
    return Declaration(
        name,
        str(table.get("summary", "")),
        tuple(
            Parameter(key, **{**entry, "choices": tuple(entry.get("choices", ()))})
            for key, entry in table.get("parameters", {}).items()
        ),
        lambda values: tuple(_kernel(kernel, values) for kernel in kernels),
        combine,
        _one_of(RANGES, table.get("range", "clamp"), "range"),
        table.get("threshold", ""),
    )


def _refuse_unknown(table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
            raise KernelError(f"'{key}' means nothing here", hint)


def _one_of(choices: Mapping[str, object], text: str, key: str) -> str:
    if text not in choices:
        raise KernelError(f"{key} = '{text}' is unknown", f"choose from {', '.join(choices)}")
    return text


def _kernel(entry: Mapping[str, Any], values: Mapping[str, float]) -> Kernel:
    from imgconv import dialects, generators
    from imgconv.kernel import Kernel

    if "generator" in entry:
        kernel = generators.generate(entry["generator"], values)
    elif "grid" in entry:
        kernel = dialects.parse_grid(entry["grid"])
    else:
        kernel = Kernel(entry["weights"])
    origin = entry.get("origin")
    kernel = Kernel(
        kernel.weights,
        entry.get("scale", kernel.scale),
        entry.get("offset", kernel.offset),
        kernel.origin if origin is None else (int(origin[0]), int(origin[1])),
    ) if entry.keys() & {"scale", "offset", "origin"} else kernel
    kernel = kernel.normalised(entry.get("normalize", "none"))
    return kernel.flip() if entry.get("flip", False) else kernel


def find(text: str, options: Mapping[str, str] | None = None) -> list[Filter]:
    """The filters that ``text`` names, in the order in which they run.

    ``options`` are values given beside the text, for the first filter that declares them all.
    Raises ``WordsError`` for a text that names none.
    """
    bracketed = text.lstrip().startswith("(")
    alone = (_is_literal(text) and not bracketed) or _is_file(text)
    links = [text] if alone else _links(text)
    return [_find_one(link.strip(), options or {}) for link in links]


def parse_link(text: str) -> tuple[Declaration, dict[str, str]] | None:
    """The declaration behind one link of a chain and the values given in it.

    None for a kernel that is written out or stands in a file that declares nothing.
    """
    if _is_literal(text):
        return None
    if _KERNEL_FILE.search(text):
        return (read_declaration(Path(text)), {}) if text.lower().endswith(".toml") else None
    name, *values = text.split(":")
    declared = declaration(name)
    return declared, declared.name_values(values)


def _find_one(link: str, options: Mapping[str, str]) -> Filter:
    from imgconv import dialects

    parsed = parse_link(link)
    if parsed:
        declared, given = parsed
        return declared.bind({**given, **options})
    if _is_literal(link):
        return Filter("kernel", (dialects.parse(link),))
    path = Path(link)
    return Filter(path.stem, (dialects.parse_file(read_kernel_text(path), path.suffix),))


def _is_literal(text: str) -> bool:
    return bool(_LITERAL.match(text)) and not _KERNEL_FILE.search(text)


def _is_file(text: str) -> bool:
    return bool(_KERNEL_FILE.search(text)) and Path(text).is_file()


def _links(chain: str) -> list[str]:
    """Part a chain at the commas that stand in no bracket."""
    links, depth = [""], 0
    for character in chain:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            links.append("")
        else:
            links[-1] += character
    if any(not link.strip() for link in links):
        raise UnknownFilter(f"'{chain}' has an empty place", "join filters by single commas")
    return links
