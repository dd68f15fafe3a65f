"""Inputs that are a question to an OpenStreetMap file, brought into the form of any other file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import InputError, fault
from geo.params import OsmQuery, Source
from geo.read.raw import RawTable, digest, require_file
from geo.read.schema import Schema
from geo.tables import empty_rejects, reject_rows

if TYPE_CHECKING:
    from geo.read.osm import OsmExtract
    from geo.read.osm_features import Features

# Tags that mean for us what they mean in OSM; others may share a name with a register's column and mean something else.
_TAGS = (
    "osm_id",
    "name",
    "building",
    "building:levels",
    "height",
    "operator",
    "opening_hours",
    "addr:full",
)


def open_osm(
    source: Source, schema: Schema, extract: OsmExtract | None
) -> tuple[RawTable | None, pd.DataFrame]:
    """Answer a source that names an OSM file.

    Returns
    -------
    RawTable or None
        None when the source is no OSM file.
    DataFrame
        Rejects: objects that do not close within the file.

    Raises
    ------
    InputError
        Nothing in the file answers.
    """
    if source.osm is None:
        return None, empty_rejects()
    from geo.read.osm import OsmExtract

    query = source.osm
    require_file(query.file, schema.section)
    extract = extract if extract is not None else OsmExtract(query.file)
    features = _ask(extract, query, schema)
    if isinstance(features, gpd.GeoDataFrame):
        frame, lost = features, empty_rejects()
    else:
        frame, lost = features.frame, _lost(features, schema.section)
    if len(frame) == 0:
        raise InputError(
            fault(
                "osm_query_empty", section=schema.section, file=query.file.name, query=_said(query)
            )
        )
    keep = [name for name in frame.columns if name in (*_TAGS, "kind", "building_id", "entrance")]
    return (
        RawTable(
            frame=pd.DataFrame(frame[keep]).reset_index(drop=True),
            geometry=np.asarray(frame.geometry.to_numpy(), dtype=object),
            sheet=np.full(len(frame), "", dtype=object),
            row=np.arange(1, len(frame) + 1, dtype=np.int64),
            file=query.file.name,
            format="osm",
            crs="EPSG:4326",
            sha256=digest(query.file),
        ),
        lost,
    )


def _lost(features: Features, section: str) -> pd.DataFrame:
    """List the objects that have no usable shape in the file."""
    return reject_rows(
        {
            "input": section,
            "sheet": "",
            "row": None,
            "column": "geometry",
            "value": f"{one['osm_id']} {one['name']}".strip(),
            "reason": str(one["fault"].text()),
        }
        for one in features.rejects
    )


def _ask(extract: OsmExtract, query: OsmQuery, schema: Schema) -> Features | gpd.GeoDataFrame:
    """Put the question of this kind of input."""
    if query.admin_level is not None:
        return extract.boundaries(query.admin_level)
    if query.tags:
        if schema.takes_coordinates:
            return extract.places(query.tags)
        return extract.features(query.tags, nodes=False, lines="line" in schema.shapes)
    match schema.section:
        case "buildings":
            return extract.buildings()
        case "barriers":
            return extract.barriers()
        case "entrances":
            return _entrances(extract)
        case _:
            raise InputError(
                fault("osm_query_missing", section=schema.section, file=query.file.name)
            )


def _entrances(extract: OsmExtract) -> gpd.GeoDataFrame:
    """Name the building of each entrance by its id instead of its row."""
    found = extract.entrances()
    ids = extract.buildings().frame["osm_id"].to_numpy(dtype=object)
    row = found["building"].to_numpy()
    names = np.full(len(found), None, dtype=object)
    names[row >= 0] = ids[row[row >= 0]]
    return found.assign(building_id=names).drop(columns=["building", "osm_id"])


def _said(query: OsmQuery) -> str:
    if query.admin_level is not None:
        return f"admin_level = {query.admin_level}"
    tags = [f"{key} = {'/'.join(values) or '*'}" for key, values in sorted(query.tags.items())]
    return "；".join(tags) or "*"
