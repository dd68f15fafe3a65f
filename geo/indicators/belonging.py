"""Which sub-district and community a station belongs to: by what its register says, else by where it lies."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from geo.indicators.findings import Findings, Ints
from geo.names import fold_community, fold_subdistrict


def station_subdistricts(findings: Findings) -> Ints:
    """Row of the sub-district each station belongs to, -1 for none."""
    frame, aliases = findings.subdistricts, findings.profile.aliases
    keys = [fold_subdistrict(str(name), aliases) for name in frame["name"]]
    wanted = [
        None if pd.isna(name) else fold_subdistrict(str(name), aliases)
        for name in findings.stations["subdistrict_name"]
    ]
    located = _located(findings.stations["subdistrict_id"], frame["subdistrict_id"])
    return _stated_or(keys, wanted, located)


def station_communities(findings: Findings) -> Ints:
    """Row of the community each station belongs to, -1 for none.

    A name counts only within its sub-district: two of them may have a community of one name (天雅社区).
    """
    frame, aliases = findings.communities, findings.profile.aliases
    if frame is None:
        return np.full(len(findings.stations), -1, dtype=np.int32)
    above = _located(frame["subdistrict_id"], findings.subdistricts["subdistrict_id"])
    keys = [
        (row, fold_community(str(name), aliases))
        for row, name in zip(above.tolist(), frame["name"], strict=True)
    ]
    wanted = [
        None if pd.isna(name) else (row, fold_community(str(name), aliases))
        for row, name in zip(
            station_subdistricts(findings).tolist(),
            findings.stations["community_name"],
            strict=True,
        )
    ]
    located = _located(findings.stations["community_id"], frame["community_id"])
    return _stated_or(keys, wanted, located)


def _located(ids: pd.Series, known: pd.Series) -> Ints:
    row_of = {str(one): row for row, one in enumerate(known)}
    found = [-1 if pd.isna(one) else row_of.get(str(one), -1) for one in ids]
    return np.array(found, dtype=np.int32)


def _stated_or(keys: Sequence[Hashable], wanted: Sequence[Hashable], located: Ints) -> Ints:
    """Take the row whose key only it has, else where the station lies."""
    doubled = pd.Series(list(keys), dtype=object).duplicated(keep=False).to_numpy()
    row_of = {key: row for row, key in enumerate(keys) if not doubled[row]}
    stated = np.array([row_of.get(one, -1) for one in wanted], dtype=np.int32)
    return np.where(stated >= 0, stated, located).astype(np.int32)
