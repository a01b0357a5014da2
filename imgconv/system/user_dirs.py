"""The user's own folders: of the cache, of settings, and of the state that runs leave."""

import os
import sys
from pathlib import Path
from typing import Literal

STATE_VARIABLE = "IMGCONV_STATE_DIR"

Purpose = Literal["cache", "config", "state"]

# The parent folders of all programs on Linux, unless a variable XDG_..._HOME names another.
_PARENTS = {"cache": ".cache", "config": ".config", "state": ".local/state"}


def user_folder(purpose: Purpose) -> Path:
    """Return the platform's folder. Raises ``FileNotFoundError`` where there is no home."""
    is_named = os.environ.get(f"XDG_{purpose.upper()}_HOME")
    if sys.platform == "linux" and os.environ.get("HOME") and not is_named:
        return Path.home() / _PARENTS[purpose] / "imgconv"  # as platformdirs, without its import
    import platformdirs

    try:
        path: Path = getattr(platformdirs, f"user_{purpose}_path")("imgconv", appauthor=False)
    except RuntimeError as error:
        raise FileNotFoundError(2, "there is no home folder") from error
    return path


def state_folder() -> Path:
    """Return the folder of manifests: ``IMGCONV_STATE_DIR``, or else ``user_folder("state")``."""
    named = os.environ.get(STATE_VARIABLE)
    path = Path(named) if named else user_folder("state")
    if not named and not path.is_absolute():  # older versions of platformdirs return ~/...
        raise FileNotFoundError(2, "there is no home folder")
    return path
