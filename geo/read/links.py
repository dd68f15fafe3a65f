"""Candidate links (步行连通项目): gates, crossings and footbridges that could be built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.params import Source
from geo.read.osm_source import open_osm
from geo.read.schema import Field, Schema
from geo.read.table import read_table
from geo.read.words import LINK_KINDS
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_SCHEMA = Schema(
    "links",
    "id",
    (
        Field("id", "code", ("编号", "编码", "代码", "项目编号", "fid"), sets_row_aside=True),
        Field("name", "text", ("名称", "项目名称", "mc")),
        Field(
            "kind",
            "word",
            ("类型", "类别", "种类", "项目类型", "type"),
            LINK_KINDS,
            sets_row_aside=True,
            required=True,
        ),
        Field("cost", "number", ("造价", "成本", "费用", "相对造价"), least=0.0),
    ),
    ("line", "point"),
    unique_ids=False,
)


def read_links(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read the layer of candidate links.

    Returns
    -------
    ReadResult
        ``id, name, kind, cost, source_sheet, source_row, geometry``: lines, or multipoints of the two ends; ``kind``
        is ``gate``, ``crossing`` or ``footbridge``, ``cost`` missing where the study's ``[costs]`` apply.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    raw, lost = open_osm(source, _SCHEMA, extract)
    read = read_table(source, _SCHEMA, raw, also_rejected=lost)
    frame = read.frame.copy()
    for name in ("name", "kind", "cost"):
        if name not in frame.columns:
            frame[name] = None
    return replace(read, frame=frame)
