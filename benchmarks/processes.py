"""Whole processes beside their peers, in turn (A B A B): ``python benchmarks/processes.py``.

Peers: ImageMagick, GraphicsMagick and vips (Debian's imagemagick, graphicsmagick, libvips-tools),
and the scripts in ``peers/`` (pillow; opencv-python-headless; pyvips with pyvips-binary; numba).
One that is missing is named and left out. All write JPEG of quality 90 with 4:2:0 subsampling, all
blur as exactly as this tool where they can be told to. Figures are medians, with all cores kept
awake; ``--only NAME`` runs one row.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measure.machine import cores_awake
from PIL import Image

PEERS = Path(__file__).parent / "peers"
SAMPLE = Path(__file__).parent.parent / "sample_images" / "hubble_deep_field.jpg"
IMGCONV = [str(Path(sys.executable).with_name("imgconv")), "apply"]
ONE_RUN = [sys.executable, "-I", "-S", f"{Path(__file__).parent}/measure/one_run.py"]
VIPS_OUT = "'OUT[Q=90,subsample_mode=on]'"
EXACT = ["--precision", "float", "--min-ampl", "0.001"]


@dataclass(frozen=True)
class Peer:
    """A way to do the work: ``needs`` is the program or module without which it is left out."""

    name: str
    needs: str
    command: str
    environment: tuple[tuple[str, str], ...] = ()

    def is_here(self) -> bool:
        return bool(shutil.which(self.needs) or importlib.util.find_spec(self.needs))


def script(name: str, module: str, words: str) -> Peer:
    return Peer(f"{name} script", module, f"{sys.executable} {PEERS / name}_script.py {words}")


def tool(words: str) -> Peer:
    return Peer("imgconv", "imgconv", f"{' '.join(IMGCONV)} {words} --quality 90 2>/dev/null")


@dataclass(frozen=True)
class Row:
    """One piece of work, done ``rounds`` times by each peer; IN and OUT stand for the files."""

    name: str
    peers: tuple[Peer, ...]
    prepare: Callable[[Path], Path]
    rounds: int = 9


def picture(width: int, height: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with Image.open(SAMPLE) as image:
            image.resize((width, height), Image.Resampling.BICUBIC).save(
                folder / "in.jpg", quality=90
            )
        return folder / "in.jpg"

    return make


def many(count: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        one = picture(1280, 960)(folder)
        (folder / "many").mkdir()
        for number in range(count):
            shutil.copy(one, folder / "many" / f"{number:04}.jpg")
        return folder / "many"

    return make


def film(folder: Path) -> Path:
    with Image.open(SAMPLE) as image:
        frame = np.asarray(image.convert("RGB").resize((1280, 720)))
    with (folder / "film.ppm").open("wb") as file:
        for number in range(300):
            file.write(b"P6\n1280 720\n255\n" + np.roll(frame, 7 * number, 1).tobytes())
    return folder / "film.ppm"


OPEN_AND_SAVE = script("pillow", "PIL", "0 IN OUT")
BLURRERS = (
    Peer("vips", "vips", f"vips gaussblur IN {VIPS_OUT} 2 {' '.join(EXACT)}"),
    Peer("ImageMagick", "convert", "convert IN -blur 0x2 -quality 90 -sampling-factor 4:2:0 OUT"),
    Peer("GraphicsMagick", "gm", "gm convert IN -blur 0x2 -quality 90 -sampling-factor 2x2 OUT"),
    script("pillow", "PIL", "2 IN OUT"),
    script("opencv", "cv2", "2 IN OUT"),
    script("pyvips", "pyvips", "2 IN OUT"),
    Peer("Pillow opens and saves", "PIL", OPEN_AND_SAVE.command),
)
COLD = (("IMGCONV_CACHE_DIR", "EMPTY"),)
ROWS = (
    Row(
        "640x480 sharpen",
        (
            tool("sharpen IN OUT"),
            script("numba", "numba", "IN OUT"),
            Peer("vips", "vips", f"vips sharpen IN {VIPS_OUT}"),
            Peer("Pillow opens and saves", "PIL", OPEN_AND_SAVE.command),
        ),
        picture(640, 480),
        21,
    ),
    Row("1280x960 gaussian:2", (tool("gaussian:2 IN OUT"), *BLURRERS), picture(1280, 960), 11),
    Row("4000x3000 gaussian:2", (tool("gaussian:2 IN OUT"), *BLURRERS), picture(4000, 3000), 7),
    Row(
        "first ever blur",
        (Peer("imgconv", "imgconv", f"{' '.join(IMGCONV)} blur IN OUT", COLD),),
        picture(640, 480),
        3,
    ),
    Row(
        "100 of 1280x960 gaussian:2",
        (
            tool("gaussian:2 IN OUT"),
            Peer("Pillow opens and saves, 2 threads", "PIL", OPEN_AND_SAVE.command),
            script("opencv", "cv2", "2 IN OUT"),
        ),
        many(100),
        15,
    ),
    Row(
        "100 of 1280x960 gaussian:2, slower peers",
        (
            tool("gaussian:2 IN OUT"),
            script("pyvips", "pyvips", "2 IN OUT"),
            script("pillow", "PIL", "2 IN OUT"),
            Peer(
                "xargs -P2 vips",
                "vips",
                "ls IN | xargs -P2 -I{} vips gaussblur IN/{} 'OUT/{}[Q=90,subsample_mode=on]' 2 "
                + " ".join(EXACT),
            ),
            Peer(
                "mogrify",
                "mogrify",
                "mogrify -path OUT -quality 90 -sampling-factor 4:2:0 -blur 0x2 IN/*.jpg",
            ),
        ),
        many(100),
        3,
    ),
    Row("1000 of 1280x960 gaussian:2", (tool("gaussian:2 IN OUT"),), many(1000), 1),
    Row(
        "300 frames of 1280x720 sobel",
        (
            Peer(
                "imgconv",
                "imgconv",
                f"cat IN | {' '.join(IMGCONV)} sobel - - 2>/dev/null | cat > /dev/null",
            ),
        ),
        film,
        5,
    ),
)


def once(peer: Peer, source: Path, folder: Path) -> tuple[float, float]:
    """Seconds, and the largest memory of one process in MB."""
    target = folder / ("out" if source.is_dir() else "out.jpg")
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
    empty = tempfile.mkdtemp(dir=folder)
    extra = {name: empty if value == "EMPTY" else value for name, value in peer.environment}
    command = peer.command.replace("IN", str(source)).replace("OUT", str(target))
    # The shell replaces itself by a single command, so that its memory is that command's.
    shell = command if "|" in command else f"exec {command}"
    result = folder / "result"
    subprocess.run(
        [*ONE_RUN, str(result), "sh", "-c", shell], env={**os.environ, **extra}, check=True
    )
    seconds, megabytes, code = map(float, result.read_text().split())
    if code:
        sys.exit(f"failed: {command}")
    return seconds, megabytes


def measure(row: Row) -> None:
    here = [peer for peer in row.peers if peer.is_here()]
    missing = [peer.name for peer in row.peers if peer not in here]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = row.prepare(folder)
        figures: dict[str, list[tuple[float, float]]] = {peer.name: [] for peer in here}
        for turn in range(row.rounds + (row.rounds > 1)):
            for peer in here:
                figure = once(peer, source, folder)
                if turn or row.rounds == 1:  # the first turn fills caches
                    figures[peer.name].append(figure)
    print(f"\n{row.name}" + (f" (missing: {', '.join(missing)})" if missing else ""))
    medians = {name: statistics.median(t for t, _ in found) for name, found in figures.items()}
    for name, found in figures.items():
        ratio = medians["imgconv"] / medians[name]
        memory = max(megabytes for _, megabytes in found)
        print(f"  {name:34} {medians[name] * 1000:9.1f} ms   x{ratio:5.2f}   {memory:6.0f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="run the rows whose name contains this")
    only = parser.parse_args().only
    # Without it Python compiles our modules anew in every run, which no installed tool does.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-m", "imgconv", "warm"], check=True)
    with cores_awake():
        for row in ROWS:
            if only in row.name:
                measure(row)
