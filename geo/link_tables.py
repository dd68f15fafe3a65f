"""Links as tables: each valued alone, or what one budget builds of links and stations together."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.choosing.candidates import Candidates
from geo.inputs import WGS84
from geo.link_candidates import LinkCandidates
from geo.link_values import LinkValues, blind_members, judged_weight, value_links
from geo.params import Rule
from geo.plan_budget import BudgetPlan, plan_budget
from geo.plan_tables import helpful, plan_tables
from geo.reassess import Reassessed

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class JointPlan:
    """One budget spent on stations and links.

    Attributes
    ----------
    plan
        Steps by item: sites first, then links.
    budget
        What may be spent.
    before, after
        Coverage of the study by the rule's weight.
    sites, links
        Tables ``sites`` and ``links`` of what is built; ``rank`` counts through both.
    blind_areas_gone_count
        Blind areas that are left without any building.
    """

    plan: BudgetPlan
    budget: float
    before: float
    after: float
    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    blind_areas_gone_count: int


def valued_table(
    now: Reassessed, rule: Rule, candidates: LinkCandidates, values: LinkValues
) -> gpd.GeoDataFrame:
    """List every admitted link with what it does alone, the one that gains most first, then the cheaper."""
    table = _described(now, rule, candidates).assign(
        gain_residents=values.gain_residents,
        gain_buildings_count=values.gain_buildings_count,
        coverage_after_share=values.coverage_after_share,
        shorter_residents=values.shorter_residents,
        saved_minutes=values.saved_minutes,
        blind_areas_gone_count=[len(one) for one in values.blind_areas],
        model="single",
        optimality_gap_share=np.nan,
    )
    order = np.lexsort(
        (
            np.arange(len(table)),
            -np.nan_to_num(values.shorter_residents),
            table["cost"].to_numpy(np.float64),
            -np.nan_to_num(values.coverage_after_share),
        )
    )
    ranked = table.iloc[order].reset_index(drop=True)
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    return _printed(ranked)


def joint_plan(
    now: Reassessed,
    rule: Rule,
    sites: Candidates,
    links: LinkCandidates,
    budget: float,
    *,
    time_limit: float = 20.0,
) -> JointPlan:
    """Spend one budget on stations and links together, by the study's costs where a candidate states none.

    Raises
    ------
    InputError
        For a rule by straight radius, which no link changes.
    """
    tables = plan_tables(now.assessor, rule, sites, links.links)
    aids = helpful(tables, now.assessor, rule, sites, links.links)
    before, _ = now.assessor.nearest(rule, rule.tiers)
    covered, judged, weight = judged_weight(now, rule, before)
    station = now.result.params.costs.station
    price = pd.to_numeric(sites.sites["cost"], errors="coerce").to_numpy(
        np.float64, na_value=np.nan
    )
    cost = np.concatenate(
        (np.where(np.isnan(price), station, price), links.rows["cost"].to_numpy(np.float64))
    )
    plan = plan_budget(tables, aids, weight[tables.building], cost, budget, time_limit=time_limit)
    steps = _steps(now, rule, plan, tables.building)
    steps["cost"] = cost[steps["item"].to_numpy(np.int64)]
    steps["coverage_after_share"] = (covered + steps["gain"].cumsum()) / judged
    is_link = steps["item"] >= sites.count
    built = _described(now, rule, links).iloc[steps["item"][is_link] - sites.count]
    return JointPlan(
        plan=plan,
        budget=budget,
        before=covered / judged,
        after=(covered + plan.gain) / judged,
        sites=_sites(now, rule, sites, steps[~is_link].reset_index(drop=True)),
        links=_printed(_with_steps(built, steps[is_link])),
        blind_areas_gone_count=int(steps["blind_areas_gone_count"].sum()),
    )


def value_all(now: Reassessed, rule: Rule, candidates: LinkCandidates) -> gpd.GeoDataFrame:
    """Value every admitted link alone and list them."""
    return valued_table(now, rule, candidates, value_links(now, rule, candidates.links))


def _steps(
    now: Reassessed, rule: Rule, plan: BudgetPlan, building: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Table the steps of a plan in order."""
    residents = now.demand.weights.get("residents")
    members = blind_members(now, rule)
    gained = np.zeros(now.demand.count, dtype=bool)
    gone: list[int] = []
    for one in plan.steps:
        gained[building[one.newly]] = True
        gone.append(len(members.emptied(gained)))
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(plan.steps) + 1),
            "item": np.array([one.item for one in plan.steps], dtype=np.int64),
            "gain": np.array([one.gain for one in plan.steps], dtype=np.float64),
            "gain_residents": [
                np.nan
                if residents is None
                else float(np.nan_to_num(residents[building[one.newly]]).sum())
                for one in plan.steps
            ],
            "gain_buildings_count": [len(one.newly) for one in plan.steps],
            "blind_areas_gone_count": np.diff(gone, prepend=0) if gone else np.empty(0, np.int64),
            "optimality_gap_share": plan.optimality_gap_share,
            "model": "budget",
        }
    )


