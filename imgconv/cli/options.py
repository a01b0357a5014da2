"""The options of commands, each group of which a command gets as one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from click import Choice, IntRange, argument, option

from imgconv.batch import tasks
from imgconv.batch.overwrite import REPLACE, RULES, check_consent
from imgconv.batch.tasks import Task
from imgconv.cli.completion import complete_border, complete_filter
from imgconv.cli.console import say
from imgconv.cli.filter_options import given_values
from imgconv.cli.sections import BATCHES, FILES, KERNEL, PIXELS, SPEED, SectionOption
from imgconv.engines import ENGINES
from imgconv.errors import UsageError
from imgconv.formats import registry
from imgconv.formats.limits import parse_pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS
from imgconv.kernels.filter import NORMALIZATIONS, RANGES
from imgconv.planning.settings import ApplyOptions, Settings, make_settings

if TYPE_CHECKING:
    from imgconv.formats.registry import FormatRow
    from imgconv.kernels.filter import Filter

Command = Callable[..., int | None]

DEFAULTS = Settings()

# A decorator of each section for an option with a value, and one for a flag.
_kernel, _pixels, _files, _batches, _speed = (
    partial(option, cls=SectionOption, section=name)
    for name in (KERNEL, PIXELS, FILES, BATCHES, SPEED)
)
_kernel_flag, _pixels_flag, _files_flag, _batches_flag, _speed_flag = (
    partial(decorator, is_flag=True) for decorator in (_kernel, _pixels, _files, _batches, _speed)
)

# The rules that would leave every picture as it is in place.
_NOT_IN_PLACE = ("no-clobber", "skip-existing")


class FilteringOptions(NamedTuple):
    """FILTER, and how it is applied; ``parameters`` are the options that FILTER declares itself."""

    filter_text: str
    border: str
    extent: str
    range: str | None
    channels: str | None
    linear: bool
    straight_alpha: bool
    gray: bool
    normalize: str | None
    scale: float | None
    offset: float | None
    flip: bool
    engine: str | None
    tolerance: float
    exact: bool
    threads: int | None
    patience: float
    parameters: Mapping[str, str]

    def filters(self) -> list[Filter]:
        """Return the filters, changed as the options say; raises ``UsageError``."""
        text = self.filter_text
        filters = library.find(text, given_values(text, dict(self.parameters)))
        changes = {"normalize": self.normalize, "scale": self.scale, "offset": self.offset}
        changed = [name for name, value in changes.items() if value is not None]
        changed += ["flip"] if self.flip else []
        if changed and len(filters) > 1:
            raise UsageError(
                f"--{changed[0]} is meant for one filter, not for a chain",
                "put it into a kernel file",
            )
        return [self._changed(filter) for filter in filters] if changed else filters

    def _changed(self, filter: Filter) -> Filter:
        if normalize := self.normalize:
            filter = filter.map_kernels(lambda kernel: kernel.normalised(normalize))
        if self.flip:
            filter = filter.map_kernels(lambda kernel: kernel.flip())
        return filter.map_kernels(lambda kernel: kernel.replaced(self.scale, self.offset))

    def settings(self) -> Settings:
        """Return the settings; raises ``UsageError`` for options that fit no picture."""
        if not self.patience >= 0:  # nor is nan
            raise UsageError(
                f"--patience {self.patience:g} is no time to wait", "give seconds, from 0"
            )
        options = {name: getattr(self, name) for name in ApplyOptions.__annotations__}
        if self.exact:
            options["tolerance"] = 0
        return make_settings(**options)._replace(patience=self.patience)


class PictureOptions(NamedTuple):
    """How pictures are read and written."""

    format: FormatRow | None
    quality: int | None
    strip: bool
    drop_extras: bool
    upright: bool
    frame: int | None
    background: str | None
    depth: str | None
    allow_8_bit: bool
    max_pixels: int | None


class PlacingOptions(NamedTuple):
    """Where pictures go, and which outputs are left as they are."""

    in_place: bool
    overwrite: bool
    no_clobber: bool
    skip_existing: bool
    update: bool
    resume: bool
    report: str | None

    def rule(self) -> str:
        """Return the name of the overwrite rule; raises ``UsageError`` for a second one."""
        given = [rule for rule in RULES if getattr(self, rule.replace("-", "_"))]
        if len(given) > 1:
            raise UsageError(
                f"--{given[0]} and --{given[1]} exclude each other", "give one of them"
            )
        if self.in_place and given and given[0] in _NOT_IN_PLACE:
            raise UsageError(f"--{given[0]} leaves all as it is in place", "leave it out")
        return given[0] if given else REPLACE

    def tasks(
        self, filter_text: str, places: Sequence[str], format: FormatRow | None
    ) -> list[Task]:
        """Return the tasks for INPUT... OUTPUT, or INPUT... in place; raises ``UsageError``."""
        left_out: list[str] = []
        if self.in_place:
            if format is not None:
                raise UsageError("--in-place keeps the format of a picture", "leave out --format")
            found = tasks.make_tasks_in_place(places, left_out.append)
        else:
            *sources, target = places
            if not sources:
                raise UsageError(
                    "there is no OUTPUT", "name one, or give --in-place to replace INPUT"
                )
            found = tasks.make_tasks(sources, target, format, left_out.append)
            if len(found) == 1 and not self.overwrite:
                check_consent(self.rule(), found[0])
        outputs = [task.target for task in found]
        if self.report:
            tasks.check_report_path(self.report, found)
            outputs.append(self.report)
        tasks.check_kernel_files(_kernel_files(filter_text), outputs)
        if left_out:
            counts = [f"{left_out.count(kind)} {kind}" for kind in sorted({*left_out})]
            say(f"files left out: {', '.join(counts)}")
        return found


def _kernel_files(filter_text: str) -> list[Path]:
    """Return the kernel files; none for an unknown filter, which is named when it is made."""
    try:
        return library.files(filter_text)
    except UsageError:
        return []


def _parse_with(parse: Callable[[str], object]) -> Callable[..., object]:
    """Return a callback for Click that parses the value of an option."""
    return lambda context, parameter, value: None if value is None else parse(value)


def _group(
    name: str, record: type[FilteringOptions | PictureOptions | PlacingOptions], *options: Any
) -> Callable[[Command], Command]:
    """Return a decorator that adds ``options``, which the command gets as its argument ``name``."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_record(**values: Any) -> int | None:
            fields = {field: values.pop(field) for field in record._fields if field in values}
            if record is FilteringOptions:
                declared = [value for value in values if value.startswith("parameter_")]
                fields["parameters"] = {each: values.pop(each) for each in declared}
            return command(**values, **{name: record(**fields)})

        for add_option in reversed(options):
            with_record = add_option(with_record)
        return with_record

    return decorate


