from __future__ import annotations

import json
import math

import numpy as np

from imgconv.cli.console import json_text


def test_json_has_all_digits_and_no_nan() -> None:
    assert json.loads(json_text({"third": 1 / 3, "tuple": (math.nan, -math.inf)})) == {
        "third": 1 / 3,
        "tuple": [None, None],
    }


def test_whole_numbers_of_json_have_no_point() -> None:
    assert json_text([34.0, -0.0, 2.0**60]) == "[34, 0, 1.152921504606847e+18]"


def test_arrays_and_numbers_of_numpy_are_written_as_lists_and_numbers() -> None:
    grid = np.array([[1.0, 0.5], [np.nan, 2.0]])
    values = {"grid": grid, "mask": grid > 1, "number": np.float32(0.5), "count": np.int64(3)}
    assert json_text(values) == (
        '{"grid": [[1, 0.5], [null, 2]], "mask": [[false, false], [false, true]], '
        '"number": 0.5, "count": 3}'
    )
