"""What a run is spared: modules that libraries import and that hardly anybody asks.

They would take a third of the time until a small picture is written.

Modules that are imported when somebody first asks for what is in them.
"""

from __future__ import annotations

import os
import sys
import urllib  # noqa: F401 (for what stands in it)
from importlib import import_module
from threading import RLock
from types import ModuleType
from typing import Any

_importing = RLock()


class _Later(ModuleType):
    """Stands for a module until something of it is wanted, and is that module from then on."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # which ``from`` asks for: these are no packages
            raise AttributeError(name)
        with _importing:
            if sys.modules.get(self.__name__) is self and "__file__" not in self.__dict__:
                del sys.modules[self.__name__]
                try:
                    self.__dict__.update(import_module(self.__name__).__dict__)
                finally:
                    sys.modules[self.__name__] = self
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def import_later(name: str, **known: Any) -> None:
    """Have whoever imports the module ``name`` get one that does so when it is used.

    What is ``known`` of it is given without that, until something else is wanted. It stands in its
    package as well if that is imported already.
    """
    later = _Later(name)
    later.__dict__.update(known)
    package, _, last = name.rpartition(".")
    if sys.modules.setdefault(name, later) is later and package in sys.modules:
        setattr(sys.modules[package], last, later)


# What NumPy says of its own functions, which takes a tenth of its import to lay out, and which
# nobody asks for here. Python leaves it out as well where it runs with ``-OO``.
TEXTS_OF_NUMPY = ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")


def _cleandoc(text: str) -> str:
    """What ``inspect.cleandoc`` gives, which Click asks for the help of options: single lines."""
    if "\n" not in text:
        return text.expandtabs().lstrip()
    import inspect

    _ = inspect.getdoc  # which has the module imported, and the function in place of this one
    return inspect.cleandoc(text)


def _system() -> str:
    """What ``platform.system`` gives: the module ``uuid`` asks for it, and Click imports that."""
    return os.uname().sysname


def _as_it_is(message: str) -> str:
    """What ``gettext.gettext`` gives where there is no translation."""
    return message


def _one_or_many(one: str, many: str, number: int) -> str:
    """What ``gettext.ngettext`` gives where there is none."""
    return one if number == 1 else many


def _quote_from_bytes(path: bytes, safe: str | bytes = "/") -> str:
    """What ``urllib.parse.quote_from_bytes`` gives, which ``pathlib`` imports for URLs of paths."""
    from urllib import parse

    _ = parse.urlsplit  # which has the module imported, and the function in place of this one
    return parse.quote_from_bytes(path, safe)


# Modules, and what of each is asked for by those who import it.
LATER: dict[str, dict[str, Any]] = {
    # Names and numbers of tags, half of Pillow's import: for pictures with some that it looks at.
    "PIL.ExifTags": {},
    "PIL.TiffTags": {},
    # For JPEGs that another program is to decode.
    "subprocess": {},
    "inspect": {"cleandoc": _cleandoc},
    "platform": {"system": _system} if hasattr(os, "uname") else {},
    # Click asks for translations of its words, which are looked for in folders that hold none.
    "gettext": {"gettext": _as_it_is, "ngettext": _one_or_many},
    "urllib.parse": {"quote_from_bytes": _quote_from_bytes},
    # For the addresses of hosts in URLs, for faults that are logged, for files sent by sockets, and
    # for paths of another system.
    "ipaddress": {},
    "traceback": {},
    "selectors": {},
    "ntpath": {},
}


# What Numba imports wherever it is installed and goes without elsewhere: for linear algebra, for
# functions of C, to be told which lines were compiled. Loops have nothing of that, and a first run
# took 0.3 s longer.
NOT_THERE = ("scipy", "cffi", "coverage")


def spare() -> None:
    """Have all these not imported, or not before something of them is wanted.

    It is for the command line: elsewhere Python's own program may want them.
    """
    for name in TEXTS_OF_NUMPY:
        sys.modules.setdefault(name, ModuleType(name))
    for name in NOT_THERE:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    for name, known in LATER.items():
        import_later(name, **known)
