"""Files of numbers: NumPy's .npy and .npz, and tables as .csv, .tsv and .txt.

A kernel may be an array of such a file, or a small picture whose levels are weights.

Files may come from anyone: no object is unpickled, and the shape in a header is checked before any
value is read.
"""

from __future__ import annotations

import math
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from imgconv.errors import ImgconvError, KernelError, ReadError
from imgconv.formats.limits import ALLOW_MORE, MOST_PIXELS
from imgconv.formats.reader import ReadOptions, open_file, read
from imgconv.formats.registry import is_picture_path, row_of_path, suffix_of
from imgconv.formats.tables import parse_table
from imgconv.formats.upright import upright_pixels
from imgconv.images.mask import Mask
from imgconv.images.pixels import Pixels
from imgconv.kernels.checks import MOST_WEIGHTS
from imgconv.system import atomic
from imgconv.system.places import PIPE

Array = NDArray[Any]

ARRAYS = (".npy", ".npz")
TABLES = (".csv", ".tsv", ".txt")

# The longest text of a table, in bytes.
_LONGEST_TABLE = 64 * 2**20

# The most pixels of a picture that is a kernel: a photograph is none.
_MOST_PIXELS = 65_536

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def is_number_file(path: str) -> bool:
    return suffix_of(path) in ARRAYS + TABLES


def read_numbers(path: str, most_values: int | None = None) -> dict[str, Array]:
    """Read the arrays of a file by their names; that of an .npy file and of a table is ``""``.

    Arrays of text in an .npz file are left out. A table is float64, shape (rows, columns).
    ``most_values`` limits all arrays together, as ``--max-pixels`` does. Raises ``ReadError``.
    """
    most = most_values or MOST_PIXELS
    with naming_errors(path), open_file(path) as file:
        if suffix_of(path) == ".npz":
            return _read_npz(file, most)
        if suffix_of(path) == ".npy":
            return {"": _read_npy(file, most)}
        return {"": _read_table(file)[0]}


def read_columns(path: str) -> tuple[Array, list[str]]:
    """Read a table or an .npy file, ``-`` for standard input, and the names of a table's columns.

    Raises ``ReadError``.
    """
    with naming_errors("standard input" if path == PIPE else path), opened(path) as file:
        beginning = file.peek(len(npy.MAGIC_PREFIX))
        if beginning.startswith(npy.MAGIC_PREFIX) or suffix_of(path) == ".npy":
            return _read_npy(file, MOST_PIXELS), []
        return _read_table(file)


def opened(path: str) -> AbstractContextManager[BufferedReader]:
    """Open a file, or standard input for ``-``; raises ``ReadError`` and ``OSError``."""
    if path == PIPE:
        return nullcontext(cast(BufferedReader, sys.stdin.buffer))
    return cast(BufferedReader, open_file(path))


@contextmanager
def naming_errors(path: str) -> Iterator[None]:
    """Name the file in every error, as ``ReadError``."""
    try:
        yield
    except ReadError as error:
        raise error.named(path) from error
    except FileNotFoundError as error:
        raise ReadError(f"{path}: there is no such file", "check the path") from error
    except OSError as error:
        raise ReadError(f"{path}: {error.strerror or error}", "check the path") from error
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, RuntimeError) as error:
        reason = "no text" if isinstance(error, UnicodeDecodeError) else error
        problem = f"{path}: damaged, or no file of numbers ({reason})"
        raise ReadError(problem, "save the numbers anew, as .npy or .csv") from error


def _read_npz(file: IO[bytes], most: int) -> dict[str, Array]:
    """Read all arrays but those of text, as names are."""
    found: dict[str, Array] = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                header = _read_header(member)
                if header.dtype.kind in "SU":
                    continue
                array = _read_values(member, header, most)
            most -= array.size
            found[name.removesuffix(".npy")] = array
    return found


class _Header(NamedTuple):
    """The shape, the order of the axes and the type of an array."""

    shape: tuple[int, ...]
    is_fortran: bool
    dtype: np.dtype[Any]


def _read_npy(file: IO[bytes], most: int) -> Array:
    """Read an array whose header is checked first; raises ``ValueError`` for a damaged one."""
    return _read_values(file, _read_header(file), most)


def _read_header(file: IO[bytes]) -> _Header:
    beginning = BytesIO(file.read(npy.MAGIC_LEN))
    version = npy.read_magic(beginning)
    if version not in _HEADERS:
        raise ReadError("an .npy file of an unknown version", "save it anew with numpy.save")
    return _Header(*_HEADERS[version](file))


