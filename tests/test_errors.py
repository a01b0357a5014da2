"""The family of errors."""

from __future__ import annotations

import re

import pytest

from imgconv import errors
from imgconv.errors import FileError, ImgconvError, UsageError, nearest, suggestion

FAMILY = {
    name: thing
    for name, thing in vars(errors).items()
    if isinstance(thing, type) and issubclass(thing, ImgconvError)
}


def test_the_drawing_shows_the_family() -> None:
    drawn = re.findall(r"^ {4}([│├└─ ]*)(\w+)  ", errors.__doc__ or "", re.MULTILINE)
    ancestors: list[str] = []
    for branch, name in drawn:
        del ancestors[len(branch) // 4 :]
        if ancestors:
            assert FAMILY[ancestors[-1]] in FAMILY[name].__bases__
        ancestors.append(name)
    assert [name for _, name in drawn] == list(FAMILY)


@pytest.mark.parametrize("name", FAMILY)
def test_the_exit_code_tells_usage_errors_from_files(name: str) -> None:
    expected = 2 if issubclass(FAMILY[name], UsageError) else 1
    assert FAMILY[name].exit_code == expected


def test_an_error_says_what_is_wrong_and_what_to_do_in_one_line() -> None:
    error = FileError("it is torn", "mend it")
    assert (str(error), error.problem, error.remedy) == (
        "it is torn; mend it",
        "it is torn",
        "mend it",
    )
    assert str(FileError("it is torn")) == "it is torn"


def test_an_error_that_gets_the_name_of_its_file_stays_of_its_kind() -> None:
    error = FileError("it is torn", "mend it").named("a.png")
    assert type(error) is FileError and str(error) == "a.png: it is torn; mend it"


def test_usage_errors_are_value_errors() -> None:
    assert issubclass(UsageError, ValueError)
    assert not issubclass(FileError, ValueError)


NEAR = {
    "aply": "apply",
    "bulr": "blur",
    "blue": "blur",
    "boder": "border",
    "bxo": "box",
    "gausian": "gaussian",
    "kernal": "kernel",
    "mtach": "match",
    "output-dir": "output",
    "seq": "sequence",
    "spec": "spectrum",
}

FAR = {
    "nonsense": "robinson",
    "method": "threshold",
    "top": "cut",
    "foo": "fft",
    "di": "difference-x",
    "info": "find",
    "rotate": "prewitt",
    "test": "tune",
    "train": "learn",
    "verbose": "quiet",
}


@pytest.mark.parametrize(("word", "known"), NEAR.items())
def test_a_word_with_a_slip_or_without_its_end_is_near(word: str, known: str) -> None:
    assert nearest(word, ["unlike", known]) == [known]
    assert suggestion(word, ["unlike", known]) == f"did you mean '{known}'?"


@pytest.mark.parametrize(("word", "known"), FAR.items())
def test_a_word_that_shares_a_few_letters_is_far(word: str, known: str) -> None:
    assert nearest(word, [known]) == []
    assert suggestion(word, [known, "unlike"]) == f"known are {known}, unlike"
