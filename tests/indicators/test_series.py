"""Coverage as of several dates, and what opened, closed and moved between them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.indicators.series import coverage_series
from geo.study import Study
from tests.town import station, write_town

REGISTER = [
    station(1, "社区", 0, 0, 启用日期="2020-01-01"),
    station(2, "社区", 5, 2, 启用日期="2024-03-01"),
    station(3, "社区", 2, 1, 启用日期="2019-01-01", 停用日期="2023-06-30", 名称="滨江站"),
    station(4, "社区", 3, 1, 启用日期="2023-07-01", 名称="滨江站"),
    station(5, "社区", 4, 0, 启用日期="2018-01-01", 停用日期="2024-12-31"),
]


def test_coverage_and_changes_over_three_dates(tmp_path: Path) -> None:
    study = Study.read(write_town(tmp_path, REGISTER))
    dates = [date(2025, 1, 1), date(2022, 1, 1), date(2024, 1, 1)]
    found = coverage_series(study, dates)
    counts = found.coverage[found.coverage["id"] == "stations_count"]
    assert counts["as_of"].tolist() == ["2022-01-01", "2024-01-01", "2025-01-01"]
    assert counts["value"].tolist() == [3, 3, 3]
    assert found.changes[["to", "change", "station_id"]].to_numpy().tolist() == [
        ["2024-01-01", "moved", "S004"],
        ["2025-01-01", "closed", "S005"],
        ["2025-01-01", "opened", "S002"],
    ]
    assert found.changes["metres"].tolist()[0] == pytest.approx(200)
    shares = found.coverage[found.coverage["id"] == "coverage_count_share"]
    assert set(shares["rule"]) == {"十分钟党群服务圈", "步行500米", "直线500米"}
