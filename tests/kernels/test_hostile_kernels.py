"""Hostile kernel files and values: an error of one line, in bounded time and memory."""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import KernelError, UsageError
from imgconv.kernels import generators, library, toml

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "in.png"
    Image.fromarray(np.arange(96, dtype=np.uint8).reshape(8, 12)).save(path)
    return str(path)


def said_of(kernel: str, picture: str, capfd: Captured) -> str:
    """What is said of a kernel that must be refused, in one line."""
    out = Path(picture).with_name("out.png")
    assert run(["apply", kernel, picture, str(out)]) == 2
    assert not out.exists()
    said = capfd.readouterr().err
    assert said.startswith("imgconv: ")
    assert said.count("\n") == 1
    return said


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


@pytest.mark.parametrize("suffix", [".toml", ".txt", ".json", ".mat", ".svg"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_folder, "is a folder"),
        (make_pipe, "is a pipe or a device"),
        (make_device, "is a pipe or a device"),
        (make_giant, "is too large for a kernel"),
        (make_loop, "Too many levels of symbolic links"),
        (make_binary, "is not a text"),
    ],
)
def test_a_path_that_is_no_kernel_file_is_refused(
    make: Callable[[Path], None],
    words: str,
    suffix: str,
    picture: str,
    tmp_path: Path,
    capfd: Captured,
) -> None:
    path = tmp_path / f"kernel{suffix}"
    make(path)
    said = said_of(str(path), picture, capfd)
    assert words in said
    assert path.name in said


def test_control_characters_of_a_name_are_not_printed(picture: str, capfd: Captured) -> None:
    said = said_of("./\x1b[31m\nred\udcff.toml", picture, capfd)
    assert r"\x1b[31m\nred\udcff.toml" in said


DEEP_KEY = ".".join(["a"] * 20_000) + " = 1\n"
DEEP_QUOTED_KEY = " . ".join(['"a b"'] * 20_000) + " = 1\n"
WIDE_ROW = ",".join(["1"] * 6_000_000)


@pytest.mark.parametrize(
    "text",
    [
        DEEP_KEY,
        DEEP_QUOTED_KEY,
        f"[{DEEP_KEY[:-5]}]\n",
        "weights = " + "[" * 50_000,
        "weights = " + "[" * 200_000,
        "weights = " + "{a=" * 20_000,
        f"[[kernel]]\nweights = [[{WIDE_ROW}]]\n",
        "[a]\n" * 200_000,
        f"[[kernel]]\nscale = {'9' * 100_000}\ngrid = '1'\n",
        f"[[kernel]]\nscale = 0x{'f' * 100_000}\ngrid = '1'\n",
        *(
            f"[[kernel]]\ngrid = '1'\n{key} = {value}\n"
            for key in ("scale", "offset")
            for value in ("nan", "inf", "-inf", "1e999")
        ),
        "[[kernel]]\nweights = [[nan]]\n",
        "[[kernel]]\nweights = [[1e31]]\n",
        "[[kernel]]\ngrid = 'inf'\n",
        "[[kernel]]\norigin = [0, 9223372036854775807]\ngrid = '1'\n",
        "[[kernel]]\norigin = [-1, 0]\ngrid = '1'\n",
        "[parameters.a]\nsummary = ''\ndefault = nan\n[[kernel]]\ngrid = '1'\n",
        "[parameters.a]\nsummary = ''\ndefault = 1\nchoices = [inf]\n[[kernel]]\ngrid = '1'\n",
        "[parameters.radius]\nsummary = ''\ndefault = 1e9\n[[kernel]]\ngenerator = 'disk'\n",
        "[[kernel]]\ngenerator = '__import__'\n",
        "!!python/object/apply:os.system ['true']\n",
    ],
    ids=itertools.count(),
)
def test_a_hostile_toml_is_refused_in_one_line(
    text: str, picture: str, tmp_path: Path, capfd: Captured
) -> None:
    path = tmp_path / "k.toml"
    path.write_text(text)
    assert str(path) in said_of(str(path), picture, capfd)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"weights":' * 50_000,
        f"[[{'9' * 100_000}]]",
        "[[NaN]]",
        "[[Infinity]]",
        "[[1e999]]",
        f"[[{WIDE_ROW}]]",
        '{"weights": [[1]], "origin": [1e308, 0]}',
        '{"weights": [[1]], "__class__": "Kernel"}',
        "(" * 100_000,
        "99999999x99999999: 1",
        f"{'9' * 5000}x1: 1",
        "3x3: " + "nan," * 9,
        "0m=1 2 3:0rdiv=nan",
        "1 2 1; divisor = 0",
        "1 2 1; divisor = inf",
        "99999999 99999999; 1",
        f'<feConvolveMatrix order="99999999" kernelMatrix="{"1 " * 100}"/>',
        "<feConvolveMatrix" + " a='" * 50_000 + "/>",
        "<" * 200_000,
        "1/0",
        "1e400",
        "0x10",
        "1 2\n3",
        "\0",
        ";" * 1_000_000,
        "1,," * 1000,
    ],
    ids=itertools.count(),
)
def test_a_hostile_kernel_text_is_refused_in_one_line(
    text: str, picture: str, tmp_path: Path, capfd: Captured
) -> None:
    path = tmp_path / "k.txt"
    path.write_text(text)
    said_of(str(path), picture, capfd)


