"""Filter files: their keys, and the errors for broken ones."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from imgconv.errors import KernelError, ParameterError
from imgconv.kernels.kernel import Kernel
from imgconv.kernels.toml import read_declaration, read_kernel_text

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
    ("text", "message"),
    [
        ("not toml", r"no valid TOML: Expected '=' .*at line 1"),
        ("", r"'kernel' is missing; write \[\[kernel\]\]"),
        ("kernel = []", "no kernel is given"),
        ("[mask]\nkeep = 'picture'", "a filter of your own takes no picture; write freq-mask:PATH"),
        ("kernel = 3", "'kernel' is not a table"),
        ("kernel = [3]", "'kernel' is not a table"),
        ("a = " + "[" * 5000, "too long"),
        ("a = " + "9" * 5000, "too long"),
        ("summary = 3\n" + GRID, "'summary' is not a text; write summary = "),
        ("parameters = 3\n" + GRID, "'parameters' is not one table for each name"),
        ("[parameters]\nt = 3\n" + GRID, "'parameters' is not one table for each name"),
        (PARAMETER.replace("1.0", "'t'") + GRID, "no parameter above is called 't'; give a number"),
        (PARAMETER.replace("1.0", "true") + GRID, "'default' is not a number, or the name of"),
        ('[parameters."a b"]\nsummary = "a"\ndefault = 1\n' + GRID, "can be called 'a b'"),
        ('[[kernel]]\ngird = "1"', "did you mean 'grid'"),
        ("[[kernel]]\nscale = 3", "one source of weights; write grid or weights or generator"),
        (GRID + "weights = [[1]]", "one source of weights"),
        ('[[kernel]]\ngrid = "1 x"', "'x' is not a number"),
        ('[[kernel]]\ngrid = ["1 2", "3 4"]', "'grid' is not a text"),
        ("[[kernel]]\nweights = [[1, 2], [3]]", "rectangle"),
        ("[[kernel]]\nweights = [[nan]]", "not a number"),
        ('[[kernel]]\nweights = [["1", "x"]]', "'weights' is not a list of rows of numbers"),
        ('[[kernel]]\nweights = ["1 2", "3 4"]', "'weights' is not a list of rows of numbers"),
        ("[[kernel]]\nweights = [1, 2]", "'weights' is not a list of rows of numbers"),
        ("[[kernel]]\nweights = [[true]]", "'weights' is not a list of rows of numbers"),
        ("[[kernel]]\nweights = [[1979-05-27]]", "'weights' is not a list of rows of numbers"),
        (f"[[kernel]]\nweights = [[{2**63}]]", "'weights' is not a list of rows of numbers"),
        ("[[kernel]]\nweights = []", "kernel"),
        (GRID + "scale = 0", "cannot be divided"),
        (GRID + 'scale = "a"', "'scale' is not a number; write scale = 1.5"),
        (GRID + "scale = true", "'scale' is not a number"),
        (GRID + f"scale = 1{'0' * 400}", "'scale' is not a number"),
        (GRID + "origin = [1]", "'origin' is not a row and a column"),
        (GRID + "origin = [0.5, 1]", "'origin' is not a row and a column"),
        (GRID + "origin = 1", "'origin' is not a row and a column"),
        (GRID + "origin = [7, 7]", "outside"),
        (GRID + 'flip = "yes"', "'flip' is not true or false"),
        (GRID + 'normalize = "big"', "choose from"),
        (GRID + "normalize = true", "'normalize' is not a text"),
        ('[[kernel]]\ngenerator = "gausian"', "gaussian"),
        ("[[kernel]]\ngenerator = 3", "'generator' is not a text"),
        ('[[kernel]]\ngenerator = "gaussian"', "sigma"),
        (
            PARAMETER + '[[kernel]]\ngenerator = "gaussian"',
            "takes the parameter 't'; known are cut, sigma, sigma-y",
        ),
        ('combine = "sum"\n' + GRID + GRID, "combine"),
        ("combine = 3\n" + GRID + GRID, "'combine' is not a text"),
        (GRID + GRID, "cannot be combined by 'none'"),
        ('combine = "max"\n' + GRID, "one kernel needs no rule"),
        ('combine = "add-above"\n' + GRID * 3, "two kernels"),
        ('range = "wide"\n' + GRID, "choose from"),
        ('threshold = "u"\n' + PARAMETER + GRID, r"declare \[parameters.u\]"),
        ('threshold = "t * u"\n' + PARAMETER + GRID, r"declare \[parameters.u\]"),
        ("threshold = []\n" + GRID, "'threshold' is not a text"),
        ("[parameters.t]\ndefault = 1\n" + GRID, "in parameters.t, 'summary' is missing"),
        ('[parameters.t]\nsummary = "a"\n' + GRID, "'default' is missing; write default = 1.5"),
        (PARAMETER + "maximun = 3\n" + GRID, "did you mean 'maximum'"),
        (PARAMETER + 'maximum = "3"\n' + GRID, "'maximum' is not a number"),
        (PARAMETER + "choices = 3\n" + GRID, "'choices' is not a list of numbers"),
        (PARAMETER + 'choices = [1, "2"]\n' + GRID, "'choices' is not a list of numbers"),
        (PARAMETER + "choices = [2, 3]\n" + GRID, "t: 1 is not among its values"),
        (PARAMETER.replace("1.0", "true") + GRID, "'default' is not a number"),
        (PARAMETER.replace("1.0", "-1.0") + GRID, "out of range"),
    ],
)
def test_the_error_for_a_broken_file_names_it_and_the_mistake(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(KernelError, match=message) as caught:
        declared(text, tmp_path)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KernelError, match="is not a text"):
        read_declaration(tmp_path / "k.toml")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k.toml").mkdir()
    with pytest.raises(KernelError, match=r"k\.toml is a folder; give a kernel file"):
        read_declaration(tmp_path / "k.toml")


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.kernels.toml.LARGEST_FILE", 10)
    (tmp_path / "k.toml").write_text(GRID)
    with pytest.raises(KernelError, match="too large"):
        read_declaration(tmp_path / "k.toml")


def bytes_taken(work: Callable[[], object]) -> int:
    """The most memory that ``work`` held at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_small_file_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "k.toml").write_text(GRID)
    assert bytes_taken(lambda: read_kernel_text(tmp_path / "k.toml")) < 1_000_000


def test_a_file_of_unknown_size_is_read_up_to_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in /proc, whose files have size 0 and may never end."""
    monkeypatch.setattr("imgconv.kernels.toml.LARGEST_FILE", 100_000)
    monkeypatch.setattr("imgconv.kernels.toml._check_file", lambda path: None)
    (tmp_path / "k.txt").write_text("1 " * 10_000_000)

    def work() -> None:
        with pytest.raises(KernelError, match="too large"):
            read_kernel_text(tmp_path / "k.txt")

    assert bytes_taken(work) < 1_000_000


def test_values_are_checked_against_the_declaration(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PARAMETER + GRID)
    entry = read_declaration(path)
    assert entry.values({"t": "3"}) == {"t": 3}
    for wrong in ("-1", "nan", "inf", "x"):
        with pytest.raises(ParameterError):
            entry.values({"t": wrong})
