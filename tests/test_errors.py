"""The family of errors."""

from __future__ import annotations

import re

import pytest

from imgconv import errors
from imgconv.errors import FileError, ImgconvError, UsageError

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


def test_usage_errors_are_value_errors() -> None:
    assert issubclass(UsageError, ValueError)
    assert not issubclass(FileError, ValueError)
