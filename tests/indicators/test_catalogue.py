"""One catalogue makes table, page and workbook; every entry is computed somewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.indicators.catalogue import BASES, UNIT_NAMES, entry_of, indicators, indicators_markdown
from geo.indicators.tables import printed
from geo.indicators.values import gini

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_indicators_is_made_from_the_catalogue() -> None:
    page = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert page == indicators_markdown(), "run python -m geo.indicators.catalogue"


def test_every_entry_is_whole() -> None:
    for one in indicators().values():
        assert one.basis in BASES
        assert set(one.units) <= set(UNIT_NAMES)
        assert one.zh and one.en and one.formula and one.counts
        assert one.kind in ("share", "count", "number", "minutes", "points")


def test_every_entry_is_computed_by_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "geo" / "indicators").glob("*.py"))
    )
    weights = ("count", "floor_area", "residents", "workers", "other")
    made = {f"{name}_{weight}_share" for name in ("coverage", "floor") for weight in weights}
    made |= {"org_covered_share", "work_covered_share"}
    assert [name for name in indicators() if name not in made and f'"{name}"' not in code] == []


def test_words_of_the_domain() -> None:
    names = {one.zh for one in indicators().values()}
    wanted = {
        "楼栋覆盖率",
        "建筑面积覆盖率",
        "重叠率",
        "社区达标率",
        "站点密度",
        "每万人站点数",
        "每百户面积",
        "面积达标率",
        "六有达标率",
    }
    assert wanted <= names
    assert not any(word in name for name in names for word in ("用地覆盖率", "建筑覆盖率"))


def test_a_users_weight_goes_by_the_entry_of_other_weights() -> None:
    assert entry_of("coverage_party_members_share").id == "coverage_other_share"


def test_figures_as_printed() -> None:
    values = np.array([0.94996, np.nan, 1.0])
    assert printed(values, indicators()["coverage_count_share"]).tolist() == [
        "94.9%",
        None,
        "100.0%",
    ]
    assert printed(np.array([9.91]), indicators()["minutes_mean"]).tolist() == ["10.0分钟"]
    assert printed(np.array([398.0, 1234.0]), indicators()["stations_count"]).tolist() == [
        "398座",
        "1,234座",
    ]


def test_gini_of_known_shares() -> None:
    assert gini(np.array([0.5, 0.5, 0.5])) == 0
    assert gini(np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.75)
    assert np.isnan(gini(np.zeros(3)))


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=20), st.floats(0.1, 1))
def test_gini_does_not_depend_on_the_scale(shares: list[float], factor: float) -> None:
    values = np.array(shares)
    assert gini(values) == pytest.approx(gini(values * factor), abs=1e-9)
    assert 0 <= gini(values) < 1
