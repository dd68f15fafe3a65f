"""What the tables of a result are called in workbook, map layers and pages."""

from __future__ import annotations

from geo.messages import say

TITLES = {
    "subdistricts": "table_subdistricts",
    "communities": "table_communities",
    "zones": "table_zones",
    "coverage_by_tier": "table_coverage_by_tier",
    "buildings": "table_buildings",
    "stations": "table_stations",
    "reach_pairs": "table_reach_pairs",
    "isochrones": "table_isochrones",
    "blind_areas": "table_blind_areas",
    "gap_units": "table_gap_units",
    "indicators": "table_indicators",
    "matrix": "table_matrix",
    "coverage_by_time": "table_coverage_by_time",
    "height": "table_height",
    "coverage_by_height": "table_coverage_by_height",
    "rollup": "table_rollup",
    "station_hours": "table_station_hours",
    "programme_buildings": "table_programme_buildings",
    "line_stations": "table_line_stations",
    "area_classes": "table_area_classes",
    "published_figures": "table_published_figures",
    "accessibility": "table_accessibility",
    "building_accessibility": "table_building_accessibility",
    "sites": "table_sites",
    "gain_curve": "table_gain_curve",
    "candidates": "table_candidates",
    "site_answers": "table_site_answers",
    "links": "table_links",
    "sensitivity": "table_sensitivity",
    "sensitivity_variations": "table_sensitivity_variations",
    "flips": "table_flips",
    "critical_stations": "table_critical_stations",
    "critical_regions": "table_critical_regions",
    "change": "table_change",
    "change_buildings": "table_change_buildings",
    "rejects": "table_rejects",
}


def table_title(name: str, lang: str | None = None) -> str:
    """Return the title of a table; a table without one keeps its name."""
    return say(TITLES[name], lang=lang) if name in TITLES else name
