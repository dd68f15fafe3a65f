"""Names of blind areas: sub-district, community, road or compound, and no two alike in a list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.messages import say
from geo.placenames import NamedRoads

Objects = npt.NDArray[np.object_]
ROAD_WITHIN_M = 1000.0  # a road further away than this from an outline says nothing about it


@dataclass(frozen=True)
class Found:
    """What the blind areas of one rule are found by, one entry an area; None where there is nothing.

    Attributes
    ----------
    subdistrict, community
        Names.
    road
        That most of its buildings stand on.
    compound
        That most of its named buildings belong to.
    outline
        Metric CRS.
    """

    subdistrict: Objects
    community: Objects
    road: Objects
    compound: Objects
    outline: Objects


def blind_area_names(found: Found, roads: NamedRoads) -> Objects:
    """Name blind areas.

    Strategy
    --------
    * the road its buildings stand on, else the nearest road with a name, else its compound;
    * of areas that would be called alike those with a compound are told apart by that;
    * the rest are counted from west to east, or from north to south where they lie so.
    """
    road = found.road.copy()
    without = np.flatnonzero(pd.isna(road))
    middle = np.asarray(shapely.centroid(found.outline[without]), dtype=object)
    road[without] = roads.near(middle, ROAD_WITHIN_M)
    names = np.array([_name(found, road, row, both=False) for row in range(len(road))], object)
    alike = pd.Series(names).duplicated(keep=False).to_numpy()
    for row in np.flatnonzero(alike & pd.notna(found.compound)).tolist():
        names[row] = _name(found, road, row, both=True)
    return _counted(names, found.outline)


def _name(found: Found, road: Objects, row: int, *, both: bool) -> str:
    street, compound = _text(road[row]), _text(found.compound[row])
    units = _text(found.subdistrict[row]) + _text(found.community[row])
    place = street or compound
    # Chinese runs on; anything else needs a space
    if units and place and place[0].isascii():
        units += " "
    values = {"units": units, "place": place, "compound": compound}
    if street and compound and both:
        return say("blind_area_road_and_compound", values)
    if street:
        return say("blind_area_road", values)
    return say("blind_area_compound" if compound else "blind_area_nameless", values)


def _counted(names: Objects, outline: Objects) -> Objects:
    """Count areas of one name along the direction in which they lie."""
    result = names.copy()
    x, y = shapely.get_coordinates(shapely.centroid(outline)).T
    for rows in pd.Series(np.arange(len(names))).groupby(names, sort=True):
        alike = rows[1].to_numpy()
        if len(alike) == 1:
            continue
        wide = np.ptp(x[alike]) >= np.ptp(y[alike])
        order = np.lexsort((y[alike], x[alike]) if wide else (x[alike], -y[alike]))
        code = "blind_area_west_to_east" if wide else "blind_area_north_to_south"
        for number, row in enumerate(alike[order].tolist(), start=1):
            result[row] = say(code, {"name": names[row], "number": number})
    return result


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
