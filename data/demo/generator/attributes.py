"""Names and places of buildings, codes and names of areas, stated totals of residents and workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.demo.generator.buildings import USES
from data.demo.generator.city import City
from data.demo.generator.landuse import Use, oval
from data.demo.generator.names import compound_names, stems, tower_names
from data.demo.generator.spec import Blob

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
Text = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Tables:
    """Plain tables of the city, geometry apart.

    Attributes
    ----------
    buildings
        ``building_id, name, use, levels``; beside them ``landuse, park, tower, area, sub, com, zone, x, y``.
    subdistricts
        ``id, name, residents, workers``.
    communities
        ``id, name, subdistrict_id``.
    """

    buildings: pd.DataFrame
    subdistricts: pd.DataFrame
    communities: pd.DataFrame
    block_park: I
    block_mall: I


def make_tables(city: City, rng: np.random.Generator) -> Tables:
    """Name and number everything."""
    spec, buildings = city.spec, city.buildings
    block_park = _block_site(city, Use.TECH, city.spec.parks)
    centre = shapely.get_coordinates(shapely.point_on_surface(buildings.footprint))
    zone = shapely.contains_xy(city.areas.zone, centre[:, 0], centre[:, 1])
    frame = pd.DataFrame(
        {
            "building_id": np.char.add(
                "B", np.char.zfill(np.arange(1, len(buildings) + 1).astype(str), 6)
            ),
            "name": pd.Series(_building_names(city, block_park, rng), dtype=object),
            "use": np.array(USES)[buildings.use],
            "levels": buildings.levels.astype(np.int32),
            "landuse": buildings.landuse,
            "block": buildings.block,
            "park": block_park[buildings.block],
            "tower": buildings.tower,
            "area": buildings.floor_area,
            "sub": city.areas.block_subdistrict[buildings.block],
            "com": city.areas.block_community[buildings.block],
            "zone": zone,
            "x": centre[:, 0],
            "y": centre[:, 1],
        }
    )
    subdistricts = _subdistricts(city, frame)
    count = len(city.areas.community)
    within = np.arange(count) - np.searchsorted(city.areas.community_of, city.areas.community_of)
    sub_code = np.array([code[:9] for code in subdistricts["id"]])
    communities = pd.DataFrame(
        {
            "id": np.char.add(
                sub_code[city.areas.community_of], np.char.zfill((within + 1).astype(str), 3)
            ),
            "name": np.char.add(stems(count, rng, spec.subdistricts), "社区"),
            "subdistrict_id": subdistricts["id"].to_numpy(dtype=str)[city.areas.community_of],
        }
    )
    block_mall = _block_site(city, Use.MALL, city.spec.malls)
    return Tables(frame, subdistricts, communities, block_park, block_mall)


def _block_site(city: City, use: Use, sites: tuple[Blob, ...]) -> I:
    """Number of the park or shopping quarter each block belongs to, -1 for none."""
    blocks = city.plan.blocks
    gap = np.column_stack([oval(blocks.centre, site) for site in sites])
    whole = city.plan.superblocks.use[blocks.superblock] == use
    return np.where((blocks.use == use) & whole, np.argmin(gap, axis=1), -1)


def _building_names(city: City, block_park: I, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Towers have names of their own; other buildings the name of their compound and a number."""
    buildings = city.buildings
    count = len(city.plan.blocks)
    use = city.plan.blocks.use
    block = np.full(count, "", dtype="U12")
    housing = np.isin(use, [Use.MODERN, Use.OLD])
    block[housing] = compound_names(int(housing.sum()), rng)
    park = np.array([one.name for one in city.spec.parks])
    block[use == Use.TECH] = park[block_park[use == Use.TECH]]
    for value, suffixes in (
        (Use.MALL, ("购物中心", "商业广场", "天地", "百货")),
        (Use.PUBLIC, ("小学", "中学", "医院", "文体中心")),
        (Use.CAMPUS, ("学院",)),
    ):
        some = np.flatnonzero(use == value)
        suffix = np.array(suffixes)[rng.integers(0, len(suffixes), len(some))]
        block[some] = np.char.add(stems(len(some), rng), suffix)
    # One park or one block counts its buildings from 1.
    group = np.where(use == Use.TECH, count + block_park, np.arange(count))[buildings.block]
    number = pd.Series(group).groupby(group).cumcount().to_numpy() + 1
    label = np.char.add(number.astype(str), np.where(buildings.use == 0, "栋", "号楼"))
    names = np.char.add(block[buildings.block], label).astype(object)
    names[block[buildings.block] == ""] = None
    tower = buildings.tower & (buildings.landuse == Use.CBD)
    names[tower] = tower_names(int(tower.sum()), rng)
    return names


def _subdistricts(city: City, frame: pd.DataFrame) -> pd.DataFrame:
    """Codes, names and stated totals; totals round to hundreds and add up exactly."""
    spec = city.spec
    count = len(spec.subdistricts)
    home = frame["use"].eq("residential").to_numpy() * frame["area"].to_numpy()
    work = frame["use"].isin(["office", "commercial"]).to_numpy() * frame["area"].to_numpy()
    homes = np.bincount(frame["sub"], weights=home, minlength=count)
    works = np.bincount(frame["sub"], weights=work, minlength=count)
    # Villages are fuller than towers: people a floor area differ by the share of low houses.
    low = np.bincount(
        frame["sub"], weights=home * frame["landuse"].eq(Use.VILLAGE).to_numpy(), minlength=count
    )
    residents = _shares(spec.residents, homes + 0.6 * low + 0.004 * homes.sum() / count)
    in_zone = np.bincount(frame["sub"], weights=work * frame["zone"].to_numpy(), minlength=count)
    # The same people a floor area everywhere, so that the zone comes to its stated workers.
    density = np.where(np.arange(count) < len(spec.stations.towers), 1.0, 0.62)
    scale = spec.cbd_workers / np.sum(in_zone * density)
    workers = np.round(works * density * scale, -2).astype(np.int64)
    codes = [f"{spec.code}{index + 1:03d}000" for index in range(count)]
    return pd.DataFrame(
        {
            "id": codes,
            "name": [f"{name}街道" for name in spec.subdistricts],
            "residents": residents,
            "workers": workers,
        }
    )


def _shares(total: int, weight: F) -> I:
    """Split a total by weight into hundreds; what rounding leaves goes to the largest."""
    part = np.round(weight / weight.sum() * total, -2).astype(np.int64)
    part[np.argmax(part)] += total - int(part.sum())
    return np.asarray(part)
