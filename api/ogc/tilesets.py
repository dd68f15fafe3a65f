"""Tilesets as clients read them: metadata of the standard, and TileJSON."""

from __future__ import annotations

from typing import Any

from api.ogc.collections import json_type, property_schema
from api.ogc.conformance import JSON, MVT, address, link
from api.ogc.crs import CRS84
from api.ogc.layers import Layer
from api.ogc.tile_grid import CRS_URI, MOST_ZOOM, SCHEME, SCHEME_URI, tiles_of

SCHEME_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_DIMENSION = {
    "Point": 0,
    "MultiPoint": 0,
    "LineString": 1,
    "MultiLineString": 1,
    "Polygon": 2,
    "MultiPolygon": 2,
}
LEAST_ZOOM, DRAWN_ZOOM = 0, 18  # clients draw larger what they have at 18


def tilesets(base: str, layer: Layer) -> dict[str, Any]:
    """Return the list of a layer's tilesets: there is one."""
    here = ("collections", layer.id, "tiles")
    return {
        "links": [link(address(base, *here), "self", JSON)],
        "tilesets": [{**_about(layer), "links": _links(base, layer)}],
    }


def tileset(base: str, layer: Layer) -> dict[str, Any]:
    """Return the metadata of a tileset (OGC 17-083r4)."""
    found: dict[str, Any] = {**_about(layer), "links": _links(base, layer)}
    layer_about: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title(),
        "dataType": "vector",
        "propertiesSchema": {
            "type": "object",
            "properties": {one: property_schema(layer, one) for one in _names(layer)},
        },
    }
    if layer.kind in _DIMENSION:
        layer_about["geometryDimension"] = _DIMENSION[layer.kind]
    found["layers"] = [layer_about]
    if layer.bounds is not None:
        west, south, east, north = layer.bounds
        box = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
        found["boundingBox"] = box
        found["tileMatrixSetLimits"] = [_limits(layer.bounds, z) for z in range(MOST_ZOOM + 1)]
    return found


def tilejson(base: str, layer: Layer, attribution: str) -> dict[str, Any]:
    """Return the tileset as TileJSON 3.0, for MapLibre and its like."""
    here = address(base, "collections", layer.id, "tiles", SCHEME)
    types = {
        one: str(json_type(layer.table.schema.field(one).type)["type"]) for one in _names(layer)
    }
    fields = {one: kind.capitalize() for one, kind in types.items()}
    found: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.title(),
        "attribution": attribution,
        "scheme": "xyz",
        "tiles": [f"{here}/{{z}}/{{y}}/{{x}}"],
        "minzoom": LEAST_ZOOM,
        "maxzoom": DRAWN_ZOOM,
        "vector_layers": [{"id": layer.id, "description": layer.title(), "fields": fields}],
    }
    if layer.bounds is not None:
        found["bounds"] = list(layer.bounds)
    return found


def _about(layer: Layer) -> dict[str, Any]:
    return {
        "title": layer.title(),
        "dataType": "vector",
        "crs": CRS_URI,
        "tileMatrixSetURI": SCHEME_URI,
    }


def _links(base: str, layer: Layer) -> list[dict[str, Any]]:
    here = ("collections", layer.id, "tiles", SCHEME)
    template = f"{address(base, *here)}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [
        link(address(base, *here), "self", JSON),
        link(address(base, *here, f="tilejson"), "alternate", JSON, "TileJSON"),
        link(address(base, "tileMatrixSets", SCHEME), SCHEME_REL, JSON),
        link(address(base, "collections", layer.id), "collection", JSON),
        {**link(template, "item", MVT), "templated": True},
    ]


def _names(layer: Layer) -> list[str]:
    return [one.name for one in layer.tiles.columns]


def _limits(bounds: tuple[float, float, float, float], z: int) -> dict[str, Any]:
    north, south, west, east = tiles_of(bounds, z)
    return {
        "tileMatrix": str(z),
        "minTileRow": north,
        "maxTileRow": south,
        "minTileCol": west,
        "maxTileCol": east,
    }
