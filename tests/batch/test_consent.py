"""Outputs that may be a second input, which are replaced only with consent."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.cli.run import run
from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.batches import apply, contents, draw
from tests.support.command_line import Captured

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def two() -> dict[str, bytes]:
    """Two pictures, as ``two/*.jpg`` names them."""
    for name, seed in (("two/a.jpg", 1), ("two/b.jpg", 2), ("two/c.png", 3)):
        draw(name, seed)
    return contents("two")


@pytest.mark.parametrize("rule", [[], ["--update"], ["--resume"], ["--dry-run"]])
@pytest.mark.parametrize("output", ["two/b.jpg", "link/b.jpg", "two/B.JPG"])
def test_an_output_that_may_be_a_second_input_is_replaced_only_with_consent(
    output: str, rule: list[str], two: dict[str, bytes], capfd: Captured
) -> None:
    Path("link").symlink_to("two")
    if output == "two/B.JPG":
        Path("two/b.jpg").rename(output)
    before = contents("two")
    assert apply("two/a.jpg", output, *rule) == 2
    assert capfd.readouterr().err == (
        f"imgconv: '{output}' is a picture beside the only INPUT, and would be replaced as OUTPUT; "
        "give --overwrite if it is meant to be, or --in-place if both are INPUT\n"
    )
    assert contents("two") == before
    assert apply("two/a.jpg", output, "--overwrite", *rule) == 0
    assert (contents("two") == before) == (rule == ["--dry-run"])


@pytest.mark.parametrize(
    "args",
    [
        ["two/a.jpg", "two/new.jpg"],
        ["two/a.jpg", "two/c.png"],
        ["two/a.jpg", "photos/b.jpg"],
        ["two/a.jpg", "two/empty.jpg"],
        ["two/a.jpg", "two/text.jpg"],
        ["two/a.jpg", "two/b.jpg", "photos"],
        ["two/a.jpg", "two/b.jpg", "--skip-existing"],
        ["two/a.jpg", "two/b.jpg", "--in-place"],
    ],
)
def test_any_other_output_is_replaced_as_ever(args: list[str], two: dict[str, bytes]) -> None:
    draw("photos/b.jpg", 4)
    Path("two/empty.jpg").touch()
    Path("two/text.jpg").write_text("no picture")
    assert apply(*args) == 0


@pytest.mark.parametrize("first", [[], ["--update"], ["--resume"]])
def test_an_output_that_imgconv_has_made_is_replaced_until_somebody_else_writes_it(
    first: list[str], two: dict[str, bytes]
) -> None:
    assert apply("two/a.jpg", "two/new.jpg", *first) == 0
    for rule in ([], ["--update"], ["--resume"]):
        assert run(["apply", "sobel", "two/a.jpg", "two/new.jpg", *rule]) == 0
    draw("two/new.jpg", 5)
    assert apply("two/a.jpg", "two/new.jpg") == 2


def test_without_a_state_folder_each_replacement_needs_consent(
    two: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "/dev/null/state")
    assert apply("two/a.jpg", "two/new.jpg") == 0
    assert apply("two/a.jpg", "two/new.jpg") == 2
    assert apply("two/a.jpg", "two/new.jpg", "--overwrite") == 0


def test_marks_of_outputs_are_limited(
    two: dict[str, bytes], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.batch.overwrite._MOST_MARKS", 3)
    for number in range(20):
        assert apply("two/a.jpg", f"two/new{number}.jpg") == 0
    assert apply("two/a.jpg", "two/new19.jpg") == 0
    assert (folder / "state" / "outputs").stat().st_size <= 4 * 16
