"""The earlier result beside the present one: what travels so that the page can draw both sides of its divider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.errors import InputError, fault
from geo.messages import say
from geo.params import Rule
from geo.tables import VERDICTS
from maps.captions import printed_date, standing_lines
from maps.figures import headlines, thousandths
from maps.layers import first_rows, of_rule, shown_cost
from maps.packing import Packer
from maps.plane import IntArray, Plane
from maps.shapes import is_placed, shapes_of

if TYPE_CHECKING:
    from geo.result import StudyResult

ABSENT = len(VERDICTS)
"""Verdict of a building that the earlier result does not have."""
_STATION = ("tier", "status", "name")


def check_comparable(result: StudyResult, earlier: StudyResult) -> None:
    """Refuse two results that no map can show side by side.

    Raises
    ------
    InputError
        For an external copy, which holds no buildings; for a local grid beside another; without a rule in common.
    """
    if result.params.output.audience == "external":
        raise InputError(fault("map_against_external"))
    grids = result.params.crs, earlier.params.crs
    if "local" in grids and grids[0] != grids[1]:
        raise InputError(fault("compare_crs", before=grids[1], after=grids[0]))
    names = [one.name for one in earlier.params.rules]
    if not any(rule.name in names for rule in result.params.rules):
        raise InputError(fault("map_against_rules", rules="、".join(names)))


def both_marked(result: StudyResult, earlier: StudyResult) -> StudyResult:
    """Return the result, marked as simulated where either of the two is."""
    if not earlier.params.output.simulated:
        return result
    output = replace(result.params.output, simulated=True)
    return replace(result, params=replace(result.params, output=output))


def both_lines(lines: list[str], earlier: StudyResult) -> list[str]:
    """Return the standing lines with those that only the earlier result's data ask for."""
    return [*lines, *(one for one in standing_lines(earlier) if one not in lines)]


def add_earlier(
    packer: Packer,
    result: StudyResult,
    earlier: StudyResult,
    building_ids: Sequence[str],
    plane: Plane,
) -> None:
    """Pack what the earlier result says of the page's buildings, sub-districts and stations.

    Strategy
    --------
    * buildings are matched by id; one that the earlier result lacks has the verdict `ABSENT`, one that only it has is
      not drawn;
    * verdicts travel folded onto the present ones, costs and counts as differences: where nothing changed there are
      only zeros, which weigh nothing once compressed;
    * a rule that the earlier result does not know travels as absent, and has no divider.
    """
    rules = {one.name: one for one in earlier.params.rules}
    areas = first_rows(result.subdistricts, "subdistrict_id")
    ids = pd.Series(list(building_ids), dtype=object)
    figures: list[list[dict[str, object]]] = []
    known = [rule.name in rules for rule in result.params.rules]
    for number, rule in enumerate(result.params.rules):
        if not known[number]:
            figures.append([])
            continue
        old = rules[rule.name]
        figures.append(_figures(earlier, old, areas))
        _add_judgement(packer, f"earlier{number}", (result, rule), (earlier, old), ids)
    totals = headlines(replace(earlier, params=replace(earlier.params, rules=result.params.rules)))
    packer.add_text(
        "earlier",
        {
            **_names(result, earlier),
            "rules": known,
            "headlines": totals,
            "figures": figures,
            **_stations(result, earlier, plane),
        },
    )


def _names(result: StudyResult, earlier: StudyResult) -> dict[str, object]:
    """Name both sides by what tells them apart: the date, else the name, else only their order."""
    both = {"name": earlier, "now": result}
    if earlier.params.as_of != result.params.as_of:
        return {
            side: say("map_as_of", {"date": printed_date(one.params.as_of)})
            for side, one in both.items()
        }
    beyond = result.params.name.removeprefix(earlier.params.name).strip("（）() ")
    if beyond != result.params.name and beyond:  # a scenario is named after the study it changes
        return {"name": say("page_side_before"), "now": beyond}
    if earlier.params.name != result.params.name:
        return {side: one.params.name for side, one in both.items()}
    return {"name": say("page_side_before"), "now": say("page_side_after")}


