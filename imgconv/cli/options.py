"""Options that say how pictures are filtered, read and written."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from click import Choice, IntRange, argument

from imgconv import batch, formats, images
from imgconv.cli.completion.values import (
    COLOURS,
    complete_border,
    complete_channels,
    complete_file,
    complete_filter,
    complete_from,
)
from imgconv.cli.filter_options import given_values
from imgconv.cli.option_groups import (
    as_record,
    files_flag,
    in_files,
    in_kernel,
    in_pixels,
    in_speed,
    kernel_flag,
    pixels_flag,
    speed_flag,
)
from imgconv.engines import ENGINES
from imgconv.errors import UsageError
from imgconv.formats import parse_quality, registry
from imgconv.formats.limits import parse_pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS
from imgconv.kernels.filter import NORMALIZATIONS, RANGES, KernelChanges
from imgconv.planning.settings import ApplyOptions, Settings, make_settings

if TYPE_CHECKING:
    from imgconv.formats.reader import ReadOptions
    from imgconv.formats.registry import FormatRow
    from imgconv.kernels.filter import Filter

DEFAULTS = Settings()

# The rules that make a picture grey.
_GRAYS = {
    "luma": "brightness as people see it: 0.299 red + 0.587 green + 0.114 blue (BT.601)",
    "mean": "(red + green + blue) / 3, which is not rounded before it is filtered",
    "mean-max": "red + green + blue, so that the largest sum of a picture becomes white",
}


class FilteringOptions(NamedTuple):
    """FILTER, and how it is applied; ``parameters`` are the options that FILTER declares itself."""

    filter_text: str
    border: str | None
    extent: str
    range: str | None
    channels: str | None
    linear: bool
    straight_alpha: bool
    gray: bool
    changes: KernelChanges
    parameters: Mapping[str, str]
    engine: str | None = None
    tolerance: float = DEFAULTS.tolerance
    exact: bool = False
    threads: int | None = None
    patience: float = DEFAULTS.patience
    mix: float | None = None
    mask: str | None = None
    region: str | None = None
    gray_by: str | None = None

    def filters(self) -> "list[Filter]":
        """Return the filters, changed as the options say; raises ``UsageError``."""
        values = given_values(self.filter_text, self.parameters)
        return self.changes.of(library.find(self.filter_text, values))

    def files(self) -> dict[Path, str]:
        """Return the files that the filters and the mask are read from, and the role of each.

        Raises ``UsageError`` for an unknown filter.
        """
        files = {Path(self.mask): "the mask"} if self.mask else {}
        return files | dict.fromkeys(library.files(self.filter_text), "a kernel or mask")

    @property
    def gray_rule(self) -> str | None:
        """The rule by which the picture becomes grey, None if it keeps its colours."""
        return self.gray_by or ("luma" if self.gray else None)

    @property
    def is_own(self) -> bool:
        """Whether a kernel is the user's own, or changed by options."""
        is_changed = self.changes._replace(flip=False) != KernelChanges()
        try:
            return is_changed or library.has_own(self.filter_text)
        except UsageError:  # an unknown filter, which is named when it is made
            return False

    def settings(self, max_pixels: int | None = None, allow_8_bit: bool = False) -> Settings:
        """Return the settings, with the mask; raises ``UsageError`` where they fit no picture.

        Raises ``ReadError`` for a mask that cannot be read: see ``batch.source.read_mask``.
        """
        options = {name: getattr(self, name) for name in ApplyOptions.__annotations__}
        if self.mask is not None:
            options["mask"] = batch.source.read_mask(self.mask, max_pixels, allow_8_bit)
        if self.exact:
            options["tolerance"] = 0
        return make_settings(**options)


