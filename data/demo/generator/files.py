"""Writes the city to the files that a user would bring: layers, extract, register, study file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from data.demo.generator.area_files import write_areas, write_boundaries
from data.demo.generator.attributes import Tables, make_tables
from data.demo.generator.city import City, make_city
from data.demo.generator.geojson import to_lonlat, write_geojson
from data.demo.generator.osm import write_osm
from data.demo.generator.register import make_register
from data.demo.generator.spec import DistrictSpec
from data.demo.generator.study import profile_text, study_text
from data.demo.generator.workbook import register_frame, write_workbook

F = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

# Coordinates of buildings are whole multiples of 2**-22 degrees (26 mm): their bytes compress well.
_GRAIN = 2.0**22


def write_district(spec: DistrictSpec, folder: Path, boundaries: Path | None = None) -> None:
    """Draw the district and write all its files into `folder`, its boundaries into another one too."""
    folder.mkdir(parents=True, exist_ok=True)
    city = make_city(spec)
    rng = np.random.default_rng(spec.seed + 1)
    tables = make_tables(city, rng)
    write_areas(folder, city, tables)
    _buildings(folder / "buildings.parquet", city, tables)
    _entrances(folder / "entrances.geojson", city, tables, rng)
    _barriers(folder / "barriers.geojson", city)
    write_osm(folder / "district.osm.pbf", city.network, city.features, city.frame)
    register = make_register(city, tables, rng)
    write_workbook(folder / "stations.xlsx", register_frame(register, tables, city.frame))
    if boundaries is not None:
        write_boundaries(boundaries, city, tables)
    (folder / "study.toml").write_text(study_text(spec), encoding="utf-8", newline="\n")
    (folder / "city.toml").write_text(profile_text(spec), encoding="utf-8", newline="\n")


def _buildings(path: Path, city: City, tables: Tables) -> None:
    """Write GeoParquet: ids, names, use, levels, footprints in EPSG:4326."""
    snapped = shapely.transform(
        city.buildings.footprint,
        lambda xy: np.round(city.frame.lonlat(np.asarray(xy)) * _GRAIN) / _GRAIN,
    )
    west, south, east, north = shapely.total_bounds(snapped).tolist()
    meta = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {
            "geometry": {
                "encoding": "WKB",
                "geometry_types": ["Polygon"],
                "crs": CRS("EPSG:4326").to_json_dict(),
                "bbox": [west, south, east, north],
            }
        },
    }
    frame = tables.buildings
    table = pa.table(
        {
            "building_id": pa.array(frame["building_id"].astype(str).tolist()),
            "name": pa.array(frame["name"].tolist(), pa.string()),
            "use": pa.array(frame["use"].astype(str).tolist()),
            "levels": pa.array(frame["levels"].tolist(), pa.int32()),
            "geometry": pa.array(shapely.to_wkb(snapped).tolist(), pa.binary()),
        }
    ).replace_schema_metadata({"geo": json.dumps(meta)})
    pq.write_table(table, path, compression="zstd", compression_level=19, row_group_size=65_536)


def _entrances(path: Path, city: City, tables: Tables, rng: np.random.Generator) -> None:
    """Main entrances of all towers and of some other buildings, on the front of the footprint."""
    buildings = city.buildings
    known = buildings.tower | (rng.random(len(buildings)) < 0.12)
    some = np.flatnonzero(known)
    axis = buildings.axis[some]
    out = np.column_stack([axis[:, 1], -axis[:, 0]])  # the south side of the front
    out[rng.random(len(some)) < 0.3] *= -1.0
    centre = shapely.get_coordinates(shapely.centroid(buildings.footprint[some]))
    ring = shapely.get_exterior_ring(buildings.footprint[some])
    ray = shapely.linestrings(np.stack([centre, centre + 90.0 * out], axis=1))
    hit = shapely.intersection(ring, ray)
    hit = np.where(shapely.is_empty(hit), shapely.line_interpolate_point(ring, 1.0), hit)
    far = shapely.shortest_line(hit, shapely.points(centre + 90.0 * out))
    point = np.asarray(shapely.points(shapely.get_coordinates(shapely.get_point(far, 0))))
    frame = pd.DataFrame(
        {"building_id": tables.buildings["building_id"].to_numpy()[some], "kind": "entrance"}
    )
    write_geojson(path, to_lonlat(point, city.frame), frame, "entrances")


def _barriers(path: Path, city: City) -> None:
    """Walls of compounds."""
    frame = pd.DataFrame({"kind": ["wall"] * len(city.walls.line), "name": "围墙"})
    write_geojson(path, to_lonlat(city.walls.line, city.frame), frame, "barriers")
