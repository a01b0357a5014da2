"""What is explained, as text and for JSON: the picture, how a step filters it, and the place."""

from __future__ import annotations

from typing import Any

from imgconv.study.chain import Chain, Step
from imgconv.study.pixel import Explanation, Stage


def title(explanation: Explanation) -> str:
    """Return which filter is explained, and where."""
    count = len(explanation.chain.steps)
    which = f" (step {explanation.number} of {count})" if count > 1 else ""
    return f"{explanation.step.filter.name}{which} at x {explanation.x}, y {explanation.y}"


def facts(source: str, chain: Chain, border: str | None = None) -> str:
    """Return the picture, and how it is filtered, by default with the border of the settings."""
    pixels, settings = chain.pixels, chain.settings
    how = [f"border {border or settings.border.text}"]
    how += [f"extent {settings.extent}"] if settings.extent != "same" else []
    how += ["linear light"] if settings.linear else []
    letters = "".join(pixels.channels).upper()
    colours = {"L": "grey", "LA": "grey with alpha"}.get(letters, letters)
    return ", ".join([f"{source} ({pixels.width}x{pixels.height}, {colours})", *how])


def fact_fields(source: str, chain: Chain, step: Step) -> dict[str, Any]:
    """Return the picture, and how a step filters it, for JSON."""
    pixels, settings = chain.pixels, chain.settings
    return {
        "filter": step.filter.name,
        "input": source,
        "size": pixels.size,
        "maximum": pixels.maximum,
        "border": settings.border.text,
        "extent": settings.extent,
        "linear": settings.linear,
        "result_size": [step.width, step.height],
    }


def place_fields(explanation: Explanation) -> dict[str, Any]:
    """Return the number of the step, and the pixel of its result, for JSON."""
    number, count = explanation.number, len(explanation.chain.steps)
    return {"step": number, "steps": count, "at": [explanation.x, explanation.y]}


def stage_fields(stage: Stage) -> dict[str, Any]:
    return {"stage": stage.kind, "formula": stage.formula, "value": stage.value}
