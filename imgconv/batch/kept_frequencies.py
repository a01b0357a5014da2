"""What masks of frequencies keep, in words for people: how many frequencies, and which energy."""

from collections.abc import Iterable, Sequence

from imgconv.execution.frequencies import Kept


def in_words(kept: Kept) -> str:
    """Return the number of frequencies, as a part of a sentence."""
    text = f"{kept.number:,} of {kept.size:,} frequencies"
    if 0 < 2 * kept.number <= kept.size:
        text += f" (black to circle {kept.size / kept.number - 1:.1f} to 1)"
    return text


def notes(frames: Iterable[Sequence[Kept]]) -> list[str]:
    """Return what was kept of all frames of a file, each of which has passed the same masks.

    There is a text for each mask and size of a frame, with the range of the shares of energy.
    """
    found: dict[tuple[int, str], list[tuple[float, ...]]] = {}
    for kept in frames:
        for mask, each in enumerate(kept):
            found.setdefault((mask, in_words(each)), []).append(each.energies)
    return [_kept(number, energies) for (_, number), energies in found.items()]


def _kept(number: str, energies: list[tuple[float, ...]]) -> str:
    kept, whole, kept_rest, rest = zip(*energies, strict=True)
    text = f"kept {number}"
    if any(whole):
        text += f", {_percent(kept, whole)} of the energy"
    if any(rest):
        text += f", {_percent(kept_rest, rest)} without the mean"
    return text


def _percent(parts: Sequence[float], wholes: Sequence[float]) -> str:
    """Return the shares as ``99.1 %``, or as ``98.2 to 99.1 %`` where they differ."""
    shares = [part / whole for part, whole in zip(parts, wholes, strict=True) if whole]
    ends = dict.fromkeys(f"{100 * share:.1f}" for share in (min(shares), max(shares)))
    return f"{' to '.join(ends)} %"
