"""``/ogc/api``: OpenAPI 3.0.3 of the collections in service, each with the columns it may be asked by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

from api.ogc.asked import queryable
from api.ogc.collections import property_schema
from api.ogc.conformance import GEOJSON, JSON, MVT, OPENAPI, SCHEMA_JSON
from api.ogc.layers import Layer, Layers
from api.ogc.parameters import item_parameters, items_parameters, plain_parameters
from api.ogc.tile_grid import SCHEME
from api.problems import PROBLEM_JSON
from geo.messages import say

_REF = "#/components/{}/{}"
_GEOJSON_SCHEMAS: dict[str, Any] = {
    "object": {"type": "object"},
    "problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    },
    "feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
        },
    },
    "featureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "features": {"type": "array", "items": {"$ref": _REF.format("schemas", "feature")}},
            "links": {"type": "array", "items": {"type": "object"}},
        },
    },
}


def interface(base: str, layers: Layers, crs: Sequence[str]) -> dict[str, Any]:
    """Return the document.

    Parameters
    ----------
    crs
        References that requests may name.
    """
    return {
        "openapi": "3.0.3",
        "info": {
            "title": say("service_docs_title"),
            "description": say("ogc_about"),
            "version": version("servicecircle"),
        },
        "servers": [{"url": base}],
        "tags": [{"name": one.id, "description": one.title()} for one in layers.values()],
        "paths": dict(_paths(layers)),
        "components": {
            "schemas": _GEOJSON_SCHEMAS,
            "parameters": _components(crs),
            "responses": {
                "unchanged": {"description": say("ogc_unchanged")},
                "problem": {
                    "description": say("ogc_fault"),
                    "content": {PROBLEM_JSON: _content("problem")},
                },
            },
        },
    }


def _components(crs: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in (*item_parameters(), *items_parameters()):
        found[one["name"]] = one
    for name in ("crs", "bbox-crs"):
        found[name]["schema"] = {"type": "string", "enum": list(crs), "default": crs[0]}
    found["fPlain"] = {**plain_parameters()[0]}
    for name in ("z", "y", "x"):
        found[name] = {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "minimum": 0},
        }
    return found


def _paths(layers: Layers) -> Iterator[tuple[str, Any]]:
    yield "/", _get("landing", {JSON: "object"}, _PLAIN)
    yield "/conformance", _get("conformance", {JSON: "object"}, _PLAIN)
    yield "/api", _get("api", {OPENAPI: "object"}, _PLAIN)
    yield "/collections", _get("collections", {JSON: "object"}, _PLAIN)
    yield "/tileMatrixSets", _get("tileMatrixSets", {JSON: "object"}, _PLAIN)
    yield f"/tileMatrixSets/{SCHEME}", _get("tileMatrixSet", {JSON: "object"}, _PLAIN)
    for layer in layers.values():
        yield from _paths_of(layer)


def _paths_of(layer: Layer) -> Iterator[tuple[str, Any]]:
    here, name, tag = f"/collections/{layer.id}", layer.id, [layer.id]
    values = [_value_parameter(layer, one) for one in queryable(layer)]
    yield here, _get(f"{name}.collection", {JSON: "object"}, _PLAIN, tag)
    yield (
        f"{here}/queryables",
        _get(f"{name}.queryables", {SCHEMA_JSON: "object"}, _PLAIN, tag),
    )
    yield f"{here}/schema", _get(f"{name}.schema", {SCHEMA_JSON: "object"}, _PLAIN, tag)
    page: list[dict[str, Any]] = [*map(_ref, _PAGE), *values]
    forms = {GEOJSON: "featureCollection", "text/csv": "text"}
    yield f"{here}/items", _get(f"{name}.items", forms, page, tag)
    feature_id = {"name": "featureId", "in": "path", "required": True, "schema": _TEXT}
    single: list[dict[str, Any]] = [feature_id, _ref("crs"), *_PLAIN]
    yield f"{here}/items/{{featureId}}", _get(f"{name}.item", {GEOJSON: "feature"}, single, tag)
    yield f"{here}/tiles", _get(f"{name}.tilesets", {JSON: "object"}, _PLAIN, tag)
    yield f"{here}/tiles/{SCHEME}", _get(f"{name}.tileset", {JSON: "object"}, _PLAIN, tag)
    tile = _get(f"{name}.tile", {MVT: "binary"}, [_ref(one) for one in "zyx"], tag)
    tile["get"]["responses"]["204"] = {"description": say("ogc_empty")}
    yield f"{here}/tiles/{SCHEME}/{{z}}/{{y}}/{{x}}", tile


def _get(
    operation: str,
    media: dict[str, str],
    parameters: Sequence[dict[str, Any]],
    tags: Sequence[str] = (),
) -> dict[str, Any]:
    ok = {
        "description": say("ogc_ok"),
        "content": {one: _content(schema) for one, schema in media.items()},
    }
    bad = {"$ref": _REF.format("responses", "problem")}
    found: dict[str, Any] = {
        "operationId": operation,
        "parameters": list(parameters),
        "responses": {
            "200": ok,
            "304": {"$ref": _REF.format("responses", "unchanged")},
            "400": bad,
            "404": bad,
            "500": bad,
            "503": bad,
        },
    }
    return {"get": {**found, "tags": list(tags)} if tags else found}


def _content(schema: str) -> dict[str, Any]:
    if schema == "text":
        return {"schema": _TEXT}
    if schema == "binary":
        return {"schema": {"type": "string", "format": "binary"}}
    return {"schema": {"$ref": _REF.format("schemas", schema)}}


def _value_parameter(layer: Layer, name: str) -> dict[str, Any]:
    schema = property_schema(layer, name)
    title = str(schema.pop("title"))
    description = schema.pop("description", None)
    said = f"{title}: {description}" if description else title
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": said,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format("parameters", name)}


_TEXT = {"type": "string"}
_PLAIN = (_ref("fPlain"), _ref("lang"))
_PAGE = ("limit", "offset", "bbox", "bbox-crs", "datetime", "crs", "f", "lang")
