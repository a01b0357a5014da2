"""Kernels, filters, borders, extents, the library, dialects, generators."""
