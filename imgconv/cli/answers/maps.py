"""The maps of a bank as a table, as JSON, and in files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.cli.answers.tables import MOST_ROWS, aligned
from imgconv.cli.console import counted, print_json, progress_bar, say, show_line
from imgconv.cli.study_options import check_output
from imgconv.errors import UsageError
from imgconv.formats import registry
from imgconv.formats.number_files import ARRAYS, is_number_file, read_numbers, write_npy, write_npz
from imgconv.formats.registry import suffix_of
from imgconv.formats.upright import write_pixels
from imgconv.images.pixels import CHANNEL_NAMES, Pixels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.study.layer.activation import Activation, Pool
from imgconv.study.layer.bank import MOST_MAPS, Bank, read_bank
from imgconv.study.layer.geometry import Sampling
from imgconv.study.layer.maps import Layer, LayerOptions, Summary
from imgconv.study.numbers import number

if TYPE_CHECKING:
    from imgconv.cli.maps import LayerArguments, MapsRequest
    from imgconv.figures.sheet import Tile

Maps = NDArray[np.float32]

# Pictures whose pages keep the values.
_PAGES = (".tif", ".tiff")

# The longest name of a bank above a sheet, in characters.
_LONGEST_NAME = 100


def answer(request: MapsRequest) -> None:
    """Print or write the maps; raises ``UsageError``."""
    given = request.layer
    bank, options = read_bank(given.bank, given.kernels), _options(given)
    if request.output:
        _check_ending(request.output)
        check_output(request.output, [request.source, *_files(given)])
    layer = Layer(request.reading.pixels(request.source, given.gray), bank, options)
    if request.output and suffix_of(request.output) not in ARRAYS + _PAGES:
        figures.sheet.check_size(math.prod(layer.shape[:-2]), *layer.shape[-2:])
    maps, summaries = _computed(layer, is_kept=request.output is not None)
    if request.output:
        _write(maps, layer, request)
    if request.as_json:
        print_json(_document(request, layer, summaries))
    elif not request.output:
        _print(bank, summaries)
    if layer.standard.variances is not None:
        variances = ", ".join(map(number, layer.standard.variances.tolist()))
        say(f"variances of the decorrelated channels: {variances} (levels squared)")
    where = f"; written to {request.output}" if request.output else ""
    say(f"{_sizes(layer)}{where}")


def _check_ending(output: str) -> None:
    if suffix_of(output) not in ARRAYS and not registry.is_written_path(output):
        raise UsageError(
            f"the ending of '{output}' names no format of maps",
            "end it in .npy, .npz, .tif, or .png or another picture for a sheet",
        )


def _options(given: LayerArguments) -> LayerOptions:
    return LayerOptions(
        given.input,
        Sampling(given.stride, given.dilation, given.extent, Border.parse(given.border)),
        _bias(given.bias),
        Activation.parse(given.activation),
        Pool.parse(given.pool) if given.pool else None,
    )


def _bias(text: str) -> list[float]:
    """Return the numbers of a text or of a file."""
    if is_number_file(text):
        arrays = read_numbers(text, MOST_MAPS)
        found = arrays.get("bias", next(iter(arrays.values()), np.zeros(0)))
        if found.dtype.kind not in "biuf":
            raise UsageError(f"{text} holds {found.dtype} numbers", "give real ones")
        return [*map(float, found.ravel().tolist())]
    try:
        return [*map(float, text.split(","))]
    except ValueError:
        raise UsageError(
            f"'{text}' is no bias", "give numbers as in .5,-2, or a file of them"
        ) from None


def _files(given: LayerArguments) -> Iterator[str]:
    """Yield the files of the bank and of the bias, which no output may overwrite."""
    if is_number_file(given.bias):
        yield given.bias
    if suffix_of(given.bank) in ARRAYS:
        yield given.bank
    elif not given.bank.startswith("random:"):
        for part in given.bank.split("|"):
            yield from map(str, library.files(part.strip()))


def _computed(layer: Layer, is_kept: bool) -> tuple[Maps, list[Summary]]:
    """Return all maps as float32, if they are kept, and the summary of each."""
    kept = np.empty(layer.shape if is_kept else 0, np.float32)
    summaries = []
    with progress_bar() as progress, np.errstate(all="ignore"):
        for position, values in enumerate(layer.maps()):
            summaries.append(Summary.of(values))
            if is_kept:
                kept[position] = values
            progress(position + 1, layer.shape[0])
    return kept, summaries


def _write(maps: Maps, layer: Layer, request: MapsRequest) -> None:
    output = request.output or ""
    if suffix_of(output) == ".npy":
        write_npy(output, maps)
    elif suffix_of(output) == ".npz":
        write_npz(output, _arrays(maps, layer))
    elif suffix_of(output) in _PAGES:
        pages = maps.reshape(-1, *maps.shape[-2:])
        write_pixels(output, *(Pixels(page[..., None], ("l",)) for page in pages))
    else:
        write_pixels(output, Pixels(_sheet(maps, layer, request), tuple("rgb")))


def _arrays(maps: Maps, layer: Layer) -> dict[str, NDArray[Any]]:
    names = np.array([entry.name for entry in layer.bank.entries])
    arrays = {"maps": maps, "bias": np.array(layer.biases), "names": names}
    weights = layer.bank.weights()
    return arrays if weights is None else {**arrays, "weights": weights}


def _sheet(maps: Maps, layer: Layer, request: MapsRequest) -> NDArray[np.uint8]:
    """Return the sheet of all maps, which says how their values are shown."""
    scale = figures.sheet.Scale.of(maps) if request.sheet.show == "common" else None
    if scale:
        low, high = map(number, figures.sheet.value_range(maps))
        zero = "middle grey" if scale.offset else "black"
        rule = f"all with one scale, {low} to {high}; 0 is {zero}"
    else:
        rule = "each with its own scale; 0 is middle grey in maps with negative values, else black"
    title = f"{_shortened(request.layer.bank)}: {_sizes(layer)}, {rule}"
    tiles = [*_tiles(maps, layer)]
    group = len(tiles) // len(maps)
    return figures.sheet.draw_sheet(tiles, title, scale, request.sheet.columns, group)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _tiles(maps: Maps, layer: Layer) -> Iterator[Tile]:
    """Yield a tile for each map, or for each channel of each."""
    for position, (entry, values) in enumerate(zip(layer.bank.entries, maps, strict=True), 1):
        is_single = values.ndim == 2
        names = [""] if is_single else [f" {name}" for name in _names(layer)]
        for name, plane in zip(names, [values] if is_single else values, strict=True):
            low, high = map(number, figures.sheet.value_range(plane))
            caption = (f"{position}{name}", f"{low} to {high}")
            yield figures.sheet.Tile(plane, caption, entry.grids)


def _print(bank: Bank, summaries: list[Summary]) -> None:
    rows = [
        [str(position), *map(number, summary), entry.name]
        for position, (entry, summary) in enumerate(zip(bank.entries, summaries, strict=True), 1)
    ]
    shown = [["map", "smallest", "largest", "mean", ""], *rows[:MOST_ROWS]]
    for line, row in zip(aligned([row[:-1] for row in shown]), shown, strict=True):
        show_line(f"{line}  {row[-1]}".rstrip())
    if len(rows) > MOST_ROWS:
        show_line(f"(the first {MOST_ROWS} of {len(rows)} maps)")


def _sizes(layer: Layer) -> str:
    """Return a sentence as "32 maps of 241x241 from 256x256"."""
    count, *channels, height, width = layer.shape
    each = f" for each of {', '.join(_names(layer))}" if channels else ""
    size = "x".join(map(str, layer.geometry.source[::-1]))
    return f"{counted(count, 'map')} of {width}x{height} from {size}{each}"


def _names(layer: Layer) -> list[str]:
    """Return the names of the channels, or of the axes that decorrelated ones have."""
    if layer.standard.axes is not None:
        return [f"axis {number}" for number in range(1, len(layer.channels) + 1)]
    return [CHANNEL_NAMES.get(name, name) for name in layer.channels]


def _document(request: MapsRequest, layer: Layer, summaries: list[Summary]) -> dict[str, Any]:
    options, given = layer.options, request.layer
    entries = zip(layer.bank.entries, layer.biases, summaries, strict=True)
    return {
        "bank": given.bank,
        "input": request.source,
        "channels": _names(layer),
        "standard": options.input,
        "activation": given.activation,
        "pool": given.pool,
        "stride": given.stride,
        "dilation": given.dilation,
        "extent": given.extent,
        "border": given.border,
        "shape": layer.shape,
        "maps": [
            {"name": entry.name, "bias": bias, **summary._asdict()}
            for entry, bias, summary in entries
        ],
    }
