"""What the work of each engine costs: as it is shipped, or as ``imgconv tune`` measured it here.

The planner compares engines by it. The results of the engines agree within the tolerance, so it
changes how long a picture takes, and what comes out no more than that.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from imgconv.errors import KernelError
from imgconv.kernels.toml import NUMBER, TABLE, check_table
from imgconv.system.user_dirs import config_folder

# What the time to fetch a row and to store it is called in the file.
_ROWS = "fetch-and-store"


class Cost(NamedTuple):
    """Nanoseconds that one core takes for each value of the result: to begin with, and for each
    multiplication."""

    fixed: float
    each: float


class Costs(NamedTuple):
    """The cost of every engine, and the nanoseconds in which a value is fetched and stored."""

    engines: Mapping[str, Cost]
    fetch_and_store: float


# Measured by ``imgconv tune`` on a processor of the year 2023 (Zen 4): how engines compare matters
# more than how fast the machine is. Rows are fetched and stored as well.
COSTS = {
    "direct": Cost(0.03, 0.036),
    "separable": Cost(0.0, 0.036),
    "low-rank": Cost(0.10, 0.038),
    "running": Cost(0.45, 0.0),
    "pyramid": Cost(0.0, 0.085),
    "fourier": Cost(0.0, 0.075),
}

FETCH_AND_STORE = 0.25

# What whole numbers of 16 bits take of the time of floats, of which a vector holds half as many,
# and what numbers in fixed point take.
WHOLE = 0.5

FIXED = 0.65

SHIPPED = Costs(COSTS, FETCH_AND_STORE)


def _warn_ignored(reason: str) -> None:
    warnings.warn(reason, RuntimeWarning, stacklevel=2)


class Hooks:
    """What a process may want to add_diagnostic of: why a file of measured costs is ``ignored``."""

    def __init__(self) -> None:
        self.ignored: Callable[[str], None] = _warn_ignored


hooks = Hooks()


def path() -> Path:
    """Where measured costs are kept."""
    return config_folder() / "costs.toml"


@cache
def held() -> Costs:
    """The costs that hold on this machine: those measured, if there are such, or those shipped."""
    try:
        text = path().read_bytes()
    except OSError:
        return SHIPPED
    try:
        return parse(text.decode())
    except ValueError as error:
        problem = getattr(error, "problem", error)
        hooks.ignored(f"{path()} is ignored ({problem}); 'imgconv tune' measures again")
        return SHIPPED


def parse(text: str) -> Costs:
    """The costs that ``write_out`` wrote; raises ``ValueError`` for anything else."""
    import tomllib

    read = tomllib.loads(text)
    check_table(read, {_ROWS: NUMBER} | dict.fromkeys(COSTS, TABLE), [_ROWS, *COSTS])
    return Costs({name: _cost(read[name]) for name in COSTS}, _checked(_ROWS, read[_ROWS]))


def _cost(read: Mapping[str, Any]) -> Cost:
    check_table(read, dict.fromkeys(Cost._fields, NUMBER), Cost._fields)
    return Cost(*(_checked(key, read[key]) for key in Cost._fields))


def _checked(key: str, nanoseconds: float) -> float:
    if not 0 <= nanoseconds < math.inf:
        raise KernelError(f"'{key}' is no time", f"write {key} = 0.05")
    return float(nanoseconds)


def write_out(costs: Costs) -> str:
    """``costs`` as a text of TOML."""
    lines = ["# Nanoseconds for each value of a result, on one core.", ""]
    lines.append(f"{_ROWS} = {costs.fetch_and_store:.4g}")
    for name, cost in costs.engines.items():
        numbers = [f"{key} = {value:.4g}" for key, value in cost._asdict().items()]
        lines += ["", f"[{name}]", *numbers]
    return "\n".join(lines) + "\n"
