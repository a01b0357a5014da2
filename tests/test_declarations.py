"""The form of a filter's file, and what is said when it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.declarations import read_declaration
from imgconv.errors import KernelError, ParameterError
from imgconv.kernel import Kernel

GRID = '[[kernel]]\ngrid = "1 2 1"\n'
PARAMETER = '[parameters.t]\nsummary = "a"\ndefault = 1.0\nminimum = 0.0\n'


def declared(text: str, tmp_path: Path) -> list[Kernel]:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return list(read_declaration(path).bind({}).kernels)


@pytest.mark.parametrize(
    ("keys", "kernel"),
    [
        ("", Kernel([[1, 2, 1]])),
        ("scale = 4\noffset = 8", Kernel([[1, 2, 1]], 4, 8)),
        ("origin = [0, 0]", Kernel([[1, 2, 1]], origin=(0, 0))),
        ('normalize = "sum"', Kernel([[1, 2, 1]], 4)),
        ("origin = [0, 0]\nflip = true", Kernel([[1, 2, 1]], origin=(0, 2))),
    ],
)
def test_the_keys_of_a_kernel(keys: str, kernel: Kernel, tmp_path: Path) -> None:
    assert declared(GRID + keys, tmp_path) == [kernel]


def test_weights_may_be_a_list_of_rows(tmp_path: Path) -> None:
    assert declared("[[kernel]]\nweights = [[1, 2], [3, 4]]", tmp_path) == [
        Kernel([[1, 2], [3, 4]])
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml", "Expected '='"),
        ("", "'kernel' is missing"),
        ("kernel = []", "no kernel is given"),
        ("kernel = 3", "mine.toml"),
        ('[[kernel]]\ngird = "1"', "did you mean 'grid'"),
        ("[[kernel]]\nscale = 3", "'weights' is missing"),
        ('[[kernel]]\ngrid = "1 x"', "x"),
        ("[[kernel]]\nweights = [[1, 2], [3]]", "rectangle"),
        ("[[kernel]]\nweights = [[nan]]", "not a number"),
        (GRID + "scale = 0", "cannot be divided"),
        (GRID + 'scale = "a"', "mine.toml"),
        (GRID + "origin = [1]", "mine.toml"),
        (GRID + "origin = [7, 7]", "outside"),
        (GRID + 'normalize = "big"', "choose from"),
        ('[[kernel]]\ngenerator = "gausian"', "gaussian"),
        ('[[kernel]]\ngenerator = "gaussian"', "sigma"),
        ('combine = "sum"\n' + GRID + GRID, "combine"),
        (GRID + GRID, "cannot be combined by 'none'"),
        ('combine = "max"\n' + GRID, "one kernel needs no rule"),
        ('combine = "add-above"\n' + GRID * 3, "two kernels"),
        ('range = "wide"\n' + GRID, "choose from"),
        ('threshold = "u"\n' + PARAMETER + GRID, r"declare \[parameters.u\]"),
        ("[parameters.t]\ndefault = 1\n" + GRID, "summary"),
        (PARAMETER.replace("1.0", "-1.0") + GRID, "out of range"),
    ],
)
def test_a_broken_file_is_named_and_its_fault_said(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(KernelError, match=said) as caught:
        declared(text, tmp_path)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KernelError, match="is not a text"):
        read_declaration(tmp_path / "k.toml")


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imgconv.declarations.LARGEST_FILE", 10)
    (tmp_path / "k.toml").write_text(GRID)
    with pytest.raises(KernelError, match="too large"):
        read_declaration(tmp_path / "k.toml")


def test_values_are_checked_against_the_declaration(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PARAMETER + GRID)
    entry = read_declaration(path)
    assert entry.values({"t": "3"}) == {"t": 3}
    for wrong in ("-1", "nan", "inf", "x"):
        with pytest.raises(ParameterError):
            entry.values({"t": wrong})
