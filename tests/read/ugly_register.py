"""The demo's register of stations, made as ugly as registers come, from a seed; twenty rows are truly broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import openpyxl
import pandas as pd
from opencc import OpenCC

from geo.names import simplified, without_pinyin

ROOT = Path(__file__).resolve().parents[2]
ALONE = 6  # sub-districts with a sheet of their own; the others share one, with merged cells
UNPLACED = 12  # sound rows without coordinates
_TITLE = "云麓区（虚构）党群服务阵地一览表"
_HEADERS = (
    {  # sheets of one sub-district: no column for it
        "编号": "阵地编号", "名称": "阵地名称", "层级": "阵地类型", "社区": "居委", "地址": "详细地址",
        "坐标": "经纬度", "坐标来源": "坐标系", "建筑": "所在楼宇", "服务": "覆盖楼宇", "楼层": "所在楼层",
        "面积": "建筑面积(平方米)", "开放": "开放范围", "状态": "运营状态", "启用": "建成时间", "备注": "备 注",
    },
    {  # the shared sheet
        "街道": "镇街", "编号": "站点编号", "名称": "站点名称", "层级": "级别", "社区": "所属社区",
        "地址": "地址", "经度": "经度（度）", "纬度": "纬度（度）", "坐标来源": "坐标来源", "建筑": "所在建筑",
        "服务": "服务楼宇", "楼层": "楼层", "面积": "建筑面积／㎡", "开放": "开放对象", "状态": "状态",
        "启用": "启用日期", "备注": "备注",
    },
)  # fmt: skip
_SOURCE = {
    "编号": "编号", "名称": "名称*", "层级": "层级*", "街道": "所属街道*", "社区": "所属社区", "地址": "地址",
    "经度": "经度*", "纬度": "纬度*", "坐标来源": "坐标来源*（高德/百度/天地图/测绘）", "建筑": "所在建筑",
    "服务": "服务楼宇", "楼层": "楼层", "面积": "建筑面积（㎡）", "开放": "开放对象", "状态": "状态*",
    "启用": "启用日期", "备注": "备注",
}  # fmt: skip
# what is done to a broken row; the same word twice breaks two rows
BREAKS = (
    *("no place",) * 4, *("swapped",) * 3, *("no degrees",) * 3, *("zero",) * 2, *("tier",) * 2,
    *("status",) * 2, "source", "scope", *("same id",) * 2,
)  # fmt: skip
Row = dict[str, str | None]


@dataclass(frozen=True)
class Ugly:
    """What was made.

    Attributes
    ----------
    truth
        The clean rows by name.
    broken
        Name of each broken row -> how.
    unplaced
        Names of the sound rows that lost their coordinates.
    """

    truth: dict[str, Row]
    broken: dict[str, str]
    unplaced: list[str]


def clean_rows() -> list[Row]:
    """The demo's stations in service."""
    register = pd.read_excel(ROOT / "data/demo/stations.xlsx", dtype=str, engine="openpyxl")
    register = register[register["状态*"] == "启用"]
    rows = register[list(_SOURCE.values())].set_axis(list(_SOURCE), axis=1)
    return [
        {k: None if pd.isna(v) else str(v) for k, v in row.items()}
        for row in rows.to_dict("records")
    ]


def uglify(seed: int = 11) -> tuple[Ugly, list[Row]]:
    """Spoil the rows without breaking them, and break twenty."""
    random = Random(seed)
    rows = clean_rows()
    truth = {str(row["名称"]): dict(row) for row in rows}
    hosted = [row for row in rows if row["建筑"]]
    broken_rows = random.sample(hosted, len(BREAKS))
    broken = {str(row["名称"]): how for row, how in zip(broken_rows, BREAKS, strict=True)}
    rest = [row for row in hosted if str(row["名称"]) not in broken]
    unplaced = random.sample(rest, UNPLACED)
    first_id = rows[0]["编号"] if str(rows[0]["名称"]) not in broken else rest[0]["编号"]
    for row in rows:
        name = str(row["名称"])
        _spoil(row, random)
        if any(row is one for one in unplaced):
            row["经度"] = row["纬度"] = random.choice([None, "/", "暂无"])
            row["建筑"] = f" {row['建筑']} "
        if name in broken:
            _break(row, truth[name], broken[name], str(first_id))
    return Ugly(
        truth,
        broken,
        [one for one in truth if one in {without_pinyin(str(r["名称"])) for r in unplaced}],
    ), rows


def _spoil(row: Row, random: Random) -> None:
    lon, lat = float(str(row["经度"])), float(str(row["纬度"]))
    style = random.choice(["plain", "plain", "dms", "wide", "letters"])
    row["经度"], row["纬度"] = (
        _written(value, style, side) for value, side in ((lon, "E"), (lat, "N"))
    )
    area = int(float(str(row["面积"])))
    row["面积"] = random.choice(
        [f"约{area}平方米", f"{area:,}", str(area).translate(_WIDE), f"{area}㎡", f"{area}.0"]
    )
    if row["启用"]:
        day = datetime.fromisoformat(row["启用"])
        serial = (day - datetime(1899, 12, 30)).days
        row["启用"] = random.choice(
            [
                f"{day.year}.{day.month}",
                f"{day.year}年{day.month}月",
                f"{day:%Y/%m/%d}",
                str(serial),
            ]
        )
    for key in ("服务", "备注", "楼层"):
        row[key] = row[key] or random.choice(["/", "无", "暂无", "—", None])
    if random.random() < 0.3:
        row["街道"] = _TRADITIONAL.convert(str(row["街道"]).removesuffix("道"))
        row["状态"] = "啟用"
    if random.random() < 0.1:
        row["社区"] = f"{row['社区']}居委会"
    if random.random() < 0.1:
        row["名称"] = f"{str(row['名称'])[0]}(xiě){str(row['名称'])[1:]}"
    if random.random() < 0.2:
        row["地址"] = str(row["地址"]).translate(_WIDE) + "（近地铁站）"


