"""What may be asked of ``fetch``, checked before anything is downloaded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from geo.errors import Fault, InputError, fault, raise_if_any

# The network must go as far round the study as a walk is searched: 30 minutes at 72 m/min, and 100 m of access.
DEFAULT_MARGIN_M = 2300.0
OVERPASS_URL = "https://overpass-api.de/api"
NOMINATIM_URL = "https://nominatim.openstreetmap.org/"
_MOST_MARGIN_M = 20_000.0


@dataclass(frozen=True)
class FetchRequest:
    """One call of ``fetch``.

    Attributes
    ----------
    place
        Place name; with `pbf` the name of a boundary in that file, or its id as ``r1124039``.
    boundary
        Polygon file to take instead of looking the name up.
    boundary_crs
        CRS of that file where it does not say: ``EPSG:…``, ``gcj02``, ``bd09``.
    pbf
        Local extract to cut from; None downloads through Overpass.
    admin_level
        Level of the boundaries that become sub-districts; None chooses it.
    margin_m
        How far round the boundary the network is taken.
    timeout_s, tries
        Seconds an answer may take, and how often a request is made before giving up.
    pause_s
        Seconds before the second try; doubled each time.
    """

    place: str | None = None
    boundary: Path | None = None
    boundary_crs: str | None = None
    pbf: Path | None = None
    admin_level: int | None = None
    margin_m: float = DEFAULT_MARGIN_M
    overpass_url: str = OVERPASS_URL
    nominatim_url: str = NOMINATIM_URL
    timeout_s: float = 180.0
    tries: int = 4
    pause_s: float = 5.0

    def check(self) -> None:
        """Refuse what cannot be fetched.

        Raises
        ------
        InputError
            With every fault found.
        """
        raise_if_any(self._faults(), InputError)

    def _faults(self) -> list[Fault]:
        found: list[Fault] = []
        if not (self.place or "").strip() and self.boundary is None:
            found.append(fault("fetch_no_place"))
        for option, file in (("--boundary", self.boundary), ("--pbf", self.pbf)):
            if file is not None and not file.is_file():
                found.append(fault("fetch_file_missing", option=option, file=file))
        if not (math.isfinite(self.margin_m) and 0 <= self.margin_m <= _MOST_MARGIN_M):
            value = f"{self.margin_m:g}"
            found.append(fault("fetch_margin", found=value, most=f"{_MOST_MARGIN_M:g}"))
        for option, url in (
            ("--overpass-url", self.overpass_url),
            ("--nominatim-url", self.nominatim_url),
        ):
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
                found.append(fault("fetch_url", option=option, found=url))
        return found
