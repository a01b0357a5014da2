"""The gallery: every included filter, with its parameters and what it makes of a cat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image

import imgconv
from imgconv.kernels.filter import GROUPS, Declaration

TOP = Path(__file__).parent.parent.parent

# Filters whose defaults are too gentle to be seen in a small picture.
STRONGER = {"blur": "blur:3", "gaussian": "gaussian:2", "unsharp": "unsharp:2:1.5"}
STRONGER |= {"disk": "disk:4", "motion": "motion:15:30", "heat": "heat:8"}
STRONGER |= {"freq-mask": "freq-mask:docs/pictures/mask.png"}

_PART, _SIZE = (60, 20, 360, 220), (300, 200)

_HEAD = """# Gallery

Every included filter, on a part of `sample_images/chelsea.png`. A name is followed by its
parameters, which are values after colons or options: `gaussian:2` is `gaussian --sigma 2`.

![the picture](gallery/identity.png)
"""


def page() -> str:
    """Return the Markdown of the gallery, which is made of the filter files."""
    parts = [_HEAD]
    for group, title in GROUPS.items():
        members = [each for each in imgconv.filters().values() if each.group == group]
        if members:
            parts += [f"## {title}", *map(_entry, members)]
    return "\n\n".join(parts) + "\n"


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the place of each picture and its PNG."""
    for name in imgconv.filters():
        with chdir(TOP):  # the path of a mask is relative
            result = imgconv.apply(_cat(), STRONGER.get(name, name))
        file = BytesIO()
        result.save(file, "PNG")
        yield f"gallery/{name}.png", file.getvalue()


@cache
def _cat() -> Image.Image:
    with Image.open(TOP / "sample_images" / "chelsea.png") as image:
        return image.convert("RGB").crop(_PART).resize(_SIZE, Image.Resampling.LANCZOS)


def _entry(declared: Declaration) -> str:
    name, text = declared.name, STRONGER.get(declared.name, declared.name)
    lines = [f"### {name}", "", f"![the cat after {text}](gallery/{name}.png)", ""]
    lines += [f"{declared.summary}.", "", f"    imgconv apply {text} in.png out.png"]
    if declared.usage != name:
        lines += ["", f"The full form is `{declared.usage}`."]
    if declared.parameters:
        lines += ["", "| parameter | meaning |", "|---|---|"]
        lines += [f"| `{each.name}` | {each.description} |" for each in declared.parameters]
    for alias, defaults in declared.aliases.items():
        values = [f"{key}={value:g}" for key, value in defaults.items()]
        lines += ["", f"`{alias}` is another name of `{':'.join([name, *values])}`."]
    return "\n".join(lines)
