"""How fast the briefing map is in a browser, on a slower processor too, beside plain folium on the same data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from geo.result import StudyResult
from geo.store import read_result
from maps.briefing import build_map
from maps.offline import OfflineMap

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
SLOWER = 4
STATIONS, PANS, LARGE = 20, 12, 100_000
WAIT_MS = 180_000
BEGIN, END = "<!-- page: begin -->", "<!-- page: end -->"

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
USABLE = """async () => {
  await ServiceCircle.ready;
  const {page} = ServiceCircle, size = page.map.getSize(), started = performance.now();
  page.pointer.find(L.point(size.x / 2, size.y / 2));
  const hover = performance.now() - started;
  page.search.find('1');
  return [performance.now(), ServiceCircle.painted, hover];
}"""
PAN = """async count => {
  const map = window.ServiceCircle ? ServiceCircle.page.map : Object.values(window).find((one) => one instanceof L.Map);
  const frame = () => new Promise((done) => requestAnimationFrame(done)), spent = [];
  for (let k = 0; k < count; k++) {
    await frame();
    const started = performance.now();
    map.panBy([k % 2 ? -160 : 160, k % 2 ? -60 : 60], {animate: false});
    map.getContainer().offsetHeight; // what is laid out belongs to the frame
    await frame();
    spent.push(performance.now() - started);
  }
  return spent.sort((a, b) => a - b);
}"""
ADD = """async count => {
  const {trial, map} = ServiceCircle.page, bounds = map.getBounds(), spent = [];
  if (!trial) return null;
  const opening = performance.now();
  await trial.enter();
  const opened = performance.now() - opening, at = (k) => L.latLng(
    bounds.getSouth() + (bounds.getNorth() - bounds.getSouth()) * (0.25 + 0.5 * ((k * 0.618) % 1)),
    bounds.getWest() + (bounds.getEast() - bounds.getWest()) * (0.35 + 0.4 * ((k * 0.367) % 1)));
  for (let k = 1; spent.length < count && k < 20 * count; k++) {
    trial.set([]);
    if (trial.add(at(k))) spent.push(trial.milliseconds);
  }
  trial.leave();
  return [opened, spent.sort((a, b) => a - b)];
}"""


@dataclass(frozen=True)
class PageFigures:
    """One page in one browser; milliseconds, None where a page cannot do it."""

    what: str
    megabytes: float
    first_paint_ms: float
    drawn_ms: float
    usable_ms: float | None
    hover_ms: float | None
    pan_ms: float
    pan_worst_ms: float
    heap_mb: float
    add_ms: float | None = None
    add_worst_ms: float | None = None


def measure_pages(folder: Path) -> list[PageFigures]:
    """Measure the map of a finished result, plain folium on the same tables, and a study of 100,000 buildings."""
    result = read_result(folder)
    found = []
    with tempfile.TemporaryDirectory() as scratch, _browser() as browser:
        ours, plain, large = (Path(scratch) / f"{name}.html" for name in ("ours", "plain", "large"))
        ours.write_text(build_map(result), encoding="utf-8")
        plain.write_text(plain_folium(result), encoding="utf-8")
        large.write_text(build_map(enlarged(result, LARGE)), encoding="utf-8")
        count = result.buildings["building_id"].nunique()
        for slower in (1, SLOWER):
            about = f"{count:,} buildings" + (
                f", processor {slower} × slower" if slower > 1 else ""
            )
            found.append(_measured(browser, ours, f"briefing map, {about}", slower))
            found.append(_measured(browser, plain, f"plain folium, {about}", slower))
        found.append(_measured(browser, large, f"briefing map, {LARGE:,} buildings", 1))
    return found


def plain_folium(result: StudyResult) -> str:
    """Return what folium does by itself with buildings and stations: one GeoJson layer, one marker a station.

    Leaflet is inlined as in our page, so that both open without a network.
    """
    rule = result.params.rules[0].name
    buildings = result.buildings[result.buildings["rule"] == rule]
    columns = ["name", "verdict", "minutes", "geometry"]
    frame = gpd.GeoDataFrame(buildings[columns], geometry="geometry", crs=4326)
    west, south, east, north = frame.total_bounds
    page = OfflineMap(((south + north) / 2, (west + east) / 2), zoom_start=13, title="folium")
    colour = {"covered": "#86C29C", "uncovered": "#5A2D82"}
    folium.GeoJson(
        frame,
        style_function=lambda one: {
            "fillColor": colour.get(one["properties"]["verdict"], "#B4B9C0"), "weight": 0.5,
        },
        tooltip=folium.GeoJsonTooltip(["name", "verdict", "minutes"]),
    ).add_to(page)  # fmt: skip
    stations = result.stations.drop_duplicates("station_id")
    for name, place in zip(stations["name"], stations.geometry, strict=True):
        if place is not None and not place.is_empty:
            folium.Marker((place.y, place.x), tooltip=str(name)).add_to(page)
    return page.html()


def enlarged(result: StudyResult, count: int) -> StudyResult:
    """Return the study with copies of its buildings laid beside it until there are `count`; no what-if."""
    base = gpd.GeoDataFrame(result.buildings, geometry="geometry", crs=4326)
    ids = base["building_id"].drop_duplicates()
    west, south, east, north = base.total_bounds
    copies = -(-count // len(ids))
    parts = []
    for number in range(copies):
        wanted = ids.iloc[: count - number * len(ids)]
        part = base[base["building_id"].isin(wanted)].copy()
        across, up = number % 2, number // 2
        part["geometry"] = part.geometry.translate((east - west) * across, (north - south) * up)
        part["building_id"] = part["building_id"].astype(str) + f"-{number}"
        parts.append(part)
    tables = {**result.tables, "buildings": pd.concat(parts, ignore_index=True)}
    tables["subdistricts"] = result.subdistricts.drop(columns="geometry")  # so the whole is in view
    return replace(result, tables=tables, walk=None)


@contextmanager
def _browser() -> Iterator[Browser]:
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS)) as browser,
    ):
        yield browser


def _measured(browser: Browser, file: Path, what: str, slower: int) -> PageFigures:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    tools = context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(file.as_uri(), timeout=WAIT_MS)
    ours = page.evaluate("Boolean(window.ServiceCircle)")
    usable, drawn, hover = page.evaluate(USABLE) if ours else (None, _settled(page), None)
    pans = page.evaluate(PAN, PANS)
    added = page.evaluate(ADD, STATIONS) if ours else None
    heap = _heap_mb(tools)  # the walking model of the what-if is unpacked by then
    figures = PageFigures(
        what=what,
        megabytes=file.stat().st_size / 1e6,
        first_paint_ms=page.evaluate(PAINTED),
        drawn_ms=drawn,
        usable_ms=usable,
        hover_ms=hover,
        pan_ms=float(np.median(pans)),
        pan_worst_ms=pans[-1],
        heap_mb=heap,
        add_ms=None if added is None else float(np.median(added[1])),
        add_worst_ms=None if added is None else added[1][-1],
    )
    context.close()
    return figures


def _settled(page: Page) -> float:
    """When everything that the scripts put into the page has been drawn."""
    then = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
    return float(page.evaluate(then))


def _heap_mb(tools: CDPSession) -> float:
    tools.send("HeapProfiler.collectGarbage")
    used = tools.send("Runtime.getHeapUsage")
    parts = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")  # the last: typed arrays
    return sum(float(used.get(one, 0)) for one in parts) / 1e6


def verdicts(figures: list[PageFigures]) -> list[tuple[str, bool]]:
    """Say which targets are met: of the first page, its slower run, and the large one."""
    ours = [one for one in figures if one.what.startswith("briefing")]
    first, slow, large = ours
    return [
        (f"file {first.megabytes:.2f} MB (≤ 6)", first.megabytes <= 6),
        (f"first paint {first.first_paint_ms:.0f} ms (≤ 1500)", first.first_paint_ms <= 1500),
        (f"usable after {first.usable_ms or 0:.0f} ms (≤ 3000)", (first.usable_ms or 0) <= 3000),
        (f"pan {first.pan_worst_ms:.0f} ms a frame at worst (≤ 100)", first.pan_worst_ms <= 100),
        (f"station added in {first.add_worst_ms or 0:.0f} ms at worst (≤ 100)", (first.add_worst_ms or 0) <= 100),
        (f"heap {first.heap_mb:.0f} MB (≤ 300)", first.heap_mb <= 300),
        (f"usable after {slow.usable_ms or 0:.0f} ms, 4 × slower (≤ 10000)", (slow.usable_ms or 0) <= 10_000),
        (f"{LARGE:,} buildings usable after {large.usable_ms or 0:.0f} ms (≤ 5000)", (large.usable_ms or 0) <= 5000),
    ]  # fmt: skip


def section(figures: list[PageFigures], machine: Mapping[str, object], command: str) -> str:
    """Write the section of the benchmark page in Markdown."""
    lines = [
        BEGIN,
        "## The briefing map",
        "",
        f"Made by `{command}` in headless Chromium, 1366 × 768, no network.",
        "Usable: hover answers and the search finds. Pan: from the move to the frame that shows it, middle and worst.",
        "Add: a station dropped until every figure is new, middle and worst of 20. Heap: typed arrays and what-if too.",
        "Plain folium: one GeoJson layer of the buildings and one marker a station;",
        "Leaflet inlined so that it opens without a network.",
        "",
        " · ".join(f"{name} {value}" for name, value in machine.items()),
        "",
        *(f"- {said}: **{'met' if met else 'missed'}**" for said, met in verdicts(figures)),
        "",
        "| page | MB | first paint ms | drawn ms | usable ms | hover ms | pan ms | heap MB | add a station ms |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(one) for one in figures),
        END,
    ]
    return "\n".join(lines)


def _row(one: PageFigures) -> str:
    cells = (
        one.what, f"{one.megabytes:.2f}", f"{one.first_paint_ms:.0f}", f"{one.drawn_ms:.0f}", _whole(one.usable_ms),
        "" if one.hover_ms is None else f"{one.hover_ms:.1f}", f"{one.pan_ms:.0f} / {one.pan_worst_ms:.0f}",
        f"{one.heap_mb:.0f}",
        "" if one.add_ms is None else f"{one.add_ms:.0f} / {_whole(one.add_worst_ms)}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
