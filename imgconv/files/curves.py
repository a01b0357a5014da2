"""What a picture from a file says of its levels: how much light each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from imgconv.files.picture import Picture

if TYPE_CHECKING:
    from imgconv.curves import Curve


def curves_of(picture: Picture) -> Mapping[str, Curve]:
    """The curves that its profile has, or its gamma; raises ``ReadError`` for what is broken."""
    from imgconv.icc import curves_of_info  # of which most runs know nothing

    info: dict[str, Any] = {"icc_profile": picture.keep.get("icc_profile")}
    chunks = dict(picture.own.get("chunks", ()))
    if gamma := chunks.get(b"gAMA"):
        info["gamma"] = int.from_bytes(gamma[:4]) / 100_000
    if b"sRGB" in chunks:
        info["srgb"] = True
    return curves_of_info(info)
