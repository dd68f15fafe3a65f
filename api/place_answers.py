"""What the service says of places: verdict, reason, sentence, the nearest station, what holds the place."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from api.asked import Datum, hidden_places, metric_places
from api.served import Served
from geo.messages import say
from geo.params import Rule
from geo.point_verdicts import PointVerdicts


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
