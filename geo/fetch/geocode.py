"""Place names looked up by OSMnx at a Nominatim service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import shapely

from geo.errors import FetchError, fault
from geo.fetch.patience import AGENT, PassingError, patiently, refuse_busy
from geo.fetch.request import FetchRequest


def geocoded(name: str, request: FetchRequest) -> shapely.Geometry:
    """Return the area of a place, in degrees: the first result that is one.

    Raises
    ------
    FetchError
        When the service does not answer, or knows no area of that name.
    """
    return patiently(lambda: _once(name, request), request, request.nominatim_url)


def _once(name: str, request: FetchRequest) -> shapely.Geometry:
    import osmnx
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError

    try:
        with _osmnx_settings(request):
            found = osmnx.geocode_to_gdf(name)
    except InsufficientResponseError as error:
        if "0 results" in str(error):
            raise FetchError(fault("fetch_place_unknown", place=name)) from error
        raise _strange(error) from error
    except (ResponseStatusCodeError, KeyError) as error:
        raise _strange(error) from error
    except TypeError as error:
        raise FetchError(fault("fetch_place_no_area", place=name)) from error
    area: shapely.Geometry = shapely.make_valid(found.geometry.iloc[0])
    return area


def _strange(error: Exception) -> PassingError:
    return PassingError(fault("fetch_not_json", kind="Nominatim", text=str(error)[:120]))


@contextmanager
def _osmnx_settings(request: FetchRequest) -> Iterator[None]:
    """Set OSMnx up for one request and put back what stood there.

    OSMnx waits 55 s and asks again without end where a server is busy; a hook that raises first leaves the waiting to
    us. It also keeps answers in ``./cache`` and asks a public DNS service, both unasked.
    """
    from osmnx import settings

    def hook(response: requests.Response, *_: Any, **__: Any) -> None:
        refuse_busy(response)

    wanted: dict[str, object] = {
        "nominatim_url": request.nominatim_url,
        "use_cache": False,
        "doh_url_template": None,
        "requests_timeout": request.timeout_s,
        "requests_kwargs": {"hooks": {"response": hook}},
        "http_user_agent": AGENT,
        "http_accept_language": "zh,en",
    }
    before = {key: getattr(settings, key) for key in wanted}
    for key, value in wanted.items():
        setattr(settings, key, value)
    try:
        yield
    finally:
        for key, value in before.items():
            setattr(settings, key, value)
