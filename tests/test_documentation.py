"""The documentation: no command, option, filter or public name without its place."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import click
import pytest
from PIL import Image

import imgconv
from checks import coming_from, commands
from docs import hooks
from docs.generators import environment, figures, gallery, man, python, reference
from imgconv.api import keywords
from imgconv.cli.run import imgconv as tool

TOP = Path(__file__).parent.parent
PAGES = dict(reference.pages())
WRITTEN = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]


def command(name: str) -> click.Command:
    found = tool.get_command(click.Context(tool), name)
    assert found
    return found


COMMANDS = tool.list_commands(click.Context(tool))
OPTIONS = [
    (name, option.opts[-1])
    for name in COMMANDS
    for option in command(name).params
    if isinstance(option, click.Option) and not option.hidden
]


def test_every_command_has_a_page_and_a_line_in_a_written_one() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in WRITTEN)
    for name in COMMANDS:
        page, summary = PAGES[f"reference/{name}.md"], (command(name).help or "").split("\n")[0]
        assert f"imgconv {name}" in page and summary.split()[0] in page
        assert f"[imgconv {name}]({name}.md)" in PAGES["reference/index.md"]
        assert f"imgconv {name}" in written


def test_every_option_has_its_text_in_the_reference() -> None:
    for name, option in OPTIONS:
        page = PAGES[f"reference/{name}.md"]
        anchor = f"{{ #{option.strip('-')} }}"
        entry = re.search(rf"^### `[^`]*{option}\b[^`]*` {anchor}\n\n(.+)", page, re.MULTILINE)
        assert entry and len(entry[1].split()) >= 3, (name, option)


def test_every_filter_is_in_the_gallery_with_all_parameters() -> None:
    page = gallery.page()
    for name, declared in imgconv.filters().items():
        entry = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert f"gallery/{name}.png" in entry and declared.summary in entry
        for each in declared.parameters:
            assert f"| `{each.name}` | {each.description} |" in entry
        assert all(f"`{alias}` is another name" in entry for alias in declared.aliases)


def test_every_filter_has_a_picture_in_the_gallery() -> None:
    places = [place for place, content in gallery.pictures() if content.startswith(b"\x89PNG")]
    assert places == [f"gallery/{name}.png" for name in imgconv.filters()]


def test_every_public_name_is_in_the_reference_of_python() -> None:
    page = python.page()
    names = [name for name in imgconv.__all__ if name != "__version__"]
    assert all(f"\n## imgconv.{name}\n" in page for name in names)
    options = imgconv.apply.__doc__ or ""
    for name in keywords.NAMES:
        assert f"- ``{name}``" in options or f", ``{name}``: " in options
    members = [name for name in dir(imgconv.Kernel) if not name.startswith("_")]
    assert {"weights", "flip", "outer", "factors", "size"} <= {*members}
    assert all(f"\n### Kernel.{name}\n" in page for name in members)
    attributes = [name for name in imgconv.Kernel.__annotations__ if not name.startswith("_")]
    assert all(f"`{name}`" in page for name in attributes)


def test_the_man_page_has_every_command_and_option() -> None:
    page = man.page().replace("\\", "")
    assert all(f'.SS "imgconv {name} ' in page for name in COMMANDS)
    assert all(option in page for _, option in OPTIONS)


def test_exit_codes_variables_and_files_are_in_the_reference_and_the_man_page() -> None:
    read = {
        name
        for path in (TOP / "imgconv").rglob("*.py")
        for name in re.findall('"(IMGCONV_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert read == {name for name in environment.VARIABLES if name.startswith("IMGCONV_")}
    manual = man.page().replace("\\(ti", "~").replace("\\", "")
    for table in (environment.EXIT_CODES, environment.VARIABLES, environment.FILES):
        for name in table:
            assert f'.TP\n.B "{name}"\n' in manual
            assert f"| `{name}` | " in PAGES["reference/index.md"]


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_man_page_is_read_without_a_warning() -> None:
    how = ["groff", "-man", "-ww", "-z", "-Tutf8"]
    done = subprocess.run(how, input=man.page(), capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_the_site_begins_with_the_readme_and_its_own_links() -> None:
    page = hooks.home("# Where to go\n\n- [Gallery](gallery.md)\n")
    assert page.startswith("# imgconv\n") and "](docs/" not in page
    assert page.index("## Where to go") < page.index("](gallery.md)") < page.index("## Every day")


def test_the_readme_is_short() -> None:
    lines = (TOP / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert sum(line.startswith("    python3 -m venv") for line in lines) == 2


def test_links_of_pages_lead_to_files() -> None:
    docs = TOP / "docs"
    made = {docs / name for name in (*PAGES, "gallery.md", "reference/python.md", "imgconv.1")}
    for path in WRITTEN:
        text = path.read_text(encoding="utf-8")
        shown = {path.with_suffix("") / name for name in figures.shown(text, path.stem)}
        for target in re.findall(r"\]\(([^)#]+)", text):
            place = (path.parent / target).resolve()
            known = place.exists() or place in made | shown
            assert target.startswith("https://") or known, (path, target)


def test_a_figure_of_a_page_is_the_file_that_its_command_writes() -> None:
    text = "![before](page/other.png)\n\n    imgconv apply blur chelsea.png soft.png\n\n"
    text += "![a soft cat](page/soft.png)\n"
    names = figures.shown(text, "page")
    assert names == ("other.png", "soft.png")
    with Image.open(BytesIO(figures.made_by(text, names[1:])["soft.png"])) as soft:
        soft.load()
    with Image.open(TOP / "sample_images" / "chelsea.png") as cat:
        assert soft.tobytes() == imgconv.apply(cat, "blur").tobytes()
    with pytest.raises(FileNotFoundError, match=r"other\.png"):
        figures.made_by(text, names)


def test_no_figure_is_made_by_a_command_that_fails_or_prints_something_else() -> None:
    for line in ("imgconv apply nonsense chelsea.png a.png", "$ imgconv --version\n    imgconv 0"):
        with pytest.raises(RuntimeError, match="imgconv"):
            figures.made_by(f"    {line}\n", ("a.png",))


@pytest.mark.slow
def test_every_figure_of_the_site_is_made() -> None:
    made = dict(figures.pictures())
    assert all(f"understanding/convolution/{name}" in made for name in ("pixel.png", "slide.gif"))
    for content in made.values():
        with Image.open(BytesIO(content)) as figure:
            assert min(figure.size) >= 200


def test_a_pattern_in_the_navigation_stands_for_the_pages_that_are_not_named() -> None:
    named = ["howto/films.md", "howto/*.md", "reference/*.md"]
    found = hooks.expanded({"How": named}, [Path("reference/plan.md")])["How"]
    assert found[0] == "howto/films.md" and found.count("howto/films.md") == 1
    assert "howto/regions.md" in found and found[-1] == "reference/plan.md"


def test_command_lines_are_found_in_blocks() -> None:
    text = "Text\n\n    imgconv a\n    $ imgconv b\n    says\n    this\n\ntext\n"
    text += "\n```\nimgconv c\n```\n"
    found = [line for block in commands.blocks(text) for line in commands.lines(block)]
    assert found == [("imgconv a", None), ("imgconv b", "says\nthis"), ("imgconv c", None)]
    plain = [line for block in commands.blocks("    imgconv a\n") for line in commands.lines(block)]
    assert plain == [("imgconv a", None)]


def test_a_pipe_that_goes_on_in_the_next_line_is_one_command() -> None:
    assert list(commands.lines(["cat a |", "  imgconv b - -", "imgconv c"])) == [
        ("cat a | imgconv b - -", None),
        ("imgconv c", None),
    ]


@pytest.mark.parametrize("name", coming_from.TOOLS)
def test_the_tables_of_other_tools_hold_measured_numbers(name: str) -> None:
    rows = list(coming_from.rows(coming_from.PAGES / f"{name}.md"))
    assert len(rows) >= 5
    assert all(number.isdigit() for row in rows for number in row.numbers)
    assert all("imgconv" in row.ours for row in rows)
