from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.kernels import library
from imgconv.kernels.toml_text import toml_text
from tests.support.pictures import KERNEL_FILTERS


@pytest.mark.parametrize("text", [*KERNEL_FILTERS, "1/3 2; -3 1e-9", "kernel"])
def test_the_filter_that_is_read_is_the_one_that_was_written(text: str, tmp_path: Path) -> None:
    (filter,) = library.find(text if text != "kernel" else "(-1 0 1)")
    path = tmp_path / f"{filter.name}.toml"
    path.write_text(toml_text(filter, 'a "summary" \\ of \x7f\x1b\n two lines'), encoding="utf-8")
    assert library.find(str(path)) == [filter]
