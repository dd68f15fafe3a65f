"""The study file that goes with the layers."""

from __future__ import annotations

from data.demo.generator.spec import DistrictSpec

_RULES = """
[[rule]]
name = "十分钟党群服务圈"
basis = "time"
minutes = 10
pace = "standard"
weight = "residents"
pass_mark = 0.95

[[rule]]
name = "步行500米"
basis = "walk_distance"
metres = 500
weight = "residents"

[[rule]]
name = "直线500米"
basis = "radius"
metres = 500
weight = "residents"
"""


def study_text(spec: DistrictSpec) -> str:
    """Write the study file of the district."""
    head = f"""# {spec.name}：虚构城区，全部数据由程序生成，仅供演示。
[study]
name = "{spec.name}十分钟党群服务圈"
as_of = {spec.as_of.isoformat()}
crs = "{spec.crs}"
city = "city.toml"

[subdistricts]
path = "subdistricts.geojson"

[communities]
path = "communities.geojson"

[[zones]]
name = "中央商务区"
path = "cbd.geojson"

[[zones]]
name = "商圈"
path = "malls.geojson"

[[zones]]
name = "园区"
path = "parks.geojson"

[[lines]]
name = "澄江驿站群"
path = "riverside.geojson"

[buildings]
path = "buildings.parquet"

[stations]
path = "stations.xlsx"

[network]
osm = "district.osm.pbf"
attribution = "虚构路网（程序生成）"
extent = "polygon"

[entrances]
path = "entrances.geojson"

[barriers]
path = "barriers.geojson"
"""
    return head + _RULES + "\n[output]\nsimulated = true\n"


def profile_text(spec: DistrictSpec) -> str:
    """Write the city profile of the district: tiers with the counts it should have, area classes, checklist."""
    plan = spec.stations
    emerging = sum(plan.towers) + plan.parks + plan.commercial + plan.compounds + plan.elsewhere
    source = "模拟数据（非真实情况）"
    return f"""# {spec.name}：虚构城市档案，仅供演示。
[profile]
name = "{spec.name}"
title = "十分钟党群服务圈"
as_of = {spec.as_of.isoformat()}
source = "{source}"

[[tier]]
id = "subdistrict"
name = "街道党群服务中心"
words = ["街道"]
each = "subdistrict"
expected = {len(spec.subdistricts)}

[[tier]]
id = "community"
name = "社区党群服务中心"
words = ["社区"]
each = "community"
expected = {sum(spec.communities)}

[[tier]]
id = "emerging"
name = "新兴领域党群服务站"
words = ["新兴领域"]
expected = {emerging}

[area_classes]
relation = "nested"
classes = [
  {{ name = "超过1000平方米", above_m2 = 1000 }},
  {{ name = "超过300平方米", above_m2 = 300 }},
]

[[programme]]
name = "百楼百站"
kind = "buildings"

[[programme]]
name = "百园百站"
kind = "zones"
layer = "园区"

[[figure]]
text = "站点总面积超过{plan.area_floor_m2:.0f}平方米"
value = {plan.area_floor_m2:.0f}
comparison = ">"
indicator = "stations_area_m2"
as_of = {spec.as_of.isoformat()}
source = "{source}"
"""
