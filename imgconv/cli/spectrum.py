"""``imgconv spectrum INPUT``: the frequencies of a picture, as text and picture, and back again."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from imgconv.cli.completion.values import complete_file
from imgconv.cli.option_groups import (
    as_record,
    explanation_flag,
    given_one,
    in_explanation,
    json_option,
    pixels_flag,
)
from imgconv.cli.sections import SectionedCommand
from imgconv.cli.study_options import (
    ReadingOptions,
    answer,
    is_given,
    output_argument,
    reading_options,
)
from imgconv.errors import UsageError
from imgconv.formats.registry import suffix_of

# The endings of files that hold a spectrum as numbers.
RAW = (".npz", ".npy")

# The ways to show a spectrum; study/spectrum_picture.py has their formulas.
_VIEWS = {
    "log": "ln(1 + |F|), so that weak frequencies can be seen",
    "power": "the energy |F|² of each frequency",
    "magnitude": "the strength |F| of each frequency",
    "real": "the real part, by sign and logarithm; 0 is middle grey",
    "imag": "the imaginary part, in the same way",
    "phase": "the phase as a hue, red at 0; with --gray as grey, middle grey at 0",
}

_WINDOWS = {
    "none": "the picture as it is, whose opposite edges touch",
    "round": "faded to 0 towards its edges, against the cross that they make",
}


class SpectrumOptions(NamedTuple):
    """How the spectrum is made and shown, and which way it goes."""

    of: str
    window: str
    corner: bool
    gray: bool
    inverse: bool
    painted: str | None

    @property
    def fades(self) -> bool:
        """Whether the picture is faded to 0 towards its edges."""
        return self.window == "round"


class SpectrumRequest(NamedTuple):
    """Everything that is asked for."""

    source: str
    output: str | None
    options: SpectrumOptions
    reading: ReadingOptions
    as_json: bool

    @property
    def inputs(self) -> list[str]:
        """The files that no output may overwrite."""
        return [self.source, *filter(None, [self.options.painted])]

    def check(self) -> None:
        """Raise ``UsageError`` for arguments that contradict each other."""
        is_raw, options = suffix_of(self.source) in RAW, self.options
        way = given_one(options, ("inverse", "painted"))
        if way and not self.output:
            raise UsageError(f"--{way} makes a picture", "name OUTPUT behind INPUT")
        if not self.output and (given := [*filter(is_given, ("of", "corner"))]):
            raise UsageError(f"--{given[0]} is about a picture", "name OUTPUT behind INPUT")
        if options.inverse and not is_raw:
            raise UsageError(
                f"--inverse takes a file of numbers, not '{self.source}'",
                "write one by 'imgconv spectrum INPUT RAW.npz'",
            )
        if is_raw and not options.inverse:
            raise UsageError(
                f"{self.source} is a spectrum already", "give --inverse to make a picture of it"
            )


@click.command(
    cls=SectionedCommand,
    no_args_is_help=True,
    examples=[
        ("List strong frequencies, and the direction of stripes", "imgconv spectrum in.png"),
        ("Show the spectrum", "imgconv spectrum in.png spectrum.png"),
        (
            "Paint in the spectrum, and see the picture that it makes",
            "imgconv spectrum in.png log.png && imgconv spectrum in.png out.png --painted log.png",
        ),
        (
            "Keep the numbers, and go back",
            "imgconv spectrum in.png raw.npz && imgconv spectrum raw.npz same.png --inverse",
        ),
    ],
)
@click.argument("source", metavar="INPUT", type=click.Path())
@output_argument
@as_record(
    "options",
    SpectrumOptions,
    in_explanation(
        "--of",
        choices=_VIEWS,
        default="log",
        metavar="PART",
        help="Show this part of the complex numbers F (default: log):",
    ),
    in_explanation(
        "--window",
        choices=_WINDOWS,
        default="none",
        metavar="NAME",
        help="Transform the picture like this (default: none):",
    ),
    explanation_flag(
        "--corner",
        help="Draw frequency 0 in the upper left corner. The default draws it in the middle.",
    ),
    explanation_flag(
        "--inverse",
        help="Make a picture of INPUT, a .npz or .npy that this command has written. The default "
        "takes a picture.",
    ),
    in_explanation(
        "--painted",
        metavar="FILE",
        type=click.Path(),
        shell_complete=complete_file,
        help="Write the picture that INPUT would be with the spectrum in FILE: a log picture of "
        "this command, changed by hand (default: none). Black removes a frequency, white adds it.",
    ),
    pixels_flag("--gray", help="Make the picture grey first. The default transforms each channel."),
)
@reading_options
@json_option
def spectrum(**options: Any) -> None:
    """Show the frequencies of INPUT: a text, a picture, or numbers.

    Without OUTPUT the strongest waves are listed, the energy in each octave, and the direction in
    which stripes or lines of text run, counter-clockwise from the right. These are of the grey
    picture; --json has each channel.

    OUTPUT is a picture of the size of INPUT, for each channel by itself, with frequency 0 in the
    middle; or .npz or .npy with the complex numbers F, from which --inverse makes INPUT again.

    F[k, l] is the sum of f[y, x] exp(-2 pi i (k y / height + l x / width)), and the picture may
    have any size: it is neither padded nor cropped.
    """
    request = SpectrumRequest(**options)
    request.check()
    answer("spectrum", request, [request.source])
