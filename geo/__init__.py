"""The engine: tables in, tables out."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.network.graph import WalkGraph
    from geo.params import Pace, Rule
    from geo.siting import SitingProblem
    from geo.study import Study

# openpyxl writes other bytes where lxml happens to be installed; workbooks are the same on every machine.
# It decides when it is first imported, so this stands where every package of ours passes first.
os.environ.setdefault("OPENPYXL_LXML", "False")

__all__ = ["Pace", "Rule", "SitingProblem", "Study", "WalkGraph"]

_HOME = {
    "Pace": "geo.params",
    "Rule": "geo.params",
    "SitingProblem": "geo.siting",
    "Study": "geo.study",
    "WalkGraph": "geo.network.graph",
}


def __getattr__(name: str) -> object:
    """Import public names when they are first asked for, so that ``import geo`` stays light."""
    if name not in _HOME:
        raise AttributeError(f"module 'geo' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
