"""OpenStreetMap extracts: what a study asks of one file, each question one filtered pass over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd

from geo.errors import InputError, fault
from geo.read.osm_barriers import BARRIERS, barrier_frame
from geo.read.osm_features import Features, building_outlines, collect_features, place_entrances
from geo.read.osm_ways import OsmWays, clip_to_box, collect_ways
from geo.tables import reject_rows

Box = tuple[float, float, float, float]
Tags = Mapping[str, tuple[str, ...]]
OSM_CRS = "EPSG:4326"
ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
BUILDING_TAGS = ("building", "building:levels", "height", "name", "addr:street", "addr:housenumber")


class OsmExtract:
    """An OpenStreetMap file, optionally only what lies in a box.

    Nothing is read before it is asked for; pyosmium throws out what does not match before Python sees it, and every
    answer is kept.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``.
    bbox
        West, south, east, north in degrees: features that meet it, ways cut at it.

    Raises
    ------
    InputError
        When there is no such file, or it is of another kind.
    """

    def __init__(self, path: str | Path, bbox: Box | None = None) -> None:
        self.path = Path(path)
        self.bbox = bbox
        if not self.path.is_file():
            raise InputError(fault("osm_missing", file=str(path)))
        if not self.path.name.lower().endswith(ENDINGS):
            raise InputError(fault("osm_format", file=self.path.name))
        self._buildings: Features | None = None

    @cached_property
    def box(self) -> Box | None:
        """West, south, east, north of the area the file says it covers, None where it does not say."""
        with self._reading():
            box = osmium.FileProcessor(str(self.path)).header.box()
        if not box.valid():
            return None
        low, high = box.bottom_left, box.top_right
        return (low.lon, low.lat, high.lon, high.lat)

    def ways(self, where: Tags, nodes: Tags | None = None) -> OsmWays:
        """Return ways over shared nodes, with all their tags.

        Parameters
        ----------
        where
            Key -> accepted values (empty: any); a way that meets one key is in.
        nodes
            Likewise for the nodes whose tags are wanted too.

        Raises
        ------
        InputError
            When the file is damaged.
        """
        with self._reading():
            ways = collect_ways(self._processor(), where, nodes or {})
        return ways if self.bbox is None else clip_to_box(ways, self.bbox)

    def features(self, where: Tags, *, nodes: bool = True, lines: bool = True) -> Features:
        """Return all objects that meet a tag query, each once, as points, areas or (open ways) lines.

        Raises
        ------
        InputError
            When the file is damaged.
        """
        return self._read_features(where, nodes=nodes, lines=lines)

    def places(self, where: Tags) -> Features:
        """Return the objects of a tag query as points: areas by a point inside, open ways by their middle."""
        return self.features(where).as_points()

    def buildings(self) -> Features:
        """Return building footprints (``building=*`` but not ``no``; parts of buildings are not buildings).

        Areas that cross themselves come as they were drawn, for the check of geometry to repair.
        """
        if self._buildings is None:
            self._buildings = building_outlines(
                self._read_features({"building": ()}, BUILDING_TAGS, nodes=False)
            )
        return self._buildings

    def entrances(self) -> gpd.GeoDataFrame:
        """Return entrances: ``osm_id, entrance, building, geometry``.

        ``building`` is the row of `buildings` on whose outline the entrance lies (one row each where houses share a
        wall), -1 for entrances on none.
        """
        nodes = self._read_features({"entrance": ()}, areas=False, lines=False)
        return place_entrances(nodes.frame, self.buildings().frame)

    def boundaries(self, admin_level: int) -> Features:
        """Return the administrative areas of one level; those that do not close in the file are rejects."""
        found = self.features({"admin_level": (str(admin_level),)}, nodes=False, lines=False)
        return found.only({"boundary": ("administrative",)})

    def barriers(self) -> gpd.GeoDataFrame:
        """Return what nobody walks across at ground level: ``kind`` (water, railway, motorway), ``name, geometry``."""
        return barrier_frame(self.features(BARRIERS, nodes=False).frame)

    def _read_features(
        self,
        where: Tags,
        keys: Sequence[str] | None = None,
        *,
        nodes: bool = True,
        areas: bool = True,
        lines: bool = True,
    ) -> Features:
        with self._reading():
            found = collect_features(
                self._processor(), where, nodes=nodes, areas=areas, lines=lines, keys=keys
            )
        return found if self.bbox is None else found.within(self.bbox)

    def _processor(self) -> osmium.FileProcessor:
        return osmium.FileProcessor(str(self.path))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn what pyosmium says about a damaged file into our fault."""
        try:
            yield
        except (RuntimeError, ValueError, OSError) as error:
            raise InputError(
                fault("osm_damaged", file=self.path.name, detail=str(error))
            ) from error


def rejects_of(found: Features, section: str) -> pd.DataFrame:
    """Return the rejects of `found` as rejected rows of the input `section`."""
    return reject_rows(
        {
            "input": section,
            "sheet": "",
            "row": one["osm_id"],
            "column": "geometry",
            "value": one["name"],
            "reason": one["fault"].text(),
        }
        for one in found.rejects
    )
