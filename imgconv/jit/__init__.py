"""Numba loops to machine code, kept between runs; schedules of their calls."""
