"""Buildings: footprints with use, levels, height, people and every other column the user brings."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.params import Source
from geo.read.areas import PEOPLE
from geo.read.osm_source import open_osm
from geo.read.schema import Field, Schema
from geo.read.table import read_table
from geo.read.values import TEXT, as_word
from geo.read.words import USES
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_SAYS_NOTHING = ("yes", "建筑", "building", "一般建筑", "普通建筑", "普通房屋")
_RESULT_COLUMNS = (
    *("subdistrict_id", "community_id", "rule", "verdict", "reason", "minutes", "metres"),
    *("station_id", "stations_in_reach_count", "detour_ratio", "footprint_m2", "floor_area_m2"),
)
_SCHEMA = Schema(
    "buildings",
    "building_id",
    (
        Field(
            "building_id",
            "code",
            (
                "建筑编号",
                "楼栋编号",
                "楼栋编码",
                "编号",
                "编码",
                "bldg_id",
                "objectid",
                "fid",
                "id",
                "osm_id",
            ),
            sets_row_aside=True,
        ),
        Field(
            "name",
            "text",
            ("名称", "建筑名称", "楼宇名称", "楼栋名称", "楼名", "楼宇", "name:zh", "mc"),
        ),
        Field(
            "use",
            "text",
            (
                "用途",
                "建筑用途",
                "房屋用途",
                "使用性质",
                "建筑类型",
                "建筑性质",
                "功能",
                "房屋性质",
                "building",
                "fclass",
                "usage",
            ),
        ),
        Field(
            "levels",
            "number",
            (
                "层数",
                "楼层数",
                "地上层数",
                "建筑层数",
                "总层数",
                "层高数",
                "building:levels",
                "floors",
                "floor",
                "storeys",
            ),
            least=0.0,
        ),
        Field(
            "height_m", "number", ("高度", "建筑高度", "楼高", "height", "bldg_height"), least=0.0
        ),
        *PEOPLE,
        Field("org_covered", "flag", ("党组织覆盖", "组织覆盖", "党的组织覆盖")),
        Field("work_covered", "flag", ("党的工作覆盖", "工作覆盖", "党建工作覆盖")),
        Field("programmes", "list", ("所属专项", "专项")),
    ),
    ("polygon",),
    keeps_others=True,
    reserved=_RESULT_COLUMNS,
)


def read_buildings(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read buildings.

    Returns
    -------
    ReadResult
        ``building_id, name, use, levels, height_m, residents, workers, households, org_covered, work_covered``,
        ``programmes`` where the file has it, the
        user's other columns, ``source_sheet, source_row, geometry``. ``building_id`` is missing where the file has
        none, see `building_ids`; ``use`` where nothing is known of it.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    raw, lost = open_osm(source, _SCHEMA, extract)
    read = read_table(source, _SCHEMA, raw, also_rejected=lost)
    absent = [name for name in ("programmes",) if name not in read.mapping]
    frame, faults = _with_uses(read.frame.drop(columns=absent), source)
    return replace(read, frame=frame, faults=(*read.faults, *faults))


def _with_uses(frame: gpd.GeoDataFrame, source: Source) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Put the words for the use into ours; words nobody knows are listed once, not row by row."""
    said = frame["use"].where(~frame["use"].str.lower().isin(_SAYS_NOTHING))
    uses, unknown = as_word(said, USES)
    frame = frame.assign(use=uses)
    if not unknown.any():
        return frame, []
    counts = (
        said[unknown]
        .value_counts()
        .sort_index(kind="stable")
        .sort_values(ascending=False, kind="stable")
    )
    words = "、".join(f"{word}（{count}）" for word, count in counts.head(8).items())
    file = source.path.name if source.path else str(source.osm.file.name if source.osm else "")
    return frame, [
        fault("uses_unknown", "warning", file=file, count=int(unknown.sum()), words=words)
    ]


def building_ids(buildings: gpd.GeoDataFrame) -> pd.Series:
    """Give every building without an id one that follows from where it stands.

    Parameters
    ----------
    buildings
        In the metric CRS of the study, with ``building_id``.

    Returns
    -------
    Series
        Ids as they are; else ``b`` and ten hex digits of a hash of the representative point at 0.1 m. Buildings at one
        point get ``-2``, ``-3`` … in the order of the rows.
    """
    ids: pd.Series = buildings["building_id"].astype(TEXT).copy()
    missing = ids.isna().to_numpy(bool)
    if not missing.any():
        return ids
    points = shapely.point_on_surface(buildings.geometry.to_numpy()[missing])
    xy = np.rint(shapely.get_coordinates(points) * 10.0).astype(np.int64)
    made = pd.Series(
        ["b" + hashlib.sha256(f"{x},{y}".encode()).hexdigest()[:10] for x, y in xy.tolist()],
        index=ids.index[missing],
        dtype=TEXT,
    )
    serial = made.groupby(made).cumcount() + 1
    ids[missing] = made.where(serial == 1, made + "-" + serial.astype(str))
    return ids
