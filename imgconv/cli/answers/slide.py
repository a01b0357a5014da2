"""The kernel that slides over a picture, as an animation or a film, and its results as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.cli.answers.facts import fact_fields, facts, stage_fields
from imgconv.cli.console import print_json, progress_bar, say
from imgconv.cli.inputs import check_target
from imgconv.cli.study_options import check_matplotlib, check_output
from imgconv.errors import UsageError
from imgconv.formats.registry import FILMS, suffix_of
from imgconv.study.chain import Chain
from imgconv.study.slide import Slide, cut_out
from imgconv.system.places import PIPE
from imgconv.system.threads import Progress

if TYPE_CHECKING:
    from imgconv.cli.explain import ExplainRequest
    from imgconv.cli.study_options import FilmOptions

Drawn = NDArray[np.uint8]

ANIMATIONS = (".gif", ".png", ".apng", ".webp")


def answer(request: ExplainRequest) -> None:
    """Write the animation; raises ``UsageError``."""
    output = check_film(request.output, request.inputs, request.as_json)
    settings = request.filtering.settings()
    chain = Chain(request.pixels(), request.filtering.filters(), settings)
    slide = cut_out(chain, request.place.step, *request.part)
    names = chain.pixels.channels
    chosen = [at for at, name in enumerate(names) if name in (settings.channels or names)]
    if request.as_json:
        print_json(_document(request.source, slide, chosen[0]))
    _draw(request, slide, chosen[0], output)


def check_film(output: str | None, inputs: Sequence[str], as_json: bool) -> str:
    """Return OUTPUT; raises ``UsageError`` where no film can be written to it."""
    if output is None:
        raise UsageError("--slide draws an animation", "name an OUTPUT: .gif, .png, .webp or -")
    if output == PIPE:
        check_target(output)
        if as_json:
            raise UsageError("the film goes to standard output", "leave out --json, or name a file")
    elif suffix_of(output) not in ANIMATIONS:
        film = f", or pipe it: ... --slide - | ffmpeg -i - {output}"
        raise UsageError(
            f"the ending of '{output}' names no animation",
            f"end it in {', '.join(ANIMATIONS)}{film if suffix_of(output) in FILMS else ''}",
        )
    else:
        check_output(output, inputs)
    check_matplotlib()
    return output


def _draw(request: ExplainRequest, slide: Slide, channel: int, output: str) -> None:
    chain, film = slide.chain, request.film
    title = f"{slide.step.filter.name}: {facts(request.source, chain)}"
    figure = figures.slide.SlideFigure(slide, title, channel, *film.size)
    count = len(slide.rows) * len(slide.columns)
    write_film(figure.frames(), count, figure.size, output, film)


def write_film(
    frames: Iterator[Drawn],
    count: int,
    size: tuple[int, int],
    output: str,
    film: FilmOptions,
) -> None:
    """Write ``count`` frames of a size (width, height), with a progress bar, and say so."""
    with progress_bar() as progress:
        reported = _reported(frames, count, progress)
        figures.film.write_film(reported, output, film.fps, film.film_format)
    target = "standard output" if output == PIPE else output
    say(f"{count} frames of {size[0]}x{size[1]}, {film.fps:g} a second; drawn in {target}")


def _reported(frames: Iterator[Drawn], total: int, progress: Progress) -> Iterator[Drawn]:
    """Yield the frames, and report each to ``progress``."""
    for done, frame in enumerate(frames, 1):
        yield frame
        progress(done, total)


def _document(source: str, slide: Slide, channel: int) -> dict[str, Any]:
    values = [
        {
            "at": [slide.columns[column], slide.rows[row]],
            "stages": [stage_fields(stage) for stage in value.all_stages],
            "value": value.value,
        }
        for row, column, value in slide.values(channel)
    ]
    return {
        **fact_fields(source, slide.chain, slide.step),
        "channel": slide.chain.pixels.channels[channel],
        "result_size": [len(slide.columns), len(slide.rows)],
        "frames": values,
    }
