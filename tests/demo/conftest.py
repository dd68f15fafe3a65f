"""The committed demo districts, read once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import openpyxl
import osmium
import pandas as pd
import pyproj
import pytest
import shapely

from geo.datum import bd09_to_wgs84, gcj02_to_wgs84
from geo.network.walkfilter import decide

REPOSITORY = Path(__file__).resolve().parents[2]
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))
METRIC = "EPSG:4547"


@dataclass(frozen=True)
class Walk:
    """The extract: nodes in metres, ways with tags, the segments that are walked."""

    xy: npt.NDArray[np.float64]
    ways: list[npt.NDArray[np.int64]]
    tags: pd.DataFrame
    node_tags: list[dict[str, str]]
    walked: npt.NDArray[np.bool_]

    def segments(
        self, pick: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Ends (k, 2) and way of every segment of the picked ways."""
        rows = np.flatnonzero(pick)
        ends = [np.column_stack([self.ways[row][:-1], self.ways[row][1:]]) for row in rows]
        owner = np.repeat(rows, [len(one) for one in ends])
        return np.concatenate(ends), owner

    def lines(self, pick: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
        """Line strings of the picked ways."""
        return np.array(
            [shapely.linestrings(self.xy[self.ways[row]]) for row in np.flatnonzero(pick)]
        )


@dataclass(frozen=True)
class District:
    """One committed district, all layers in metres."""

    key: str
    folder: Path
    subdistricts: gpd.GeoDataFrame
    communities: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    cbd: gpd.GeoDataFrame
    register: pd.DataFrame
    walk: Walk

    @property
    def walk_water(self) -> shapely.Geometry:
        """River and lakes."""
        water = np.flatnonzero((self.walk.tags["natural"] == "water").to_numpy())
        rings = [shapely.polygons(self.walk.xy[self.walk.ways[row]]) for row in water]
        return shapely.union_all(np.array(rings))

    @property
    def walls(self) -> npt.NDArray[np.object_]:
        """Walls of compounds."""
        frame = gpd.read_file(self.folder / "barriers.geojson").to_crs(METRIC)
        return np.asarray(frame[frame["kind"] == "wall"].geometry.to_numpy())

    @property
    def open_stations(self) -> pd.DataFrame:
        """Rows of the register that are open."""
        return self.register[self.register["状态"] == "启用"]


def _read_walk(path: Path) -> Walk:
    ids: list[int] = []
    lonlat: list[tuple[float, float]] = []
    node_tags: list[dict[str, str]] = []
    refs: list[list[int]] = []
    tags: list[dict[str, str]] = []
    for item in osmium.FileProcessor(str(path)):
        if item.is_node():
            ids.append(item.id)
            lonlat.append((item.lon, item.lat))
            node_tags.append(dict(item.tags))
        elif item.is_way():
            refs.append([node.ref for node in item.nodes])
            tags.append(dict(item.tags))
    frame = pd.DataFrame(tags)
    number = np.array(ids)
    assert (np.diff(number) > 0).all()
    to_metric = pyproj.Transformer.from_crs("EPSG:4326", METRIC, always_xy=True)
    x, y = to_metric.transform(*np.array(lonlat).T)
    walked = (decide(frame)["reason"] == "").to_numpy() & frame["highway"].notna().to_numpy()
    ways = [np.searchsorted(number, one) for one in refs]
    return Walk(np.column_stack([x, y]), ways, frame, node_tags, walked)


def _read_register(path: Path) -> pd.DataFrame:
    rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    header = [str(one).split("（")[0].rstrip("*") for one in next(rows)]
    frame = pd.DataFrame(list(rows), columns=header).astype({"经度": float, "纬度": float})
    lon, lat, datum = frame["经度"].to_numpy(), frame["纬度"].to_numpy(), frame["坐标来源"]
    plain = np.column_stack([lon, lat])
    for word, back in (("高德", gcj02_to_wgs84), ("百度", bd09_to_wgs84)):
        plain = np.where(
            (datum == word).to_numpy()[:, None], np.column_stack(back(lon, lat)), plain
        )
    points = gpd.GeoSeries(gpd.points_from_xy(*plain.T), crs="EPSG:4326").to_crs(METRIC)
    return frame.assign(x=points.x, y=points.y)


@pytest.fixture(scope="session", params=["small", "full"])
def district(request: pytest.FixtureRequest) -> District:
    """Each of the two committed districts."""
    return _district(request.param)


@pytest.fixture(scope="session")
def full() -> District:
    """The whole district."""
    return _district("full")


_read: dict[str, District] = {}


def _district(key: str) -> District:
    if key not in _read:
        folder = REPOSITORY / "data" / "demo" / ("" if key == "full" else key)
        layers = {
            name: gpd.read_file(folder / f"{name}.geojson").to_crs(METRIC)
            for name in ("subdistricts", "communities", "cbd")
        }
        _read[key] = District(
            key=key,
            folder=folder,
            buildings=gpd.read_parquet(folder / "buildings.parquet").to_crs(METRIC),
            register=_read_register(folder / "stations.xlsx"),
            walk=_read_walk(folder / "district.osm.pbf"),
            **layers,
        )
    return _read[key]
