"""What a finding is about, and what to do where its sentence does not say."""

from __future__ import annotations

from geo.errors import Fault
from geo.messages import catalogue, say

TOPICS = (
    "rejects", "crs", "repairs", "stations", "snapping", "islands", "cover", "filled", "field", "other",
)  # fmt: skip
# The first topic with a beginning that fits; figures of `geo.quality_measures` stand under the same names.
_BEGINNINGS = {
    "crs": ("crs_", "datum_"),
    "repairs": ("polygons_", "repair_", "boundaries_", "cad_", "driver_"),
    "rejects": (
        "rows_rejected", "values_rejected", "corrected_", "too_many_", "layer_", "register_empty",
        "file_", "column_", "geometry_", "coordinates_",
    ),
    "snapping": ("buildings_unknown", "entrances_", "ways_through_", "compounds_"),
    "islands": ("network_islands", "network_dropped", "network_uncut", "network_joined", "stations_island",
                "corrections_", "correction_"),
    "cover": ("network_", "elevation_", "buildings_outside", "buildings_none", "osm_"),
    "filled": ("levels_", "people_", "uses_"),
    "field": ("field_",),
    "stations": ("stations_", "station_", "host_", "hours_", "rule_hours", "area_", "located_", "ids_",
                 "merged_", "blocks_", "example_", "total_", "note_", "header_", "sheets_", "columns_",
                 "subdistrict_from", "pinyin_", "unit_applied", "codes_", "line_"),
}  # fmt: skip


def topic_of(code: str) -> str:
    """Return the topic of a finding, one of `TOPICS`.

    >>> topic_of("datum_agrees"), topic_of("network_islands"), topic_of("network_thin"), topic_of("?")
    ('crs', 'islands', 'cover', 'other')
    """
    for topic, beginnings in _BEGINNINGS.items():
        if code.startswith(beginnings):
            return topic
    return "other"


def advice_of(one: Fault) -> str:
    """Say what to do about a finding; empty where its own sentence does."""
    code = f"advice_{one.code}"
    return say(code, one.params) if code in catalogue() else ""
