"""``/ogc``: OGC API - Tiles: vector tiles of every collection, and what clients must know of them."""

from __future__ import annotations

import gzip

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.ogc.answering import InquiryDep
from api.ogc.asked import read_plain
from api.ogc.conformance import JSON, MVT, address, link
from api.ogc.documented import documented
from api.ogc.parameters import PLAIN_PARAMETERS, TILES_PARAMETERS
from api.ogc.tile_grid import MOST_ZOOM, SCHEME, SCHEME_URI, definition, is_tile
from api.ogc.tiles import TileCache
from api.ogc.tilesets import tilejson, tileset, tilesets
from geo.errors import NotFoundError, fault

router = APIRouter(prefix="/ogc", tags=["ogc"])
_LEVEL = 3  # of compression: tiles are made while somebody waits
_WHOLE_DIGITS = 10


@router.get(
    "/tileMatrixSets", summary="切片方案目录", **documented(JSON, parameters=PLAIN_PARAMETERS)
)
async def tile_matrix_sets(inquiry: InquiryDep) -> Response:
    """List the tile matrix sets: there is one."""
    read_plain(inquiry.query)
    here = address(inquiry.base, "tileMatrixSets", SCHEME)
    about = definition()
    one = {
        "id": SCHEME,
        "title": about["title"],
        "uri": SCHEME_URI,
        "crs": about["crs"],
        "links": [link(here, "self", JSON)],
    }
    return inquiry.plain({"tileMatrixSets": [one]})


@router.get(
    "/tileMatrixSets/{scheme}", summary="切片方案", **documented(JSON, parameters=PLAIN_PARAMETERS)
)
async def tile_matrix_set(inquiry: InquiryDep, scheme: str) -> Response:
    """Describe a tile matrix set."""
    _known(scheme)
    read_plain(inquiry.query)
    return inquiry.plain(definition())


@router.get(
    "/collections/{collection_id}/tiles",
    summary="图层的切片集",
    **documented(JSON, parameters=PLAIN_PARAMETERS),
)
async def layer_tilesets(inquiry: InquiryDep, collection_id: str) -> Response:
    """List the tilesets of a collection."""
    layer = await inquiry.layer(collection_id)
    read_plain(inquiry.query)
    return inquiry.plain(tilesets(inquiry.base, layer))


@router.get(
    "/collections/{collection_id}/tiles/{scheme}",
    summary="切片集说明（f=tilejson 为 TileJSON）",
    **documented(JSON, parameters=TILES_PARAMETERS),
)
async def layer_tileset(inquiry: InquiryDep, collection_id: str, scheme: str) -> Response:
    """Describe a tileset."""
    layer = await inquiry.layer(collection_id)
    _known(scheme)
    if read_plain(inquiry.query, ("json", "tilejson")) == "tilejson":
        return inquiry.plain(tilejson(inquiry.base, layer, " ".join(inquiry.notices)))
    return inquiry.plain(tileset(inquiry.base, layer))


@router.get(
    "/collections/{collection_id}/tiles/{scheme}/{z}/{y}/{x}",
    summary="矢量切片（级别/行/列）",
    **documented(MVT, parameters=TILES_PARAMETERS[1:], empty=True),
)
async def tile(
    request: Request, inquiry: InquiryDep, collection_id: str, scheme: str, z: str, y: str, x: str
) -> Response:
    """Send one vector tile; 204 where nothing lies."""
    layer = await inquiry.layer(collection_id)
    _known(scheme)
    read_plain(inquiry.query, ("mvt", "json"))
    place = _place(z, y, x)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    key = (inquiry.served.stamp, layer.id, *place, packed)
    tag = inquiry.tag_of(*map(str, key))
    headers = {**inquiry.cached(tag), "Vary": "Accept-Encoding"}
    if inquiry.knows(tag):
        return Response(None, 304, headers)
    cache: TileCache = request.app.state.tiles
    raw = cache.get(key)
    if raw is None:

        def work() -> bytes:
            made = layer.tiles.tile(*place)
            return gzip.compress(made, _LEVEL, mtime=0) if packed and made else made

        raw = await inquiry.run(work)
        cache.put(key, raw)
    if not raw:
        return Response(None, 204, headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(raw, 200, headers, MVT)


def _known(scheme: str) -> None:
    if scheme != SCHEME:
        raise NotFoundError(fault("ogc_no_scheme", name=scheme[:80]))


def _place(z: str, y: str, x: str) -> tuple[int, int, int]:
    """Read zoom, row and column.

    Raises
    ------
    NotFoundError
        When there is no such tile.
    """
    texts = (z, y, x)
    if all(one.isascii() and one.isdecimal() and len(one) < _WHOLE_DIGITS for one in texts):
        zoom, row, column = map(int, texts)
        if is_tile(zoom, row, column):
            return zoom, row, column
    raise NotFoundError(fault("ogc_no_tile", most=MOST_ZOOM, z=z[:20], y=y[:20], x=x[:20]))