_OF_STEP = (
    "rank", "cost", "gain_residents", "gain_buildings_count", "coverage_after_share", "blind_areas_gone_count", "model",
    "optimality_gap_share",
)  # fmt: skip


def _with_steps(frame: gpd.GeoDataFrame, steps: pd.DataFrame) -> gpd.GeoDataFrame:
    frame = frame.reset_index(drop=True)
    return frame.assign(**{name: steps[name].to_numpy() for name in _OF_STEP})


def _described(now: Reassessed, rule: Rule, candidates: LinkCandidates) -> gpd.GeoDataFrame:
    """Describe the admitted links, in the metric CRS."""
    rows = candidates.rows.drop(columns=["admitted", "reason"])
    shapes = candidates.links.shape
    middle = np.asarray(shapely.line_interpolate_point(shapes, 0.5, normalized=True), dtype=object)
    frame = gpd.GeoDataFrame(rows.assign(rule=rule.name), geometry=shapes, crs=now.buildings.crs)
    return frame.assign(subdistrict_id=_subdistrict_ids(now, middle))


def _sites(now: Reassessed, rule: Rule, sites: Candidates, steps: pd.DataFrame) -> gpd.GeoDataFrame:
    chosen = sites.sites.iloc[steps["item"]].reset_index(drop=True)
    points = shapely.points(chosen["x"].to_numpy(np.float64), chosen["y"].to_numpy(np.float64))
    columns = [
        "site_id",
        "name",
        "origin",
        "tier",
        "subdistrict_id",
        "community_id",
        "host_building_id",
        "owner",
    ]
    frame = gpd.GeoDataFrame(
        chosen[columns].assign(rule=rule.name),
        geometry=np.asarray(points, dtype=object),
        crs=now.buildings.crs,
    )
    return _printed(_with_steps(frame, steps))


def _subdistrict_ids(now: Reassessed, points: Objects) -> Objects:
    """Return the sub-district that holds each point, the first of several; None outside all."""
    units = now.result.inputs["subdistricts"]
    metric = units if units.crs is None else units.to_crs(now.walk.crs)
    found = np.full(len(points), None, dtype=object)
    if len(points) == 0:
        return found
    at, unit = shapely.STRtree(metric.geometry.to_numpy()).query(points, predicate="intersects")
    order = np.lexsort((unit, at))
    first = order[np.unique(at[order], return_index=True)[1]]
    found[at[first]] = units["subdistrict_id"].astype(str).to_numpy(dtype=object)[unit[first]]
    return found


def _printed(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a table into the CRS of the result tables, with the longitude and latitude of its middles."""
    last = [name for name in frame.columns if name not in ("rank", "geometry")]
    frame = frame[["rank", *last, "geometry"]]
    if frame.crs is None:
        return frame.assign(lon=np.nan, lat=np.nan)
    frame = frame.to_crs(WGS84)
    middle = shapely.centroid(frame.geometry.to_numpy())
    return frame.assign(lon=shapely.get_x(middle), lat=shapely.get_y(middle))