def _read_values(file: IO[bytes], header: _Header, most: int) -> Array:
    shape, is_fortran, dtype = header
    if dtype.hasobject or dtype.kind not in "biufc":
        raise ReadError(f"it holds {dtype}, not numbers", "save numbers")
    count = math.prod(shape)
    if count > most:
        raise ReadError(f"{count:,} numbers are more than {most:,}", ALLOW_MORE)
    data = file.read(count * dtype.itemsize)
    values = np.frombuffer(data, dtype, count) if count else np.empty(0, dtype)
    array = values.reshape(shape, order="F" if is_fortran else "C")
    return array.astype(dtype.newbyteorder("="))


def _read_table(file: IO[bytes]) -> tuple[Array, list[str]]:
    text = file.read(_LONGEST_TABLE + 1)
    if len(text) > _LONGEST_TABLE:
        raise ReadError("the table is longer than 64 MiB", "save it as .npy")
    return parse_table(text.decode("utf-8-sig"))


def write_npy(path: str, array: Array) -> None:
    """Write an array, C order, whole or not at all; raises ``WriteError``."""
    buffer = BytesIO()
    npy.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    atomic.write(buffer.getvalue(), path)


def write_npz(path: str, arrays: Mapping[str, Array], compressed: bool = True) -> None:
    """Write named arrays; the same arrays give the same bytes."""
    save = np.savez_compressed if compressed else np.savez
    buffer = BytesIO()
    save(buffer, allow_pickle=False, **arrays)
    atomic.write(buffer.getvalue(), path)


def read_weights(path: Path) -> NDArray[np.float64] | None:
    """Return the weights in a file, shape (height, width); None if it is a text.

    Raises ``KernelError``.
    """
    with _as_kernel_errors(path, "give a small and whole picture or array"):
        if path.suffix.lower() == ".npy":
            return _checked(path, read_numbers(str(path), MOST_WEIGHTS)[""])
        is_picture = is_picture_path(path.name) and row_of_path(path) is not None
        return _levels(path) if is_picture else None


def read_shares(path: Path) -> NDArray[np.float32]:
    """Return the shares of white in a picture, 0 to 1, shape (height, width), as it is seen.

    Raises ``KernelError``.
    """
    with _as_kernel_errors(path, "give a whole picture, and not too large a one"):
        mask = Mask.of_pixels(_one_frame(path, "mask"))
    shares: NDArray[np.float32] = mask.values.astype(np.float32) / np.float32(mask.maximum)
    return shares


@contextmanager
def _as_kernel_errors(path: Path, remedy: str) -> Iterator[None]:
    """Raise any error as ``KernelError`` that names the file.

    The remedy replaces those that name an option: none is about how a kernel is read.
    """
    try:
        yield
    except KernelError:
        raise
    except ImgconvError as error:
        remedy = remedy if "--" in error.remedy else error.remedy
        problem = error.problem if str(path) in error.problem else f"{path}: {error.problem}"
        raise KernelError(problem, remedy) from error


def _checked(path: Path, array: NDArray[Any]) -> NDArray[np.float64]:
    if array.ndim != 2 or array.dtype.kind == "c":
        kind = "complex numbers" if array.dtype.kind == "c" else f"the shape {array.shape}"
        raise KernelError(f"{path}: {kind} make no kernel", "save rows and columns of real numbers")
    return array.astype(np.float64)


def _levels(path: Path) -> NDArray[np.float64]:
    """Return the levels of a picture, made grey; raises ``KernelError`` for a transparent one."""
    pixels = _one_frame(path, "kernel", _MOST_PIXELS)
    if (alpha := pixels.alpha) is not None and (pixels.array[..., alpha] < pixels.maximum).any():
        raise KernelError(f"{path} is transparent, and a weight is not", "make it opaque")
    levels: NDArray[np.float64] = pixels.array[..., 0].astype(np.float64)
    return levels


def _one_frame(path: Path, purpose: str, max_pixels: int | None = None) -> Pixels:
    """Return the upright pixels of a picture, made grey; raises ``KernelError`` for frames."""
    picture = read(str(path), ReadOptions(max_pixels))
    if len(picture.frames) > 1:
        raise KernelError(
            f"{path}: a {purpose} has one frame, this picture {len(picture.frames)}",
            "write one of them into a file of its own",
        )
    return upright_pixels(picture, gray=True)
