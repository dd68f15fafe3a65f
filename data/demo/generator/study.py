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

[buildings]
path = "buildings.parquet"

[stations]
path = "stations.xlsx"

[network]
osm = "district.osm.pbf"
extent = "polygon"

[entrances]
path = "entrances.geojson"

[barriers]
path = "barriers.geojson"
"""
    return head + _RULES + "\n[output]\nsimulated = true\n"
