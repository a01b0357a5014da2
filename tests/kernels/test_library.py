"""The filter library: names, paths and kernel texts to filters."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from imgconv.errors import KernelError, UnknownFilterError, UsageError
from imgconv.kernels import dialects, library
from imgconv.kernels.kernel import Kernel
from tests.support.kernel_texts import BRACKETED, TEXTS
from tests.support.processes import as_ordinary_user

MINE = """
summary = "mine"
[[kernel]]
grid = "1 2 1"
scale = 4
"""


def kernels(text: str) -> list[Kernel]:
    return [kernel for found in library.find(text) for kernel in found.kernels]


def test_a_chain_names_its_filters_in_order() -> None:
    found = library.find("gaussian:2, sobel ,(1 1)")
    assert [filter.name for filter in found] == ["gaussian", "sobel", "kernel"]


def test_a_chain_has_the_declarations_of_its_named_filters_only() -> None:
    declared = library.declarations_of("gaussian:2,(0 1 0),sobel")
    assert [each.name for each in declared] == ["gaussian", "sobel"]


def test_a_mask_asks_for_the_formats_where_they_are_not_imported() -> None:
    script = "from imgconv.kernels import library; library.find('freq-mask:a.png')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "a.png: no picture can be read yet; import imgconv.formats first" in done.stderr


def test_a_kernel_text_is_one_link_despite_its_commas() -> None:
    assert kernels("1,2,1;2,4,2;1,2,1") == [Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]])]


def test_kernel_texts_in_brackets_are_links() -> None:
    assert kernels("(1 1),(2,2)") == [Kernel([[1, 1]]), Kernel([[2, 2]])]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("k.toml", MINE),
        ("k.mat", "3 1 4 0\n1 2 1"),
        ("k.txt", "1 2 1\ndivisor 4"),
        ("k.json", '{"weights": [[1, 2, 1]], "scale": 4}'),
    ],
)
def test_kernel_files_of_every_form_are_read(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert kernels(str(tmp_path / name)) == [Kernel([[1, 2, 1]], scale=4)]


def test_a_file_whose_name_has_a_comma_is_one_filter(tmp_path: Path) -> None:
    (tmp_path / "a,b.toml").write_text(MINE)
    assert len(library.find(str(tmp_path / "a,b.toml"))) == 1


def test_folders_of_the_variable_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    (tmp_path / "sobel.toml").write_text(MINE)
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(tmp_path))
    assert "mine" in library.names()
    assert kernels("sobel") == kernels("mine")


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="the system has no users")
@pytest.mark.parametrize("mode", [0o600, 0o000])
def test_a_home_of_another_user_hides_only_its_own_filters(
    mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home" / "imgconv" / "filters").mkdir(parents=True)
    (tmp_path / "home" / "imgconv" / "filters" / "mine.toml").write_text(MINE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    assert "mine" in library.names()
    (tmp_path / "home").chmod(mode)
    try:
        with as_ordinary_user():
            assert "mine" not in library.names()
            assert kernels("blur")
            with pytest.raises(UnknownFilterError):
                library.find("mine")
    finally:
        (tmp_path / "home").chmod(0o700)


@pytest.fixture
def folder_with_broken_filters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one filter that is whole and several that are not."""
    (tmp_path / "whole.toml").write_text(MINE)
    (tmp_path / "syntax.toml").write_text("not toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(tmp_path))
    return tmp_path


FAULTS = ["bytes", "folder", "link", "syntax"]


def test_broken_filters_are_reported_and_the_others_listed(
    folder_with_broken_filters: Path,
) -> None:
    told: list[str] = []
    found = library.listed(lambda error: told.append(str(error)))
    names = [entry.declaration.name for entry in found]
    assert names == [name for name in library.names() if name not in FAULTS]
    assert "whole" in names and "sobel" in names
    assert [text.split(".toml")[0] for text in told] == [
        str(folder_with_broken_filters / name) for name in FAULTS
    ]
    assert [*library.declarations()] != []


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_filter_is_found_and_its_error_reported(
    name: str, folder_with_broken_filters: Path
) -> None:
    with pytest.raises(KernelError, match=rf"{name}\.toml"):
        library.find(name)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(UnknownFilterError, match="did you mean laplacian"):
        library.find("laplasian")
    with pytest.raises(UnknownFilterError, match="'imgconv filters' lists all"):
        library.find("qqqqqq")


@pytest.mark.parametrize("text", [",", "blur,", "blur,,sobel"])
def test_an_empty_place_in_a_chain_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a comma without a filter"):
        library.find(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("gaussian,2", "write gaussian:2 for a value, or (2) for a kernel of one weight"),
        ("gaussian:1,5", "write gaussian:1.5 for a fraction, gaussian:1:5 for a value, or (5)"),
        ("blur, gaussian , 1.5 ,sobel", "write gaussian:1.5 for a value"),
        ("unsharp,.5,0.8", "write unsharp:.5 for a value"),
        ("motion:9,-45", "write motion:9:-45 for a value"),
        ("gaussian,+1e1", r"write gaussian:+1e1 for a value"),
        ("gaussian,1/9", "write gaussian:1/9 for a value"),
        ("(1 2 1),4", "(4) for a kernel of one weight"),
    ],
)
def test_a_number_in_a_chain_is_refused_and_the_colon_shown(text: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        library.find(text)
    assert remedy in caught.value.remedy
    with pytest.raises(UsageError):
        library.file_contents(text)


def test_numbers_stand_alone_in_brackets_or_among_others() -> None:
    assert kernels("2") == [Kernel([[2]])]
    assert kernels("gaussian,(2)")[1:] == [Kernel([[2]])]
    assert kernels("gaussian,1 2 1")[1:] == [Kernel([[1, 2, 1]])]
    assert kernels("1,2,1") == [Kernel([[1, 2, 1]])]


ALIASED = """
[aliases]
wide = { size = 3 }
sobel = {}
plain = {}
[parameters.size]
summary = "size"
default = 1
minimum = 1
maximum = 9
[[kernel]]
generator = "GENERATOR"
"""


def test_an_alias_has_its_own_defaults_and_hides_no_filter_of_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ALIASED.replace("size", "radius").replace("GENERATOR", "box")
    (tmp_path / "mean.toml").write_text(own)
    (tmp_path / "plain.toml").write_text(MINE)
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(tmp_path))
    assert kernels("wide") == kernels("blur:3")
    assert kernels("wide:2") == kernels("wide:radius=2") == kernels("blur:2")
    assert library.find("wide", {"radius": "2"}) == library.find("mean:2")
    assert kernels("plain") == [Kernel([[1, 2, 1]], scale=4)]
    assert kernels("sobel") == kernels("mean"), "folders of the variable come first"
    assert library.files("wide,plain") == [tmp_path / "mean.toml", tmp_path / "plain.toml"]
    assert "wide" not in library.names()


