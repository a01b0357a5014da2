"""Shell completion: the values that are offered, and the answers to scripts of shells."""
