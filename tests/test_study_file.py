"""The study file: the documented block, and every fault said at once with its way out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.errors import StudyFileError
from geo.params import DEFAULT_RULES, PACES, Pace
from geo.study_file import read_study_file

CONTRACT = Path(__file__).parent / "data" / "contract_study.toml"
FILES = (
    "subdistricts.geojson", "communities.csv", "zones.gpkg", "buildings.gpkg", "stations.xlsx",
    "extract.osm.pbf", "entrances.gpkg", "roads.gpkg",
)  # fmt: skip
SMALL = """
[study]
name = "小区"
as_of = 2026-06-30
[subdistricts]
path = "subdistricts.geojson"
[buildings]
path = "buildings.gpkg"
[stations]
path = "stations.xlsx"
[network]
path = "roads.gpkg"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "study.toml"
    path.write_bytes(text.encode(encoding))
    return path


def faults(folder: Path, text: str) -> dict[str, str]:
    """Codes and sentences of all faults of a study file."""
    with pytest.raises(StudyFileError) as caught:
        read_study_file(write(folder, text))
    return {one.code: one.text("zh") for one in caught.value.faults}


def test_block_of_the_contract(folder: Path) -> None:
    params = read_study_file(write(folder, CONTRACT.read_text(encoding="utf-8")))
    assert params.name == "云麓区十分钟党群服务圈"
    assert params.as_of == date(2026, 6, 30)
    assert (params.crs, params.city) == ("EPSG:4547", "guangzhou-tianhe")
    assert params.sources["subdistricts"].path == (folder / "subdistricts.geojson").resolve()
    assert params.sources["subdistricts"].columns == {"id": "code", "name": "街道"}
    assert params.sources["stations"].crs == "gcj02"
    network = params.sources["network"].osm
    assert network is not None and network.file.name == "extract.osm.pbf"
    assert [zone.name for zone in params.zones] == ["中央商务区"]
    assert (params.network.join, params.network.extent) == ("vertices", "polygon")
    assert params.walk.paces == PACES and params.cap_minutes == 30
    (rule,) = params.rules
    assert (rule.name, rule.basis, rule.limit, rule.pass_mark) == (
        "十分钟党群服务圈",
        "time",
        600.0,
        0.95,
    )
    assert params.costs.footbridge == 5.0
    assert not params.output.simulated


def test_left_out_parts_take_their_defaults(folder: Path) -> None:
    params = read_study_file(write(folder, SMALL))
    assert params.rules == DEFAULT_RULES
    assert params.crs is None and params.cap_minutes == 30.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_windows_editors(folder: Path, encoding: str) -> None:
    assert read_study_file(write(folder, SMALL, encoding)).name == "小区"


def test_utf16_is_answered_with_a_way_out(folder: Path) -> None:
    with pytest.raises(StudyFileError, match="另存为"):
        read_study_file(write(folder, SMALL, "utf-16"))


def test_all_faults_at_once(folder: Path) -> None:
    found = faults(
        folder,
        SMALL.replace('"buildings.gpkg"', '"building.gpkg"')
        + """
[walks]
[[rule]]
name = "甲"
minuts = 10
pace = "elderli"
[[rule]]
name = "乙"
minutes = -1
[output]
simulated = "yes"
""",
    )
    assert "buildings.gpkg" in found["study_input_missing"]
    assert "最接近：walk" in found["study_section_unknown"]
    assert "最接近：minutes" in found["study_key_unknown"]
    assert "需要写 minutes" in found["study_rule_limit_missing"]
    assert "最接近：elderly" in found["study_not_allowed"]
    assert "minutes = -1" in found["study_out_of_range"] and "> 0" in found["study_out_of_range"]
    assert '"yes"' in found["study_not_flag"]


