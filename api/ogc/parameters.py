"""Parameters of ``/ogc`` as OpenAPI describes them, for both documents: the service's own and ``/ogc/api``."""

from __future__ import annotations

from typing import Any

from api.ogc.asked import DEFAULT_LIMIT, MOST
from geo.messages import say

Parameter = dict[str, Any]


def query(name: str, schema: dict[str, Any], code: str, lang: str | None = None) -> Parameter:
    """Describe one parameter of the query."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": say(code, {"most": MOST}, lang),
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def plain_parameters(lang: str | None = None) -> list[Parameter]:
    """Return what every resource takes."""
    return [
        query("f", {"type": "string", "enum": ["json"]}, "ogc_param_f", lang),
        query("lang", {"type": "string", "enum": ["zh", "en"]}, "ogc_param_lang", lang),
    ]


def item_parameters(lang: str | None = None) -> list[Parameter]:
    """Return what a single feature takes."""
    crs = query("crs", {"type": "string", "format": "uri"}, "ogc_param_crs", lang)
    return [crs, *plain_parameters(lang)]


def items_parameters(lang: str | None = None) -> list[Parameter]:
    """Return what a page of features takes besides the values of columns."""
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
    numbers = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    uri = {"type": "string", "format": "uri"}
    return [
        query("limit", limit, "ogc_param_limit", lang),
        query("offset", {"type": "integer", "minimum": 0, "default": 0}, "ogc_param_offset", lang),
        query("bbox", numbers, "ogc_param_bbox", lang),
        query("bbox-crs", uri, "ogc_param_bbox_crs", lang),
        query("datetime", {"type": "string"}, "ogc_param_datetime", lang),
        query("crs", uri, "ogc_param_crs", lang),
        query("f", {"type": "string", "enum": ["json", "csv"]}, "ogc_param_f", lang),
        query("lang", {"type": "string", "enum": ["zh", "en"]}, "ogc_param_lang", lang),
    ]


def tiles_parameters(lang: str | None = None) -> list[Parameter]:
    """Return what the description of a tileset takes."""
    f = query("f", {"type": "string", "enum": ["json", "tilejson"]}, "ogc_param_f", lang)
    return [f, *plain_parameters(lang)[1:]]


PLAIN_PARAMETERS = plain_parameters("zh")
ITEM_PARAMETERS = item_parameters("zh")
ITEMS_PARAMETERS = items_parameters("zh")
TILES_PARAMETERS = tiles_parameters("zh")
