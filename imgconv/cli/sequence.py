"""``imgconv sequence SEQ...``: convolution in one dimension."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click

from imgconv.cli.completion.values import complete_sequence
from imgconv.cli.filter_options import KernelCommand
from imgconv.cli.option_groups import (
    as_record,
    files_flag,
    given_one,
    in_files,
    in_sequences,
    json_option,
    sequences_flag,
)
from imgconv.cli.study_options import FilmOptions, film_options

MODES = {
    "full": "every place where both meet: n + m - 1 values",
    "same": "as many values as the first SEQ (SciPy's same; NumPy's has the longer one's length)",
    "valid": "where one lies wholly inside the other: max - min + 1 values",
}


class SampleOptions(NamedTuple):
    """Where the samples of a sequence lie, and which column of a table they are."""

    start: float | None
    step: float | None
    points: bool
    resample: float | None
    column: str | None


ABOVE_ZERO = click.FloatRange(0, 1e9, min_open=True)

sample_options = as_record(
    "samples",
    SampleOptions,
    in_sequences(
        "--start",
        type=float,
        metavar="X",
        help="Put the first value of the first SEQ at X (default: 0, and 1 of a die).",
    ),
    in_sequences(
        "--step",
        type=ABOVE_ZERO,
        metavar="DX",
        help="Take the values as samples of functions at a distance of DX: sums are multiplied by "
        "DX, as integrals are (default: plain sums).",
    ),
    sequences_flag(
        "--points",
        help="Take values as masses at the places of a column x, equally spaced or not. The "
        "default asks for equal steps.",
    ),
    in_sequences(
        "--resample",
        type=ABOVE_ZERO,
        metavar="DX",
        help="Draw straight lines between places, and take a value every DX (default: no).",
    ),
    in_sequences(
        "--column",
        metavar="NAME|N",
        help="Take this column of a table, by its name or from 1 (default: the only one beside x).",
    ),
)


class ArithmeticOptions(NamedTuple):
    """How sequences are combined."""

    mode: str | None
    correlate: bool
    times: int | None
    probability: bool
    standardize: bool


arithmetic_options = as_record(
    "arithmetic",
    ArithmeticOptions,
    in_sequences(
        "--mode",
        choices=MODES,
        metavar="NAME",
        help="Keep this part of the result (default full):",
    ),
    sequences_flag(
        "--correlate",
        help="Lay each SEQ over the first as it is written. The default turns it (convolution), as "
        "in mathematics; pictures are correlated.",
    ),
    in_sequences(
        "--times",
        type=click.IntRange(1),
        metavar="N",
        help="Convolve N copies of one SEQ, as the sum of N dice (default 1).",
    ),
    sequences_flag(
        "--probability",
        help="Divide each SEQ by its sum, and print mean and variance. The default leaves values.",
    ),
    sequences_flag(
        "--standardize",
        help="Make the mean of the first SEQ 0 and its standard deviation 1. The default leaves "
        "values.",
    ),
)


class KindOptions(NamedTuple):
    """The kind of answer, of which one is chosen, and the options of each."""

    at: float | None
    slide: bool
    matrix: bool
    spectrum: bool
    ar: int | None
    letters: bool
    constant: bool
    frames: int | None

    def chosen(self) -> str:
        """Return the name of the module that answers; raises ``UsageError`` for two kinds."""
        given = given_one(self, _KINDS)
        return _KINDS[given] if given else "values"


# The options that choose what is shown, and their modules in answers/sequences/.
_KINDS = {
    "at": "terms",
    "slide": "slide",
    "matrix": "matrix",
    "spectrum": "spectrum",
    "ar": "autoregression",
}

kind_options = as_record(
    "kind",
    KindOptions,
    in_sequences(
        "--at",
        type=float,
        metavar="C",
        help="List every a + b = C with its product, and their sum (default: all values).",
    ),
    sequences_flag(
        "--slide",
        help="Draw the second SEQ sliding over the first, as an animation in OUTPUT (.gif, .png, "
        ".webp), or as a film to -. The default shows all values.",
    ),
    sequences_flag(
        "--matrix",
        help="Show the weight matrix, as 'sequence 5 \"2 3\"': a row for each result, with the "
        "second SEQ as it is written. The mode is valid by default.",
    ),
    sequences_flag(
        "--spectrum", help="Show the amplitude of each frequency. The default shows values."
    ),
    in_sequences(
        "--ar",
        type=click.IntRange(1),
        metavar="P",
        help="Predict each value from P before it, by least squares (default: no). Moving averages "
        "of an unseen noise, the MA(q) of statistics, are not fitted.",
    ),
    sequences_flag("--letters", help="Write w0, w1, ... in a matrix. The default writes weights."),
    in_sequences(
        "--constant/--no-constant",
        default=True,
        help="Predict with a constant, or without one (default: with one).",
    ),
    in_sequences(
        "--frames",
        type=int,
        metavar="N",
        help="Slide in N frames (default 60; separate values in no more than there are results).",
    ),
)


class OutputOptions(NamedTuple):
    """Where the answer goes, and in which form."""

    output: str | None
    plot: bool | None
    fit: bool
    as_json: bool


output_options = as_record(
    "writing",
    OutputOptions,
    in_files(
        "-o",
        "--output",
        type=click.Path(),
        metavar="OUTPUT",
        help="Write to .csv, .npy, .json or .wav, or draw to .png, .svg, .pdf, or with --slide to "
        ".gif, .png, .webp (default: print).",
    ),
    in_files(
        "--plot/--no-plot",
        default=None,
        help="Print bars or a curve, or lines of x,value (default: bars on a terminal only).",
    ),
    files_flag(
        "--fit", help="Divide a sound that is too loud for .wav. The default clips its peaks."
    ),
    json_option,
)


class SequenceRequest(NamedTuple):
    """Everything that is asked for."""

    texts: tuple[str, ...]
    samples: SampleOptions
    arithmetic: ArithmeticOptions
    kind: KindOptions
    writing: OutputOptions
    film: FilmOptions

    @property
    def mode(self) -> str:
        return self.arithmetic.mode or "full"


@click.command(
    cls=KernelCommand,
    no_args_is_help=True,
    examples=[
        ("Throw two dice", "imgconv sequence die:6 die:6 --probability"),
        ("See the sum behind one value", 'imgconv sequence ".1 .2 .3 .4" ".5 .3 .2" --at 3'),
        ("Smooth a column of data", "imgconv sequence data.csv mean:5 --mode valid"),
        ("Add an echo to a sound", "imgconv sequence in.wav echo:250ms:0.5 -o out.wav --fit"),
        ("Two boxes make a triangle", "imgconv sequence box:1 box:1 --step 0.01"),
        ("Watch them slide", "imgconv sequence box:1 box:1 --slide -o out.gif"),
        ("See the weight matrix", 'imgconv sequence 5 "2 3" --matrix'),
    ],
)
@click.argument(
    "texts", metavar="SEQ...", nargs=-1, required=True, shell_complete=complete_sequence
)
@sample_options
@arithmetic_options
@kind_options
@film_options(in_sequences, 16)
@output_options
def sequence(**options: Any) -> None:
    """Convolve sequences of numbers, such as dice, signals and sounds.

    The result (f*g)[c] is the sum of all f[a] g[c - a]. A SEQ is numbers ("1 2 3" or 1,2,3), a
    file (.csv, .tsv, .txt, .npy, .wav), - for standard input, or a name: box:W, triangle:W,
    gaussian:S, exp:A, die:N, mean:N, echo:DELAY:GAIN, impulse. Three or more are convolved one
    after the other; a single one is shown.

    Places add: two dice, which begin at 1, make sums from 2 on. This is convolution as in
    mathematics, where the second SEQ is turned; --correlate does not turn it. (For pictures
    correlation is the rule, and --flip turns the kernel.)

    On a terminal up to 40 values are bars, and more are a curve. In a pipe they are lines of
    x,value, which another 'imgconv sequence -' reads.
    """
    request = SequenceRequest(**options)
    import_module(f"imgconv.cli.answers.sequences.{request.kind.chosen()}").answer(request)
