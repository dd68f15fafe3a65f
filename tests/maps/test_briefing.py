"""The map file as text: the same twice, nothing fetched, no persons, the review number where it belongs."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from importlib.resources import files

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.messages import catalogue
from maps.briefing import SCRIPTS, STYLES, build_map, study_bounds
from maps.packing import unpack
from maps.plane import Plane
from tests.maps.fixture import NASTY, study


def packed(html: str):  # type: ignore[no-untyped-def]
    found = re.search(r'id="sc-data">([^<]*)</script>', html)
    assert found
    return unpack(found.group(1))


def test_same_bytes_on_every_run() -> None:
    assert build_map(study(6, 4)) == build_map(study(6, 4))


def test_row_order_changes_nothing() -> None:
    result = study(6, 4)
    shuffled = {
        name: table.sample(frac=1.0, random_state=3) for name, table in result.tables.items()
    }
    assert build_map(replace(result, tables=shuffled)) == build_map(result)


def test_assets_are_all_used_and_all_there() -> None:
    folder = files("maps").joinpath("assets")
    present = {one.name for one in folder.iterdir() if one.name.endswith((".js", ".css", ".html"))}
    present -= {
        one for one in present if one.startswith(("report.", "one_page.", "manual.", "planner"))
    }  # of the report, the manual and the service
    assert present == {*SCRIPTS, *STYLES, "page.html", "gate.js"}


def test_names_never_stand_in_the_page_as_html() -> None:
    html = build_map(study(6, 5))
    assert all(name not in html for name in NASTY if "<" in name)
    assert [row[1] for row in packed(html)[1]["station.rows"]] == list(NASTY)


def test_no_phone_travels() -> None:
    arrays, texts = packed(build_map(study(6, 4)))
    assert "13800000000" not in str(texts)
    assert "phone" not in texts["station.fields"]
    assert arrays


def test_no_folder_of_the_maker_travels() -> None:
    result = study(6, 4)
    _, texts = packed(build_map(result))
    assert str(result.params.folder) not in str(texts)


def test_review_number_only_on_the_picture_it_names() -> None:
    result = study(6, 4)
    plain = build_map(result)
    digest = hashlib.sha256(plain.encode("utf-8")).hexdigest()

    def with_review(of: str) -> str:
        output = replace(result.params.output, map_review_no="粤S(2026)018号", map_review_of=of)
        return build_map(replace(result, params=replace(result.params, output=output)))

    assert "粤S(2026)018号" in with_review(digest)
    assert "粤S(2026)018号" in with_review(digest.upper())
    assert with_review("0" * 64) == plain
    assert with_review("") == plain


def test_a_station_more_takes_the_review_number_away() -> None:
    digest = hashlib.sha256(build_map(study(6, 4)).encode("utf-8")).hexdigest()
    other = study(6, 5)
    output = replace(other.params.output, map_review_no="粤S(2026)018号", map_review_of=digest)
    assert "粤S" not in build_map(replace(other, params=replace(other.params, output=output)))


def test_external_copy_holds_no_boundary_and_no_building() -> None:
    arrays, texts = packed(build_map(study(6, 4, audience="external")))
    assert (
        len(arrays["subdistrict.xy"])
        == len(arrays["outline.xy"])
        == len(arrays["building.xy"])
        == 0
    )
    assert texts["building.id"] == ""
    assert len(texts["station.xy"]) == 4


def test_excluded_places_leave_every_layer() -> None:
    """A polygon over the south-west quarter: no building, station, road or water of it travels."""
    result = study(12, 8)
    west, south, east, north = study_bounds(result)
    corner = shapely.box(west - 1, south - 1, (west + east) / 2, (south + north) / 2)
    layer = gpd.GeoDataFrame(geometry=[corner], crs=4326).to_crs(result.params.crs)
    hidden = replace(result, inputs={"exclude": layer})
    arrays, texts = packed(build_map(hidden))
    whole, _ = packed(build_map(result))
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    x, y = Plane.around((west, south, east, north)).quantise(middle)[0]
    for name in ("building", "road", "water"):
        xy = np.cumsum(arrays[f"{name}.xy"].reshape(-1, 2), axis=0)
        before = np.cumsum(whole[f"{name}.xy"].reshape(-1, 2), axis=0)
        inside = (xy[:, 0] < x - 2) & (xy[:, 1] > y + 2)
        assert not inside.any(), name
        assert ((before[:, 0] < x) & (before[:, 1] > y)).any(), name
    gone = result.stations[result.stations.intersects(corner)]
    assert 0 < len(gone) < len(result.stations)
    assert not set(gone["name"]) & {row[1] for row in texts["station.rows"]}


def test_bounds_fall_back_to_what_there_is() -> None:
    result = study(6, 4)
    whole = study_bounds(result)
    tables = dict(result.tables, subdistricts=result.subdistricts.iloc[:0])
    buildings = study_bounds(replace(result, tables=tables))
    assert whole[0] < buildings[0] < buildings[2] < whole[2]
    nothing = {name: table.iloc[:0] for name, table in result.tables.items()}
    assert study_bounds(replace(result, tables=nothing))[0] == 113.0


def test_every_text_the_scripts_ask_for_is_in_the_catalogue() -> None:
    folder = files("maps").joinpath("assets")
    code = "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    page = folder.joinpath("page.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'(?:state\.text|button|\bt)\("([a-z_0-9]+)"', code))
    asked |= set(re.findall(r"\bt\.([a-z_0-9]+)", page))
    assert len(asked) > 50
    missing = {one for one in asked if not one.endswith("_") and f"page_{one}" not in catalogue()}
    assert missing == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_texts_keep_the_same_marks_in_both_languages(lang: str) -> None:
    for code, texts in catalogue().items():
        if code.startswith(("page_", "map_")):
            assert texts[lang].strip(), code
            marks = {one: set(re.findall(r"\{(\w+)", texts[one])) for one in ("zh", "en")}
            assert marks["zh"] == marks["en"], code
