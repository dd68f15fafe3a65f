"""Sub-districts (街道): polygons with a 12-digit code, a name and, where known, people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.params import Source
from geo.read.areas import NAME, PEOPLE, with_long_codes, with_serial_ids
from geo.read.osm_source import open_osm
from geo.read.schema import Field, Schema
from geo.read.table import read_table
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_SCHEMA = Schema(
    "subdistricts",
    "subdistrict_id",
    (
        Field(
            "subdistrict_id",
            "code",
            (
                "街道代码",
                "街道代码12",
                "街道编码",
                "街道代码9",
                "乡镇码",
                "乡镇代码",
                "镇街代码",
                "街镇代码",
                "area_code",
                "行政区划代码",
                "区划代码",
                "统计用区划代码",
                "代码",
                "编码",
                "code",
                "id",
                "adcode",
                "osm_id",
            ),
            sets_row_aside=True,
            required=True,
        ),
        replace(
            NAME,
            aliases=(
                "名称",
                "街道",
                "街道名称",
                "街道名",
                "镇街",
                "镇街名称",
                "所属街道",
                "name:zh",
                "mc",
            ),
        ),
        *PEOPLE,
    ),
    ("polygon",),
)


def read_subdistricts(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read sub-districts.

    Parameters
    ----------
    extract
        The OSM file of the source, already open; None opens it.

    Returns
    -------
    ReadResult
        ``subdistrict_id, name, residents, workers, households, source_sheet, source_row, geometry``. Codes of nine
        digits are written with twelve; without an id column rows are numbered ``D001``.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    raw, lost = open_osm(source, _SCHEMA, extract)
    read = with_serial_ids(
        read_table(source, _SCHEMA, raw, also_rejected=lost), _SCHEMA.id_column, "D"
    )
    return with_long_codes(read, ("subdistrict_id",))
