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

from data.demo.generator.attributes import Tables, make_tables
from data.demo.generator.city import City, make_city
from data.demo.generator.osm import write_osm
from data.demo.generator.spec import DistrictSpec
from data.demo.generator.stations import make_register
from data.demo.generator.study import study_text
from data.demo.generator.warp import Frame
from data.demo.generator.workbook import register_frame, write_workbook

F = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

# Coordinates of buildings are whole multiples of 2**-22 degrees (26 mm): their bytes compress well.
_GRAIN = 2.0**22


def write_district(spec: DistrictSpec, folder: Path) -> None:
    """Draw the district and write all its files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    city = make_city(spec)
    rng = np.random.default_rng(spec.seed + 1)
    tables = make_tables(city, rng)
    _areas(folder, city, tables)
    _buildings(folder / "buildings.parquet", city, tables)
    _entrances(folder / "entrances.geojson", city, tables, rng)
    _barriers(folder / "barriers.geojson", city)
    write_osm(folder / "district.osm.pbf", city.network, city.features, city.frame)
    register = make_register(city, tables, rng)
    write_workbook(folder / "stations.xlsx", register_frame(register, tables, city.frame))
    (folder / "study.toml").write_text(study_text(spec), encoding="utf-8", newline="\n")


def to_lonlat(shapes: Shapes, frame: Frame, digits: int = 7) -> Shapes:
    """Turn metric geometry into rounded lon/lat."""
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.round(frame.lonlat(np.asarray(xy)), digits))
    )


def write_geojson(path: Path, shapes: Shapes, frame: pd.DataFrame, name: str) -> None:
    """Write features one a line; geometry in lon/lat."""
    rows = frame.to_dict(orient="records")
    lines = [
        '{"type":"Feature","properties":'
        + json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        + ',"geometry":'
        + shape
        + "}"
        for row, shape in zip(rows, shapely.to_geojson(shapes).tolist(), strict=True)
    ]
    head = (
        f'{{"type":"FeatureCollection","name":{json.dumps(name, ensure_ascii=False)},"features":['
    )
    path.write_text(head + "\n" + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def _areas(folder: Path, city: City, tables: Tables) -> None:
    """Sub-districts, communities and zones."""
    areas, frame = city.areas, city.frame
    write_geojson(
        folder / "subdistricts.geojson",
        to_lonlat(areas.subdistrict, frame),
        tables.subdistricts,
        "subdistricts",
    )
    write_geojson(
        folder / "communities.geojson",
        to_lonlat(areas.community, frame),
        tables.communities,
        "communities",
    )
    zone = pd.DataFrame({"id": ["cbd"], "name": ["云麓中央商务区"]})
    write_geojson(folder / "cbd.geojson", to_lonlat(np.array([areas.zone]), frame), zone, "cbd")
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
        write_geojson(folder / f"{key}.geojson", to_lonlat(shapes, frame), names, key)
    line = pd.DataFrame({"id": ["riverside"], "name": ["澄江驿站群"]})
    shore = shapely.line_merge(
        shapely.intersection(
            shapely.multilinestrings(
                [
                    shapely.linestrings(f.xy)
                    for f in city.features
                    if f.tags.get("waterway") == "river"
                ]
            ),
            areas.outline,
        )
    )
    write_geojson(
        folder / "riverside.geojson", to_lonlat(np.array([shore]), frame), line, "riverside"
    )


def _site(city: City, blocks: npt.NDArray[np.bool_]) -> object:
    """Outline of a park or quarter: its blocks, from the hulls of their buildings."""
    held = np.flatnonzero(blocks[city.buildings.block])
    order = held[np.argsort(city.buildings.block[held], kind="stable")]
    group = np.unique(city.buildings.block[order], return_inverse=True)[1]
    collected = shapely.geometrycollections(city.buildings.footprint[order], indices=group)
    hulls = shapely.buffer(shapely.convex_hull(collected), 12.0, join_style="mitre")
    return shapely.simplify(shapely.union_all(hulls), 0.5)


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
    point = shapely.points(shapely.get_coordinates(shapely.get_point(far, 0)))
    frame = pd.DataFrame(
        {"building_id": tables.buildings["building_id"].to_numpy()[some], "kind": "entrance"}
    )
    write_geojson(path, to_lonlat(point, city.frame), frame, "entrances")


def _barriers(path: Path, city: City) -> None:
    """Walls of compounds."""
    frame = pd.DataFrame({"kind": ["wall"] * len(city.walls.line), "name": "围墙"})
    write_geojson(path, to_lonlat(city.walls.line, city.frame, 6), frame, "barriers")