def test_a_shipped_alias_means_the_same_for_everyone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "imgconv/filters").mkdir(parents=True)
    (tmp_path / "imgconv/filters/edge.toml").write_text(MINE)
    assert kernels("edge") == kernels("laplacian:8")


@pytest.mark.parametrize(
    ("alias", "message"),
    [
        ("{ size = 4 }", "in aliases.a, 'size' is not a known key; known are radius"),
        ("{ radius = 0.5 }", "in aliases.a, radius: 0.5 is out of range"),
        ("3", "'aliases' is not one table for each name"),
    ],
)
def test_the_values_of_an_alias_are_checked(alias: str, message: str, tmp_path: Path) -> None:
    text = ALIASED.replace("size", "radius").replace("GENERATOR", "box")
    (tmp_path / "k.toml").write_text(text.replace("wide = { radius = 3 }", f"a = {alias}"))
    with pytest.raises(KernelError, match=re.escape(message)):
        library.find(str(tmp_path / "k.toml"))


def test_a_name_cannot_leave_the_folders(tmp_path: Path) -> None:
    with pytest.raises(KernelError):
        library.find("../sobel")


@pytest.mark.parametrize("text", [*TEXTS.values(), BRACKETED])
def test_a_kernel_in_any_form_is_a_kernel_on_the_command_line(text: str) -> None:
    assert kernels(text) == [dialects.parse(text)]


@pytest.mark.parametrize("text", ["1", "1/9 1/9 1/9", " -1 0 1", "[[1, 2]]", "(1, 2)", "+.5"])
def test_a_text_that_begins_as_a_number_or_a_bracket_is_a_kernel(text: str) -> None:
    assert library.find(text)[0].name == "kernel"


def test_a_file_that_is_called_without_its_folder_is_answered_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text("1 2 1")
    with pytest.raises(UsageError, match=r"called 'mine'; give \./mine if that file is the kernel"):
        library.find("mine")
    assert library.find("./mine")
