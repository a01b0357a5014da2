"""The request of a run, and its fingerprints: later runs find its snapshots and outputs by them."""

from functools import partial

from imgconv.batch.request import MUCH_CLIPPED, SOME_CLIPPED, Conversion, LazyFilters, Request
from imgconv.cli.options import FilteringOptions, PictureOptions
from imgconv.errors import UsageError
from imgconv.execution.repetition import Repetition
from imgconv.execution.snapshot_cache import SnapshotCache, environment
from imgconv.jit.loader import is_interpreted
from imgconv.kernels import library
from imgconv.system.hashing import fingerprint
from imgconv.system.threads import available_cores


def make_request(
    filtering: FilteringOptions, pictures: PictureOptions, repetition: Repetition
) -> Request:
    """Return the request, whose filters are made when they are first used.

    Raises ``UsageError``.
    """
    depth = int(pictures.depth) if pictures.depth else None
    return Request(
        LazyFilters(lambda: repetition.chain(filtering.filters())),
        filtering.settings(pictures.max_pixels, pictures.allow_8_bit),
        filtering.gray_rule,
        pictures.format,
        pictures.quality,
        strip=pictures.strip,
        drop_extras=pictures.drop_extras,
        frame=pictures.frame,
        conversion=Conversion(pictures.background, depth),
        upright=pictures.upright,
        clipping=SOME_CLIPPED if filtering.is_own else MUCH_CLIPPED,
        repetition=repetition,
    )


def request_fingerprint(request: Request, pictures: PictureOptions) -> str:
    """Return the fingerprint of everything that determines the output of a picture."""
    settings = request.settings._replace(threads=None, patience=0)
    format = request.format and request.format.name
    request = request._replace(settings=settings, format=None, clipping=0)
    return fingerprint((request, format, pictures.allow_8_bit, pictures.allow_damaged))


def make_snapshot_cache(
    filtering: FilteringOptions, pictures: PictureOptions, request: Request, workers: int
) -> SnapshotCache:
    """Return the snapshots of earlier runs with the same options; none without machine code.

    Unlike the fingerprint of the request, their key is known before the filters are made. Each of
    the ``workers`` has its share of the threads.
    """
    threads = max(1, (filtering.threads or available_cores()) // workers)
    format = pictures.format and pictures.format.name
    options = filtering, pictures._replace(format=None), format, threads, request.repetition

    def key() -> str | None:
        if is_interpreted() or filtering.mask is not None:  # the weights belong to no options
            return None
        try:
            files = library.file_contents(filtering.filter_text)
            return fingerprint((options, files, environment()))
        except (UsageError, OSError, ImportError):  # there is no such filter, or no compiler
            return None

    return SnapshotCache(
        key, partial(request_fingerprint, request, pictures), request.gray_by is not None, threads
    )