filtering_options = _group(
    "filtering",
    FilteringOptions,
    argument("filter_text", metavar="FILTER", shell_complete=complete_filter),
    _kernel(
        "--normalize",
        metavar="RULE",
        help="Rescale the weights (default none; sum keeps the brightness):",
        table=NORMALIZATIONS,
    ),
    _kernel(
        "--scale",
        type=float,
        metavar="X",
        help="Divide each weighted sum by X (default: the scale of the kernel, mostly 1).",
    ),
    _kernel(
        "--offset",
        type=float,
        metavar="LEVELS",
        help="Add LEVELS of 255 to each result (default: the offset of the kernel, mostly 0).",
    ),
    _kernel_flag(
        "--flip",
        help="Rotate the kernel by 180 degrees, which is convolution in the mathematical sense. "
        "The default lays it over the picture as it is written.",
    ),
    _pixels(
        "--border",
        default=DEFAULTS.border.name,
        metavar="BORDER",
        shell_complete=complete_border,
        help=f"Continue the picture beyond its edges (default {DEFAULTS.border.name}); "
        "k is black, or the colour in constant:red:",
        table={name: rule.drawing for name, rule in BORDERS.items()},
    ),
    _pixels(
        "--extent",
        type=Choice([*EXTENTS]),
        metavar="EXTENT",
        default=DEFAULTS.extent,
        help=f"Choose how large the result is (default {DEFAULTS.extent}):",
        table={name: rule.summary for name, rule in EXTENTS.items()},
    ),
    _pixels(
        "--range",
        type=Choice([*RANGES]),
        metavar="RULE",
        help="Bring results outside of 0 to 255 into that range (default: the rule of the filter, "
        "mostly clamp). Alpha is changed only if --channels names it.",
        table=RANGES,
    ),
    _pixels(
        "--channels",
        metavar="LETTERS",
        help="Filter only the channels with these letters, as in r,g or a (default: all).",
    ),
    _pixels_flag(
        "--linear",
        help="Filter linear light, as a lens does, by the transfer function of the picture or of "
        "sRGB. The default filters the stored levels.",
    ),
    _pixels_flag(
        "--straight-alpha",
        help="Filter each channel by itself. The default weights colour by alpha, so that colours "
        "of transparent pixels do not bleed in.",
    ),
    _pixels_flag(
        "--gray", help="Make the picture grey before it is filtered. The default keeps its colours."
    ),
    _speed(
        "--engine",
        metavar="NAME",
        help=f"Run this engine: {', '.join(ENGINES)}. The default is the fastest one within the "
        "tolerance.",
    ),
    _speed(
        "--tolerance",
        type=float,
        default=DEFAULTS.tolerance,
        metavar="LEVELS",
        help="Let values differ from the exact ones by up to LEVELS of 255 before they are "
        f"rounded (default {DEFAULTS.tolerance:g}; 0 is exact).",
    ),
    _speed_flag("--exact", help="Run exact engines only, as --tolerance 0 does."),
    _speed(
        "--threads",
        type=IntRange(1),
        metavar="N",
        help="Use N cores (default: all). Results do not depend on it.",
    ),
    _speed(
        "--patience",
        type=float,
        default=DEFAULTS.patience,
        metavar="SECONDS",
        help="Refuse a picture whose estimated time is longer than SECONDS "
        f"(default {DEFAULTS.patience:g}).",
    ),
)

