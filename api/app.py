"""The service: routes, errors and what stands around every request, put together for one result folder."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from api import problems, routes_coverage, routes_isochrones, routes_pages, routes_whatif
from api.batches import Batches
from api.frame import Frame
from api.models import Problem
from api.settings import ServiceSettings
from api.state import Shelf
from api.workers import Workers
from geo.messages import say

ROUTERS = (
    routes_pages.router,
    routes_coverage.router,
    routes_isochrones.router,
    routes_whatif.router,
)
_PROBLEM: dict[str, Any] = {
    "model": Problem,
    "content": {problems.PROBLEM_JSON: {}},
    "description": "application/problem+json",
}
_ERRORS: dict[int | str, dict[str, Any]] = dict.fromkeys(
    (400, 404, 408, 413, 421, 422, 500, 503, 504), _PROBLEM
)


def create_app(settings: ServiceSettings) -> FastAPI:
    """Build the service; nothing is read before it starts."""
    workers = Workers(settings.limits)
    shelf = Shelf(settings.folder, workers, warm=settings.warm)

    @contextlib.asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(shelf.watch(settings.reload_seconds))
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            workers.close()

    app = FastAPI(
        title="Service Circle",
        summary=say("service_docs_about"),
        version=version("servicecircle"),
        docs_url=None,
        redoc_url=None,
        lifespan=living,
        middleware=[
            Middleware(Frame, settings=settings),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
        ],
        responses=_ERRORS,
    )
    app.state.settings, app.state.shelf, app.state.workers = settings, shelf, workers
    app.state.batches = Batches(workers)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
