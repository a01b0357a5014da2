"""What masks of frequencies keep, in words."""

from imgconv.batch.kept_frequencies import notes
from imgconv.execution.frequencies import Kept


def test_the_frames_of_a_file_have_one_text_for_each_mask_and_size() -> None:
    frames = [
        [Kept(5, 20, (90, 100, 8, 10)), Kept(20, 20, (7, 7, 0, 0))],
        [Kept(5, 20, (95, 100, 8, 10)), Kept(20, 20, (0, 0, 0, 0))],
        [Kept(5, 20, (0, 0, 0, 0)), Kept(20, 20, (7, 7, 0, 0))],
        [Kept(3, 12, (60, 100, 1, 3))],
    ]
    assert notes(frames) == [
        "kept 5 of 20 frequencies (black to circle 3.0 to 1), "
        "90.0 to 95.0 % of the energy, 80.0 % without the mean",
        "kept 20 of 20 frequencies, 100.0 % of the energy",
        "kept 3 of 12 frequencies (black to circle 3.0 to 1), "
        "60.0 % of the energy, 33.3 % without the mean",
    ]
    assert notes([]) == []


def test_a_mask_that_keeps_a_little_is_told_by_number_and_energy() -> None:
    assert notes([[Kept(8245, 262144, (0.9905, 1, 0.9615, 1))]]) == [
        "kept 8,245 of 262,144 frequencies (black to circle 30.8 to 1), "
        "99.1 % of the energy, 96.2 % without the mean"
    ]
