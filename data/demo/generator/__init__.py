"""Draws the fictional district 云麓区（虚构）: seeded, vectorised, the same bytes on every run."""

import geo  # noqa: F401  # settles how openpyxl writes before a module here imports it
