"""What the columns of a line layer say about each way, in the words of OpenStreetMap."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.network.walkfilter import TAG_KEYS

# Column names under which well-known layers keep what we need (Geofabrik's shapefiles: fclass).
ALIASES: Mapping[str, tuple[str, ...]] = {
    "highway": ("fclass", "道路等级", "道路类型", "等级", "类型"),
    "name": ("道路名称", "名称", "路名"),
    "bridge": ("is_bridge", "桥梁", "是否桥梁"),
    "tunnel": ("is_tunnel", "隧道", "是否隧道"),
}
YES = ("yes", "true", "t", "1", "1.0", "y", "是", "有")
NO = ("no", "false", "f", "0", "0.0", "n", "否", "无", "none", "nan", "")
FLAGS = ("bridge", "tunnel")
# Classes of the urban road codes and of everyday speech; a plus adds a tag.
CLASSES: Mapping[str, tuple[str, str]] = {
    "高速公路": ("highway", "motorway"),
    "高速": ("highway", "motorway"),
    "匝道": ("highway", "trunk_link"),
    "城市快速路": ("highway", "trunk"),
    "快速路": ("highway", "trunk"),
    "国道": ("highway", "primary"),
    "省道": ("highway", "primary"),
    "主干路": ("highway", "primary"),
    "主干道": ("highway", "primary"),
    "次干路": ("highway", "secondary"),
    "次干道": ("highway", "secondary"),
    "县道": ("highway", "secondary"),
    "乡道": ("highway", "tertiary"),
    "支路": ("highway", "tertiary"),
    "街巷": ("highway", "residential"),
    "巷道": ("highway", "residential"),
    "居住区道路": ("highway", "residential"),
    "小区道路": ("highway", "service"),
    "小区路": ("highway", "service"),
    "内部道路": ("highway", "service"),
    "步行街": ("highway", "pedestrian"),
    "人行道": ("highway", "footway"),
    "步行道": ("highway", "footway"),
    "步道": ("highway", "footway"),
    "绿道": ("highway", "path"),
    "碧道": ("highway", "path"),
    "人行天桥": ("highway", "footway"),
    "过街天桥": ("highway", "footway"),
    "人行地道": ("highway", "footway"),
    "地下通道": ("highway", "footway"),
    "人行横道": ("footway", "crossing"),
    "斑马线": ("footway", "crossing"),
    "台阶": ("highway", "steps"),
    "楼梯": ("highway", "steps"),
    "自行车道": ("highway", "cycleway"),
    "非机动车道": ("highway", "cycleway"),
    "铁路": ("railway", "rail"),
    "轻轨": ("railway", "light_rail"),
    "地铁": ("railway", "subway"),
    "轮渡": ("route", "ferry"),
    "在建": ("highway", "construction"),
    "规划": ("highway", "proposed"),
}
OVER, UNDER = ("人行天桥", "过街天桥"), ("人行地道", "地下通道")
RAIL_CLASSES = ("rail", "subway", "light_rail", "tram", "narrow_gauge", "monorail", "funicular")
TILE_KINDS: Mapping[str, str] = {"rail": "railway", "ferry": "route", "aerialway": "aerialway"}


def line_tags(layer: pd.DataFrame, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Translate the columns of a line layer to tags, one row a line.

    Parameters
    ----------
    layer
        Any columns. Known without being told: OSM keys, Geofabrik's ``fclass``, map tiles' ``kind, kind_detail,
        is_bridge, is_tunnel``, and Chinese headers and classes such as 主干路 or 人行天桥.
    columns
        Column mapping of the study, ours -> theirs; it goes first.

    Returns
    -------
    DataFrame
        Only keys that the walk filter looks at. Without any known column every way is an ordinary street.
    """
    tags = pd.DataFrame(index=layer.index)
    mapping = columns or {}
    for key in TAG_KEYS:
        source = next(
            (
                one
                for one in (mapping.get(key), key, *ALIASES.get(key, ()))
                if one and one in layer.columns
            ),
            None,
        )
        if source is not None:
            tags[key] = _texts(layer[source])
    if "kind_detail" in layer.columns and "kind" in layer.columns and "highway" not in tags:
        _add_tile_kinds(tags, _texts(layer["kind"]), _texts(layer["kind_detail"]))
    for key in FLAGS:
        if key in tags:
            tags[key] = _flags(tags[key])
    if "highway" in tags:
        _translate_classes(tags)
    return tags


def _texts(column: pd.Series) -> pd.Series:
    """Return a column as trimmed texts, None where it is empty."""
    filled = column.notna()
    texts = pd.Series(None, index=column.index, dtype=object)
    texts[filled] = column[filled].astype(str).str.strip().astype(object)
    return texts.where(texts != "", None)


def _flags(column: pd.Series) -> pd.Series:
    """Return ``yes``, nothing for no, and other values (``viaduct``, ``building_passage``) as they are."""
    lowered = column.astype(object).map(lambda one: None if one is None else str(one).lower())
    flags = column.where(~lowered.isin(YES), "yes")
    return flags.where(~lowered.isin(NO) & lowered.notna(), None)


def _put(tags: pd.DataFrame, key: str, rows: pd.Series, values: object) -> None:
    """Set a tag on some rows."""
    column = tags[key] if key in tags else pd.Series(None, index=tags.index, dtype=object)
    tags[key] = column.where(~rows, values)


def _add_tile_kinds(tags: pd.DataFrame, kind: pd.Series, detail: pd.Series) -> None:
    """Take over the classes of map tiles (Tilezen): ``kind`` says what network, ``kind_detail`` what way."""
    other = kind.isin(list(TILE_KINDS)) | detail.isin(["pier"])
    _put(tags, "highway", ~other, detail)
    _put(tags, "man_made", detail.isin(["pier"]), "pier")
    for one, key in TILE_KINDS.items():
        rows = kind.isin([one])
        _put(tags, key, rows, detail.where(detail.notna(), one))


def _translate_classes(tags: pd.DataFrame) -> None:
    """Translate Chinese classes, and railways and ferries that stand among the roads."""
    given = tags["highway"]
    for value in sorted(set(given.dropna())):
        key, word = CLASSES.get(value, ("highway", value))
        if value in RAIL_CLASSES:
            key, word = "railway", value
        if value == "ferry":
            key, word = "route", value
        if (key, word) == ("highway", value):
            continue
        rows = given == value
        _put(tags, "highway", rows, "footway" if key == "footway" else None)
        _put(tags, key, rows, word)
        if value in OVER or value in UNDER:
            _put(tags, "bridge" if value in OVER else "tunnel", rows, "yes")
