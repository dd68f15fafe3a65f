"""Neighbouring boundaries that ought to meet: overlaps and gaps measured, narrow ones closed, wide ones reported."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import Fault, fault

# Narrower than this everywhere: neighbours digitised apart. Survey grade boundaries agree within decimetres, and no
# building stands in a strip of one metre.
TOLERANCE_M = 1.0
NAMED = 5
Objects = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Overlaps:
    """Places that two polygons both hold: rows of the two, the place, and whether it is wider than the tolerance."""

    first: Longs
    second: Longs
    shape: Objects
    wide: npt.NDArray[np.bool_]

    @property
    def area_m2(self) -> Floats:
        """Area of each."""
        return np.asarray(shapely.area(self.shape), dtype=np.float64)


@dataclass(frozen=True)
class Gaps:
    """Places that neighbours enclose and none of them holds."""

    shape: Objects
    wide: npt.NDArray[np.bool_]

    @property
    def area_m2(self) -> Floats:
        """Area of each."""
        return np.asarray(shapely.area(self.shape), dtype=np.float64)


@dataclass(frozen=True)
class Fitted:
    """Polygons made to meet.

    Attributes
    ----------
    shapes
        One a polygon handed in, in order.
    overlaps, gaps
        As they were found.
    moved_share
        Largest share of its area that a polygon gained or lost.
    """

    shapes: Objects
    overlaps: Overlaps
    gaps: Gaps
    moved_share: float


def fit_boundaries(frame: gpd.GeoDataFrame, section: str) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Close the narrow overlaps and gaps between the polygons of a layer that must not overlap.

    Parameters
    ----------
    frame
        Valid polygons in metres with ``name``; rows without geometry stay as they are.
    section
        Name of the input, for the findings.

    Returns
    -------
    (frame, faults)
        The same rows. What is wider than `TOLERANCE_M` stays as drawn and is reported.
    """
    shapes = frame.geometry.to_numpy().copy()
    areal = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    if len(areal) < 2:
        return frame, []
    fitted = fit(shapes[areal])
    shapes[areal] = fitted.shapes
    names = frame["name"].fillna("").astype(str).to_numpy(dtype=object)[areal]
    series = gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs)
    return frame.set_geometry(series), [
        *_narrow_faults(fitted, section),
        *_wide_faults(fitted, section, names),
    ]


def fit(shapes: Objects, tolerance_m: float = TOLERANCE_M) -> Fitted:
    """Make polygons meet along their borders.

    Strategy
    --------
    * an overlap is what two polygons share, a gap a hole of all together; wide ones hold a circle of the tolerance;
    * wide overlaps are cut out and fitted as polygons of their own, then given back to both: they stay as drawn;
    * narrow ones go to the neighbour with the longest common border;
    * nobody may vanish: should one, all stay as they were.
    """
    meets = bool(shapely.coverage_is_valid(shapes))
    overlaps = find_overlaps(shapes[:0] if meets else shapes, tolerance_m)
    gaps = find_gaps(shapes, tolerance_m)
    if meets and not (~gaps.wide).any():
        return Fitted(shapes, overlaps, gaps, 0.0)
    kept = np.flatnonzero(overlaps.wide)
    common = overlaps.shape[kept]
    pieces = (
        shapes
        if len(kept) == 0
        else np.asarray(shapely.difference(shapes, shapely.union_all(common)))
    )
    parts = np.concatenate((pieces, _without_repeats(common)))
    solid = np.flatnonzero(shapely.area(parts) > 0.0)
    cleaned = parts.copy()
    cleaned[solid] = shapely.coverage_clean(  # type: ignore[attr-defined]
        parts[solid], gap_width=tolerance_m
    )
    fitted = cleaned[: len(shapes)]
    for row, piece in _owners(overlaps, kept):
        fitted[row] = shapely.union(fitted[row], piece)
    before, after = shapely.area(shapes), shapely.area(fitted)
    moved = float((np.abs(after - before) / before).max())
    if (shapely.is_empty(fitted) | (shapely.get_dimensions(fitted) != 2)).any():
        return Fitted(shapes, overlaps, gaps, 0.0)
    return Fitted(fitted, overlaps, gaps, moved)


