"""Arithmetic that explains: plain float64 NumPy, nothing compiled, nothing drawn or printed."""
