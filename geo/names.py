"""Names of places folded for comparison: script, width, case, spaces, brackets and endings do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

from opencc import OpenCC

_SIGNS = frozenset("()（）·-—‧[]【】")
_SUBDISTRICT = re.compile(r"(?:人民政府)?(?:街道办事处|街道办|街道|街|镇|乡)$")
# 村 itself stays: 黄村 and 黄村社区 are one, 棠下村 and 棠下社区 are not
_COMMUNITY = re.compile(
    r"(?:社区居民委员会|社区居委会|居民委员会|居委会|居委|社区|民?委员会|委会)$"
)
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹ"
# a syllable with its tone, or one of the few that have none, in brackets behind a Chinese character: 寫(xiě)
_PINYIN = re.compile(
    rf"(?<=[\u4e00-\u9fff])\s*[(（]\s*(?:[a-zü]*[{_TONES}][a-zü]*|de|le|zi|men|tou|ma|ba|ne)\s*[)）]"
)


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=200_000)
def simplified(text: str) -> str:
    """Write traditional characters as simplified ones: 獵德街 and 猎德街 are one."""
    return text if text.isascii() else str(_converter().convert(text))


def without_pinyin(text: str) -> str:
    """Drop pronunciations that text recognition or phonetic printing put in.

    Examples
    --------
    >>> without_pinyin("寫(xiě)字樓"), without_pinyin("广州(国际)中心(A)")
    ('寫字樓', '广州(国际)中心(A)')
    """
    return _PINYIN.sub("", unicodedata.normalize("NFC", text))


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """Fold any name: 广州（国际）中心, 广州(国际) 中心 and 廣州國際中心 are one."""
    text = simplified(unicodedata.normalize("NFKC", without_pinyin(name))).casefold()
    return "".join(char for char in text if not char.isspace() and char not in _SIGNS)


def fold_subdistrict(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """Fold a sub-district's name: 猎德街, 獵德街道 and 猎德街道办事处 are one.

    Parameters
    ----------
    aliases
        Other writings -> the official name.
    """
    text = _SUBDISTRICT.sub("", fold((aliases or {}).get(name.strip(), name)))
    return text or fold(name)


def fold_community(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """Fold a community's name: 天雅社区 and 天雅社区居委会 are one; two sub-districts may each have one of a name."""
    text = _COMMUNITY.sub("", fold((aliases or {}).get(name.strip(), name)))
    return text or fold(name)
