"""The filter library: names, paths and kernel texts to filters.

A filter is a name (``blur``), a name with values (``gaussian:2``, ``gaussian:sigma=2``), the path
of a kernel file (``./mine.toml``), or a kernel text (``"0 -1 0; -1 5 -1; 0 -1 0"``). A chain joins
filters by commas; a kernel text in it stands in brackets. ``freq-mask:PATH`` takes a picture, in
whose path colons and commas may occur.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from imgconv import kernels
from imgconv.errors import KernelError, ParameterError, UnknownFilterError, UsageError
from imgconv.kernels import dialects
from imgconv.kernels.filter import BANK, WITH_PATH, Declaration, Filter
from imgconv.kernels.toml import read_declaration, read_kernel_text
from imgconv.system.user_dirs import user_folder

FILTERS_VARIABLE = "IMGCONV_FILTERS"

_PACKAGE = Path(__file__).parent.parent


def _no_weights(path: Path) -> Any:
    return None


# Returns the weights in a kernel file that is no text, None for a text: ``formats`` sets it.
read_weights: Callable[[Path], Any] = _no_weights


def _no_shares(path: Path) -> Any:
    raise UsageError(f"{path}: no picture can be read yet", "import imgconv.formats first")


# Returns the shares of white in a picture, 0 to 1, (height, width): ``formats`` sets it as well.
read_shares: Callable[[Path], Any] = _no_shares

KERNEL_SUFFIXES = (".toml", ".npy", ".txt", ".kernel", ".csv", ".dat", *dialects.SUFFIXES)

# The slash of a path, not of a fraction.
_SLASH = re.compile(r"(^|[^\d\s])[/\\]|[/\\]([^\d\s]|$)")

# A number or a fraction, which would be a kernel of one weight.
_NUMBER = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?(\s*/\s*[-+]?[\d.]+)?%?", re.IGNORECASE)


def shipped_folder() -> Path:
    """Return the folder of the shipped filters: in the package, or beside it in a checkout."""
    inside = _PACKAGE / "filters"
    return inside if inside.is_dir() else _PACKAGE.parent / "filters"


def folders() -> Iterator[Path]:
    """Yield the folders that are searched for filters, in this order.

    Folders in ``IMGCONV_FILTERS`` come first, as they were asked for. The user's folder comes last,
    so that a shipped name means the same for everyone.
    """
    named = os.environ.get(FILTERS_VARIABLE, "")
    yield from (Path(name).expanduser() for name in named.split(os.pathsep) if name)
    yield shipped_folder()
    with suppress(FileNotFoundError):  # a user without a home
        yield user_folder("config") / "filters"


def _filters_in(folder: Path) -> list[Path]:
    """Return the filters in a folder; none where it is missing, or lies where nobody else may look.

    A user who runs a command as another one (``sudo -u``) often keeps the home of the first.
    """
    with suppress(PermissionError):
        return [*folder.glob("*.toml")]
    return []


class Listed(NamedTuple):
    """A declaration and its file.

    ``hidden`` are files of the same name in later folders, which are not read.
    """

    declaration: Declaration
    path: Path
    hidden: tuple[Path, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether the file is a user's own, not a shipped one."""
        return _is_own(self.path)


def _is_own(path: Path) -> bool:
    return path.parent != shipped_folder()


def names() -> list[str]:
    return [*_paths()]


def _paths() -> dict[str, list[Path]]:
    """Return the files of each filter, sorted by name, in the order of the folders."""
    found = [path for folder in dict.fromkeys(folders()) for path in _filters_in(folder)]
    by_name: dict[str, list[Path]] = {name: [] for name in sorted({path.stem for path in found})}
    for path in found:
        by_name[path.stem].append(path)
    return by_name


def listed(on_error: Callable[[UsageError], None] = lambda error: None) -> Iterator[Listed]:
    """Yield all filters, sorted by name; ``on_error`` takes the error of each that is broken."""
    for path, *hidden in _paths().values():
        try:
            yield Listed(read_declaration(path), path, tuple(hidden))
        except UsageError as error:
            on_error(error)


