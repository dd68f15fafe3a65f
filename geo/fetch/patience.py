"""Asking a service again: which failures may pass, how long to wait, when to give up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import requests

from geo.errors import Fault, FetchError, fault
from geo.fetch.request import FetchRequest

AGENT = "servicecircle (walking access of public service stations)"
_MOST_WAIT_S = 120.0
_BUSY = (429, 502, 503, 504)
T = TypeVar("T")


class PassingError(Exception):
    """One try failed; a later one may not.

    Parameters
    ----------
    wait_s
        Seconds the service asks to be left alone.
    """

    def __init__(self, found: Fault, wait_s: float = 0.0) -> None:
        super().__init__(found.code)
        self.found = found
        self.wait_s = wait_s


def patiently(
    ask: Callable[[], T],
    request: FetchRequest,
    url: str,
    again: Callable[[], None] = lambda: None,
) -> T:
    """Ask until there is an answer, waiting twice as long each time.

    Parameters
    ----------
    again
        Called before each further try.

    Raises
    ------
    FetchError
        When the last try fails; it says how.
    """
    pause = request.pause_s
    for attempt in range(1, request.tries + 1):
        try:
            return _once(ask, request, url)
        except PassingError as error:
            last = error
        if attempt < request.tries:
            time.sleep(min(max(pause, last.wait_s), _MOST_WAIT_S))
            pause *= 2
            again()
    raise FetchError(last.found, fault("fetch_gave_up", url=url, tries=request.tries)) from last


def refuse_busy(response: requests.Response) -> None:
    """Stop at an answer that says the service is busy.

    Raises
    ------
    PassingError
        For the statuses of quota, overload and time-out.
    """
    if response.status_code in _BUSY:
        code = "fetch_quota" if response.status_code == 429 else "fetch_busy"
        wait = response.headers.get("Retry-After", "").strip()
        seconds = float(wait) if wait.isdigit() else 0.0
        raise PassingError(fault(code, status=response.status_code), seconds)


def _once(ask: Callable[[], T], request: FetchRequest, url: str) -> T:
    try:
        return ask()
    except requests.Timeout as error:
        raise PassingError(fault("fetch_timeout", seconds=f"{request.timeout_s:g}")) from error
    except requests.RequestException as error:
        found = fault("fetch_no_connection", url=url, why=type(error).__name__)
        raise PassingError(found) from error
