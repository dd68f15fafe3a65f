"""``/isochrones``: from where a place is within so many minutes' walk, as GeoJSON."""

from __future__ import annotations

import json
from typing import Annotated

import geopandas as gpd
import numpy as np
import shapely
from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.asked import (
    CrsName,
    Lat,
    LimitsDep,
    Lon,
    RuleName,
    ServedDep,
    WorkersDep,
    hidden_places,
    metric_places,
    standing,
)
from api.problems import TooMuchError
from api.served import Served
from geo.errors import InputError, fault
from geo.isochrone_points import limits_of, point_isochrones, rule_for
from geo.params import Rule
from geo.plain_json import plain

GEOJSON = "application/geo+json"
_DECIMALS = 7  # of a degree: a centimetre
router = APIRouter(tags=["isochrones"])
Minutes = Annotated[
    list[float],
    Query(
        description="步行分钟数，可重复；默认为评价标准时限的一半、全部和一倍半。Minutes; may be repeated.",
        examples=[[5, 10]],
    ),
]
PaceName = Annotated[
    str | None, Query(description="步速名称，代替评价标准的步速。", max_length=100)
]

Exact = Annotated[
    bool,
    Query(
        description="精细绘制：10 米网格画错处加密重画，慢十倍以上。Redraw what the 10 m lattice gets wrong."
    ),
]


@router.get(
    "/isochrones",
    summary="等时圈",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}},
)
async def isochrones(
    served: ServedDep,
    workers: WorkersDep,
    limits: LimitsDep,
    lon: Lon,
    lat: Lat,
    minutes: Minutes = [],  # noqa: B006 - never changed; FastAPI reads the default from here
    rule: RuleName = None,
    pace: PaceName = None,
    crs: CrsName = "wgs84",
    exact: Exact = False,
) -> Response:
    """Draw the isochrones of one place."""
    if len(minutes) > limits.contours:
        raise TooMuchError(fault("service_too_many_contours", most=limits.contours))
    if any(not one <= limits.minutes for one in minutes):
        raise TooMuchError(fault("service_too_many_minutes", most=f"{limits.minutes:g}"))
    terrain = served.terrain
    chosen = rule_for(terrain.params, rule, pace, False)
    if minutes and chosen.basis != "time":
        raise InputError(fault("service_not_minutes", name=chosen.name))
    steps = limits_of(chosen, minutes)

    def work() -> bytes:
        x, y = metric_places(served, np.array([lon]), np.array([lat]), crs)
        if hidden_places(served, x, y)[0]:
            raise InputError(fault("service_hidden"))
        point = gpd.GeoDataFrame(
            {"point_id": ["1"], "name": [f"{lon:g},{lat:g}"]},
            geometry=gpd.points_from_xy(x, y),
            crs=None if terrain.is_local else terrain.crs,
        )
        ready = served.ready_lattice
        table = point_isochrones(terrain, point, chosen, steps, exact=exact, ready=ready)
        return _geojson(served, chosen, table)

    return Response(await workers.run(work), media_type=GEOJSON)


def _geojson(served: Served, rule: Rule, table: gpd.GeoDataFrame) -> bytes:
    rounded = shapely.transform(table.geometry.to_numpy(), lambda xy: np.round(xy, _DECIMALS))
    features = []
    for row, shape in zip(
        table[["rule", "minutes", "metres", "data_end"]].to_dict("records"),
        shapely.to_geojson(rounded),
        strict=True,
    ):
        geometry = json.loads(shape) if shape is not None else None
        features.append({"type": "Feature", "properties": plain(row), "geometry": geometry})
    content = {"type": "FeatureCollection", **standing(served), "rule": rule.name}
    content["features"] = features
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