def declarations() -> Iterator[Declaration]:
    """Yield the declarations of all filters that are not broken, sorted by name."""
    return (each.declaration for each in listed())


def declaration(name: str, values: Sequence[str] = ()) -> Declaration:
    """Return the declaration of the filter ``name``, or of an alias; raises ``UsageError``.

    An error shows how to write the filter with these values.
    """
    path = _path_of(name, values)
    declared = read_declaration(path)
    return declared if path.stem == name else declared.called(name)


def _path_of(name: str, values: Sequence[str] = ()) -> Path:
    """Return the file of a filter or of an alias; raises ``UnknownFilterError``.

    The error shows how to write the filter with these values.
    """
    for folder in folders() if "/" not in name else ():
        path = folder / f"{name}.toml"
        if os.path.lexists(path):
            return path
        if aliased := _file_with_alias(folder, name):
            return aliased
    known = names()
    if meant := kernels.other_names.filter_meant(name, values, known):
        find(meant)  # its values may be wrong
    remedy = kernels.other_names.filter_remedy(name, values, known)
    if Path(name).is_file():
        remedy = f"give ./{name} if that file is the kernel"
    raise UnknownFilterError(f"no filter is called '{name}'", remedy)


def _file_with_alias(folder: Path, name: str) -> Path | None:
    """Return the file in ``folder`` that declares the alias ``name``; broken files have none.

    Only files in which the name occurs are parsed.
    """
    for path in sorted(_filters_in(folder)):
        with suppress(UsageError):
            if name in read_kernel_text(path) and name in read_declaration(path).aliases:
                return path
    return None


def find(text: str, options: Mapping[str, str] | None = None) -> list[Filter]:
    """Return the filters of a chain in the order in which they run.

    ``options`` are values for every filter that declares a parameter of that name. Raises
    ``UsageError`` where a link is no filter, or a bank, whose results are maps.
    """
    found = find_with_banks(text, options)
    for filter in found:
        if filter.combine == BANK:
            raise UsageError(
                f"'{filter.name}' is a bank of kernels, each of which makes a map",
                "use imgconv maps",
            )
    return found


def find_with_banks(text: str, options: Mapping[str, str] | None = None) -> list[Filter]:
    """Return the filters as ``find`` does, banks among them."""
    return [_find_one(link, options or {}) for link in links(text)]


def links(text: str) -> list[str]:
    """Return the links of a chain; a kernel text, or the path of a file, is one link.

    Raises ``UsageError`` for an empty link, and for a number: a comma where a colon was meant.
    """
    in_brackets = text.lstrip().startswith("(")
    if (_is_kernel_text(text) and not in_brackets) or (_is_path(text) and Path(text).is_file()):
        return [text.strip()]
    found = [link.strip() for link in _with_paths(_split(text))]
    for before, link in pairwise(found):
        if _NUMBER.fullmatch(link):
            is_fraction = link.isdigit() and before[-1].isdigit()
            fraction = f"{before}.{link} for a fraction, " if is_fraction else ""
            raise UsageError(
                f"'{link}' is no filter of a chain",
                f"write {fraction}{before}:{link} for a value, "
                f"or ({link}) for a kernel of one weight",
            )
    return found


def parse_link(text: str) -> tuple[Declaration, dict[str, str]] | None:
    """Return a link's declaration, and its values by parameter; None for the text of a kernel."""
    if text.partition(":")[0] == WITH_PATH:
        return declaration(WITH_PATH), {}
    if _is_kernel_text(text):
        return None
    if _is_path(text):
        return (read_declaration(Path(text)), {}) if text.lower().endswith(".toml") else None
    name, *values = text.split(":")
    declared = declaration(name, values)
    return declared, declared.name_values(values)