_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
_TRADITIONAL = OpenCC("s2t")


def _written(value: float, style: str, side: str) -> str:
    if style == "dms":
        whole, rest = divmod(value * 3600.0, 3600.0)
        return f"{int(whole)}°{int(rest // 60)}′{rest % 60:.3f}″"
    if style == "letters":
        return f"{side}{value:.6f}°"
    text = f"{value:.6f}"
    return text.translate(_WIDE) if style == "wide" else text


def _break(row: Row, truth: Row, how: str, first_id: str) -> None:
    if how == "no place":
        row["经度"], row["纬度"], row["建筑"], row["地址"] = None, None, "无", "—"
    elif how == "swapped":
        row["经度"], row["纬度"] = truth["纬度"], truth["经度"]
    elif how == "no degrees":
        row["经度"] = "见附图"
    elif how == "zero":
        row["经度"], row["纬度"] = "0", "0"
    elif how == "tier":
        row["层级"] = "省级"
    elif how == "status":
        row["状态"] = "忙"
    elif how == "source":
        row["坐标来源"] = "某某地图"
    elif how == "scope":
        row["开放"] = "看情况"
    elif how == "same id":
        row["编号"] = first_id


def mend(row: Row, truth: Row, how: str) -> None:
    """Write what a planner would write into a broken row."""
    for key in {
        "no place": ("经度", "纬度"), "swapped": ("经度", "纬度"), "no degrees": ("经度",),
        "zero": ("经度", "纬度"), "tier": ("层级",), "status": ("状态",), "source": ("坐标来源",),
        "scope": ("开放",), "same id": ("编号",),
    }[how]:  # fmt: skip
        row[key] = truth[key]


def write_workbook(path: Path, rows: list[Row]) -> None:
    """Write the sheets: titles, merged cells, subtotals, a repeated header, remarks."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    subdistricts = list(dict.fromkeys(_official(row) for row in rows))
    for name in subdistricts[:ALONE]:
        own = [row for row in rows if _official(row) == name]
        _alone(book.create_sheet(_TRADITIONAL.convert(name.removesuffix("道"))), own)
    shared = book.create_sheet("其余街道汇总")
    _shared(shared, [row for row in rows if _official(row) not in subdistricts[:ALONE]])
    notes = book.create_sheet("填写说明")
    notes.append(["请各街道认真填写。"])
    book.save(path)


def _official(row: Row) -> str:
    text = simplified(str(row["街道"]))
    return text if text.endswith("街道") else f"{text}道"


def _alone(page: openpyxl.worksheet.worksheet.Worksheet, rows: list[Row]) -> None:
    headers = _HEADERS[0]
    page.append([_TITLE])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    page.append([])
    page.append(["序号", *headers.values()])
    for number, row in enumerate(rows, 1):
        empty = row["经度"] in (None, "/", "暂无")
        pair = row["经度"] if empty else f"{row['经度']}，{row['纬度']}"
        cells = {**row, "坐标": pair}
        page.append([number, *(_typed(cells, key) for key in headers)])
        if number == 10:
            page.append(["序号", *headers.values()])  # as at the head of a printed page
    page.append(["小计", None, f"{len(rows)}座"])
    page.append(["填表人：某某    电话：13800000000"])


def _shared(page: openpyxl.worksheet.worksheet.Worksheet, rows: list[Row]) -> None:
    headers = _HEADERS[1]
    page.append([_TITLE + "（续）"])
    page.append(["单位：座", None, None, "截至２０２６年６月"])
    page.append(list(headers.values()))
    at = 4
    for name in dict.fromkeys(_official(row) for row in rows):
        own = [row for row in rows if _official(row) == name]
        for row in own:
            page.append([_typed(row, key) for key in headers])
        page.cell(at, 1).value = own[0]["街道"]
        page.merge_cells(start_row=at, start_column=1, end_row=at + len(own) - 1, end_column=1)
        page.append(["小 计", None, len(own)])
        at += len(own) + 1
    page.append(["合计", None, len(rows)])
    page.append(["注：本表数据均为虚构。"])


def _typed(row: Row, key: str) -> str | float | None:
    """Ids stand as numbers, as Excel makes of them; all else as it was written."""
    value = row.get(key)
    return float(value) if key == "编号" and value else value


def write_text(path: Path, rows: list[Row], lost_every: int = 7) -> list[str]:
    """Write the rows as one CSV in GBK; every seventh id has lost its digits. Returns those names."""
    headers = _HEADERS[1]
    blank = [None] * (len(headers) - 1)
    lines: list[list[str | None]] = [[_TITLE, *blank], [None, *blank], list(headers.values())]
    lost = []
    ids = [row["编号"] for row in rows]
    previous = None
    for number, row in enumerate(sorted(rows, key=_official)):
        cells = {**row, "街道": None if _official(row) == previous else row["街道"]}
        previous = _official(row)
        if number % lost_every == 3 and ids.count(row["编号"]) == 1:
            cells["编号"] = f"{float(row['编号']):.5E}"
            lost.append(str(row["名称"]))
        lines.append([cells[key] for key in headers])
    frame = pd.DataFrame(lines)
    frame.to_csv(path, index=False, header=False, encoding="gb18030")
    return lost
