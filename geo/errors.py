"""What can go wrong: faults as data (code + parameters) and the small tree of errors that carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from geo.messages import say

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Fault:
    """One finding: a code of the catalogue and the figures its sentence needs.

    Parameters
    ----------
    code
        Key in ``geo/catalogue/*.toml``.
    params
        Values for the placeholders of the sentence.
    severity
        ``error`` spoils a figure, ``warning`` may, ``info`` is worth knowing.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"

    def text(self, lang: str | None = None) -> str:
        """Say the fault in `lang` (``zh`` or ``en``; by default the language of the run)."""
        return say(self.code, self.params, lang)


def fault(code: str, severity: Severity = "error", **params: object) -> Fault:
    """Make a fault from keyword parameters."""
    return Fault(code, params, severity)


class ServiceCircleError(Exception):
    """Base of all errors raised on purpose; carries every fault found, not only the first."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(one.text() for one in self.faults)


class InputError(ServiceCircleError, ValueError):
    """The input files or values cannot be used."""


class StudyFileError(InputError):
    """The study file is wrong: unknown keys, bad values, missing inputs."""


class CrsError(InputError):
    """A coordinate system is missing, unusable or contradicted by the data."""


class NetworkError(InputError):
    """The walking network cannot be built or does not touch the study."""


class FetchError(ServiceCircleError, ConnectionError):
    """A map service on the internet gave no usable answer; nothing was written."""


class NotFoundError(ServiceCircleError, LookupError):
    """Something asked for by name or id is not there."""


class OutputError(ServiceCircleError, OSError):
    """The result could not be written; what stood there before is still whole."""


def raise_if_any(faults: Iterable[Fault], error: type[ServiceCircleError] = InputError) -> None:
    """Raise `error` once with all `faults` of severity ``error``.

    Raises
    ------
    ServiceCircleError
        Of the class given, when at least one fault is an error.
    """
    errors = [one for one in faults if one.severity == "error"]
    if errors:
        raise error(*errors)
