"""The measured figures land in their section of the page, and a missed target is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.siting import SitingFigure, check_spopt, verdicts
from benchmarks.siting_page import put_into, section
from benchmarks.siting_spopt import SpoptFigure

GOOD = SitingFigure(
    "p-median 100 nodes, p = 5", 1.0, 0.9, 4974.0, 4974.0, 0.0, 1.0, "optimal", 100.0,
    SpoptFigure(2.5, 4974.0, True),
)  # fmt: skip
COVER = SitingFigure("mclp 9 x 9", 2.0, 1.5, 90.0, 91.0, 1 / 90, 0.8, "feasible", 150.0)


def test_the_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("# Benchmarks\n\nBefore.\n", encoding="utf-8")
    put_into(page, section([GOOD], {"python": "3.11"}, "once"))
    page.write_text(page.read_text(encoding="utf-8") + "After.\n", encoding="utf-8")
    put_into(page, section([GOOD, COVER], {"python": "3.11"}, "twice"))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Benchmarks\n\nBefore.\n\n<!-- siting: begin -->")
    assert text.endswith("<!-- siting: end -->\nAfter.\n")
    assert "`twice`" in text
    assert "`once`" not in text
    assert "| mclp 9 x 9 | 2.0 | 1.5 | 90 | 91.0 | 1.111% | 80.0% |  |" in text
    assert "| proven |  | 2.5 s, 4,974.0, proven |" in text


def test_missed_targets_are_said() -> None:
    assert all(met for _, met in verdicts([GOOD, COVER]))
    for worse in (
        replace(COVER, gap_share=0.03),
        replace(COVER, processor_s=61.0),
        replace(COVER, peak_memory_mb=2001.0),
        replace(GOOD, status="feasible", gap_share=0.001),
    ):
        assert sum(not met for _, met in verdicts([worse])) == 1


def test_another_proven_answer_of_spopt_is_noticed() -> None:
    check_spopt(GOOD, SpoptFigure(1.0, 4974.0, True))
    check_spopt(GOOD, SpoptFigure(1.0, 5000.0, False))
    with pytest.raises(ValueError, match="spopt found"):
        check_spopt(GOOD, SpoptFigure(1.0, 4973.0, True))
