"""Supply against demand: station area a thousand residents can reach, by two-step floating catchment areas.

2SFCA (Luo & Wang 2003, Environment and Planning B 30:865): every station shares its area among all residents
within the limit; every building adds up the shares of the stations within its limit. E2SFCA (Luo & Qi 2009, Health &
Place 15:1100) weighs both steps by distance, here in thirds of the limit with 1, 0.68, 0.22.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import fault

if TYPE_CHECKING:
    from geo.indicators.findings import Findings
    from geo.tabulate import Judged

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.signedinteger]
Method = Literal["2sfca", "e2sfca"]
METHODS: tuple[Method, ...] = get_args(Method)
DECAY = np.array([1.0, 0.68, 0.22])  # Luo & Qi 2009, by thirds of the limit
PEOPLE = 1000.0


@dataclass(frozen=True)
class Catchments:
    """Who can reach which station.

    Attributes
    ----------
    demand, supply
        Row of the demand point and of the station, one value a pair within the limit.
    decay
        Weight of each pair.
    """

    demand: Ints
    supply: Ints
    decay: Floats

    def access(self, people: Floats, area_m2: Floats) -> Floats:
        """Share `area_m2` of every station among `people` and add up what each demand point gets.

        Parameters
        ----------
        people
            At each demand point; nan counts as nobody.
        area_m2
            Of each station; nan counts as nothing.

        Returns
        -------
        numpy.ndarray
            Square metres a thousand people, one value a demand point; 0 where no station is within the limit.
        """
        crowd = np.nan_to_num(people)
        asked = np.bincount(
            self.supply, weights=crowd[self.demand] * self.decay, minlength=len(area_m2)
        )
        ratio = np.divide(
            np.nan_to_num(area_m2), asked, out=np.zeros(len(area_m2)), where=asked > 0
        )
        got = np.bincount(
            self.demand, weights=ratio[self.supply] * self.decay, minlength=len(people)
        )
        return np.asarray(got * PEOPLE, dtype=np.float64)


def catchments(judged: Judged, method: Method) -> Catchments:
    """Take the pairs within the limit of a rule, weighed as `method` says."""
    pairs = judged.pairs
    decay = np.ones(len(pairs.cost))
    if method == "e2sfca":
        limit = judged.rule.limit * PEOPLE  # costs are thousandths of the rule's unit
        third = (
            np.ceil(pairs.cost * len(DECAY) / limit).astype(np.int64) - 1
        )  # a limit belongs below
        decay = DECAY[np.clip(third, 0, len(DECAY) - 1)]
    return Catchments(pairs.building, pairs.station, decay)


def accessibility_tables(findings: Findings) -> dict[str, pd.DataFrame]:
    """Make ``accessibility`` (one row a unit, rule, method) and ``building_accessibility``.

    Empty where the study knows no residents or no station's area.
    """
    people = findings.demand.weights.get("residents")
    area = pd.to_numeric(findings.stations["area_m2"], errors="coerce").to_numpy(dtype=np.float64)
    if people is None or not np.isfinite(area).any():
        return {}
    lacking = int((~np.isfinite(area)).sum())
    if lacking:
        findings.faults.append(fault("accessibility_no_area", "info", count=lacking, all=len(area)))
    by_unit, by_building = [], []
    ids = findings.buildings["building_id"].to_numpy(dtype=object)
    for one in findings.judged:
        for method in METHODS:
            value = catchments(one, method).access(people, area)
            by_unit.extend(_units(findings, one, method, value, np.nan_to_num(people)))
            known = np.nan_to_num(people) > 0
            by_building.append(
                pd.DataFrame(
                    {
                        "building_id": ids[known],
                        "rule": one.rule.name,
                        "method": method,
                        "area_m2_per_thousand": value[known],
                    }
                )
            )
    return {
        "accessibility": pd.concat(by_unit, ignore_index=True),
        "building_accessibility": pd.concat(by_building, ignore_index=True),
    }


def _units(
    findings: Findings, judged: Judged, method: Method, value: Floats, people: Floats
) -> list[pd.DataFrame]:
    """Mean over the residents of every unit, and the share of them who get nothing."""
    parts = []
    for kind, scope in findings.scopes.items():
        building, group = scope.unit.members

        def total(
            weight: Floats, building: Ints = building, group: Ints = group, count: int = scope.count
        ) -> Floats:
            sums = np.bincount(group, weights=weight[building], minlength=count)
            return sums.astype(np.float64)

        crowd = total(people)
        known = crowd > 0
        mean = np.divide(
            total(people * value), crowd, out=np.full(scope.count, np.nan), where=known
        )
        none = np.divide(
            total(people * (value <= 0)), crowd, out=np.full(scope.count, np.nan), where=known
        )
        parts.append(
            pd.DataFrame(
                {
                    "unit_kind": kind,
                    "unit_id": scope.ids,
                    "name": scope.names,
                    "rule": judged.rule.name,
                    "method": method,
                    "residents": crowd,
                    "area_m2_per_thousand": mean,
                    "without_share": none,
                }
            )
        )
    return parts
