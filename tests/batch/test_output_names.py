"""Names of outputs with fields, and with a suffix."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.batch.listing import MADE, Listing
from imgconv.batch.output_names import FIELDS, NameTemplate
from imgconv.batch.task import Found
from imgconv.batch.tasks import make_named_tasks
from imgconv.errors import UsageError
from imgconv.formats import registry

FOUND = Found("photos/sub/d.JPG", "sub/d.JPG")


@pytest.mark.parametrize(
    ("text", "name", "folder"),
    [
        ("out/{name}-soft.webp", "out/d-soft.webp", "out"),
        ("out/{folder}/{name}.{ext}", "out/sub/d.JPG", "out"),
        ("{parent}/{name}-soft.{ext}", "photos/sub/d-soft.JPG", "photos/sub"),
        ("{number:03}.png", "007.png", "."),
        ("{name}.png", "d.png", "."),
        ("/tmp/x{number}/{name}.png", "/tmp/x7/d.png", "/tmp"),
        ("{{{name}}}.png", "{d}.png", "."),
    ],
)
def test_fields_are_filled(text: str, name: str, folder: str) -> None:
    template = NameTemplate(text)
    assert template.has_fields
    assert template.fill(FOUND, 7, None) == name
    assert template.folder_for(FOUND) == folder


def test_each_field_is_known() -> None:
    for field in FIELDS:
        assert NameTemplate(f"{{{field}}}").fill(FOUND, 7, None)


def test_a_picture_of_the_input_folder_itself_gets_no_empty_folder() -> None:
    for text in ("out/{folder}/{name}.{ext}", "out/{parent}/{name}.{ext}"):
        assert NameTemplate(text).fill(Found("a.png", "a.png"), 1, None) == "out/a.png"
    assert NameTemplate("{folder}/{name}.{ext}").fill(Found("a.png", "a.png"), 1, None) == "a.png"


@pytest.mark.parametrize(("format", "ending"), [("jpeg", "JPG"), ("png", "png"), ("tiff", "tif")])
def test_the_ending_is_that_of_the_format_unless_it_is_one_already(
    format: str, ending: str
) -> None:
    named = NameTemplate("{name}.{ext}").fill(FOUND, 1, registry.by_name(format))
    assert named == f"d.{ending}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{nmae}.png", "unknown field '{nmae}'; fields are {name}, {ext}, {folder}, {parent}"),
        ("{}.png", "unknown field '{}'"),
        ("{name.__class__}.png", "unknown field"),
        ("{name!r}.png", "unknown field"),
        ("{name:>9}.png", "has no such form"),
        ("{number:0999}.png", "has no such form"),
        ("{name", "odd brace"),
        ("}", "odd brace"),
        ("{parent}/../{name}.png", r"leaves a folder by \.\."),
    ],
)
def test_a_template_that_is_none_is_a_usage_error(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        NameTemplate(text)


def test_without_fields_a_template_is_a_path() -> None:
    template = NameTemplate("a{{b}}.png")
    assert (template.has_fields, template.literal) == (False, "a{b}.png")


def named(tree: Path, *sources: str, text: str) -> dict[str, str]:
    tasks = make_named_tasks(sources, NameTemplate(text), None)
    return {task.source: task.target for task in tasks}


def test_many_pictures_get_names_from_a_template(tree: Path) -> None:
    assert named(tree, "photos", "a.png", text="out/{folder}/{number}-{name}.webp") == {
        "photos/c.png": "out/photos/1-c.webp",
        "photos/sub/d.jpg": "out/photos/sub/2-d.webp",
        "a.png": "out/3-a.webp",
    }


def test_two_pictures_of_one_name_are_refused(tree: Path) -> None:
    with pytest.raises(UsageError, match=r"both be written to 'out/x\.png'; add {folder} or"):
        named(tree, "a.png", "b.jpg", text="out/{folder}/x.png")


def test_an_ending_that_names_no_format_is_a_usage_error(tree: Path) -> None:
    with pytest.raises(UsageError, match=r"the ending of 'out/c\.soft' names no picture format"):
        named(tree, "photos", text="out/{name}.soft")
    with pytest.raises(UsageError, match=r"'out/c' has no ending.*; end the name in \.{ext}"):
        named(tree, "photos", text="out/{name}")


def test_a_folder_below_an_input_is_refused(tree: Path) -> None:
    with pytest.raises(UsageError, match="lies inside the input folder"):
        named(tree, "photos", text="photos/soft/{name}.png")


def suffixed(folder: str | None, *sources: str) -> tuple[dict[str, str], int]:
    """Return the outputs by input, and the number of results of earlier runs."""
    listing = Listing()
    template = NameTemplate.with_suffix("-soft{1}", folder)
    tasks = make_named_tasks(sources, template, None, listing)
    return {task.source: task.target for task in tasks}, listing.left_out[MADE]


def test_a_suffix_is_added_beside_the_input_or_in_a_folder(tree: Path) -> None:
    beside = {
        "photos/c.png": "photos/c-soft{1}.png",
        "photos/sub/d.jpg": "photos/sub/d-soft{1}.jpg",
    }
    assert suffixed(None, "photos") == (beside, 0)
    within = {"photos/c.png": "o{}/c-soft{1}.png", "photos/sub/d.jpg": "o{}/sub/d-soft{1}.jpg"}
    assert suffixed("o{}", "photos") == (within, 0)
    with pytest.raises(UsageError, match="has a slash"):
        NameTemplate.with_suffix("/soft", None)


def test_results_of_an_earlier_run_are_no_inputs_of_the_next(tree: Path) -> None:
    first, _ = suffixed(None, "photos")
    for target in first.values():
        Path(target).write_bytes(b"")
    assert suffixed(None, "photos") == (first, 2)
    with pytest.raises(UsageError, match="both input and output"):
        suffixed(None, "photos/c.png", "photos/c-soft{1}.png")
