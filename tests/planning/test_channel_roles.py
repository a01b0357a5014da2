from __future__ import annotations

import pytest

from imgconv.errors import UsageError
from imgconv.kernels.library import find
from imgconv.planning.channel_roles import ChannelRoles
from imgconv.planning.settings import Settings
from tests.support.pictures import noise

(BLUR,), (SOBEL,) = find("blur"), find("sobel")


def roles(channels: str, chosen: str = "", straight: bool = False) -> ChannelRoles:
    settings = Settings(channels=frozenset(chosen) or None, straight_alpha=straight)
    return ChannelRoles.of(noise(2, 2, channels), settings)


def test_alpha_is_filtered_where_it_is_averaged_and_else_carried() -> None:
    assert roles("rgba").carried(BLUR) == [False] * 4
    assert roles("rgba").carried(SOBEL) == [False, False, False, True]
    assert roles("rgba", chosen="ga").carried(SOBEL) == [True, False, True, False]


def test_a_range_rule_changes_alpha_only_where_it_is_chosen() -> None:
    assert roles("la").without_range(BLUR) == [False, True]
    assert roles("la", chosen="la").without_range(BLUR) == [False, False]


def test_filters_that_average_weight_the_chosen_colours_by_alpha() -> None:
    assert roles("rgba").weighted(BLUR) == [True, True, True, False]
    assert roles("rgba", chosen="ga").weighted(BLUR) == [False, True, False, False]
    assert roles("rgba").weighted(SOBEL) is None
    assert roles("rgba", straight=True).weighted(BLUR) is None
    assert roles("rgb").weighted(BLUR) is None


def test_colours_stay_multiplied_between_filters_that_average() -> None:
    assert roles("la").stays_premultiplied(BLUR, [BLUR], False)
    assert not roles("la").stays_premultiplied(BLUR, [SOBEL], False)
    assert not roles("la").stays_premultiplied(BLUR, [], False)


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(UsageError, match=r"has no channel 'g'; its channels are l,a"):
        roles("la", chosen="g")
