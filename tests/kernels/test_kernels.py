"""Kernels: sorting of rows, the heap, and that each is compiled once only."""

from __future__ import annotations

import numpy as np
import pytest

from geo.kernels import gather, grouping, heap, labels, search
from geo.reach import PointRows, Seeds, nearest_to_points, pairs_to_points
from tests.networks import line_of_three, street_block


def test_rows_are_grouped_by_key_in_their_order():
    indptr, order = grouping.group_rows(np.array([2, 0, 2, 3, 0], np.int32), 5)
    assert indptr.tolist() == [0, 2, 2, 4, 5, 5]
    assert order.tolist() == [1, 4, 0, 2, 3]


def test_the_heap_gives_keys_back_in_order():
    draw = np.random.default_rng(0)
    values = draw.integers(0, 300, 1000)  # many equal
    keys, nodes = np.empty(1000, np.int64), np.empty(1000, np.uint32)
    size = 0
    for place, key in enumerate(values):
        size = heap.push(keys, nodes, size, int(key), np.uint32(place))
    taken = []
    while size:
        assert values[nodes[0]] == keys[0]
        taken.append(int(keys[0]))
        size = heap.drop_least(keys, nodes, size)
    assert taken == sorted(values.tolist())


def test_labels_hold_cost_and_group():
    cost = np.array([0, 5, labels.LARGEST_COST, labels.CLOSED, 2**33])
    label = labels.pack(cost, np.array([3, 0, 2**31 - 1, 1, 1], np.int32))
    assert labels.cost_of(label).tolist() == [
        0,
        5,
        labels.LARGEST_COST,
        labels.CLOSED,
        labels.CLOSED,
    ]
    assert labels.group_of(label).tolist() == [3, 0, 2**31 - 1, -1, -1]


def test_a_search_of_many_groups_leaves_its_working_arrays_clean():
    graph = street_block()
    arcs = graph.arcs(towards=False)
    zeros = np.zeros(2, np.int64)
    entries = search.Entries(np.array([0, 1, 2], np.int32), np.array([0, 5], np.uint32), zeros)
    scratch = search.scratch_for(arcs, entries)
    indptr, _, _ = search.search_each(arcs, entries, 10**6, scratch)
    assert indptr.tolist() == [0, 6, 8]
    assert (scratch.label == labels.UNREACHED).all()


def test_results_longer_than_the_first_buffer_are_whole():
    graph = line_of_three()
    found = graph.reach_each([1] * 5000)
    assert found.shape == (5000, 3)
    assert found.nnz == 15_000
    assert (np.sort(found.indices.reshape(5000, 3)) == [0, 1, 2]).all()
    count = 3000
    rows = PointRows(np.arange(count), np.zeros(count), np.full(count, 0.5), np.zeros(count), count)
    seeds = Seeds(np.array([0, 1]), np.array([0.0, 1.0]), np.zeros(2), np.array([0, 1]), 2)
    pairs = pairs_to_points(graph, seeds, rows, 10**6, towards=False)
    assert pairs.point.tolist() == [*range(count), *range(count)]
    assert pairs.cost.tolist() == [5000] * count + [15_000] * count


@pytest.mark.parametrize("graph", [street_block(), line_of_three()])
def test_every_kernel_is_compiled_for_one_kind_of_arrays(graph):
    writable = PointRows(np.array([0]), np.array([0]), np.array([0.5]), np.array([0]), 1)
    wide = Seeds(
        np.array([0], np.int64), np.array([0.5], np.float32), np.array([0]), np.array([0]), 1
    )
    for towards in (False, True):
        graph.reach([0], 100.0, towards=towards).cost_of_points([0], [0.5])
        graph.reach_each([0, 1], 100.0, towards=towards)
        nearest_to_points(graph, wide, writable, np.int64(10), towards=towards)
        pairs_to_points(graph, wide, writable, 10, towards=towards)
    kernels = (search.settle, search.search_each, gather.gather_nearest, gather.gather_each)
    assert [len(one.signatures) for one in (*kernels, grouping._counting_sort)] == [1] * 5
