"""Kernels that are learnt from pictures, in float64: by least squares, or from their patches."""
