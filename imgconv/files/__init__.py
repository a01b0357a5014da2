"""Pictures in and out of files and pipes."""

from imgconv.files.encoding import encode
from imgconv.files.limits import MOST_PIXELS
from imgconv.files.picture import Picture
from imgconv.files.reading import read
from imgconv.files.writing import write, writing

__all__ = ["MOST_PIXELS", "Picture", "encode", "read", "write", "writing"]
