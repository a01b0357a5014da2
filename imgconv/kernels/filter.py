"""Filters: the declaration in a file, and the filter once its parameters have values.

Nothing here needs NumPy, so filters are listed in the time that their files take to read.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from imgconv import kernels
from imgconv.errors import ParameterError, UsageError, nearest

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel
    from imgconv.kernels.mask_picture import AnyMask
    from imgconv.kernels.symmetry import Symmetry

# The rules by which the results a, b, ... of several kernels become one.
COMBINATIONS = {
    "none": "a",
    "magnitude": "sqrt(a a + b b + ...)",
    "max": "the largest of a, b, ...",
    "add-above": "a + b where b or -b reaches the threshold, in levels of 255, else a",
}

# The rule of a bank, whose kernels make a result each: ``imgconv maps``.
BANK = "maps"

# The kind of a mask in the frequency domain that is a picture, and the only filter that has one: a
# path follows its name.
PICTURE, WITH_PATH = "picture", "freq-mask"

# The rules by which a result is brought into the range 0 .. maximum of the pixel type.
RANGES = {
    "clamp": "what lies outside becomes the nearest end",
    "abs": "the sign is dropped, then clamp",
    "offset": "zero becomes the middle grey, then clamp",
    "stretch": "the smallest value becomes black, the largest white",
}

# The groups in which filters are listed, with their titles. Filters without one are ``other``.
GROUPS = {
    "blur": "Blur",
    "sharpen": "Sharpen, and fine detail",
    "edges": "Edges",
    "relief": "Relief",
    "frequencies": "Frequencies, in cycles a pixel",
    "other": "Other",
}

# The rules by which the weights of a kernel are rescaled.
NORMALIZATIONS = {
    "none": "the weights stay as they are",
    "sum": "they are divided by their sum",
    "abs": "they are divided by the sum of their absolute values",
    "size": "they are divided by their number",
    "softmax": "each becomes exp(weight), then they are divided by their sum",
}


class Parameter(NamedTuple):
    """A parameter of a filter: an integer if its default is one, else a float.

    A ``default`` that is a text names the parameter whose value is taken. With ``labels`` a value
    is the number of one of them, and written as that.
    """

    name: str
    summary: str
    default: float | str
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return isinstance(self.default, int) and not self.labels

    @property
    def description(self) -> str:
        """The summary, the default and the allowed values, as in help texts."""
        is_name = isinstance(self.default, str)
        default = f"as {self.default}" if is_name else self.text(self.default)
        return f"{self.summary} (default {default}; {self.bounds})"

    @property
    def bounds(self) -> str:
        """The allowed values, as in a message."""
        if self.labels:
            return " or ".join(self.labels)
        if self.choices:
            return " or ".join(f"{choice:g}" for choice in self.choices)
        low, high = self.minimum, self.maximum
        if low > -math.inf:
            return f"{low:g} to {high:g}" if high < math.inf else f"at least {low:g}"
        return f"at most {high:g}" if high < math.inf else "any number"

    def text(self, value: float | str) -> str:
        """Return a value as people write it."""
        if isinstance(value, str):
            return value
        return self.labels[int(value)] if self.labels else f"{value:g}"

    def parse(self, text: str) -> float:
        """Return the value that ``text`` writes, as in ``0.05`` or ``1/20``.

        Raises ``ParameterError`` outside the range.
        """
        if self.labels:
            if text not in self.labels:
                raise self._error(f"'{text}' is not among its values")
            return self.labels.index(text)
        try:
            value = int(text) if self.is_whole else _quotient(text)
        except ValueError:
            kind = "a whole number" if self.is_whole else "a number"
            raise ParameterError(
                f"{self.name}: '{text}' is not {kind}", self._remedy(text)
            ) from None
        try:
            return self.check(value)
        except OverflowError:  # an integer too large for a float
            raise self._error(f"{text} is out of range") from None

    def _remedy(self, text: str) -> str:
        """Return what to write in place of a text that is no number."""
        remedy = kernels.other_names.value_remedy(text)
        written = (remedy or "").removeprefix("write ")
        with suppress(ParameterError):
            if remedy and written != remedy:
                self.parse(written)
            return remedy or f"give {self.bounds}"
        return f"give {self.bounds}"  # as the number would be out of range

    def check(self, value: float) -> float:
        """Return ``value``; raises ``ParameterError`` outside the range."""
        if abs(value) == math.inf or not self.minimum <= value <= self.maximum:
            raise self._error(f"{value:g} is out of range")
        if self.choices and value not in self.choices:
            raise self._error(f"{value:g} is not among its values")
        return value

    def _error(self, problem: str) -> ParameterError:
        return ParameterError(f"{self.name}: {problem}", f"give {self.bounds}")


def _quotient(text: str) -> float:
    """Return a number, or the quotient of two; raises ``ValueError``."""
    above, slash, below = text.partition("/")
    if not slash:
        return float(text)
    if not float(below):
        raise ValueError
    return float(above) / float(below)


class Filter(NamedTuple):
    """A filter whose parameters have values; see ``COMBINATIONS`` and ``RANGES``.

    The ``threshold`` is in levels of 255, whatever the maximum of the picture. With a ``mask`` the
    frequencies of the whole picture are filtered, before a kernel of one weight makes the result.
    """

    name: str
    kernels: "tuple[Kernel, ...]"
    combine: str = "none"
    range: str = "clamp"
    threshold: float = 0.0
    mask: "AnyMask | None" = None

    @property
    def keeps_flat(self) -> bool:
        """Whether a picture of one colour stays as it is."""
        first, *others = self.kernels
        if self.mask and not self.mask.keeps_flat:
            return False
        if self.combine == "add-above":
            return first.is_average and all(k.is_zero_sum and not k.offset for k in others)
        return not others and first.is_average

    @property
    def is_average(self) -> bool:
        """Whether it averages pixels, so that colours are weighted by alpha."""
        is_wide = self.mask is not None or any(kernel.taps > 1 for kernel in self.kernels)
        return self.keeps_flat and is_wide

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every pixel as it is, up to the size of the result."""
        first = self.kernels[0]
        if self.mask:
            return False
        is_plain = self.range == "clamp" and self.keeps_flat and not self.is_average
        return is_plain and bool(first.weights[first.origin])

    @property
    def brightens(self) -> bool:
        """Whether its weights are all positive and sum to more than 1."""
        first, *others = self.kernels
        return not others and first.has_one_sign and first.sum / first.scale > 1 + 1e-9

    def map_kernels(self, function: "Callable[[Kernel], Kernel]") -> "Filter":
        """Return the filter with ``function`` applied to each kernel."""
        return self._replace(kernels=tuple(map(function, self.kernels)))

    def turned(self, symmetry: "Symmetry") -> "Filter":
        """Return the filter for stored pixels that acts as this one does on upright ones."""
        turned = self.map_kernels(lambda kernel: kernel.turned(symmetry))
        return turned._replace(mask=self.mask.turned(symmetry)) if self.mask else turned


