"""The user's own folder for what is meant for imgconv."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def config_folder() -> Path:
    """Where the user's settings are; raises ``FileNotFoundError`` where there is no home."""
    has_home = bool(os.environ.get("HOME"))
    if sys.platform == "linux" and has_home and not os.environ.get("XDG_CONFIG_HOME"):
        return Path.home() / ".config" / "imgconv"  # as platformdirs has it, without its import
    from platformdirs import user_config_path

    try:
        return user_config_path("imgconv", appauthor=False)
    except RuntimeError as error:
        raise FileNotFoundError(2, "there is no home folder") from error
