"""Run every command line of README.md and docs/, and compare what they say with what happens.

    python -m checks.commands [PAGE...]

The lines of a page run one after the other, in a folder with the pictures that the pages name. A
line in an indented block is a command, and so is one in a table; it must end with exit code 0.
Where it begins with ``$``, the lines below it are its output, in which ``...`` stands for anything.
Examples of Python are doctests. Lines that install, build or only show a form are left out, and
counted.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from tests.support.sequences import write_examples

TOP = Path(__file__).parent.parent

# Lines that begin so are tried by .ci/run or by hand: they install, or need a service.
NOT_RUN: tuple[str, ...] = ("pip ", "pipx ", "uv ", "docker ", "python3 -m venv", ". .venv")
NOT_RUN += ("eval ", "source ", "imgconv completion", "man ")

# Pages of which other programs check the lines, and those that are no instructions.
LEFT_OUT = ("coming-from/", "performance-notes", "benchmarks", "faithful", "architecture")

# Differences that only rounding makes are others on another machine.
ROUNDING = re.compile(r"\d(\.\d)?e-1\d")

_RUNS = re.compile(r"^((cat|ffmpeg) .*)?\bimgconv (?!=)|^ffprobe ")

_KERNEL = """[[kernel]]
grid = \"\"\"
-1  0  0
 0  3  0
 0  0 -1
\"\"\"
"""


class Line(NamedTuple):
    """A command line, and the output that the page shows, None if it shows none."""

    command: str
    output: str | None


def blocks(text: str) -> Iterator[list[str]]:
    """Yield the lines of each indented or fenced block, without indent, and commands in tables."""
    block: list[str] = []
    fence = False
    for line in [*text.splitlines(), "end"]:
        if line.startswith("|"):
            yield from ([command] for command in re.findall("`(imgconv [^`]+)`", line))
        elif line.startswith("```"):
            fence = not fence
        elif fence or line.startswith("    "):
            block.append(line if fence else line[4:])
        elif line.strip() or not block:
            if block:
                yield block
            block = []
        else:
            block.append("")


def lines(block: list[str]) -> Iterator[Line]:
    whole = re.sub(r"\|\n +", "| ", "\n".join(block))  # a pipe goes on in the next line
    plain, *shown = re.split(r"(?m)^\$ ", whole)
    for line in plain.splitlines():
        if line and not line.startswith((">>>", "...", " ")):
            yield Line(line, None)
    for part in shown:
        command, _, output = part.partition("\n")
        yield Line(command, output.strip())


def make_pictures(folder: Path) -> None:
    """Make the pictures that the pages name."""
    shutil.copytree(TOP / "sample_images", folder / "sample_images")
    shutil.copytree(TOP / "sample_images", folder, dirs_exist_ok=True)
    cat = Image.open(TOP / "sample_images" / "chelsea.png").convert("RGB")
    turned = Image.Exif()
    turned[0x0112] = 6
    for name in ("photo.jpg", "in.jpg", "night.jpg", "cover.jpg", "photos/a.jpg", "photos/b.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        cat.save(folder / name, quality=92)
    cat.save(folder / "portrait.jpg", exif=turned)
    cat.save(folder / "in.png")
    cat.save(folder / "map.tif")
    (folder / "my-kernel.toml").write_text(_KERNEL, encoding="utf-8")
    mask = Image.new("L", cat.size)
    ImageDraw.Draw(mask).ellipse((100, 40, 300, 220), fill=255)
    mask.save(folder / "mask.png")
    sprite = cat.copy()
    sprite.putalpha(mask)
    sprite.save(folder / "sprite.png")
    gray = np.asarray(cat.convert("L")).astype(np.uint16) * 257
    Image.fromarray(gray).save(folder / "scan16.png")
    Image.fromarray(gray).save(folder / "scan16.tif")
    frames = [cat.resize((90, 60)).rotate(30 * number) for number in range(4)]
    for name in ("banner.gif", "film.gif"):
        frames[0].save(folder / name, save_all=True, append_images=frames[1:], duration=80)
    write_examples(folder)
    if shutil.which("ffmpeg"):
        make_clip(folder / "clip.mp4")
        shutil.copy(folder / "clip.mp4", folder / "in.mp4")


def make_clip(path: Path) -> None:
    """Make a film of a second with a sound."""
    sources = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=30", "-f", "lavfi", "-i", "sine"]
    command = ["ffmpeg", "-v", "error", *sources, "-t", "1", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)


def check_page(page: Path) -> tuple[int, int, list[str]]:
    """Return how many lines ran and were left out, and what went wrong."""
    with tempfile.TemporaryDirectory() as name:
        return check_lines(page.read_text(encoding="utf-8"), Path(name))


def check_lines(text: str, folder: Path) -> tuple[int, int, list[str]]:
    """Run the lines of a page in an empty folder, which then holds what they have written."""
    ran, left_out = 0, 0
    wrong: list[str] = []
    make_pictures(folder)
    environment = environment_of(folder)
    for block in blocks(text):
        if "[[kernel]]" in block:
            for path in set(re.findall(r"\./([\w-]+\.toml)", text)):
                (folder / path).write_text("\n".join(block) + "\n", encoding="utf-8")
            continue
        if block[0].startswith("import "):
            ran += 1
            wrong += run_python(block)
            continue
        for line in lines(block):
            if not _RUNS.match(line.command) or is_not_run(line.command):
                left_out += bool(re.match(r"[a-z.$]", line.command))
                continue
            ran += 1
            wrong += check_line(line, folder, environment)
    return ran, left_out, wrong


def environment_of(folder: Path) -> dict[str, str]:
    """Return an environment with this imgconv on the PATH, and none of the user's own files."""
    tools = folder / ".tools"
    tools.mkdir()
    script = tools / "imgconv"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imgconv "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    own = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    own |= {"XDG_CONFIG_HOME": str(tools), "IMGCONV_STATE_DIR": str(tools / "state")}
    return {**os.environ, **own, "COLUMNS": "100"}


