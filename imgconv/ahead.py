"""Reading ahead: the first picture is decoded while the modules that filter it are imported."""

from __future__ import annotations

from threading import Thread

from imgconv.errors import ImgconvError
from imgconv.files import Picture, read


class ReadAhead:
    """Begins to read ``source`` at once, in a thread of its own."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._result: Picture | ImgconvError | None = None
        self._thread: Thread | None = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            self._result = read(self._source)
        except ImgconvError as error:
            self._result = error

    def __call__(self, source: str) -> Picture:
        """What ``read(source)`` gives or raises; the picture that was begun is given once."""
        if source != self._source or self._thread is None:
            return read(source)
        self._thread.join()
        self._thread, result, self._result = None, self._result, None
        if isinstance(result, Picture):
            return result
        raise result or AssertionError("reading neither gave a picture nor failed")
