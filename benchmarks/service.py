"""The service under load, client and server on one machine: ``python -m benchmarks.service DIR [--seconds 10]``.

``wrk`` (a Debian package) asks for single places; the rest is asked from Python. The load of the machine is printed
beside the figures, for other work on it makes all of them worse.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np

HOST, PORT = "127.0.0.1", 8091
_LUA = """
math.randomseed(7)
request = function()
  local lon = {west} + math.random() * ({east} - {west})
  local lat = {south} + math.random() * ({north} - {south})
  return wrk.format("GET", string.format("/coverage?lon=%.5f&lat=%.5f", lon, lat))
end
done = function(summary, latency)
  io.write(string.format("P95 %.2f FAILED %d\\n", latency:percentile(95) / 1000, summary.errors.status))
end
"""


def main() -> int:
    """Serve, measure, print; the exit status says whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("folder", type=Path, help="a result folder, e.g. of the demo")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument(
        "--memory", type=int, default=0, metavar="COUNT", help="only ask so often and watch memory"
    )
    chosen = parser.parse_args()
    command = [sys.executable, "-m", "api.cli", "serve", str(chosen.folder), "--port", str(PORT)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(server.pid)
        bounds = gpd.read_parquet(chosen.folder / "tables" / "subdistricts.parquet").total_bounds
        if chosen.memory:
            met = memory(bounds.tolist(), chosen.memory, server.pid)
        else:
            met = measure(bounds.tolist(), chosen.seconds, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)
    return 0 if met else 1


def measure(bounds: list[float], seconds: int, pid: int) -> bool:
    """Measure one after another and print a line each."""
    draw = np.random.default_rng(7)
    west, south, east, north = bounds
    lon, lat = draw.uniform(west, east, 10_000), draw.uniform(south, north, 10_000)
    points = [{"lon": x, "lat": y} for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
    places = [f"lon={one['lon']:.5f}&lat={one['lat']:.5f}" for one in points]
    rate, p95, failed, cpu = coverage(bounds, seconds, pid)
    shown = [
        line("GET /coverage, requests/s", rate, rate >= 400 and failed == 0, "≥ 400"),
        line("GET /coverage, p95 ms", p95, p95 <= 25, "≤ 25"),
        line("GET /coverage, processor ms a request", cpu, None, ""),
    ]
    body = json.dumps({"points": points}).encode("utf-8")
    many = best(lambda: ask("POST", "/coverage", body))
    shown.append(line("POST /coverage, 10,000 points, ms", many, many <= 1500, "≤ 1500"))
    plan = {"action": "add", "name": "甲", "tier": "community", **points[0]}
    trial = json.dumps({"station": [plan]}).encode("utf-8")
    what_if = best(lambda: ask("POST", "/what-if", trial))
    shown.append(line("POST /what-if, one station, ms", what_if, what_if <= 100, "≤ 100"))
    shown.append(fullest_tile())
    query = f"/ogc/collections/buildings/items?limit=1000&bbox={west},{south},{east},{north}"
    items = best(lambda: ask("GET", query))
    shown.append(line("items in a box, 1,000, ms", items, None, ""))
    minutes = "minutes=5&minutes=10&minutes=15"
    paths = [f"/isochrones?{one}&{minutes}" for one in places[: 30 * seconds]]
    slow = float(np.percentile(steadily(paths, 30.0), 95))
    shown.append(line("GET /isochrones at 30/s, p95 ms", slow, slow <= 60, "≤ 60"))
    return all(shown)


def coverage(bounds: list[float], seconds: int, pid: int) -> tuple[float, float, int, float]:
    """Load ``GET /coverage`` with eight callers: requests/s, p95 in ms, failures, processor ms a request."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt install wrk")
    names = ("west", "south", "east", "north")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "coverage.lua"
        script.write_text(_LUA.format(**dict(zip(names, bounds, strict=True))), encoding="utf-8")
        command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", str(script), f"http://{HOST}:{PORT}"]
        subprocess.run([*command[:3], "-d2s", *command[4:]], check=True, capture_output=True)
        before = processor_s(pid)
        ran = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        spent = processor_s(pid) - before
    count = int(_found(r"(\d+) requests in", ran))
    rate = float(_found(r"Requests/sec:\s+([\d.]+)", ran))
    return (
        rate,
        float(_found(r"P95 ([\d.]+)", ran)),
        int(_found(r"FAILED (\d+)", ran)),
        spent / count * 1e3,
    )


def memory(bounds: list[float], count: int, pid: int) -> bool:
    """Ask for single places, and now and then for the rest; tell memory after each tenth, flat from the second on."""
    draw = np.random.default_rng(11)
    west, south, east, north = bounds
    held = []
    for part in range(10):
        lon, lat = draw.uniform(west, east, count // 10), draw.uniform(south, north, count // 10)
        with ThreadPoolExecutor(8) as callers:
            list(callers.map(_something, range(len(lon)), lon.tolist(), lat.tolist()))
        held.append(resident_mb(pid))
        line(f"memory after {(part + 1) * (count // 10):,} requests, MB", held[-1], None, "")
    growth = held[-1] / held[1] - 1.0
    return line("growth of memory, %", growth * 100.0, growth <= 0.05, "≤ 5")


def _something(number: int, lon: float, lat: float) -> None:
    place = f"lon={lon:.5f}&lat={lat:.5f}"
    if number % 200 == 0:
        ask("GET", f"/isochrones?{place}&minutes=10", allowed=(200, 422))
    elif number % 500 == 1:
        station = {"action": "add", "name": "甲", "tier": "community", "lon": lon, "lat": lat}
        body = json.dumps({"station": [station]}).encode("utf-8")
        ask("POST", "/what-if", body, allowed=(200, 422))
    elif number % 100 == 2:
        box = f"{lon - 0.005:.5f},{lat - 0.005:.5f},{lon + 0.005:.5f},{lat + 0.005:.5f}"
        ask("GET", f"/ogc/collections/buildings/items?limit=100&bbox={box}")
    else:
        ask("GET", f"/coverage?{place}")


def resident_mb(pid: int) -> float:
    """Return the memory a process holds, where the system tells; else nan."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return float("nan")
    return int(_found(r"VmRSS:\s+(\d+) kB", status.read_text(encoding="utf-8"))) / 1024.0


def fullest_tile() -> bool:
    """Ask for the tile with the number of buildings nearest to 5,000, as a client would: packed, not cached."""
    import gzip

    import mapbox_vector_tile

    about = json.loads(ask("GET", "/ogc/collections/buildings/tiles/WebMercatorQuad"))
    found: list[tuple[int, float, str]] = []
    for limits in about["tileMatrixSetLimits"][12:15]:
        for y in range(limits["minTileRow"], limits["maxTileRow"] + 1):
            for x in range(limits["minTileCol"], limits["maxTileCol"] + 1):
                path = f"/ogc/collections/buildings/tiles/WebMercatorQuad/{limits['tileMatrix']}/{y}/{x}"
                begun = time.perf_counter()
                raw = ask("GET", path, headers={"Accept-Encoding": "gzip"})
                took = (time.perf_counter() - begun) * 1e3
                if raw:
                    layer = mapbox_vector_tile.decode(gzip.decompress(raw))["buildings"]
                    found.append((len(layer["features"]), took, path))
    count, took, _ = min(found, key=lambda one: abs(one[0] - 5_000))
    per = took * 5_000 / count
    line(f"tile of {count:,} buildings, ms", took, None, "")
    return line("tile, ms for 5,000 buildings", per, per <= 60, "≤ 60")


def steadily(paths: list[str], rate: float) -> list[float]:
    """Ask at a steady rate, whatever the answers take; return milliseconds from when each was due."""
    begun = time.perf_counter() + 0.1

    def one(number: int) -> float:
        due = begun + number / rate
        time.sleep(max(due - time.perf_counter(), 0.0))
        ask("GET", paths[number], allowed=(200, 422, 503))
        return (time.perf_counter() - due) * 1e3

    with ThreadPoolExecutor(16) as callers:
        return list(callers.map(one, range(len(paths))))


def best(work: Callable[[], object], times: int = 5) -> float:
    """Return the median of a few runs in ms."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1e3)
    return float(np.median(took))


def ask(
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    allowed: tuple[int, ...] = (200, 204),
) -> bytes:
    """Ask once and return the body."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=60)
    try:
        sent = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body, {**sent, **(headers or {})})
        answer = connection.getresponse()
        raw = answer.read()
        if answer.status not in allowed:
            raise SystemExit(f"{path}: {answer.status} {raw[:300].decode('utf-8', 'replace')}")
        return raw
    finally:
        connection.close()


def wait_until_ready(pid: int, seconds: float = 180.0) -> None:
    """Wait until the result is served and the service has nothing more to warm up."""
    end, idle = time.monotonic() + seconds, 0
    while time.monotonic() < end and idle < 3:
        before = processor_s(pid)
        time.sleep(1.0)
        try:
            ask("GET", "/readyz")
        except (OSError, SystemExit):
            continue
        idle = 0 if processor_s(pid) - before >= 0.1 else idle + 1
    if idle < 3:
        raise SystemExit("the service did not start")


def line(what: str, value: float, met: bool | None, target: str) -> bool:
    """Print one figure with the load of the machine; return whether it met its target."""
    verdict = "" if met is None else ("met" if met else "MISSED")
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{what:<44}{value:>10.1f}  {target:<8}{verdict:<8}{load}", flush=True)
    return met is not False


def processor_s(pid: int) -> float:
    """Return the processor time a process has used, where the system tells; else nan."""
    status = Path(f"/proc/{pid}/stat")
    if not status.is_file():
        return float("nan")
    fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise SystemExit(text)
    return found[1]


if __name__ == "__main__":
    sys.exit(main())
