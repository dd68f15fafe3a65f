"""``/metrics`` for Prometheus: requests by route, never by what was asked for; the result in service; the process."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from api.state import Shelf

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
router = APIRouter(tags=["service"])


class Metrics:
    """What is counted; one for every service, so that two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # labels come from our routes and a fixed list, so that no caller can make them grow
        self._requests = Counter(
            "servicecircle_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "servicecircle_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._ready = Gauge(
            "servicecircle_ready", "1 while a result is served.", registry=self._registry
        )
        self._refused = Gauge(
            "servicecircle_result_refused",
            "1 while the result in the folder is another than the one served, because it is damaged.",
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request.

        Parameters
        ----------
        route
            As declared (``/ogc/collections/{collection_id}``), never as asked for.
        """
        known = method if method in _METHODS else "OTHER"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, shelf: Shelf) -> bytes:
        """Write everything in Prometheus' text format."""
        self._ready.set(int(shelf.ready))
        self._refused.set(int(shelf.ready and bool(shelf.faults)))
        return generate_latest(self._registry)


@router.get(
    "/metrics",
    summary="运行指标（Prometheus）",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Send the counters."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(request.app.state.shelf), media_type=TEXT)
