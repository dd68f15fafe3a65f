"""Sub-districts and communities as registers name them; 天雅社区 exists twice."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.area_names import Areas, with_official_names

SUBDISTRICTS = gpd.GeoDataFrame(
    {"subdistrict_id": ["440106003000", "440106016000"], "name": ["车陂街道", "黄村街道"]},
    geometry=[shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)],
)
_COMMUNITIES = {
    "community_id": ["440106003016", "440106016003", "440106016004"],
    "name": ["天雅社区", "天雅社区", "黄村社区"],
    "subdistrict_id": ["440106003000", "440106016000", "440106016000"],
}
SHAPES = [
    shapely.box(0, 0, 1000, 1000),
    shapely.box(1000, 0, 1500, 1000),
    shapely.box(1500, 0, 2000, 1000),
]


def _named(rows, points=None, shapes=None):
    communities = gpd.GeoDataFrame(_COMMUNITIES, geometry=shapes or [None] * 3)
    frame = gpd.GeoDataFrame(
        pd.DataFrame(
            rows, columns=["subdistrict_name", "community_name", "community_code"], dtype=object
        )
    )
    frame["name"] = [f"站{i}" for i in range(len(frame))]
    places = np.array(points or [None] * len(frame), dtype=object)
    return with_official_names(frame, places, Areas(SUBDISTRICTS, communities), "台账.xlsx")


@pytest.mark.parametrize(
    "row, subdistrict, community",
    [
        (("車陂街", "天雅", None), "车陂街道", "天雅社区"),
        (("黄村街道办事处", "天雅社区居委会", None), "黄村街道", "天雅社区"),
        ((None, "天雅社区", "440106016003"), "黄村街道", "天雅社区"),
        (("车陂街道", "天雅社区", "440106016003"), "黄村街道", "天雅社区"),  # the code wins
        ((None, "黄村", None), "黄村街道", "黄村社区"),
        (("黄村镇", None, None), "黄村街道", None),
    ],
)
def test_official_names(row, subdistrict, community):
    named = _named([row])
    found = named.frame.iloc[0]
    assert found["subdistrict_name"] == subdistrict and not named.ambiguous
    assert found["community_name"] == community or (
        community is None and pd.isna(found["community_name"])
    )


def test_an_ambiguous_name_lists_both():
    named = _named([(None, "天雅社区", None)])
    assert named.ambiguous == {
        0: "车陂街道天雅社区（440106003016）、黄村街道天雅社区（440106016003）"
    }


def test_where_it_lies_tells_which():
    named = _named([(None, "天雅社区", None)], [shapely.Point(1200, 500)], SHAPES)
    assert not named.ambiguous and named.frame["subdistrict_name"].tolist() == ["黄村街道"]


def test_unknown_names_and_stations_elsewhere_are_said():
    rows = [("车坡街道", None, None), ("车陂街道", None, None), ("车陂街道", None, None)]
    named = _named(rows, [None, shapely.Point(1099, 0), shapely.Point(1101, 0)])
    said = {one.code: one.text("zh") for one in named.faults}
    assert "车坡街道（车陂街道）" in said["area_unknown"]
    assert "1 座" in said["stations_elsewhere"] and "站2（车陂街道）" in said["stations_elsewhere"]
