"""The files of numbers and sounds that the examples of ``imgconv sequence`` read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imgconv.formats.sounds.wav import Sound, wav_bytes


def write_examples(folder: Path) -> None:
    """Write in.wav, and a row of levels as data.csv and row.txt, into a folder."""
    rng = np.random.default_rng(5)
    row = rng.integers(0, 256, 512).tolist()
    (folder / "data.csv").write_text("".join(f"{value}\n" for value in row))
    (folder / "row.txt").write_text(" ".join(map(str, row)))
    tone = np.sin(np.arange(4000) / 10)[:, None]
    (folder / "in.wav").write_bytes(wav_bytes(Sound(tone, 8000, 2))[0])