def run_python(block: list[str]) -> list[str]:
    """Run lines of Python, which have a ``picture`` and an ``array``; return what went wrong."""
    with Image.open(TOP / "sample_images" / "chelsea.png") as image:
        picture = image.convert("RGB")
    try:
        exec("\n".join(block), {"picture": picture, "array": np.asarray(picture)})
    except Exception as error:
        return [f"{block}: {error!r}"]
    return []


def is_not_run(command: str) -> bool:
    """Whether a line does not run here; keys of a shell are tried by tests in real shells."""
    missing = () if shutil.which("ffmpeg") else ("ffmpeg", "ffprobe")
    return "<TAB>" in command or command.startswith((*NOT_RUN, *missing))


def check_line(line: Line, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    command = re.sub(r"\bffmpeg -i", "ffmpeg -y -v error -i", line.command)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        cwd=folder,
    )
    if done.returncode:
        yield f"{line.command}\n  ends with {done.returncode}: {done.stderr.strip()}"
    elif line.output is not None:
        said = done.stdout + done.stderr
        pattern = re.escape(ROUNDING.sub("~", line.output)).replace(re.escape("..."), ".*")
        shown = [ROUNDING.sub("~", text.strip()) for text in (said, done.stdout)]
        if not any(re.fullmatch(pattern, text, re.DOTALL) for text in shown):
            yield f"{line.command}\n  says:\n{said.strip()}\n  and not:\n{line.output}"


def check_python(page: Path) -> list[str]:
    """Return the examples of Python that give something else."""
    import imgconv  # the examples use this package, not an installed one

    assert Path(imgconv.__file__).is_relative_to(TOP), imgconv.__file__
    said: list[str] = []
    text = page.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return said


def is_left_out(page: Path) -> bool:
    return any(part in os.path.relpath(page, TOP) for part in LEFT_OUT)


def main(names: list[str]) -> int:
    pages = [Path(name) for name in names] or [TOP / "README.md", *sorted(TOP.glob("docs/**/*.md"))]
    if not names:
        pages = [page for page in pages if not is_left_out(page)]
    failed = False
    os.chdir(TOP)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # most lines are processes of their own
        for page, (ran, left_out, wrong) in zip(pages, pool.map(check_page, pages), strict=True):
            wrong += check_python(page)
            name = os.path.relpath(page, TOP)
            print(f"{name}: {ran} lines ran, {left_out} were left out, {len(wrong)} are wrong")
            print(*wrong, sep="\n", end="\n" * bool(wrong))
            failed |= bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
