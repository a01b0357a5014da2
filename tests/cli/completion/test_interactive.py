"""Completion in real shells, at the press of TAB."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgconv.cli.completion.shells import SHELLS
from tests.support.covering import with_slow
from tests.support.shells import SETUP, Shell, is_installed

# The line before TAB, the characters typed behind it, and the words of the line. An X that becomes
# a word of its own shows that a space was added.
COMPLETIONS = [
    ("imgconv appl", "X", "apply X"),
    ("imgconv help gauss", "X", "help gaussian X"),
    ("imgconv completion zs", "X", "completion zsh X"),
    ("imgconv explain kir", "X", "explain kirsch X"),
    ("imgconv maps 'sobel-x | blur,kir", "X", "maps 'sobel-x | blur,kirsch' X"),
    ("imgconv show kir", "X", "show kirsch X"),
    ("imgconv sequence die:6 imp", "X", "sequence die:6 impulse X"),
    ("imgconv apply blur,sobel-x,kir", "X", "apply blur,sobel-x,kirsch X"),
    ("imgconv apply gauss", "X", "apply gaussian X"),
    ("imgconv apply 'gaussian:2,kir", " X", "apply gaussian:2,kirsch X"),
    ("imgconv apply own", "X", "apply own-filter X"),
    ("imgconv apply -- gauss", "X", "apply -- gaussian X"),
    ("imgconv apply gaussian:cu", "2", "apply gaussian:cut=2"),
    ("imgconv apply blur,unsharp:sigma=1:am", "2", "apply blur,unsharp:sigma=1:amount=2"),
    ('imgconv apply "unsharp:am', '2" X', "apply unsharp:amount=2 X"),
    ("imgconv apply laplacian:neighbours=8", "X", "apply laplacian:neighbours=8 X"),
    ("imgconv apply blur,./kern", "X", "apply blur,./kernels/X"),
    ("imgconv apply ./with", "X", "apply './with space.toml' X"),
    ("imgconv apply with\\ s", "X", "apply 'with space.toml' X"),
    ('imgconv apply "blur,./with s', "X", "apply 'blur,./with space.toml' X"),
    ("imgconv apply ./Ann", "X", 'apply "./Ann\'s ($1).toml" X'),
    ('imgconv apply "./Ann', "X", 'apply "./Ann\'s ($1).toml" X'),
    ("imgconv apply './Ann", "X", 'apply "./Ann\'s ($1).toml" X'),
    ("imgconv apply freq-mask:pho", "X", "apply freq-mask:photos/X"),
    ("imgconv apply blur --border=m", "X", "apply blur --border=mirror X"),
    ("imgconv apply blur --border constant:re", "X", "apply blur --border constant:red X"),
    ("imgconv apply gaussian --cu", "X", "apply gaussian --cut X"),
    ("imgconv apply laplacian --neighbours 8", "X", "apply laplacian --neighbours 8 X"),
    ("imgconv apply blur --no-cl", "X", "apply blur --no-clobber X"),
    ("imgconv apply blur --gray-by mean-", "X", "apply blur --gray-by mean-max X"),
    ("imgconv apply blur --engine=low", "X", "apply blur --engine=low-rank X"),
    ("imgconv apply blur --channels r,g,b,a,", "X", "apply blur --channels r,g,b,a,l X"),
    ("imgconv apply blur --format web", "X", "apply blur --format webp X"),
    ("imgconv apply blur pho", "X", "apply blur photos/X"),
    ("imgconv apply blur my\\ pic", "X", "apply blur 'my picture.png' X"),
    ("imgconv apply blur photos/a.png -o ~/pic", "X", "apply blur photos/a.png -o HOME/pictures/X"),
    ("imgconv apply blur --report=pho", "X", "apply blur --report=photos/X"),
    ("imgconv match 'my p", "X", "match 'my picture.png' X"),
]
FILES = (
    "with space.toml",
    "Ann's ($1).toml",
    "kernels/deep.toml",
    "photos/a.png",
    "my picture.png",
)

# The line, and what is shown at two presses of TAB: descriptions with colons in them are whole.
LISTS = [
    ("imgconv apply sobel", "Sobel: the strength of edges in all directions"),
    ("imgconv apply blur --border=", "c d c b | a b c d | c b a b"),
    ("imgconv apply laplacian:", "4 at the sides, or 8 with the corners (default 4; 4 or 8)"),
    ("imgconv apply blur --b", "k is black, or the colour in constant:red:"),
    ("imgconv ", "Print the script that completes filters, options and values in a shell."),
]


@pytest.fixture(scope="module", params=SHELLS)
def shell(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shell]:
    """A shell in a folder with kernel files and pictures; skipped where it is not installed."""
    if not is_installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    home = tmp_path_factory.mktemp(request.param)
    for name in FILES:
        (home / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "pictures" / name).touch()
    filters = home / ".config" / "imgconv" / "filters"
    filters.mkdir(parents=True)
    (filters / "own-filter.toml").write_text('[[kernel]]\ngrid = "1 2 1"\n')
    (filters / "broken.toml").write_text("[[kernel")
    found = Shell(request.param, home, home / "pictures")
    yield found
    found.close()


@pytest.mark.parametrize(
    ("line", "then", "words"),
    with_slow(
        COMPLETIONS[::8], slow=[case for case in COMPLETIONS if case not in COMPLETIONS[::8]]
    ),
)
def test_a_word_is_completed(shell: Shell, line: str, then: str, words: str) -> None:
    completed = shell.complete(line, then)
    assert [word.replace(str(shell.home), "HOME") for word in completed] == shlex.split(words)


@pytest.mark.parametrize(("line", "text"), LISTS)
def test_descriptions_are_shown_whole(shell: Shell, line: str, text: str) -> None:
    assert text in shell.listed(line)


def test_only_the_command_at_the_cursor_is_completed(shell: Shell) -> None:
    assert "imgconv apply kirsch" in shell.listed("show && imgconv apply kir")


def test_the_scripts_are_in_the_package() -> None:
    import imgconv

    folder = Path(imgconv.__file__).parent / "cli" / "completion"
    assert {path.suffix[1:] for path in folder.glob("imgconv.*")} == {*SHELLS}


def test_the_shells_of_these_tests_are_set_up_as_the_documentation_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "completion.md").read_text()
    assert {*SETUP} == {*SHELLS}
    assert all(f"    {line}\n" in page for lines in SETUP.values() for line in lines.split("\n"))
