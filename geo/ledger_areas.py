"""Blind areas known again by the buildings they share: members, overlaps, one-to-one matches, what became of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from geo.result import StudyResult

MEMBERS = ("blind_area_id", "building_id")


def area_members(result: StudyResult, rule: str) -> pd.DataFrame:
    """List the buildings of every blind area of a rule: uncovered, of its sub-district, inside its outline.

    Returns
    -------
    DataFrame
        ``blind_area_id, building_id``; where outlines overlap the smaller one has the building.
    """
    table = result.tables.get("blind_areas")
    nothing = pd.DataFrame({name: pd.Series(dtype=object) for name in MEMBERS})
    if table is None:
        return nothing
    areas = table[table["rule"].astype(str) == rule].reset_index(drop=True)
    every = result.buildings
    wanted = (every["rule"].astype(str) == rule) & (every["verdict"].astype(str) == "uncovered")
    buildings = every[wanted].reset_index(drop=True)
    if not len(areas) or not len(buildings):
        return nothing
    shapes = np.asarray(areas["geometry"], dtype=object)
    points = shapely.point_on_surface(np.asarray(buildings["geometry"], dtype=object))
    point, area = shapely.STRtree(shapes).query(points, predicate="intersects")
    pairs = pd.DataFrame({"point": point, "area": area, "size": shapely.area(shapes)[area]})
    if "subdistrict_id" in areas and "subdistrict_id" in buildings:
        here = areas["subdistrict_id"].astype(str).to_numpy()[area]
        pairs = pairs[here == buildings["subdistrict_id"].astype(str).to_numpy()[point]]
    pairs = pairs.sort_values(["point", "size", "area"]).drop_duplicates("point")
    return pd.DataFrame(
        {
            "blind_area_id": areas["blind_area_id"].astype(str).to_numpy(object)[pairs["area"]],
            "building_id": buildings["building_id"].astype(str).to_numpy(object)[pairs["point"]],
        }
    )


def overlaps(members: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Count the buildings that areas of today share with items of before: ``blind_area_id, number, shared``."""
    if not len(members) or not len(before):
        return pd.DataFrame({"blind_area_id": [], "number": [], "shared": []})
    both = members.merge(before, on="building_id")
    counts = both.groupby(["blind_area_id", "number"], sort=True).size()
    return counts.rename("shared").reset_index()


def matched(shared: pd.DataFrame, last: Collection[str] = ()) -> dict[str, str]:
    """Match areas to items one to one, those that share most buildings first.

    Parameters
    ----------
    shared
        Of `overlaps`.
    last
        Items that are only taken by what no other item claims.
    """
    order = shared.assign(last=shared["number"].isin(list(last)))
    order = order.sort_values(
        ["last", "shared", "number", "blind_area_id"], ascending=[True, False, True, True]
    )
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    claimed = set(order.loc[~order["last"].astype(bool), "blind_area_id"])
    for area, number, late in order[["blind_area_id", "number", "last"]].itertuples(index=False):
        if area in pairs or number in taken or (late and area in claimed):
            continue
        pairs[str(area)] = str(number)
        taken.add(number)
    return pairs


def fate(
    result: StudyResult,
    rule: str,
    before: pd.DataFrame,
    numbers: Sequence[str],
    shared: pd.DataFrame,
) -> dict[str, tuple[str, str]]:
    """Tell what became of items that no area of today is.

    Returns
    -------
    dict
        Number -> ``merged`` and the area it is part of now, else ``gone, unjudged, kept, covered, manual`` (no
        buildings known) and an empty text.
    """
    every = result.buildings
    mine = every[every["rule"].astype(str) == rule]
    verdict = pd.Series(
        mine["verdict"].astype(str).to_numpy(object), index=mine["building_id"].astype(str)
    )
    found = before[before["number"].isin(list(numbers))]
    found = found.assign(verdict=found["building_id"].map(verdict))
    largest = shared.sort_values(["shared", "blind_area_id"], ascending=[False, True])
    into = dict(zip(largest["number"][::-1], largest["blind_area_id"][::-1], strict=True))
    verdicts = {str(one): set(group["verdict"].dropna()) for one, group in found.groupby("number")}
    return {one: _fate(verdicts.get(one), into.get(one)) for one in numbers}


def _fate(verdicts: set[str] | None, into: str | None) -> tuple[str, str]:
    if verdicts is None:
        return "manual", ""
    if into is not None:
        return "merged", into
    if not verdicts:
        return "gone", ""
    if "uncovered" in verdicts:
        return "kept", ""
    return ("covered", "") if verdicts == {"covered"} else ("unjudged", "")