PIECES = ('\\"', '"', "'", "a.", '."', "a.'", '"a".', "a . ", "'''", '"""', "#", "\\", "a b")


@pytest.mark.parametrize("begin", ["", "a = ", 'a = "', "a = '", 'a = """', "a = '''", "[", "# "])
def test_the_time_to_look_for_long_keys_grows_with_the_file_only(begin: str) -> None:
    for piece in PIECES:
        text = begin + piece * 30_000 + "." * 20
        begun = time.process_time()
        with contextlib.suppress(KernelError):
            toml._check_size(text)
        assert time.process_time() - begun < 0.6, piece  # 80 KB took 17 s


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# a comment's quote \"\n",
        'x = {a = "\\"", ',
        'x = {a = """ " """, ',
        'x = {a = """ """", ',
        'x = {a = """ """"", ',
        "x = {a = ''' ' ''', ",
        "[",
        'x = """\n\\"""\n""", y = {',
    ],
)
def test_a_long_key_is_found_wherever_it_stands(before: str) -> None:
    parts, dots = ("a", "'a'", '"a.b"', '"\\""', "1"), (".", " . ", "\t.\t")
    for part, dot in itertools.product(parts, dots):
        toml._check_size(before + dot.join([part] * 20) + " = 1")
        with pytest.raises(KernelError, match="nested too deeply"):
            toml._check_size(before + dot.join([part] * 21) + " = 1")


@pytest.mark.parametrize("quotes", ['"{}"', "'{}'", '"""{}"""', "'''\n{}'''", "'' # {}"])
def test_a_text_with_many_dots_is_no_long_key(quotes: str, tmp_path: Path) -> None:
    path = tmp_path / "k.toml"
    path.write_text(f"summary = {quotes.format('.'.join('a' * 30))}\n[[kernel]]\ngrid = '1'\n")
    assert library.find(str(path))


def test_a_path_with_a_null_byte_is_refused() -> None:
    with pytest.raises(UsageError, match="is no path"):
        library.find("./a\0.toml")


ODD_VALUES = (0.0, -1.0, 1e-300, 5e-324, 0.5, 4001.0, 1e6, 1e9, 2.0**53, 1e300, -1e300, 1.7e308)


@pytest.mark.parametrize("name", generators.GENERATORS)
def test_a_generator_raises_kernel_errors_only(name: str) -> None:
    taken = list(generators.parameters(name))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for values in itertools.product(ODD_VALUES, repeat=len(taken)):
            try:
                kernel = generators.generate(name, dict(zip(taken, values, strict=True)))
            except KernelError:
                continue
            assert kernel.height * kernel.width <= (2 * generators.FACTOR_RADIUS + 1) ** 2


def test_no_value_takes_much_memory(picture: str, tmp_path: Path) -> None:
    """Also where the file that declares the generator sets no bounds."""
    script = tmp_path / "all.py"
    script.write_text(
        "import sys\n"
        "from imgconv.kernels import generators\n"
        "from imgconv.errors import KernelError\n"
        "for value in (1e5, 1e6, 1e9, 1e300):\n"
        "    for name in generators.GENERATORS:\n"
        "        values = dict.fromkeys(generators.parameters(name), value)\n"
        "        try:\n"
        "            generators.generate(name, values)\n"
        "        except KernelError:\n"
        "            pass\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (300_000_000,) * 2)

    done = subprocess.run(
        [sys.executable, str(script)], preexec_fn=limit, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("text", ["gaussian:1e9", "disk:1e6", "box:nan", "blur:inf", "motion:1e9"])
def test_a_shipped_filter_refuses_values_outside_of_its_bounds(text: str) -> None:
    with pytest.raises(UsageError):
        library.find(text)
