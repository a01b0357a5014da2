"""The kernels of filters as text, as JSON, as a figure, and as kernel files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imgconv import figures
from imgconv.cli.answers import kernel_numbers
from imgconv.cli.answers.mask import mask_fields, mask_lines
from imgconv.cli.answers.tables import LARGEST_GRID
from imgconv.cli.console import print_json, say, show_line
from imgconv.cli.filters import declaration_fields
from imgconv.cli.study_options import check_figure
from imgconv.errors import LimitError, UsageError
from imgconv.formats.number_files import write_npy
from imgconv.formats.registry import row_of_path, suffix_of
from imgconv.kernels import library
from imgconv.kernels.display import middle
from imgconv.kernels.filter import RANGES, Declaration, Filter
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel
from imgconv.kernels.toml_text import toml_text
from imgconv.study.algebra import added, composed, deviations, single_kernel
from imgconv.study.numbers import number
from imgconv.system import atomic
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.cli.show import AlgebraOptions, ShowRequest

KERNEL_FILES = (".toml", ".npy")

# The most kernels of one figure.
_MOST_DRAWN = 16


class Shown(NamedTuple):
    """A filter; its declaration, if it is a named one; ``text`` is what it was made of."""

    filter: Filter
    entry: Declaration | None
    text: str

    @property
    def summary(self) -> str:
        return self.entry.summary if self.entry else ""


def answer(request: ShowRequest) -> None:
    """Print, draw or write the kernels; raises ``UsageError``."""
    _check_place(request)
    if request.answers.check:
        kernel_numbers.print_orders(
            library.find(request.filter_text, request.filter.values()), request
        )
        return
    found = _found(request)
    if request.output:
        _write(found, request.output, request)
        say(_summary(found, request.output))
    if request.as_json:
        fields = [_fields(each, request) for each in found]
        print_json(fields if len(fields) > 1 else fields[0])
    elif not request.output:
        for each in found:
            _print(each, request)


def _check_place(request: ShowRequest) -> None:
    output = request.output
    if output is None:
        return
    if request.answers.check:
        raise UsageError("--check prints a comparison and draws nothing", f"leave out '{output}'")
    texts = [request.filter_text, *request.algebra.add, *request.algebra.subtract]
    inputs = [str(path) for text in texts for path in library.files(text)]
    check_figure(output, inputs, KERNEL_FILES)
    if row_of_path(output) and not figures.style.is_figure(output):
        line = shlex.join(["imgconv", "apply", request.filter_text, output])
        raise UsageError(
            f"'{output}' is a picture, which the drawing of a kernel would replace",
            f"write {line} OUTPUT to filter it, or remove it first",
        )


def _found(request: ShowRequest) -> list[Shown]:
    """Return the filters, put together and changed as the options say."""
    links, algebra = library.links(request.filter_text), request.algebra
    entries = [link[0] if link else None for link in map(library.parse_link, links)]
    filters = library.find_with_banks(request.filter_text, request.filter.values())
    if any(filter.mask for filter in filters):
        _check_mask_options(request)
    filters = request.changes.of(_put_together(filters, algebra))
    if len(filters) > 1:
        return [Shown(*each) for each in zip(filters, entries, links, strict=True)]
    is_new = algebra.one or algebra.add or algebra.subtract
    return [Shown(filters[0], None if is_new else entries[0], _text_of(request))]


def _put_together(filters: list[Filter], algebra: AlgebraOptions) -> list[Filter]:
    """Return a chain, or one filter of the sums and multiples that are asked for."""
    if algebra.one:
        filters = [Filter("kernel", (composed(filters),), range=filters[-1].range)]
    for texts, sign in ((algebra.add, 1.0), (algebra.subtract, -1.0)):
        for other in texts:
            filters = [_sum(filters, other, sign)]
    times = algebra.times
    if times is not None:
        _refuse_chain(filters, "--times")
        filters = [filters[0].map_kernels(lambda kernel: kernel.scaled(times))]
    return filters


def _check_mask_options(request: ShowRequest) -> None:
    """Raise ``UsageError`` for an option of kernels, which a mask has none of."""
    factors, times = request.answers.factors, request.algebra.times
    values = {"factors": factors, "times": times, **request.changes._asdict()}
    for name, value in values.items():
        if value is not None and value is not False:
            raise UsageError(f"--{name} is about a kernel, not a mask", f"leave out --{name}")


def _sum(filters: list[Filter], other: str, sign: float) -> Filter:
    option = "--add" if sign > 0 else "--subtract"
    _refuse_chain(filters, option)
    second = library.find(other)
    _refuse_chain(second, option)
    kernels = [single_kernel(each, option) for each in (filters[0], second[0])]
    return filters[0]._replace(name="kernel", kernels=(added(kernels[0], kernels[1], sign),))


def _refuse_chain(filters: list[Filter], option: str) -> None:
    if len(filters) > 1:
        raise UsageError(f"{option} is meant for one filter, not for a chain", "give --one as well")


def _text_of(request: ShowRequest) -> str:
    """Return what the kernel was made of, as in ``gaussian:1 + blur``."""
    algebra = request.algebra
    parts = [request.filter_text]
    parts += [f"--{name} {value}" for name, value in request.filter.values().items()]
    parts += [f"+ {text}" for text in algebra.add] + [f"- {text}" for text in algebra.subtract]
    parts += [f"times {algebra.times:g}"] if algebra.times is not None else []
    return " ".join(parts)


def _print(shown: Shown, request: ShowRequest) -> None:
    filter, entry = shown.filter, shown.entry
    title = filter.name if entry or filter.name != "kernel" else shown.text
    show_line(f"{title}: {entry.summary}" if entry else title)
    if filter.mask:
        click.echo("\n".join(["", *mask_lines(filter.mask), ""]))
    for kernel in filter.kernels if not filter.mask else ():
        is_shares = request.changes.normalize == "softmax"
        click.echo(f"\n{grid(kernel, is_shares)}\n\n  {_properties(kernel)}")
        for line in kernel_numbers.lines(kernel, request.answers):
            click.echo(f"  {line}")
    click.echo(f"  shown by {filter.range}: {RANGES[filter.range]}")
    if filter.combine != "none":
        click.echo(f"  combined by {filter.combine}")
    for parameter in entry.parameters if entry else ():
        click.echo(f"  {parameter.name}: {parameter.description}")


def grid(kernel: Kernel, is_shares: bool = False) -> str:
    """Return the weights, or the middle of a large kernel; of probabilities as percent."""
    weights = kernel.weights[middle(kernel.weights.shape, LARGEST_GRID)]
    cells = [[_cell(weight, is_shares) for weight in row] for row in weights.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  " + " ".join(f"{cell:>{width}}" for cell in row) for row in cells]
    if weights.size < kernel.height * kernel.width:
        lines.append(f"  (the middle {weights.shape[1]}x{weights.shape[0]} of {kernel.size})")
    return "\n".join(lines)


def _cell(weight: float, is_share: bool) -> str:
    if is_share:
        return f"{100 * weight:.6g}%"
    return f"{weight:g}" if weight == round(weight, 4) else f"{weight:.4g}"


def _properties(kernel: Kernel) -> str:
    scale = f", divided by {kernel.scale:g}" if kernel.scale != 1 else ""
    offset = f", plus {kernel.offset:g}" if kernel.offset else ""
    kind = "separable" if kernel.factor is not None else "not separable"
    row, column = kernel.origin
    return (
        f"size {kernel.size}, sum {kernel.sum / kernel.scale:.6g}{scale}{offset}, {kind}, "
        f"origin at row {row}, column {column}{_spread(kernel)}"
    )


def _spread(kernel: Kernel) -> str:
    spread = deviations(kernel)
    if spread is None or kernel.taps == 1:
        return ""
    across, down = (number(each) for each in spread)
    return f", standard deviation {across}" + ("" if across == down else f" across, {down} down")


def _fields(shown: Shown, request: ShowRequest) -> dict[str, Any]:
    filter, entry = shown.filter, shown.entry
    return (declaration_fields(entry) if entry else {}) | {
        "name": filter.name,
        "made_of": shown.text,
        "combine": filter.combine,
        "range": filter.range,
        "mask": mask_fields(filter.mask) if filter.mask else None,
        "kernels": [
            _kernel_fields(kernel) | kernel_numbers.fields(kernel, request.answers)
            for kernel in filter.kernels
        ],
    }


def _kernel_fields(kernel: Kernel) -> dict[str, Any]:
    spread = deviations(kernel)
    return {
        "width": kernel.width,
        "height": kernel.height,
        "scale": kernel.scale,
        "offset": kernel.offset,
        "origin": kernel.origin,
        "sum": kernel.sum / kernel.scale,
        "separable": kernel.factor is not None,
        "standard_deviation": spread,
        "weights": kernel.weights,
    }


def _write(found: list[Shown], output: str, request: ShowRequest) -> None:
    if suffix_of(output) in KERNEL_FILES:
        _write_kernel(found, output)
        return
    if any(each.filter.mask for each in found):
        _draw_mask(found, output)
        return
    kernels = [kernel for each in found for kernel in each.filter.kernels]
    if len(kernels) > _MOST_DRAWN:
        raise UsageError(
            f"{len(kernels)} kernels are too many for a figure",
            f"give a chain of up to {_MOST_DRAWN}, or --one",
        )
    titles = [title for each in found for title in _titles(each)]
    curves = request.answers.response
    drawn = figures.kernel.draw_kernels(titles, kernels, curves)
    figures.style.save(drawn, output)


def _summary(found: list[Shown], output: str) -> str:
    """Return which kernels were written or drawn, in one line."""
    kernels = [kernel for each in found for kernel in each.filter.kernels]
    facts = _properties(kernels[0]) if len(kernels) == 1 else f"{len(kernels)} kernels"
    facts = "a mask of frequencies" if any(each.filter.mask for each in found) else facts
    verb = "written to" if suffix_of(output) in KERNEL_FILES else "drawn in"
    return f"{' then '.join(each.text for each in found)}: {facts}; {verb} {output}"


def _titles(shown: Shown) -> Iterator[str]:
    """Yield the title of each kernel of a filter in a figure."""
    count = len(shown.filter.kernels)
    for at, kernel in enumerate(shown.filter.kernels, 1):
        which = f", kernel {at} of {count}" if count > 1 else ""
        divided = f", weights divided by {number(kernel.scale)}" if kernel.scale != 1 else ""
        total = number(kernel.sum / kernel.scale)
        yield f"{shown.text}{which}: {kernel.size}, sum {total}{divided}"


def _draw_mask(found: list[Shown], output: str) -> None:
    (first, *others) = found
    if others or not first.filter.mask:
        raise UsageError("a mask of frequencies is drawn alone", "give one filter, not a chain")
    figures.style.save(figures.mask.draw_mask(first.text, first.filter.mask), output)


def _write_kernel(found: list[Shown], output: str) -> None:
    """Write a kernel file, from which the same filter is read."""
    if len(found) > 1:
        raise UsageError(
            f"a file holds one filter, not a chain of {len(found)}",
            "give --one, or a single filter",
        )
    filter = found[0].filter
    if filter.mask:
        raise UsageError(f"'{filter.name}' is no kernel", "end the output in .png or .svg")
    for kernel in filter.kernels:
        if kernel.height * kernel.width > MOST_WEIGHTS:
            raise LimitError(
                f"a kernel of {kernel.size} is too large for a file",
                f"at most {MOST_WEIGHTS:,} weights are written",
            )
    if suffix_of(output) == ".toml":
        write_toml(filter, found[0].summary or found[0].text, output)
        return
    kernel = single_kernel(filter, "an .npy file")
    if kernel.offset or not kernel.is_centred:
        kept = "its origin" if kernel.offset == 0 else f"the offset {kernel.offset:g}"
        raise UsageError(f"an .npy file holds weights only, not {kept}", "write a .toml file")
    write_npy(output, kernel.weights / kernel.scale)


def write_toml(filter: Filter, summary: str, output: str) -> None:
    """Write a filter as a kernel file, or to standard output for ``-``."""
    text = toml_text(filter, summary)
    if output == PIPE:
        click.echo(text, nl=False)
    else:
        atomic.write(text.encode(), output)
