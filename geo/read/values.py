"""Cell values as people write them, to text, figures, dates, flags and words of ours; bad ones are pointed out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.names import simplified

Mask = npt.NDArray[np.bool_]
Parsed = tuple[pd.Series, Mask]

TEXT = pd.StringDtype(na_value=np.nan)
_EMPTY_SIGNS = ("", "/", "//", "\\", "-", "--", "---", "—", "——", "－", "／", "–")
_EMPTY_CHINESE = (
    "无",
    "暂无",
    "待定",
    "未知",
    "空",
    "不详",
    "暂缺",
    "待补",
    "待补充",
    "未填",
    "無",
    "暫無",
)
_EMPTY_ENGLISH = ("null", "none", "nan", "n/a", "#n/a", "<null>")
EMPTY_WORDS = frozenset((*_EMPTY_SIGNS, *_EMPTY_CHINESE, *_EMPTY_ENGLISH))
_TRUE = frozenset(["是", "有", "√", "✓", "对", "真", "y", "yes", "true", "t", "1", "1.0"])
_FALSE = frozenset(
    ["否", "无", "没有", "×", "x", "✗", "错", "假", "n", "no", "false", "f", "0", "0.0"]
)
_COVERED = {"已覆盖": True, "覆盖": True, "未覆盖": False, "已建": True, "未建": False}
_FIGURE = re.compile(
    r"(?:约|近|大约|超过|超|逾|共)?\s*"
    r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(万|亿)?\s*"
    r"(?:m2|m²|平方米|平米|平方|m|米|人|户|家|层|f|栋|个|元|岁)?(?:左右|余|多)?"
)
_DATE = re.compile(r"(\d{4})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2})日?)?)?[月年]?(?:[ t]\d.*)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = (20_000.0, 80_000.0)  # 1954 to 2119: a bare number in between is an Excel date
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?e\+?(\d+)")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_SEPARATORS = re.compile(r"[、，,；;／/|\n]+")


def as_text(raw: pd.Series) -> pd.Series:
    """Read text: trimmed; whole figures without their ``.0``; words for "nothing" become missing."""
    if pd.api.types.is_bool_dtype(raw):
        raw = raw.map({True: "是", False: "否"})
    if pd.api.types.is_numeric_dtype(raw):
        whole = raw.notna() & (raw == np.floor(raw.astype(np.float64))) & (raw.abs() < 2**53)
        text = raw.astype(object).map(repr, na_action="ignore")
        text[whole] = raw[whole].astype(np.int64).astype(str)
    elif pd.api.types.is_datetime64_any_dtype(raw):
        text = raw.dt.strftime("%Y-%m-%d")
    elif raw.dtype == object:
        text = raw.map(_written, na_action="ignore")
    else:
        text = raw
    text = text.astype(TEXT).str.replace("\u00a0", " ").str.strip()
    return text.where(~text.str.lower().isin(EMPTY_WORDS) & text.notna(), np.nan).astype(TEXT)


def _written(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def as_code(raw: pd.Series) -> Parsed:
    """Read codes; one that Excel cut to ``4.40106E+11`` has lost digits and is bad."""
    text = _by_distinct(as_text(raw), _plain_code).astype(TEXT)
    odd = text.str.lower().str.fullmatch(_SCIENTIFIC).fillna(False).to_numpy(bool)
    if not odd.any():
        return text, odd
    whole = text[odd].map(_full_digits)
    bad = odd.copy()
    bad[odd] = whole.isna().to_numpy()
    text[odd] = whole.astype(TEXT)
    return text, bad


def _plain_code(text: str) -> str:
    """Write a code in half width, without blanks and without the apostrophe that keeps Excel from counting."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lstrip("'’‘`")


def _full_digits(text: str) -> str | float:
    match = _SCIENTIFIC.fullmatch(text.lower())
    if match is None:
        return np.nan
    first, rest, power = match.group(1), match.group(2) or "", int(match.group(3))
    return first + rest if len(rest) == power else np.nan


def as_number(raw: pd.Series, factor: float = 1.0, least: float | None = None) -> Parsed:
    """Read figures: ``1,000``, ``约558``, ``558平方米``, ``1.2万``, full-width digits."""
    if pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        figures = raw.astype(np.float64)
        given = figures.notna().to_numpy()
    else:
        text = as_text(raw)
        given = text.notna().to_numpy()
        figures = pd.to_numeric(text, errors="coerce").astype(np.float64)
        rest = given & figures.isna().to_numpy()
        if rest.any():
            figures[rest] = _by_distinct(text[rest], _figure).astype(np.float64)
    bad = given & ~np.isfinite(figures.to_numpy())
    if least is not None:
        bad |= given & (figures.to_numpy() < least)
    return (figures * factor).mask(bad), bad


def _figure(text: str) -> float:
    flat = unicodedata.normalize("NFKC", text).lower().replace(",", "").replace(" ", "")
    match = _FIGURE.fullmatch(flat)
    if match is None:
        return np.nan
    return float(match.group(1)) * {"万": 1e4, "亿": 1e8}.get(match.group(2) or "", 1.0)


