"""Arguments and answers that commands that explain share: places, sizes, JSON, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from imgconv import cli, formats
from imgconv.batch.conflicts import check_files, check_folder
from imgconv.cli.inputs import check_source
from imgconv.cli.option_groups import Command, as_record, in_pixels
from imgconv.cli.options import allow_8_bit_option, allow_damaged_option, max_pixels_option
from imgconv.errors import UsageError
from imgconv.formats.registry import by_path, suffix_of
from imgconv.images.blend import Region
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.formats.metadata import Picture
    from imgconv.images.pixels import Pixels

FIGURES = (".png", ".svg", ".pdf", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


class ReadingOptions(NamedTuple):
    """Which frame of a picture is read, and which pictures are refused."""

    frame: int | None
    allow_8_bit: bool
    allow_damaged: bool
    max_pixels: int | None

    def pixels(self, source: str, gray: bool = False, needs_curves: bool = False) -> Pixels:
        """Read upright pixels of a frame from a path, or from standard input for ``-``.

        ``needs_curves`` reads the transfer functions. Raises ``ReadError``, and ``UsageError`` for
        several frames without the number of one.
        """
        picture = self._read(source)
        if self.frame is None:
            check_one_frame(source, len(picture.frames))
        frame = picture.extract_frame(self.frame or 0)
        return formats.upright.upright_pixels(frame, gray, needs_curves)

    def frames(self, source: str, gray: bool = False) -> Iterator[tuple[int, Pixels]]:
        """Yield the numbers and upright pixels of all frames, or of one; raises ``ReadError``."""
        picture = self._read(source)
        for number in range(len(picture.frames)) if self.frame is None else [self.frame]:
            yield number, formats.upright.upright_pixels(picture.extract_frame(number), gray)

    def _read(self, source: str) -> Picture:
        """Read a picture, and print each note on its file once."""
        reader = formats.reader
        options = reader.ReadOptions(self.max_pixels, self.allow_8_bit, self.allow_damaged)
        picture = reader.read(source, options)
        said = click.get_current_context().meta.setdefault(__name__, set())
        for line in (f"{source}: {note}" for note in picture.notes):
            if line not in said:
                cli.console.say(line)
            said.add(line)
        return picture


def check_one_frame(source: str, count: int) -> None:
    """Raise ``UsageError`` for a picture of several frames, of which one is to be chosen."""
    if count > 1:
        raise UsageError(f"{source} has {count} frames", "choose one with --frame, the first is 0")


reading_options = as_record(
    "reading",
    ReadingOptions,
    in_pixels(
        "--frame",
        type=click.IntRange(0),
        metavar="N",
        help="Take frame or page N, counted from 0 (default: the only one).",
    ),
    allow_8_bit_option,
    max_pixels_option,
    allow_damaged_option,
)

output_argument = click.argument("output", metavar="[OUTPUT]", required=False, type=click.Path())


class _Pair(click.ParamType[tuple[int, int]]):
    """Two whole numbers from ``least`` up, with a separator between them."""

    def __init__(self, name: str, separator: str, least: int) -> None:
        self.name, self._separator, self._least = name, separator, least

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        text = str(value).strip()
        parts = [part.strip() for part in text.lower().split(self._separator)]
        if len(parts) != 2 or not all(part.removeprefix("-").isdigit() for part in parts):
            self.fail(f"'{text}' is not written as {self.name}", param, ctx)
        first, second = map(int, parts)
        if min(first, second) < self._least:
            self.fail(f"'{text}' is too small: at least {self._least} each", param, ctx)
        return first, second


class _KernelSize(click.ParamType[tuple[int, int]]):
    """A width and a height from 1 up, or one number for both."""

    name = "N|WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        if isinstance(value, str) and value.strip().isdigit():
            value = f"{value}x{value}"
        return SIZE.convert(value, param, ctx)


class _FrameSize(click.ParamType[tuple[int, int | None]]):
    """A width, and a height, or ``?`` for the height that a figure needs."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int | None]:
        if isinstance(value, tuple):
            return value
        width, _, height = str(value).lower().partition("x")
        if not width.isdigit() or not (height in ("", "?") or height.isdigit()):
            self.fail(f"'{value}' is not written as 720x? or 720x450", param, ctx)
        size = int(width), int(height) if height.isdigit() else None
        if not all(200 <= side <= 4000 for side in size if side is not None):
            self.fail(f"'{value}' is not from 200 to 4000", param, ctx)
        return size


