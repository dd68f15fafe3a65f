"""Writes sub-districts, communities and zones, and the boundaries that the project ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.generator.attributes import Tables
from data.demo.generator.city import City
from data.demo.generator.geojson import to_lonlat, write_geojson

I = npt.NDArray[np.int64]  # noqa: E741
Shapes = npt.NDArray[np.object_]

CBD_NAME = "云麓中央商务区"


def write_areas(folder: Path, city: City, tables: Tables) -> None:
    """Write the layers that the study names, and the line of the riverside stations."""
    areas = city.areas
    _write(folder / "subdistricts.geojson", city, areas.subdistrict, tables.subdistricts)
    _write(folder / "communities.geojson", city, areas.community, tables.communities)
    zone = pd.DataFrame({"id": ["cbd"], "name": [CBD_NAME]})
    _write(folder / "cbd.geojson", city, np.array([areas.zone]), zone)
    for key, sites, block_site in (
        ("parks", city.spec.parks, tables.block_park),
        ("malls", city.spec.malls, tables.block_mall),
    ):
        names = pd.DataFrame(
            {
                "id": [f"{key[:-1]}{number + 1}" for number in range(len(sites))],
                "name": [site.name for site in sites],
            }
        )
        shapes = np.array([_site(city, block_site == number) for number in range(len(sites))])
        _write(folder / f"{key}.geojson", city, shapes, names)
    line = pd.DataFrame({"id": ["riverside"], "name": ["澄江驿站群"]})
    _write(folder / "riverside.geojson", city, np.array([_river_line(city)]), line)


def write_boundaries(folder: Path, city: City, tables: Tables) -> None:
    """Write the boundaries alone: district, sub-districts, communities, without figures."""
    folder.mkdir(parents=True, exist_ok=True)
    district = pd.DataFrame({"id": [city.spec.code], "name": [city.spec.name]})
    _write(folder / "yunlu_district.geojson", city, np.array([city.areas.outline]), district)
    subdistricts = tables.subdistricts[["id", "name"]]
    _write(folder / "yunlu_subdistricts.geojson", city, city.areas.subdistrict, subdistricts)
    communities = tables.communities[["id", "name", "subdistrict_id"]]
    _write(folder / "yunlu_communities.geojson", city, city.areas.community, communities)


def _write(path: Path, city: City, shapes: Shapes, frame: pd.DataFrame) -> None:
    write_geojson(path, to_lonlat(shapes, city.frame), frame, path.stem)


def _river_line(city: City) -> BaseGeometry:
    """Middle of the river inside the district."""
    river = [one.xy for one in city.features if one.tags.get("waterway") == "river"]
    lines = np.array([shapely.linestrings(xy) for xy in river], dtype=object)
    return shapely.line_merge(shapely.intersection(shapely.union_all(lines), city.areas.outline))


def _site(city: City, blocks: npt.NDArray[np.bool_]) -> BaseGeometry:
    """Outline of a park or quarter: its blocks, from the hulls of their buildings."""
    held = np.flatnonzero(blocks[city.buildings.block])
    order = held[np.argsort(city.buildings.block[held], kind="stable")]
    group = np.unique(city.buildings.block[order], return_inverse=True)[1]
    collected = shapely.geometrycollections(city.buildings.footprint[order], indices=group)
    hulls = shapely.buffer(shapely.convex_hull(collected), 12.0, join_style="mitre")
    return shapely.simplify(shapely.union_all(hulls), 0.5)
