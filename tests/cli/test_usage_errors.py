"""Options, values and arguments that a command does not have, answered in one line each."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from imgconv.cli import usage_errors
from imgconv.cli.apply import apply
from imgconv.cli.match import match
from imgconv.cli.run import run
from tests.support.command_line import Captured, answer_to

# Lines with a wrong option, value or argument, and the words of the answer.
ANSWERS = {
    "apply gaussian --radius 2 a.png b.png": "no option is called '--radius'; write --sigma",
    "apply blur --sigma 2 a.png b.png": "no option is called '--sigma'; write --radius",
    "apply blur,sharpen --strength 2 a.png b.png": "write --amount",
    "apply blur a.png b.png --grey": "no option is called '--grey'; write --gray",
    "apply blur a.png b.png --boder edge": "did you mean '--border'?",
    "apply unsharp a.png b.png --amont 2": "did you mean '--amount'?",
    "apply blur a.png b.png -r": "leave it out, as a folder is taken with its subfolders",
    "apply blur a.png b.png --recursive": "as a folder is taken with its subfolders",
    "apply blur a.png b.png --repeat x": "--repeat: 'x' is no whole number; apply FILTER N times",
    "match a.png a.png --threshold x": "--threshold: 'x' is no number; keep places whose score",
    "plan blur a.png --grey": "write --gray",
    "plan blur a.png --qqq": "blur takes --radius, --radius-y; 'imgconv plan --help' lists all",
    "plan blur a.png --recursive": "no option is called '--recursive'; blur takes --radius",
    "match a.png a.png --method x": "no option is called '--method'; write --by",
    "match a.png a.png --treshold 1": "called '--treshold'; did you mean '--threshold'?",
    "match --sigma 2 gaussian a.png": "called '--sigma'; 'imgconv match --help' lists all",
    "sequence d6 --recursive": "called '--recursive'; 'imgconv sequence --help' lists all",
    "cache --qqq": "no option is called '--qqq'; 'imgconv cache --help' lists all",
    "--qqq": "no option is called '--qqq'; 'imgconv --help' lists all",
    "apply gauss --sigma 2 a.png b.png": "no filter is called 'gauss'; write gaussian",
    "apply blur,blurr --sigma 2 a.png b.png": "called 'blurr'; did you mean blur?",
    "apply a.png blur b.png --wat": "no option is called '--wat'",
    "apply --edge gaussian freq-low a.png b.png": "apply freq-low --edge gaussian a.png b.png",
    "apply blur a.png b.png --resize 50%": "that is no convolution: see ImageMagick's -resize",
    "apply blur a.png b.png --angle 5": "no option is called '--angle'; blur takes --radius",
    "apply blur a.png --outdir b": "no option is called '--outdir'; write --output FOLDER/",
    "apply blur a.png --prefix x": "called '--prefix'; write -o 'TEXT{name}.{ext}'",
    "apply blur a.png b.png --repeat 0": "--repeat: 0 lies outside 1 to 10000; apply FILTER",
    "completion --shell zsh": "no option is called '--shell'; 'imgconv completion --help' lists",
    "apply blur a.png -i": "called '-i'; write --in-place to replace INPUT, which has no option",
    "apply a.png b.png --gaussian 2": "write imgconv apply gaussian INPUT OUTPUT",
    "apply a.png -gauss 0x2 b.png": "called '-gauss'; write imgconv apply gaussian INPUT OUTPUT",
    "--blur a.png b.png": "no option is called '--blur'; write imgconv apply blur INPUT OUTPUT",
    "apply blur a.png b.png --sharpen": "join filters by commas, as blur,sharpen",
    "-q apply blur a.png b.png": "write it behind the command: imgconv apply FILTER INPUT",
    "show blur --grey": "no option is called '--grey'; blur takes --radius",
    "cache clear": "there is no place for 'clear'; write imgconv cache --clear",
    "apply blur a.png b.png --cval 9": "write --border constant:COLOUR",
    "apply blur a.png b.png --stride 2": "leave it out, as every pixel gets a result",
    "apply blur a.png b.png --webp": "no option is called '--webp'; write --format webp",
    "apply blur a.png b.png -V": "no option is called '-V'; write imgconv --version",
    "apply blur a.png b.png -qx": "no option is called '-x'",
    "apply blur a.png b.png --threads auto": "use N cores (default: all)",
    "apply blur a.png b.png -j 0": "--jobs: 0 is less than 1; filter up to N pictures",
    "apply blur a.png b.png --extent crop": "one of 'same', 'valid', 'full'; choose how large",
    "apply blur a.png b.png --normalize": "--normalize needs a value; rescale the weights (default",
    "apply blur a.png b.png --quiet=yes": "--quiet takes no value; print errors only",
    "apply blur": "INPUT... OUTPUT is missing (- is a pipe); write imgconv apply FILTER INPUT",
    "completion": "is missing; write imgconv completion {bash|zsh|fish}",
    "completion csh": "'csh' is not one of 'bash', 'zsh', 'fish'; write imgconv completion {bash",
    "help apply blur": "there is no place for 'blur'; write imgconv help [COMMAND|FILTER]",
    "warm a b": "there is no place for 'a b'; write imgconv warm",
}

# Lines with an option of another tool, which are right with the one that is offered.
REPAIRED = [
    "apply blur a.png b.png --grey",
    "apply blur a.png b.png --force",
    "apply blur a.png b.png -y",
    "apply blur a.png --out b.png",
    "apply blur a.png b.png --padding wrap",
    "apply blur a.png b.png --border-mode wrap",
    "apply blur a.png b.png --iterations 2",
    "apply blur a.png b.png --divisor 9",
    "apply blur a.png b.png --bias 9",
    "apply blur a.png b.png --opacity 50%",
    "apply blur a.png b.png --crop 1,1,4x4",
    "apply blur a.png b.png --workers 1",
    "apply blur a.png b.png --radius_y 2",
    "apply gaussian a.png b.png --std 2",
    "apply gaussian a.png b.png -sigma 2",
    "apply gaussian a.png b.png -Sigma=2",
]


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize(("line", "answer"), ANSWERS.items(), ids=str)
def test_a_line_is_answered_by_the_right_words(line: str, answer: str, capfd: Captured) -> None:
    assert answer in answer_to(line, capfd)
    assert not Path("b.png").exists()


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize("line", REPAIRED)
def test_the_option_that_is_offered_repairs_the_line(line: str, capfd: Captured) -> None:
    said = answer_to(line, capfd)
    found = re.search(r"called '(\S+)'; (?:write|did you mean) '?(--[\w-]+)", said)
    assert found and run(shlex.split(line.replace(found[1], found[2]))) == 0
    assert Path("b.png").exists()


@pytest.mark.usefixtures("a_picture")
@pytest.mark.parametrize("name", ["-x.png", "--gray.png"])
def test_a_picture_that_begins_as_an_option_is_answered_by_its_path(
    name: str, capfd: Captured
) -> None:
    Path("a.png").rename(name)
    assert answer_to(f"apply blur {name} b.png", capfd).endswith(f"; write ./{name}")
    assert run(["apply", "blur", f"./{name}", "b.png"]) == 0


def test_every_option_of_the_table_is_one_of_apply_or_match() -> None:
    known = {name for parameter in [*apply.params, *match.params] for name in parameter.opts}
    written = {remedy.split()[0] for remedy in usage_errors.OPTIONS if remedy.startswith("--")}
    assert written <= known
    names = [name for names in usage_errors.OPTIONS.values() for name in names.split()]
    assert len(names) == len({*names})
    assert not {*names} & known
