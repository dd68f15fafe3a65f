"""The small layers: entrances, barriers, compounds, corrections, candidates, exclusions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from geo.errors import InputError, fault
from geo.params import Source
from geo.read.osm_source import open_osm
from geo.read.points import COORDINATES
from geo.read.schema import Field, Schema
from geo.read.table import read_table
from geo.read.values import TEXT
from geo.read.words import BARRIER_KINDS, CORRECTION_KINDS, HOST_KINDS
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

_ID = Field(
    "id", "code", ("编号", "编码", "代码", "objectid", "fid", "osm_id"), sets_row_aside=True
)
_NAME = Field("name", "text", ("名称", "名字", "name:zh", "mc"))
_KIND = ("类型", "类别", "种类", "kind", "type", "fclass")
DEFAULT_BARRIER = "wall"

LAYERS: Mapping[str, Schema] = {
    "entrances": Schema(
        "entrances",
        "id",
        (
            _ID,
            _NAME,
            Field("building_id", "code", ("建筑编号", "楼栋编号", "所在建筑编号")),
            Field("kind", "text", (*_KIND, "entrance")),
            *COORDINATES,
        ),
        ("point",),
        takes_coordinates=True,
    ),
    "barriers": Schema(
        "barriers",
        "id",
        (_ID, _NAME, Field("kind", "text", (*_KIND, "layer"))),
        ("polygon", "line"),
    ),
    "compounds": Schema("compounds", "id", (_ID, _NAME), ("polygon",)),
    "corrections": Schema(
        "corrections",
        "id",
        (
            _ID,
            _NAME,
            Field(
                "kind",
                "word",
                (*_KIND, "修正类型", "操作"),
                CORRECTION_KINDS,
                sets_row_aside=True,
                required=True,
            ),
        ),
        ("line", "point", "polygon"),
    ),
    "candidates": Schema(
        "candidates",
        "id",
        (
            _ID,
            _NAME,
            Field("host_kind", "word", ("依托类型", "载体类型"), HOST_KINDS),
            Field("owner", "text", ("产权单位", "权属单位", "业主")),
            Field("cost", "number", ("造价", "成本", "费用", "相对造价"), least=0.0),
            Field(
                "area_m2", "number", ("面积", "建筑面积", "可用面积", "用地面积", "area"), least=0.0
            ),
            Field("tier", "text", ("层级", "拟设层级", "级别")),
            *COORDINATES,
        ),
        ("point", "polygon"),
        takes_coordinates=True,
    ),
    "lines": Schema("lines", "id", (_ID, _NAME), ("line",)),
    "points": Schema(
        "points", "id", (_ID, _NAME, *COORDINATES), ("point",), takes_coordinates=True
    ),
    "exclude": Schema("exclude", "id", (_ID, _NAME), ("polygon",)),
    "network": Schema("network", "id", (_ID,), ("line",), keeps_others=True),
    "extent": Schema("extent", "id", (_ID, _NAME), ("polygon",)),
}


def read_layer(source: Source, *, extract: OsmExtract | None = None) -> ReadResult:
    """Read one of the small layers, by the kind of its source.

    Returns
    -------
    ReadResult
        ``id, name``, the layer's own columns (``kind`` of barriers and corrections, ``building_id`` of entrances),
        ``source_sheet, source_row, geometry``; ``network`` keeps every column of the file. ``id`` may be missing.

    Raises
    ------
    InputError
        For a kind that is none of `LAYERS`; else see `geo.read.table.read_table`.
    """
    schema = LAYERS.get(source.kind)  # their ids are labels: nothing hangs on one occurring twice
    if schema is None:
        raise InputError(
            fault("layer_kind_unknown", section=source.kind, allowed="、".join(LAYERS))
        )
    schema = replace(schema, unique_ids=False)
    raw, lost = open_osm(source, schema, extract)
    read = read_table(source, schema, raw, also_rejected=lost)
    return _with_barrier_kinds(read) if source.kind == "barriers" else read


def _with_barrier_kinds(read: ReadResult) -> ReadResult:
    """Put the kinds of barriers into ours; one nobody knows bars the way like a wall, and is counted."""
    frame = read.frame.copy()
    said = frame["kind"].str.lower().str.replace(r"\s+", "", regex=True)
    frame["kind"] = said.map(dict(BARRIER_KINDS)).fillna(DEFAULT_BARRIER).astype(TEXT)
    unknown = int((~said.isin(list(BARRIER_KINDS))).sum())
    note = (fault("barriers_without_kind", "info", count=unknown),) if unknown else ()
    return replace(read, frame=frame, faults=(*read.faults, *note))
