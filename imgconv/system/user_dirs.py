"""The user's own folders: of the cache, of settings, and of the state that runs leave."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

STATE_VARIABLE = "IMGCONV_STATE_DIR"

Purpose = Literal["cache", "config", "state"]

# On Linux: the variable that names the parent of all programs' folders, and its default.
_XDG: dict[Purpose, tuple[str, str]] = {
    "cache": ("XDG_CACHE_HOME", ".cache"),
    "config": ("XDG_CONFIG_HOME", ".config"),
    "state": ("XDG_STATE_HOME", ".local/state"),
}


def user_folder(purpose: Purpose) -> Path:
    """Return the platform's folder. Raises ``FileNotFoundError`` where there is no home."""
    variable, default = _XDG[purpose]
    if sys.platform == "linux" and os.environ.get("HOME") and not os.environ.get(variable):
        return Path.home() / default / "imgconv"  # as platformdirs has it, without its import
    import platformdirs

    try:
        path: Path = getattr(platformdirs, f"user_{purpose}_path")("imgconv", appauthor=False)
    except RuntimeError as error:
        raise FileNotFoundError(2, "there is no home folder") from error
    return path


def state_folder() -> Path:
    """Return the folder of manifests and measurements: ``IMGCONV_STATE_DIR``, or the platform's.

    Raises ``FileNotFoundError`` where there is no home.
    """
    named = os.environ.get(STATE_VARIABLE)
    path = Path(named) if named else user_folder("state")
    if not named and not path.is_absolute():  # older versions of platformdirs return ~/...
        raise FileNotFoundError(2, "there is no home folder")
    return path


def config_folder() -> Path:
    """Return the folder of settings. Raises ``FileNotFoundError`` where there is no home."""
    return user_folder("config")
