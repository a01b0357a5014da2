"""Pictures that follow each other in one file or pipe, as ``image2pipe`` of ffmpeg writes a film.

Decoders read the first and ignore the others. Netpbm and YUV4MPEG2 are made for that: see
``netpbm.py`` and ``streams.py``. In other formats a pipe is refused; in a file the further pictures
go along unfiltered, as its trailer, unless its format has none.
"""

from io import BytesIO
from mmap import ACCESS_READ, mmap
from typing import BinaryIO

from PIL.Image import Image

from imgconv.errors import ReadError
from imgconv.formats import Format
from imgconv.formats.frame_codec import open_image

# What is searched at the border of two pictures: the bytes that end a picture, and then as many of
# the file's first bytes as any picture of the format begins with.
_SEAMS = {
    "AVIF": (b"", 12),
    "BMP": (b"", 2),
    "GIF": (b"\0;", 4),
    "JPEG": (b"\xff\xd9", 3),
    "JPEG2000": (b"\xff\xd9", 4),
    "PNG": (b"IEND\xaeB`\x82", 8),
    "TIFF": (b"", 4),
    "WEBP": (b"", 4),
}

# In these formats nothing but a picture begins so; in others, a preview does, or any bytes by
# chance. There it must have the size and the mode of the first.
_CERTAIN = ("BMP", "GIF", "JPEG2000", "PNG", "WEBP")

# Where the length of a picture stands in these, and the bytes at its beginning that do not count.
_LENGTHS = {"BMP": (2, 0), "WEBP": (4, 8)}

# The modules of these do not tell where a picture ends.
_WITHOUT_TRAILER = ("AVIF", "JPEG2000", "TIFF")

# What a JPEG has that lists the pictures behind it, such as a second view or a gain map.
_LISTS = (b"MPF\0", b"Container:Item")

# How many seams are tried; how far behind the pixels of a TIFF its tags may reach, in bytes.
_MOST_SEAMS, _MOST_TAGS = 8, 1 << 20


def is_followed(file: BinaryIO, format: Format, image: Image, is_pipe: bool) -> bool:
    """Return whether another picture of its format follows the one in a file.

    Raises ``ReadError`` where it cannot go along.
    """
    if format.name not in _SEAMS:
        return False
    position = file.tell()
    if isinstance(file, BytesIO):
        found = _is_followed(file, file.getvalue(), format, image)
    else:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            found = _is_followed(file, data, format, image)
    file.seek(position)
    if found and (is_pipe or format.name in _WITHOUT_TRAILER):
        raise ReadError(
            f"more pictures in {format.name} follow the first, and would not be filtered",
            "give each as a file, or pipe a film in as PPM (ffmpeg ... -c:v ppm)",
        )
    return found


def _is_followed(file: BinaryIO, data: bytes | mmap, format: Format, image: Image) -> bool:
    end, length = _SEAMS[format.name]
    seam = end + data[:length]
    start, stop = _place(file, data, format)
    for _ in range(_MOST_SEAMS):
        at = data.find(seam, start, stop)
        if at < 0 or (format.name == "JPEG" and any(data.find(e, 0, at) > 0 for e in _LISTS)):
            return False
        try:
            with open_image(BytesIO(data[at + len(end) :]), format) as follower:
                is_alike = (follower.size, follower.mode) == (image.size, image.mode)
                if is_alike or format.name in _CERTAIN:
                    return True
        except Exception:  # it is no picture
            pass
        start = at + 1
    return False


def _place(file: BinaryIO, data: bytes | mmap, format: Format) -> tuple[int, int]:
    """Return the first and the last place at which a seam may begin."""
    start, stop = 1, len(data)
    if format.name in _LENGTHS:
        at, uncounted = _LENGTHS[format.name]
        start = max(1, int.from_bytes(data[at : at + 4], "little") + uncounted)
        stop = start + 5
    elif format.name == "TIFF":
        from imgconv.formats import tiff_ifd  # 1 ms, which the start of other runs saves

        pages = tiff_ifd.Reader(file).pages(tiff_ifd.PIXEL_TAGS.__contains__)
        start = max(start, tiff_ifd.pixels_end(pages))
        stop = start + _MOST_TAGS
    return start, stop
