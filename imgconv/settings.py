"""What a person chooses beside the filters."""

from __future__ import annotations

from imgconv.border import Border
from imgconv.named_tuple import NamedTuple
from imgconv.plan import PATIENCE, TOLERANCE


class Settings(NamedTuple):
    """How filters are applied, whatever they are.

    ``range`` replaces the rule by which the last filter shows its result, ``channels`` the choice
    of channels to filter, ``engine`` the planner's choice. ``tolerance`` is how far a result may be
    from the exact one before it is rounded, in levels of 255; ``patience`` how many seconds of
    estimated work are too many. With ``straight_alpha`` filters that average do not weigh colour by
    alpha. With ``linear`` light is filtered in place of levels: what a kernel adds and a range rule
    shows is light then, counted up to the maximum of the picture.
    """

    border: Border = Border()
    extent: str = "same"
    range: str | None = None
    channels: frozenset[str] | None = None
    engine: str | None = None
    tolerance: float = TOLERANCE
    threads: int | None = None
    patience: float = PATIENCE
    straight_alpha: bool = False
    linear: bool = False
