"""A film in a pipe: its pictures filtered one after another by one process."""

from __future__ import annotations

import time
from typing import Any

from imgconv import files, streams
from imgconv.alike import Alike
from imgconv.errors import ImgconvError, WordsError
from imgconv.existing import EVERYTHING_ANEW, Existing
from imgconv.filtering import filter_pixels
from imgconv.fitting import Fit
from imgconv.gray import gray_pixels
from imgconv.outcome import Outcome
from imgconv.pairing import Pair
from imgconv.picture import Pixels
from imgconv.remarks import note_clipping
from imgconv.request import Request


def stays_film(request: Request, pair: Pair, film: streams.Stream) -> bool:
    """Whether what is to be written can hold the film as it is."""
    target = request.format_for(pair)
    return target is None or target.name in film.formats


def run_film(
    request: Request, pair: Pair, film: streams.Stream, existing: Existing = EVERYTHING_ANEW
) -> Outcome:
    """Filter the pictures of a film, each on all cores, while the next is read."""
    outcome = Outcome(pair.source, pair.target)
    begun = time.perf_counter()
    shares, alike = [0.0], Alike[Any]()

    def filter(pixels: Pixels) -> Pixels:
        pixels = gray_pixels(pixels) if request.gray else pixels
        pixels = request.fit.ready(pixels)
        result = filter_pixels(
            pixels, request.filters, request.settings, may_overwrite=True, alike=alike
        )
        shares.append(result.clipped if result.plan.range == "clamp" else 0.0)
        outcome.plan = result.plan.ran
        return request.fit.fitted(result.pixels)

    try:
        _check_light(request, film)
        _check_fit(request, film)
        keeps_flat = all(link.keeps_flat for link in request.filters)
        outcome.left = existing.leaves(pair)
        if not outcome.left:
            with files.writing(pair.target, replaces=existing.replaces) as target:
                streams.run(film, filter, keeps_flat, target)
    except ImgconvError as error:
        outcome.error = error
    note_clipping(outcome, max(shares))
    outcome.seconds = time.perf_counter() - begun
    return outcome


def _check_fit(request: Request, film: streams.Stream) -> None:
    if request.fit != Fit() and "PPM" not in film.formats:
        raise WordsError(
            f"a film in {film.formats[0]} keeps its depth and has no transparency",
            "leave out --depth and --background",
        )


def _check_light(request: Request, film: streams.Stream) -> None:
    if request.settings.linear and "PPM" not in film.formats:
        raise WordsError(
            f"brightness and colour differences, as in {film.formats[0]}, are no light",
            "pipe the film in as PPM, or leave out --linear",
        )
