"""How the pictures of a run are read: the first one ahead, or a film in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from imgconv.cli.pipes import check_source, check_target, holds_still
from imgconv.errors import ImgconvError
from imgconv.pairing import PIPE, Pair

if TYPE_CHECKING:
    from imgconv.files import Header, Picture
    from imgconv.streams import Stream


def begin_reading(
    pairs: list[Pair], allowed: tuple[int | None, bool], ahead: bool, reports: bool
) -> tuple[Callable[[str], Picture], Header | None]:
    """Read the first picture ``ahead``, while modules are imported; or no more than its header.

    Neither from a pipe in which a film may be. Gives what reads pictures, and what is known of the
    first one. ``allowed`` is how large it may be, and whether it may be narrowed; ``reports`` that
    a report is to tell of whatever is wrong with it. Raises ``WordsError``, and ``ReadError`` where
    nothing else is to be done.
    """
    from imgconv.cli.quiet import overhear_libraries

    source, target, _ = pairs[0]
    check_source(source)
    check_target(target)
    overhear_libraries()
    if ahead and (source != PIPE or holds_still()):
        from imgconv.ahead import ReadAhead

        reading = ReadAhead(source, *allowed, only=len(pairs) == 1 and not reports)
        return reading, reading.header
    from imgconv.files import read

    header = _header(source, allowed) if source != PIPE else None
    return partial(read, most_pixels=allowed[0], may_narrow=allowed[1]), header


def _header(source: str, allowed: tuple[int | None, bool]) -> Header | None:
    """What the header of a picture says; what is wrong with it is found when all is read."""
    from imgconv.files import begin

    with suppress(ImgconvError):
        begun = begin(source, *allowed)
        begun.file.close()
        return begun.header
    return None


def film_in_pipe(
    pair: Pair, read: Callable[[str], Picture], most_pixels: int | None
) -> Stream | None:
    """The film that is piped in, if one is."""
    from imgconv.ahead import ReadAhead

    if pair.source != PIPE or isinstance(read, ReadAhead):
        return None
    from imgconv import streams

    return streams.recognise(sys.stdin.buffer, most_pixels)


def one_picture(film: Stream, source: str) -> Picture:
    """The film as one picture of many frames, for a format that holds it so."""
    from imgconv import streams

    return streams.picture(film)
