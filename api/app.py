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

from api import (
    problems,
    routes_coverage,
    routes_isochrones,
    routes_jobs,
    routes_pages,
    routes_register,
    routes_scenarios,
    routes_studies,
    routes_whatif,
)
from api.batches import Batches
from api.desk import Desk
from api.frame import Frame
from api.gate import Gate
from api.jobs.desk import WorkDesk
from api.metrics import Metrics
from api.metrics import router as metrics_router
from api.models import Problem
from api.ogc import routes_features, routes_tiles
from api.ogc.tiles import TileCache
from api.settings import ServiceSettings
from api.state import Shelf
from api.workers import Workers
from geo.messages import say

# routes are tried in this order: first what is asked for most
ROUTERS = (
    routes_coverage.router,
    routes_pages.router,
    routes_isochrones.router,
    routes_whatif.router,
    routes_register.router,
    routes_jobs.router,
    routes_scenarios.router,
    routes_studies.router,
    routes_features.router,
    routes_tiles.router,
    metrics_router,
)
_PROBLEM: dict[str, Any] = {
    "model": Problem,
    "content": {problems.PROBLEM_JSON: {}},
    "description": "application/problem+json",
}
_ERRORS: dict[int | str, dict[str, Any]] = dict.fromkeys(
    (400, 401, 403, 404, 408, 409, 412, 413, 421, 422, 428, 429, 500, 503, 504, 507), _PROBLEM
)


def create_app(settings: ServiceSettings) -> FastAPI:
    """Build the service; nothing is read before it starts."""
    workers, metrics = Workers(settings.limits), Metrics()
    shelf = Shelf(settings.folder, workers, warm=settings.warm)
    desk, work = Desk(settings.register, settings.folder), WorkDesk(settings, shelf)

    @contextlib.asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(work.start)
        watching = asyncio.create_task(shelf.watch(settings.reload_seconds))
        try:
            yield
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await asyncio.to_thread(work.close)
            workers.close()
            desk.close()

    app = FastAPI(
        title="Service Circle",
        summary=say("service_docs_about"),
        version=version("servicecircle"),
        docs_url=None,
        redoc_url=None,
        lifespan=living,
        middleware=[
            Middleware(Frame, settings=settings, metrics=metrics),
            Middleware(Gate, settings=settings, keys=desk.keys),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
        ],
        responses=_ERRORS,
    )
    app.state.settings, app.state.shelf, app.state.workers = settings, shelf, workers
    app.state.desk, app.state.work, app.state.let_go = desk, work, work.streams.stop
    app.state.batches = Batches(workers)
    app.state.tiles, app.state.metrics = TileCache(), metrics
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
