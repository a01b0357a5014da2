"""Reading ahead: the first picture is decoded while the modules that filter it are imported."""

from __future__ import annotations

from threading import Thread

from imgconv.errors import ImgconvError
from imgconv.formats.metadata import Picture
from imgconv.formats.reader import begin, read
from imgconv.images.pixels import Header


class ReadAhead:
    """Reads the header of ``source`` at once, and the rest in a thread of its own.

    Raises ``ReadError`` for a header that is no good if ``only``: then nothing else is to be read,
    and nothing more needs to be imported, for which there may be no memory. ``header`` is what
    it says, where Pillow can read it.
    """

    def __init__(
        self,
        source: str,
        most_pixels: int | None = None,
        may_narrow: bool = False,
        only: bool = False,
    ) -> None:
        self._source, self._allowed = source, (most_pixels, may_narrow)
        self._result: Picture | ImgconvError | None = None
        self._thread: Thread | None = None
        self._given = False
        self.header: Header | None = None
        try:
            self._decode = begin(source, *self._allowed)
        except ImgconvError as error:
            if only:
                raise
            self._result = error
        else:
            self.header = self._decode.header
            self._thread = Thread(target=self._read, daemon=True)
            self._thread.start()

    def _read(self) -> None:
        try:
            self._result = self._decode()
        except ImgconvError as error:
            self._result = error

    def __call__(self, source: str) -> Picture:
        """What ``read`` gives or raises for it; the picture that was begun is given once."""
        if self._given or source != self._source:
            return read(source, *self._allowed)
        if self._thread is not None:
            self._thread.join()
        self._given, result, self._result = True, self._result, None
        if isinstance(result, Picture):
            return result
        raise result or AssertionError("reading neither gave a picture nor failed")
