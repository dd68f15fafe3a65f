"""How each land use is built up: slots, sizes, levels and outlines of its buildings."""

from __future__ import annotations

from dataclasses import dataclass

from data.demo.generator.landuse import Use
from data.demo.generator.shapes import Shape


@dataclass(frozen=True)
class Pattern:
    """How one land use is built up: pitch of the slots, sizes, gaps, levels, outlines, share of slots built."""

    pitch: tuple[float, float]
    front: tuple[float, float]
    depth: tuple[float, float]
    gap: tuple[float, float]
    levels: tuple[int, int]
    shapes: tuple[Shape, ...]
    filled: float
    use: int
    setback: float = 3.0
    smallest: float = 8.0


# A block takes one of the patterns of its land use.
PATTERNS: dict[Use, tuple[Pattern, ...]] = {
    Use.CBD: (
        Pattern((66, 66), (52, 62), (52, 62), (6, 6), (4, 7), (Shape.PODIUM,), 0.95, 2, 3.0, 24.0),
        Pattern(
            (60, 60),
            (34, 46),
            (34, 46),
            (14, 14),
            (22, 45),
            (Shape.CUT, Shape.BOX),
            0.95,
            1,
            3.0,
            20.0,
        ),
    ),
    Use.MALL: (
        Pattern(
            (92, 78),
            (60, 82),
            (46, 66),
            (10, 10),
            (4, 8),
            (Shape.BOX, Shape.ELL, Shape.CUT, Shape.RING),
            0.9,
            2,
        ),
        Pattern(
            (54, 50), (30, 44), (26, 40), (9, 9), (5, 24), (Shape.BOX, Shape.ELL, Shape.CUT), 0.9, 2
        ),
    ),
    Use.TECH: (
        Pattern(
            (70, 52),
            (46, 60),
            (18, 34),
            (9, 12),
            (5, 14),
            (Shape.BOX, Shape.ELL, Shape.RING, Shape.COURT),
            0.86,
            1,
        ),
        Pattern(
            (84, 64),
            (56, 74),
            (34, 50),
            (9, 12),
            (6, 18),
            (Shape.RING, Shape.COURT, Shape.ELL, Shape.STEP),
            0.86,
            1,
        ),
    ),
    Use.MODERN: (
        Pattern(
            (44, 46),
            (25, 34),
            (17, 23),
            (9, 18),
            (18, 34),
            (Shape.CROSS, Shape.CROSS, Shape.STEP),
            0.93,
            0,
        ),
        Pattern((66, 40), (44, 58), (12.5, 15), (8, 17), (9, 18), (Shape.BOX, Shape.STEP), 0.94, 0),
        Pattern((52, 36), (34, 44), (12, 15), (8, 15), (11, 26), (Shape.BOX, Shape.CROSS), 0.94, 0),
    ),
    Use.OLD: (
        Pattern((52, 24), (38, 48), (10.5, 12.5), (4, 10), (6, 9), (Shape.BOX,), 0.95, 0),
        Pattern(
            (40, 25),
            (26, 35),
            (10.5, 12.5),
            (4, 10),
            (5, 9),
            (Shape.BOX, Shape.BOX, Shape.STEP),
            0.95,
            0,
        ),
    ),
    Use.VILLAGE: (
        Pattern(
            (12.5, 12.5),
            (9.0, 11.8),
            (9.0, 11.8),
            (0.9, 0.9),
            (3, 7),
            (Shape.BOX, Shape.BOX, Shape.BOX, Shape.ELL),
            0.95,
            0,
            0.4,
            5.0,
        ),
    ),
    Use.CAMPUS: (
        Pattern(
            (88, 66),
            (48, 72),
            (18, 44),
            (16, 18),
            (4, 8),
            (Shape.BOX, Shape.ELL, Shape.COURT, Shape.RING),
            0.72,
            4,
        ),
        Pattern((70, 44), (44, 58), (13, 16), (10, 16), (5, 7), (Shape.BOX,), 0.8, 0),
    ),
    Use.INDUSTRY: (
        Pattern(
            (80, 52), (46, 70), (24, 40), (9, 9), (1, 5), (Shape.BOX, Shape.BOX, Shape.ELL), 0.88, 3
        ),
        Pattern((60, 40), (38, 52), (18, 28), (8, 9), (2, 6), (Shape.BOX,), 0.9, 3),
    ),
    Use.PUBLIC: (
        Pattern(
            (84, 62),
            (48, 70),
            (26, 48),
            (12, 12),
            (3, 6),
            (Shape.COURT, Shape.RING, Shape.ELL),
            0.62,
            4,
        ),
        Pattern(
            (74, 56),
            (46, 64),
            (16, 38),
            (10, 12),
            (4, 14),
            (Shape.ELL, Shape.BOX, Shape.STEP),
            0.8,
            4,
        ),
    ),
    Use.GREEN: (
        Pattern((150, 140), (16, 30), (10, 18), (60, 60), (1, 2), (Shape.BOX, Shape.ELL), 0.35, 5),
    ),
}
