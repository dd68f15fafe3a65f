"""Stations (党群服务中心/站): the register of a district, point layers, footprints or OSM objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from geo.errors import Fault, fault
from geo.names import without_pinyin
from geo.params import DEFAULT_TIERS, Source
from geo.read.headers import known_headers, plain_header
from geo.read.osm_source import open_osm
from geo.read.points import COORDINATES
from geo.read.raw import RawTable
from geo.read.register_sheets import SUBDISTRICT, with_subdistricts
from geo.read.schema import Field, Schema
from geo.read.table import TABLE_FORMATS, open_source, read_table
from geo.read.values import TEXT, fold_word
from geo.read.words import ACCESS_SCOPES, HOST_KINDS, STATUSES, TIERS
from geo.tables import ReadResult

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract

# The register's own columns in its order, then what other registers call them.
_FIELDS = (
    Field(
        "station_id",
        "code",
        ("编号", "站点编号", "阵地编号", "站点编码", "编码", "code", "id", "osm_id"),
        sets_row_aside=True,
    ),
    Field(
        "name",
        "text",
        ("名称", "站点名称", "阵地名称", "党群服务中心名称", "党群服务站名称", "name:zh", "mc"),
    ),
    Field(
        "tier",
        "word",
        ("层级", "阵地类型", "级别", "阵地层级", "站点类型", "站点级别", "类别", "类型"),
        TIERS,
        sets_row_aside=True,
        required=True,
    ),
    Field("subdistrict_name", "text", ("所属街道", "街道", "镇街", "所属镇街", "街道名称")),
    Field("community_name", "text", ("所属社区", "社区", "居委", "居委会", "社区名称")),
    Field("subdistrict_code", "code", ("街道代码", "所属街道代码", "街道编码", "镇街代码")),
    Field("community_code", "code", ("社区代码", "所属社区代码", "社区编码", "居委代码")),
    Field("address", "text", ("地址", "详细地址", "站点地址", "addr:full")),
    *COORDINATES,
    Field("host_kind", "word", ("依托类型", "依托载体", "载体类型"), HOST_KINDS),
    Field(
        "host_building_ids", "list", ("所在建筑", "所在楼宇", "所在楼栋", "依托楼宇", "所在大厦")
    ),
    Field("served_building_ids", "list", ("服务楼宇", "服务楼栋", "覆盖楼宇")),
    Field("floor", "floor", ("楼层", "所在楼层")),
    Field("area_m2", "number", ("建筑面积", "面积", "使用面积", "场地面积", "站点面积"), least=0.0),
    Field(
        "access_scope",
        "word",
        ("开放对象", "开放范围", "服务对象"),
        ACCESS_SCOPES,
        sets_row_aside=True,
    ),
    Field("opening_hours", "text", ("开放时间", "服务时间", "营业时间")),
    Field("booking_required", "flag", ("是否预约", "预约", "需预约", "是否需预约")),
    Field(
        "status",
        "word",
        ("状态", "建设状态", "运营状态", "使用状态"),
        STATUSES,
        sets_row_aside=True,
        required=True,
    ),
    Field("opened_on", "date", ("启用日期", "启用时间", "建成时间", "建成日期", "投用时间")),
    Field("closed_on", "date", ("停用日期", "停用时间", "关闭日期")),
    Field("exemplary", "flag", ("示范站", "示范性", "是否示范", "是否示范站", "示范点")),
    Field("programmes", "list", ("所属专项", "专项")),
    Field("co_located", "list", ("合设机构", "合设", "共建机构")),
    Field("paired_branches", "list", ("结对支部", "结对党支部", "联系支部", "共建支部")),
    Field("services", "list", ("服务内容", "服务项目", "功能室", "功能设置")),
    Field("activities", "text", ("品牌活动", "活动", "活动内容")),
    Field("sessions_count", "number", ("场次", "活动场次", "举办场次"), least=0.0),
    Field("visits_count", "number", ("人次", "服务人次", "参与人次"), least=0.0),
    Field("usage_period", "text", ("统计期间", "统计时段", "使用统计期间")),
    Field("usage_source", "text", ("使用数据来源", "活动数据来源", "场次人次来源")),
    Field("usage_date", "date", ("使用数据日期", "活动数据日期", "场次人次截止日期")),
    Field("upgraded", "flag", ("升级改造", "是否升级改造", "完成升级改造", "已升级改造")),
    Field("operator", "text", ("运营单位", "运营主体", "管理单位")),
    Field("source", "text", ("数据来源", "来源")),
    Field("source_date", "date", ("数据日期", "更新日期", "采集日期")),
    Field("remarks", "text", ("备注", "说明")),
)
REGISTER = Schema(
    "stations",
    "station_id",
    _FIELDS,
    ("point", "polygon"),
    takes_coordinates=True,
    identity=(SUBDISTRICT, "name"),
)
# Columns few registers have: the table of stations holds them only where the file does.
WHERE_PRESENT = (
    *("paired_branches", "services", "activities", "sessions_count", "visits_count"),
    *("usage_period", "usage_source", "usage_date", "upgraded"),
    *("subdistrict_code", "community_code"),
)
_NAMES = ("name", "address", "subdistrict_name", "community_name")
PLACE_FIELDS = ("address", "host_building_ids")
_PRIVATE = ("电话", "手机", "联系人", "联系方式", "负责人", "phone", "mobile", "contact", "身份证")


def read_stations(
    source: Source,
    *,
    tiers: Sequence[str] | Mapping[str, str] = (),
    checks: Sequence[str] = (),
    default_tier: str = "community",
    placed_later: bool = False,
    extract: OsmExtract | None = None,
) -> ReadResult:
    """Read stations.

    Parameters
    ----------
    tiers
        Names of tiers beyond the usual three, each standing for itself; or all words of a city profile -> its tier,
        and then no tier outside the profile is taken.
    checks
        Labels of a checklist (六有), each a yes/no column of the register; those the file has become columns.
    default_tier
        Tier of a station whose register has none.
    placed_later
        Rows of a register that have no coordinates are kept, without geometry, see `geo.station_register`.

    Returns
    -------
    ReadResult
        The register's columns under our names and a point geometry (for a footprint, a point inside).
        ``host_building_ids``, ``served_building_ids``, ``programmes`` and ``co_located`` are lists of names as
        written. ``station_id`` is missing where the file has none, see `station_ids`. A register without tiers counts
        as `default_tier` and a missing scope as ``public``, both reported; a missing status stays missing. Columns with
        phones or names of persons are not read.

    Raises
    ------
    InputError
        See `geo.read.table.read_table`.
    """
    schema = with_vocabulary(REGISTER, tiers, checks)
    raw, lost = open_osm(source, schema, extract)
    raw = raw if raw is not None else open_source(source, schema)
    if raw.format in TABLE_FORMATS:
        # a map layer may hold places without a name, a register may not
        schema = replace(schema, fields=tuple(_demand_name(one) for one in schema.fields))
        schema = replace(schema, placed_later=placed_later and _names_places(raw, schema, source))
        raw = with_subdistricts(raw, schema, source.columns)
    read = read_table(source, schema, raw, also_rejected=lost)
    absent = [name for name in (*checks, *WHERE_PRESENT) if name not in read.mapping]
    frame, faults = _with_defaults(read.frame.drop(columns=absent), raw.file, default_tier)
    frame = frame.set_geometry(_as_points(frame.geometry))
    return replace(read, frame=frame, faults=(*read.faults, *faults, *_unread(raw, read.mapping)))


def with_vocabulary(
    schema: Schema, tiers: Sequence[str] | Mapping[str, str], checks: Sequence[str]
) -> Schema:
    """Let a schema know the tiers and the checklist of a city, see `read_stations`."""
    return _with_checks(_with_tiers(schema, tiers), checks)


def _names_places(raw: RawTable, schema: Schema, source: Source) -> bool:
    """Whether a register has columns by which a station without coordinates could be found."""
    if any(source.columns.get(name) for name in PLACE_FIELDS):
        return True
    words = {
        plain_header(word)
        for one in schema.fields
        if one.name in PLACE_FIELDS
        for word in one.headers
    }
    filled = raw.frame.columns[raw.frame.notna().any().to_numpy(bool)]
    return any(plain_header(str(name)) in words for name in filled)


def _with_tiers(schema: Schema, tiers: Sequence[str] | Mapping[str, str]) -> Schema:
    if isinstance(tiers, Mapping):
        chosen = set(tiers.values())
        known = {word: tier for word, tier in TIERS.items() if tier in chosen}
        extra = {fold_word(word): tier for word, tier in tiers.items()}
    else:
        known = dict(TIERS)
        extra = {tier.lower(): tier for tier in tiers if tier not in DEFAULT_TIERS}
    fields = tuple(
        replace(one, words={**known, **extra}) if one.name == "tier" else one
        for one in schema.fields
    )
    return replace(schema, fields=fields)


def _with_checks(schema: Schema, checks: Sequence[str]) -> Schema:
    return replace(schema, fields=(*schema.fields, *(Field(one, "flag") for one in checks)))


def _demand_name(one: Field) -> Field:
    return replace(one, required=True) if one.name == "name" else one


def _with_defaults(
    frame: gpd.GeoDataFrame, file: str, default_tier: str
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Fill what the analysis cannot do without, and say how often."""
    faults: list[Fault] = []
    frame = frame.copy()
    frame["access_scope_stated"] = frame["access_scope"].notna()
    spelt = 0
    for column in _NAMES:
        plain = frame[column].map(without_pinyin, na_action="ignore").astype(TEXT)
        spelt += int(((plain != frame[column]) & plain.notna()).sum())
        frame[column] = plain
    if spelt:
        faults.append(fault("pinyin_dropped", "info", file=file, count=spelt))
    for column, default, severity in (
        ("tier", default_tier, "warning"),
        ("access_scope", "public", "info"),
    ):
        missing = int(frame[column].isna().sum())
        if missing:
            frame[column] = frame[column].fillna(default).astype(TEXT)
            code = f"stations_without_{column}"
            faults.append(Fault(code, {"file": file, "count": missing}, severity))  # type: ignore[arg-type]
    without_status = int(frame["status"].isna().sum())
    if without_status:
        faults.append(fault("stations_without_status", "info", file=file, count=without_status))
    return frame, faults


