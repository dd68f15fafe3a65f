"""What can go wrong with a register, besides wrong values."""

from __future__ import annotations

from geo.errors import ServiceCircleError


class NoRegisterError(ServiceCircleError, LookupError):
    """The service was started without a register."""


class UnavailableError(ServiceCircleError, ConnectionError):
    """The database does not answer, or not in time; nothing was changed."""


class FullError(ServiceCircleError, OSError):
    """There is no room to write; nothing was changed."""


class ConflictError(ServiceCircleError):
    """What was to be changed is not as the caller thinks."""


class StaleVersionError(ServiceCircleError):
    """Somebody else has changed the station since the caller read it."""


class NoVersionError(ServiceCircleError):
    """A change must say which version it changes."""
