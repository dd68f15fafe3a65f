"""Layers laid over the buildings: isochrones, blind areas, missing stations, proposed sites and links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.messages import language
from geo.tables import header
from maps.hidden import Hidden, cut_hidden
from maps.packing import Packer, add_lines, add_polygons
from maps.printed import NOTHING, printed
from maps.shapes import Shapes, is_placed, shapes_of

if TYPE_CHECKING:
    from geo.params import Rule
    from geo.result import StudyResult
    from maps.plane import Plane

_TOLERANCE_DEGREES, _TOLERANCE_M = 4e-5, 4.0
BLIND_FACTS = (
    "buildings_count", "residents", "floor_area_m2", "nearest_minutes", "excess_minutes", "cause",
    "obstacle_name",
)  # fmt: skip
SITE_FACTS = (
    "gain_residents", "gain_buildings_count", "coverage_after_share", "cost", "owner", "site_id",
)  # fmt: skip
LINK_FACTS = ("gain_residents", "gain_buildings_count", "coverage_after_share", "cost")
GAP_FACTS = ("gap", "expected", "actual", "unit_id")


def add_overlays(packer: Packer, result: StudyResult, plane: Plane, hidden: Hidden) -> None:
    """Pack every overlay that the result has; a layer without a table is packed empty.

    An external reader gets isochrones, sites and links. Blind areas are drawn round single
    buildings and missing stations stand for communities, so both stay out.
    """
    external = result.params.output.audience == "external"
    for number, rule in enumerate(result.params.rules):
        _add_isochrones(packer, f"iso{number}", _table(result, "isochrones"), rule, plane, hidden)
        blind = _of_rule(_table(result, "blind_areas"), rule, external)
        _add_blind(packer, f"blind{number}", blind, plane)
    add_facts_of(packer, "blind", BLIND_FACTS)
    _add_points(packer, "site", _table(result, "sites"), SITE_FACTS, plane)
    links = _ranked(_table(result, "links"))
    add_lines(packer, "link", shapes_of(links), plane)
    add_rows(packer, "link", links, LINK_FACTS)
    add_facts_of(packer, "link", LINK_FACTS)
    gaps = _table(result, "gap_units")
    _add_points(
        packer, "gap", _placed_gaps(result, gaps.iloc[:0] if external else gaps), GAP_FACTS, plane
    )


def _table(result: StudyResult, name: str) -> pd.DataFrame:
    table = result.tables.get(name)
    return pd.DataFrame() if table is None else table


def _of_rule(table: pd.DataFrame, rule: Rule, none: bool) -> pd.DataFrame:
    if none or "rule" not in table.columns:
        return table.iloc[:0]
    return _ranked(table[table["rule"] == rule.name])


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Sort by rank and leave out what has no place."""
    placed = table[is_placed(table)] if len(table) else table
    if "rank" in placed.columns:
        placed = placed.sort_values("rank", kind="stable")
    return placed.reset_index(drop=True)


def _add_isochrones(
    packer: Packer, name: str, table: pd.DataFrame, rule: Rule, plane: Plane, hidden: Hidden
) -> None:
    """Pack the isochrones of all stations together, the widest last, with the limit of each in the rule's unit."""
    column = "minutes" if rule.basis == "time" else "metres"
    merged = table
    if len(table):
        merged = table[(table["rule"] == rule.name) & (table["station_id"].astype(str) == "all")]
        merged = merged[merged[column].notna()].sort_values(column, kind="stable")
    shapes = shapes_of(merged)
    if len(shapes):
        # drawn as areas a few pixels wide at most: nobody sees four metres
        tolerance = _TOLERANCE_M if plane.local else _TOLERANCE_DEGREES
        shapes = cut_hidden(shapely.simplify(shapes, tolerance), hidden)
    add_polygons(packer, name, shapes, plane)
    packer.add_text(f"{name}.limits", [float(one) for one in merged[column]] if len(merged) else [])


def _add_blind(packer: Packer, name: str, table: pd.DataFrame, plane: Plane) -> None:
    shapes = shapes_of(table)
    add_polygons(packer, name, shapes, plane)
    packer.add_text(f"{name}.label", _inside(shapes, plane))
    add_rows(packer, name, table, BLIND_FACTS)


def _add_points(
    packer: Packer, name: str, table: pd.DataFrame, facts: Sequence[str], plane: Plane
) -> None:
    placed = _ranked(table)
    packer.add_text(f"{name}.xy", _inside(shapes_of(placed), plane))
    add_rows(packer, name, placed, facts)
    add_facts_of(packer, name, facts)


def add_facts_of(packer: Packer, name: str, facts: Sequence[str]) -> None:
    """Pack the labels of an overlay's facts."""
    packer.add_text(
        f"{name}.facts", [header(one, language()).split("（")[0].split(" (")[0] for one in facts]
    )


def add_rows(packer: Packer, name: str, table: pd.DataFrame, facts: Sequence[str]) -> None:
    """Pack a row an item: number, title, sentence and its facts as they are printed (null where missing)."""
    wanted = table.reindex(columns=["rank", "name", "sentence", *facts])
    rows: list[list[object]] = []
    for at, (rank, title, sentence, *values) in enumerate(
        wanted.itertuples(index=False, name=None), 1
    ):
        shown = [printed(one, value, unit=True) for one, value in zip(facts, values, strict=True)]
        rows.append(
            [
                at if pd.isna(rank) else int(rank),
                "" if pd.isna(title) else str(title),
                "" if pd.isna(sentence) else str(sentence),
                *(None if one in (NOTHING, "nan", "") else one for one in shown),
            ]
        )
    packer.add_text(f"{name}.rows", rows)


def _placed_gaps(result: StudyResult, gaps: pd.DataFrame) -> pd.DataFrame:
    """Give each missing station the place of its community, building or zone; none, none."""
    if not len(gaps):
        return gaps
    places: dict[str, shapely.Geometry] = {}
    for name, key in (
        ("zones", "zone_id"),
        ("buildings", "building_id"),
        ("communities", "community_id"),
    ):
        table = _table(result, name)
        if not len(table):
            continue
        wanted = table[table[key].isin(gaps["unit_id"]) & is_placed(table)].drop_duplicates(key)
        places.update(zip(wanted[key].astype(str), shapes_of(wanted), strict=True))
    where = np.array([places.get(str(one)) for one in gaps["unit_id"]], dtype=object)
    return gaps.assign(geometry=where).sort_values("unit_id", kind="stable")


def _inside(shapes: Shapes, plane: Plane) -> list[list[int]]:
    points = shapely.point_on_surface(shapes) if len(shapes) else shapes
    steps: list[list[int]] = plane.quantise(shapely.get_coordinates(points)).tolist()
    return steps
