"""Communities (社区): a list with codes, with or without polygons."""

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
    "communities",
    "community_id",
    (
        Field(
            "community_id",
            "code",
            (
                "社区代码",
                "社区代码12",
                "社区编码",
                "居委代码",
                "统计用区划代码",
                "区划代码",
                "代码",
                "编码",
                "code",
                "id",
                "osm_id",
            ),
            sets_row_aside=True,
            required=True,
        ),
        replace(
            NAME,
            aliases=(
                "名称",
                "社区",
                "社区名称",
                "社区名",
                "所属社区",
                "居委",
                "居委会",
                "name:zh",
                "mc",
            ),
        ),
        Field(
            "subdistrict_id",
            "code",
            ("街道代码", "所属街道代码", "街道编码", "街道代码12", "街道代码9"),
        ),
        Field("subdistrict_name", "text", ("街道", "所属街道", "街道名称", "镇街", "所属镇街")),
        *PEOPLE,
    ),
    ("polygon",),
    needs_geometry=False,
    identity=("subdistrict_name", "name"),
)


def read_communities(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read communities.

    Returns
    -------
    ReadResult
        ``community_id, name, subdistrict_id, subdistrict_name, residents, workers, households,
        source_sheet, source_row, geometry``; a table without shapes has only missing geometry and no CRS. Where no
        column names the sub-district, the first nine digits of a 12-digit code do.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    raw, lost = open_osm(source, _SCHEMA, extract)
    read = with_serial_ids(
        read_table(source, _SCHEMA, raw, also_rejected=lost), _SCHEMA.id_column, "C"
    )
    frame = read.frame.copy()
    coded = frame["community_id"].str.fullmatch(r"\d{12}").fillna(False)
    frame["subdistrict_id"] = frame["subdistrict_id"].fillna(
        (frame["community_id"].str[:9] + "000").where(coded)
    )
    return with_long_codes(replace(read, frame=frame), ("subdistrict_id",))
