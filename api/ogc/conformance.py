"""What the service conforms to, and what the interface is made of: landing page, classes, links."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from geo.messages import say

Link = dict[str, str]
JSON, GEOJSON = "application/json", "application/geo+json"
SCHEMA_JSON = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MVT = "application/vnd.mapbox-vector-tile"
_SPEC = "http://www.opengis.net/spec/"
CLASSES = tuple(
    _SPEC + one
    for one in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-2/1.0/conf/collections",
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-2/1.0/conf/crs",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/queryables-query-parameters",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
        "ogcapi-tiles-1/1.0/conf/oas30",
        "tms/2.0/conf/tilematrixset",
        "tms/2.0/conf/json-tilematrixset",
    )
)
QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
VECTOR_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
SCHEMES_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"


def link(href: str, rel: str, media: str, title: str = "") -> Link:
    """Make a link."""
    made = {"href": href, "rel": rel, "type": media}
    return {**made, "title": title} if title else made


def address(base: str, *parts: str, **query: object) -> str:
    """Make an absolute address under the landing page.

    Parameters
    ----------
    base
        Of the landing page, without a slash at its end.
    """
    path = "/".join([base, *(quote(one, safe="") for one in parts)])
    stated = {key: value for key, value in query.items() if value is not None}
    return f"{path}?{urlencode(stated)}" if stated else path


def landing(base: str, title: str, standing: Mapping[str, object]) -> dict[str, object]:
    """Return the landing page."""
    return {
        "title": title,
        "description": say("ogc_about"),
        **standing,
        "links": [
            link(base, "self", JSON),
            link(address(base, "api"), "service-desc", OPENAPI, say("ogc_api_title")),
            link(f"{base.rpartition('/')[0]}/docs", "service-doc", "text/html"),
            link(address(base, "conformance"), "conformance", JSON),
            link(address(base, "collections"), "data", JSON, say("ogc_collections_title")),
            link(address(base, "tileMatrixSets"), SCHEMES_REL, JSON),
        ],
    }


def conformance(base: str) -> dict[str, object]:
    """Return the conformance declaration."""
    return {
        "conformsTo": list(CLASSES),
        "links": [link(address(base, "conformance"), "self", JSON)],
    }
