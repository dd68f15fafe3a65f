"""The Chinese font of pictures, the same on every machine."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties
from pylopdf_fonts_zh_cn import sans_path, serif_path


@cache
def sans(size: float, bold: bool = False) -> FontProperties:
    """Return Noto Sans SC at `size` points; `bold` is drawn by a heavier outline, the package has one weight."""
    return FontProperties(fname=str(sans_path()), size=size, weight="bold" if bold else "normal")


@cache
def serif(size: float) -> FontProperties:
    """Return Noto Serif SC at `size` points, for titles."""
    return FontProperties(fname=str(serif_path()), size=size)
