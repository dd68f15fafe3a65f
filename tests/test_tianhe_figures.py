"""Published figures of a real district, without geometry: what must add up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

CBD = ("猎德街道", "冼村街道", "天河南街道", "林和街道")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    path = Path(__file__).parent / "data" / "tianhe_subdistricts.csv"
    return pd.read_csv(path, comment="#", dtype={"code": str})


def test_21_subdistricts_and_230_communities_as_published(table: pd.DataFrame) -> None:
    assert len(table) == 21
    assert table["communities_2023"].sum() == 230
    assert table["code"].str.fullmatch(r"440106\d{3}000").all()
    assert table["code"].is_unique


def test_the_census_adds_up_and_the_largest_five_hold_two_fifths(table: pd.DataFrame) -> None:
    residents = table["residents_2020_wan"]
    assert residents.sum() == pytest.approx(224.18, abs=0.005)
    assert residents.nlargest(5).sum() / residents.sum() == pytest.approx(0.4017, abs=0.0001)


def test_the_business_district_holds_few_residents(table: pd.DataFrame) -> None:
    cbd = table[table["name"].isin(CBD)]
    assert len(cbd) == 4
    assert cbd["residents_2020_wan"].sum() == pytest.approx(25.25, abs=0.005)
    assert cbd["communities_2023"].sum() == 40
    assert cbd["residents_2020_wan"].sum() / table["residents_2020_wan"].sum() == pytest.approx(
        0.113, abs=0.0005
    )