def test_missing_sections_are_all_named(folder: Path) -> None:
    with pytest.raises(StudyFileError) as caught:
        read_study_file(write(folder, '[study]\nname = "x"\nas_of = 2026-01-01\n'))
    sections = [one.params["section"] for one in caught.value.faults]
    assert sections == ["[subdistricts]", "[buildings]", "[stations]", "[network]"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (r"C:\data\buildings.gpkg", "study_backslash"),  # \d is no escape
        (r"C:\Users\buildings.gpkg", "study_backslash"),  # \U wants eight digits
        (r"C:\new\buildings.gpkg", "study_backslash_eaten"),  # \n and \b are escapes
    ],
)
def test_backslash_is_answered(folder: Path, path: str, code: str) -> None:
    found = faults(folder, SMALL.replace("buildings.gpkg", path))
    assert "请改用 / 或单引号" in found[code]


def test_other_syntax_faults_do_not_speak_of_backslashes(folder: Path) -> None:
    found = faults(folder, SMALL.replace('name = "小区"', "name = “小区”"))
    assert "第 3 行" in found["study_not_toml"] and "反斜杠" not in found["study_not_toml"]


def test_single_quoted_backslashes_work_everywhere(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "b.gpkg").touch()
    params = read_study_file(write(folder, SMALL.replace('"buildings.gpkg"', r"'sub\b.gpkg'")))
    assert params.sources["buildings"].path == (folder / "sub" / "b.gpkg").resolve()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('path = "roads.gpkg"\nplace = "天河区"', "study_source_many"),
        ('crs = "EPSG:4547"', "study_source_none"),
        ('path = "roads.gpkg"\ncrs = "GCJ-02"', "study_source_crs"),
        ('path = "roads.gpkg"\ncolumns = { name = 3 }', "study_not_pairs"),
        ('path = "roads.gpkg"\njoin = "crossing"', "study_not_allowed"),
        ('path = "roads.gpkg"\nextent = "extend.gpkg"', "study_input_missing"),
        ("path = 3", "study_not_text"),
        ('path = ""', "study_key_missing"),
        ('path = "."', "study_input_is_folder"),
        ('osm = { file = "extract.osm.pbf", level = 8 }', "study_key_unknown"),
    ],
)
def test_faults_of_an_input(folder: Path, written: str, code: str) -> None:
    found = faults(folder, SMALL.replace('path = "roads.gpkg"', written))
    assert list(found) == [code]


def test_place_and_pace_are_accepted(folder: Path) -> None:
    text = SMALL.replace('path = "roads.gpkg"', 'place = "天河区, 广州市, 中国"')
    text += "[walk.pace.stroller]\nspeed_m_per_min = 60\n[walk.pace.elderly]\nsignal_s = 45\n"
    text += '[[rule]]\nname = "推婴儿车"\nminutes = 10\npace = "stroller"\n'
    params = read_study_file(write(folder, text))
    assert params.sources["network"].place == "天河区, 广州市, 中国"
    assert params.walk.paces["stroller"] == Pace(speed_m_per_min=60)
    assert params.walk.paces["elderly"] == Pace(speed_m_per_min=54, signal_s=45)
    assert params.walk.paces["standard"] == PACES["standard"]
    assert params.rules[0].pace == "stroller"


def test_who_made_a_network_in_osm_format(folder: Path) -> None:
    text = SMALL.replace('path = "roads.gpkg"', 'path = "roads.gpkg"\nattribution = "区测绘院"')
    sources = read_study_file(write(folder, text)).sources
    assert sources["network"].attribution == "区测绘院"
    assert sources["buildings"].attribution == ""