def declarations_of(text: str) -> list[Declaration]:
    """Return the declarations of a chain's filters; kernels written out have none.

    Raises ``UsageError``.
    """
    return [link[0] for link in map(parse_link, links(text)) if link]


def picture_path(link: str) -> Path | None:
    """Return the path of the picture that a link has for its mask, if it has one.

    Shells expand ``~`` only where a word begins with it.
    """
    name, _, path = link.strip().partition(":")
    # Unlike pathlib's, this leaves the name of an unknown user as it is.
    expanded = os.path.expanduser(path)  # noqa: PTH111
    return Path(expanded) if path and name == WITH_PATH else None


def has_own(text: str) -> bool:
    """Return whether a kernel or a mask is the user's own; raises ``UsageError``."""
    paths = files(text)
    return len(paths) < len(links(text)) or any(map(_is_own, paths))


def file_contents(text: str) -> list[str]:
    """Return path and content of a chain's files, for a cache key; raises ``UsageError``."""
    return [f"{path}: {read_kernel_text(path)}" for path in files(text)]


def files(text: str) -> list[Path]:
    """Return the paths of a chain's kernel files and masks, one a link but for kernel texts.

    Raises ``UsageError`` for an unknown name.
    """
    return [_file_of(link) for link in links(text) if not _is_kernel_text(link)]


def _file_of(link: str) -> Path:
    path = picture_path(link) or (Path(link) if _is_path(link) else None)
    return path or _path_of(link.split(":")[0])


def _find_one(link: str, options: Mapping[str, str]) -> Filter:
    parsed = parse_link(link)
    if parsed and (picture := picture_path(link)):
        mask = kernels.mask_picture.MaskPicture.drawn(read_shares(picture), str(picture))
        return parsed[0]._replace(mask=lambda values: mask).bind({})
    if parsed:
        declared, given = parsed
        own = {parameter.name for parameter in declared.parameters}
        twice = given.keys() & options.keys()
        if twice:
            raise ParameterError(f"{min(twice)} is given twice", "give it once")
        return declared.bind(given | {name: options[name] for name in own & options.keys()})
    if _is_kernel_text(link):
        return Filter("kernel", (dialects.parse(link),))
    path = Path(link)
    weights = read_weights(path)
    if weights is not None:
        return Filter(path.stem, (kernels.kernel.Kernel(weights),))
    text = read_kernel_text(path)
    try:
        return Filter(path.stem, (dialects.parse_file(text, path.suffix),))
    except KernelError as error:
        raise error.named(str(path)) from error


def _is_kernel_text(text: str) -> bool:
    if text.lstrip().startswith("<"):  # markup, whose slashes are none of a path
        return True
    return bool(dialects.BEGINNING.match(text)) and not _is_path(text)


def _is_path(text: str) -> bool:
    return bool(_SLASH.search(text)) or text.lower().endswith(KERNEL_SUFFIXES)


def _with_paths(parts: list[str]) -> Iterator[str]:
    """Yield the parts of a chain, joined again where the path of a file has commas."""
    while parts:
        count = len(parts)
        while count > 1 and not _names_file(",".join(parts[:count])):
            count -= 1
        yield ",".join(parts[:count])
        parts = parts[count:]


def _names_file(link: str) -> bool:
    path = picture_path(link)
    return path is not None and path.is_file()


def commas(chain: str) -> Iterator[int]:
    """Yield the positions of the commas between the links of a chain: those outside of brackets."""
    depth = 0
    for position, character in enumerate(chain):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield position


def _split(chain: str) -> list[str]:
    """Split a chain at its commas; raises ``UnknownFilterError`` for an empty part."""
    parts = [chain[before + 1 : at] for before, at in pairwise([-1, *commas(chain), len(chain)])]
    if not chain.strip():
        raise UnknownFilterError("the filter is empty", "name one, such as blur")
    if any(not part.strip() for part in parts):
        raise UnknownFilterError(
            f"'{chain}' has a comma without a filter", "join filters by single commas"
        )
    return parts