class _Region(click.ParamType[Region]):
    """A rectangle of pixels."""

    name = "X,Y,WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Region:
        return value if isinstance(value, Region) else Region.of(str(value))


FRAME_SIZE, REGION = _FrameSize(), _Region()

# A place: x to the right, y down, from 0, of the picture as it is seen. A size: width x height.
PLACE = _Pair("X,Y", ",", 0)
SIZE = _Pair("WxH", "x", 1)
KERNEL_SIZE = _KernelSize()


class FilmOptions(NamedTuple):
    """The frames a second, the width and height of each, and the format of a film in a pipe."""

    fps: float
    size: tuple[int, int | None]
    film_format: str


def film_options(in_section: Callable[..., Any], fps: float) -> Callable[[Command], Command]:
    """Return the options of an animation, ``fps`` frames a second by default."""
    return as_record(
        "film",
        FilmOptions,
        in_section(
            "--fps",
            type=click.FloatRange(0, 100, min_open=True),
            metavar="N",
            default=fps,
            help=f"Show N frames a second (default {fps:g}).",
        ),
        in_section(
            "--size",
            type=FRAME_SIZE,
            metavar="WxH",
            default=(720, None),
            help="Draw frames of W pixels, up to H high (default 720x?, as high as needed).",
        ),
        in_section(
            "--format",
            "film_format",
            type=click.Choice(["y4m", "ppm"]),
            metavar="NAME",
            default="y4m",
            help="Write this film to -: y4m or ppm (default y4m).",
        ),
    )


def is_given(option: str) -> bool:
    """Return whether an option stands on the command line."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def answer(kind: str, request: Any, sources: Iterable[str]) -> Any:
    """Have ``cli/answers/KIND.py`` answer the request, once ``sources`` can be read.

    Raises ``UsageError`` for a standard input that is closed or a terminal.
    """
    for source in sources:
        check_source(source)
    cli.library_warnings.collect_library_warnings()
    return import_module(f"imgconv.cli.answers.{kind}").answer(request)


def check_figure(output: str, inputs: Sequence[str], numbers: Sequence[str] = ()) -> None:
    """Raise ``UsageError`` where no figure can be drawn, nor a file that ends in ``numbers``."""
    suffix = suffix_of(output)
    if suffix not in (*numbers, *FIGURES):
        raise UsageError(
            f"the ending of '{output}' names no format of a figure",
            f"end it in {', '.join((*numbers, *FIGURES))}",
        )
    check_output(output, inputs)
    if suffix in FIGURES:
        check_matplotlib()


def check_matplotlib() -> None:
    """Raise ``UsageError`` where Matplotlib is not installed; nothing is imported."""
    if find_spec("matplotlib") is None:
        raise UsageError("figures need matplotlib", "pip install matplotlib")


def check_pixels_output(output: str, inputs: Sequence[str], numbers: Sequence[str] = ()) -> None:
    """Raise ``UsageError`` where no picture can be written, nor a file that ends in ``numbers``."""
    try:
        if suffix_of(output) not in numbers:
            by_path(output)
    except UsageError as error:
        raise UsageError(error.problem, ", ".join([error.remedy, *numbers])) from error
    check_output(output, inputs)


def check_output(output: str, inputs: Sequence[str]) -> None:
    """Raise an error where ``output`` would overwrite one of ``inputs``, or has no folder."""
    check_files(dict.fromkeys(map(Path, inputs), "an input"), [output])
    check_folder(output)


def check_one_document(output: str, as_json: bool) -> None:
    """Raise ``UsageError`` where both OUTPUT and JSON would go to standard output."""
    if output == PIPE and as_json:
        raise UsageError("- and --json are both for standard output", "leave out one of them")
