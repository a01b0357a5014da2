"""The costs of the engines: as they are shipped, or as ``imgconv tune`` measured them here.

The planner compares engines by them. Every run reads the measured costs before it looks for a
snapshot, so nothing here imports NumPy.
"""

import math
import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from imgconv.engines import ENGINES, Cost
from imgconv.errors import KernelError
from imgconv.kernels.toml import NUMBER, TABLE, check_table
from imgconv.system.user_dirs import user_folder

if TYPE_CHECKING:
    from imgconv.engines.base import Pass

# The engine whose time does not grow with the kernel.
_LEVEL = "running"

# The key of the time to fetch and store a value in the file.
_ROWS = "fetch-and-store"

# Nanoseconds to fetch a value and to store its result, measured as the costs of the engines on a
# processor of the year 2023 (Zen 4). How engines compare matters more than the machine's speed.
FETCH_AND_STORE = 0.25

# The time of sums in 16 bits as a share of that in floats, of which a vector holds half as many: of
# whole numbers, and in fixed point.
WHOLE, FIXED = 0.5, 0.65


class Costs(NamedTuple):
    """The cost of every engine, and the nanoseconds to fetch a value and store its result."""

    engines: Mapping[str, Cost]
    fetch_and_store: float


# The function that reports an invalid file, which a process may replace.
report: Callable[[str], None] = partial(warnings.warn, category=RuntimeWarning, stacklevel=2)


def path() -> Path:
    return user_folder("config") / "costs.toml"


@cache
def measured() -> Costs | None:
    """Return the costs that were measured here, or None where there is no valid file."""
    try:
        text = path().read_bytes()
    except OSError:
        return None
    try:
        return parse(text.decode())
    except ValueError as error:
        problem = getattr(error, "problem", error)
        report(f"{path()} is ignored ({problem}); 'imgconv tune' measures again")
        return None


@cache
def shipped() -> Costs:
    return Costs({name: engine.cost for name, engine in ENGINES.items()}, FETCH_AND_STORE)


def current() -> Costs:
    return measured() or shipped()


def seconds(kernel_pass: "Pass") -> float:
    """Estimate the time of a core for each value of the result, without fetching and storing it."""
    cost = current().engines[kernel_pass.engine]
    floats = 1e-9 * (cost.fixed + cost.each * kernel_pass.multiplications)
    if not kernel_pass.is_whole:
        return floats
    return floats * (FIXED if kernel_pass.unit > 1 else WHOLE)


def parse(text: str) -> Costs:
    """Return the costs that ``write_out`` wrote; raises ``ValueError`` for any other text."""
    import tomllib

    read = tomllib.loads(text)
    check_table(read, {_ROWS: NUMBER} | dict.fromkeys(ENGINES, TABLE), [_ROWS, *ENGINES])
    for name in ENGINES:
        check_table(read[name], dict.fromkeys(Cost._fields, NUMBER), Cost._fields)
    for key, nanoseconds in chain(
        [(_ROWS, read[_ROWS])], *(read[name].items() for name in ENGINES)
    ):
        if not 0 <= nanoseconds < math.inf:
            raise KernelError(f"'{key}' is no time", f"write {key} = 0.05")
    for name in ENGINES:
        if not read[name]["fixed" if name == _LEVEL else "each"]:
            raise KernelError(f"'{name}' takes no time", "write a time above 0")
    return Costs({name: Cost(**read[name]) for name in ENGINES}, read[_ROWS])


def write_out(costs: Costs) -> str:
    lines = ["# Nanoseconds for each value of a result, on one core.", ""]
    lines.append(f"{_ROWS} = {costs.fetch_and_store:.4g}")
    for name, cost in costs.engines.items():
        numbers = [f"{key} = {value:.4g}" for key, value in cost._asdict().items()]
        lines += ["", f"[{name}]", *numbers]
    return "\n".join(lines) + "\n"
