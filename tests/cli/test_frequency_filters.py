"""freq-low and the like, as a person meets them: files, batches, animations, reports, plans."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.images.orientation import SYMMETRIES
from tests.support.command_line import Captured
from tests.support.pictures import noise

CAMERA = str(Path(__file__).parents[2] / "sample_images" / "camera.png")


def test_what_is_kept_is_said_and_reported(tmp_path: Path, capfd: Captured) -> None:
    report = tmp_path / "report.jsonl"
    out = str(tmp_path / "out.png")
    assert run(["apply", "freq-low:1/10", CAMERA, out, "--report", str(report)]) == 0
    said = "kept 8,245 of 262,144 frequencies (black to circle 30.8 to 1), 99.1 % of the energy"
    assert said in capfd.readouterr().err
    line = json.loads(report.read_text())
    assert line["plan"] == [{"filter": "freq-low", "engines": ["fourier"], "error": 0.0}]
    assert any(said in each for each in line["warnings"])
    assert run(["apply", "freq-low:1/10", CAMERA, out, "--quiet"]) == 0
    assert capfd.readouterr().err == ""


def test_options_are_those_of_the_filter(tmp_path: Path) -> None:
    written = []
    for words in (
        ["freq-low:0.1:gaussian"],
        ["freq-low:edge=gaussian"],
        ["freq-low", "--edge", "gaussian", "--cutoff", "1/10"],
    ):
        out = str(tmp_path / "out.png")
        assert run(["apply", words[0], CAMERA, out, "--quiet", *words[1:]]) == 0
        written.append(Path(out).read_bytes())
    assert len({*written}) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--border", "edge"], "give --border wrap or reflect"),
        (["--border", "constant:red"], "give --border wrap or reflect"),
        (["--extent", "full"], "a mask of frequencies keeps the size"),
        (["--edge", "round"], "'round' is not among its values; give hard or butterworth"),
    ],
)
def test_a_wrong_request_is_one_line(
    tmp_path: Path, capfd: Captured, options: list[str], message: str
) -> None:
    assert run(["apply", "freq-low", CAMERA, str(tmp_path / "out.png"), *options]) == 2
    err = capfd.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("orientation", SYMMETRIES)
def test_a_turned_picture_is_filtered_as_it_is_seen(tmp_path: Path, orientation: int) -> None:
    source, out = (str(tmp_path / f"{name}.png") for name in ("in", "out"))
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(noise(23, 34, "rgb").array).save(source, exif=exif)
    notch = "freq-notch:0.25:0.125:0.1"
    assert run(["apply", notch, source, out, "--upright", "--quiet"]) == 0
    with Image.open(out) as one:
        found = np.asarray(one).astype(int)
    turned = str(tmp_path / "turned.png")
    assert run(["apply", "identity", source, turned, "--upright", "--quiet"]) == 0
    again = str(tmp_path / "again.png")
    assert run(["apply", notch, turned, again, "--quiet"]) == 0
    with Image.open(again) as other:
        assert np.array_equal(np.asarray(other), found)


def test_frames_and_folders_are_filtered_each_by_itself(tmp_path: Path, capfd: Captured) -> None:
    levels = noise(20, 30).array[..., 0]
    frames = [Image.fromarray(each) for each in (levels, levels // 2, levels // 3 + 170)]
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "film.png"
    frames[0].save(source, save_all=True, append_images=frames[1:])
    frames[1].save(tmp_path / "in" / "still.png")
    report = tmp_path / "report.jsonl"
    folders = [str(tmp_path / "in"), str(tmp_path / "out")]
    assert run(["apply", "freq-low:0.2", *folders, "--report", str(report)]) == 0
    assert "2 pictures: 2 done" in capfd.readouterr().err
    notes = [
        note for line in report.read_text().splitlines() for note in json.loads(line)["warnings"]
    ]
    energies = [re.findall(r"1\), (.*) % of the energy", note) for note in notes]
    assert sorted(len(energy[0].split(" to ")) for energy in energies) == [1, 2]
    with (
        Image.open(tmp_path / "out" / "film.png") as film,
        Image.open(tmp_path / "out" / "still.png") as still,
    ):
        assert getattr(film, "n_frames", 1) == 3
        film.seek(1)
        assert np.array_equal(np.asarray(film.convert("L")), np.asarray(still.convert("L")))


def test_the_plan_shows_the_transform(capfd: Captured) -> None:
    assert run(["plan", "gaussian:2,freq-low:0.1", CAMERA, "--json"]) == 0
    _, masked = json.loads(capfd.readouterr().out)["steps"]
    (kernel,) = masked["kernels"]
    assert (kernel["width"], kernel["height"], kernel["kept"]) == (512, 512, 8245)
    assert [each["engine"] for each in kernel["engines"]] == ["fourier"]
    assert kernel["engines"][0]["memory"] > 512 * 257 * 16
    assert run(["plan", "freq-low:0.1", CAMERA]) == 0
    assert "freq-low, mask of 512x512, keeping 8,245 of 262,144 freq" in capfd.readouterr().out


def test_a_dry_run_counts_frequencies_without_reading_pixels(
    tmp_path: Path, capfd: Captured
) -> None:
    out = str(tmp_path / "out.png")
    assert run(["apply", "blur,freq-low:0.1", CAMERA, out, "--dry-run"]) == 0
    assert capfd.readouterr().err == (
        f"imgconv: would read {CAMERA} and write {out}, "
        "keeping 8,245 of 262,144 frequencies (black to circle 30.8 to 1)\n"
    )
    mask = drawn_mask(tmp_path / "mask.png", 20, 30)
    assert run(["apply", f"freq-mask:{mask}", CAMERA, out, "--dry-run"]) == 1
    assert "camera.png: the mask" in capfd.readouterr().err


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_drawn_mask_is_laid_over_a_turned_picture_as_it_is_seen(
    tmp_path: Path, capfd: Captured, orientation: int
) -> None:
    source, out = (str(tmp_path / f"{name}.png") for name in ("in", "out"))
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.new("L", (23, 34)).save(source, exif=exif)
    size = (34, 23) if orientation == 6 else (23, 34)
    mask = f"freq-mask:{drawn_mask(tmp_path / 'mask.png', *size)}"
    assert run(["apply", mask, source, out]) == 0
    assert run(["apply", mask, source, out, "--dry-run"]) == 0
    assert capfd.readouterr().err.count("49 of 782 frequencies") == 2
    assert run(["plan", mask, source]) == 0


def test_show_has_the_profile_of_a_mask(tmp_path: Path, capfd: Captured) -> None:
    assert run(["show", "freq-low:0.2"]) == 0
    out = capfd.readouterr().out
    assert "  0.200 1 ####" in out and "  0.225 0\n" in out and "size 1x1" not in out
    assert run(["show", "freq-low:0.2", str(tmp_path / "mask.png")]) == 0
    assert run(["show", "freq-low:0.2", str(tmp_path / "mask.toml")]) == 2
    assert run(["show", "freq-low:0.2,blur", "--one"]) == 2


@pytest.mark.parametrize("option", ["--factors", "--flip", "--normalize=sum", "--times=2"])
def test_options_of_kernels_are_refused_for_a_mask(capfd: Captured, option: str) -> None:
    assert run(["show", "freq-low", option]) == 2
    name = option.partition("=")[0]
    assert f"{name} is about a kernel, not a mask; leave out {name}" in capfd.readouterr().err


@pytest.mark.parametrize("kind", [[], ["--fourier"]])
def test_what_a_mask_does_to_a_pixel_is_explained(capfd: Captured, kind: list[str]) -> None:
    assert run(["explain", "freq-low:0.1", CAMERA, "--at", "200,100", *kind]) == 0
    with Image.open(CAMERA) as camera:
        level = camera.getpixel((200, 100))
    assert capfd.readouterr().out.splitlines() == [
        f"freq-low at x 200, y 100 of {CAMERA} (512x512, grey), border wrap",
        "kept 8,245 of 262,144 frequencies (black to circle 30.8 to 1), 99.1 % of the energy, "
        "96.2 % without the mean",
        *("grey", f"  before {level}", "  kept 59.6241", "  rounded 60"),
    ]


def test_the_numbers_of_a_mask_are_unrounded_as_json(capfd: Captured) -> None:
    assert run(["explain", "freq-low:0.1", CAMERA, "--at", "0,0", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["kept"], found["frequencies"]) == (8245, 262144)
    assert found["energy"] == pytest.approx(0.9905462, abs=1e-7)
    assert found["energy_without_mean"] == pytest.approx(0.9615120, abs=1e-7)
    before, kept, rounded = (stage["value"] for stage in found["channels"][0]["stages"])
    with Image.open(CAMERA) as camera:
        assert before == camera.getpixel((0, 0))
    assert kept == pytest.approx(146.354525, abs=1e-6) and rounded == 146


@pytest.mark.parametrize("chain", ["freq-low:0.1", "freq-low:0.1,blur", "identity,freq-low:0.1"])
def test_before_and_after_are_levels_where_light_is_filtered(capfd: Captured, chain: str) -> None:
    step = "2" if chain.startswith("identity") else "1"
    words = ["explain", chain, CAMERA, "--at", "0,0", "--linear", "--json", "--step", step]
    assert run(words) == 0
    (channel,) = json.loads(capfd.readouterr().out)["channels"]
    stages = {stage["stage"]: stage["value"] for stage in channel["stages"]}
    for level, light in (("before", "light"), ("level", "kept")):
        share = stages[level] / 255
        expected = ((share + 0.055) / 1.055) ** 2.4
        assert stages[light] / 255 == pytest.approx(expected, abs=1e-9)


def test_a_filter_behind_a_mask_is_explained_by_its_patch(capfd: Captured) -> None:
    patches = []
    for chain, step in (("freq-low:0.1,(1 2)", 2), ("freq-low:0.1", 1)):
        words = ["explain", chain, CAMERA, "--at", "200,100", "--step", str(step), "--json"]
        assert run(words) == 0
        patches.append(json.loads(capfd.readouterr().out)["channels"][0])
    behind, mask = patches
    assert behind["kernels"][0]["patch"][0][1] == mask["stages"][1]["value"]


@pytest.mark.parametrize("kind", ["--matrix", "--slide"])
def test_a_mask_has_no_kernel_that_slides(tmp_path: Path, capfd: Captured, kind: str) -> None:
    out = str(tmp_path / ("out.gif" if kind == "--slide" else "out.png"))
    assert run(["explain", "freq-low", CAMERA, out, kind]) == 2
    err = capfd.readouterr().err
    assert f"leave out {kind} to see the four steps of a mask" in err and err.count("\n") == 1


def test_a_mask_is_not_drawn_by_chance(tmp_path: Path, capfd: Captured) -> None:
    assert run(["apply", "freq-low", CAMERA, str(tmp_path / "out.png"), "--draws", "1"]) == 2
    assert "give filters of kernels" in capfd.readouterr().err


def drawn_mask(path: Path, width: int, height: int, reach: int = 4) -> Path:
    """Write a mask that keeps frequencies near 0, and is not symmetric."""
    levels = np.zeros((height, width), np.uint8)
    levels[height // 2 - reach : height // 2 + 1, width // 2 - reach : width // 2 + 1] = 255
    Image.fromarray(levels).save(path)
    return path


def test_a_drawn_mask_is_a_link_of_a_chain(tmp_path: Path, capfd: Captured) -> None:
    levels = noise(20, 30).array[..., 0]
    source, out = str(tmp_path / "in.png"), str(tmp_path / "out.png")
    Image.fromarray(levels).save(source)
    path = drawn_mask(tmp_path / "a,b:c.png", 30, 20)
    chain = f"freq-mask:{path},(0 0 1)"
    assert run(["apply", chain, source, out, "--border", "wrap"]) == 0
    assert "kept 49 of 600 frequencies" in capfd.readouterr().err
    shares = np.fft.ifftshift(np.asarray(Image.open(path)) / 255)
    shares = (shares + np.roll(shares[::-1, ::-1], (1, 1), (0, 1))) / 2
    back = np.roll(np.fft.ifft2(np.fft.fft2(levels) * shares).real, -1, 1)
    assert np.array_equal(np.asarray(Image.open(out)), np.floor(back.clip(0, 255) + 0.5))


def test_a_picture_of_another_size_than_the_mask_fails_alone(
    tmp_path: Path, capfd: Captured
) -> None:
    (tmp_path / "in").mkdir()
    for name, size in (("good", (30, 20)), ("other", (20, 30))):
        Image.new("L", size, 99).save(tmp_path / "in" / f"{name}.png")
    mask = f"freq-mask:{drawn_mask(tmp_path / 'mask.png', 30, 20)}"
    assert run(["apply", mask, str(tmp_path / "in"), str(tmp_path / "out")]) == 1
    err = capfd.readouterr().err
    assert "mask.png is 30x20, but the spectrum 20x30; give a mask of 20x30" in err
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["good.png"]


def test_a_changed_mask_makes_outputs_anew(tmp_path: Path, capfd: Captured) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(noise(20, 30).array[..., 0]).save(tmp_path / "in" / "a.png")
    mask, out = drawn_mask(tmp_path / "mask.png", 30, 20), tmp_path / "out"
    words = ["apply", f"freq-mask:{mask}", str(tmp_path / "in"), str(out), "--update"]
    assert run(words) == 0
    first = (out / "a.png").read_bytes()
    capfd.readouterr()
    assert run(words) == 0 and "kept" not in capfd.readouterr().err
    drawn_mask(mask, 30, 20, reach=2)
    assert run(words) == 0 and "kept" in capfd.readouterr().err
    assert (out / "a.png").read_bytes() != first


def test_a_mask_is_not_overwritten(tmp_path: Path, capfd: Captured) -> None:
    mask = str(drawn_mask(tmp_path / "mask.png", 512, 512))
    before = Path(mask).read_bytes()
    for command in ("apply", "show"):
        places = [CAMERA, mask] if command == "apply" else [mask]
        assert run([command, f"freq-mask:{mask}", *places]) == 2
        assert "of this run" in capfd.readouterr().err
    assert Path(mask).read_bytes() == before


def test_a_drawn_mask_is_shown_and_planned(tmp_path: Path, capfd: Captured) -> None:
    mask = drawn_mask(tmp_path / "mask.png", 40, 40)
    assert run(["show", f"freq-mask:{mask}", "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)["mask"]
    assert (shown["kind"], shown["picture"], shown["size"]) == ("picture", str(mask), [40, 40])
    assert shown["kept"][:6] == [1, 0.5, 0.5, 0.5, 0.5, 0]
    assert run(["show", f"freq-mask:{mask}", str(tmp_path / "figure.png")]) == 0
    assert run(["plan", f"freq-mask:{mask}", "40x40x1", "--json"]) == 0
    (step,) = json.loads(capfd.readouterr().out)["steps"]
    assert step["kernels"][0]["kept"] == 49
    assert run(["plan", f"freq-mask:{mask}", "40x50"]) == 2
