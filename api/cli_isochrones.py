"""``servicecircle isochrones``: from where any points are within so many minutes' walk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, OutputError, fault
from geo.messages import say

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.isochrone_points import Terrain

SUFFIXES = (".geojson", ".gpkg", ".parquet")
DATUMS = {"wgs84": "EPSG:4326", "gcj02": "gcj02", "bd09": "bd09", "local": "local"}


@click.command(cls=Command, help="cli_help_isochrones")
@click.argument("target", metavar="STUDY.toml|DIR", type=click.Path(path_type=Path))
@click.option("--at", cls=Option, multiple=True, metavar="LON,LAT", help="cli_isochrones_at")
@click.option(
    "--points",
    cls=Option,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="cli_isochrones_points",
)
@click.option(
    "--minutes", cls=Option, multiple=True, type=float, metavar="N", help="cli_isochrones_minutes"
)
@click.option(
    "--metres", cls=Option, multiple=True, type=float, metavar="N", help="cli_isochrones_metres"
)
@click.option(
    "--out",
    cls=Option,
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="cli_isochrones_out",
)
@click.option("--bands", cls=Option, is_flag=True, help="cli_isochrones_bands")
@click.option("--rule", cls=Option, metavar="NAME", help="cli_isochrones_rule")
@click.option("--pace", cls=Option, metavar="NAME", help="cli_isochrones_pace")
@click.option("--crs", cls=Option, type=click.Choice(list(DATUMS)), help="cli_isochrones_crs")
@common_options
def isochrones(
    target: Path,
    at: tuple[str, ...],
    points: Path | None,
    minutes: tuple[float, ...],
    metres: tuple[float, ...],
    out: Path,
    bands: bool,
    rule: str | None,
    pace: str | None,
    crs: str | None,
) -> None:
    """Draw the isochrones of points into a file."""
    from api.cli_progress import CliProgress
    from geo.isochrone_points import limits_of, point_isochrones, rule_for, terrain_of

    if not at and points is None:
        raise InputError(fault("isochrones_no_points"))
    if minutes and metres:
        raise InputError(fault("isochrones_two_units"))
    if out.suffix.lower() not in SUFFIXES:
        raise InputError(fault("isochrones_suffix", found=out.name, allowed="、".join(SUFFIXES)))
    stated = [_pair(one) for one in at]
    with CliProgress() as progress:
        terrain = terrain_of(target, progress)
        chosen = rule_for(terrain.params, rule, pace, bool(metres))
        limits = limits_of(chosen, minutes or metres)
        where = _points(terrain, stated, points, crs)
        progress("stage_isochrones", 0, 1)
        table = point_isochrones(terrain, where, chosen, limits, bands=bands)
        progress("stage_isochrones", 1, 1)
    _write(table, out)
    done = {"path": out, "points": len(where), "count": len(table)}
    click.echo(say("cli_isochrones_done", done))
    ended = int(table.loc[table["data_end"], "point_id"].nunique())
    if ended:
        click.echo(say("cli_isochrones_data_end", {"count": ended}))


def _pair(text: str) -> tuple[float, float]:
    parts = text.replace("，", ",").split(",")
    try:
        lon, lat = (float(one) for one in parts)
    except ValueError:
        raise InputError(fault("isochrones_bad_point", found=text)) from None
    return lon, lat


def _points(
    terrain: Terrain, stated: list[tuple[float, float]], file: Path | None, crs: str | None
) -> gpd.GeoDataFrame:
    """Gather the points of the command and of the file, in the terrain's CRS."""
    import geopandas as gpd
    import pandas as pd

    if (crs == "local") != terrain.is_local:
        code = "isochrones_local" if terrain.is_local else "isochrones_not_local"
        raise InputError(fault(code))
    parts = []
    if stated:
        ids = [str(one) for one in range(1, len(stated) + 1)]
        shapes = _placed(stated, crs or "wgs84")
        parts.append(gpd.GeoDataFrame({"point_id": ids, "name": ids}, geometry=shapes))
    if file is not None:
        parts.append(_from_file(file, crs))
    if not terrain.is_local:
        parts = [one.to_crs(terrain.crs) for one in parts]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True))


def _placed(stated: list[tuple[float, float]], crs: str) -> gpd.GeoSeries:
    import geopandas as gpd
    import numpy as np

    from geo.crs import bd09_to_wgs84, gcj02_to_wgs84

    lon, lat = np.array(stated, dtype=np.float64).T
    if crs == "local":
        return gpd.GeoSeries.from_xy(lon, lat)
    outside = [
        f"{x:g},{y:g}" for x, y in stated if not (-180.0 <= x <= 180.0 and -85.0 <= y <= 85.0)
    ]
    if outside:
        raise InputError(fault("isochrones_bad_point", found="；".join(outside)))
    back = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(crs)
    if back is not None:
        lon, lat = back(lon, lat)
    return gpd.GeoSeries.from_xy(lon, lat, crs="EPSG:4326")


def _from_file(file: Path, crs: str | None) -> gpd.GeoDataFrame:
    from geo.params import Source
    from geo.read.layers import read_layer
    from geo.read.sheets import TEXT_FORMATS, WORKBOOK_FORMATS

    is_sheet = file.suffix.lower() in (*TEXT_FORMATS, *WORKBOOK_FORMATS)
    declared = DATUMS[crs] if crs else "EPSG:4326" if is_sheet else None
    read = read_layer(Source("points", path=file.absolute(), crs=declared))
    frame = read.frame
    if len(read.rejects):
        reasons = "；".join(dict.fromkeys(read.rejects["reason"].astype(str)))
        count = len(read.rejects)
        raise InputError(fault("isochrones_rows", file=file.name, count=count, reasons=reasons))
    if len(frame) == 0:
        raise InputError(fault("isochrones_no_points"))
    serial = frame.index.to_series().add(1).astype(str)
    ids = frame["id"].astype(object).where(frame["id"].notna(), serial)
    names = frame["name"].astype(object).where(frame["name"].notna(), ids)
    return frame.assign(point_id=ids.astype(str), name=names)[["point_id", "name", "geometry"]]


def _write(table: gpd.GeoDataFrame, out: Path) -> None:
    from pyogrio.errors import DataSourceError

    from geo.store_tables import write_table

    fresh = out.with_name(f".{out.stem}.partial{out.suffix.lower()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        if out.suffix.lower() == ".parquet":
            write_table(table, fresh)
        elif out.suffix.lower() == ".gpkg":
            table.to_file(fresh, driver="GPKG", layer="isochrones")
        else:
            table.to_file(fresh, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=7)
        fresh.replace(out)
    except (OSError, DataSourceError) as error:
        raise OutputError(fault("file_not_written", path=out, why=str(error))) from error
    finally:
        fresh.unlink(missing_ok=True)
