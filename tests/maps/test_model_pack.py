"""The packed walk model says what the engine's own arrays say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyproj
import pytest

from geo.network.access import AccessRows
from geo.network.graph import CLOSED
from geo.reassess import reassess
from geo.result import StudyResult
from maps.briefing import study_bounds
from maps.model_pack import STEP_MM, add_rows, model_text
from maps.packing import Packer, unpack
from maps.plane import Plane


@pytest.fixture(scope="module")
def order(small_demo: StudyResult) -> list[str]:
    """Buildings as the page might order them: backwards."""
    assert small_demo.walk is not None
    return small_demo.walk.building_ids.astype(str)[::-1].tolist()


@pytest.fixture(scope="module")
def plane(small_demo: StudyResult) -> Plane:
    return Plane.around(study_bounds(small_demo))


@pytest.fixture(scope="module")
def stations(small_demo: StudyResult) -> list[str]:
    return sorted(set(small_demo.stations["station_id"].astype(str)))


@pytest.fixture(scope="module")
def text(small_demo: StudyResult, plane: Plane, order: list[str], stations: list[str]) -> str:
    return model_text(small_demo, plane, order, stations)


def test_same_bytes_again(
    small_demo: StudyResult, plane: Plane, order: list[str], stations: list[str], text: str
) -> None:
    assert model_text(small_demo, plane, order, stations) == text


def test_lengths_and_costs_of_edges(small_demo: StudyResult, text: str) -> None:
    arrays, texts = unpack(text)
    kept = reassess(small_demo)
    length = _lengths(arrays)
    edges = kept.walk.graph.edges
    assert edges is not None
    assert np.array_equal(length, np.rint(edges.length_m * 1000))
    for name, per_metre in texts["weightings"]:
        rule = next(
            one
            for one in kept.assessor.rules
            if one.basis != "radius" and kept.assessor.weighting(one).name == name
        )
        wanted = kept.assessor.weighting(rule).graph.forward_cost
        cost = np.rint(length * (per_metre / 1000.0)) + arrays[f"cost.{name}.forward"]
        is_open = (arrays["edge.flags"] & 1).astype(bool)
        assert is_open.any()
        assert np.array_equal(cost[is_open], wanted[is_open])
        assert (wanted[~is_open] >= CLOSED).all() or not (~is_open).any()


def _lengths(arrays) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Sum the packed shapes as the page does, edge by edge."""
    nodes = arrays["node.xy"].reshape(-1, 2).cumsum(axis=0)
    tail = arrays["edge.tail"].cumsum()
    head = tail + arrays["edge.head"]
    bends = arrays["edge.bends"].astype(int)
    steps = arrays["edge.bend_xy"].reshape(-1, 2)
    length, at = np.zeros(len(tail)), 0
    for edge, count in enumerate(bends):
        inner = nodes[tail[edge]] + steps[at : at + count].cumsum(axis=0)
        way = np.vstack((nodes[tail[edge]], inner, nodes[head[edge]]))
        length[edge] = np.rint(np.hypot(*np.diff(way, axis=0).T)).sum()
        at += count
    return length + arrays["edge.length"]


def test_the_plane_leads_to_the_metric_grid(
    small_demo: StudyResult, plane: Plane, text: str
) -> None:
    assert small_demo.walk is not None
    west, south, east, north = study_bounds(small_demo)
    random = np.random.default_rng(1)
    places = np.column_stack((random.uniform(west, east, 500), random.uniform(south, north, 500)))
    forth = pyproj.Transformer.from_crs("EPSG:4326", small_demo.walk.crs, always_xy=True)
    wanted = np.column_stack(forth.transform(places[:, 0], places[:, 1]))
    graph = small_demo.walk.graph
    wanted -= np.floor((graph.x.min(), graph.y.min()))
    how = unpack(text)[1]["transform"]
    at = (plane.quantise(places) - np.array(how["middle"])) / how["half"]
    table = np.column_stack([at[:, 0] ** i * at[:, 1] ** j for i, j in how["powers"]])
    found = np.column_stack((table @ how["x"], table @ how["y"]))
    step = plane.metres_per_world / 2.0**28
    assert np.abs(found - wanted).max() <= step  # `quantise` rounds to steps, the page does not


def test_rows_at_one_node_become_one(small_demo: StudyResult) -> None:
    assert small_demo.walk is not None
    graph = small_demo.walk.graph
    assert graph.edges is not None
    node = graph.head[0]
    leaving = np.flatnonzero(graph.tail == node)[:1]
    edge = np.array([0, *leaving, 0], dtype=np.int32)
    fraction = np.array([1.0, *np.zeros(len(leaving)), 0.5])
    walk = np.array([30.0, *np.full(len(leaving), 20.0), 8.0])
    zeros = np.zeros(len(edge))
    rows = AccessRows(zeros.astype(np.int32), edge, fraction, walk, zeros, zeros, 1)
    packer = Packer()
    place = np.zeros(1, dtype=np.int64)
    add_rows(packer, "b", rows, place, graph.edges, STEP_MM, (graph.tail, graph.head))
    arrays, _ = unpack(packer.to_base64())
    assert len(leaving) == 1
    assert arrays["b.node.node"].tolist() == [node]
    assert arrays["b.node.walk"].tolist() == [20_000 // STEP_MM]
    assert arrays["b.edge.walk"].tolist() == [8_000 // STEP_MM]
    length = graph.edges.length_m[0] * 1000
    assert abs(arrays["b.edge.along"][0] * STEP_MM - length / 2) <= STEP_MM / 2 + 1


def test_an_external_reader_gets_no_model(
    small_demo: StudyResult, plane: Plane, order: list[str], stations: list[str]
) -> None:
    output = replace(small_demo.params.output, audience="external")
    outside = replace(small_demo, params=replace(small_demo.params, output=output))
    assert model_text(outside, plane, order, stations) == ""


def test_hidden_buildings_leave_no_model(
    small_demo: StudyResult, plane: Plane, order: list[str], stations: list[str]
) -> None:
    assert model_text(small_demo, plane, order[1:], stations) == ""
