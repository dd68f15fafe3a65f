"""The register of the demo districts: the published structure, and hosts that exist."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

AS_OF = date(2026, 6, 30)
HEADER = [
    *(
        "编号",
        "名称",
        "层级",
        "所属街道",
        "所属社区",
        "地址",
        "经度",
        "纬度",
        "坐标来源",
        "依托类型",
    ),
    *(
        "所在建筑",
        "服务楼宇",
        "楼层",
        "建筑面积",
        "开放对象",
        "开放时间",
        "是否预约",
        "状态",
        "启用日期",
    ),
    *("停用日期", "示范站", "所属专项", "合设机构", "运营单位", "数据来源", "数据日期", "备注"),
]
TIERS = {"small": (5, 24, 31), "full": (21, 230, 147)}


def days(column: pd.Series) -> list[date | None]:
    """Cells as dates."""
    cells = column.astype(object).where(column.notna(), None)
    return [one.date() if isinstance(one, datetime) else one for one in cells]


def in_zone(district: Any, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which stations lie in the business district."""
    zone = district.cbd.geometry.iloc[0]
    return np.asarray(shapely.within(shapely.points(frame[["x", "y"]].to_numpy()), zone))


def test_columns_are_those_of_the_register(district: Any) -> None:
    assert list(district.register.columns)[: len(HEADER)] == HEADER
    assert district.register["编号"].is_unique
    assert district.register["编号"].str.fullmatch(r"99\d{13}").all()


def test_three_tiers(district: Any) -> None:
    counts = district.open_stations["层级"].value_counts()
    assert tuple(counts[["街道", "社区", "新兴领域"]]) == TIERS[district.key]
    centres = district.open_stations[district.open_stations["层级"] == "街道"]
    assert sorted(centres["所属街道"]) == sorted(district.subdistricts["name"])


def test_status_agrees_with_dates(district: Any) -> None:
    frame = district.register
    opened, closed = days(frame["启用日期"]), days(frame["停用日期"])
    serves = [
        begin is not None and begin <= AS_OF and (end is None or end > AS_OF)
        for begin, end in zip(opened, closed, strict=True)
    ]
    assert serves == (frame["状态"] == "启用").tolist()
    assert set(frame["状态"]) == {"规划", "在建", "启用", "停用"}
    moved = frame[frame["名称"].str.contains("旧址")]
    assert len(moved) and moved["备注"].str.startswith("已迁至").all()


def test_a_few_communities_have_no_centre_and_a_neighbour_has_two(district: Any) -> None:
    homes = district.open_stations[district.open_stations["层级"] == "社区"]
    held = homes["所属社区"].value_counts()
    lacking = set(district.communities["name"]) - set(held.index)
    assert len(lacking) == {"small": 1, "full": 3}[district.key]
    assert held.sum() == len(district.communities)


def test_stations_stand_in_the_building_and_areas_they_name(district: Any) -> None:
    frame = district.register
    points = shapely.points(frame[["x", "y"]].to_numpy())
    for column, areas in (("所属街道", district.subdistricts), ("所属社区", district.communities)):
        home = areas.set_index("name").geometry.loc[frame[column]].to_numpy()
        assert shapely.within(points, home).all()
    named = frame["所在建筑"].notna().to_numpy()
    shapes = district.buildings.dropna(subset="name").set_index("name").geometry
    gap = shapely.distance(points[named], shapes.loc[frame["所在建筑"][named]].to_numpy())
    assert named.sum() > 0.6 * len(frame)
    assert gap.max() < 0.5
    served = frame["服务楼宇"].dropna().str.split("；").explode()
    assert len(served) >= 3 and served.isin(shapes.index).all()
    floors = district.buildings.dropna(subset="name").set_index("name")["levels"]
    assert (
        frame["楼层"][named].to_numpy() <= floors.loc[frame["所在建筑"][named]].to_numpy()
    ).all()


def test_datums_scopes_and_sources(district: Any) -> None:
    frame = district.register
    shares = frame["坐标来源"].value_counts(normalize=True)
    assert shares["高德"] > 0.8 and {"百度", "天地图"} <= set(shares.index)
    assert {"公众开放", "楼内开放", "组织内"} == set(frame["开放对象"])
    hosted = frame[frame["开放对象"] == "楼内开放"]
    assert hosted["所在建筑"].notna().all()
    for column in ("数据来源", "数据日期", "运营单位", "开放对象"):
        assert frame[column].notna().all()
    assert frame["开放时间"].isna().any() and frame["开放时间"].nunique() >= 8


def test_published_structure_of_the_whole_district(full: Any) -> None:
    frame = full.open_stations
    assert len(frame) == 398
    towers = frame[frame["依托类型"] == "楼宇"]["所属街道"].value_counts()
    assert sorted(towers, reverse=True) == [39, 31, 25, 19]
    assert towers.sum() == 114
    parks = frame[frame["依托类型"] == "园区"]
    assert len(parks) == 29
    assert parks["所在建筑"].str.startswith("云麓科技园").sum() == 8
    in_cbd = parks[parks["所属街道"].isin(towers.index)]["所属街道"].value_counts()
    assert in_cbd.max() == 6
    assert frame["建筑面积"].sum() > 240_000


def test_area_classes_of_the_business_district(full: Any) -> None:
    frame = full.open_stations
    zone = frame[in_zone(full, frame) & (frame["层级"] == "新兴领域").to_numpy()]
    area = zone["建筑面积"]
    assert (area > 1000).sum() == 6
    assert (area > 300).sum() == 18, "nested: the six are among them"
    assert (area == 1000).sum() == 1
    high = zone[zone["楼层"] == 46]
    assert high["建筑面积"].tolist() == [558]


def test_demonstration_stations_and_programmes(full: Any) -> None:
    frame = full.open_stations
    demo = frame[frame["示范站"] == "是"]
    assert demo["依托类型"].value_counts().to_dict() == {"楼宇": 5, "商圈": 1, "园区": 1}
    programme = frame["所属专项"].value_counts()
    assert programme["百楼百站"] == 114 and programme["百园百站"] == 29
    assert programme["澄江驿站群"] >= 8
    joint = frame["合设机构"].dropna()
    assert (joint.str.count("、") == 1).sum() > 50, "three in one: the station and two others"
