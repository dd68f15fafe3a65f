"""Names of places folded for comparison: width, case, spaces, brackets and administrative endings do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_SIGNS = frozenset("()（）·-—‧[]【】")
_SUBDISTRICT = re.compile(r"(?:人民政府)?(?:街道办事处|街道办|街道|街|镇|乡)$")
_COMMUNITY = re.compile(r"(?:社区居民委员会|社区居委会|居民委员会|居委会|居委|社区|村委会|村)$")


def fold(name: str) -> str:
    """Fold any name: 广州（国际）中心 and 广州(国际) 中心 are one."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in text if not char.isspace() and char not in _SIGNS)


def fold_subdistrict(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """Fold a sub-district's name: 猎德街, 猎德街道 and 猎德街道办事处 are one.

    Parameters
    ----------
    aliases
        Other writings (獵德街) -> the official name.
    """
    text = _SUBDISTRICT.sub("", fold((aliases or {}).get(name.strip(), name)))
    return text or fold(name)


def fold_community(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """Fold a community's name: 天雅社区 and 天雅社区居委会 are one; two sub-districts may each have one of a name."""
    text = _COMMUNITY.sub("", fold((aliases or {}).get(name.strip(), name)))
    return text or fold(name)