def test_queries_on_an_osm_file(folder: Path) -> None:
    text = SMALL.replace(
        'path = "stations.xlsx"',
        'osm = { file = "extract.osm.pbf", tags = { amenity = ["pharmacy", "townhall"], shop = "*" } }',
    ).replace(
        'path = "subdistricts.geojson"', 'osm = { file = "extract.osm.pbf", admin_level = 10 }'
    )
    params = read_study_file(write(folder, text))
    stations, wards = params.sources["stations"].osm, params.sources["subdistricts"].osm
    assert stations is not None and wards is not None
    assert stations.tags == {"amenity": ("pharmacy", "townhall"), "shop": ()}
    assert wards.admin_level == 10
    bare = SMALL.replace('path = "stations.xlsx"', 'osm = "extract.osm.pbf"').replace(
        'path = "subdistricts.geojson"', 'osm = "extract.osm.pbf"'
    )
    assert list(faults(folder, bare)) == ["study_osm_needs_level", "study_osm_needs_tags"]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ('name = "甲"\nbasis = "radius"\nminutes = 10', "study_rule_limit_unused"),
        ('name = "甲"\nbasis = "walk_distance"', "study_rule_limit_missing"),
        ('name = "甲"\nminutes = "10"', "study_not_number"),
        ('name = "甲"\nminutes = true', "study_not_number"),
        ('name = "甲"\nminutes = nan', "study_out_of_range"),
        ('name = "甲"\nminutes = 10\npass_mark = 95', "study_out_of_range"),
        ('name = "甲"\nminutes = 10\nweight = "resident"', "study_not_allowed"),
        ('name = "甲"\nminutes = 10\ntiers = ["comunity"]', "study_not_allowed"),
        ('name = "甲"\nminutes = 10\ntiers = "community"', "study_not_texts"),
        ('name = "甲"\nminutes = 10\nopen = "noon"', "study_opening_form"),
        ("minutes = 10", "study_key_missing"),
        ('name = "甲"\nminutes = 10\n[[rule]]\nname = "甲"\nminutes = 5', "study_name_twice"),
    ],
)
def test_faults_of_a_rule(folder: Path, rule: str, code: str) -> None:
    assert list(faults(folder, f"{SMALL}[[rule]]\n{rule}\n")) == [code]


def test_tiers_of_a_city_profile_and_own_weights(folder: Path) -> None:
    text = SMALL.replace("as_of", 'city = "chengdu"\nas_of')
    text += '[[rule]]\nname = "甲"\nmetres = 300\nbasis = "radius"\ntiers = ["小区站"]\n'
    text += 'weight = "party_members"\nopen = "weekday 12:00-14:00"\n'
    (rule,) = read_study_file(write(folder, text)).rules
    assert (rule.tiers, rule.weight, rule.limit) == (("小区站",), "party_members", 300.0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('as_of = "2026-06-30"', "study_not_date"),
        ("as_of = 2026-06-30T08:00:00", "study_not_date"),
        ("", "study_key_missing"),
        ('as_of = 2026-06-30\ncrs = "gcj02"', "study_crs_form"),
    ],
)
def test_faults_of_the_head(folder: Path, text: str, code: str) -> None:
    assert list(faults(folder, SMALL.replace("as_of = 2026-06-30", text))) == [code]


def test_review_number_belongs_to_one_picture(folder: Path) -> None:
    alone = SMALL + '[output]\nmap_review_no = "GS(2026)1"\n'
    assert list(faults(folder, alone)) == ["study_review_alone"]
    params = read_study_file(write(folder, f'{alone}map_review_of = "{"0" * 64}"\n'))
    assert params.output.map_review_no == "GS(2026)1"


@pytest.mark.parametrize("section", ["rule", "zones"])
def test_single_brackets_where_several_are_allowed(folder: Path, section: str) -> None:
    found = faults(folder, f'{SMALL}[{section}]\nname = "甲"\n')
    assert f"[[{section}]]" in found["study_not_array"]


def test_missing_study_file_names_its_neighbour(folder: Path) -> None:
    write(folder, SMALL)
    with pytest.raises(StudyFileError, match=r"study\.toml"):
        read_study_file(folder / "studdy.toml")
    with pytest.raises(StudyFileError, match="是文件夹"):
        read_study_file(folder)
