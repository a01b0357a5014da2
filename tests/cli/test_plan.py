"""imgconv plan, as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv


def marked(message: str) -> list[str]:
    """The engines that a table of ``imgconv plan`` marks."""
    return [line.split()[1] for line in message.splitlines() if line.startswith("> ")]


def test_plan_shows_what_each_engine_would_cost(picture: Path, capfd: Captured) -> None:
    assert run(["plan", "gaussian:20,sobel", str(picture)]) == 0
    message, err = capfd.readouterr()
    assert err == ""
    lines = message.splitlines()
    assert lines[0] == f"{picture}: 17x12, 3 channels of uint8, on 1 thread"
    assert "gaussian, kernel of 161x161" in lines and "sobel, kernels 1 to 2 of 3x3" in lines
    assert len(marked(message)) == 2 and marked(message)[1] == "separable"
    assert {"separable", "direct"} < {line[2:].split()[0] for line in lines if line[2:].strip()}
    assert lines[-1].startswith("  in all ")
    assert max(map(len, lines[1:])) <= 80


def test_plan_takes_the_options_of_apply(capfd: Captured) -> None:
    def planned(*args: str) -> str:
        assert run(["plan", *args]) == 0
        return capfd.readouterr().out.partition("\n")[2]

    assert planned("gaussian", "--sigma", "20", "4000x3000") == planned("gaussian:20", "4000x3000")
    assert marked(planned("gaussian:20", "4000x3000")) == ["pyramid"]
    exact = planned("gaussian:20", "4000x3000", "--exact", "--tolerance", "0.3")
    assert exact == planned("gaussian:20", "4000x3000", "--tolerance", "0")
    assert marked(exact) == ["separable"]
    assert marked(planned("gaussian:20", "4000x3000", "--range", "stretch")) == ["separable"]
    assert marked(planned("gaussian:20", "4000x3000", "--engine", "direct")) == ["direct"]
    assert marked(planned("-1 0 1", "4000x3000", "--border", "wrap")) == ["direct"]
    assert planned("blur", "4000x3000", "--gray") == planned("blur", "4000x3000x1")
    assert planned("blur", "4000x3000", "--threads", "1") != planned("blur", "4000x3000x1")


def test_plan_prints_the_same_numbers_as_json(capfd: Captured) -> None:
    args = ["plan", "unsharp:20", "4000x3000", "--threads", "2"]
    assert run([*args, "--json"]) == 0
    message = json.loads(capfd.readouterr().out)
    assert run(args) == 0
    table = capfd.readouterr().out
    assert message["picture"] == {
        "source": "4000x3000",
        "width": 4000,
        "height": 3000,
        "channels": 3,
        "type": "uint8",
    }
    assert message["threads"] == 2
    kernels = [kernel for step in message["steps"] for kernel in step["kernels"]]
    assert [(kernel["width"], kernel["height"]) for kernel in kernels] == [(1, 1), (161, 161)]
    running = [engine for kernel in kernels for engine in kernel["engines"] if engine["runs"]]
    assert [engine["engine"] for engine in running] == marked(table)
    for kernel in kernels:
        seconds = [engine["seconds"] for engine in kernel["engines"]]
        assert seconds == sorted(seconds) and kernel["engines"][0]["runs"]
    total = message["total"]
    assert total["multiplications"] == sum(engine["multiplications"] for engine in running)
    assert total["seconds"] > sum(engine["seconds"] for engine in running)
    assert 0 <= total["error"] <= 0.5
    assert total["memory"] >= max(engine["memory"] for engine in running) > 0


def test_plan_says_exact_or_how_far_values_may_be_from_the_exact_ones(capfd: Captured) -> None:
    assert run(["plan", "sobel,gaussian:20", "4000x3000"]) == 0
    message = capfd.readouterr().out
    errors = [line.split()[-1] for line in message.splitlines() if line.startswith("> ")]
    assert errors[0] == "exact" and 0 < float(errors[1]) <= 0.5
    assert message.splitlines()[-1].split()[-1] == errors[1]


def test_plan_counts_the_values_of_the_result(capfd: Captured) -> None:
    def seconds(*args: str) -> float:
        assert run(["plan", "blur:100", "400x400", "--threads", "1", "--json", *args]) == 0
        return float(json.loads(capfd.readouterr().out)["total"]["seconds"])

    assert seconds("--extent", "full") == pytest.approx(seconds() * (600 / 400) ** 2)
    assert seconds("--extent", "valid") == pytest.approx(seconds() * (200 / 400) ** 2)


def test_plan_warns_where_apply_would_refuse(capfd: Captured) -> None:
    args = ["plan", "gaussian:120", "9000x9000", "--threads", "1"]
    assert run([*args, "--engine", "direct"]) == 0
    message = capfd.readouterr()
    assert marked(message.out) == ["direct"] and " hours" in message.out
    assert message.err.startswith("imgconv: this would take about") and "--patience" in message.err
    assert run(args) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["blur", "missing.png"], 1, "missing.png: there is no such file"),
        (["blur", "0x0"], 2, "no size of a picture"),
        (["gausian", "40x30"], 2, "did you mean gaussian"),
        (["blur", "40x30", "--engine", "steam"], 2, "no engine is called 'steam'"),
        (["blur", "40x30", "--tolerance", "nan"], 2, "no tolerance"),
        (["blur:20", "40x30", "--extent", "valid"], 2, "leaves nothing"),
        (["blur", "40x30", "60x40"], 2, "there is no place for '60x40'"),
    ],
)
def test_errors_of_plan_are_one_line(
    args: list[str], code: int, message: str, capfd: Captured
) -> None:
    assert run(["plan", *args]) == code
    printed = capfd.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and printed.out == ""


def test_plan_reads_the_header_of_a_piped_picture(picture: Path) -> None:
    done = imgconv("plan", "blur", "-", given=picture.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"-: 17x12, 3 channels of uint8")
