"""What is noted of how a picture came out: for people, and for the report."""

from __future__ import annotations

from imgconv.formats import Format
from imgconv.outcome import Outcome, Ran
from imgconv.plan import Plan
from imgconv.request import Request

# When more of the values than this were clipped, a person is told.
MUCH_CLIPPED = 0.01


def note_plan(outcome: Outcome, plan: Plan) -> None:
    """Note which engines ran."""
    outcome.plan = [
        Ran(step.filter.name, tuple(todo.engine for todo in step.passes)) for step in plan.steps
    ]


def note_clipping(outcome: Outcome, request: Request, share: float) -> None:
    """Tell that much was clipped, where another range rule would have shown it."""
    if share > MUCH_CLIPPED and (request.settings.range or request.filters[-1].range) == "clamp":
        outcome.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped; "
            "--range abs, offset or stretch would show them"
        )


def note_lost_frames(outcome: Outcome, count: int, target: Format) -> None:
    """Tell that a format holds but one of ``count`` frames."""
    outcome.notes.append(f"{target.name} holds one frame; {count - 1} more were left out")