class PictureOptions(NamedTuple):
    """How pictures are read and written."""

    format: "FormatRow | None"
    quality: int | None
    strip: bool
    drop_extras: bool
    upright: bool
    frame: int | None
    background: str | None
    depth: str | None
    allow_8_bit: bool
    allow_damaged: bool
    max_pixels: int | None

    def reading(self) -> "ReadOptions":
        """Return how pictures are read."""
        return formats.reader.ReadOptions(self.max_pixels, self.allow_8_bit, self.allow_damaged)


def _parse_with(parse: Callable[[str], object]) -> Callable[..., object]:
    """Return a callback for Click that parses the value of an option."""
    return lambda context, parameter, value: None if value is None else parse(value)


_FORMATS = {name.lower(): " ".join(row.suffixes) for name, row in registry.FORMATS.items()}

_QUALITIES = {"lossless": "levels stay as they are; JPEG and AVIF cannot", "90": "", "75": ""}

filter_argument = argument("filter_text", metavar="FILTER", shell_complete=complete_filter)

kernel_options = as_record(
    "changes",
    KernelChanges,
    in_kernel(
        "--normalize",
        metavar="RULE",
        help="Rescale the weights (default none; sum keeps the brightness):",
        table=NORMALIZATIONS,
    ),
    in_kernel(
        "--scale",
        type=float,
        metavar="X",
        help="Divide each weighted sum by X (default: the scale of the kernel, mostly 1).",
    ),
    in_kernel(
        "--offset",
        type=float,
        metavar="LEVELS",
        help="Add LEVELS of 255 to each result (default: the offset of the kernel, mostly 0).",
    ),
    kernel_flag(
        "--flip",
        help="Rotate the kernel by 180 degrees, which is convolution in the mathematical sense. "
        "The default lays it over the picture as it is written.",
    ),
)

_FILTERING = (
    filter_argument,
    kernel_options,
    in_pixels(
        "--border",
        metavar="BORDER",
        shell_complete=complete_border,
        help=f"Continue the picture beyond its edges (default {DEFAULTS.border.name}, "
        "of freq-* wrap); "
        "- does not count; k is black, or the colour in constant:red:",
        table={name: rule.drawing for name, rule in BORDERS.items()},
    ),
    in_pixels(
        "--extent",
        choices={name: rule.summary for name, rule in EXTENTS.items()},
        metavar="EXTENT",
        default=DEFAULTS.extent,
        help=f"Choose how large the result is (default {DEFAULTS.extent}):",
    ),
    in_pixels(
        "--range",
        choices=RANGES,
        metavar="RULE",
        help="Bring results outside of 0 to 255 into that range (default: the rule of the filter, "
        "mostly clamp). Alpha is changed only if --channels names it.",
    ),
    in_pixels(
        "--channels",
        metavar="LETTERS",
        shell_complete=complete_channels,
        help="Filter only the channels with these letters, as in r,g or a (default: all).",
    ),
    pixels_flag(
        "--linear",
        help="Filter linear light, as a lens does, by the transfer function of the picture or of "
        "sRGB. The default filters the stored levels.",
    ),
    pixels_flag(
        "--straight-alpha",
        help="Filter each channel by itself. The default weights colour by alpha, so that colours "
        "of transparent pixels do not bleed in.",
    ),
    pixels_flag(
        "--gray", help="Make the picture grey before it is filtered. The default keeps its colours."
    ),
    in_pixels(
        "--gray-by",
        choices=_GRAYS,
        metavar="RULE",
        help="Make the picture grey first by another rule (default: luma, with --gray):",
    ),
)

_BLENDING = (
    in_pixels(
        "--mix",
        metavar="PERCENT",
        # Its module is imported only for this option.
        callback=_parse_with(lambda text: images.blend.parse_percent(text)),
        help="Mix the result with the input: 0 is the input, 100 the result (default).",
    ),
    in_pixels(
        "--mask",
        metavar="PICTURE",
        shell_complete=complete_file,
        help="Filter where this picture of the same size is white, and keep the input where it is "
        "black. Grey mixes the two (default: filter everywhere).",
    ),
    in_pixels(
        "--region",
        metavar="X,Y,WxH",
        help="Filter this part of the picture as it is seen, and keep the input around it "
        "(default: filter everywhere).",
    ),
)

