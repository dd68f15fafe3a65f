"""The one catalogue of indicators: names, formulas, units and scopes, from which tables and documents are made."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

BASES = ("rule", "register", "usage", "buildings")
UNIT_NAMES = {"study": "全部范围", "subdistrict": "街道", "community": "社区", "zone": "片区"}
_BASIS_NAMES = {
    "rule": "评价标准",
    "register": "阵地资源库",
    "usage": "使用登记",
    "buildings": "建筑数据",
}
OTHER_WEIGHT = "coverage_other_share"
PAGE = Path("docs/indicators.md")


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Attributes
    ----------
    id, zh, en
        As in tables and as printed.
    formula
        In words.
    unit
        As printed; shares run from 0 to 1 in tables.
    kind
        ``share, count, number, minutes, points``.
    basis
        What it rests on, one of `BASES`.
    units
        Kinds of unit it is reported for.
    counts
        What is counted (口径).
    """

    id: str
    zh: str
    en: str
    formula: str
    unit: str
    kind: str
    basis: str
    units: tuple[str, ...]
    counts: str


@cache
def indicators() -> dict[str, Indicator]:
    """Read the catalogue, by id and in its order."""
    text = files("geo").joinpath("indicators", "catalogue.toml").read_text(encoding="utf-8")
    return {
        name: Indicator(name, **{**entry, "units": tuple(entry["units"])})
        for name, entry in tomllib.loads(text).items()
    }


def entry_of(id_: str) -> Indicator:
    """Return the entry of an indicator; one by a user's own weight goes by that of other weights."""
    known = indicators()
    return known.get(id_) or known[OTHER_WEIGHT]


def indicators_markdown() -> str:
    """Write the page of indicators (``docs/indicators.md``)."""
    lines = [
        "# 指标目录",
        "",
        "由 `geo/indicators/catalogue.toml` 生成（`python -m geo.indicators.catalogue`），结果表 `indicators` 每行一个"
        "（指标、单元、评价标准）。",
        "占比在结果表中为 0 到 1，印出时乘以 100 并向下取到 0.1 个百分点；步行时间向上取到 0.1 分钟。"
        "数据不足的单元留空，不按 0 计。",
        "",
        "| 编号 | 名称 | 计算方法 | 单位 | 依据 | 适用单元 | 口径 |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in indicators().values():
        units = "、".join(UNIT_NAMES[unit] for unit in one.units)
        cells = (
            f"`{one.id}`",
            one.zh,
            one.formula,
            one.unit or "—",
            _BASIS_NAMES[one.basis],
            units,
            one.counts,
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(indicators_markdown(), encoding="utf-8", newline="\n")
