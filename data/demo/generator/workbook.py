"""Writes the register as an Excel workbook with the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from data.demo.generator.attributes import Tables
from data.demo.generator.warp import Frame
from geo.datum import wgs84_to_bd09, wgs84_to_gcj02

# Register columns of the contract, in order, and where their values come from.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("编号", "id"),
    ("名称*", "name"),
    ("层级*", "tier"),
    ("所属街道*", "sub_name"),
    ("所属社区", "com_name"),
    ("地址", "address"),
    ("经度*", "lon"),
    ("纬度*", "lat"),
    ("坐标来源*（高德/百度/天地图/测绘）", "datum"),
    ("依托类型", "kind"),
    ("所在建筑", "host_name"),
    ("服务楼宇", "served"),
    ("楼层", "floor"),
    ("建筑面积（㎡）", "area"),
    ("开放对象", "scope"),
    ("开放时间", "hours"),
    ("是否预约", "booking"),
    ("状态*", "status"),
    ("启用日期", "opened"),
    ("停用日期", "closed"),
    ("示范站", "demo"),
    ("所属专项", "programme"),
    ("合设机构", "joint"),
    ("运营单位", "operator"),
    ("数据来源", "source"),
    ("数据日期", "dated"),
    ("备注", "note"),
)
_CHOICES = {
    "tier": "街道,社区,新兴领域",
    "datum": "高德,百度,天地图,测绘",
    "kind": "楼宇,园区,商圈,小区,独立,其他",
    "scope": "公众开放,楼内开放,组织内",
    "booking": "是,否",
    "status": "规划,在建,启用,停用",
    "demo": "是,否",
}
_WIDTHS = {"name": 34, "address": 22, "hours": 30, "served": 34, "host_name": 22, "joint": 28}
_STAMP = (2026, 6, 30, 0, 0, 0)


def register_frame(register: pd.DataFrame, tables: Tables, frame: Frame) -> pd.DataFrame:
    """Turn the register into the printed columns, coordinates in the datum each row names."""
    lonlat = frame.lonlat(np.round(register[["x", "y"]].to_numpy(dtype=np.float64), 2))
    datum = register["datum"].to_numpy(dtype=object)
    gcj, bd = (
        np.column_stack(shift(lonlat[:, 0], lonlat[:, 1]))
        for shift in (wgs84_to_gcj02, wgs84_to_bd09)
    )
    shown = np.where(
        (datum == "高德")[:, None], gcj, np.where((datum == "百度")[:, None], bd, lonlat)
    )
    com = tables.communities["id"].to_numpy(dtype=object)[register["com"]]
    serial = register.groupby("com").cumcount().to_numpy() + 1
    filled = register.assign(
        id=[f"{code}{number:03d}" for code, number in zip(com, serial.tolist(), strict=True)],
        sub_name=tables.subdistricts["name"].to_numpy(dtype=object)[register["sub"]],
        com_name=tables.communities["name"].to_numpy(dtype=object)[register["com"]],
        lon=np.round(shown[:, 0], 6),
        lat=np.round(shown[:, 1], 6),
    )
    return pd.DataFrame({header: filled[key] for header, key in COLUMNS})


def write_workbook(path: Path, table: pd.DataFrame) -> None:
    """Write one sheet with drop-downs and a frozen header."""
    book = Workbook(write_only=False)
    for empty in book.worksheets:
        book.remove(empty)
    sheet = book.create_sheet("站点登记表")
    sheet.append([header for header, _ in COLUMNS])
    for row in table.itertuples(index=False, name=None):
        sheet.append([None if value == "" or pd.isna(value) else value for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFF2CC")
    sheet.freeze_panes = "C2"
    for number, (_, key) in enumerate(COLUMNS, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _WIDTHS.get(key, 13)
        if key in _CHOICES:
            choice = DataValidation("list", formula1=f'"{_CHOICES[key]}"', allow_blank=True)
            choice.add(f"{letter}2:{letter}{len(table) + 200}")
            sheet.add_data_validation(choice)
        if key in ("opened", "closed", "dated"):
            for (cell,) in sheet[f"{letter}2:{letter}{len(table) + 1}"]:
                cell.number_format = "yyyy-mm-dd"
    book.properties.creator = "虚构城区生成器"
    book.properties.created = datetime(*_STAMP)
    held = BytesIO()
    book.save(held)
    path.write_bytes(_without_clock(held.getvalue()))


def _without_clock(data: bytes) -> bytes:
    """Rewrite a workbook so that no byte tells when it was saved."""
    target = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-06-30T00:00:00Z", content
                )
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            new.writestr(entry, content)
    return target.getvalue()
