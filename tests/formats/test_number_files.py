from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from imgconv.errors import ReadError
from imgconv.formats import tables
from imgconv.formats.number_files import read_numbers, write_npy, write_npz
from imgconv.formats.tables import csv_text


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float32", "float64", "complex128"])
def test_an_array_survives_npy_and_npz(tmp_path: Path, dtype: str) -> None:
    array = (np.arange(24).reshape(2, 3, 4) % 5).astype(dtype)
    write_npy(str(tmp_path / "a.npy"), array)
    write_npz(str(tmp_path / "a.npz"), {"first": array, "second": array[0]})
    alone, both = (read_numbers(str(tmp_path / name)) for name in ("a.npy", "a.npz"))
    for found, expected in ((alone[""], array), (both["first"], array), (both["second"], array[0])):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_numpy_are_read_in_either_order_and_byte_order(
    tmp_path: Path, order: str
) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3), ">f4", order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", array)
    found = read_numbers(str(tmp_path / "a.npy"))[""]
    np.testing.assert_array_equal(found, array)
    assert found.dtype.isnative


def test_files_of_the_same_arrays_are_equal(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_npz(str(tmp_path / f"{name}.npz"), {"x": np.arange(9)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def archive(*members: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for number, member in enumerate(members):
            zipped.writestr(f"{number}.npy", member)
    return file.getvalue()


BROKEN = {
    "a line without end": (".csv", b"1," * (5 * 2**20), "longer than 8 MiB"),
    "an enormous shape": (".npy", header("(1000000, 1000000)"), "more than"),
    "an enormous shape in an archive": (".npz", archive(header("(1000000, 1000000)")), "more than"),
    "arrays that are too large together": (
        ".npz",
        archive(*[header("(20,)") + bytes(160)] * 60),
        "more than",
    ),
    "objects": (".npy", header("(1,)", "'|O'"), "not numbers"),
    "text": (".npy", header("(1,)", "'<U3'"), "not numbers"),
    "too few bytes": (".npy", header("(4,)") + bytes(8), "damaged"),
    "no magic number": (".npy", b"GIF89a" * 9, "damaged"),
    "no bytes": (".npy", b"", "damaged"),
    "no archive": (".npz", b"PK\x03\x04", "damaged"),
    "a word in a table": (".csv", b"1,2\n3,x\n", "line 2, column 2: 'x'"),
    "a ragged table": (".csv", b"1,2\n3\n", "line 2 has 1 values, not 2"),
    "an empty table": (".txt", b"\n \n", "empty"),
    "a header only": (".csv", b"x,value\n", "header only"),
    "no text": (".csv", b"\xff\xfe1", "damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_by_one_line(tmp_path: Path, name: str) -> None:
    suffix, content, problem = BROKEN[name]
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=problem) as raised:
        read_numbers(str(path), 1000)
    assert str(raised.value).startswith(str(path)) and "\n" not in str(raised.value)


def test_a_table_of_too_many_values_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_VALUES", 5_000)
    (tmp_path / "a.csv").write_bytes(b"1,1,1,1,1,1,1,1\n" * 700)
    with pytest.raises(ReadError, match="more than 5,000 values"):
        read_numbers(str(tmp_path / "a.csv"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"missing\.npy: there is no such file"):
        read_numbers(str(tmp_path / "missing.npy"))


TABLES = {
    "commas": "1,2.5\n-3,4e2\n",
    "semicolons with decimal commas": "1;2,5\n-3;4e2\n",
    "tabs": "1\t2.5\n-3\t4e2\n",
    "spaces": "1  2.5\n-3 4e2\n",
    "a header": "x,value\n1,2.5\n-3,4e2\n",
    "quotes and a byte order mark": '\ufeff"1","2.5"\r\n"-3","4e2"\r\n',
    "empty lines": "\n1,2.5\n\n-3,4e2\n\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_in_every_dialect(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TABLES[name], encoding="utf-8")
    np.testing.assert_array_equal(read_numbers(str(path))[""], [[1, 2.5], [-3, 400]])


def test_a_written_table_keeps_all_digits(tmp_path: Path) -> None:
    rows = [(0.0, 0.1), (1.0, 1 / 3), (2.0, -1e-300)]
    (tmp_path / "a.csv").write_text(csv_text(rows, ("x", "value")))
    assert (tmp_path / "a.csv").read_bytes().startswith(b"x,value\n0,0.1\n1,0.333")
    np.testing.assert_array_equal(read_numbers(str(tmp_path / "a.csv"))[""], rows)
