"""Invented names: streets, communities, compounds, towers. No list of real places was used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.demo.generator.fabric import Kind

I = npt.NDArray[np.int64]  # noqa: E741
Text = npt.NDArray[np.str_]

_FIRST = "云澄麓鹤棠枫镜望清竹桂蘅岚梧听苹星采锦晴松槐荻芷溪砚霁漱聆拂栖沁苇蓼汀渚屿墨韵翎杏榆柏泠涵皓霖鸢鹭蔚"
_SECOND = "岫浦坞渡舒泉槎薇澜屏笙篱筠岑皋渊潭隐歌吟谣籁月桥亭轩榭堤洲湄泽墅岸庐苔萝蕙芸蘋陂岭塘湾台阁苑畔麓溪茵湖"
_SUFFIX = {
    Kind.PRIMARY: ("大道", "路"),
    Kind.SECONDARY: ("路", "东路", "西路"),
    Kind.TERTIARY: ("路", "街", "中街"),
    Kind.RESIDENTIAL: ("街", "巷", "横街", "里"),
}
_COMPOUND = ("花园", "苑", "雅居", "名邸", "家园", "新村", "公馆", "庭院", "府", "小区")
_TOWER = (
    "国际大厦",
    "中心",
    "广场",
    "金融大厦",
    "商务中心",
    "大厦",
    "环球中心",
    "财富广场",
    "总部大楼",
)


def stems(count: int, rng: np.random.Generator, skip: tuple[str, ...] = ()) -> Text:
    """Draw `count` different two-character stems."""
    pairs = np.array([a + b for a in _FIRST for b in _SECOND])
    pairs = pairs[~np.isin(pairs, np.array(skip or ("",)))]
    pairs = rng.permutation(pairs)
    rounds = -(-count // len(pairs))
    marks = ["", "新", "南", "北", "东", "西", "上", "下"]
    grown = np.concatenate([np.char.add(marks[k % len(marks)], pairs) for k in range(rounds)])
    return np.asarray(grown[:count])


def street_names(kind: I, rng: np.random.Generator) -> Text:
    """Name one line of streets each; classes below residential have none."""
    names = np.full(len(kind), "", dtype="U8")
    named = np.flatnonzero(np.isin(kind, list(_SUFFIX)))
    stem = np.full(len(kind), "", dtype="U4")
    stem[named] = stems(len(named), rng)
    for value, suffixes in _SUFFIX.items():
        some = np.flatnonzero(kind == value)
        suffix = np.array(suffixes)[rng.integers(0, len(suffixes), len(some))]
        names[some] = np.char.add(stem[some], suffix)
    return names


def _with_suffix(count: int, suffixes: tuple[str, ...], rng: np.random.Generator) -> Text:
    stem = stems(count, rng)
    return np.asarray(np.char.add(stem, np.array(suffixes)[rng.integers(0, len(suffixes), count)]))


def compound_names(count: int, rng: np.random.Generator) -> Text:
    """Name residential compounds (小区)."""
    return _with_suffix(count, _COMPOUND, rng)


def tower_names(count: int, rng: np.random.Generator) -> Text:
    """Name office towers (楼宇)."""
    return _with_suffix(count, _TOWER, rng)
