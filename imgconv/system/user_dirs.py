"""The user's own folders: for what is meant for imgconv, and for what it remembers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STATE_VARIABLE = "IMGCONV_STATE_DIR"


def state_folder() -> Path:
    """Where runs remember what they made: ``IMGCONV_STATE_DIR``, or the platform's folder.

    Raises ``FileNotFoundError`` where there is no home.
    """
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named)
    if _is_plain("XDG_STATE_HOME"):
        return Path.home() / ".local" / "state" / "imgconv"
    from platformdirs import user_state_path

    try:
        place = user_state_path("imgconv", appauthor=False)
    except RuntimeError as error:
        raise FileNotFoundError(2, "there is no home folder") from error
    if not place.is_absolute():  # as older versions have it, which begin with ~
        raise FileNotFoundError(2, "there is no home folder")
    return place


def config_folder() -> Path:
    """Where the user's settings are; raises ``FileNotFoundError`` where there is no home."""
    if _is_plain("XDG_CONFIG_HOME"):
        return Path.home() / ".config" / "imgconv"
    from platformdirs import user_config_path

    try:
        return user_config_path("imgconv", appauthor=False)
    except RuntimeError as error:
        raise FileNotFoundError(2, "there is no home folder") from error


def _is_plain(variable: str) -> bool:
    """Whether a folder is where it usually is, by platformdirs, which then is not imported."""
    has_home = bool(os.environ.get("HOME"))
    return sys.platform == "linux" and has_home and not os.environ.get(variable)
