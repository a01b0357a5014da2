"""Modules that are imported when they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from imgconv.system.lazy_imports import import_later


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that says when it is imported."""
    (tmp_path / "a_module.py").write_text("import sys\nprint('imported')\nANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "a_module", raising=False)
    return "a_module"


def test_it_is_imported_once_and_not_before(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_later(module)
    a_module = __import__(module)
    assert capsys.readouterr().out == ""
    assert a_module.ANSWER == a_module.ANSWER == 42
    assert capsys.readouterr().out == "imported\n"
    assert sys.modules[module] is a_module


def test_what_is_known_of_it_is_given_without_that(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_later(module, ANSWER=41, COLOUR="red")
    a_module = __import__(module)
    assert (a_module.ANSWER, a_module.COLOUR) == (41, "red")
    assert capsys.readouterr().out == ""
    assert str(a_module.__file__).endswith("a_module.py")
    assert (a_module.ANSWER, a_module.COLOUR) == (42, "red")


def test_what_is_known_of_it_may_be_imported_by_name(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_later(module, COLOUR="red")
    found: dict[str, object] = {}
    exec(f"from {module} import COLOUR", found)
    assert (found["COLOUR"], capsys.readouterr().out) == ("red", "")
    exec(f"from {module} import ANSWER", found)
    assert (found["ANSWER"], capsys.readouterr().out) == (42, "imported\n")


def test_it_stands_in_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "__init__.py").write_text("")
    (tmp_path / "a_package" / "inner.py").write_text("ANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = __import__("a_package")
    import_later("a_package.inner")
    assert package.inner.ANSWER == 42


def test_what_is_not_in_it_is_said_to_be_missing(module: str) -> None:
    import_later(module)
    with pytest.raises(AttributeError, match="'a_module' has no attribute 'QUESTION'"):
        _ = __import__(module).QUESTION


def test_one_that_is_there_stays(module: str) -> None:
    before = __import__(module)
    import_later(module)
    assert sys.modules[module] is before


def test_what_cannot_be_imported_says_so_whenever_it_is_used() -> None:
    import_later("no_such_module")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            _ = __import__("no_such_module").ANSWER
    del sys.modules["no_such_module"]


def test_threads_get_the_same(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    import_later(module)
    a_module, together, found = __import__(module), Barrier(4), []

    def look() -> None:
        together.wait()
        found.append(a_module.ANSWER)

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [42] * 4 and capsys.readouterr().out == "imported\n"


def test_tags_of_pillow_are_there_when_a_picture_has_some() -> None:
    code = """
from imgconv.system.lazy_imports import spare
spare()
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags
before = "Base" in vars(ExifTags)
exif = Image.Exif()
exif[ExifTags.Base.Orientation] = 6
again = Image.Exif()
again.load(exif.tobytes())
print(before, again[274], again.get_ifd(ExifTags.IFD.Exif), TiffTags.lookup(256).name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False 6 {} ImageWidth\n"
