"""Help texts: in sections, with defaults and examples."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from PIL import Image

import imgconv as imgconv_package
from imgconv.cli.apply import apply
from imgconv.cli.run import imgconv, run
from imgconv.cli.sections import SECTIONS, SectionedCommand, SectionOption
from imgconv.kernels.border import BORDERS
from tests.support.command_line import Captured
from tests.support.sequences import write_examples

SAMPLES = Path(__file__).parent.parent.parent / "sample_images"


def commands() -> dict[str, SectionedCommand]:
    """Return the command itself, called "", and all its commands by name."""
    context = click.Context(imgconv)
    found = {name: imgconv.get_command(context, name) for name in imgconv.list_commands(context)}
    every: dict[str, click.Command | None] = {"": imgconv, **found}
    return {name: each for name, each in every.items() if isinstance(each, SectionedCommand)}


def help_of(*words: str, capfd: Captured) -> str:
    assert run([*words]) == 0
    output = capfd.readouterr()
    assert output.err == ""
    return output.out


def options() -> dict[str, click.Option]:
    """Return all options that help texts have, by command and name."""
    return {
        f"{name} {option.opts[-1]}": option
        for name, command in commands().items()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    }


def test_every_command_has_sections() -> None:
    assert {*commands()} == {"", *imgconv.list_commands(click.Context(imgconv))}


def test_the_list_of_commands_has_the_first_sentence_of_each(capfd: Captured) -> None:
    lines = " ".join(help_of("--help", capfd=capfd).split())
    for name, command in commands().items():
        first = " ".join((command.help or "").split()).partition(". ")[0]
        assert not name or f" {name} {first.removesuffix('.')}. " in lines


def test_the_text_of_an_option_is_one_or_more_short_sentences() -> None:
    for name, option in options().items():
        text = option.help or ""
        table = option.table if isinstance(option, SectionOption) else {}
        assert text[:1].isupper() and text.endswith((".", ":") if table else "."), name
        assert all(len(sentence.split()) <= 25 for sentence in re.split(r"[.;:] ", text)), name


def test_the_text_of_an_option_says_its_default() -> None:
    for name, option in options().items():
        ends = option.is_eager  # as --help and --version do
        assert ends or "default" in (option.help or ""), name


def test_help_installs_other_packages_only_as_no_index_has_imgconv() -> None:
    texts = " ".join(command.help or "" for command in commands().values())
    packages = re.findall(r"pip install\s+'?(\w+)", texts)
    assert {*packages} == {"matplotlib"}


def test_every_option_of_apply_names_its_section() -> None:
    for option in apply.params:
        if isinstance(option, click.Option):
            assert isinstance(option, SectionOption) and option.section in SECTIONS, option.name


def test_sections_are_in_order_and_those_of_filters_come_first(capfd: Captured) -> None:
    text = help_of("apply", "gaussian:2,sobel", "--help", capfd=capfd)
    used = {getattr(option, "section", "") for option in apply.params}
    sections = [section for section in SECTIONS if section in used]
    titles = ["gaussian - Gaussian blur", "sobel - Sobel", *sections, "Examples"]
    places = [re.search(f"^{title}.*:$", text, re.MULTILINE) for title in titles]
    found = [place.start() for place in places if place]
    assert len(found) == len(titles) and found == sorted(found)
    assert text.index("gaussian - ") < text.index("  --sigma") < text.index("sobel - ")


def test_help_of_a_filter_says_the_summaries_defaults_and_bounds_of_its_parameters(
    capfd: Captured,
) -> None:
    text = " ".join(help_of("help", "unsharp", capfd=capfd).split())
    assert "--amount X Strength; 0 changes nothing (default 1; 0 to 10)." in text
    assert "--sigma X Standard deviation of the Gaussian in pixels; 0 changes nothing" in text
    assert "(default 1; 0 to 100)." in text


def test_borders_are_drawn(capfd: Captured) -> None:
    lines = help_of("apply", "--help", capfd=capfd).splitlines()
    for name, rule in BORDERS.items():
        assert [line.split() for line in lines].count([name, *rule.drawing.split()]) == 1


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["help"], ["--help"]),
        (["help", "plan"], ["plan", "--help"]),
        (["help", "gaussian"], ["apply", "gaussian", "--help"]),
        (["help", "gaussian:2,sobel"], ["apply", "gaussian:2,sobel", "--help"]),
        ([], ["--help"]),
        (["apply"], ["apply", "--help"]),
    ],
)
def test_help_has_several_names(words: list[str], same: list[str], capfd: Captured) -> None:
    text = help_of(*words, capfd=capfd)
    assert text == help_of(*same, capfd=capfd)
    assert text.startswith("Usage: imgconv")


@pytest.mark.parametrize(("name", "near"), [("aply", "'apply'"), ("gausian", "gaussian")])
def test_help_of_an_unknown_name_names_the_nearest(name: str, near: str, capfd: Captured) -> None:
    assert run(["help", name]) == 2
    said = f"neither a command nor a filter is called '{name}'; did you mean {near}?"
    assert capfd.readouterr() == ("", f"imgconv: {said}\n")


# These take seconds: they measure or draw. To compile all loops takes a minute: see test_warm.
SLOW = re.compile("imgconv (tune|doctor)|--slide|--fourier|figure.png")
EXAMPLES = [
    pytest.param(line, marks=pytest.mark.slow if SLOW.search(line) else ())
    for command in commands().values()
    for _, line in command.examples
    if "imgconv warm" not in line
]


def before_and_after(folder: Path) -> None:
    """Write the pictures and folders that the examples of ``imgconv learn`` read."""
    before = Image.open(SAMPLES / "chelsea.png").crop((100, 60, 220, 150))
    after = imgconv_package.apply(before, "gaussian:1")
    for name, picture in (("before", before), ("after", after)):
        (folder / name).mkdir()
        for place in (f"{name}.png", f"{'a' if picture is before else 'b'}.png", f"{name}/x.png"):
            picture.save(folder / place)


@pytest.fixture(scope="module")
def folder_of_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures that the examples name, which they may not change."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "photos").mkdir()
    for path in (*SAMPLES.glob("c*.png"), SAMPLES / "rocket.jpg"):
        Image.open(path).crop((100, 60, 330, 250)).save(folder / "photos" / path.name)
    shutil.copy(folder / "photos" / "chelsea.png", folder / "in.png")
    shutil.copy(folder / "photos" / "rocket.jpg", folder / "in.jpg")
    write_examples(folder)
    before_and_after(folder)
    return folder


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_of_help_texts_run(
    line: str, folder_of_examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in folder_of_examples.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    if not re.search("[|<>&]", line):
        assert run(shlex.split(line)[1:]) == 0
        return
    script = f'set -e; imgconv() {{ "{sys.executable}" -m imgconv "$@"; }}\n{line}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [["--help"], ["filters"], ["--version"], *([c, "--help"] for c in ("apply", "plan", "tune"))],
)
def test_help_and_lists_import_neither_numpy_nor_numba(words: list[str]) -> None:
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "heavy = {'numpy', 'numba', 'PIL', 'llvmlite'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_names_the_defaults(capfd: Captured) -> None:
    from imgconv.planning import settings

    assert run(["apply", "--help"]) == 0
    output = " ".join(capfd.readouterr().out.split())
    assert f"(default {settings.TOLERANCE:g}; 0 is exact)" in output
    defaults = {option.name: option.default for option in apply.params}
    assert (defaults["tolerance"], defaults["patience"]) == (settings.TOLERANCE, settings.PATIENCE)


def test_help_of_a_mask_says_that_it_takes_a_path(capfd: Captured) -> None:
    assert "freq-mask:PATH - Keep frequencies" in help_of("help", "freq-mask", capfd=capfd)


def test_help_of_an_option_names_the_command_that_has_it(capfd: Captured) -> None:
    assert run(["help", "border"]) == 2
    assert "; 'imgconv help apply' describes the option --border" in capfd.readouterr().err
