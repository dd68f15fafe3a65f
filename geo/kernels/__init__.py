"""Numeric loops over plain arrays (numba, nogil): no tables, no geometry objects."""