_ENGINES = (
    in_speed(
        "--engine",
        metavar="NAME",
        shell_complete=complete_from([*ENGINES]),
        help=f"Run this engine: {', '.join(ENGINES)}. The default is the fastest one within the "
        "tolerance.",
    ),
    in_speed(
        "--tolerance",
        type=float,
        default=DEFAULTS.tolerance,
        metavar="LEVELS",
        help="Let values differ from the exact ones by up to LEVELS of 255 before they are "
        f"rounded (default {DEFAULTS.tolerance:g}; 0 is exact).",
    ),
    speed_flag(
        "--exact",
        help="Run exact engines only, as --tolerance 0 does. The default runs all "
        "within the tolerance.",
    ),
    in_speed(
        "--threads",
        type=IntRange(1),
        metavar="N",
        help="Use N cores (default: all). Results do not depend on it.",
    ),
    in_speed(
        "--patience",
        type=float,
        default=DEFAULTS.patience,
        metavar="SECONDS",
        help="Refuse a picture whose estimated time is longer than SECONDS "
        f"(default {DEFAULTS.patience:g}).",
    ),
)

filtering_options = as_record("filtering", FilteringOptions, *_FILTERING, *_BLENDING, *_ENGINES)

# For commands that compute in plain float64, without engines.
plain_filtering_options = as_record("filtering", FilteringOptions, *_FILTERING)

max_pixels_option = in_pixels(
    "--max-pixels",
    metavar="N",
    callback=_parse_with(parse_pixels),
    help="Refuse pictures of more pixels, all frames counted, as in 800M or 2G (default 500M).",
)

allow_8_bit_option = pixels_flag(
    "--allow-8-bit",
    help="Read deeper pictures with 8 bits where imagecodecs and tifffile are not installed. "
    "The default refuses them.",
)

allow_damaged_option = files_flag(
    "--allow-damaged",
    help="Take what is left of a damaged picture, and say what is missing; not in place. The "
    "default refuses it.",
)

picture_options = as_record(
    "pictures",
    PictureOptions,
    pixels_flag(
        "--upright",
        help="Turn the pixels as the orientation tag says. The default keeps pixels and tag as "
        "they are stored.",
    ),
    in_pixels(
        "--frame",
        type=IntRange(0),
        metavar="N",
        help="Take only frame or page N, counted from 0 (default: all of them).",
    ),
    in_pixels(
        "--background",
        metavar="COLOUR",
        shell_complete=complete_from(COLOURS),
        help="Lay the result on this colour, as white or #ff8800 (default: keep transparency).",
    ),
    in_pixels(
        "--depth",
        type=Choice(["8", "16"]),
        metavar="BITS",
        help="Write values of 8 or 16 bits (default: as deep as the input).",
    ),
    allow_8_bit_option,
    max_pixels_option,
    in_files(
        "--format",
        metavar="NAME",
        shell_complete=complete_from(_FORMATS),
        callback=_parse_with(registry.by_name),
        help="Write this format, such as png, jpeg or tiff. The default is that of OUTPUT's "
        "ending, or of the input.",
    ),
    in_files(
        "--quality",
        metavar="N",
        shell_complete=complete_from(_QUALITIES),
        callback=_parse_with(parse_quality),
        help="Compress JPEG, WebP and AVIF with quality N, 1 to 100, or WebP lossless, as most "
        "other formats always are. The default is that of the input where it is known, else 90; "
        "WebP is lossy unless the input is not.",
    ),
    files_flag(
        "--strip",
        help="Leave out EXIF, XMP, comments and text, but not the colour profile. The default "
        "keeps all that the format holds.",
    ),
    files_flag(
        "--drop-extras",
        help="Let --in-place lose a gain map or another part that cannot be kept. The default "
        "leaves such a picture as it is.",
    ),
    allow_damaged_option,
)