def find_overlaps(shapes: Objects, tolerance_m: float = TOLERANCE_M) -> Overlaps:
    """List the places that two polygons share, each connected place for itself, by rows and position."""
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="intersects")
    pair = first < second
    first, second = first[pair], second[pair]
    parts, of_pair = shapely.get_parts(
        shapely.intersection(shapes[first], shapes[second]), return_index=True
    )
    solid = shapely.area(parts) > 0.0
    parts, of_pair = parts[solid], of_pair[solid]
    bounds = shapely.bounds(parts).reshape(-1, 4)
    order = np.lexsort((bounds[:, 1], bounds[:, 0], second[of_pair], first[of_pair]))
    parts, of_pair = np.asarray(parts, dtype=object)[order], of_pair[order]
    return Overlaps(first[of_pair], second[of_pair], parts, _wide(parts, tolerance_m))


def find_gaps(shapes: Objects, tolerance_m: float = TOLERANCE_M) -> Gaps:
    """List the holes that polygons leave between them, by position."""
    parts = shapely.get_parts(shapely.union_all(shapes))
    rings, of_part = shapely.get_rings(parts, return_index=True)
    inner = np.concatenate(
        ([False], of_part[1:] == of_part[:-1])
    )  # the first ring of a part is its outline
    holes = np.asarray(shapely.polygons(rings[inner]), dtype=object)
    # a polygon may have a hole of its own that nobody else borders: an enclave that the layer leaves out on purpose
    holes = holes[_touched_by_several(holes, shapes)]
    bounds = shapely.bounds(holes).reshape(-1, 4)
    holes = holes[np.lexsort((bounds[:, 1], bounds[:, 0]))]
    return Gaps(holes, _wide(holes, tolerance_m))


def _touched_by_several(holes: Objects, shapes: Objects) -> npt.NDArray[np.bool_]:
    hole, _ = shapely.STRtree(shapes).query(holes, predicate="intersects")
    return np.bincount(hole, minlength=len(holes)) > 1


def _wide(places: Objects, tolerance_m: float) -> npt.NDArray[np.bool_]:
    """Tell which places hold a circle of the tolerance."""
    shrunk = shapely.buffer(places, -tolerance_m / 2.0)
    return np.asarray(~shapely.is_empty(shrunk), dtype=bool)


def _without_repeats(places: Objects) -> Objects:
    """Cut wide overlaps that overlap themselves (three polygons over one place) into pieces that do not."""
    if len(places) < 2:
        return places
    lines = shapely.union_all(shapely.boundary(places))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.intersects(shapely.union_all(places), shapely.point_on_surface(faces))
    return np.asarray(faces[inside], dtype=object)


def _owners(overlaps: Overlaps, kept: Longs) -> list[tuple[int, shapely.Geometry]]:
    """Pair wide overlaps with both polygons that hold them."""
    rows = np.concatenate((overlaps.first[kept], overlaps.second[kept])).tolist()
    return list(zip(rows, [*overlaps.shape[kept], *overlaps.shape[kept]], strict=True))


def _narrow_faults(fitted: Fitted, section: str) -> list[Fault]:
    overlap, gap = ~fitted.overlaps.wide, ~fitted.gaps.wide
    if not overlap.any() and not gap.any():
        return []
    return [
        fault(
            "boundaries_fitted",
            "info",
            section=section,
            tolerance=f"{TOLERANCE_M:g}",
            overlaps=int(overlap.sum()),
            overlap_m2=f"{fitted.overlaps.area_m2[overlap].sum():.1f}",
            gaps=int(gap.sum()),
            gap_m2=f"{fitted.gaps.area_m2[gap].sum():.1f}",
            moved=f"{fitted.moved_share:.4%}",
        )
    ]


def _wide_faults(fitted: Fitted, section: str, names: Objects) -> list[Fault]:
    faults = []
    overlaps, gaps = fitted.overlaps, fitted.gaps
    wide = np.flatnonzero(overlaps.wide)
    if len(wide):
        largest = wide[np.argsort(-overlaps.area_m2[wide], kind="stable")][:NAMED]
        pairs = [f"{names[overlaps.first[one]]}/{names[overlaps.second[one]]}" for one in largest]
        faults.append(
            fault(
                "boundaries_overlap",
                "warning",
                section=section,
                count=len(wide),
                m2=f"{overlaps.area_m2[wide].sum():.0f}",
                names="、".join(dict.fromkeys(pairs)),
                tolerance=f"{TOLERANCE_M:g}",
            )
        )
    if gaps.wide.any():
        faults.append(
            fault(
                "boundaries_gap",
                "warning",
                section=section,
                count=int(gaps.wide.sum()),
                m2=f"{gaps.area_m2[gaps.wide].sum():.0f}",
                tolerance=f"{TOLERANCE_M:g}",
            )
        )
    return faults
