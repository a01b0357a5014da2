"""Completion in real shells, at the press of TAB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imgconv.cli.completion.shells import SHELLS
from tests.support.covering import with_slow
from tests.support.shells import Shell, is_installed

# The line before TAB, the characters typed behind it, and the words of the line. An X that becomes
# a word of its own shows that a space was added.
COMPLETIONS = [
    ("imgconv appl", "X", "apply X"),
    ("imgconv apply gauss", "X", "apply gaussian X"),
    ("imgconv apply blur,sobel-x,kir", "X", "apply blur,sobel-x,kirsch X"),
    ("imgconv apply gaussian:cu", "2", "apply gaussian:cut=2"),
    ("imgconv apply blur,unsharp:sigma=1:am", "2", "apply blur,unsharp:sigma=1:amount=2"),
    ('imgconv apply "unsharp:am', '2" X', "apply unsharp:amount=2 X"),
    ("imgconv apply blur --border=m", "X", "apply blur --border=mirror X"),
    ("imgconv apply blur --border constant:re", "X", "apply blur --border constant:red X"),
    ("imgconv apply gaussian --cu", "X", "apply gaussian --cut X"),
    ("imgconv apply blur --format web", "X", "apply blur --format webp X"),
    ("imgconv apply blur,./kern", "X", "apply blur,./kernels/X"),
    ("imgconv apply ./with", "X", "apply ./with_space.toml X"),
    ('imgconv apply "blur,./wi', "X", "apply blur,./with_space.toml X"),
    ("imgconv apply blur pho", "X", "apply blur photos/X"),
    ("imgconv apply blur --report=pho", "X", "apply blur --report=photos/X"),
]

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
    for name in ("my-kernel.toml", "with space.toml", "kernels/deep.toml", "photos/a.png"):
        (home / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "pictures" / name).touch()
    found = Shell(request.param, home, home / "pictures")
    yield found
    found.close()


@pytest.mark.parametrize(
    ("line", "then", "words"),
    with_slow(COMPLETIONS[::3], slow=COMPLETIONS[1::3] + COMPLETIONS[2::3]),
)
def test_a_word_is_completed(shell: Shell, line: str, then: str, words: str) -> None:
    completed = shell.complete(line, then)
    assert completed == [word.replace("_space", " space") for word in words.split(" ")]


@pytest.mark.parametrize(("line", "text"), LISTS)
def test_descriptions_are_shown_whole(shell: Shell, line: str, text: str) -> None:
    assert text in shell.listed(line)


def test_only_the_command_at_the_cursor_is_completed(shell: Shell) -> None:
    assert "imgconv apply kirsch" in shell.listed("show && imgconv apply kir")


def test_the_scripts_are_in_the_package() -> None:
    import imgconv

    folder = Path(imgconv.__file__).parent / "cli" / "completion"
    assert {path.suffix[1:] for path in folder.glob("imgconv.*")} == {*SHELLS}
