"""One sequence sliding over another, as an animation or a film, and its values as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imgconv import figures
from imgconv.cli.answers.sequences import sources
from imgconv.cli.answers.slide import check_film, write_film
from imgconv.cli.console import print_json
from imgconv.errors import UsageError
from imgconv.study.sequences.chance import probabilities
from imgconv.study.sequences.convolution import flipped
from imgconv.study.sequences.named import finest_step
from imgconv.study.sequences.overlap import Overlap, overlap

if TYPE_CHECKING:
    from imgconv.cli.sequence import SequenceRequest


def answer(request: SequenceRequest) -> None:
    """Write the animation; raises ``UsageError``."""
    if len(request.texts) != 2:
        raise UsageError("--slide draws two sequences", "give two SEQ")
    writing = request.writing
    output = check_film(writing.output, sources.files(request), writing.as_json)
    if request.samples.step is None:
        step = finest_step(request.texts)
        request = request._replace(samples=request.samples._replace(step=step))
    f, g = sources.signals(request)
    if request.arithmetic.probability:
        (f, _), (g, _) = map(probabilities, (f, g))
    f, g = (replace(each, values=each.mono) for each in (f, g))
    slide = overlap(f, flipped(g) if request.arithmetic.correlate else g, request.kind.frames)
    if writing.as_json:
        frames = [{"c": place, "value": value} for place, value in slide.frames()]
        print_json({"step": slide.result.step, "frames": frames})
    _draw(request, slide, output)


def _draw(request: SequenceRequest, slide: Overlap, output: str) -> None:
    texts = request.texts[0], request.texts[1]
    figure = figures.sequence_slide.SlideFigure(slide, texts, *request.film.size)
    write_film(figure.frames(), len(slide.places), figure.size, output, request.film)
