"""A picture as a file holds it: frames, a format, and what must survive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PIL import Image


@dataclass
class Picture:
    """The frames of a picture, its format, and what must survive: keyword arguments for saving."""

    frames: list[Image.Image]
    format: str
    keep: dict[str, Any] = field(default_factory=dict)
