"""The known words nearest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Up to ``most`` of ``known``, the nearest first; none where none is near."""
    # Imported here, since only who mistypes has to wait for it.
    from difflib import get_close_matches

    return get_close_matches(word, list(known), most, 0.5)
