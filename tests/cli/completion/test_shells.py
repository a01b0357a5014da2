"""The answers to the scripts of shells: words at the cursor, and all that completes them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from imgconv.cli.completion.shells import SHELLS, Word, answer, split_line
from imgconv.cli.run import imgconv
from imgconv.engines import ENGINES
from imgconv.formats.registry import FORMATS
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS
from imgconv.kernels.filter import NORMALIZATIONS, RANGES


@pytest.mark.parametrize(
    ("line", "words", "word"),
    [
        ("", [], Word("")),
        ("imgconv ", ["imgconv"], Word("")),
        ("imgconv  apply\tbl", ["imgconv", "apply"], Word("bl")),
        ("a 'b c' d", ["a", "b c"], Word("d")),
        ("a 'b c", ["a"], Word("b c", "'")),
        ('a "b\\"c', ["a"], Word('b"c', '"')),
        (r"a b\ c", ["a"], Word("b c")),
        (r"a 'b\c", ["a"], Word("b\\c", "'")),
        (r"a b\'c\"d", ["a"], Word("b'c\"d")),
        ("a ''", ["a"], Word("")),
        ("a '' ", ["a", ""], Word("")),
        ("a x'y'\"z", ["a"], Word("xyz", '"')),
    ],
)
def test_a_line_is_split_as_shells_split_it(line: str, words: list[str], word: Word) -> None:
    assert split_line(line) == (words, word)


def items(line: str) -> dict[str, tuple[str, str]]:
    """Return the completions of the last word of a line: types and descriptions by value."""
    *words, last = line.split(" ")[1:]
    lines = answer(imgconv, "zsh", [*words, last]).split("\n")
    rows = (each.split("\x1f") for each in lines[1:])
    return {lines[0] + value: (type, help) for type, value, help in rows}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("imgconv sequence die:6 e", ["exp:", "echo:"]),
        ("imgconv sequence imp", ["impulse"]),
        ("imgconv apply blur,sob", ["blur,sobel", "blur,sobel-x", "blur,sobel-y"]),
        ("imgconv apply (1,0,1),gauss", ["(1,0,1),gaussian"]),
        ("imgconv apply (1,gauss", []),
        ("imgconv apply lapl", ["laplacian"]),
        ("imgconv maps sobel-x|kir", ["sobel-x|kirsch"]),
        ("imgconv maps ran", ["random:"]),
        ("imgconv apply laplacian:", ["laplacian:4", "laplacian:8", "laplacian:neighbours="]),
        ("imgconv apply ./a,laplacian:ne", ["./a,laplacian:neighbours="]),
        ("imgconv apply unsharp:2:a", ["unsharp:2:amount="]),
        ("imgconv apply unsharp:amount=2:thr", ["unsharp:amount=2:threshold="]),
        ("imgconv apply unsharp:amount=2:am", []),
        ("imgconv apply nothing:", []),
        ("imgconv apply nothing", []),
        ("imgconv apply gaussian:nothing=", []),
        ("imgconv apply laplacian --neighbours ", ["4", "8"]),
        ("imgconv apply laplacian --neigh", ["--neighbours"]),
        ("imgconv apply laplacian --neighbours=", ["--neighbours=4", "--neighbours=8"]),
        ("imgconv apply blur --border ", [*BORDERS, "constant:"]),
        ("imgconv apply blur --border=m", ["--border=mirror"]),
        ("imgconv apply blur --border constant:g", ["constant:gray", "constant:green"]),
        ("imgconv apply blur --extent ", [*EXTENTS]),
        ("imgconv apply blur --range ", [*RANGES]),
        ("imgconv apply blur --normalize ", [*NORMALIZATIONS]),
        ("imgconv apply blur --engine ", [*ENGINES]),
        ("imgconv apply blur --format ", [name.lower() for name in FORMATS]),
        ("imgconv apply blur --channels r,", [f"r,{x}" for x in "gbal"]),
        ("imgconv apply blur --depth ", ["8", "16"]),
        ("imgconv apply blur --backgr", ["--background"]),
        ("imgconv apply blur --background=wh", ["--background=white"]),
        ("imgconv show kir", ["kirsch"]),
        ("imgconv plan kir", ["kirsch"]),
        ("imgconv help kir", ["kirsch"]),
        ("imgconv help appl", ["apply"]),
        ("imgconv completion ", [*SHELLS]),
        ("imgconv appl", ["apply"]),
    ],
)
def test_the_last_word_is_completed(line: str, values: list[str]) -> None:
    assert [*items(line)] == values


def test_all_filters_and_parameters_are_completed_with_their_texts() -> None:
    offered = items("imgconv apply ")
    for declared in library.declarations():
        assert offered[declared.name] == ("plain", declared.summary)
        found = items(f"imgconv apply {declared.name}:")
        for parameter in declared.parameters:
            value = f"{declared.name}:{parameter.name}="
            assert found[value] == ("part", parameter.description)
            assert items(f"imgconv apply {value}") or isinstance(parameter.default, str)


def test_aliases_are_completed_when_they_are_begun() -> None:
    aliases = {alias for declared in library.declarations() for alias in declared.aliases}
    assert aliases and not aliases & {*items("imgconv apply ")}
    for alias in aliases:
        assert alias in items(f"imgconv apply {alias[:3]}")


def test_commands_and_options_have_whole_sentences() -> None:
    for _, help in [*items("imgconv ").values(), *items("imgconv apply blur --").values()]:
        assert help.endswith((".", ":")) and "..." not in help


@pytest.fixture
def _kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    names = ("mine/a b.toml", "mine/notes.md", "mine/.hidden.txt", "my.txt", "photo.png")
    for name in (*names, "Ann's ($1).toml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("_kernels")
@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("./m", {"./mine/": "part", "./my.txt": "plain"}),
        ("./mine/", {"./mine/a b.toml": "plain"}),
        ("./mine/.", {"./mine/.hidden.txt": "plain"}),
        ("my", {"my.txt": "plain"}),
        ("blur,./my", {"blur,./my.txt": "plain"}),
        ("~/my", {"~/my.txt": "plain"}),
        ("./nothing/", {}),
        ("./p", {}),
        ("freq-mask:", {"freq-mask:mine/": "part", "freq-mask:photo.png": "plain"}),
        ("blur,freq-mask:./p", {"blur,freq-mask:./photo.png": "plain"}),
    ],
)
def test_kernel_files_and_folders_are_completed(word: str, values: dict[str, str]) -> None:
    assert {value: type for value, (type, _) in items(f"imgconv apply {word}").items()} == values


@pytest.mark.usefixtures("_kernels")
def test_bash_gets_what_it_replaces_and_quotes() -> None:
    def values(line: str, end: str) -> list[str]:
        return [
            row.split("\x1f")[1] for row in answer(imgconv, "bash", [line, end]).split("\n")[1:]
        ]

    assert values("imgconv apply laplacian:neighbours=", "") == ["4", "8"]
    assert values("imgconv apply blur --border=m", "m") == ["mirror"]
    assert values("imgconv apply ./mine/a", "./mine/a") == ["./mine/a\\ b.toml"]
    assert values('imgconv apply "./mine/a', "./mine/a") == ["./mine/a b.toml"]
    assert values('imgconv apply "./mine/a b', "./mine/a b") == ["./mine/a b.toml"]
    assert values("imgconv apply ./Ann", "./Ann") == [r"./Ann\'s\ \(\$1\).toml"]
    assert values('imgconv apply "./Ann', "./Ann") == [r"./Ann's (\$1).toml"]
    assert values("imgconv apply './Ann", "./Ann") == [r"./Ann'\''s ($1).toml"]
    assert values('imgconv apply "unsharp:am', "unsharp:am") == [
        *("unsharp:amount=", "unsharp:amount=...")
    ]


@pytest.mark.parametrize("line", ["apply blur ", "apply blur a.png ", "apply blur --report=a"])
def test_files_are_left_to_the_shell(line: str) -> None:
    start, item = answer(imgconv, "fish", line.split(" ")).split("\n")
    assert item.split("\x1f")[0] == "file" and start == ""


PLACES = re.compile("INPUT|OUTPUT|PICTURE|FILE")


@pytest.mark.parametrize("name", imgconv.list_commands(click.Context(imgconv)))
def test_all_places_of_files_are_left_to_the_shell(name: str) -> None:
    context = click.Context(imgconv)
    command = imgconv.get_command(context, name)
    assert command
    for parameter in command.params:
        if PLACES.search(parameter.metavar or ""):
            found = parameter.shell_complete(context, "a")
            assert [item.type for item in found] == ["file"], parameter.name


def test_completion_imports_neither_numpy_nor_pillow() -> None:
    script = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "heavy = {'numpy', 'numba', 'PIL', 'llvmlite'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    for words in ["gau"], ["gaussian:"], ["blur", "--border="], ["blur", "--engine", ""]:
        done = subprocess.run(
            [sys.executable, "-c", script, "apply", *words],
            env={"_IMGCONV_COMPLETE": "zsh", "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("\n") > 1
