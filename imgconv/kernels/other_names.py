"""Names of other tools, and other ways to write a filter, translated to imgconv's.

The tables are read for the message of an error only. Names are compared in lower case, with dashes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from imgconv.errors import nearest

# The filter of this tool for each name that other tools, or people, use for it.
FILTERS = {
    ours: names.split()
    for ours, names in {
        "gaussian": "gauss gaussian-blur gaussianblur gaussian-filter gblur",
        "blur": "box box-blur boxblur box-filter mean average avgblur uniform smooth",
        "motion": "motion-blur motionblur linear-blur",
        "disk": "bokeh circle defocus lens lens-blur pillbox",
        "sharpen": "sharp sharpness",
        "unsharp": "unsharp-mask unsharpmask usm",
        "highpass": "high-pass detail",
        "laplacian": "laplace",
        "edge": "edges edge-detect edgedetect find-edges",
        "outline": "contour contours outlines",
        "log": "gaussian-laplace laplacian-of-gaussian marr-hildreth mexican-hat",
        "dog": "difference-of-gaussians",
        "sobel": "gradient gradient-magnitude",
        "difference-x": "gradient-x derivative-x",
        "difference-y": "gradient-y derivative-y",
        "emboss": "relief",
        "identity": "copy none nothing noop",
    }.items()
}

# Filters that are no convolution, by the tool that has them.
NO_CONVOLUTION = {
    "Pillow's ImageFilter.MedianFilter": ["median", "median-filter", "medianblur"],
    "Pillow's ImageFilter.MinFilter": ["min", "minimum", "erode", "erosion"],
    "Pillow's ImageFilter.MaxFilter": ["max", "maximum", "dilate", "dilation"],
    "Pillow's ImageFilter.RankFilter": ["rank", "percentile"],
    "OpenCV's morphologyEx": ["morphology", "open", "opening", "close", "closing", "tophat"],
    "OpenCV's bilateralFilter": ["bilateral", "surface-blur"],
    "OpenCV's Canny": ["canny"],
    "OpenCV's fastNlMeansDenoising": ["denoise", "despeckle", "nlmeans", "non-local-means"],
    "ImageMagick's -resize": ["resize", "scale", "thumbnail"],
    "ImageMagick's -negate": ["invert", "negate", "negative"],
    "ImageMagick's -threshold": ["threshold", "binarize"],
    "ImageMagick's -brightness-contrast": ["brightness", "contrast"],
    "ImageMagick's -equalize": ["equalize", "clahe"],
    "ImageMagick's -gamma": ["gamma"],
}

# The parameters of this tool's filters that others call so: the first that a filter has is meant.
PARAMETERS = {
    "radius": ("sigma", "length"),
    "size": ("radius", "sigma", "length"),
    "kernel-size": ("radius", "sigma", "length"),
    "ksize": ("radius", "sigma", "length"),
    "sigma": ("radius",),
    "sigma-x": ("sigma", "radius"),
    "sigmax": ("sigma", "radius"),
    "sigmay": ("sigma-y", "radius-y"),
    "radius-x": ("radius", "sigma"),
    "std": ("sigma", "radius"),
    "stddev": ("sigma", "radius"),
    "distance": ("length",),
    "strength": ("amount",),
    "percent": ("amount",),
    "direction": ("angle",),
    "azimuth": ("angle",),
    "degrees": ("angle",),
    "truncate": ("cut",),
    "neighbors": ("neighbours",),
    "connectivity": ("neighbours",),
}

# The border of this tool for each name in OpenCV (without BORDER_), NumPy, SciPy, MATLAB, PyTorch,
# ImageMagick, libvips, G'MIC, SVG and OpenGL. The names of this tool are SciPy's, so NumPy's and
# PyTorch's ``reflect`` is ``mirror`` here, which no message can tell.
BORDERS = {
    ours: names.split()
    for ours, names in {
        "edge": "edge replicate nearest neumann duplicate copy extend clamp clamp-to-edge",
        "constant": "constant zero zeros grid-constant dirichlet background fill",
        "constant:black": "black",
        "constant:white": "white",
        "constant:transparent": "transparent",
        "reflect": "reflect symmetric grid-mirror mirrored-repeat half-sample-symmetric",
        "mirror": "mirror reflect-101 reflect101 101 default whole-sample-symmetric",
        "none": "none ignore normalized",
        "wrap": "wrap circular periodic grid-wrap tile repeat",
    }.items()
}

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_VALUE = rf"(?:[A-Za-z][\w-]*=)?{_NUMBER}"

# A name with values, written otherwise than with colons: gaussian(2), gaussian=2, gaussian 2,
# gaussian-2, gaussian(sigma=2, cut=3).
_CALL = re.compile(
    r"(?P<name>[A-Za-z-]*[A-Za-z])(?:[\s=(@_-]+|(?=\d))"
    rf"(?P<values>{_VALUE}(?:[\s,;:]+{_VALUE})*)\s*\)?"
)

# A chain, written otherwise than with commas.
_JOIN = re.compile(r"\s*[+|>;&]+\s*|\s+")


def filter_remedy(text: str, values: Sequence[str], known: Collection[str]) -> str:
    """Return the remedy for the unknown filter ``text`` with these values."""
    name = _plain(text)
    for tool, names in NO_CONVOLUTION.items():
        if name in names:
            return f"that is no convolution: see {tool}"
    if ours := _meant(name, known):
        return f"write {':'.join([ours, *values])}"
    if rewritten := _rewritten(text, known):
        return f"write {rewritten}"
    near = nearest(name, known, 3)
    return f"did you mean {' or '.join(near)}?" if near else "'imgconv filters' lists all"


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _meant(name: str, known: Collection[str]) -> str | None:
    """Return the filter that a name means, or None."""
    name = _plain(name)
    return name if name in known else _key_of(FILTERS, name)


def _rewritten(text: str, known: Collection[str]) -> str | None:
    """Return a filter or a chain of other syntax in that of this tool, or None."""
    if called := _CALL.fullmatch(text.strip()):
        if ours := _meant(called["name"], known):
            return ":".join([ours, *re.split(r"[\s,;:]+", called["values"])])
        return None
    links = [_meant(link, known) for link in _JOIN.split(text.strip())]
    return ",".join(map(str, links)) if len(links) > 1 and all(links) else None


def parameter_remedy(name: str, parameters: Sequence[str]) -> str | None:
    """Return the one of a filter's parameters that another name means, or None."""
    meant = PARAMETERS.get(_plain(name), ())
    return next((ours for ours in meant if ours in parameters), None)


def border_meant(name: str) -> str | None:
    """Return the border that the name of another tool means, or None."""
    return _key_of(BORDERS, re.sub(r"^(cv2?\.)?border-", "", _plain(name)))


def _key_of(table: Mapping[str, Collection[str]], name: str) -> str | None:
    return next((key for key, names in table.items() if name in names), None)
