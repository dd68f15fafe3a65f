"""Files of every kind we read, damaged in ways that files are damaged, from a seed."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import geopandas as gpd
import openpyxl
import osmium
import pandas as pd
import shapely

KINDS = ("csv", "xlsx", "geojson", "shp", "dbf", "pbf", "toml", "xls", "zip", "gpkg")
_WEIRD = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"\n\n\n", b"\r", b"=1+1", b"NaN", b"1e999", b"-1e308",
    b"99999999999999999999", "经度".encode(), "合计".encode("gb18030"), b"'", b"{", b"}", b"[[", b"]",
    b",,,,,", b"\\u0000", b"null", b"-",
)  # fmt: skip
STUDY = """[study]
name = "模糊测试"
as_of = 2026-06-30
[subdistricts]
path = "subdistricts.geojson"
[buildings]
path = "buildings.geojson"
columns = { name = "名称" }
[stations]
path = "stations.csv"
crs = "gcj02"
[network]
path = "roads.geojson"
[walk.pace.standard]
speed_m_per_min = 72
[[rule]]
name = "十分钟"
minutes = 10
pass_mark = 0.95
"""


def whole_files(folder: Path) -> dict[str, Path]:
    """Write one sound file of every kind: a register, buildings, a network, a study."""
    points = [(113.32 + 0.001 * i, 23.12 + 0.0007 * i) for i in range(25)]
    stations = pd.DataFrame(
        {
            "编号": [f"S{i}" for i in range(25)],
            "名称": [f"第{i}社区党群服务中心" for i in range(25)],
            "层级": ["街道", "社区", "新兴领域", "社区", "社区"] * 5,
            "经度": [x for x, _ in points],
            "纬度": [y for _, y in points],
            "状态": "启用",
            "建筑面积（㎡）": ["558", "约600平方米", "1,000", "", "无"] * 5,
            "启用日期": ["2021.6", "2021年6月", "44348", "2021-06-01", ""] * 5,
        }
    )
    stations.to_csv(folder / "stations.csv", index=False, encoding="utf-8-sig")
    stations.to_excel(folder / "stations.xlsx", index=False)
    houses = [shapely.box(x, y, x + 2e-4, y + 2e-4) for x, y in points]
    buildings = gpd.GeoDataFrame(
        {"building_id": [f"B{i}" for i in range(25)], "名称": "楼", "levels": 3},
        geometry=houses,
        crs=4326,
    )
    buildings.to_file(folder / "buildings.geojson")
    buildings.to_file(folder / "buildings.shp", encoding="GB18030")
    buildings.to_file(folder / "buildings.gpkg")
    with zipfile.ZipFile(folder / "buildings.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("buildings.[sdpc][hbrp][pxfjg]")):
            archive.write(part, part.name)
    with osmium.SimpleWriter(str(folder / "roads.osm.pbf")) as writer:
        node, way = osmium.osm.mutable.Node, osmium.osm.mutable.Way
        for number, place in enumerate(points, 1):
            writer.add_node(node(id=number, version=1, location=place))
        for number in range(1, 25):
            tags = {"highway": "residential", "name": f"路{number}"}
            writer.add_way(way(id=number, version=1, nodes=[number, number + 1], tags=tags))
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    for name in ("subdistricts", "roads"):
        shutil.copyfile(folder / "buildings.geojson", folder / f"{name}.geojson")
    shutil.copyfile(Path(__file__).parent / "read" / "register.xls", folder / "register.xls")
    return {
        "csv": folder / "stations.csv",
        "xlsx": folder / "stations.xlsx",
        "xls": folder / "register.xls",
        "geojson": folder / "buildings.geojson",
        "shp": folder / "buildings.shp",
        "dbf": folder / "buildings.dbf",
        "gpkg": folder / "buildings.gpkg",
        "zip": folder / "buildings.zip",
        "pbf": folder / "roads.osm.pbf",
        "toml": folder / "study.toml",
    }


def damaged(content: bytes, draw: Random) -> bytes:
    """Damage bytes once to four times."""
    for _ in range(draw.randint(1, 4)):
        content = draw.choice(_DAMAGES)(content, draw)
    return content


def damaged_parts(content: bytes, draw: Random) -> bytes:
    """Damage one part of a zipped file (a workbook) and zip it anew, so that the damage is reached."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        names = source.namelist()
        hit = draw.choice([one for one in names if one.endswith(".xml")] or names)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in names:
                part = source.read(name)
                target.writestr(name, damaged(part, draw) if name == hit else part)
    return out.getvalue()


def _flip(content: bytes, draw: Random) -> bytes:
    raw = bytearray(content)
    for _ in range(draw.randint(1, 20)):
        if raw:
            raw[draw.randrange(len(raw))] = draw.randrange(256)
    return bytes(raw)


def _cut(content: bytes, draw: Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _drop(content: bytes, draw: Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + content[start + draw.randint(1, 200) :]


def _repeat(content: bytes, draw: Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    piece = content[start : start + draw.randint(1, 400)]
    return content[:start] + piece * draw.choice((2, 3, 50)) + content[start:]


def _insert(content: bytes, draw: Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + draw.choice(_WEIRD) * draw.choice((1, 1, 2, 100)) + content[start:]


def _number(content: bytes, draw: Random) -> bytes:
    """Replace a digit by a number nobody expects."""
    at = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    if not at:
        return content
    place = draw.choice(at)
    odd = draw.choice((b"-1", b"1e309", b"0", b"4294967296", b"99999999999", b"0.0000001", b"x"))
    return content[:place] + odd + content[place + 1 :]


def _swap_lines(content: bytes, draw: Random) -> bytes:
    lines = content.split(b"\n")
    draw.shuffle(lines)
    return b"\n".join(lines)


_DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _cut, _drop, _repeat, _insert, _insert, _number, _number, _swap_lines,
)  # fmt: skip


def zip_bomb(megabytes: int, name: str) -> bytes:
    """A zip whose one member unpacks to so many megabytes of zeros."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as stream,
    ):
        block = bytes(1 << 20)
        for _ in range(megabytes):
            stream.write(block)
    return out.getvalue()


def workbook_with(sheet_xml: str, *, padding_mb: int = 0) -> bytes:
    """A workbook whose sheet holds this XML, with so much blank space behind it."""
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if not name.endswith("sheet1.xml"):
                target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            head, _, tail = sheet_xml.partition("</worksheet>")
            stream.write(head.encode())
            for _ in range(padding_mb):
                stream.write(b" " * (1 << 20))
            stream.write(f"</worksheet>{tail}".encode())
    return out.getvalue()
