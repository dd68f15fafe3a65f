"""``/ogc``: OGC API - Features: landing page, conformance, interface, collections, features."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from api.csv_text import CSV
from api.ogc.answering import Inquiry, InquiryDep
from api.ogc.asked import ItemsAsked, read_item, read_items, read_plain
from api.ogc.collections import collection, collections, schema
from api.ogc.conformance import (
    GEOJSON,
    JSON,
    OPENAPI,
    SCHEMA_JSON,
    Link,
    address,
    conformance,
    landing,
    link,
)
from api.ogc.documented import documented
from api.ogc.features import collection_bytes, csv_bytes, feature_bytes
from api.ogc.layers import Layer
from api.ogc.openapi import interface
from api.ogc.parameters import ITEM_PARAMETERS, ITEMS_PARAMETERS, PLAIN_PARAMETERS
from api.ogc.rows import rows_asked
from geo.errors import NotFoundError, fault
from geo.messages import say

router = APIRouter(prefix="/ogc", tags=["ogc"])


@router.get("", summary="OGC API 入口", **documented(JSON, parameters=PLAIN_PARAMETERS))
async def landing_page(inquiry: InquiryDep) -> Response:
    """Say where everything is."""
    read_plain(inquiry.query)
    return inquiry.plain(landing(inquiry.base, inquiry.served.result.params.name, inquiry.standing))


@router.get("/conformance", summary="符合的标准", **documented(JSON, parameters=PLAIN_PARAMETERS))
async def conforms(inquiry: InquiryDep) -> Response:
    """Say which requirements are met."""
    read_plain(inquiry.query)
    return inquiry.plain(conformance(inquiry.base))


@router.get(
    "/api", summary="接口定义（OpenAPI 3.0）", **documented(OPENAPI, parameters=PLAIN_PARAMETERS)
)
async def definition(inquiry: InquiryDep) -> Response:
    """Describe ``/ogc`` in OpenAPI 3.0, collection by collection."""
    read_plain(inquiry.query)
    return inquiry.plain(interface(inquiry.base, await inquiry.layers(), inquiry.crs), OPENAPI)


@router.get("/collections", summary="图层目录", **documented(JSON, parameters=PLAIN_PARAMETERS))
async def every_collection(inquiry: InquiryDep) -> Response:
    """List the collections."""
    read_plain(inquiry.query)
    return inquiry.plain(collections(inquiry.base, await inquiry.layers(), inquiry.crs))


@router.get(
    "/collections/{collection_id}", summary="图层", **documented(JSON, parameters=PLAIN_PARAMETERS)
)
async def one_collection(inquiry: InquiryDep, collection_id: str) -> Response:
    """Describe one collection."""
    layer = await inquiry.layer(collection_id)
    read_plain(inquiry.query)
    return inquiry.plain(collection(inquiry.base, layer, inquiry.crs))


@router.get(
    "/collections/{collection_id}/queryables",
    summary="可筛选的字段",
    **documented(SCHEMA_JSON, parameters=PLAIN_PARAMETERS),
)
async def queryables(inquiry: InquiryDep, collection_id: str) -> Response:
    """Name the columns that may be asked for by value."""
    layer = await inquiry.layer(collection_id)
    read_plain(inquiry.query)
    return inquiry.plain(schema(inquiry.base, layer, queryables=True), SCHEMA_JSON)


@router.get(
    "/collections/{collection_id}/schema",
    summary="字段说明",
    **documented(SCHEMA_JSON, parameters=PLAIN_PARAMETERS),
)
async def properties(inquiry: InquiryDep, collection_id: str) -> Response:
    """Say what every column means, with unit."""
    layer = await inquiry.layer(collection_id)
    read_plain(inquiry.query)
    return inquiry.plain(schema(inquiry.base, layer, queryables=False), SCHEMA_JSON)


@router.get(
    "/collections/{collection_id}/items",
    summary="图层要素",
    **documented(GEOJSON, "text/csv", parameters=ITEMS_PARAMETERS),
)
async def items(inquiry: InquiryDep, collection_id: str) -> Response:
    """Send a page of features that meet every condition."""
    layer = await inquiry.layer(collection_id)
    accept = inquiry.request.headers.get("accept", "")
    asked = read_items(inquiry.query, layer, inquiry.crs, accept)
    rows = rows_asked(layer, asked)
    page = rows[asked.offset : asked.offset + asked.limit]
    links = _page_links(inquiry, layer, asked, len(rows))
    counts = {"OGC-NumberMatched": str(len(rows)), "OGC-NumberReturned": str(len(page))}
    headers = {"Content-Crs": f"<{asked.crs}>", **counts, "Link": _header(links)}
    notices, standing = inquiry.notices, inquiry.standing

    def work() -> bytes:
        if asked.form == "csv":
            return csv_bytes(layer, page, asked.crs, notices)
        return collection_bytes(
            layer, page, asked.crs, matched=len(rows), links=links, standing=standing
        )

    return await inquiry.made(work, CSV if asked.form == "csv" else GEOJSON, headers)


@router.get(
    "/collections/{collection_id}/items/{feature_id:path}",
    summary="单个要素",
    **documented(GEOJSON, parameters=ITEM_PARAMETERS),
)
async def item(inquiry: InquiryDep, collection_id: str, feature_id: str) -> Response:
    """Send one feature."""
    layer = await inquiry.layer(collection_id)
    crs = read_item(inquiry.query, inquiry.crs)
    row = layer.row_of.get(feature_id)
    if row is None:
        raise NotFoundError(fault("ogc_no_feature", name=feature_id[:80], title=layer.title()))
    links = [
        link(str(inquiry.request.url), "self", GEOJSON),
        link(address(inquiry.base, "collections", layer.id), "collection", JSON),
    ]
    standing = inquiry.standing
    return await inquiry.made(
        lambda: feature_bytes(layer, row, crs, links=links, standing=standing),
        GEOJSON,
        {"Content-Crs": f"<{crs}>"},
    )


def _page_links(inquiry: Inquiry, layer: Layer, asked: ItemsAsked, matched: int) -> list[Link]:
    """Link this page, its other form, and the pages before and after it."""
    url, media = inquiry.request.url, CSV if asked.form == "csv" else GEOJSON
    other, other_media = ("json", GEOJSON) if asked.form == "csv" else ("csv", CSV)
    links = [
        link(str(url), "self", media),
        link(str(url.include_query_params(f=other)), "alternate", other_media),
        link(address(inquiry.base, "collections", layer.id), "collection", JSON),
    ]
    if asked.offset + asked.limit < matched:
        after = url.include_query_params(offset=asked.offset + asked.limit, limit=asked.limit)
        links.append(link(str(after), "next", media, say("ogc_next")))
    if asked.offset > 0:
        first = max(asked.offset - asked.limit, 0)
        before = url.include_query_params(offset=first, limit=asked.limit)
        links.append(link(str(before), "prev", media, say("ogc_prev")))
    return links


def _header(links: list[Link]) -> str:
    return ", ".join(f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"' for one in links)
