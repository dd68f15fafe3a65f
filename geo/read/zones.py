"""Zones (片区、园区、商圈、网格): any other polygons to report on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from geo.params import Source
from geo.read.osm_source import open_osm
from geo.read.schema import Field, Schema
from geo.read.table import read_table
from geo.read.values import TEXT
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_SCHEMA = Schema(
    "zones",
    "zone_id",
    (
        Field(
            "zone_id",
            "code",
            (
                "片区编号",
                "网格编号",
                "园区编号",
                "商圈编号",
                "编号",
                "代码",
                "编码",
                "code",
                "id",
                "osm_id",
            ),
            sets_row_aside=True,
        ),
        Field(
            "name",
            "text",
            (
                "名称",
                "片区",
                "片区名称",
                "网格名称",
                "园区名称",
                "商圈名称",
                "网格",
                "园区",
                "商圈",
                "name:zh",
                "mc",
            ),
        ),
        Field(
            "building_names",
            "list",
            ("楼宇名单", "包含楼宇", "所含楼宇", "包含建筑", "建筑名单", "buildings"),
        ),
    ),
    ("polygon",),
    needs_geometry=False,
)


def read_zones(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read one layer of zones.

    Returns
    -------
    ReadResult
        ``zone_id, name, building_names, source_sheet, source_row, geometry``; a zone may be a list of buildings
        instead of a polygon, see `geo.building_zones`. Ids are prefixed with the name of the layer, so
        several layers keep apart; a zone without a name bears the layer's.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    raw, lost = open_osm(source, _SCHEMA, extract)
    read = read_table(source, _SCHEMA, raw, also_rejected=lost)
    frame = read.frame.copy()
    label = source.name or "Z"
    serial = (
        pd.Series(range(1, len(frame) + 1), dtype=object).map(lambda n: f"{n:02d}").astype(TEXT)
    )
    frame["zone_id"] = label + "-" + frame["zone_id"].fillna(serial)
    frame["name"] = frame["name"].fillna(label if len(frame) == 1 else frame["zone_id"])
    return replace(read, frame=frame)
