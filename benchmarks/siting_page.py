"""The section "Choosing sites" of the benchmark page, made from measured figures and put between its two marks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.siting import SitingFigure, run, verdicts

BEGIN, END = "<!-- siting: begin -->", "<!-- siting: end -->"
SMALL_NODES = (100, 200)


def measure_siting(*, small: bool, limit_s: float) -> list[SitingFigure]:
    """Measure the whole list, or a first part of it that takes about a minute."""
    return run(nodes=SMALL_NODES, covers=0, limit_s=limit_s) if small else run(limit_s=limit_s)


def report(figures: list[SitingFigure]) -> bool:
    """Print the verdicts; tell whether every target was met."""
    lines = verdicts(figures)
    for said, met in lines:
        print(f"{said}: {'met' if met else 'MISSED'}")
    return all(met for _, met in lines)


def section(figures: list[SitingFigure], machine: Mapping[str, object], command: str) -> str:
    """Write the section in Markdown."""
    lines = [
        BEGIN,
        "## Choosing sites",
        "",
        f"Made by `{command}`. The p-median instances are drawn as Beasley (1985) published those of the OR-Library",
        "(random graphs, n²/50 edges, whole lengths); the covering ones are clustered cities, as many sites as demand",
        "points. Gap = |bound − objective| / objective, proven in the same run; seconds by the clock and of processor",
        "time (one thread). spopt with CBC (60 s, one thread) stands beside it where its dense model is small enough.",
        "",
        "，".join(f"{name} {value}" for name, value in machine.items()).replace("，", " · "),
        "",
        *(f"- {said}: **{'met' if met else 'missed'}**" for said, met in verdicts(figures)),
        "",
        "| instance | seconds | processor s | objective | bound | gap | covered | spopt with CBC |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
        *(_row(one) for one in figures),
        END,
    ]
    return "\n".join(lines)


def _row(one: SitingFigure) -> str:
    median = one.what.startswith("p-median")
    cells = (
        one.what,
        f"{one.seconds:.1f}",
        "" if one.processor_s is None else f"{one.processor_s:.1f}",
        f"{one.objective:,.0f}",
        f"{one.bound:,.1f}",
        "proven" if one.status == "optimal" else f"{one.gap_share:.3%}",
        "" if median else f"{one.coverage_share:.1%}",
        "" if one.spopt is None else one.spopt.told(),
    )
    return f"| {' | '.join(cells)} |"


def put_into(page: Path, text: str, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Replace the section between its marks in the page; without them it goes to the end."""
    old = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    before, begin, rest = old.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        before, after = old.rstrip("\n") + "\n\n", "\n"
    page.write_text(before + text + after, encoding="utf-8", newline="\n")
