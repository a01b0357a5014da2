"""``--mix``, ``--mask`` and ``--region`` for files of all kinds, pipes, films and batches."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

import imgconv
from imgconv.batch.request import Request
from imgconv.batch.stream import filter_stream, recognise
from imgconv.batch.task import Task
from imgconv.cli.run import run
from imgconv.images.blend import Blend
from imgconv.images.mask import Mask
from imgconv.images.orientation import SYMMETRIES
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from tests.cli.test_upright import shown, stored
from tests.support.command_line import Captured
from tests.support.command_line import imgconv as command
from tests.support.films import SMALLER, pnm, y4m
from tests.support.films import noise as film_noise
from tests.support.pictures import noise

RGB = noise(20, 30, "rgb").array
THROUGH = noise(20, 30).array[..., 0].copy()
THROUGH[:, :10], THROUGH[:, 20:] = 0, 255


@pytest.fixture
def mask(tmp_path: Path) -> str:
    Image.fromarray(THROUGH).save(tmp_path / "mask.png")
    return str(tmp_path / "mask.png")


@pytest.fixture
def source(tmp_path: Path) -> str:
    Image.fromarray(RGB).save(tmp_path / "in.png")
    return str(tmp_path / "in.png")


def read(path: Path | str) -> NDArray[Any]:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("text", ["blur", "gaussian:2,sobel", "laplacian", "disk:4"])
def test_options_say_how_much_and_where(tmp_path: Path, source: str, mask: str, text: str) -> None:
    expected = imgconv.apply(RGB, text, mix=60, mask=THROUGH, region=(2, 3, 25, 10))
    for _ in range(2):
        options = ["--mix", "60%", "--mask", mask, "--region", "2,3,25x10"]
        assert run(["apply", text, source, str(tmp_path / "out.png"), *options]) == 0
        np.testing.assert_array_equal(read(tmp_path / "out.png"), expected)


@pytest.mark.parametrize("options", [["--mix", "40"], ["--region", "2,3,25x10"]], ids=str)
def test_a_second_run_replays_the_first(tmp_path: Path, options: list[str]) -> None:
    for number in range(3):
        array = RGB ^ np.uint8(number)
        Image.fromarray(array).save(tmp_path / "in.png")
        done = command(
            *("apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png"), *options)
        )
        assert (done.returncode, done.stderr) == (0, b"")
        how: dict[str, Any] = {"mix": 40} if "--mix" in options else {"region": (2, 3, 25, 10)}
        expected = imgconv.apply(array, "blur", **how)
        np.testing.assert_array_equal(read(tmp_path / "out.png"), expected)


def test_another_content_of_the_mask_is_another_request(
    tmp_path: Path, source: str, mask: str
) -> None:
    words = ["apply", "blur", source, str(tmp_path / "out.png"), "--mask", mask, "--update"]
    for through in (THROUGH, THROUGH[::-1], THROUGH[::-1]):
        Image.fromarray(through).save(mask)
        assert run(words) == 0
        expected = imgconv.apply(RGB, "blur", mask=np.ascontiguousarray(through))
        np.testing.assert_array_equal(read(tmp_path / "out.png"), expected)


def test_a_finished_output_of_the_same_mask_is_left_as_it_is(
    tmp_path: Path, source: str, mask: str
) -> None:
    words = ["apply", "blur", source, str(tmp_path / "out.png"), "--mask", mask, "--update"]
    assert run(words) == 0
    before = (tmp_path / "out.png").stat().st_mtime_ns
    assert run(words) == 0
    assert (tmp_path / "out.png").stat().st_mtime_ns == before
    assert run([*words, "--mix", "50"]) == 0
    assert (tmp_path / "out.png").stat().st_mtime_ns != before


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_mask_and_region_lie_on_the_picture_as_it_is_seen(tmp_path: Path, orientation: int) -> None:
    source, target, mask = (str(tmp_path / name) for name in ("in.png", "out.png", "mask.png"))
    seen = stored(Path(source), orientation)
    through = np.zeros(seen.shape[:2], np.uint8)
    through[3:15, 2:11] = 200
    stored_mask = tmp_path / "mask.png"
    Image.fromarray(through).save(stored_mask)
    for how in ([], ["--upright"]):
        words = ["apply", "motion:5:30", source, target, *how]
        assert run([*words, "--mask", mask]) == 0
        expected = imgconv.apply(seen, "motion:5:30", mask=through)
        np.testing.assert_array_equal(shown(Path(target)), expected)
        assert run([*words, "--region", "2,3,9x12"]) == 0
        expected = imgconv.apply(seen, "motion:5:30", region=(2, 3, 9, 12))
        np.testing.assert_array_equal(shown(Path(target)), expected)


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_mask_is_seen_upright_too(tmp_path: Path, orientation: int) -> None:
    seen = stored(tmp_path / "mask.png", orientation, "L")[..., 0]
    picture = noise(seen.shape[0], seen.shape[1], "rgb").array
    Image.fromarray(picture).save(tmp_path / "in.png")
    out, mask = str(tmp_path / "out.png"), str(tmp_path / "mask.png")
    assert run(["apply", "blur", str(tmp_path / "in.png"), out, "--mask", mask]) == 0
    expected = imgconv.apply(picture, "blur", mask=np.ascontiguousarray(seen))
    np.testing.assert_array_equal(read(out), expected)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".tif"])
def test_one_mask_serves_all_frames(tmp_path: Path, mask: str, suffix: str) -> None:
    frames = [Image.fromarray(RGB ^ np.uint8(number)) for number in (0, 64, 128)]
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    source = tmp_path / f"in{suffix}"
    frames[0].save(source, save_all=True, append_images=frames[1:], duration=40, **options)
    target = source.with_name(f"out{suffix}")
    assert run(["apply", "sobel", str(source), str(target), "--mask", mask]) == 0
    with Image.open(source) as before, Image.open(target) as after:
        pairs = [
            (np.asarray(old.convert("RGB")), np.asarray(new.convert("RGB")))
            for old, new in zip(
                ImageSequence.Iterator(before), ImageSequence.Iterator(after), strict=True
            )
        ]
    assert len(pairs) == 3
    for old, new in pairs:
        expected = imgconv.apply(old, "sobel", mask=THROUGH)
        if suffix != ".gif":
            np.testing.assert_array_equal(new, expected)
        else:  # the palette of the result may have fewer colours
            assert np.abs(new[:, :10].astype(int) - old[:, :10]).mean() < 12


def test_pictures_of_a_batch_that_fit_are_filtered_and_others_named(
    tmp_path: Path, mask: str, capfd: Captured
) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    for number in range(20):
        Image.fromarray(RGB ^ np.uint8(number)).save(folder / f"{number}.png")
    Image.fromarray(RGB[:9]).save(folder / "small.png")
    assert run(["apply", "blur", str(folder), str(out), "--mask", mask]) == 1
    assert "small.png: the mask is of 30x20, the picture of 30x9" in capfd.readouterr().err
    for number in range(20):
        expected = imgconv.apply(RGB ^ np.uint8(number), "blur", mask=THROUGH)
        np.testing.assert_array_equal(read(out / f"{number}.png"), expected)


def test_pictures_are_replaced_in_place_but_the_mask_never(
    tmp_path: Path, source: str, mask: str, capfd: Captured
) -> None:
    assert run(["apply", "blur", "--in-place", source, "--mask", mask, "--mix", "30"]) == 0
    np.testing.assert_array_equal(read(source), imgconv.apply(RGB, "blur", mask=THROUGH, mix=30))
    assert run(["apply", "blur", "--in-place", str(tmp_path), "--mask", mask]) == 2
    assert run(["apply", "blur", source, mask, "--overwrite", "--mask", mask]) == 2
    assert "the mask of this run" in capfd.readouterr().err
    np.testing.assert_array_equal(read(mask), THROUGH)


def test_a_pipe_is_filtered_through_a_mask(source: str, mask: str) -> None:
    content = Path(source).read_bytes()
    done = command("apply", "blur", "-", "-", "--mask", mask, given=content)
    assert done.returncode == 0
    result = np.asarray(Image.open(io.BytesIO(done.stdout)))
    np.testing.assert_array_equal(result, imgconv.apply(RGB, "blur", mask=THROUGH))


def film(data: bytes, text: str, blend: Blend | None, folder: Path) -> bytes:
    """Filter a film and return it."""
    stream = recognise(io.BufferedReader(io.BytesIO(data)))
    assert stream
    task = Task("-", str(folder / "film"), None)
    result = filter_stream(Request(find(text), Settings(blend=blend)), task, stream)
    assert result.error is None
    return (folder / "film").read_bytes()


@pytest.mark.parametrize("text", ["blur", "sobel"])
def test_a_film_is_filtered_through_one_mask(mask: str, text: str) -> None:
    film = film_noise(4, 20, 30, 3)
    done = command("apply", text, "-", "-", "--mask", mask, "--mix", "80", given=pnm(film))
    expected = [imgconv.apply(frame, text, mask=THROUGH, mix=80) for frame in film]
    assert (done.returncode, done.stdout) == (0, pnm(np.stack(expected)))


@pytest.mark.parametrize("text", ["blur", "sharpen", "sobel", "emboss"])
@pytest.mark.parametrize("kind", SMALLER)
def test_a_video_keeps_all_planes_outside_the_mask(tmp_path: Path, kind: str, text: str) -> None:
    (height, width), (down, across) = (24, 32), SMALLER[kind]
    luma = film_noise(2, height, width)
    chroma = film_noise(2, -(-height // down), -(-width // across))
    through = np.zeros((height, width), np.uint8)
    through[:, 16:] = 255
    before = y4m([luma, chroma, chroma], f"C{kind}", width, height)
    plain = film(before, text, None, tmp_path)
    made = film(before, text, Blend(mask=Mask(through, 255)), tmp_path)
    assert len(made) == len(before)
    for at in (before.index(b"FRAME\n") + 6, len(before) - 2 * chroma[0].size - luma[0].size):
        shapes = [(0, luma[0].shape), (luma[0].size, chroma[0].shape)]
        for begin, shape in shapes:
            begin, size = at + begin, int(np.prod(shape))
            old, full, new = (
                np.frombuffer(each[begin : begin + size], np.uint8).reshape(shape)
                for each in (before, plain, made)
            )
            middle = shape[1] // 2
            np.testing.assert_array_equal(new[:, :middle], old[:, :middle])
            np.testing.assert_array_equal(new[:, middle:], full[:, middle:])


def test_a_grey_result_of_a_video_is_mixed_before_it_is_rounded(tmp_path: Path) -> None:
    luma = film_noise(1, 6, 8)
    kernel = "0 0 0; -1 1.3 0; 0 0 0"
    made = film(y4m([luma], "Cmono", 8, 6), kernel, Blend(50), tmp_path)
    values = luma[0].astype(np.float64)
    exact = 1.3 * values - np.pad(values, ((0, 0), (1, 0)), "edge")[:, :-1]
    expected = np.floor(0.5 * values + 0.5 * (exact.clip(0, 219) + 16) + 0.5 + 1e-9)
    got = np.frombuffer(made, np.uint8)[-48:].reshape(6, 8)
    np.testing.assert_array_equal(got, expected)


def test_depth_and_background_are_those_of_the_mixture(tmp_path: Path, source: str) -> None:
    out = str(tmp_path / "out.png")
    grey = str(tmp_path / "grey.png")
    Image.fromarray(RGB[..., 0]).save(grey)
    assert run(["apply", "sharpen", grey, out, "--mix", "50", "--depth", "16"]) == 0
    floats = imgconv.apply(RGB[..., 0].astype(np.float32), "sharpen", mix=50)
    expected = np.floor(np.clip(floats * 257.0, 0, 65535) + 0.5)
    np.testing.assert_array_equal(read(out), expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--mix", "120"], "'120' is no percentage to mix"),
        (["--mix", "-5"], "'-5' is no percentage to mix"),
        (["--region", "1,2"], "'1,2' is no region"),
        (["--region", "20,0,20x20"], "does not lie within the picture of 30x20"),
        (["--mask", "-"], "let --mask name a file"),
        (["--mix", "50", "--extent", "full"], "the extent 'full' makes results of another size"),
        (["--region", "0,0,9x9", "--extent", "valid"], "the extent 'valid'"),
    ],
)
def test_what_cannot_be_is_a_usage_error(
    tmp_path: Path, source: str, capfd: Captured, options: list[str], message: str
) -> None:
    assert run(["apply", "blur", source, str(tmp_path / "out.png"), *options]) == 2
    assert message in capfd.readouterr().err
    assert not (tmp_path / "out.png").exists()


def test_a_mask_that_is_no_picture_is_named(tmp_path: Path, source: str, capfd: Captured) -> None:
    out, animation = str(tmp_path / "out.png"), tmp_path / "mask.gif"
    assert run(["apply", "blur", source, out, "--mask", str(tmp_path / "none.png")]) == 1
    assert "none.png: there is no such file" in capfd.readouterr().err
    frames = [Image.fromarray(THROUGH ^ np.uint8(number)) for number in (0, 255)]
    frames[0].save(animation, save_all=True, append_images=frames[1:])
    assert run(["apply", "blur", source, out, "--mask", str(animation)]) == 2
    assert "mask.gif: a mask has one frame, this picture 2" in capfd.readouterr().err


def test_plan_and_report_say_how_the_result_is_mixed(
    tmp_path: Path, source: str, mask: str, capfd: Captured
) -> None:
    how = ["--mix", "60", "--mask", mask, "--region", "2,3,25x10"]
    out = str(tmp_path / "out.png")
    assert run(["apply", "blur", source, out, *how, "--report", "-"]) == 0
    said = {"mix": 60.0, "mask": mask, "region": "2,3,25x10"}
    assert said.items() <= json.loads(capfd.readouterr().out).items()
    assert run(["plan", "blur", source, *how, "--json"]) == 0
    described = json.loads(capfd.readouterr().out)
    assert said.items() <= described.items()
    assert run(["plan", "blur", source, *how]) == 0
    line = f"mixed: 60% of the result, through the mask {mask}, within the region 2,3,25x10"
    assert line in capfd.readouterr().out
    assert run(["plan", "blur", "4000x3000", "--region", "0,0,4000x30", "--json"]) == 0
    part = json.loads(capfd.readouterr().out)["total"]["seconds"]
    assert run(["plan", "blur", "4000x3000", "--json", "--threads", "1"]) == 0
    whole = json.loads(capfd.readouterr().out)["total"]["seconds"]
    assert part == pytest.approx(whole / 100, rel=0.01)


def test_plan_knows_how_the_picture_is_seen(tmp_path: Path) -> None:
    source = tmp_path / "in.jpg"
    seen = stored(source, 6)
    height, width = seen.shape[:2]
    assert run(["plan", "blur", str(source), "--region", f"0,0,{width}x{height}"]) == 0
    assert run(["plan", "blur", str(source), "--region", f"0,0,{height}x{width}"]) == 2
