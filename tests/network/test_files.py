"""A stored graph is the graph, and the same graph is the same bytes."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from geo.errors import InputError
from geo.network.build import build_graph
from geo.network.files import EDGES, NODES, load_graph, save_graph
from geo.network.graph import WalkGraph
from geo.network.raw import RawNetwork, way_frame


@pytest.fixture
def graph():
    ways = way_frame(way_ref=[1, 2, 3], name=["甲路", None, "甲路"], private=[False, True, False])
    x, y = [0.1, 60.3, 60.0, 1 / 3], [0.0, 0.0, 30.0, 30.0]
    return build_graph(
        RawNetwork.from_ways(x, y, [[0, 1], [1, 2], [2, 3, 0]], ways, vertex_ref=[9, 8, 7, 6])
    )


def assert_equal(first, second):
    for one in fields(first):
        a, b = getattr(first, one.name), getattr(second, one.name)
        if isinstance(a, pd.Categorical):
            assert a.equals(b), one.name
        elif one.name == "edges" and a is not None:
            assert_equal(a, b)
        elif a is None:
            assert b is None
        else:
            assert a.dtype == b.dtype, one.name
            assert np.array_equal(a, b), one.name


def test_what_is_loaded_is_what_was_saved(graph, tmp_path):
    save_graph(graph, tmp_path / "network")
    assert_equal(graph, load_graph(tmp_path / "network"))


def test_a_graph_without_an_edge_table_is_kept_too(tmp_path):
    bare = WalkGraph.from_edges([0, 60], [0, 0], [0], [1], [50.0], [float("inf")])
    save_graph(bare, tmp_path)
    assert_equal(bare, load_graph(tmp_path))


def test_the_same_graph_is_the_same_bytes(graph, tmp_path):
    for place in ("a", "b"):
        save_graph(graph, tmp_path / place)
    for name in (NODES, EDGES):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:99])]
)
@pytest.mark.parametrize("name", [NODES, EDGES])
def test_a_missing_or_cut_file_is_said(graph, tmp_path, damage, name):
    save_graph(graph, tmp_path)
    damage(tmp_path / name)
    with pytest.raises(InputError) as caught:
        load_graph(tmp_path)
    assert caught.value.faults[0].code == "network_file_damaged"
    assert name in caught.value.faults[0].text("zh")
