"""Repair of polygons, and what the quality report says of an input."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.check import input_entry, input_faults, repair_polygons, set_aside
from geo.tables import ReadResult, empty_rejects

BOW_TIE = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])  # two triangles of area 1
SPIKE = shapely.Polygon([(0, 0), (10, 0), (10, 10), (5, 10), (5, 20), (5, 10), (0, 10)])
FLAT = shapely.Polygon([(0, 0), (5, 0), (9, 0)])
GOOD = shapely.box(0, 0, 3, 4)


def _read(*shapes, rejects=None):
    frame = gpd.GeoDataFrame(
        {
            "building_id": [str(i) for i in range(len(shapes))],
            "source_sheet": "楼",
            "source_row": np.arange(1, len(shapes) + 1),
        },
        geometry=list(shapes),
        crs="EPSG:4547",
    )
    return ReadResult(
        frame,
        rejects if rejects is not None else empty_rejects(),
        rows=len(shapes),
        mapping={"building_id": "编号"},
    )


def test_a_bow_tie_becomes_two_triangles_and_is_reported():
    read = repair_polygons(_read(GOOD, BOW_TIE), "buildings", "楼.gpkg")
    assert read.frame.geometry[0].equals(GOOD)
    assert read.frame.geometry.is_valid.all() and read.frame.area.tolist() == [12.0, 2.0]
    assert read.frame.geometry[1].geom_type == "MultiPolygon"
    repaired, moved = (one.text() for one in read.faults)
    assert (
        "[buildings] 楼.gpkg：1 个面自相交" in repaired
        and "第 2 行" in repaired
        and "检查有效性" in repaired
    )
    assert "面积变化超过 5%" in moved and "核对图形" in moved
    assert [one.severity for one in read.faults] == ["warning", "warning"]


def test_a_spike_is_cut_off_without_losing_area():
    read = repair_polygons(_read(SPIKE), "buildings", "楼.gpkg")
    assert read.frame.geometry[0].geom_type == "Polygon" and read.frame.area[0] == 100.0
    assert [one.code for one in read.faults] == ["polygons_repaired"]


def test_a_polygon_without_area_is_set_aside():
    read = repair_polygons(_read(GOOD, FLAT, GOOD), "buildings", "楼.gpkg")
    assert read.frame["building_id"].tolist() == ["0", "2"]
    (reject,) = read.rejects.to_dict("records")
    assert (reject["row"], reject["sheet"]) == (2, "楼") and "面积为零" in reject["reason"]
    assert read.faults == ()


def test_points_and_missing_shapes_pass():
    read = repair_polygons(_read(shapely.Point(1, 1), None), "communities", "c.csv")
    assert len(read.frame) == 2 and read.faults == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=12))
def test_whatever_is_drawn_comes_out_valid_or_as_a_reject(corners):
    read = repair_polygons(_read(shapely.Polygon(corners)), "buildings", "楼.gpkg")
    assert len(read.frame) + len(read.rejects) == 1
    assert read.frame.geometry.is_valid.all() and (read.frame.area > 0).all()
    assert read.frame.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()


def test_input_entry_is_plain_and_adds_up():
    value = pd.DataFrame(
        [
            {
                "input": "buildings",
                "sheet": "",
                "row": 9,
                "column": "层数",
                "value": "x",
                "reason": "。",
            }
        ]
    )
    read = set_aside(
        _read(GOOD, GOOD, GOOD, rejects=value),
        np.array([True, False, False]),
        "buildings",
        "reject_collapsed",
    )
    entry = input_entry(read, "buildings", "楼.gpkg")
    assert (
        entry["rows"],
        entry["rows_kept"],
        entry["rows_rejected"],
        entry["values_rejected"],
    ) == (3, 2, 1, 1)
    assert json.loads(json.dumps(entry)) == entry and entry["crs"] == "EPSG:4547"


def test_input_faults_make_strict_fail_on_rows_not_on_values():
    value = pd.DataFrame(
        [
            {
                "input": "buildings",
                "sheet": "",
                "row": 9,
                "column": "层数",
                "value": "x",
                "reason": "。",
            }
        ]
    )
    only_value = input_faults(_read(GOOD, rejects=value), "buildings", "楼.gpkg")
    assert [(one.code, one.severity) for one in only_value] == [("values_rejected", "warning")]
    lost = set_aside(_read(GOOD, GOOD), np.array([True, False]), "buildings", "reject_collapsed")
    (said,) = input_faults(lost, "buildings", "楼.gpkg")
    assert said.severity == "error" and said.text().startswith(
        "[buildings] 楼.gpkg：2 条记录中有 1 条未采用"
    )
    assert input_faults(_read(GOOD), "buildings", "楼.gpkg") == []


@pytest.mark.parametrize("shape", [BOW_TIE, SPIKE])
def test_the_frame_handed_in_is_left_alone(shape):
    read = _read(shape)
    repair_polygons(read, "buildings", "楼.gpkg")
    assert read.frame.geometry[0].equals_exact(shape, 0)
