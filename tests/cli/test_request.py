"""The fingerprints of a request: equal where two runs make the same of a picture."""

from __future__ import annotations

from fractions import Fraction

import pytest

from imgconv.batch.request import Conversion, Request
from imgconv.cli.options import PictureOptions
from imgconv.cli.request import request_fingerprint
from imgconv.formats import registry
from imgconv.kernels import library
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from imgconv.system import hashing
from imgconv.system.hashing import fingerprint

BLUR = Request(library.find("blur", {}))

OPTIONS = PictureOptions(None, None, False, False, False, None, None, None, False, False, None)


def found(request: Request, options: PictureOptions = OPTIONS) -> str:
    return request_fingerprint(request, options)


def test_requests_that_make_the_same_have_one_fingerprint() -> None:
    assert found(BLUR) == found(Request(library.find("blur", {})))
    threads = BLUR._replace(settings=Settings(threads=3, patience=5.0))
    assert found(threads) == found(BLUR)


@pytest.mark.parametrize(
    "other",
    [
        Request(library.find("blur:3", {})),
        Request(library.find("blur,blur", {})),
        Request(
            [library.find("blur", {})[0].map_kernels(lambda kernel: kernel.replaced(None, 1.0))]
        ),
        BLUR._replace(gray_by="luma"),
        BLUR._replace(quality=90),
        BLUR._replace(format=registry.by_name("png")),
        BLUR._replace(settings=Settings(channels=frozenset("r"))),
        BLUR._replace(settings=Settings(tolerance=0.0)),
        BLUR._replace(conversion=Conversion(depth=8)),
    ],
    ids=range(9),
)
def test_requests_that_make_something_else_have_another_fingerprint(other: Request) -> None:
    assert found(other) != found(BLUR)
    assert found(BLUR, OPTIONS._replace(allow_8_bit=True)) != found(BLUR)


def test_sets_have_one_fingerprint_whatever_their_order() -> None:
    made = {found(BLUR._replace(settings=Settings(channels=frozenset(c)))) for c in ("rgb", "bgr")}
    assert len(made) == 1


def test_another_version_of_imgconv_has_other_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    before = found(BLUR)
    monkeypatch.setattr(hashing, "__version__", "9.9")
    assert found(BLUR) != before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (None, "None"),
        ([1, [2]], [[1], 2]),
        ({"a": 1}, {"a": 2}),
        (b"1", b"2"),
        ("\udcff", "\udcfe"),
        (Fraction(1, 3), Fraction(1, 4)),
        (Kernel([[1, 2]]), Kernel([[2, 1]])),
    ],
)
def test_values_that_differ_have_different_fingerprints(one: object, other: object) -> None:
    assert fingerprint(one) == fingerprint(one) != fingerprint(other)
    assert fingerprint({"b": 1, "a": one}) == fingerprint({"a": one, "b": 1})
