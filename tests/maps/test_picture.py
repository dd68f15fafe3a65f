"""Static maps: they show what the result says, carry what must stand on a map, and are the same every time."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from geo.errors import InputError
from maps import picture
from maps.picture import View, draw_map
from tests.maps.fixture import study

SMALL = View(width_mm=140, height_mm=100, dpi=60)


@pytest.fixture(scope="module")
def result():
    return study(8, 4)


def words_on(result, view, monkeypatch) -> str:
    """Every text of the picture, the legend's included."""
    seen: list[Figure] = []

    class Watched(Figure):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            seen.append(self)

    monkeypatch.setattr(picture, "Figure", Watched)
    draw_map(result, view)
    figure = seen[-1]
    axes = figure.axes[0]
    legend = [one.get_text() for one in axes.get_legend().get_texts()]
    return "\n".join([one.get_text() for one in (*figure.texts, *axes.texts)] + legend)


def test_it_is_a_picture_of_the_size_asked_for(result):
    height, width = imread(BytesIO(draw_map(result, SMALL))).shape[:2]
    assert (width, height) == (int(140 / 25.4 * 60), int(100 / 25.4 * 60))


def test_the_same_result_gives_the_same_bytes(result):
    assert draw_map(result, SMALL) == draw_map(result, SMALL)


def test_all_that_a_map_must_carry_stands_on_it(result, monkeypatch):
    words = words_on(result, SMALL, monkeypatch)
    for needed in (
        "覆盖现状图",
        "内部资料",
        "不作为划界依据",
        "截至",
        "登记",
        "已覆盖",
        "北",
        "米",
    ):
        assert needed in words, needed


def test_simulated_data_is_marked_and_other_data_is_not(result, monkeypatch):
    params = result.params
    for simulated in (True, False):
        output = replace(params.output, simulated=simulated)
        marked = replace(result, params=replace(params, output=output))
        assert ("模拟数据" in words_on(marked, SMALL, monkeypatch)) is simulated


def test_coverage_by_sub_district_is_written_on_each(result, monkeypatch):
    words = words_on(result, replace(SMALL, theme="choropleth"), monkeypatch)
    assert re.search(r"\n\d+\.\d%|暂不评价", words)


def test_an_external_reader_gets_no_borders_and_no_buildings(result, monkeypatch):
    output = replace(result.params.output, audience="external")
    hidden = replace(result, params=replace(result.params, output=output))
    words = words_on(hidden, SMALL, monkeypatch)
    assert "已覆盖" not in words


def test_unknown_rule_and_unknown_sub_district_are_refused(result):
    with pytest.raises(InputError):
        draw_map(result, replace(SMALL, rule="无此标准"))
    with pytest.raises(InputError, match="999"):
        draw_map(result, replace(SMALL, subdistrict_id="999"))