max_pixels_option = _pixels(
    "--max-pixels",
    metavar="N",
    callback=_parse_with(parse_pixels),
    help="Refuse pictures of more pixels, all frames counted, as in 800M or 2G (default 500M).",
)

picture_options = _group(
    "pictures",
    PictureOptions,
    _pixels_flag(
        "--upright",
        help="Turn the pixels as the orientation tag says. The default keeps pixels and tag as "
        "they are stored.",
    ),
    _pixels(
        "--frame",
        type=IntRange(0),
        metavar="N",
        help="Take only frame or page N, counted from 0 (default: all of them).",
    ),
    _pixels(
        "--background",
        metavar="COLOUR",
        help="Lay the result on this colour, as white or #ff8800 (default: keep transparency).",
    ),
    _pixels(
        "--depth",
        type=Choice(["8", "16"]),
        metavar="BITS",
        help="Write values of 8 or 16 bits (default: as deep as the input).",
    ),
    _pixels_flag(
        "--allow-8-bit",
        help="Read deeper pictures with 8 bits where imagecodecs and tifffile are not installed. "
        "The default refuses them.",
    ),
    max_pixels_option,
    _files(
        "--format",
        metavar="NAME",
        callback=_parse_with(registry.by_name),
        help="Write this format, such as png, jpeg or tiff. The default is that of OUTPUT's "
        "ending, or of the input.",
    ),
    _files(
        "--quality",
        type=IntRange(1, 100),
        metavar="N",
        help="Compress JPEG, WebP, AVIF and JPEG 2000 with quality N, 1 to 100. The default is "
        "that of the input where it is known.",
    ),
    _files_flag(
        "--strip",
        help="Leave out EXIF, XMP, comments and text, but not the colour profile. The default "
        "keeps all that the format holds.",
    ),
    _files_flag(
        "--drop-extras",
        help="Let --in-place lose a gain map or another part that cannot be kept. The default "
        "leaves such a picture as it is.",
    ),
)

placing_options = _group(
    "placing",
    PlacingOptions,
    _files_flag(
        "--in-place",
        help="Replace each INPUT by its result. The default writes OUTPUT, and no INPUT.",
    ),
    _files_flag(
        "-f",
        "--overwrite",
        help="Replace OUTPUT even where it may be a second INPUT: a picture beside the only "
        "INPUT, with the same ending, that imgconv has not made. The default refuses that.",
    ),
    *(_files_flag(f"--{rule}", help=summary) for rule, summary in RULES.items()),
    _batches(
        "--report",
        metavar="FILE",
        help="Write a line of JSON for each picture into FILE, or to standard output for - "
        "(default: none).",
    ),
)

_jobs_option = _batches(
    "-j",
    "--jobs",
    type=IntRange(1),
    metavar="N",
    help="Filter up to N pictures at once (default: as many as there are cores).",
)

_dry_run_option = _batches_flag(
    "-n",
    "--dry-run",
    help="Print which pictures would be read and written, but write nothing.",
)


def run_options(command: Command) -> Command:
    """Add the options of a run that change no picture."""
    return _jobs_option(_dry_run_option(command))
