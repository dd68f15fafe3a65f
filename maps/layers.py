"""Result tables into packed layers: buildings, sub-districts, communities, stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.params import Rule
from geo.tables import USES, VERDICTS
from maps.figures import thousandths
from maps.packing import Packer, add_codes, add_polygons
from maps.plane import IntArray, Plane
from maps.shapes import Shapes, is_placed, shapes_of

if TYPE_CHECKING:
    from geo.result import StudyResult

NO_VALUE = 65_535
_TOP = NO_VALUE - 1
STATION_FIELDS = (
    "station_id", "name", "tier", "status", "access_scope", "host_kind", "floor", "area_m2",
    "opening_hours", "exemplary",
)  # fmt: skip
"""What the page may know of a station. Nothing of persons: the register's other columns stay out."""
SERVED_FIELDS = ("covered_buildings_count", "covered_residents", "sole_residents")


def first_rows(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return one row a `key` of a table that is long by rule, sorted by it."""
    return frame.drop_duplicates(key).sort_values(key, kind="stable").reset_index(drop=True)


def add_buildings(
    packer: Packer,
    buildings: pd.DataFrame,
    rules: Sequence[Rule],
    plane: Plane,
    areas: Sequence[str],
    stations: Sequence[str],
) -> int:
    """Pack footprints, attributes and, rule by rule, verdict, reason, cost and station.

    Buildings are laid along a curve that fills the plane, so neighbours are near in the file: the
    differences stay small and the page draws by runs.

    Returns
    -------
    int
        How many buildings there are.
    """
    base = first_rows(buildings, "building_id")
    shapes = shapes_of(base)
    order = _along_curve(base["building_id"], shapes, plane)
    base = base.iloc[order].reset_index(drop=True)
    add_polygons(packer, "building", shapes[order], plane)
    packer.add_text("building.id", "\n".join(base["building_id"].astype(str)))
    add_codes(packer, "building.name", _texts(base, "name"))
    packer.add("building.area", _index_in(_texts(base, "subdistrict_id"), areas) + 1, "uv")
    packer.add("building.use", _index_in(_texts(base, "use"), USES) + 1, "u1")
    packer.add("building.levels", _counts(base, "levels", 254), "u1")
    packer.add("building.floor_area", _counts(base, "floor_area_m2"), "uv")
    packer.add("building.residents", _counts(base, "residents"), "uv")
    for number, rule in enumerate(rules):
        rows = of_rule(buildings, rule, "building_id", base["building_id"])
        _add_judgement(packer, f"rule{number}", rows, rule, stations)
    return len(base)


def _add_judgement(
    packer: Packer, name: str, rows: pd.DataFrame, rule: Rule, stations: Sequence[str]
) -> None:
    verdict = _index_in(_texts(rows, "verdict"), VERDICTS)
    packer.add(f"{name}.verdict", np.where(verdict < 0, VERDICTS.index("unknown"), verdict), "u1")
    add_codes(packer, f"{name}.reason", _texts(rows, "reason"))
    packer.add(f"{name}.value", shown_cost(rows, rule), "u2")
    packer.add(f"{name}.station", _index_in(_texts(rows, "station_id"), stations) + 1, "uv")
    packer.add(f"{name}.reach", _counts(rows, "stations_in_reach_count", 255), "u1")


def shown_cost(rows: pd.DataFrame, rule: Rule) -> IntArray:
    """Return the cost as printed: tenths of a minute or whole metres, rounded up; `NO_VALUE` for none."""
    column, scale = ("minutes", 10.0) if rule.basis == "time" else ("metres", 1.0)
    values = _numbers(rows, column) * scale
    # a hair below: 10.0 minutes kept as a float must not print as 10.1
    shown = np.minimum(np.ceil(np.nan_to_num(values) - 1e-6), _TOP)
    return np.where(np.isfinite(values), np.maximum(shown, 0), NO_VALUE).astype(np.int64)


def add_areas(
    packer: Packer, name: str, table: pd.DataFrame, rules: Sequence[Rule], key: str, plane: Plane
) -> list[str]:
    """Pack sub-districts (or communities): shapes, names, label points and figures by rule.

    Returns
    -------
    list
        Their ids, in the order packed.
    """
    base = first_rows(table, key) if len(table) else table
    shapes = shapes_of(base)
    add_polygons(packer, name, shapes, plane)
    ids = base[key].astype(str).tolist() if len(base) else []
    packer.add_text(f"{name}.id", ids)
    packer.add_text(f"{name}.name", _texts(base, "name") if len(base) else [])
    packer.add_text(f"{name}.label", _label_points(shapes, plane))
    figures = [
        [thousandths(row) for row in _records(of_rule(table, rule, key, base[key]))] if ids else []
        for rule in rules
    ]
    packer.add_text(f"{name}.figures", figures)
    return ids


def _label_points(shapes: Shapes, plane: Plane) -> list[list[int] | None]:
    """Return a point inside each area for its name, None for an area without a shape."""
    points = shapely.point_on_surface(shapes)
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    labels: list[list[int] | None] = [None] * len(shapes)
    steps = plane.quantise(shapely.get_coordinates(points[placed])).tolist()
    for index, step in zip(np.flatnonzero(placed).tolist(), steps, strict=True):
        labels[index] = step
    return labels


def add_outline(packer: Packer, table: pd.DataFrame, key: str, plane: Plane) -> None:
    """Pack the outline of all sub-districts together, hairline slivers between them closed."""
    shapes = shapes_of(first_rows(table, key)) if len(table) else shapes_of(table)
    if not len(shapes):
        add_polygons(packer, "outline", [], plane)
        return
    hair = 2.0 if plane.local else 2e-5
    whole = shapely.union_all(shapely.buffer(shapes, hair, join_style="mitre"))
    add_polygons(packer, "outline", [shapely.buffer(whole, -hair, join_style="mitre")], plane)


def add_stations(
    packer: Packer, result: StudyResult, plane: Plane, areas: Sequence[str]
) -> list[str]:
    """Pack stations that have a place on the map, with `STATION_FIELDS`, and by rule what each serves.

    Returns
    -------
    list
        Their ids, in the order packed.
    """
    table = result.stations[is_placed(result.stations)]
    base = first_rows(table, "station_id")
    xy = shapely.get_coordinates(shapes_of(base)) if len(base) else np.zeros((0, 2))
    packer.add_text("station.xy", plane.quantise(xy).tolist())
    packer.add_text("station.area", _index_in(_texts(base, "subdistrict_id"), areas).tolist())
    packer.add_text("station.fields", list(STATION_FIELDS))
    packer.add_text("station.rows", _cells(base, STATION_FIELDS))
    packer.add_text("station.served_fields", list(SERVED_FIELDS))
    packer.add_text(
        "station.served",
        [
            _cells(of_rule(table, rule, "station_id", base["station_id"]), SERVED_FIELDS)
            for rule in result.params.rules
        ],
    )
    return base["station_id"].astype(str).tolist()


def of_rule(table: pd.DataFrame, rule: Rule, key: str, ids: pd.Series) -> pd.DataFrame:
    """Return the rows of one rule in the order of `ids`; a table without ``rule`` serves every rule."""
    rows = table[table["rule"] == rule.name] if "rule" in table.columns else table
    return rows.drop_duplicates(key).set_index(key).reindex(ids)


def _cells(table: pd.DataFrame, fields: Sequence[str]) -> list[list[object]]:
    plain = table.reindex(columns=list(fields))
    return [[_plain(value) for value in row] for row in plain.itertuples(index=False, name=None)]


def _along_curve(ids: pd.Series, shapes: Shapes, plane: Plane) -> IntArray:
    """Return the order of buildings along the curve, equal places by id."""
    if not len(shapes):
        return np.zeros(0, dtype=np.int64)
    order: IntArray = np.lexsort((ids, _morton(shapes, plane)))
    return order


def _morton(shapes: Shapes, plane: Plane) -> npt.NDArray[np.uint64]:
    bounds = shapely.bounds(shapes)
    steps = plane.quantise((bounds[:, :2] + bounds[:, 2:]) / 2.0)
    steps = steps - steps.min(axis=0)
    return _spread(steps[:, 0]) | (_spread(steps[:, 1]) << np.uint64(1))


def _spread(values: IntArray) -> npt.NDArray[np.uint64]:
    """Put a zero bit between the bits of numbers below 2**32 (Morton, 1966)."""
    x = values.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333), (1, 0x5555555555555555),
    ):  # fmt: skip
        x = (x | (x << np.uint64(shift))) & np.uint64(mask)
    return x


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    column = frame[name].astype(object)
    return [str(value) for value in column.where(column.notna(), "")]


def _numbers(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _counts(frame: pd.DataFrame, name: str, top: int = 2**31 - 1) -> IntArray:
    """Whole numbers plus one, 0 where unknown."""
    values = _numbers(frame, name)
    whole = np.clip(np.rint(np.nan_to_num(values)), 0, top - 1) + 1
    return np.where(np.isfinite(values), whole, 0).astype(np.int64)


def _index_in(values: Sequence[str], table: Sequence[str]) -> IntArray:
    """Position of each value in `table`, -1 where it is not there."""
    return np.asarray(
        pd.Index(list(table), dtype=object).get_indexer(pd.Index(list(values), dtype=object))
    )


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.drop(columns=[name for name in ("geometry",) if name in frame.columns])
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: object) -> object:
    """Make a value that JSON can say; lists are joined, missing ones become null."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return "、".join(str(one) for one in value)
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = round(float(value), 3)
        return int(number) if number.is_integer() else number
    return str(value)
