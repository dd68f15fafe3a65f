"""Coordinates as people write them: decimal degrees, degrees-minutes-seconds, both numbers in one cell."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.read.values import Parsed, as_number, as_text

_SIGNS = str.maketrans(
    {"º": "°", "˚": "°", "度": "°", "′": "'", "’": "'", "‘": "'", "`": "'", "´": "'", "分": "'"}
    | {
        "″": '"',
        "”": '"',
        "“": '"',
        "〞": '"',
        "秒": '"',
        "，": ",",
        "、": ",",
        "；": ",",
        ";": ",",
    }
)
_SIDES = {"东经": "e", "经度": "e", "lng": "e", "lon": "e", "西经": "w"} | {
    "北纬": "n", "纬度": "n", "lat": "n", "南纬": "s"
}  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_ANGLE = (
    rf"(?:([nsew])\s*[:=]?\s*)?([-+]?{_NUMBER})\s*°?\s*"
    rf"(?:(?<=[°\s])({_NUMBER})\s*(?:'|\s)\s*(?:({_NUMBER})\s*(?:\"|'')?)?)?\s*([nsew](?![a-z]))?"
)
_ONE = re.compile(_ANGLE)
_PAIR = re.compile(rf"{_ANGLE}\s*(?:[,/|]\s*|\s+|(?<=[°'\"])|(?=[nsew]))\s*{_ANGLE}")
_MISSING = (np.nan, np.nan)
_LONGEST = 100  # longer text is no coordinate, and patterns take their time over blanks


def as_degrees(raw: pd.Series) -> Parsed:
    """Read one coordinate a cell: 113.32, 113°19′12″, 113度19分12秒, E113.32; also plain metres."""
    figures, bad = as_number(raw)
    if not bad.any():
        return figures, bad
    text = as_text(raw)[bad]
    figures = figures.copy()
    figures[bad] = [_angle_of(one) for one in text]
    return figures, bad & ~np.isfinite(figures.to_numpy(np.float64))


def as_pairs(raw: pd.Series) -> npt.NDArray[np.float64]:
    """Read two coordinates a cell, longitude first unless they are labelled; missing where a cell holds no two.

    Returns
    -------
    ndarray
        (n, 2): longitude and latitude (or x and y).
    """
    text = as_text(raw)
    found = {one: _pair_of(str(one)) for one in text.dropna().unique()}
    return np.array([found.get(one, _MISSING) for one in text], dtype=np.float64).reshape(-1, 2)


def _plain(text: str) -> str:
    flat = text[:_LONGEST].lower()
    for word, side in _SIDES.items():
        flat = flat.replace(word, side)
    flat = unicodedata.normalize("NFKC", flat.translate(_SIGNS)).translate(_SIGNS)
    return flat.strip("()[]<> ")


def _angle_of(text: str) -> float:
    match = _ONE.fullmatch(_plain(text))
    return np.nan if match is None else _degrees(*match.groups())[0]


def _pair_of(text: str) -> tuple[float, float]:
    flat = _plain(text)
    match = _PAIR.fullmatch(flat)
    if match is None:
        return _MISSING
    first, side = _degrees(*match.groups()[:5])
    second, other = _degrees(*match.groups()[5:])
    # two whole numbers apart by a blank are as likely degrees and minutes
    if not re.search(r"[,/|°nsew]", flat) and flat.count(".") < 2:
        return _MISSING
    return (second, first) if side in ("n", "s") or other in ("e", "w") else (first, second)


def _degrees(
    before: str | None, whole: str, minutes: str | None, seconds: str | None, after: str | None
) -> tuple[float, str]:
    """Add up one angle; with minutes the degrees are whole, and both smaller parts below sixty."""
    side = before or after or ""
    if minutes is not None and "." in whole:
        return np.nan, side
    parts = [float(minutes or 0.0), float(seconds or 0.0)]
    if max(parts) >= 60.0:
        return np.nan, side
    angle = abs(float(whole)) + parts[0] / 60.0 + parts[1] / 3600.0
    return (-angle if whole.startswith("-") or side in ("w", "s") else angle), side
