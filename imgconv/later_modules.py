"""Modules that are imported when somebody first asks for what is in them."""

from __future__ import annotations

import sys
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
