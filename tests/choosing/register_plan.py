"""A plan of sites entered into the register, for a fresh run that knows nothing of how it was chosen."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geo.choosing.proposals import Proposal, sites_frame
from geo.result import StudyResult
from geo.study import Study


def run_with_plan(proposal: Proposal) -> StudyResult:
    """Run the study again with the proposed stations in its register, by coordinates and named building."""
    params = proposal.kept.result.params
    study = Study(params)
    inputs = study.load()
    register = inputs.frames["stations"]
    sites = sites_frame(proposal).to_crs(inputs.crs)
    new = gpd.GeoDataFrame(
        {
            "name": sites["name"],
            "tier": sites["tier"],
            "access_scope": "public",
            "status": "open",
            "host_building_ids": [
                [one] if isinstance(one, str) else [] for one in sites["host_building_id"]
            ],
        },
        geometry=sites.geometry.to_numpy(),
        crs=register.crs,
    )
    both = pd.concat([register, new], ignore_index=True).astype(
        {name: kind for name, kind in register.dtypes.items() if str(kind).startswith("datetime")}
    )
    frames = {**inputs.frames, "stations": gpd.GeoDataFrame(both, crs=register.crs)}
    return study.run(inputs=replace(inputs, frames=frames))
