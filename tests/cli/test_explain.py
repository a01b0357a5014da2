"""imgconv explain, as a person meets it: its numbers are those that apply writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.images.orientation import SYMMETRIES
from tests.support.command_line import Captured, imgconv
from tests.support.covering import covering
from tests.support.pictures import noise


def explained(capfd: Captured, *args: str) -> dict[str, Any]:
    assert run(["explain", *args, "--json"]) == 0
    document: dict[str, Any] = json.loads(capfd.readouterr().out)
    return document


def stages(channel: dict[str, Any]) -> list[float]:
    """Return the values after each stage of a filter of one kernel."""
    (kernel,) = channel["kernels"]
    return [stage["value"] for stage in (*kernel["stages"], *channel["stages"])]


# Plain loops gave these numbers: sum, quotient, rounded, clamped.
KNOWN = {
    ("sharpen", "5,4"): [-199, 0],
    ("sharpen", "0,0"): [-128, 0],
    ("sharpen", "15,11"): [339, 255],
    ("1 2 1; 2 4 2; 1 2 1 /16", "5,4"): [1680, 105, 105],
    ("1 2 1; 2 4 2; 1 2 1 /16", "0,0"): [513, 32.0625, 32],
    ("1 2 1; 2 4 2; 1 2 1 /16", "15,11"): [2345, 146.5625, 147],
}


@pytest.mark.parametrize(("filter", "at"), KNOWN)
def test_known_sums(ramp: str, capfd: Captured, filter: str, at: str) -> None:
    kernel, slash, scale = filter.partition(" /")
    options = ["--scale", scale] if slash else []
    document = explained(capfd, kernel, ramp, "--at", at, *options)
    assert stages(document["channels"][0]) == KNOWN[filter, at]


def test_a_patch_is_what_lies_under_the_kernel(ramp: str, capfd: Captured) -> None:
    (kernel,) = explained(capfd, "sharpen", ramp, "--at", "5,4")["channels"][0]["kernels"]
    assert kernel["patch"] == [[177, 217, 1], [16, 57, 98], [111, 153, 195]]
    assert kernel["products"] == [[0, -217, 0], [-16, 285, -98], [0, -153, 0]]


def test_several_kernels_are_combined_with_their_numbers(ramp: str, capfd: Captured) -> None:
    channel = explained(capfd, "sobel", ramp, "--at", "5,4")["channels"][0]
    assert [kernel["stages"][-1]["value"] for kernel in channel["kernels"]] == [72, 0]
    assert channel["stages"][0] == {"stage": "combine", "formula": "sqrt(72² + 0²) =", "value": 72}
    assert channel["value"] == 72


def test_the_text_has_patch_kernel_products_and_stages(ramp: str, capfd: Captured) -> None:
    assert run(["explain", "sharpen", ramp, "--at", "5,4"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert out.splitlines() == [
        f"sharpen at x 5, y 4 of {ramp} (16x12, grey), border edge",
        "grey",
        "  177 217   1        0 -1  0         0 -217   0",
        "   16  57  98   x   -1  5 -1   =   -16  285 -98   sum -199",
        "  111 153 195        0 -1  0         0 -153   0   clamped 0",
    ]


@pytest.mark.parametrize("options", [["--at", "0,0"], ["--matrix"], ["--fourier"]])
@pytest.mark.parametrize("border", ["wrap", "constant:#ff8800"])
def test_json_names_the_border_with_its_colour(
    ramp: str, capfd: Captured, border: str, options: list[str]
) -> None:
    assert explained(capfd, "blur", ramp, *options, "--border", border)["border"] == border


def test_values_of_the_border_are_marked(ramp: str, capfd: Captured) -> None:
    assert run(["explain", "sharpen", ramp, "--at", "15,11"]) == 0
    patch = [line.split()[:3] for line in capfd.readouterr().out.splitlines()[2:]]
    assert patch == [["32", "79", "79*"], ["137", "185", "185*"], ["137*", "185*", "185*"]]


def test_a_large_kernel_shows_its_middle_and_says_so(ramp: str, capfd: Captured) -> None:
    assert run(["explain", "blur:7", ramp]) == 0
    assert "(the middle 11x11 of 15x15; the sum is of all)" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("orientation", "extent", "filter"),
    covering(SYMMETRIES, ["same", "valid", "full"], ["sharpen", "gaussian:1,sobel", "1 2 3 4"]),
)
def test_places_count_in_the_result_as_it_is_seen(
    tmp_path: Path, capfd: Captured, orientation: int, extent: str, filter: str
) -> None:
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(noise(17, 23, "rgb").array).save(source, exif=exif)
    options = ["--extent", extent, "--border", "wrap"]
    args = ["apply", filter, str(source), str(target), "--upright", "--exact", *options]
    assert run(args) == 0
    with Image.open(target) as image:
        written = np.asarray(image)
    capfd.readouterr()
    for x, y in ((0, 1), (written.shape[1] - 2, written.shape[0] - 1)):
        document = explained(capfd, filter, str(source), "--at", f"{x},{y}", *options)
        assert document["result_size"] == [written.shape[1], written.shape[0]]
        assert [channel["value"] for channel in document["channels"]] == written[y, x].tolist()


PLAIN_OPTIONS = [
    *([], ["--gray"], ["--normalize", "abs", "--flip"]),
    *(["--gray-by", rule] for rule in ("luma", "mean", "mean-max")),
]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("options", PLAIN_OPTIONS)
def test_a_picture_is_read_as_apply_reads_it(
    tmp_path: Path, capfd: Captured, mode: str, options: list[str]
) -> None:
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    if mode == "I;16":
        Image.fromarray(noise(9, 11, dtype="uint16").array[..., 0]).save(source)
    else:
        Image.fromarray(noise(9, 11, "rgba").array).convert(mode).save(source)
    assert run(["apply", "1 2;3 4", str(source), str(target), "--exact", *options]) == 0
    with Image.open(target) as image:
        written = np.asarray(image)
    capfd.readouterr()
    document = explained(capfd, "1 2;3 4", str(source), "--at", "3,4", *options)
    values = [channel["value"] for channel in document["channels"]]
    assert values == np.atleast_1d(written[4, 3]).tolist()


def test_steps_of_a_chain_read_unrounded_results(ramp: str, capfd: Captured) -> None:
    first = explained(capfd, "blur,sharpen", ramp, "--at", "5,4", "--step", "1")
    last = explained(capfd, "blur,sharpen", ramp, "--at", "5,4")
    assert (first["step"], last["step"], last["steps"]) == (1, 2, 2)
    patch = last["channels"][0]["kernels"][0]["patch"]
    assert patch[1][1] == first["channels"][0]["value"] == pytest.approx(1025 / 9)


def test_linear_light_has_rows_of_levels_and_of_light(ramp: str, capfd: Captured) -> None:
    channel = explained(capfd, "blur", ramp, "--at", "5,4", "--linear")["channels"][0]
    (kernel,) = channel["kernels"]
    assert kernel["levels"][1] == [16, 57, 98]
    assert kernel["patch"][1][1] == pytest.approx(255 * ((57 / 255 + 0.055) / 1.055) ** 2.4)
    assert [stage["stage"] for stage in channel["stages"]] == ["level", "round"]


def test_weights_of_a_colour_are_shares_of_alpha(tmp_path: Path, capfd: Captured) -> None:
    colours = [[(200, 0, 0, 255), (0, 0, 0, 0), (100, 0, 0, 127)]]
    path = tmp_path / "a.png"
    Image.fromarray(np.array(colours, np.uint8)).save(path)
    red, *_, alpha = explained(capfd, "1 1 1", str(path), "--normalize", "sum", "--at", "1,0")[
        "channels"
    ]
    weights = [255 / 382, 0, 127 / 382]
    np.testing.assert_allclose(red["kernels"][0]["weights"], [weights])
    assert red["kernels"][0]["patch"] == [[200, 0, 100]]
    assert stages(red) == [pytest.approx(63700 / 382), 167]
    assert stages(alpha) == [382, pytest.approx(382 / 3), 127]


def test_a_carried_channel_says_so(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(noise(5, 5, "rgb").array).save(path)
    red, green, _ = explained(capfd, "sharpen", str(path), "--channels", "g")["channels"]
    assert red["kernels"] == [] and [stage["stage"] for stage in red["stages"]] == [
        "carry",
        "round",
    ]
    assert len(green["kernels"]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "900,0"], "--at 900,0 lies outside 16x12; x goes to 15"),
        (["--at", "0,12"], "--at 0,12 lies outside 16x12; y goes to 11"),
        (["--at", "15,0", "--extent", "valid"], "--at 15,0 lies outside 12x8; x goes to 11"),
        (["--at", "5"], "'5' is not written as X,Y"),
        (["--at", "-1,0"], "'-1,0' is too small: at least 0 each"),
        (["--at"], "--at needs a value; explain this pixel of the result (default: the middle)"),
        (["--step", "3"], "--step 3 of a chain of 2; steps are counted from 1"),
        (["--step", "0"], "--step 0 of a chain of 2; steps are counted from 1"),
        (["--channels", "r"], "the picture has no channel 'r'; its channels are l"),
    ],
)
def test_a_wrong_request_is_one_line(
    ramp: str, capfd: Captured, options: list[str], message: str
) -> None:
    assert run(["explain", "blur,sharpen", ramp, *options]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_another_order_is_answered_by_the_line_that_was_meant(ramp: str, capfd: Captured) -> None:
    for words, meant in (
        ([ramp, "blur"], f"write imgconv explain blur {ramp}"),
        (["gaussian", "2", ramp], f"write imgconv explain gaussian:2 {ramp}"),
    ):
        assert run(["explain", *words]) == 2
        assert meant in capfd.readouterr().err


def test_a_small_picture_is_explained_as_a_kernel(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    Image.new("L", (3, 3), 2).save(tmp_path / "k.png")
    (kernel,) = explained(capfd, str(tmp_path / "k.png"), ramp)["channels"][0]["kernels"]
    assert kernel["weights"] == [[2, 2, 2]] * 3


def test_one_of_several_frames_must_be_chosen(tmp_path: Path, capfd: Captured) -> None:
    path = str(tmp_path / "film.gif")
    frames = [Image.fromarray(noise(4, 5).array[..., 0] // (n + 1)) for n in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert run(["explain", "blur", path]) == 2
    assert "3 frames; choose one with --frame, the first is 0" in capfd.readouterr().err
    assert explained(capfd, "blur", path, "--frame", "2")["size"] == [5, 4]


def test_standard_input_is_explained_without_a_compiler(ramp: str) -> None:
    code = (
        "import sys; from imgconv.cli.run import run; code = run(sys.argv[1:]);"
        "assert not {'numba', 'llvmlite', 'matplotlib'} & {*sys.modules}; sys.exit(code)"
    )
    done = imgconv("explain", "gaussian:2,sobel", "-", given=Path(ramp).read_bytes())
    assert done.returncode == 0 and done.stdout.startswith(b"sobel (step 2 of 2) at x 8, y 6 of -")
    args = [sys.executable, "-c", code, "explain", "gaussian:2,sobel", ramp]
    subprocess.run(args, check=True, capture_output=True)


def test_what_rounding_leaves_of_zero_is_zero(tmp_path: Path, capfd: Captured) -> None:
    Image.new("L", (9, 9), 110).save(tmp_path / "flat.png")
    document = explained(capfd, "unsharp:0.6", str(tmp_path / "flat.png"))
    _, detail = document["channels"][0]["kernels"]
    assert [stage["value"] for stage in detail["stages"]] == [0]
