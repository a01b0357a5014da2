"""Shell completion: the values that are offered, and the answers to scripts of shells."""

from imgconv.cli.completion.values import complete_border as complete_border
from imgconv.cli.completion.values import complete_filter as complete_filter
