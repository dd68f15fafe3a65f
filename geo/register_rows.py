"""Rows of a register as it keeps them: typed, coordinates as written with the datum they are in, bad ones told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import WGS84, resolve_crs
from geo.errors import CrsError, fault
from geo.params import Source
from geo.read.fields import take_fields
from geo.read.headers import Match, match_columns
from geo.read.points import points_of, split_pairs
from geo.read.raw import RawTable
from geo.read.register_sheets import with_subdistricts
from geo.read.rejects import Rejects
from geo.read.schema import Field, Schema
from geo.read.stations import REGISTER, is_private, station_ids, with_vocabulary
from geo.read.table import open_source

Row = dict[str, object]
COORDINATE_COLUMNS = ("lon", "lat", "coordinate_source")
FIELDS: Mapping[str, Field] = {one.name: one for one in REGISTER.fields if one.name != "location"}
_DECLARED = {"gcj02": "gcj02", "bd09": "bd09", "EPSG:4326": "survey", "EPSG:4490": "survey"}
_IDENTITY = ("station_id", "subdistrict_name", "name")
_DECIMALS = 8  # of a degree: a millimetre
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}[\s-]\d{7,8})(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SPACES = re.compile(r"[\t\r\n\v\f]+")
# an id stands in addresses of the service
_NOT_AN_ID = re.compile(r"[^\w.()（）\-]|^\.+$")
RESERVED = ("export", "import", "changes", "reanalysis")
_LONGEST = {"text": 500, "code": 64, "list": 500}


@dataclass(frozen=True)
class RegisterRows:
    """What was read.

    Attributes
    ----------
    rows
        Good rows: our column -> text, figure, flag, list of names, date as ``YYYY-MM-DD``, None for nothing.
    lost
        Of each good row, columns whose value could not be read and so says nothing.
    columns
        Columns the file has.
    rejects
        Rows and values set aside, columns `geo.tables.REJECT_COLUMNS`.
    set_aside
        Id, sub-district and name of the rows set aside, as far as they could be read.
    private
        Columns that were not read, because they may hold phones or names of persons.
    """

    rows: list[Row]
    lost: list[frozenset[str]]
    columns: tuple[str, ...]
    rejects: pd.DataFrame
    count: int
    set_aside: list[Row]
    private: tuple[str, ...] = ()


def rows_of_file(
    source: Source, tiers: Mapping[str, str] | None = None, checks: Sequence[str] = ()
) -> RegisterRows:
    """Read the register in a file (Excel or CSV); ``source.crs`` holds for rows without a 坐标来源.

    Raises
    ------
    InputError
        The file as a whole cannot be used.
    CrsError
        Nothing says what its coordinates are.
    """
    schema = _schema(tiers, checks)
    raw = with_subdistricts(open_source(source, schema), schema, source.columns)
    filled = raw.frame.columns[raw.frame.notna().any().to_numpy(bool)]
    match = match_columns([str(one) for one in filled], schema, source.columns, file=raw.file)
    private = [str(one) for one in filled if is_private(str(one))]
    if source.crs is None and "coordinate_source" not in match.theirs:
        raise CrsError(fault("register_no_datum", file=raw.file))
    read = _read(split_pairs(raw, match), schema, match, source.crs)
    return replace(read, private=tuple(private))


def rows_of_values(
    values: Sequence[Mapping[str, object]],
    tiers: Mapping[str, str] | None = None,
    checks: Sequence[str] = (),
    crs: str | None = None,
) -> RegisterRows:
    """Check rows given as values under our column names, as `rows_of_file` checks those of a file."""
    schema = _schema(tiers, checks)
    labels = {one.name: label(one.name) for one in schema.fields}
    cells = {labels[name]: [_written(row.get(name)) for row in values] for name in labels}
    frame = pd.DataFrame(cells, dtype=object)
    count = len(values)
    raw = RawTable(
        frame, None, np.full(count, "", dtype=object), np.arange(1, count + 1), "", "csv"
    )
    return _read(raw, schema, Match(labels, {}), crs)


def label(name: str) -> str:
    """Return the header of a column as a register writes it; labels of a checklist are their own."""
    one = FIELDS.get(name)
    return one.aliases[0] if one is not None and one.aliases else name


def rows_of_stations(stations: gpd.GeoDataFrame) -> list[Row]:
    """Turn the stations of a finished study (its inputs) into rows of a register."""
    frame = stations if stations.crs is None else stations.to_crs(WGS84)
    table = pd.DataFrame(frame.drop(columns="geometry"))
    has = (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy(bool)
    table["lon"] = frame.geometry.x.round(_DECIMALS).where(has)
    table["lat"] = frame.geometry.y.round(_DECIMALS).where(has)
    table["coordinate_source"] = pd.Series("survey", index=table.index, dtype=object).where(
        has & (frame.crs is not None), None
    )
    if "access_scope_stated" in table:
        stated = table["access_scope_stated"].astype(bool)
        table["access_scope"] = table["access_scope"].where(stated)
    names = [name for name in FIELDS if name in table.columns]
    return _plain_rows(table[names])


def with_ids(rows: Sequence[Row], taken: Sequence[str]) -> list[Row]:
    """Number the rows that have no id, passing over the ids of `taken`."""
    held = pd.DataFrame({"station_id": [*taken, *(one.get("station_id") for one in rows)]})
    ids = station_ids(held, pd.Series(None, index=held.index, dtype=object))
    return [
        {**row, "station_id": made}
        for row, made in zip(rows, ids.tolist()[len(taken) :], strict=True)
    ]


def _schema(tiers: Mapping[str, str] | None, checks: Sequence[str]) -> Schema:
    schema = with_vocabulary(REGISTER, tiers or (), checks)
    fields = [replace(one, required=True) if one.name == "name" else one for one in schema.fields]
    # the register keeps what a source means, and reads it back
    kept = {"survey": "survey"}
    fields = [
        replace(one, words={**one.words, **kept}) if one.name == "coordinate_source" else one
        for one in fields
    ]
    return replace(schema, fields=tuple(fields), placed_later=True)


def _read(raw: RawTable, schema: Schema, match: Match, declared: str | None) -> RegisterRows:
    flat = raw.frame.map(lambda one: _SPACES.sub(" ", one) if isinstance(one, str) else one)
    raw = replace(raw, frame=flat)
    rejects = Rejects(raw, schema.section)
    table, _ = take_fields(raw, schema, match, rejects)
    _refuse(table, schema, match, rejects)
    table = _with_datum(table, match, declared, rejects)
    points, _, _ = points_of(table, match, declared, rejects, schema.section, placed_later=True)
    table = _with_coordinates(table, points, declared)
    told = rejects.table()
    good = np.flatnonzero(rejects.good)
    ours = {theirs: name for name, theirs in match.theirs.items()}
    lost: dict[tuple[str, int], set[str]] = {}
    for sheet, row, column in told[["sheet", "row", "column"]].itertuples(index=False):
        lost.setdefault((sheet, int(row)), set()).add(ours.get(column, column))
    places = [(str(raw.sheet[at] or ""), int(raw.row[at])) for at in good]
    names = [one.name for one in schema.fields if one.name != "location"]
    held = [name for name in names if name in match.theirs]
    if "location" in match.theirs:
        held += ["lon", "lat"]
    if {"lon", "lat"} & set(held):
        held += ["coordinate_source"]
    return RegisterRows(
        rows=_plain_rows(table[names].iloc[good]),
        lost=[frozenset(lost.get(place, ())) for place in places],
        columns=tuple(dict.fromkeys(held)),
        rejects=told,
        count=len(raw),
        set_aside=_plain_rows(table[list(_IDENTITY)].iloc[np.flatnonzero(~rejects.good)]),
    )


def _refuse(table: pd.DataFrame, schema: Schema, match: Match, rejects: Rejects) -> None:
    """Set aside what no register may hold: phones, endless text, ids that no address can carry."""
    for one in schema.fields:
        if one.kind not in _LONGEST or one.name not in match.theirs:
            continue
        cells, column = table[one.name], match.theirs[one.name]
        if one.kind == "list":
            cells = cells.map(lambda names: "、".join(names) if isinstance(names, list) else None)
        text = cells.astype("string")
        for code, bad, shown in (
            ("reject_phone", text.str.contains(_PHONE), ""),
            ("reject_long", text.str.len() > _LONGEST[one.kind], ""),
            ("reject_control", text.str.contains(_CONTROL), ""),
        ):
            if one.kind == "code" and code == "reject_phone":
                continue  # codes are figures
            rejects.rows(bad.fillna(False).to_numpy(bool), code, column=column, value=shown)
    ids = table["station_id"].astype("string")
    odd = (ids.str.contains(_NOT_AN_ID) | ids.isin(RESERVED)).fillna(False).to_numpy(bool)
    rejects.rows(odd, "reject_id", column=match.theirs.get("station_id", ""), value=ids)


def _with_datum(
    table: pd.DataFrame, match: Match, declared: str | None, rejects: Rejects
) -> pd.DataFrame:
    """Set rows aside whose coordinates may mean anything."""
    if declared is not None:
        return table
    given = table[["lon", "lat", "location"]].notna().any(axis=1).to_numpy(bool)
    unsaid = table["coordinate_source"].isna().to_numpy(bool)
    bare = given & unsaid
    rejects.rows(bare, "reject_no_datum", column=match.theirs.get("coordinate_source", ""))
    table = table.copy()
    table.loc[bare, ["lon", "lat", "location"]] = None
    return table


def _with_coordinates(
    table: pd.DataFrame, points: gpd.GeoSeries, declared: str | None
) -> pd.DataFrame:
    """Keep degrees as written, with their datum; metres of a known grid become degrees."""
    table = table.copy()
    has = points.notna().to_numpy()
    degrees = points.to_crs(WGS84) if points.crs is not None else points
    named = table["coordinate_source"].astype(object)
    known = _known_datum(declared)
    source = np.array(named.where(named.notna(), known), dtype=object)
    # a column that holds the pair, or metres: what was understood is kept
    written = table[["lon", "lat"]].to_numpy(np.float64)
    plain = np.isfinite(written).all(axis=1) & (np.abs(written) <= 180.0).all(axis=1)
    if points.crs is None:
        plain, source = has, np.full(len(table), None, dtype=object)
    x, y = (np.asarray(one, dtype=np.float64) for one in (degrees.x, degrees.y))
    table["lon"] = np.where(has, np.where(plain, written[:, 0], x.round(_DECIMALS)), np.nan)
    table["lat"] = np.where(has, np.where(plain, written[:, 1], y.round(_DECIMALS)), np.nan)
    source[has & ~plain] = "survey"
    source[~has] = None
    table["coordinate_source"] = source
    return table


def _known_datum(declared: str | None) -> str | None:
    if declared is None:
        return None
    if declared in _DECLARED:
        return _DECLARED[declared]
    known = resolve_crs(declared, None, file="", section=REGISTER.section)
    return "survey" if known.is_degrees else None


def _written(value: object) -> str | None:
    """Write a value as a cell of a register."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, list | tuple):
        return "、".join(map(str, value)) or None
    return str(value).strip() or None


def _plain_rows(table: pd.DataFrame) -> list[Row]:
    columns = {name: [_plain(one) for one in table[name].astype(object)] for name in table.columns}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _plain(value: object) -> object:
    if isinstance(value, list | tuple | np.ndarray):
        return [str(one) for one in value] or None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float | np.floating) and np.isnan(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | int | np.number):
        return float(value)
    return str(value)
