"""What can go wrong with a job before it begins."""

from __future__ import annotations

from geo.errors import ServiceCircleError


class TooManyJobsError(ServiceCircleError):
    """Somebody has as many jobs waiting as one may have."""
