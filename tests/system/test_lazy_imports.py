"""Stand-ins for modules, which are imported when they are used."""

from __future__ import annotations

import inspect
import os
import platform
import subprocess
import sys
import urllib.parse
from pathlib import Path
from threading import Barrier, Thread

import pytest
from PIL import Image

from imgconv.jit import code_cache
from imgconv.system import lazy_imports
from imgconv.system.lazy_imports import import_lazily

INSTALL = "from imgconv.system import lazy_imports; lazy_imports.install_stand_ins();"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that prints a line when it is imported."""
    (tmp_path / "a_module.py").write_text("import sys\nprint('imported')\nANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "a_module", raising=False)
    return "a_module"


def output_of(code: str) -> str:
    """Run ``code`` in a process that has not imported modules to measure coverage."""
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=alone)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_a_module_is_imported_once_and_when_it_is_used(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_lazily(module)
    a_module = __import__(module)
    assert capsys.readouterr().out == ""
    assert a_module.ANSWER == a_module.ANSWER == 42
    assert capsys.readouterr().out == "imported\n"
    assert sys.modules[module] is a_module


def test_attributes_of_a_stand_in_are_used_until_the_module_is_imported(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_lazily(module, ANSWER=41, COLOUR="red")
    a_module = __import__(module)
    assert (a_module.ANSWER, a_module.COLOUR) == (41, "red")
    assert capsys.readouterr().out == ""
    assert str(a_module.__file__).endswith("a_module.py")
    assert (a_module.ANSWER, a_module.COLOUR) == (42, "red")


def test_attributes_of_a_stand_in_can_be_imported_by_name(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import_lazily(module, COLOUR="red")
    found: dict[str, object] = {}
    exec(f"from {module} import COLOUR", found)
    assert (found["COLOUR"], capsys.readouterr().out) == ("red", "")
    exec(f"from {module} import ANSWER", found)
    assert (found["ANSWER"], capsys.readouterr().out) == (42, "imported\n")


def test_a_stand_in_is_an_attribute_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package" / "__init__.py").write_text("")
    (tmp_path / "a_package" / "inner.py").write_text("ANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = __import__("a_package")
    import_lazily("a_package.inner")
    assert package.inner.ANSWER == 42


def test_an_attribute_that_the_module_lacks_is_an_error(module: str) -> None:
    import_lazily(module)
    with pytest.raises(AttributeError, match="'a_module' has no attribute 'QUESTION'"):
        _ = __import__(module).QUESTION


def test_a_module_that_is_imported_stays(module: str) -> None:
    before = __import__(module)
    import_lazily(module)
    assert sys.modules[module] is before


def test_a_module_that_cannot_be_imported_raises_at_every_use() -> None:
    import_lazily("no_such_module")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            _ = __import__("no_such_module").ANSWER
    del sys.modules["no_such_module"]


def test_threads_import_a_module_once(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    import_lazily(module)
    a_module, together, found = __import__(module), Barrier(4), []

    def use() -> None:
        together.wait()
        found.append(a_module.ANSWER)

    threads = [Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [42] * 4 and capsys.readouterr().out == "imported\n"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "one line", "  indented", "a\ttab\there", "at the end  "),
        "one\n    two\n      three\n\n    four\n    ",
        "\n    one\n    two\n",
    ],
)
def test_help_is_cleaned_as_by_inspect(text: str) -> None:
    assert lazy_imports._cleandoc(text) == inspect.cleandoc(text)


def test_help_of_several_lines_is_cleaned_without_inspect() -> None:
    code = f"""
{INSTALL}
import inspect, sys
before = inspect.cleandoc is lazy_imports._cleandoc
print(before, repr(inspect.cleandoc("one\\n    two\\n      three")), "ast" in sys.modules)
"""
    assert output_of(code) == r"True 'one\ntwo\n  three' False"


@pytest.mark.parametrize("path", [b"/plain/path", b"/a b/\xff%", b""])
def test_paths_are_quoted_by_urllib(path: bytes) -> None:
    code = f"""
{INSTALL}
from urllib.parse import quote_from_bytes as quote
print(quote is lazy_imports._quote, [quote({path!r}), quote({path!r}, safe="")])
"""
    expected = [urllib.parse.quote_from_bytes(path, safe) for safe in ("/", "")]
    assert output_of(code) == f"True {expected}"


def test_messages_stay_as_they_are_without_gettext() -> None:
    code = f"""
{INSTALL}
import gettext, sys
print(gettext.gettext("A message."), *(gettext.ngettext("file", "files", n) for n in (0, 1, 2)))
print("__file__" in vars(sys.modules["gettext"]), gettext.NullTranslations().gettext("A message."))
"""
    assert output_of(code).split("\n") == ["A message. files file files", "False A message."]


def test_the_system_has_its_name_without_platform() -> None:
    code = f"""
{INSTALL}
import platform, sys
print(platform.system(), "__file__" in vars(sys.modules["platform"]), platform.python_version())
"""
    assert output_of(code) == f"{platform.system()} False {platform.python_version()}"


def test_a_stand_in_in_a_package_is_found_by_its_full_name() -> None:
    assert output_of(f"{INSTALL} import urllib.parse; print(urllib.parse.quote('a b'))") == "a%20b"


@pytest.mark.parametrize("name", lazy_imports.LAZY)
def test_a_stand_in_that_is_used_has_all_names_of_its_module(name: str) -> None:
    names = f"import {name} as it; it.__file__; print(sorted(n for n in vars(it) if n[0] != '_'))"
    assert output_of(f"{INSTALL} {names}") == output_of(names)


def test_pillow_reads_tags_through_the_stand_in() -> None:
    code = f"""
{INSTALL}
from PIL import ExifTags, Image
before = "Base" in vars(ExifTags)
exif = Image.Exif()
exif[ExifTags.Base.Orientation] = 6
again = Image.Exif()
again.load(exif.tobytes())
print(before, again[274], again.get_ifd(ExifTags.IFD.Exif))
"""
    assert output_of(code) == "False 6 {}"


def test_a_replayed_run_uses_no_stand_in(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20)).save(tmp_path / "in.jpg")
    code = f"""