def as_date(raw: pd.Series) -> Parsed:
    """Read dates: ``2021.6``, ``2021年6月``, ``2021-06-01``, Excel serials; a month or year means its first day."""
    if pd.api.types.is_datetime64_any_dtype(raw):
        naive = raw.dt.tz_localize(None) if getattr(raw.dt, "tz", None) is not None else raw
        return naive.astype("datetime64[s]").dt.normalize(), np.zeros(len(raw), bool)
    text = as_text(raw)
    days = _by_distinct(text, _day)
    parsed = pd.to_datetime(days, errors="coerce").astype("datetime64[s]")
    return parsed, (text.notna() & parsed.isna()).to_numpy()


def _day(text: str) -> datetime | None:
    flat = unicodedata.normalize("NFKC", text).strip().lower()
    if re.fullmatch(r"\d{5}(\.\d+)?", flat) and _SERIALS[0] <= float(flat) <= _SERIALS[1]:
        found = _EXCEL_EPOCH + timedelta(days=int(float(flat)))
        return datetime(found.year, found.month, found.day)
    match = _COMPACT_DATE.fullmatch(flat) or _DATE.fullmatch(flat.replace(" 00:00:00", ""))
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def as_flag(raw: pd.Series) -> Parsed:
    """Read yes and no (是/否, 有/无, √/×, 1/0); missing stays missing."""
    if pd.api.types.is_bool_dtype(raw):
        return raw.astype("boolean"), np.zeros(len(raw), bool)
    if pd.api.types.is_numeric_dtype(raw):
        raw = raw.map(lambda value: f"{value:g}", na_action="ignore")
    text = raw.astype(object).map(lambda value: str(value).strip().lower(), na_action="ignore")
    text = text.astype(TEXT)
    flags = _by_distinct(text, _flag).astype("boolean")
    given = text.notna() & (~text.isin(EMPTY_WORDS) | text.isin(_FALSE))
    return flags, (given & flags.isna()).to_numpy(bool)


def _flag(text: str) -> bool | None:
    flat = unicodedata.normalize("NFKC", text)
    if flat in _TRUE or text in _TRUE:
        return True
    if flat in _FALSE or text in _FALSE:
        return False
    return _COVERED.get(flat)


def as_word(raw: pd.Series, words: Mapping[str, str]) -> Parsed:
    """Read one of the words of a list into our value."""
    text = as_text(raw)

    def look_up(word: str) -> str | None:
        return words.get(fold_word(word))

    found = _by_distinct(text, look_up).astype(TEXT)
    return found, (text.notna() & found.isna()).to_numpy()


def fold_word(word: str) -> str:
    """Fold a word for look-up: script, width, case and spaces do not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", simplified(word))).lower()


def as_list(raw: pd.Series) -> pd.Series:
    """Read several names in one cell into a list; missing stays missing."""

    def split(cell: str) -> list[str]:
        return [part.strip() for part in _SEPARATORS.split(cell) if part.strip()]

    lists = _by_distinct(as_text(raw), split)
    # None, not NaN: Parquet takes lists beside nothing, not beside figures
    cells = [one if isinstance(one, list) else None for one in lists]
    return pd.Series(cells, index=raw.index, dtype=object)


def as_floor(raw: pd.Series) -> Parsed:
    """Read the floor as a number, the lowest where several are named: 46楼, 首层, B1, 负一层, 1-3层."""
    if pd.api.types.is_numeric_dtype(raw) and not pd.api.types.is_bool_dtype(raw):
        return raw.astype(np.float64), np.zeros(len(raw), bool)
    text = as_text(raw)
    floors = _by_distinct(text, _floor).astype(np.float64)
    return floors, (text.notna() & floors.isna()).to_numpy()


def _floor(text: str) -> float:
    flat = unicodedata.normalize("NFKC", text).lower().replace(" ", "")
    flat = re.sub(r"[楼层f]|地上|第", "", flat).replace("首", "1").replace("底", "1")
    first = re.split(r"[-~至到、,;/]", flat.lstrip("-"))[0]
    below = flat.startswith(("-", "b", "负", "地下"))
    figure = _chinese_number(re.sub(r"^(b|负|地下)", "", first))
    return -figure if below else figure


def _chinese_number(text: str) -> float:
    """Read 46, 四十六 or 十二."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    match = re.fullmatch(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?", text)
    if not text or match is None or not (match.group(2) or len(text) == 1):
        return np.nan
    tens, ten, ones = match.groups()
    if not ten:
        return float(_DIGITS[tens or ones])
    return float(10 * _DIGITS.get(tens or "一", 1) + _DIGITS.get(ones or "零", 0))


def _by_distinct(text: pd.Series, parse: Callable[[str], object]) -> pd.Series:
    """Parse each distinct value once."""
    found = {value: parse(str(value)) for value in text.dropna().unique()}
    return text.astype(object).map(found)
