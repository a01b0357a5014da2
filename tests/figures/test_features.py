from __future__ import annotations

import numpy as np

from imgconv.figures.features import draw_features


def test_a_sheet_has_a_tile_for_each_feature() -> None:
    sheet = draw_features(np.stack([np.eye(8), -np.eye(8), np.zeros((8, 8))]))
    assert sheet.shape == (2 * 88 + 8, 2 * 88 + 8)
    tiles = [sheet[8:88, 8:88], sheet[8:88, 96:176], sheet[96:176, 8:88]]
    assert [tile[0, 0] for tile in tiles] == [255, 0, 128] and tiles[0][0, -1] == 128
