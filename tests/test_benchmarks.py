"""The measurements still run, and their checks of the other libraries' answers can fail."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.search import best_of, check_networkx, measure
from benchmarks.synthetic import lattice, morton_code


def test_all_figures_are_measured_on_a_small_network():
    figures = measure((75,), nearest_side=75)
    assert len(figures) == 10
    assert all(one.value > 0 for one in figures)
    assert [one.target for one in figures if one.met is not None] == [
        "≥ 25",
        "≥ 100",
        "≥ 5",
        "≤ 0.6",
    ]


def test_a_wrong_answer_is_noticed():
    found = lattice(5).reach_each([0], 1.0)
    check_networkx(found, [{0: 0}])
    with pytest.raises(ValueError, match="networkx"):
        check_networkx(found, [{0: 1}])


def test_the_least_of_the_runs_counts():
    runs = iter(range(3))
    seconds, last = best_of(lambda: next(runs), repeats=3)
    assert last == 2
    assert seconds >= 0


def test_neighbours_share_the_high_bits_of_their_codes():
    column, row = np.array([0, 1, 0, 1, 2]), np.array([0, 0, 1, 1, 0])
    assert morton_code(column, row).tolist() == [0, 1, 2, 3, 4]