def _as_points(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    points = shapes.to_numpy().copy()
    others = shapely.get_type_id(points) != 0
    points[others] = shapely.point_on_surface(points[others])
    return gpd.GeoSeries(points, crs=shapes.crs, index=shapes.index)


def is_private(header: str) -> bool:
    """Whether a column may hold phones or names of persons, which never leave the register."""
    return any(word in header.lower() for word in _PRIVATE)


def _unread(raw: RawTable, mapping: dict[str, str]) -> list[Fault]:
    """Name the columns that were left in the file: private ones on purpose, others because nobody knows them."""
    filled = raw.frame.columns[raw.frame.notna().any().to_numpy(bool)]
    left = [str(name) for name in filled if name not in mapping.values()]
    private = [name for name in left if is_private(name)]
    faults: list[Fault] = []
    if private:
        faults.append(fault("columns_private", "info", file=raw.file, columns="、".join(private)))
    ours = known_headers(REGISTER, {})  # a second column of one meaning is reported by that
    others = [name for name in left if name not in private and plain_header(name) not in ours]
    if others and raw.format != "osm":
        faults.append(fault("columns_unread", "info", file=raw.file, columns="、".join(others)))
    return faults


def station_ids(stations: pd.DataFrame, community_ids: pd.Series) -> pd.Series:
    """Give every station without an id one: community code + three-digit serial, ``S0001`` without a community.

    Parameters
    ----------
    stations
        With ``station_id``, in the order of the register.
    community_ids
        Community of each station, missing for none; aligned with `stations`.

    Returns
    -------
    Series
        Unique ids; numbers that the register already uses are passed over.
    """
    ids = stations["station_id"].astype(TEXT).copy()
    taken = set(ids.dropna())
    serial: dict[str, int] = {}
    for at in ids.index[ids.isna()]:
        community = community_ids.loc[at]
        prefix, width = ("S", 4) if pd.isna(community) else (str(community), 3)
        while True:
            serial[prefix] = serial.get(prefix, 0) + 1
            made = f"{prefix}{serial[prefix]:0{width}d}"
            if made not in taken:
                break
        taken.add(made)
        ids.loc[at] = made
    return ids
