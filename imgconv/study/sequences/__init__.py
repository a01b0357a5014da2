"""Arithmetic of sequences: the same convolution in one dimension."""
