"""The frequencies of a picture as text, as JSON and as files, and pictures made of spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import numpy as np

from imgconv.cli.answers.tables import aligned, bars
from imgconv.cli.console import print_json, say
from imgconv.cli.spectrum import RAW
from imgconv.cli.study_options import check_pixels_output
from imgconv.errors import UsageError
from imgconv.formats.registry import suffix_of
from imgconv.formats.upright import rounded_pixels, write_pixels
from imgconv.images.depth import share_outside, to_gray
from imgconv.images.pixels import CHANNEL_NAMES, Pixels
from imgconv.study.direction import Direction, Directions, directions
from imgconv.study.numbers import number
from imgconv.study.spectrum import (
    Facts,
    Spectrum,
    channel_values,
    check_memory,
    facts,
)
from imgconv.study.spectrum_files import RawSpectrum, read_spectrum, write_spectrum
from imgconv.study.spectrum_picture import View, painted_picture
from imgconv.system.diagnostics import printable

if TYPE_CHECKING:
    from imgconv.cli.spectrum import SpectrumRequest

# The largest imaginary part of an inverse, in levels of 255, that is rounding.
_REAL = 1e-6


def answer(request: SpectrumRequest) -> None:
    """Print, draw or write; raises ``UsageError``."""
    if request.output:
        numbers = () if request.options.inverse else RAW
        check_pixels_output(request.output, request.inputs, numbers)
    if request.options.inverse:
        _make_inverse(request)
        return
    pixels = request.reading.pixels(request.source, request.options.gray)
    check_memory(pixels.height, pixels.width)
    if request.as_json:
        print_json(_document(pixels, request))
    if request.options.painted:
        _make_painted(pixels, request)
    elif request.output:
        _write(pixels, request)
    elif not request.as_json:
        _print(pixels, request)


def _transformed(pixels: Pixels, position: int, request: SpectrumRequest) -> Spectrum:
    """Return the spectrum of one channel, through the window that is asked for."""
    return Spectrum.of(channel_values(pixels, position), fades=request.options.fades)


def _colours(pixels: Pixels) -> list[int]:
    """Return the positions of the channels that are shown; raises ``UsageError`` for inks."""
    if "k" in pixels.channels:
        raise UsageError(
            "a spectrum of inks cannot be shown", "give --gray, or write it as .npz or .npy"
        )
    return [position for position, name in enumerate(pixels.channels) if name != "a"]


def _gray(pixels: Pixels) -> Pixels:
    """Return one grey channel, or the first of unknown ones."""
    gray = to_gray(pixels)
    return gray._replace(array=gray.array[..., :1], channels=gray.channels[:1])


def _print(pixels: Pixels, request: SpectrumRequest) -> None:
    gray = _gray(pixels)
    found = facts(_transformed(gray, 0, request), gray.maximum)
    size = f"{pixels.width}x{pixels.height}"
    made_gray = "" if gray.channels == pixels.channels else ", as grey"
    click.echo(
        f"{printable(request.source)} ({size}{made_gray}): mean {number(found.mean)}, with "
        f"{_percent(found.energy_in_mean)} of the energy"
    )
    _print_lines(found)
    _print_octaves(found)
    for line in _sentences(directions(channel_values(gray, 0), gray.maximum)):
        click.echo(line)


def _print_lines(found: Facts) -> None:
    if not found.lines:
        click.echo("no waves: the picture is flat")
        return
    click.echo("strongest waves, in cycles a pixel to the right and down")
    rows = [["right", "down", "pixels apart", "stripes at", "amplitude"]]
    for line in found.lines:
        cells = (f"{line.fx:.5f}", f"{line.fy:.5f}", f"{line.period:.2f}")
        rows.append([*cells, f"{line.direction:.1f}", number(line.amplitude, 3)])
    for text in aligned([["", *row] for row in rows]):
        click.echo(text)


def _print_octaves(found: Facts) -> None:
    if not found.octaves:
        return
    click.echo("energy without the mean, by period in pixels")
    entries = [(f"  {least} to {2 * least}", share) for least, share in found.octaves.items()]
    for text in bars(entries, [_percent(share) for _, share in entries]):
        click.echo(text)


def _sentences(found: Directions) -> list[str]:
    """Return a sentence about each direction that stands out."""
    if not found.found:
        return ["no direction stands out"]
    if not found.found[0].stands_out:
        share = _percent(found.found[0].share)
        return [f"no direction stands out: at most {share} of the energy within 5 degrees"]
    return [_sentence(each) for each in found.found if each.stands_out]


def _sentence(found: Direction) -> str:
    return (
        f"stripes at {_degrees(found.degrees)} degrees, {found.period:.1f} pixels apart; "
        f"{_percent(found.share)} of the energy within 5 degrees "
        f"(change is greatest at {_degrees(found.change)})"
    )


def _degrees(degrees: float) -> str:
    return f"{round(degrees, 1) % 180:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def _document(pixels: Pixels, request: SpectrumRequest) -> dict[str, Any]:
    gray = _gray(pixels)
    found = directions(channel_values(gray, 0), gray.maximum)
    return {
        "input": request.source,
        "size": [pixels.width, pixels.height],
        "maximum": pixels.maximum,
        "window": request.options.window,
        "channels": [
            {"channel": CHANNEL_NAMES.get(name, name), **_facts(pixels, position, request)}
            for position, name in enumerate(pixels.channels)
        ],
        "stripes": [
            {**each._asdict(), "change": each.change, "stands_out": each.stands_out}
            for each in found.found
        ],
        "coherence": found.coherence,
    }


def _facts(pixels: Pixels, position: int, request: SpectrumRequest) -> dict[str, Any]:
    spectrum = _transformed(pixels, position, request)
    found = facts(spectrum, pixels.maximum)
    lines = [
        {**line._asdict(), "period": line.period, "stripes": line.direction} for line in found.lines
    ]
    octaves = [
        {"periods": [least, 2 * least], "energy": share} for least, share in found.octaves.items()
    ]
    return {
        "sum": spectrum.half[0, 0].real,
        "mean": found.mean,
        "energy_in_mean": found.energy_in_mean,
        "largest": spectrum.largest,
        "waves": lines,
        "octaves": octaves,
    }


def _write(pixels: Pixels, request: SpectrumRequest) -> None:
    assert request.output
    if suffix_of(request.output) in RAW:
        _write_numbers(pixels, request)
        return
    options = request.options
    if options.of == "phase":
        pixels = _gray(pixels)
    view = View(options.of, options.corner, options.gray)
    drawn = [view.draw(_transformed(pixels, at, request)) for at in _colours(pixels)]
    array = drawn[0] if drawn[0].ndim == 3 else np.stack(drawn, axis=-1)
    shown = Pixels(array, ("l",) if array.shape[2] == 1 else tuple("rgb"))
    write_pixels(request.output, shown, is_noise=True)
    where = "0,0" if options.corner else f"{pixels.width // 2},{pixels.height // 2}"
    say(f"{options.of} of {pixels.width}x{pixels.height}, frequency 0 at {where}")


def _write_numbers(pixels: Pixels, request: SpectrumRequest) -> None:
    assert request.output
    check_memory(pixels.height, pixels.width, len(pixels.channels))
    values = [_transformed(pixels, at, request).whole() for at in range(len(pixels.channels))]
    raw = RawSpectrum(np.stack(values, axis=-1), pixels.channels, pixels.maximum)
    write_spectrum(request.output, raw)
    say(f"{pixels.width}x{pixels.height} complex numbers for {len(values)} channels")


def _make_inverse(request: SpectrumRequest) -> None:
    assert request.output
    raw = read_spectrum(request.source, request.reading.max_pixels)
    height, width, count = raw.values.shape
    check_memory(height, width, count)
    values, imaginary = raw.inverse()
    write_pixels(request.output, rounded_pixels(values, raw.channels, raw.maximum))
    notes = [f"{width}x{height} from {request.source}"]
    if imaginary > _REAL * raw.maximum / 255:
        notes.append(
            f"largest imaginary part {number(imaginary)}, which was left out: the spectrum is not "
            "symmetric"
        )
    if request.as_json:
        print_json({"size": [width, height], "largest_imaginary": imaginary})
    say("; ".join(notes))


def _make_painted(pixels: Pixels, request: SpectrumRequest) -> None:
    assert request.output and request.options.painted
    shown = _colours(pixels)
    edited = _edited(pixels, len(shown), request)
    options = request.options
    back, changed = painted_picture(pixels, edited, shown, options.fades, options.corner)
    write_pixels(request.output, rounded_pixels(back, pixels.channels, pixels.maximum))
    every = pixels.width * pixels.height * len(shown)
    made = Pixels(back, pixels.channels, maxval=int(pixels.maximum))
    clipped = 0.0 if pixels.is_float else share_outside(made)
    note = f"; {_percent(clipped)} of the values were clipped" if clipped else ""
    say(f"{changed:,} of {every:,} frequencies were painted{note}")


def _edited(pixels: Pixels, count: int, request: SpectrumRequest) -> Pixels:
    """Read the painted picture; raises ``UsageError`` where it does not fit."""
    assert request.options.painted
    edited = request.reading._replace(frame=None).pixels(request.options.painted, count == 1)
    if edited.size != pixels.size:
        raise UsageError(
            f"{request.options.painted} has {edited.width}x{edited.height}, the picture "
            f"{pixels.width}x{pixels.height}",
            "paint in the picture that 'imgconv spectrum INPUT OUTPUT' writes",
        )
    if len(_colours(edited)) != count:
        raise UsageError(
            f"{request.options.painted} is grey, the picture is in colour",
            "write and paint it with --gray, and give --gray",
        )
    return edited
