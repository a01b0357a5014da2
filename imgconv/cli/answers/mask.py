"""A mask in the frequency domain as text and as JSON: the shares that it keeps along axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.cli.answers.tables import bars
from imgconv.kernels.frequency_mask import FrequencyMask
from imgconv.kernels.mask_picture import AnyMask, MaskPicture
from imgconv.study.numbers import number

# Frequencies of the table along an axis, in cycles a pixel.
_FREQUENCIES = np.arange(0, 0.501, 0.025)


def _profile(mask: AnyMask) -> NDArray[np.float64]:
    """Return the shares that are kept along the horizontal axis of the spectrum."""
    return np.broadcast_to(mask.weights(np.zeros(1), _FREQUENCIES), _FREQUENCIES.shape)


def mask_lines(mask: AnyMask) -> list[str]:
    """Return the shares as bars, a line for each frequency."""
    entries = [
        (f"  {frequency:.3f}", float(share))
        for frequency, share in zip(_FREQUENCIES, _profile(mask), strict=True)
    ]
    head = "  share that is kept, by cycles a pixel to the right"
    return [head, *bars(entries, [number(round(share, 4)) for _, share in entries])]


def mask_fields(mask: AnyMask) -> dict[str, Any]:
    """Return the mask for JSON: its parameters or its picture, and its profile."""
    own = _picture(mask) if isinstance(mask, MaskPicture) else _parameters(mask)
    return {
        "kind": mask.kind,
        **own,
        "frequencies": _FREQUENCIES.round(3),
        "kept": _profile(mask),
    }


def _picture(mask: MaskPicture) -> dict[str, Any]:
    return {"picture": mask.name, "size": mask.size}


def _parameters(mask: FrequencyMask) -> dict[str, Any]:
    return {
        "edge": mask.edge.name,
        "order": mask.edge.order,
        "cutoff": mask.cutoff,
        "low": mask.low,
        "high": mask.high,
        "centre": mask.centre,
    }
