"""What all answers under ``/ogc`` share: the layers in service, absolute addresses, and sending nothing known twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Annotated

import orjson
from fastapi import Depends, Request
from fastapi.responses import Response

from api.asked import ServedDep, WorkersDep, standing
from api.ogc.conformance import JSON
from api.ogc.crs import offered
from api.ogc.layers import Layer, Layers
from api.served import Served
from api.workers import Workers
from geo.errors import NotFoundError, fault
from geo.messages import language

_VERSION = version("servicecircle")


class Inquiry:
    """One request to ``/ogc`` and what answers it.

    Parameters
    ----------
    request
        Whose address the links begin with.
    served
        The result in service.
    workers
        Where answers are made.
    """

    def __init__(self, request: Request, served: Served, workers: Workers) -> None:
        self.request = request
        self.served = served
        self._workers = workers
        self.base = f"{str(request.base_url).rstrip('/')}/ogc"

    @property
    def query(self) -> Sequence[tuple[str, str]]:
        """The parameters as stated, in their order."""
        return self.request.query_params.multi_items()

    @property
    def crs(self) -> list[str]:
        """References that requests may name."""
        return offered(self.served.terrain.crs)

    @property
    def notices(self) -> Sequence[str]:
        """What no figure may be shown without, in the language of the request."""
        return self.served.notices[language()]

    @property
    def standing(self) -> Mapping[str, object]:
        """What stands beside every figure."""
        return standing(self.served)

    async def layers(self) -> Layers:
        """Return the layers; made off the event loop when somebody asks first."""
        if self.served.has_layers:
            return self.served.layers
        return await self._workers.run(lambda: self.served.layers)

    async def layer(self, name: str) -> Layer:
        """Return one layer.

        Raises
        ------
        NotFoundError
            When there is no such collection.
        """
        layers = await self.layers()
        if name not in layers:
            known = "、".join(layers) or "—"
            raise NotFoundError(fault("ogc_no_collection", name=name[:80], known=known))
        return layers[name]

    async def run(self, work: Callable[[], bytes]) -> bytes:
        """Make an answer off the event loop."""
        return await self._workers.run(work)

    def plain(self, content: object, media: str = JSON) -> Response:
        """Answer with JSON that is made at once."""
        tag = self.tag
        if self.knows(tag):
            return Response(None, 304, self.cached(tag))
        return Response(orjson.dumps(content), 200, self.cached(tag), media)

    async def made(
        self, work: Callable[[], bytes], media: str, headers: Mapping[str, str]
    ) -> Response:
        """Answer with what `work` makes off the event loop, unless the client has it."""
        tag = self.tag
        if self.knows(tag):
            return Response(None, 304, {**self.cached(tag), **headers})
        return Response(await self.run(work), 200, {**self.cached(tag), **headers}, media)

    @property
    def tag(self) -> str:
        """Tag of the answer: same result, address, language and form, same bytes."""
        accept = self.request.headers.get("accept", "")
        return self.tag_of(self.served.stamp, str(self.request.url), language(), accept)

    def tag_of(self, *parts: str) -> str:
        """Return a tag of whatever the answer depends on."""
        whole = "\n".join((_VERSION, *parts))
        return f'"{hashlib.sha256(whole.encode("utf-8")).hexdigest()[:32]}"'

    def knows(self, tag: str) -> bool:
        """Whether the client says that it has the answer already."""
        known = self.request.headers.get("if-none-match", "").split(",")
        return any(one.strip().removeprefix("W/") in (tag, "*") for one in known)

    def cached(self, tag: str) -> dict[str, str]:
        """Return the headers by which a client asks again before it shows what it has."""
        return {
            "ETag": tag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept, Accept-Language",
        }


async def _inquiry(request: Request, served: ServedDep, workers: WorkersDep) -> Inquiry:
    return Inquiry(request, served, workers)


InquiryDep = Annotated[Inquiry, Depends(_inquiry)]
