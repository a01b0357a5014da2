"""One sharpening kernel in every form of kernel text, by the module that reads the form."""

from __future__ import annotations

TEXTS = {
    "json": "[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]",
    "svg": '<feConvolveMatrix order="3" kernelMatrix="0 -1 0 -1 5 -1 0 -1 0"/>',
    "imagemagick": "3x3: 0,-1,0 -1,5,-1 0,-1,0",
    "ffmpeg": "0m=0 -1 0 -1 5 -1 0 -1 0:0rdiv=1:0bias=0",
    "gimp": "0 -1 0; -1 5 -1; 0 -1 0; divisor = 1; offset = 0",
    "vips": "3 3 1 0; 0 -1 0; -1 5 -1; 0 -1 0",
    "flat": "0 -1 0 -1 5 -1 0 -1 0",
    "grid": "0 -1 0; -1 5 -1; 0 -1 0",
}

BRACKETED = "(0,-1,0;-1,5,-1;0,-1,0)"
