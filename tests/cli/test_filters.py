"""``imgconv filters`` and ``imgconv show``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from imgconv.cli.completion.shells import SHELLS, answer
from imgconv.cli.filters import filters
from imgconv.cli.run import imgconv, run
from imgconv.kernels import library
from imgconv.kernels.filter import GROUPS
from tests.support.command_line import Captured


def listed(*words: str) -> list[str]:
    """The titles and names in the output of ``imgconv filters``, without parameters."""
    done = CliRunner().invoke(filters, words)
    lines = done.stdout.splitlines()
    return [line.strip().split("  ")[0] for line in lines if line and not line.startswith("    ")]


def test_filters_are_listed_in_groups_with_defaults_and_ranges(capfd: Captured) -> None:
    assert run(["filters"]) == 0
    output = " ".join(capfd.readouterr().out.split())
    assert "of the Gaussian in pixels (default 1.4; 0.5 to 100)" in output
    assert "edge another name of laplacian:neighbours=8" in output
    titles = [*GROUPS.values()]
    assert [name for name in listed() if name in titles] == titles
    names = [name.split(":")[0] for name in listed() if name not in titles]
    assert sorted(names) == library.names()
    assert listed().index("Edges") < listed().index("sobel") < listed().index("Relief")


def test_filters_are_searched_by_words(capfd: Captured) -> None:
    assert listed("EMBOSS") == ["Relief", "emboss:angle", "gimp-emboss"]
    assert listed("gimp", "detect") == ["Edges", "laplacian:neighbours"]
    assert listed("gimp detect") == listed("gimp", "detect")
    assert listed("lens") == ["Blur", "disk:radius"]
    assert "unsharp:sigma:amount:threshold:cut" in listed("strength")
    assert run(["filters", "blurry", "sobel"]) == 2
    assert "no filter has 'blurry sobel' in its name" in capfd.readouterr().err


def test_filters_of_the_user_are_marked_and_hidden_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    first, home = tmp_path / "first", tmp_path / "home"
    for path in (first / "blur.toml", first / "mine.toml", home / "imgconv/filters/sobel.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("summary = 'mine'\ngroup = 'blur'\n[[kernel]]\ngrid = '1 2 1'\n")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(first))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    assert run(["filters", "--json"]) == 0
    output = capfd.readouterr()
    own = [entry for entry in json.loads(output.out) if entry["own"]]
    assert [entry["path"] for entry in own] == [
        str(first / "blur.toml"),
        str(first / "mine.toml"),
    ]
    shipped = library.shipped_folder()
    assert output.err.splitlines() == [
        f"imgconv: {hidden} is not used, as {used} has the same name; rename one of them"
        for hidden, used in (
            (shipped / "blur.toml", first / "blur.toml"),
            (home / "imgconv/filters/sobel.toml", shipped / "sobel.toml"),
        )
    ]
    assert listed("mine") == [f"Your own, in {first}", "blur", "mine"]


def test_a_folder_that_is_named_twice_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    folder = tmp_path / "imgconv/filters"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("summary = 'mine'\n[[kernel]]\ngrid = '1 2 1'\n")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert run(["filters", "mine"]) == 0
    assert capfd.readouterr().err == ""


def test_a_broken_filter_of_the_user_does_not_disturb_others(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    assert run(["filters"]) == 0
    listed = capfd.readouterr().out
    broken = tmp_path / "filters" / "broken.toml"
    broken.parent.mkdir()
    broken.write_text("kernel = 3")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(broken.parent))
    assert run(["filters"]) == 0
    output = capfd.readouterr()
    assert output.out == listed
    assert output.err.startswith(f"imgconv: {broken}: 'kernel' is not a table")
    assert output.err.count("\n") == 1
    assert {each.name for each in library.declarations()} == {*library.names()} - {"broken"}
    assert run(["apply", "broken", str(picture), str(tmp_path / "out.png")]) == 2
    assert capfd.readouterr().err == output.err


def test_filters_as_json(capfd: Captured) -> None:
    assert run(["filters", "--json"]) == 0
    entries = {entry["name"]: entry for entry in json.loads(capfd.readouterr().out)}
    assert entries["gaussian"]["parameters"][0]["name"] == "sigma"


def test_show_prints_the_grid_and_its_properties(capfd: Captured) -> None:
    assert run(["show", "sobel-x"]) == 0
    output = capfd.readouterr().out
    assert "-2  0  2" in output
    assert "size 3x3, sum 0, separable" in output
    assert run(["show", "gaussian:20"]) == 0
    assert "the middle 11x11 of 161x161" in capfd.readouterr().out


@pytest.mark.parametrize("text", ["-1 0 1", "-1,0,1", "-.5 1 -.5", "-1 0 1; -2 0 2; -1 0 1", "-1"])
def test_show_takes_a_kernel_that_begins_with_a_minus(text: str, capfd: Captured) -> None:
    assert run(["show", text, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)["kernels"][0]["weights"]
    assert shown == library.find(text)[0].kernels[0].weights.tolist()
    assert run(["show", "-x"]) == 2
    assert "no option is called" in capfd.readouterr().err


def test_show_as_json_gives_the_weights(capfd: Captured) -> None:
    assert run(["show", "1 2; 3 4", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["kernels"][0]["weights"] == [[1, 2], [3, 4]]
    assert run(["show", "blur,sobel", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capfd.readouterr().out)] == ["blur", "sobel"]


HOSTILE = "\x1b[31mred\x07 \u202e\u2028\x9b two\nlines\r\n\tand\x7fmore"
SAFE = r"\x1b[31mred\x07 \u202e \x9b two lines and\x7fmore"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter whose texts would control a terminal, and one whose name would."""
    text = (
        f"summary = {json.dumps(HOSTILE)}\n[parameters.odd]\nsummary = {json.dumps(HOSTILE)}\n"
        "default = 1\n[[kernel]]\ngrid = '1'\n"
    )
    for name in ("hostile", "hostile\x1b[31m\nred"):
        (tmp_path / f"{name}.toml").write_text(text)
    monkeypatch.setenv("IMGCONV_FILTERS", str(tmp_path))


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    ("args", "times"),
    [
        (["filters"], 4),
        (["show", "hostile"], 2),
        (["show", "hostile\x1b[31m\nred"], 2),
        (["plan", "hostile\x1b[31m\nred", "40x30"], 0),
        (["apply", "hostile", "--help"], 2),
    ],
)
def test_texts_of_a_filter_control_no_terminal(
    args: list[str], times: int, capfd: Captured
) -> None:
    assert run(args) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    assert all(c.isprintable() for c in captured.out.replace("\n", ""))
    assert captured.out.count(SAFE) == times
    if args == ["filters"]:
        assert len(listed()) == len([*GROUPS, "Your own"]) + len(library.names())
    if args[-1] == "--help":
        assert r"\x1b[31mred" in captured.out and "\x1b" not in captured.out


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("shell", SHELLS)
def test_texts_of_a_filter_control_no_completion(shell: str) -> None:
    words = ["imgconv apply hos", "hos"] if shell == "bash" else ["apply", "hos"]
    lines = answer(imgconv, shell, words).splitlines()
    assert all(c.isprintable() for c in "".join(lines).replace("\x1f", ""))
    assert [line.split("\x1f")[:2] for line in lines[1:]] == [["plain", "hostile"]]


@pytest.mark.usefixtures("hostile")
def test_the_summary_is_one_line_for_programs_too(capfd: Captured) -> None:
    assert run(["show", "hostile", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["summary"] == SAFE
