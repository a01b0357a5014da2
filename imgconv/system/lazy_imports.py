"""Stand-ins for modules that libraries import and that a run of the command hardly ever uses.

A replayed run of a small JPEG takes 1.2 times as long without them, and 3 MB more. They are for the
command line: a program that uses imgconv as a library may want these modules.
"""

import os
import sys
import urllib  # noqa: F401 (the stand-in of urllib.parse becomes its attribute)
from collections.abc import Callable
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any

# NumPy's docstrings take a tenth of its import. Python with -OO leaves them out as well.
NUMPY_DOCSTRINGS = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")
# Numba imports these if they are installed. Loops need none of them; a first run saves 0.3 s.
NOT_INSTALLED = ("scipy", "cffi", "coverage")

LAZY = ("PIL.ExifTags", "PIL.TiffTags", "inspect", "ntpath", "subprocess", "traceback")
_importing = RLock()


class _StandIn(ModuleType):
    """A module that is imported when an attribute is used that it does not have yet."""

    def __getattr__(self, name: str) -> Any:
        if name != "__path__" and name in (attributes := _load(self)):  # only packages have a path
            return attributes[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def _load(stand_in: ModuleType) -> dict[str, Any]:
    name, attributes = stand_in.__name__, vars(stand_in)
    with _importing:
        if sys.modules.get(name) is stand_in and "__file__" not in attributes:
            del sys.modules[name]
            try:
                attributes.update(vars(import_module(name)))
            finally:
                sys.modules[name] = stand_in
    return attributes


def import_lazily(name: str, **attributes: Any) -> None:
    """Put a stand-in that has ``attributes`` in the place of a module, unless it is imported."""
    stand_in = _StandIn(name)
    vars(stand_in).update(attributes)
    package, _, last = name.rpartition(".")
    if sys.modules.setdefault(name, stand_in) is stand_in and package in sys.modules:
        setattr(sys.modules[package], last, stand_in)


def lazy_modules(package: str) -> Callable[[str], ModuleType]:
    """Return the ``__getattr__`` of a package whose modules are imported when they are used."""

    def imported(name: str) -> ModuleType:
        path = f"{package}.{name}"
        try:
            return import_module(path)
        except ModuleNotFoundError as error:
            if error.name != path:
                raise
            raise AttributeError(f"module '{package}' has no attribute '{name}'") from error

    return imported


def _cleandoc(text: str) -> str:  # Click calls it for help texts; inspect alone takes 10 ms
    first, newline, others = text.expandtabs().partition("\n")
    if not newline:
        return first.lstrip()
    dedent = import_module("textwrap").dedent  # which Click imports for help texts as well
    return f"{first.lstrip()}\n{dedent(others)}".strip("\n")


def _quote(*arguments: Any, **options: Any) -> Any:  # pathlib imports it by name
    return _load(sys.modules["urllib.parse"])["quote_from_bytes"](*arguments, **options)


def _ngettext(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


def install_stand_ins() -> None:
    """Put stand-ins in the place of all these modules; call it before other imports."""
    empty: dict[str, Any] = {name: ModuleType(name) for name in NUMPY_DOCSTRINGS}
    for name, module in {**empty, **dict.fromkeys(NOT_INSTALLED)}.items():
        sys.modules.setdefault(name, module)
    import_lazily("inspect", cleandoc=_cleandoc)
    import_lazily("urllib.parse", quote_from_bytes=_quote)
    if hasattr(os, "uname"):  # the module uuid asks for this name, and Click imports uuid
        import_lazily("platform", system=lambda: os.uname().sysname)
    import_lazily("gettext", gettext=str, ngettext=_ngettext)  # Click's messages have no catalogue
    for name in LAZY:
        import_lazily(name)