class KernelChanges(NamedTuple):
    """Changes of the kernels of one filter, made in this order; None leaves as it is.

    ``normalize`` is one of ``NORMALIZATIONS``; ``flip`` turns kernels by 180 degrees.
    """

    normalize: str | None = None
    flip: bool = False
    scale: float | None = None
    offset: float | None = None

    def of(self, filters: list[Filter]) -> list[Filter]:
        """Return the filters with changed kernels; raises ``UsageError`` for several filters."""
        changes = self._asdict().items()
        changed = [name for name, value in changes if not (value is None or value is False)]
        if changed and len(filters) > 1:
            raise UsageError(
                f"--{changed[0]} is meant for one filter, not for a chain",
                "put it into a kernel file",
            )
        return [filter.map_kernels(self._changed) for filter in filters] if changed else filters

    def _changed(self, kernel: "Kernel") -> "Kernel":
        kernel = kernel.normalised(self.normalize) if self.normalize is not None else kernel
        kernel = kernel.flip() if self.flip else kernel
        return kernel.replaced(self.scale, self.offset)


class Declaration(NamedTuple):
    """The declaration of a filter, whose parameters have no values yet.

    ``build`` makes the kernels from the values, ``mask`` the mask in the frequency domain;
    ``threshold`` names the parameters whose product is the threshold. ``aliases`` are further
    names, each with its own defaults of parameters. One that ``takes_path`` is called with that of
    a picture behind a colon, which is its mask.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    build: "Callable[[Mapping[str, float]], tuple[Kernel, ...]]"
    combine: str = "none"
    range: str = "clamp"
    threshold: tuple[str, ...] = ()
    group: str = "other"
    aliases: Mapping[str, Mapping[str, float]] = MappingProxyType({})
    mask: "Callable[[Mapping[str, float]], AnyMask | None]" = lambda values: None
    takes_path: bool = False

    def __repr__(self) -> str:
        """Return the filter as a text with its defaults, and its summary."""
        numbers = (each for each in self.parameters if not isinstance(each.default, str))
        values = [f"{each.name}={each.text(each.default)}" for each in numbers]
        return f"<filter {':'.join([self.name, *values])}: {self.summary}>"

    @property
    def usage(self) -> str:
        """The name and what may follow it, as in ``gaussian:sigma``."""
        path = ["PATH"] if self.takes_path else []
        return ":".join([self.name, *(each.name for each in self.parameters), *path])

    def called(self, alias: str) -> "Declaration":
        """Return the declaration with the defaults of one of its aliases."""
        defaults = self.aliases[alias]
        parameters = (
            each._replace(default=defaults.get(each.name, each.default)) for each in self.parameters
        )
        return self._replace(parameters=(*parameters,))

    def values(self, given: Mapping[str, str]) -> dict[str, float]:
        """Return the value of every parameter, parsed from the given text, or its default.

        Raises ``ParameterError`` for an unknown name, or a value out of its range.
        """
        if unknown := given.keys() - {each.name for each in self.parameters}:
            raise self._unknown_parameter(f"'{min(unknown)}'", min(unknown))
        values: dict[str, float] = {}
        for each in self.parameters:
            if each.name in given:
                values[each.name] = each.parse(given[each.name])
            else:
                default = each.default
                values[each.name] = values[default] if isinstance(default, str) else default
        return values

    def bind(self, given: Mapping[str, str]) -> Filter:
        """Return the filter with these values, given as text, and defaults for the others."""
        values = self.values(given)
        threshold = math.prod(map(values.__getitem__, self.threshold)) if self.threshold else 0.0
        how = (self.combine, self.range, threshold, self.mask(values))
        return Filter(self.name, self.build(values), *how)

    def name_values(self, texts: list[str]) -> dict[str, str]:
        """Return values by parameter; values without a name are in the order of declaration."""
        named: dict[str, str] = {}
        for position, text in enumerate(texts):
            name, equals, value = text.partition("=")
            if not equals:
                if position >= len(self.parameters):
                    raise self._unknown_parameter(f"for '{text}'")
                name, value = self.parameters[position].name, text
            name = name.strip()
            if name in named:
                raise ParameterError(f"{name} is given twice", "give it once")
            named[name] = value.strip()
        return named

    def _unknown_parameter(self, given: str, name: str = "") -> ParameterError:
        names = [parameter.name for parameter in self.parameters]
        meant = kernels.other_names.parameter_meant(name, names)
        near = nearest(name, names)
        meant = meant or (near[0] if near else None)
        remedy = f"write {meant}" if meant else f"it takes {', '.join(names) or 'none'}"
        return ParameterError(f"'{self.name}' has no parameter {given}", remedy)


def check_kernels(
    filters: Iterable[Filter],
    remedy: str = "see them by 'imgconv spectrum', or give filters of kernels",
) -> None:
    """Raise ``UsageError`` for a filter of frequencies, which has a mask and no kernels."""
    for filter in filters:
        if filter.mask:
            raise UsageError(
                f"'{filter.name}' filters frequencies, of which each needs the whole picture",
                remedy,
            )
