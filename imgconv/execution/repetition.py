"""How often the filters of a run are applied or drawn. Options are parsed to it: no Pillow here."""

import os
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv.errors import UsageError

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter
    from imgconv.planning.settings import Settings

# The most repetitions that are one chain; more of them run step by step.
MOST_IN_CHAIN = 16

# The least and the largest value of each number.
LIMITS = {"repeat": (1, 10_000), "draws": (1, 1_000_000), "seed": (0, 2**64 - 1)}


class Repetition(NamedTuple):
    """How often the filters are applied one after the other, and how often each is drawn.

    After each ``every`` repetitions or draws, a state becomes a frame of the output. Without
    ``draws`` results are sums. The ``seed`` of draws is a whole number.
    """

    repeat: int = 1
    every: int | None = None
    draws: int | None = None
    seed: int | None = None

    @property
    def shown(self) -> int:
        """The number of states that are written."""
        return -(-(self.draws or self.repeat) // self.every) if self.every else 1

    @property
    def is_chain(self) -> bool:
        """Whether all repetitions run as one chain, as if they were written out."""
        return self.shown == 1 and not self.draws and self.repeat <= MOST_IN_CHAIN

    def chain(self, filters: "Sequence[Filter]") -> "Sequence[Filter]":
        """Return the filters of a request: repeated, unless they are run state by state."""
        return [*filters] * self.repeat if self.is_chain else filters

    def seeded(self) -> "Repetition":
        """Return the same with a random seed, where one is needed and not given."""
        if self.draws is None or self.seed is not None:
            return self
        return self._replace(seed=int.from_bytes(os.urandom(4), "big"))

    @classmethod
    def of(cls, **given: Any) -> "Repetition":
        """Return a repetition by these numbers; raises ``UsageError`` for one out of range."""
        defaults = cls._field_defaults
        numbers = {
            name: _whole(name, value)
            for name, value in given.items()
            if value is not defaults[name]
        }
        return cls(**numbers)

    def check(self, settings: "Settings") -> None:
        """Raise ``UsageError`` for numbers that contradict each other or the settings."""
        if self.seed is not None and self.draws is None:
            raise UsageError("--seed is the seed of --draws", "give --draws as well")
        if self.every is not None and self.repeat == 1 and self.draws is None:
            raise UsageError("--every needs several states", "give --repeat or --draws as well")
        if self.draws and self.every and self.repeat > 1:
            raise UsageError("--every of --repeat draws is not clear", "leave out one of the three")
        if not self.is_chain and settings.blend:
            name = f"--repeat above {MOST_IN_CHAIN}" if self.shown == 1 else "--every"
            name = "--draws" if self.draws else name
            raise UsageError(
                f"{name} does not go with --mix, --mask or --region", "filter the whole picture"
            )


def _whole(name: str, value: object) -> int:
    least, most = LIMITS[name]
    if isinstance(value, Integral) and not isinstance(value, bool) and least <= int(value) <= most:
        return int(value)
    raise UsageError(f"{name} is {value!r}", f"give a whole number from {least} to {most:,}")


ONCE = Repetition()
