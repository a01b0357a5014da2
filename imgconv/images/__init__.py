"""Pixels, modes, colour, depth, orientation."""
