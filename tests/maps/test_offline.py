"""One file, nothing fetched, the same bytes twice; and the check that says so can fail."""

from __future__ import annotations

import folium
import pytest

from geo.errors import OutputError
from maps.offline import OfflineMap, Raw, refuse_external, script_tag


@pytest.mark.parametrize(
    "piece",
    [
        '<script src="https://cdn.example/leaflet.js"></script>',
        '<script src="leaflet.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        '<img src="http://example.org/a.png">',
        '<img srcset="a.png 2x">',
        '<iframe src="map.html"></iframe>',
        '<a href="https://www.openstreetmap.org/copyright">OSM</a>',
        '<style>@import "a.css";</style>',
        "<style>p { background: url(https://example.org/a.png) }</style>",
        "<style>@font-face { src: url('font.woff2') }</style>",
        '<p style="background:url(a.png)">x</p>',
        "<script>fetch('https://example.org/data.json')</script>",
        "<script>fetch('data.json')</script>",
        "<script>import('./a.js')</script>",
        "<script>new Worker('worker.js')</script>",
        "<script>L.tileLayer('https://t0.example.cn/{z}/{x}/{y}.png')</script>",
        "<script>x.src = `//example.org/a.js`</script>",
        '<meta http-equiv="refresh" content="0;url=https://example.org">',
        '<object data="a.swf"></object>',
        '<svg><use xlink:href="sprites.svg#a"/></svg>',
    ],
)
def test_what_would_be_fetched_is_refused(piece: str) -> None:
    with pytest.raises(OutputError):
        refuse_external(f"<!DOCTYPE html><html><body>{piece}</body></html>")


@pytest.mark.parametrize(
    "piece",
    [
        '<img src="data:image/png;base64,AAAA">',
        '<a href="#map">skip</a>',
        "<style>p { background: url(data:image/png;base64,AA) }</style>",
        "<script>fetch(address)</script>",
        "<script>document.createElementNS('http://www.w3.org/2000/svg', 'svg')</script>",
        '<script type="application/octet-stream">"https://example.org/"</script>',
        "<p>https://example.org is only text</p>",
    ],
)
def test_what_stays_inside_is_let_through(piece: str) -> None:
    refuse_external(f"<!DOCTYPE html><html><body>{piece}</body></html>")


def test_plain_folium_is_refused() -> None:
    """The twin: folium's own page loads from CDNs."""
    with pytest.raises(OutputError, match="cdn"):
        refuse_external(folium.Map((23.0, 113.0)).get_root().render())


def test_tiles_are_refused() -> None:
    page = OfflineMap((23.0, 113.0))
    folium.TileLayer("https://t0.example.cn/{z}/{x}/{y}.png", attr="天地图").add_to(page)
    with pytest.raises(OutputError):
        page.html()


def _page() -> str:
    page = OfflineMap((23.0, 113.0), title="图 <名> & 称")
    folium.Marker((23.0, 113.0), popup="站点").add_to(page)
    folium.CircleMarker((23.01, 113.0), tooltip="圆").add_to(page)
    return page.html()


def test_folium_elements_work_and_bytes_repeat() -> None:
    first = _page()
    assert first == _page()
    assert "L.marker" in first
    assert "图 &lt;名&gt; &amp; 称" in first


def test_rendering_twice_gives_the_same_page() -> None:
    page = OfflineMap((23.0, 113.0))
    folium.Marker((23.0, 113.0)).add_to(page)
    assert page.html() == page.html()


def test_raw_text_is_no_template() -> None:
    text = "{{ 7 * 7 }} {% raw %} {# no comment #}"
    assert Raw(text).render() == text


def test_code_cannot_end_its_script() -> None:
    tag = script_tag("var a = '</script><b>' + '</SCRIPT>' + '<!--';")
    assert tag.lower().count("</script>") == 1
    assert "<!--" not in tag
