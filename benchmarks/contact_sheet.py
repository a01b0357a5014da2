"""Draw the README's pictures into docs/pictures/: before and after, one pixel, all filters."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import imgconv
from docs.generators.gallery import STRONGER
from imgconv.cli.run import run
from imgconv.kernels import library

TOP = Path(__file__).parent.parent
PICTURES = TOP / "docs" / "pictures"
COLUMNS, CELL, LABEL = 5, (200, 133), 18

EXAMPLES = {
    "before": "identity",
    "emboss": "emboss",
    "edges": "gaussian:2,sobel",
    "motion": "motion:25:30",
}


def examples(picture: Image.Image) -> None:
    for name, text in EXAMPLES.items():
        result = imgconv.apply(picture, text)
        result.resize((300, 200), Image.Resampling.LANCZOS).save(PICTURES / f"{name}.png")


def contact_sheet(picture: Image.Image) -> Image.Image:
    names = [each.name for each in library.declarations() if not each.takes_path]
    rows = -(-len(names) // COLUMNS)
    width, height = CELL[0] + 4, CELL[1] + LABEL + 6
    sheet = Image.new("RGB", (COLUMNS * width, rows * height), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(14)
    small = picture.resize(CELL, Image.Resampling.LANCZOS)
    for position, name in enumerate(names):
        text = STRONGER.get(name, name)
        x, y = position % COLUMNS * width + 2, position // COLUMNS * height
        draw.text((x, y + 1), text, "black", font)
        sheet.paste(imgconv.apply(small, text), (x, y + LABEL + 2))
    return sheet


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    os.chdir(TOP / "sample_images")  # the figure names the file as it is given
    cat = Image.open("chelsea.png")
    examples(cat)
    run(["explain", "sharpen", "chelsea.png", str(PICTURES / "explain.png"), "--at", "172,105"])
    contact_sheet(cat).quantize(256).save(PICTURES / "filters.png", optimize=True)
