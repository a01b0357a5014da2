"""The figure of a mask in the frequency domain: the mask itself, and a profile along an axis."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from imgconv.figures.colours import EMPHASIS, FAINT, LINE
from imgconv.figures.style import TITLE, new_figure
from imgconv.figures.text import shortened
from imgconv.kernels.mask_picture import AnyMask, MaskPicture

_WIDTH, _HEIGHT = 900, 440

# Frequencies along a side of the picture of the mask, and along the profile.
_SIDE, _STEPS = 513, 1001


def draw_mask(title: str, mask: AnyMask) -> Figure:
    """Return the figure; white keeps a frequency, black removes it."""
    figure = new_figure(_WIDTH, _HEIGHT)
    heading = shortened(title, _WIDTH - 60, TITLE)
    figure.text(30 / _WIDTH, 1 - 28 / _HEIGHT, heading, fontsize=TITLE, va="center")
    across = np.linspace(-0.5, 0.5, _SIDE)
    weights = np.broadcast_to(mask.weights(across[:, None], across), (_SIDE, _SIDE))
    picture = figure.add_axes((0.09, 0.14, 0.36, 0.72))
    picture.imshow(weights, cmap="gray", vmin=0, vmax=1, extent=(-0.5, 0.5, 0.5, -0.5))
    picture.spines[["top", "right"]].set_visible(True)  # a white mask has no edge of its own
    picture.set_title("white is kept, black removed", loc="left", color=FAINT)
    picture.set_xlabel("cycles a pixel to the right")
    picture.set_ylabel("cycles a pixel down")
    picture.set_xticks([-0.5, -0.25, 0, 0.25, 0.5])
    picture.set_yticks([-0.5, -0.25, 0, 0.25, 0.5])
    profile = figure.add_axes((0.58, 0.14, 0.38, 0.72))
    right, down = _direction(mask)
    frequency = np.linspace(0, 0.5, _STEPS)
    kept = [float(mask.weights(np.array([f * down]), np.array([f * right]))[0]) for f in frequency]
    profile.plot(frequency, kept, color=EMPHASIS)
    profile.set_xlim(0, 0.5)
    profile.set_ylim(-0.03, 1.03)
    profile.set_yticks([0, 0.25, 0.5, 0.75, 1])
    profile.grid(color=LINE)
    profile.set_xlabel(f"cycles a pixel {_towards(mask)}")
    profile.set_ylabel("share that is kept")
    return figure


def _towards(mask: AnyMask) -> str:
    if isinstance(mask, MaskPicture):
        return "to the right"
    return "towards the notch" if mask.kind == "notch" else "from the middle"


def _direction(mask: AnyMask) -> tuple[float, float]:
    """Return the direction of the profile, to the right and down, of length 1."""
    if isinstance(mask, MaskPicture) or mask.kind != "notch":
        return 1.0, 0.0
    fx, fy = mask.centre
    length = float(np.hypot(fx, fy)) or 1.0
    return fx / length, fy / length
