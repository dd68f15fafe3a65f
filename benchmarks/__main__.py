"""Print the table of measurements: ``python -m benchmarks [--json FILE] [--small]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks.search import Figure, measure
from benchmarks.siting import TIME_LIMIT_S
from benchmarks.siting_page import measure_siting, put_into, report, section

LIBRARIES = ("numpy", "numba", "scipy", "networkx")


def main() -> int:
    """Run, print, and say by the exit status whether every target was met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--small", action="store_true", help="44,100 nodes only")
    parser.add_argument(
        "--siting", action="store_true", help="choosing sites instead: about 15 minutes, --small 1"
    )
    parser.add_argument(
        "--seconds", type=float, default=TIME_LIMIT_S, help="with --siting: for each instance"
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="with --siting, --isochrones or --page-speed: put its section into that page",
    )
    parser.add_argument(
        "--page-speed", type=Path, metavar="DIR", help="the map of that result in a browser instead"
    )
    parser.add_argument("--isochrones", action="store_true", help="isochrones instead")
    parser.add_argument(
        "--pbf", type=Path, metavar="FILE", help="with --isochrones: an extract of Monaco, too"
    )
    parser.add_argument(
        "--valhalla-python",
        default=sys.executable,
        metavar="PYTHON",
        help="one that has pyvalhalla",
    )
    chosen = parser.parse_args()
    if chosen.isochrones:
        return isochrones(chosen)
    if chosen.page_speed:
        return page_speed(chosen)
    if chosen.siting:
        return siting(chosen)
    figures = measure((210,), nearest_side=210) if chosen.small else measure()
    print_table(figures)
    if chosen.json:
        content = {"machine": machine(), "figures": [asdict(one) for one in figures]}
        chosen.json.write_text(
            json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    missed = [one for one in figures if one.met is False]
    return 1 if missed else 0


def siting(chosen: argparse.Namespace) -> int:
    """Measure the choosing of sites, apart from the rest because it takes minutes."""
    figures = measure_siting(small=chosen.small, limit_s=chosen.seconds)
    met = report(figures)
    about = {**machine(), "highspy": version("highspy")}
    if chosen.json:
        content = {"machine": about, "figures": [asdict(one) for one in figures]}
        chosen.json.write_text(
            json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    if chosen.page:
        command = f"python -m benchmarks --siting{' --small' if chosen.small else ''} --page"
        put_into(chosen.page, section(figures, about, f"{command} docs/benchmarks.md"))
    return 0 if met else 1


def isochrones(chosen: argparse.Namespace) -> int:
    """Measure isochrones of the demo, and of Monaco where its extract is named."""
    from benchmarks import isochrones as section

    figures = section.measure_isochrones(chosen.pbf, chosen.valhalla_python)
    print_table(figures)
    if chosen.page:
        command = "python -m benchmarks --isochrones --pbf FILE --valhalla-python PYTHON"
        text = section.section(figures, machine(), command)
        put_into(chosen.page, text, (section.BEGIN, section.END))
    return 1 if any(one.met is False for one in figures) else 0


def page_speed(chosen: argparse.Namespace) -> int:
    """Measure the briefing map in a browser."""
    from benchmarks import page  # a browser is asked for only here

    figures = page.measure_pages(chosen.page_speed)
    about = {**machine(), "folium": version("folium"), "playwright": version("playwright")}
    print(page.section(figures, about, "python -m benchmarks --page-speed DIR"))
    if chosen.json:
        content = {"machine": about, "figures": [asdict(one) for one in figures]}
        chosen.json.write_text(
            json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    if chosen.page:
        command = "python -m benchmarks --page-speed DIR --page docs/benchmarks.md"
        put_into(chosen.page, page.section(figures, about, command), (page.BEGIN, page.END))
    return 0 if all(met for _, met in page.verdicts(figures)) else 1


def machine() -> dict[str, str | int | None]:
    """Name what the figures depend on."""
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cpu_count": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def print_table(figures: list[Figure]) -> None:
    """Print one line a figure, with its target and whether it was met."""
    print("  ".join(f"{name} {value}" for name, value in machine().items()))
    print(
        "processor time, best of several runs on one core; every answer equals the other library's, node by node\n"
    )
    for one in figures:
        verdict = "" if one.met is None else ("met" if one.met else "MISSED")
        print(
            f"{one.network:>16}  {one.what:<46}{one.value:>12.4g} {one.unit:<6}"
            f"{one.target:<7}{verdict}"
        )


if __name__ == "__main__":
    sys.exit(main())
