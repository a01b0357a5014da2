"""What runs remember of what they made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgconv.batch import fingerprint, manifest
from imgconv.batch.fingerprint import key_of
from imgconv.batch.manifest import Past, Record
from imgconv.batch.request import Request
from imgconv.batch.tasks import Pair
from imgconv.formats import registry
from imgconv.kernels import library
from imgconv.planning.settings import Settings
from imgconv.system.user_dirs import STATE_VARIABLE

BLUR = Request(library.find("blur", {}))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state" / "made"


def make(past: Past, pair: Pair, data: bytes) -> None:
    """As a run does: remember what is about to get its place, and put it there."""
    input = past.input_of(pair)
    beside = Path("beside")
    beside.write_bytes(data)
    past.remember(pair, input, data, beside.stat())
    beside.replace(pair.target)


@pytest.fixture
def pair() -> Pair:
    Path("in.png").write_bytes(b"input")
    return Pair("in.png", "out.png")


def past_of(pair: Pair, key: str = "blur") -> Past:
    return Past(key, [pair])


def test_what_was_made_is_known_to_a_later_run(pair: Pair) -> None:
    assert not past_of(pair).is_finished(pair) and not past_of(pair).is_current(pair)
    make(past_of(pair), pair, b"output")
    assert past_of(pair).is_finished(pair) and past_of(pair).is_current(pair)


def test_another_filter_made_nothing(pair: Pair) -> None:
    make(past_of(pair), pair, b"output")
    other = past_of(pair, "sobel")
    assert not other.is_finished(pair) and not other.is_current(pair)


def test_the_content_counts_and_not_the_name(pair: Pair) -> None:
    make(past_of(pair), pair, b"output")
    for path in (pair.source, pair.target):
        before = Path(path).read_bytes()
        Path(path).write_bytes(b"altered")
        assert not past_of(pair).is_finished(pair)
        Path(path).write_bytes(before)
        assert past_of(pair).is_finished(pair)


def test_content_that_was_read_already_is_not_read_again(pair: Pair) -> None:
    past = past_of(pair)
    assert past.input_of(pair, b"input") == past.input_of(pair) != ""
    Path(pair.source).unlink()
    assert past.input_of(pair, b"input") != past.input_of(pair) == ""


def test_what_is_older_than_its_input_or_touched_is_not_current(pair: Pair) -> None:
    make(past_of(pair), pair, b"output")
    made = Path(pair.target).stat().st_mtime_ns
    os.utime(pair.source, ns=(made, made))
    assert past_of(pair).is_current(pair)
    os.utime(pair.source, ns=(made + 1, made + 1))
    assert not past_of(pair).is_current(pair)
    os.utime(pair.source, ns=(made, made))
    os.utime(pair.target, ns=(made + 2, made + 2))
    assert not past_of(pair).is_current(pair)


def test_in_place_the_new_content_is_what_counts() -> None:
    Path("a.png").write_bytes(b"old")
    pair = Pair("a.png", "a.png")
    make(past_of(pair), pair, b"new")
    assert past_of(pair).is_finished(pair) and past_of(pair).is_current(pair)
    Path("a.png").write_bytes(b"old")
    assert not past_of(pair).is_finished(pair)


def test_what_did_not_get_its_place_is_not_finished(pair: Pair) -> None:
    past = past_of(pair)
    Path(pair.target).write_bytes(b"what was there")
    past.remember(pair, past.input_of(pair), b"output", Path(pair.target).stat())
    assert not past_of(pair).is_finished(pair)


def test_a_run_that_begins_anew_forgets_what_it_will_make_and_nothing_else(pair: Pair) -> None:
    other = Pair("in.png", "other.png")
    make(past_of(pair), pair, b"output")
    make(past_of(other), other, b"output")
    past = past_of(pair)
    past.forget()
    assert not past.is_finished(pair)
    assert not past_of(pair).is_finished(pair)
    assert past_of(other).is_finished(other)


def test_the_words_for_a_place_do_not_matter(pair: Pair, tmp_path: Path) -> None:
    make(past_of(pair), pair, b"output")
    Path("link").symlink_to(tmp_path)
    other = Pair(str(tmp_path / "in.png"), "link/out.png", within="link")
    assert past_of(other).is_finished(other)


def test_what_came_from_a_pipe_is_never_finished() -> None:
    pair = Pair("-", "out.png")
    make(past_of(pair), pair, b"output")
    assert not past_of(pair).is_finished(pair) and not past_of(pair).is_current(pair)


def test_an_input_that_is_gone_finishes_nothing(pair: Pair) -> None:
    make(past_of(pair), pair, b"output")
    Path(pair.source).unlink()
    assert not past_of(pair).is_finished(pair) and not past_of(pair).is_current(pair)


def test_a_record_is_read_once_for_all_pictures_in_a_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    before = Record.__init__

    def counting(self: Record, folder: str) -> None:
        read.append(folder)
        before(self, folder)

    monkeypatch.setattr(Record, "__init__", counting)
    Past("blur", [Pair("in.png", f"{number}.png") for number in range(5)])
    assert len(read) == 1


@pytest.mark.parametrize("name", ["\udcff.png", "a\nb.png", "\N{SNOWMAN}.png", '"}.png'])
def test_any_name_is_remembered(name: str) -> None:
    Path("in.png").write_bytes(b"input")
    pair = Pair("in.png", name)
    make(past_of(pair), pair, b"output")
    assert past_of(pair).is_finished(pair)


def test_every_torn_line_costs_no_more_than_that_line(pair: Pair, state: Path) -> None:
    first = Pair("in.png", "first.png")
    make(past_of(first), first, b"first")
    make(past_of(pair), pair, b"output")
    [path] = state.iterdir()
    whole = path.read_bytes()
    begin = whole.index(b"\n") + 1
    for length in range(begin, len(whole)):
        path.write_bytes(whole[:length])
        assert past_of(first).is_finished(first)
        assert past_of(pair).is_finished(pair) == (length == len(whole) - 1)
        make(past_of(pair), pair, b"again")
        assert past_of(first).is_finished(first) and past_of(pair).is_finished(pair)
        pair_output = Path(pair.target)
        pair_output.write_bytes(b"output")


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"7", b"{}", b"\xff", b'{"version": 1, "output": "out.png"}', b"null"]
)
def test_lines_of_another_version_or_none_are_passed_over(
    line: bytes, pair: Pair, state: Path
) -> None:
    make(past_of(pair), pair, b"output")
    [path] = state.iterdir()
    path.write_bytes(line + b"\n" + path.read_bytes() + line + b"\n")
    assert past_of(pair).is_finished(pair)


def test_the_last_line_counts(pair: Pair) -> None:
    past = past_of(pair)
    make(past, pair, b"first")
    make(past, pair, b"second")
    assert past_of(pair).is_finished(pair)
    Path(pair.target).write_bytes(b"first")
    assert not past_of(pair).is_finished(pair)


def test_outdated_lines_are_swept_when_there_are_many(
    pair: Pair, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "_MANY_LINES", 10)
    past = past_of(pair)
    for number in range(11):
        make(past, pair, b"%d" % number)
    [path] = state.iterdir()
    assert path.read_bytes().count(b"\n") == 11
    assert past_of(pair).is_finished(pair)
    assert path.read_bytes().count(b"\n") == 1
    assert [entry.name for entry in state.iterdir()] == [path.name]


def test_two_runs_at_once_keep_what_either_makes(pair: Pair) -> None:
    other = Pair("in.png", "other.png")
    mine, another = past_of(pair), past_of(other)
    make(mine, pair, b"mine")
    past_of(pair).forget()  # writes the file anew
    make(another, other, b"another's")
    make(mine, pair, b"mine")
    assert past_of(pair).is_finished(pair) and past_of(other).is_finished(other)


def test_what_is_remembered_is_closed_to_others(pair: Pair, state: Path) -> None:
    make(past_of(pair), pair, b"output")
    assert state.stat().st_mode & 0o077 == 0


def test_where_nothing_can_be_remembered_the_system_says_so(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "/dev/null/state")
    with pytest.raises(OSError):
        make(past_of(pair), pair, b"output")


@pytest.mark.parametrize("home", ["", None])
def test_without_a_home_nothing_is_remembered_and_no_folder_made(
    home: str | None, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(STATE_VARIABLE)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)

    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr("pwd.getpwuid", nobody)
    before = sorted(Path().iterdir())
    with pytest.raises(FileNotFoundError, match="there is no home folder"):
        past_of(pair)
    assert sorted(Path().iterdir()) == before


def test_requests_that_make_the_same_have_one_key() -> None:
    assert key_of(BLUR) == key_of(Request(library.find("blur", {})))
    threads = BLUR._replace(settings=Settings(threads=3, patience=5.0))
    assert key_of(threads) == key_of(BLUR)


@pytest.mark.parametrize(
    "other",
    [
        Request(library.find("blur:3", {})),
        Request(library.find("blur,blur", {})),
        Request(
            [library.find("blur", {})[0].map_kernels(lambda kernel: kernel.replaced(None, 1.0))]
        ),
        BLUR._replace(gray=True),
        BLUR._replace(quality=90),
        BLUR._replace(format=registry.by_name("png")),
        BLUR._replace(settings=Settings(channels=frozenset("r"))),
        BLUR._replace(settings=Settings(tolerance=0.0)),
    ],
    ids=range(8),
)
def test_requests_that_make_something_else_have_another_key(other: Request) -> None:
    assert key_of(other) != key_of(BLUR)


def test_sets_have_one_key_whatever_their_order() -> None:
    keys = {key_of(BLUR._replace(settings=Settings(channels=frozenset(c)))) for c in ("rgb", "bgr")}
    assert len(keys) == 1


def test_another_version_of_imgconv_made_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(BLUR)
    monkeypatch.setattr(fingerprint, "__version__", "9.9")
    assert key_of(BLUR) != before


def test_a_record_knows_nothing_of_what_was_never_made(tmp_path: Path) -> None:
    assert Record(str(tmp_path)).made("a.png") is None
