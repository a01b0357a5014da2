"""Pictures of more than 8 bits a value, which Pillow would spoil.

Pillow 13 drops the low byte of 16-bit colour without a word, decodes planar 16-bit and 12-bit TIFF
wrongly, and does not know float colour. So the file's own header is asked before Pillow decodes
anything (``look``), and what is deep goes through the codecs of an extra instead: see codecs.py.
The frames of such a picture are ``Pixels``, where those of others are Pillow's images.
"""

from imgconv.files.deep.looking import look, readable
from imgconv.files.deep.storing import still

__all__ = ["look", "readable", "still"]
