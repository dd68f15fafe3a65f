"""Critical stations on the map: whom the study would lose with each one, from its own table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from geo.messages import say
from maps.overlays import add_facts_of, add_rows
from maps.packing import Packer
from maps.printed import printed

if TYPE_CHECKING:
    from geo.result import StudyResult

FACTS = (
    "lost_residents", "lost_buildings_count", "lost_workers", "lost_floor_area_m2", "coverage_closed_share",
)  # fmt: skip


def add_critical(packer: Packer, result: StudyResult, stations: Sequence[str]) -> None:
    """Pack, rule by rule, the stations whose closing leaves somebody without cover, the gravest first.

    Parameters
    ----------
    stations
        Ids of the page's stations in its order; one that is not on the map is left out.
    """
    table = result.tables.get("critical_stations")
    place = {one: number for number, one in enumerate(stations)}
    names = result.subdistricts.drop_duplicates("subdistrict_id").set_index("subdistrict_id")
    for number, rule in enumerate(result.params.rules):
        rows = pd.DataFrame() if table is None else table[table["rule"] == rule.name]
        if len(rows):
            rows = rows[rows["lost_buildings_count"] > 0]
            rows = rows[rows["station_id"].astype(str).isin(place)].sort_values(
                "rank", kind="stable"
            )
        ids: list[str] = rows["station_id"].astype(str).tolist() if len(rows) else []
        packer.add_text(f"critical{number}.station", [place[one] for one in ids])
        told = rows.assign(sentence=_sentences(rows, names)) if ids else rows
        add_rows(packer, f"critical{number}", told, FACTS)
    add_facts_of(packer, "critical", FACTS)


def _sentences(rows: pd.DataFrame, names: pd.DataFrame) -> list[str]:
    """Say what closing each station costs, and which sub-district it hits hardest."""
    said = []
    for row in rows.to_dict("records"):
        shown = {
            name: printed(name, row[name], unit=True)
            for name in ("lost_buildings_count", "coverage_before_share", "coverage_closed_share")
        }
        worst = row.get("worst_subdistrict_id")
        shown["where"] = str(names["name"].get(worst, "")) if worst is not None else ""
        said.append(say("map_critical_there" if shown["where"] else "map_critical", shown))
    return said
