"""Options of a filter that is applied or drawn many times."""

from __future__ import annotations

from click import IntRange

from imgconv.cli.option_groups import as_record, in_kernel
from imgconv.execution.repetition import LIMITS, Repetition

repetition_options = as_record(
    "repetition",
    Repetition,
    in_kernel(
        "--repeat",
        type=IntRange(*LIMITS["repeat"]),
        default=1,
        metavar="N",
        help=f"Apply FILTER N times, up to {LIMITS['repeat'][1]:,}; nothing is rounded between "
        "(default 1).",
    ),
    in_kernel(
        "--every",
        type=IntRange(1),
        metavar="K",
        help="Write the state after each K repetitions or draws (default: the last state only). "
        "Each is a frame of GIF, PNG, WebP or TIFF, or a picture of a film in PPM.",
    ),
    in_kernel(
        "--draws",
        type=IntRange(*LIMITS["draws"]),
        is_flag=False,
        flag_value=1,
        metavar="[N]",
        help="Draw each pixel from those under the kernel, whose weights are probabilities, and "
        "take the mean of N draws (default: sum them; without N, one draw).",
    ),
    in_kernel(
        "--seed",
        type=IntRange(*LIMITS["seed"]),
        metavar="S",
        help="Draw the same pixels as another run with this seed (default: a random seed, which "
        "is printed).",
    ),
)
