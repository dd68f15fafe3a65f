"""One fictional city part in memory: all rooms of the generator run in order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from data.demo.generator import landscape
from data.demo.generator.areas import make_faces
from data.demo.generator.buildings import USES, Buildings, make_buildings
from data.demo.generator.fabric import Fabric, Kind, Streets, with_middles
from data.demo.generator.footways import make_footways
from data.demo.generator.landuse import Fields, Use
from data.demo.generator.lattice import make_lattice
from data.demo.generator.names import street_names
from data.demo.generator.network import GATE, Network, make_network
from data.demo.generator.partition import Areas, divide
from data.demo.generator.plan import Plan, make_plan
from data.demo.generator.spec import DistrictSpec
from data.demo.generator.walls import Walls, make_walls, open_for_ways
from data.demo.generator.warp import Frame, Warp, make_warp
from data.demo.generator.ways import Edges, built, make_edges, quad_polygons, sides

F = npt.NDArray[np.float64]
I = npt.NDArray[np.int64]  # noqa: E741
B = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]


# Floor area of offices and shops below which a sub-district gets another block of shops.
_LEAST_WORK_M2 = 3.0e4


@dataclass(frozen=True)
class City:
    """Everything that is written to files."""

    spec: DistrictSpec
    frame: Frame
    plan: Plan
    edges: Edges
    edge_name: npt.NDArray[np.str_]
    network: Network
    features: list[landscape.Feature]
    walls: Walls
    buildings: Buildings
    areas: Areas


def make_city(spec: DistrictSpec) -> City:
    """Draw the city of `spec`; the seed in it decides everything."""
    rng = np.random.default_rng(spec.seed)
    warp = make_warp(spec, rng)
    fields = Fields(spec, rng)
    fabric = Fabric()
    lattice = make_lattice(spec, fabric, rng)
    plan = make_plan(spec, fields, fabric, lattice.quads, rng)
    inside = fields.inside(plan.superblocks.centre)
    crossing = np.full(fabric.streets, -1, dtype=np.int64)
    crossing[: len(lattice.crossing)] = lattice.crossing
    streets, middles = _with_middles(fabric.freeze(), crossing, rng)
    rough = make_edges(streets, warp)
    block_polygon = quad_polygons(plan.blocks, warp)
    buildings = make_buildings(plan.cells, fabric.kinds(), warp, rng)
    buildings = buildings.take(inside[buildings.superblock])
    faces = make_faces(
        rough.lines((rough.kind <= Kind.RESIDENTIAL) | (rough.kind == Kind.BORDER)),
        block_polygon,
        inside[plan.blocks.superblock],
    )
    areas = divide(spec, plan, faces, buildings, warp, rng)
    buildings = buildings.take(areas.block_subdistrict[buildings.block] >= 0)
    buildings = _with_shops(buildings, areas)

    left, right = sides(rough, block_polygon)
    use = np.append(plan.blocks.use, -1)
    on_strip = crossing[rough.street] >= 0
    # Where forest is on both sides, a road is a trail.
    wild = (use[left] == Use.HILL) & (use[right] == Use.HILL) & ~on_strip
    edges = make_edges(streets, warp, wild)
    keep = built(edges, use[left], use[right], on_strip)
    keep &= _near(edges, areas.outline, spec.margin_m)
    # Blocks that the district does not hold are not laid out inside.
    ours = np.append((areas.block_subdistrict >= 0) | (plan.blocks.use == Use.HILL), False)
    keep &= (edges.kind < Kind.INNER) | (edges.kind > Kind.TRAIL) | ours[left] | ours[right]
    edge_block = np.where(left == right, left, -1)[keep]
    edge_use = use[np.where(left >= 0, left, right)][keep]
    edges = edges.take(keep)
    walls = make_walls(plan.blocks, fabric.kinds(), edges, edge_block, warp, rng)
    walls = _walls_inside(walls, areas.block_subdistrict >= 0)
    name = street_names(_line_kind(streets), rng)[streets.line][edges.street]
    network = _network(spec, edges, crossing, edge_use, middles, walls, name, rng)
    walls = open_for_ways(walls, network)
    features = landscape.strip_features(lattice.strips, warp)
    features += _green(
        spec, plan, block_polygon, areas.block_subdistrict >= 0, buildings, warp, rng
    )
    features = _clip(features, areas.outline, spec.margin_m)
    return City(spec, Frame.of(spec), plan, edges, name, network, features, walls, buildings, areas)


def _with_middles(
    streets: Streets, crossing: I, rng: np.random.Generator
) -> tuple[Streets, tuple[I, I]]:
    """Choose where wide roads are crossed between junctions; return vertices and sorts (1, 2, 3)."""
    length = np.hypot(*(streets.uv[streets.head] - streets.uv[streets.tail]).T)
    kind = streets.kind[streets.street]
    pick = (kind <= Kind.SECONDARY) & (length > 175.0) & (crossing[streets.street] < 0)
    pick &= rng.random(len(pick)) < 0.75
    chosen = np.flatnonzero(pick)
    draw = rng.random(len(chosen))
    primary = kind[chosen] == Kind.PRIMARY
    sort = np.where(primary & (draw < 0.4), 2, np.where(primary & (draw < 0.55), 3, 1))
    streets, middles = with_middles(streets, chosen)
    return streets, (middles, sort)


def _line_kind(streets: Streets) -> I:
    """Widest class on each line, to name it by."""
    kind = np.full(int(streets.line.max()) + 1, int(Kind.BORDER), dtype=np.int64)
    np.minimum.at(kind, streets.line, streets.kind)
    return kind


def _with_shops(buildings: Buildings, areas: Areas) -> Buildings:
    """Turn one small block of housing into shops where a sub-district has next to no places of work."""
    sub = areas.block_subdistrict[buildings.block]
    works = np.isin(buildings.use, [USES.index("office"), USES.index("commercial")])
    floor = np.bincount(sub, weights=buildings.floor_area * works)
    without = np.flatnonzero(floor < _LEAST_WORK_M2)
    housing = (buildings.landuse == Use.OLD) | (buildings.landuse == Use.MODERN)
    use, levels = buildings.use.copy(), buildings.levels.copy()
    for number in without.tolist():
        block, count = np.unique(buildings.block[housing & (sub == number)], return_counts=True)
        shops = buildings.block == block[np.argmin(np.abs(count - 14))]
        use[shops] = USES.index("commercial")
        levels[shops] = np.minimum(levels[shops], 5)
    return replace(buildings, use=use, levels=levels)


def _near(edges: Edges, outline: BaseGeometry, margin: float) -> B:
    """Which edges lie within the margin around the district."""
    reach = shapely.buffer(outline, margin)
    shapely.prepare(reach)
    ends = [
        shapely.contains_xy(reach, edges.xy[end, 0], edges.xy[end, 1])
        for end in (edges.tail, edges.head)
    ]
    return np.asarray(ends[0] & ends[1])


def _walls_inside(walls: Walls, inside: B) -> Walls:
    """Keep the walls of the district; its surroundings have no buildings."""
    line, gate = inside[walls.block], inside[walls.gate_block]
    return Walls(
        walls.line[line],
        walls.block[line],
        walls.gate[gate],
        walls.gate_edge[gate],
        walls.gate_at[gate],
        walls.gate_block[gate],
    )


def _network(
    spec: DistrictSpec,
    edges: Edges,
    crossing: I,
    edge_use: I,
    middles: tuple[I, I],
    walls: Walls,
    name: npt.NDArray[np.str_],
    rng: np.random.Generator,
) -> Network:
    """Add footways and gates to the roads."""
    over = crossing[edges.street]
    river = np.array([strip.kind == "river" for strip in spec.strips] + [False])
    under = rng.random(len(crossing))[edges.street] < 0.55
    passage = np.where(over < 0, 0, np.where(river[over] | ~under, 1, 2))
    sort = np.zeros(len(edges.xy), dtype=np.int64)
    sort[middles[0]] = middles[1]
    footways = make_footways(edges, over >= 0, sort, rng)
    gates = len(edges.xy) + len(footways.points) + np.arange(len(walls.gate))
    footways = replace(
        footways,
        points=np.concatenate([footways.points, walls.gate]),
        road_edge=np.concatenate([footways.road_edge, walls.gate_edge]),
        road_at=np.concatenate([footways.road_at, walls.gate_at]),
        road_point=np.concatenate([footways.road_point, gates]),
    )
    wide = np.bincount(
        np.concatenate([edges.tail, edges.head]),
        weights=np.tile(edges.kind <= Kind.SECONDARY, 2),
        minlength=len(edges.xy),
    )
    network = make_network(edges, footways, passage, edge_use, name, np.flatnonzero(wide >= 3), rng)
    network.node_tag[gates] = GATE
    return network


def _green(
    spec: DistrictSpec,
    plan: Plan,
    block_polygon: Shapes,
    ours: B,
    buildings: Buildings,
    warp: Warp,
    rng: np.random.Generator,
) -> list[landscape.Feature]:
    """Forest on the hills and a lake in one cell of every larger park."""
    places = [(warp(np.array([[hill.u, hill.v]]))[0], hill.name) for hill in spec.hills]
    found = landscape.woods(block_polygon[plan.blocks.use == Use.HILL], places)
    cells = plan.cells
    large = plan.blocks.area[cells.block] > 2.6e4
    green = np.flatnonzero(
        (cells.use == Use.GREEN) & (cells.area > 9000.0) & large & ours[cells.block]
    )
    _, first = np.unique(cells.block[green], return_index=True)
    lake = cells.take(green[first])
    names = np.char.add(np.array([f"{k}号" for k in rng.permutation(len(lake))], dtype="U8"), "湖")
    return found + landscape.lakes(quad_polygons(lake, warp), names, buildings.footprint)


def _clip(
    features: list[landscape.Feature], outline: BaseGeometry, margin: float
) -> list[landscape.Feature]:
    """Cut the landscape off where the network ends."""
    # A little beyond the roads, so that no bridge at the rim is without its river.
    frame = shapely.buffer(outline, margin + 120.0, quad_segs=6)
    kept = []
    for feature in features:
        ring = bool((feature.xy[0] == feature.xy[-1]).all())
        shape = shapely.polygons(feature.xy) if ring else shapely.linestrings(feature.xy)
        for part in shapely.get_parts(shapely.intersection(shape, frame)):
            if shapely.get_dimensions(part) == (2 if ring else 1):
                line = shapely.get_exterior_ring(part) if ring else part
                kept.append(
                    landscape.Feature(np.round(shapely.get_coordinates(line), 2), feature.tags)
                )
    return kept
