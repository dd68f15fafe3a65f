"""Data of a place from OpenStreetMap, online or from a local extract, as a ready study folder."""

from geo.fetch.folder import Fetched, fetch
from geo.fetch.request import FetchRequest

__all__ = ["FetchRequest", "Fetched", "fetch"]
