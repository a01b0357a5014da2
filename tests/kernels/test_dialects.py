"""Kernel texts: the kernels of every form, the errors, and random texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgconv.errors import KernelError
from imgconv.kernels.dialects import FORMS, parse, parse_file, parse_grid, tokens
from imgconv.kernels.kernel import Kernel
from tests.support.kernel_texts import BRACKETED, TEXTS
from tests.support.strategies import examples

Rows = list[list[int]]

SHARPEN = Kernel([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
COUNTED = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
NINE = "1 2 3 4 5 6 7 8 9"
ONE_ROW = Kernel([[1, 2, 3, 4, 5, 6, 7, 8, 9]])

# One text for each thing that a form can say, and the kernel that it means.
MEANINGS = {
    # plain rows
    "5": Kernel([[5]]),
    "1 2\n3 4": Kernel([[1, 2], [3, 4]]),
    "1,2;3,4;": Kernel([[1, 2], [3, 4]]),
    " 1 ,\t2 \r\n\n ;; 3, 4 \n": Kernel([[1, 2], [3, 4]]),
    "# a comment; 7\n1 2 # another\n# and one more\n3 4": Kernel([[1, 2], [3, 4]]),
    "1/9 -.5 +2. 1e-3": Kernel([[1 / 9, -0.5, 2, 0.001]]),
    "-3/-4": Kernel([[0.75]]),
    "2 2\n1 2\n3 4": Kernel([[2, 2], [1, 2], [3, 4]]),
    "3 2 9\n1 2 3\n4 5 6": Kernel([[3, 2, 9], [1, 2, 3], [4, 5, 6]]),
    "1 0": Kernel([[1, 0]]),
    "3 0": Kernel([[3, 0]]),
    "1 2 3 4 5 6 7 8": Kernel([[1, 2, 3, 4, 5, 6, 7, 8]]),
    # JSON
    "[[1, 2.5], [3, -4e0]]": Kernel([[1.0, 2.5], [3.0, -4.0]]),
    '{"weights": [[1, 2]], "scale": 4, "offset": 128, "origin": [0, 0]}': Kernel(
        [[1, 2]], 4, 128, (0, 0)
    ),
    # sharp
    '{"width": 3, "height": 2, "kernel": [1, 2, 3, 4, 5, 6]}': Kernel([[1, 2, 3], [4, 5, 6]], 21),
    '{"width": 3, "height": 1, "kernel": [-1, 0, 1], "offset": 128}': Kernel([[-1, 0, 1]], 1, 128),
    '{"kernel": [0.25, 0.25], "height": 2, "width": 1}': Kernel([[0.25], [0.25]]),
    '{"width": 2, "height": 1, "kernel": [1, 1], "scale": 50, "origin": [0, 0]}': Kernel(
        [[1, 1]], 50, origin=(0, 0)
    ),
    # G'MIC, and brackets around the others
    "(0,-1,0;-1,5,-1;0,-1,0)": SHARPEN,
    "( 0 -1 0; -1 5 -1; 0 -1 0; )": SHARPEN,
    f"({NINE})": ONE_ROW,
    f"(0m={NINE}:0rdiv=1)": Kernel(COUNTED),
    "(3x3+0+1: 0,-1,0 -1,5,-1 0,-1,0)": Kernel(SHARPEN.weights, origin=(1, 0)),
    "([[1, 2]])": Kernel([[1, 2]]),
    "(1 1; 1 1; divisor 4)": Kernel([[1, 1], [1, 1]], 4),
    # ImageMagick
    f"3: {NINE}": Kernel(COUNTED),
    f"3x: {NINE}": Kernel(COUNTED),
    "3x2: 1,2,3\n4,5,6;": Kernel([[1, 2, 3], [4, 5, 6]], origin=(0, 1)),
    "3X3+0+2:1,2,3 4,5,6 7,8,9": Kernel(COUNTED, origin=(2, 0)),
    "2x2: 1,2 3,4": Kernel([[1, 2], [3, 4]], origin=(0, 0)),
    "3x1: nan,NaN,-": Kernel([[0, 0, 0]]),
    "3x1: -1 - 1/2": Kernel([[-1, 0, 0.5]]),
    # vips
    "3 1\n1 2 3": Kernel([[1, 2, 3]]),
    "2 2 9\n1 2\n3 4": Kernel([[1, 2], [3, 4]], 9),
    "2,2,4,-1\n1,2\n3,4": Kernel([[1, 2], [3, 4]], 4, -1),
    # ffmpeg
    NINE: Kernel(COUNTED),
    "1,2,3,4,5,6,7,8,9\n": Kernel(COUNTED),
    f"0m={NINE}": Kernel(COUNTED, 45),
    f"m='{NINE}':rdiv=0": Kernel(COUNTED, 45),
    f'"0m={NINE}:0rdiv=1/49:0bias=128"': Kernel(COUNTED, 49, 128),
    "0m=0|-1|0|-1|4|-1|0|-1|0": Kernel([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    "0rdiv=2:0mode=row:0m=1 2 1": Kernel([[1, 2, 1]], 0.5),
    "0mode=column:0m=-1 0 1": Kernel([[-1], [0], [1]]),
    # GIMP
    "1 1\n1 1\ndivisor 9\noffset = 128": Kernel([[1, 1], [1, 1]], 9, 128),
    "Scale: 4; Origin = 0, 1; 1 1; 1 1": Kernel([[1, 1], [1, 1]], 4, 0, (0, 1)),
    "1 1; 1 1; divisor = automatic": Kernel([[1, 1], [1, 1]], 4),
    "1 1; 1 1; normalise = automatic; offset 3": Kernel([[1, 1], [1, 1]], 4, 3),
    "1 -1; normalize automatic": Kernel([[1, -1]], 1, 128),
    "1 -1; divisor automatic; offset 7": Kernel([[1, -1]], 1, 7),
    # SVG
    f'<feConvolveMatrix kernelMatrix="{NINE}"/>': Kernel([[9, 8, 7], [6, 5, 4], [3, 2, 1]], 45),
    f"""<svg fill='#fff'><fe:feConvolveMatrix in="#a" order='3' divisor="2" bias="0.2"
    targetX="0" targetY="2" kernelMatrix="{NINE}"></svg>""": Kernel(
        [[9, 8, 7], [6, 5, 4], [3, 2, 1]], 2, 51, (2, 0)
    ),
    '<feConvolveMatrix order="3 1" kernelMatrix="1, 0, -1" divisor="0"/>': Kernel([[-1, 0, 1]]),
}

# What is refused, and a part of what is said of it.
REFUSALS = {
    "": "the kernel is empty",
    " ;\n# 1 2 3": "the kernel is empty",
    "\u00a0": "the kernel is empty",
    "1 2 3\n4 5": "row 2 has 2 numbers instead of 3",
    "1 2\n3 4\n5": "row 3 has 1 number instead of 2",
    "1 two": "'two' is not a number",
    "1 0x2": "'0x2' is not a number",
    "1 1_000": "'1_000' is not a number",
    "1 nan": "'nan' is not a number",
    "1 inf": "'inf' is not a number",
    "1 1e999": "'1e999' is too large",
    "1 1e300/1e-300": "'1e300/1e-300' is too large",
    "1/0": "'1/0' divides by zero",
    "1/2/3": "'1/2/3' is not a number",
    "1,,2": "a number is missing between commas",
    "1,2,\n3,4": "a number is missing between commas",
    "\x1b[31mred\x07": r"'\x1b[31mred\x07' is not a number",
    "9" * 50 + "x": "'99999999999999999...' is not a number",
    "[[1, 2], [3]]": "row 2 has 1 number instead of 2",
    "[1, 2]": "not a list of rows",
    "[]": "the kernel is empty",
    "[[]]": "the kernel is empty",
    "[[1, 2": "broken JSON at line 1, column 7",
    '{"width": 3, "height": 3, "kernel": [1, 2]}': "a kernel of 3x3 needs 9 numbers, not 2",
    '{"width": 0, "height": 3, "kernel": []}': "a kernel of 0x3 is empty",
    '{"width": 1.5, "height": 2, "kernel": [1, 2, 3]}': "'1.5' is not a size",
    '{"width": "3", "height": 1, "kernel": [1, 2, 3]}': "is not a number",
    '{"width": 3, "kernel": [1, 2, 3]}': "the 'height' of the kernel is missing",
    '{"width": 1, "height": 1, "kernel": 3}': "not one list of weights",
    '{"width": 1, "height": 1, "kernel": [[3]]}': "a list is not a number",
    '{"width": 1, "height": 1, "kernel": [3], "weights": [[3]]}': "not one list of weights",
    "[[NaN]]": "'NaN' is not a finite number",
    "[[-Infinity]]": "'-Infinity' is not a finite number",
    "[[1e999]]": "infinite",
    "[[" + "9" * 5000 + "]]": "infinite",
    "[[true]]": "'true' is not a number",
    '[["1"]]': "is not a number",
    "[[[1]]]": "a list is not a number",
    "[" * 100_000: "nested too deeply",
    '{"a":' * 100_000: "nested too deeply",
    '{"weights": [[1]], "sacle": 2}': "'sacle' is not a known key",
    '{"scale": 2}': "not a list of rows",
    '{"weights": [[1]], "scale": 0}': "cannot be divided by 0",
    '{"weights": [[1]], "scale": null}': "'null' is not a number",
    '{"weights": [[1]], "origin": [0, 1]}': "the origin 0,1 lies outside",
    '{"weights": [[1]], "origin": [0.5, 0]}': "'0.5' is not a size or a position",
    '{"weights": [[1]], "origin": 0}': "not a row and a column",
    "(1 2; 3 4": "the bracket '(' is not closed",
    "()": "the kernel is empty",
    "((1 2))": "is not a number",
    "(" * 100_000: "the bracket '(' is not closed",
    "3x3: 1,2,3,4,5,6,7,8": "3x3 needs 9 numbers, not 8",
    "3x3:": "3x3 needs 9 numbers, not 0",
    "3x0: 1": "a kernel of 3x0 is empty",
    "0x3:": "a kernel of 0x3 is empty",
    "3x1: 1,,3": "a number is missing",
    "3x1+3+0: 1,2,3": "the origin 0,3 lies outside",
    "3x1>: 1,2,3": "the size '3x1>' is unknown",
    "3x1: 1,2,3; 3x1: 1,2,3": "several ImageMagick kernels",
    "100000x100000:": "the kernel is too large",
    "9999999999x1: 1": "'9999999999' is not a size",
    "3 1 0\n1 2 3 4": "row 2 has 4 numbers instead of 3",
    f"0m={NINE}:1m={NINE}": "'1m' is for another plane",
    f"0m={NINE}:2bias=1": "'2bias' is for another plane",
    f"0m={NINE}:0gain=1": "'0gain' is no option",
    "0m=1 2 3": "3 numbers make no odd square",
    "0m=" + "1 " * 16: "16 numbers make no odd square",
    "0rdiv=2": "0 numbers make no odd square",
    "0mode=row:0m=": "a kernel of 0x1 is empty",
    "0mode=circle:0m=1": "the mode 'circle' is unknown",
    f"0m={NINE}:0rdiv=x": "'x' is not a number",
    f"0m={NINE}:0rdiv=1e-320": "cannot be divided by inf",
    "1 1; divisor 0": "cannot be divided by 0",
    "1 1; divisor": "a number is missing",
    "1 1; divisor 2; scale 3": "the divisor is given twice",
    "1 1; divisor sum": "'sum' is not a number",
    "1 1; normalise = 1": "'normalise' is not a number",
    "1 1; origin 0": "the origin '0' is no position",
    "1 1; origin 0 -1": "'-1' is not a size or a position",
    "1e308 1e308; divisor automatic": "a weight is too large",
    "divisor 2": "the kernel is empty",
    "<svg/>": "the markup has 0 feConvolveMatrix elements",
    "<feConvolveMatrix /><feConvolveMatrix />": "the markup has 2 feConvolveMatrix elements",
    "<feConvolveMatrix />": "3x3 needs 9 numbers, not 0",
    '<feConvolveMatrix order="1 2 3" kernelMatrix="1"/>': "the order '1 2 3' is no size",
    '<feConvolveMatrix order="1" kernelMatrix="1" targetX="1"/>': "the origin 0,1 lies outside",
}


def refusal(read: Callable[[], Kernel]) -> str:
    with pytest.raises(KernelError) as caught:
        read()
    return str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_text_of_every_form_is_matched_and_read(form: str) -> None:
    modules = (import_module(f"imgconv.kernels.dialects.{name}") for name in FORMS)
    matching = next(module for module in modules if module.matches(TEXTS[form]))
    assert matching.__name__.endswith(form)
    assert parse(TEXTS[form]) == SHARPEN


@pytest.mark.parametrize("form", [form for form in FORMS if form != "flat"])
def test_a_form_is_read_in_brackets(form: str) -> None:
    assert parse(f" ( {TEXTS[form]} ) ") == SHARPEN


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_means_its_kernel(text: str) -> None:
    assert parse(text) == MEANINGS[text]


@pytest.mark.parametrize("text", REFUSALS, ids=lambda text: text[:40])
def test_a_broken_text_is_refused_in_one_line_that_says_why(text: str) -> None:
    message = refusal(lambda: parse(text))
    assert REFUSALS[text] in message
    assert message.isprintable() and len(message) < 200


@pytest.mark.parametrize(
    "text",
    [
        "1 2 3 4 5 6 7 8 9",
        "1; 2; 3; 4; 5; 6; 7; 8; 9",
        "1 2 3; 4 5 6; 7 8 9",
        "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]",
        "[[]" + ", []" * 20 + "]",
        "3x3: 1",
        "8x1: 1 2 3 4 5 6 7 8 9",
        "0mode=row:0m=1 2 3 4 5 6 7 8 9",
        '<feConvolveMatrix order="3" kernelMatrix="1"/>',
    ],
)
def test_too_many_weights_are_refused_in_every_form(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_WEIGHTS", 8)
    assert "the kernel is too large; at most 8 weights" in refusal(lambda: parse(text))


@pytest.mark.parametrize(
    ("text", "suffix", "kernel"),
    [
        ("2 2\n1 2\n3 4", ".mat", Kernel([[1, 2], [3, 4]])),
        ("# by hand\n2 2 4 1\n1 2\n3 4\n", ".MAT", Kernel([[1, 2], [3, 4]], 4, 1)),
        ("2 2\n1 2\n3 4", ".txt", Kernel([[2, 2], [1, 2], [3, 4]])),
        ("2 2\n1 2\n3 4", "", Kernel([[2, 2], [1, 2], [3, 4]])),
        ("[[1, 2]]", ".Json", Kernel([[1, 2]])),
        ("1,2\r\n3,4\r\n", ".csv", Kernel([[1, 2], [3, 4]])),
    ],
)
def test_the_suffix_of_a_file_decides_between_forms(text: str, suffix: str, kernel: Kernel) -> None:
    assert parse_file(text, suffix) == kernel


@pytest.mark.parametrize(
    ("text", "suffix", "part"),
    [
        ("", ".mat", "2 to 4 numbers, not 0"),
        ("\u00a0", ".mat", "2 to 4 numbers, not 0"),
        ("0 -1 0 -1 5", ".mat", "2 to 4 numbers, not 5"),
        ("3 3\n1 2 3\n4 5 6", ".mat", "promises 3x3, so 3 rows, not 2"),
        ("3 2\n1 2 3\n4 5", ".mat", "row 2 has 2 numbers instead of 3"),
        ("2 1\n1 2 3", ".mat", "row 1 has 3 numbers instead of 2"),
        ("2 1 0\n1 2", ".mat", "cannot be divided by 0"),
        ("1.5 1\n1", ".mat", "'1.5' is not a size"),
        ("0 0", ".mat", "the kernel is empty"),
        ("0 -1 0", ".json", "broken JSON"),
        ("3", ".json", "not a list of rows"),
        ("1 2", ".svg", "0 feConvolveMatrix elements"),
    ],
)
def test_a_file_without_the_form_of_its_suffix_is_refused(
    text: str, suffix: str, part: str
) -> None:
    assert part in refusal(lambda: parse_file(text, suffix))


def test_a_grid_is_plain_rows_whatever_it_looks_like() -> None:
    assert parse_grid(f"{NINE} # one row") == ONE_ROW
    assert parse_grid(" 0 -1 0\n-1 5 -1\n 0 -1 0\n") == SHARPEN


@pytest.mark.parametrize(
    "text", [BRACKETED, *(TEXTS[form] for form in TEXTS if form not in ("grid", "flat"))]
)
def test_a_grid_has_no_other_form(text: str) -> None:
    refusal(lambda: parse_grid(text))


def joined(rows: Rows, between: str, after: str) -> str:
    return after.join(between.join(map(str, row)) for row in rows)


def flat(rows: Rows) -> list[int]:
    return [weight for row in rows for weight in row]


def imagemagick(rows: Rows) -> str:
    width, height = len(rows[0]), len(rows)
    return f"{width}x{height}+{width // 2}+{height // 2}: {joined(rows, ',', ' ')}"


def svg(rows: Rows) -> str:
    turned = " ".join(map(str, reversed(flat(rows))))
    order = f"{len(rows[0])} {len(rows)}"
    return f'<feConvolveMatrix order="{order}" divisor="1" kernelMatrix="{turned}"/>'


WRITERS: dict[str, Callable[[Rows], str]] = {
    "JSON": json.dumps,
    "JSON object": lambda rows: json.dumps({"weights": rows}, indent=1),
    "SVG": svg,
    "G'MIC": lambda rows: f"({joined(rows, ',', ';')})",
    "rows in brackets": lambda rows: f"({joined(rows, ' ', '; ')})",
    "ImageMagick": imagemagick,
    "ffmpeg": lambda rows: (
        f"0m={' '.join(map(str, flat(rows)))}:0rdiv=1:0mode={'row' if len(rows) == 1 else 'column'}"
    ),
    "GIMP": lambda rows: f"{joined(rows, ' ', chr(10))}\ndivisor 1",
    "vips": lambda rows: f"{len(rows[0])} {len(rows)}\n{joined(rows, ' ', chr(10))}",
}


@pytest.mark.parametrize("name", WRITERS)
@given(st.data())
@examples(50)
def test_any_whole_matrix_written_in_a_form_is_read_back(name: str, data: st.DataObject) -> None:
    sizes = (
        [(1, 5), (1, 4), (3, 1)] if name == "ffmpeg" else [(1, 3), (1, 9), (2, 2), (4, 3), (5, 1)]
    )
    height, width = data.draw(st.sampled_from(sizes))
    row = st.lists(st.integers(-(2**53), 2**53), min_size=width, max_size=width)
    rows = data.draw(st.lists(row, min_size=height, max_size=height))
    suffix = ".mat" if name == "vips" else ""
    assert parse_file(WRITERS[name](rows), suffix) == Kernel(rows)


def answers(text: str, suffix: str) -> None:
    try:
        assert isinstance(parse_file(text, suffix), Kernel)
    except KernelError as error:
        assert str(error).isprintable()


suffixes = st.sampled_from(["", ".mat", ".json", ".svg"])


@given(st.one_of(st.text(), st.text("0123 -.,;:/#=()[]{}\"'\nexnam<>")), suffixes)
@examples(250)
def test_any_text_is_a_kernel_or_refused(text: str, suffix: str) -> None:
    answers(text, suffix)


@given(st.sampled_from([*MEANINGS, *TEXTS.values(), BRACKETED]), suffixes, st.data())
@examples(500)
def test_any_edit_of_a_kernel_text_is_a_kernel_or_refused(
    text: str, suffix: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 3)))
    answers(text[:start] + data.draw(st.text(max_size=3)) + text[end:], suffix)
