"""What the service says of places: verdict, reason, sentence, the nearest station, what holds the place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from api.asked import Datum, hidden_places, metric_places
from api.served import Served
from geo.messages import say
from geo.params import Rule
from geo.point_verdicts import PointVerdicts
from geo.point_ways import PointWay

_DECIMALS = 6  # of a degree: a decimetre


def answers(
    served: Served, rule: Rule, lon: npt.ArrayLike, lat: npt.ArrayLike, crs: Datum
) -> list[dict[str, object]]:
    """Judge places as stated.

    Raises
    ------
    CrsError
        When the datum does not fit the study, or a coordinate is none.
    """
    x, y = metric_places(
        served, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), crs
    )
    found = served.judge.judge(x, y, rule)
    hidden = hidden_places(served, x, y)
    return [_untold() if hidden[one] else _answer(served, found, one) for one in range(len(x))]


def answers_with_ways(
    served: Served, rule: Rule, lon: npt.ArrayLike, lat: npt.ArrayLike, crs: Datum
) -> list[dict[str, object]]:
    """Judge places as `answers` does, and tell the stations near each and the walk to the nearest.

    Raises
    ------
    CrsError
        As `answers`.
    """
    x, y = metric_places(
        served, np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), crs
    )
    found, hidden = served.judge.judge(x, y, rule), hidden_places(served, x, y)
    ways = served.ways[rule.name].ways(x, y, found)
    lines = _lines(served, found, ways)
    return [
        {**_untold(), "stations": [], "route": None}
        if hidden[one]
        else {
            **_answer(served, found, one),
            "stations": [_away(served, rule, *near) for near in way.near],
            "route": lines[one],
        }
        for one, way in enumerate(ways)
    ]


def _away(served: Served, rule: Rule, row: int, amount: float) -> dict[str, object]:
    timed = rule.basis == "time"
    return {
        "station_id": served.names.station_ids[row],
        "name": str(served.judge.station_names[row]),
        "minutes": round(amount / 60.0, 4) if timed else None,
        "metres": None if timed else round(amount, 1),
    }


def _lines(
    served: Served, found: PointVerdicts, ways: Sequence[PointWay]
) -> list[dict[str, object] | None]:
    """Return the walks as GeoJSON, brought back to longitude and latitude together.

    Nothing is drawn through what the study hides, nor from the door of a building that is not told.
    """
    external = served.result.params.output.audience == "external"
    drawn = [
        one
        for one, way in enumerate(ways)
        if way.line is not None and not (external and found.building[one] >= 0)
    ]
    lines: list[dict[str, object] | None] = [None] * len(ways)
    shapes = [line for one in drawn if (line := ways[one].line) is not None]
    if not shapes:
        return lines
    xy = np.concatenate(shapes)
    of = np.repeat(np.arange(len(shapes)), [len(one) for one in shapes])
    bad: npt.NDArray[np.bool_] = np.zeros(len(shapes), dtype=bool)
    if served.hidden is not None:
        bad = np.asarray(shapely.intersects(served.hidden, shapely.linestrings(xy, indices=of)))
    if served.to_metric is not None:
        xy = np.column_stack(served.to_metric.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
    points = np.round(xy, 2 if served.to_metric is None else _DECIMALS).tolist()
    end = 0
    for one, shape, hidden in zip(drawn, shapes, bad.tolist(), strict=True):
        begin, end = end, end + len(shape)
        if not hidden:
            lines[one] = {"type": "LineString", "coordinates": points[begin:end]}
    return lines


def _untold() -> dict[str, object]:
    """Answer for a place that the study excludes: nothing but that."""
    nothing = dict.fromkeys(("minutes", "metres", "station", "building", "subdistrict"))
    return {
        "verdict": "unknown",
        "reason": "hidden",
        "sentence": say("service_hidden"),
        **nothing,
    }


def _answer(served: Served, found: PointVerdicts, one: int) -> dict[str, object]:
    judge = served.judge
    timed = found.rule.basis == "time"
    amount = float(found.amount[one])
    known = not math.isnan(amount)
    return {
        "verdict": str(found.verdict[one]),
        "reason": str(found.reason[one]),
        "sentence": judge.sentence(found, one),
        "minutes": round(amount / 60.0, 4) if timed and known else None,
        "metres": round(amount, 1) if known and not timed else None,
        "station": _station(served, int(found.station[one])),
        "building": _building(served, int(found.building[one])),
        "subdistrict": _subdistrict(served, int(found.subdistrict[one])),
    }


def _station(served: Served, row: int) -> dict[str, object] | None:
    if row < 0:
        return None
    return {
        "station_id": served.names.station_ids[row],
        "name": str(served.judge.station_names[row]),
    }


def _building(served: Served, row: int) -> dict[str, object] | None:
    if row < 0 or served.result.params.output.audience == "external":
        return None
    return {"building_id": served.names.building_ids[row], "name": served.names.buildings[row]}


def _subdistrict(served: Served, row: int) -> dict[str, object] | None:
    if row < 0:
        return None
    return {"subdistrict_id": served.names.area_ids[row], "name": served.names.areas[row]}