def _figures(earlier: StudyResult, rule: Rule, areas: pd.DataFrame) -> list[dict[str, object]]:
    """Return the figures of the page's sub-districts as the earlier result has them."""
    table = of_rule(earlier.subdistricts, rule, "subdistrict_id", areas["subdistrict_id"])
    return [
        thousandths({str(key): value for key, value in row.items()})
        for row in table.drop(columns="geometry", errors="ignore").to_dict("records")
    ]


def _add_judgement(
    packer: Packer,
    name: str,
    now: tuple[StudyResult, Rule],
    old: tuple[StudyResult, Rule],
    ids: pd.Series,
) -> None:
    rows = [of_rule(one.buildings, rule, "building_id", ids) for one, rule in (now, old)]
    present = pd.Index(old[0].buildings["building_id"].astype(str)).unique()
    there = np.asarray(ids.isin(present), dtype=bool)
    after, before = (_verdicts(one) for one in rows)
    packer.add(f"{name}.verdict", np.where(there, before, ABSENT) ^ after, "u1")
    costs = [shown_cost(one, rule) for one, (_, rule) in zip(rows, (now, old), strict=True)]
    packer.add(f"{name}.value", np.where(there, costs[1] - costs[0], 0), "sv")
    counts = [_reach(one) for one in rows]
    packer.add(f"{name}.reach", np.where(there, counts[1] - counts[0], 0), "sv")


def _verdicts(rows: pd.DataFrame) -> IntArray:
    found = pd.Index(VERDICTS, dtype=object).get_indexer(pd.Index(rows["verdict"].astype(object)))
    return np.where(found < 0, VERDICTS.index("unknown"), found).astype(np.int64)


def _reach(rows: pd.DataFrame) -> IntArray:
    """Counts as `maps.layers` packs them: plus one, 0 where unknown."""
    if "stations_in_reach_count" not in rows.columns:
        return np.zeros(len(rows), dtype=np.int64)
    values = pd.to_numeric(rows["stations_in_reach_count"], errors="coerce")
    whole = values.to_numpy(dtype=np.float64, na_value=np.nan)
    counted = np.clip(np.rint(np.nan_to_num(whole)), 0, 254) + 1
    return np.where(np.isfinite(whole), counted, 0).astype(np.int64)


def _stations(result: StudyResult, earlier: StudyResult, plane: Plane) -> dict[str, object]:
    """Tell which of the page's stations stood otherwise before, and how: ``gone`` positions, ``stations`` rows.

    A row is x, y, tier, status, name; equal rows at the same place do not travel.
    """
    now, old = (_placed(one, plane) for one in (result, earlier))
    same = now.join(old.add_suffix("_old"), how="inner")
    equal = np.ones(len(same), dtype=bool)
    for name in ("x", "y", *_STATION):
        equal &= same[name].to_numpy() == same[f"{name}_old"].to_numpy()
    kept = same.index[equal]
    return {
        "gone": np.flatnonzero(~now.index.isin(kept)).tolist(),
        "stations": old[~old.index.isin(kept)].to_numpy(dtype=object).tolist(),
    }


def _placed(result: StudyResult, plane: Plane) -> pd.DataFrame:
    table = first_rows(result.stations[is_placed(result.stations)], "station_id")
    xy = shapely.get_coordinates(shapes_of(table)) if len(table) else np.zeros((0, 2))
    steps = plane.quantise(xy)
    texts = {
        name: table[name].astype(object).where(table[name].notna(), "").astype(str)
        if name in table
        else pd.Series("", index=table.index)
        for name in _STATION
    }
    frame = pd.DataFrame({"x": steps[:, 0], "y": steps[:, 1], **texts})
    return frame.set_index(table["station_id"].astype(str))
