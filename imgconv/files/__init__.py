"""Pictures in and out of files and pipes.

What is here is imported before a picture is read, and so without NumPy, which takes its time;
``curves.py`` and ``upright.py``, which need it, are imported by their own names.
"""

from imgconv.files.deep import look
from imgconv.files.encoding import encode, fitted
from imgconv.files.keeping import stripped
from imgconv.files.limits import MOST_PIXELS, check_pixels, parse_pixels
from imgconv.files.picture import Frame, Header, Picture
from imgconv.files.plugins import open_image
from imgconv.files.reading import begin, is_read_at_once, open_file, read
from imgconv.files.recycling import recycle
from imgconv.files.writing import blaming, check_place, make_folder, write, writing

__all__ = [
    "MOST_PIXELS",
    "Frame",
    "Header",
    "Picture",
    "begin",
    "blaming",
    "check_pixels",
    "check_place",
    "encode",
    "fitted",
    "is_read_at_once",
    "look",
    "make_folder",
    "open_file",
    "open_image",
    "parse_pixels",
    "read",
    "recycle",
    "stripped",
    "write",
    "writing",
]
