"""Options of a filter that is applied or drawn many times, and warnings about such a filter."""

from __future__ import annotations

import os

from click import IntRange

from imgconv.batch.repetition import States
from imgconv.cli.option_groups import as_record, in_kernel

_MOST_TIMES = 10_000

states_options = as_record(
    "states",
    States,
    in_kernel(
        "--repeat",
        type=IntRange(1, _MOST_TIMES),
        default=1,
        metavar="N",
        help=f"Apply FILTER N times, up to {_MOST_TIMES:,}; nothing is rounded between (default "
        "1).",
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
        type=IntRange(1, 1_000_000),
        is_flag=False,
        flag_value=1,
        metavar="[N]",
        help="Draw each pixel from those under the kernel, whose weights are probabilities, and "
        "take the mean of N draws (default: sum them; without N, one draw).",
    ),
    in_kernel(
        "--seed",
        type=IntRange(0, 2**64 - 1),
        metavar="S",
        help="Draw the same pixels as another run with this seed (default: a random seed, which "
        "is printed).",
    ),
)


def chosen_states(states: States) -> States:
    """Return the states, with a random seed where one is needed and not given."""
    if states.draws is None or states.seed is not None:
        return states
    return states._replace(seed=int.from_bytes(os.urandom(4), "big"))
