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
from imgconv.errors import UsageError
from imgconv.formats import registry
from imgconv.formats.limits import parse_pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS
from imgconv.kernels.filter import RANGES
from imgconv.planning.settings import ApplyOptions, Settings, make_settings

if TYPE_CHECKING:
    from imgconv.formats.registry import FormatRow
    from imgconv.kernels.filter import Filter

Command = Callable[..., int | None]

DEFAULTS = Settings()

_flag = partial(option, is_flag=True)

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
    option(
        "--border",
        default=DEFAULTS.border.name,
        metavar="|".join(BORDERS),
        shell_complete=complete_border,
        help="What lies outside the picture (default edge); constant takes a colour: constant:red.",
    ),
    option(
        "--extent",
        type=Choice([*EXTENTS]),
        default=DEFAULTS.extent,
        help="How large the result is.",
    ),
    option(
        "--range",
        type=Choice([*RANGES]),
        help="How values are shown; alpha only if --channels names it.",
    ),
    option("--channels", metavar="r,g,b,a", help="Filter only these channels."),
    _flag("--linear", help="Filter linear light, by the picture's own curve or sRGB."),
    _flag("--straight-alpha", help="Do not weigh colour by alpha."),
    _flag("--gray", help="Make the picture grey first."),
    option("--normalize", metavar="sum|abs|none|softmax", help="Rescale the weights."),
    option("--scale", type=float, metavar="X", help="Divide the sum by X."),
    option("--offset", type=float, metavar="X", help="Add X levels to the result."),
    _flag("--flip", help="Turn the kernel by 180 degrees (true convolution)."),
    option("--engine", metavar="NAME", help="Force an engine."),
    option(
        "--tolerance",
        type=float,
        default=DEFAULTS.tolerance,
        metavar="LEVELS",
        help="How far values may be from the exact ones before rounding "
        f"(default {DEFAULTS.tolerance:g}; 0 is exact).",
    ),
    _flag("--exact", help="Take exact engines only: --tolerance 0."),
    option("--threads", type=IntRange(1), metavar="N", help="Cores to use."),
    option(
        "--patience",
        type=float,
        default=DEFAULTS.patience,
        metavar="SECONDS",
        help="Refuse longer work.",
    ),
)

max_pixels_option = option(
    "--max-pixels",
    metavar="N",
    callback=_parse_with(parse_pixels),
    help="Refuse larger pictures, all frames counted: 800M, 2G (default 500M).",
)

picture_options = _group(
    "pictures",
    PictureOptions,
    option(
        "--format",
        metavar="NAME",
        callback=_parse_with(registry.by_name),
        help="Write this format: png, jpeg, tiff, ...",
    ),
    option("--quality", type=IntRange(1, 100), metavar="N", help="For lossy formats."),
    _flag("--strip", help="Leave out EXIF, XMP, text; not the colour profile."),
    _flag("--drop-extras", help="Allow --in-place to lose a gain map or the like."),
    _flag("--upright", help="Turn the pixels as the orientation says."),
    option(
        "--frame", type=IntRange(0), metavar="N", help="Take one frame or page, the first is 0."
    ),
    option(
        "--background",
        metavar="COLOUR",
        help="Lay what is transparent on this colour: white, #ff8800.",
    ),
    option("--depth", type=Choice(["8", "16"]), help="Bits of a value to write."),
    _flag(
        "--allow-8-bit",
        help="Read deeper pictures with 8 bits where imgconv[deep] is not installed.",
    ),
    max_pixels_option,
)

placing_options = _group(
    "placing",
    PlacingOptions,
    _flag("--in-place", help="Replace each INPUT; there is no OUTPUT then."),
    _flag(
        "--overwrite",
        help="Replace OUTPUT even where it may be a second INPUT: a picture beside the only "
        "INPUT, with the same ending, that imgconv has not made.",
    ),
    *(_flag(f"--{rule}", help=summary) for rule, summary in RULES.items()),
    option(
        "--report",
        metavar="FILE",
        help="Write what became of each file, as JSON lines, - to standard output.",
    ),
)
