"""Collections as clients read them: extent, systems, links, and the schema of their properties in words."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from api.csv_text import CSV
from api.ogc.asked import queryable
from api.ogc.conformance import (
    GEOJSON,
    JSON,
    QUERYABLES_REL,
    SCHEMA_JSON,
    SCHEMA_REL,
    VECTOR_REL,
    address,
    link,
)
from api.ogc.crs import CRS84
from api.ogc.layers import Layer, Layers
from geo.messages import language, say
from geo.tables import columns, header
from geo.words import has_words, word

_GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
_MOST_WORDS = 30


def collections(base: str, layers: Layers, crs: Sequence[str]) -> dict[str, object]:
    """Return the list of collections."""
    return {
        "links": [
            link(address(base, "collections"), "self", JSON),
            link(base, "parent", JSON),
        ],
        "collections": [collection(base, one, crs) for one in layers.values()],
    }


def collection(base: str, layer: Layer, crs: Sequence[str]) -> dict[str, object]:
    """Return one collection."""
    here = ("collections", layer.id)
    extent: dict[str, object] = {}
    if layer.bounds is not None:
        extent["spatial"] = {"bbox": [list(layer.bounds)], "crs": CRS84}
    if layer.lives is not None:
        extent["temporal"] = {"interval": [_interval(layer, layer.lives)], "trs": _GREGORIAN}
    return {
        "id": layer.id,
        "title": layer.title(),
        "description": say("ogc_collection", {"title": layer.title(), "count": layer.count}),
        "itemType": "feature",
        "extent": extent,
        "crs": list(crs),
        "storageCrs": CRS84,
        "links": [
            link(address(base, *here), "self", JSON),
            link(address(base, *here, "items"), "items", GEOJSON, layer.title()),
            link(address(base, *here, "items", f="csv"), "items", CSV, layer.title()),
            link(address(base, *here, "queryables"), QUERYABLES_REL, SCHEMA_JSON),
            link(address(base, *here, "schema"), SCHEMA_REL, SCHEMA_JSON),
            link(address(base, *here, "tiles"), VECTOR_REL, JSON),
            link(address(base, "collections"), "parent", JSON),
        ],
    }


def schema(base: str, layer: Layer, *, queryables: bool) -> dict[str, object]:
    """Return the JSON schema of the properties, or of those that may be asked for by value.

    Titles are the headers of the columns, units included, in the language of the request.
    """
    names = queryable(layer) if queryables else layer.table.column_names
    geometry = {
        "title": header("geometry", language()),
        "x-ogc-role": "primary-geometry",
        "format": f"geometry-{layer.kind.lower()}",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address(base, "collections", layer.id, "queryables" if queryables else "schema"),
        "type": "object",
        "title": layer.title(),
        "properties": {**{one: property_schema(layer, one) for one in names}, "geometry": geometry},
        "additionalProperties": False,
    }


def property_schema(layer: Layer, name: str) -> dict[str, object]:
    """Return the schema of one property: title with unit, type, and for words of ours what they mean."""
    known, lang = columns().get(name), language()
    title = header(name, lang)
    if known is not None and known.kind == "share":
        # stored as a share; only what a person reads is a percentage
        title = f"{known.zh}（0–1）" if lang == "zh" else f"{known.en} (0–1)"
    found: dict[str, object] = {"title": title, **json_type(layer.table.schema.field(name).type)}
    if has_words(name) and found["type"] == "string":
        present = pc.unique(layer.table.column(name)).drop_null().to_pylist()
        if 0 < len(present) <= _MOST_WORDS:
            present.sort()
            words = [(one, word(name, one)) for one in present]
            found["enum"] = present
            found["description"] = "; ".join(f"{one} {said}" for one, said in words)
    return found


def json_type(kind: pa.DataType) -> dict[str, object]:
    """Return the JSON schema of an Arrow type."""
    if pa.types.is_nested(kind):
        return {"type": "array", "items": {"type": "string"}}
    if pa.types.is_boolean(kind):
        return {"type": "boolean"}
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    if pa.types.is_floating(kind):
        return {"type": "number"}
    if pa.types.is_date(kind):
        return {"type": "string", "format": "date"}
    return {"type": "string"}


def _interval(layer: Layer, lives: tuple[str, str]) -> list[str | None]:
    """Return the days from the first begin on; features that have not ended leave the end open."""
    first = pc.min(layer.table.column(lives[0])).as_py()
    ended = layer.table.column(lives[1])
    last = None if ended.null_count else pc.max(ended).as_py()
    return [None if one is None else f"{one.isoformat()}T00:00:00Z" for one in (first, last)]
