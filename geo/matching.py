"""Names and addresses looked up: as written, folded, then nearly, with a score; numbers must always agree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from rapidfuzz import fuzz, process

from geo.names import fold

THRESHOLD = 0.90  # similarity below which a name is another name
SAME_PLACE_M = 50.0  # places of one name nearer than this are one
_SHORTLIST = 8
_IN_ADDRESS = 4  # characters a name needs to be recognised inside an address
# what tells one building from the next in a name: figures, letters, directions, counting words
_MARKS = re.compile(r"[0-9a-z东西南北甲乙丙丁一二三四五六七八九十]+")
_BEFORE = re.compile(
    r"^(?:[^省市区县]{2,4}省)?(?:[^市区县]{2,4}市)?(?:[^区县路街巷]{1,4}[区县])?(?:[^路街巷里]{1,4}街道)?"
)
_WITHIN = re.compile(
    r"(?:[a-z]?[-\d]+|[一二三四五六七八九十]+|首|负[一二三\d]|地下)(?:楼|层|室|房|铺|单元).*$"
)
_REMARK = re.compile(r"[(（【\[].*?[)）】\]]")
_BESIDE = re.compile(r"旁|对面|附近|侧|路口|斜对|交界|交叉|以[东西南北]|隔壁")


@dataclass(frozen=True)
class Found:
    """One place found.

    Attributes
    ----------
    row
        Among the candidates; -1 for none.
    how
        ``exact``, ``folded``, ``inside`` (the name stands in an address), ``fuzzy``; ``several`` where places of the
        name lie apart, ``none``.
    score
        Similarity from 0 to 1; the best there was where nothing was found.
    text
        The name or address of the place.
    """

    row: int
    how: str
    score: float = 0.0
    text: str = ""


NOTHING = Found(-1, "none")


def plain_address(text: str) -> str:
    """Fold an address: without city, district and sub-district before it, floor, room and remarks behind it.

    Examples
    --------
    >>> plain_address("广州市云麓区云麓路 208 号 12 楼（电梯旁）")
    '云麓路208号'
    """
    flat = fold(_REMARK.sub("", text))
    bare = _WITHIN.sub("", _BEFORE.sub("", flat))
    return bare or flat


class Directory:
    """Places by name or address.

    Parameters
    ----------
    texts
        What each place is called.
    points
        Where it is, metres.
    addresses
        Whether `texts` are addresses.
    """

    def __init__(
        self, texts: Sequence[str], points: np.ndarray, *, addresses: bool = False
    ) -> None:
        self._texts = list(texts)
        self._points = points
        self._fold = plain_address if addresses else fold
        self._written: dict[str, list[int]] = {}
        for row, text in enumerate(self._texts):
            self._written.setdefault(text.strip(), []).append(row)

    @cached_property
    def _folded(self) -> dict[str, list[int]]:
        folded: dict[str, list[int]] = {}
        for row, text in enumerate(self._texts):
            folded.setdefault(self._fold(text), []).append(row)
        return folded

    @cached_property
    def _near(self) -> dict[str, dict[str, str]]:
        """Folded names by what must agree exactly, then by the rest."""
        near: dict[str, dict[str, str]] = {}
        for key in self._folded:
            bare, marks = _parted(key)
            near.setdefault(marks, {})[key] = bare
        return near

    def find_written(self, text: str, within: shapely.Geometry | None = None) -> Found:
        """Find the one place called exactly so."""
        rows = self._written.get(text.strip())
        return self._one(rows, "exact", 1.0, within) if rows else NOTHING

    def find(self, text: str, within: shapely.Geometry | None = None) -> Found:
        """Find the one place that `text` means.

        Parameters
        ----------
        within
            Area it must lie in or beside, where the sub-district is known.
        """
        key = self._fold(text)
        for how, rows in (
            ("exact", self._written.get(text.strip())),
            ("folded", self._folded.get(key)),
        ):
            if rows:
                found = self._one(rows, how, 1.0, within)
                if found.row >= 0 or found.how == "several":
                    return found
        return self._nearly(key, within)

    def find_inside(self, address: str, within: shapely.Geometry | None = None) -> Found:
        """Find the place whose whole name stands in an address; not where the address says it is only near."""
        key = fold(_REMARK.sub("", address))
        if _BESIDE.search(key):
            return NOTHING
        names = [one for one in self._folded if len(one) >= _IN_ADDRESS and one in key]
        longest = max(map(len, names), default=0)
        names = [one for one in names if len(one) == longest]
        if not names:
            return NOTHING
        rows = [row for one in names for row in self._folded[one]]
        return self._one(rows, "inside", 1.0, within)

    def _nearly(self, key: str, within: shapely.Geometry | None) -> Found:
        bare, marks = _parted(key)
        if len(bare) < 2:
            return NOTHING
        choices = self._near.get(marks, {})
        best = process.extract(bare, choices, scorer=fuzz.ratio, limit=_SHORTLIST)
        if not best:
            return NOTHING
        score = best[0][1] / 100.0
        good = [name for _, similarity, name in best if similarity / 100.0 >= THRESHOLD]
        if not good:
            row = self._folded[best[0][2]][0]
            return Found(-1, "none", score, self._texts[row])
        return self._one([row for one in good for row in self._folded[one]], "fuzzy", score, within)

    def _one(
        self, rows: Sequence[int], how: str, score: float, within: shapely.Geometry | None
    ) -> Found:
        """Choose the one place of several rows; those that lie apart are never guessed between."""
        here = np.array(sorted(rows))
        if within is not None:
            here = here[shapely.distance(self._points[here], within) <= SAME_PLACE_M]
        if not len(here):
            return Found(-1, "none", score, self._texts[min(rows)])
        places = self._points[here]
        text = self._texts[here[0]]
        box = shapely.total_bounds(places)
        if np.hypot(box[2] - box[0], box[3] - box[1]) > SAME_PLACE_M:
            return Found(-1, "several", score, text)
        return Found(int(here[0]), how, score, text)


def _parted(key: str) -> tuple[str, str]:
    """Part a folded name into its words and what must agree exactly."""
    return _MARKS.sub("", key), "|".join(_MARKS.findall(key))
