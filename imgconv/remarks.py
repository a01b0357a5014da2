"""What is noted of how a picture came out: for people, and for the report."""

from __future__ import annotations

from imgconv.formats import Format
from imgconv.outcome import Outcome

# When more of the values than this were clipped, a person is told.
MUCH_CLIPPED = 0.01


def note_clipping(outcome: Outcome, share: float) -> None:
    """Tell that much was clipped, as another range rule would have shown it."""
    if share > MUCH_CLIPPED:
        outcome.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped; "
            "--range abs, offset or stretch would show them"
        )


def note_lost_frames(outcome: Outcome, count: int, target: Format) -> None:
    """Tell that a format holds but one of ``count`` frames."""
    outcome.notes.append(f"{target.name} holds one frame; {count - 1} more were left out")
