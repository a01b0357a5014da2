"""Names of other tools, and other ways to write a filter, translated to imgconv's.

The tables are read for the message of an error only. Names are compared in lower case.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping, Sequence

from imgconv.errors import nearest

# The filter of this tool for each name that other tools, or people, use for it: without dashes, as
# they are compared, and without the word filter at the end.
FILTERS = {
    "gaussian": "gauss gaussianblur gaussblur gblur blurgaussian",
    "blur": "box boxblur mean average avgblur meanblur averageblur uniform smooth",
    "motion": "motionblur linearblur linearmotionblur directionalblur",
    "disk": "disc bokeh circle defocus lens lensblur diskblur pillbox",
    "heat": "diffusion",
    "sharpen": "sharp sharper sharpness detail edgeenhance",
    "mean-removal": "edgeenhancemore",
    "unsharp": "unsharpmask unsharpmasking usm",
    "laplacian": "laplace",
    "edge": "edges edgedetect edgedetection",
    "outline": "contour contours findedges outlines",
    "log": "gaussianlaplace laplacianofgaussian marrhildreth mexicanhat",
    "dog": "differenceofgaussians",
    "sobel": "gradient gradientmagnitude",
    "difference-x": "gradientx derivativex",
    "difference-y": "gradienty derivativey",
    "emboss": "embossing relief",
    "freq-low": "lowpass",
    "freq-band": "bandpass",
    "freq-stop": "bandstop bandreject",
    "freq-notch": "notch",
    "identity": "copy none nothing noop original",
}

# Filters that are no convolution, by the tool that has them.
NO_CONVOLUTION = {
    "Pillow's ImageFilter.MedianFilter": "median medianblur",
    "Pillow's ImageFilter.MinFilter": "min minimum erode erosion",
    "Pillow's ImageFilter.MaxFilter": "max maximum dilate dilation",
    "Pillow's ImageFilter.ModeFilter": "mode",
    "Pillow's ImageFilter.RankFilter": "rank percentile",
    "OpenCV's morphologyEx": "morphology open opening close closing tophat blackhat",
    "OpenCV's bilateralFilter": "bilateral surfaceblur selectiveblur",
    "OpenCV's Canny": "canny",
    "OpenCV's fastNlMeansDenoising": "denoise denoising despeckle nlmeans nonlocalmeans",
    "scikit-image's restoration": "wiener deconvolve deconvolution deblur inpaint",
    "ImageMagick's -resize": "resize scale thumbnail",
    "ImageMagick's -crop": "crop trim",
    "ImageMagick's -rotate": "rotate",
    "ImageMagick's -flip and -flop": "flip flop",
    "ImageMagick's -negate": "invert negate negative",
    "ImageMagick's -threshold": "threshold binarize",
    "ImageMagick's -brightness-contrast": "brightness contrast",
    "ImageMagick's -normalize": "normalize autocontrast autolevel autolevels",
    "ImageMagick's -equalize": "equalize clahe",
    "ImageMagick's -gamma": "gamma",
    "ImageMagick's -modulate": "saturation hue",
    "ImageMagick's -sepia-tone": "sepia",
    "ImageMagick's -noise": "noise",
    "ImageMagick's -scale": "pixelate mosaic",
    "ImageMagick's -paint": "oilpaint paint",
    "ImageMagick's -charcoal": "charcoal sketch",
    "ImageMagick's -vignette": "vignette",
    "ImageMagick's -rotational-blur": "radialblur rotationalblur spinblur zoomblur",
}

# What people call a filter, and is another part of this tool.
OTHER_PARTS = {
    "take the filter identity, with --gray": "gray grey grayscale greyscale monochrome",
    "see 'imgconv spectrum', and the filters freq-*": "fft dft fourier spectrum",
    "write the weights as the filter: '0 -1 0; -1 5 -1; 0 -1 0'": "convolve convolution "
    "convolutionmatrix conv conv2d filter2d custom kernel matrix",
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
    "factor": ("amount",),
    "intensity": ("amount",),
    "percent": ("amount",),
    "frequency": ("cutoff",),
    "direction": ("angle",),
    "azimuth": ("angle",),
    "degrees": ("angle",),
    "truncate": ("cut",),
    "neighbors": ("neighbours",),
    "connectivity": ("neighbours",),
}

# The options of ``imgconv.apply``, and what OpenCV, SciPy, scikit-image and PyTorch call them.
OPTIONS = {
    "border": "mode boundary bordertype padding paddingmode cval bordervalue",
    "gray": "grey grayscale greyscale",
    "offset": "delta bias",
    "region": "roi bbox",
    "repeat": "iterations",
    "scale": "divisor",
    "threads": "workers njobs numthreads",
}

# The border of this tool for each name in OpenCV (without BORDER_), NumPy, SciPy, MATLAB, PyTorch,
# ImageMagick, libvips, G'MIC, SVG and OpenGL. The names of this tool are SciPy's, so NumPy's and
# PyTorch's ``reflect`` is ``mirror`` here, which no message can tell.
BORDERS = {
    "edge": "edge replicate nearest neumann duplicate copy extend clamp clamp-to-edge",
    "constant": "constant zero zeros grid-constant dirichlet background fill transparent",
    "constant:black": "black",
    "constant:white": "white",
    "reflect": "reflect symmetric grid-mirror mirrored-repeat half-sample-symmetric",
    "mirror": "mirror reflect-101 reflect101 101 default whole-sample-symmetric",
    "none": "none ignore normalized",
    "wrap": "wrap circular periodic grid-wrap tile repeat",
}

# A colour where a border is asked for, but for the names in the table.
_COLOUR = re.compile(r"#[\da-f]{3,8}|\d{1,5}(,\d{1,5})*|red|green|blue|gr[ae]y", re.IGNORECASE)

SEE_LIST = "'imgconv filters' lists all"

_MINUS = "\N{MINUS SIGN}"  # as in kernels that are copied from a page

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_VALUE = rf"(?:[A-Za-z][\w-]*=)?{_NUMBER}"

# A name with values, written otherwise than with colons: gaussian(2), gaussian=2, gaussian 2,
# gaussian-2, gaussian(sigma=2, cut=3).
_CALL = re.compile(
    r"(?P<name>[A-Za-z_-]*[A-Za-z])(?:[\s=([{@_-]+|(?=\d))"
    rf"(?P<values>{_VALUE}(?:[\s,;:]+{_VALUE})*)\s*[\])}}]?"
)

# A mask with its picture, written otherwise than with a colon: freq-mask=a.png, freq-mask(a.png).
_MASK = re.compile(r"freq-?mask[\s=(]+(?P<path>.*[^\s)])[\s)]*", re.IGNORECASE)

# A chain, written otherwise than with commas.
_JOIN = re.compile(r"\s*[+|>;&]+\s*|\s+")

# A value written otherwise, and the remedy: with a unit, with a comma in place of the point, as
# ImageMagick's radius and sigma, or with another filter behind it.
_VALUES = {
    rf"({_NUMBER})\s*(?:px|pixels?|°|deg(?:rees?)?)": r"write \1",
    r"([-+]?\d+),(\d+)": r"write \1.\2",
    rf"0x({_NUMBER})": r"write \1",
    r"(\d+)%": r"write \1/100",
    rf"{_MINUS}({_NUMBER})": r"write -\1",
    rf"({_NUMBER})[\s+|>;&-]+[A-Za-z].*": "join filters by commas, as blur,sobel",
}


def filter_remedy(text: str, values: Sequence[str], known: Collection[str]) -> str:
    """Return the remedy for the unknown filter ``text`` with these values."""
    if other := elsewhere(text):
        return other
    if meant := filter_meant(text, values, known):
        return f"write {shlex.quote(meant)}"
    near = nearest(_dashed(text), known, 3)
    return f"did you mean {' or '.join(near)}?" if near else SEE_LIST


def elsewhere(name: str) -> str | None:
    """Return what does what a name means, if that is no filter of this tool, or None."""
    return key_of(OTHER_PARTS, _plain(name)) or other_tool(name)


def other_tool(name: str) -> str | None:
    """Return the tool that has a filter which is no convolution, as a remedy, or None."""
    tool = key_of(NO_CONVOLUTION, _plain(name))
    return f"that is no convolution: see {tool}" if tool else None


def filter_meant(text: str, values: Sequence[str], known: Collection[str]) -> str | None:
    """Return the filter or the chain that ``text`` with these values means, or None."""
    if _MINUS in text:
        return ":".join([text, *values]).replace(_MINUS, "-")
    if ours := _meant(text, known):
        return ":".join([ours, *values])
    return None if values else _rewritten(text, known)


def _plain(name: str) -> str:
    """Return a name as it is compared: in lower case, without dashes and the word filter."""
    return re.sub(r"[\s_-]", "", name.lower()).removesuffix("filter")


def _meant(name: str, known: Collection[str]) -> str | None:
    """Return the filter that a name means, or None."""
    ours = {_plain(each): each for each in [*FILTERS, *known]}
    return ours.get(_plain(name)) or key_of(FILTERS, _plain(name))


def _rewritten(text: str, known: Collection[str]) -> str | None:
    """Return a filter or a chain of other syntax in that of this tool, or None."""
    if masked := _MASK.fullmatch(text.strip()):
        return f"freq-mask:{masked['path']}"
    if called := _CALL.fullmatch(text.strip()):
        if ours := _meant(called["name"], known):
            return ":".join([ours, *re.split(r"[\s,;:]+", called["values"])])
        return None
    links = [_meant(link, known) for link in _JOIN.split(text.strip())]
    return ",".join(map(str, links)) if len(links) > 1 and all(links) else None


def value_remedy(text: str) -> str | None:
    """Return the remedy for a value that is no number, if its meaning is known."""
    for pattern, remedy in _VALUES.items():
        if found := re.fullmatch(pattern, text.strip()):
            return found.expand(remedy)
    return None


def parameter_meant(name: str, parameters: Sequence[str]) -> str | None:
    """Return the one of a filter's parameters that another name means, or None."""
    meant = [*PARAMETERS.get(_dashed(name), ()), _dashed(name)]
    found = next((ours for ours in meant if ours in parameters), None)
    is_size = found == "radius" and _dashed(name).endswith("size")
    return f"{found}, which is 2 for a size of 5" if is_size else found


def keyword_meant(name: str, parameters: Sequence[str]) -> str | None:
    """Return the option or the parameter that another name of a keyword means, or None."""
    return parameter_meant(name, parameters) or key_of(OPTIONS, _plain(name))


def border_meant(name: str) -> str | None:
    """Return the border that the name of another tool or a colour means, or None."""
    if coloured := re.fullmatch(r"constant[\s=(]+(.+?)\)?", name):
        return f"constant:{coloured[1]}"
    meant = key_of(BORDERS, re.sub(r"^(cv2?\.)?border-", "", _dashed(name)))
    return meant or (f"constant:{name}" if _COLOUR.fullmatch(name) else None)


def _dashed(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def key_of(table: Mapping[str, str], name: str) -> str | None:
    """Return the key of a table behind which ``name`` is one of the words, or None."""
    return next((key for key, names in table.items() if name in names.split()), None)
