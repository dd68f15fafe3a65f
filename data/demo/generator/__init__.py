"""Draws the fictional district 云麓区（虚构）: seeded, vectorised, the same bytes on every run."""
