"""Libraries that only an extra installs."""

from __future__ import annotations

from importlib.util import find_spec

from imgconv.errors import UsageError


def check_installed(module: str, purpose: str) -> None:
    """Raise ``UsageError`` where a module is missing; the error says how to install it.

    ``purpose`` is what needs the module, in the plural, as in "figures". Nothing is imported.
    """
    if find_spec(module) is None:
        raise UsageError(f"{purpose} need {module}", f"pip install {module}")