import os, sys
from imgconv.system.lazy_imports import LAZY
os._exit = lambda code: print([name for name in LAZY if "__file__" in vars(sys.modules[name])])
sys.argv = ["imgconv", "apply", "blur", {str(tmp_path / "in.jpg")!r}, {str(tmp_path / "out.jpg")!r}]
from imgconv.__main__ import main
main()
"""
    output_of(code)  # writes the snapshot that the second run replays, and may compile
    assert output_of(code).splitlines()[-1] == "[]"


def test_modules_count_as_not_installed_unless_they_are_imported() -> None:
    code = f"""
import sys
sys.modules["coverage"] = sys
{INSTALL}
for name in lazy_imports.NOT_INSTALLED:
    try:
        __import__(name)
    except ImportError:
        print(name)
"""
    expected = [name for name in lazy_imports.NOT_INSTALLED if name != "coverage"]
    assert output_of(code).split() == expected


def test_loops_are_compiled_with_stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path))
    code = f"""
import numpy as np
{INSTALL}
from imgconv.execution.stages.load import copy
source, target = np.arange(6.0, dtype="float32").reshape(2, 3), np.zeros((2, 3), "float32")
copy(source, target)
print(np.array_equal(source, target))
"""
    assert output_of(code) == "True"
    assert [path.name[:5] for path in tmp_path.glob("*.o")] == ["copy-"]


def test_a_package_imports_its_modules_when_they_are_used(tmp_path: Path) -> None:
    (tmp_path / "a_package").mkdir()
    (tmp_path / "a_package/broken.py").write_text("import no_such_module")
    (tmp_path / "a_package/right.py").write_text("ANSWER = 42")
    (tmp_path / "a_package/__init__.py").write_text(
        "from imgconv.system.lazy_imports import lazy_modules\n__getattr__ = lazy_modules(__name__)"
    )
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import a_package
print("a_package.right" in sys.modules, a_package.right.ANSWER, hasattr(a_package, "wrong"))
try:
    a_package.broken
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert output_of(code) == "False 42 False\nno_such_module"
