"""The declared assumptions: what is varied to see how far the coverage of a study can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from geo.messages import say
from geo.params import PACES, Pace, Rule, StudyParams

CENTRAL = "central"


@dataclass(frozen=True)
class Variation:
    """One change of the assumptions; what it does not name stays as the study has it.

    Attributes
    ----------
    code
        Name in the tables; its words are ``variation_`` + code of the catalogue.
    speed
        Factor on the walking speed of every pace.
    waits_s
        Mean delay at a signalled and at an unsignalled crossing, seconds.
    frontage_m, max_access_m
        The distances of the access rule.
    own_building
        Whether a station whose access scope nobody stated serves only the buildings it is in or names.
    rule
        Fields of the rule to replace: another way to measure. It stands beside the range, not in it.
    """

    code: str
    speed: float = 1.0
    waits_s: tuple[float, float] | None = None
    frontage_m: float | None = None
    max_access_m: float | None = None
    own_building: bool = False
    rule: Mapping[str, object] = field(default_factory=dict)

    @property
    def in_range(self) -> bool:
        """Whether it is an uncertainty of the same standard, not another standard."""
        return not self.rule

    @property
    def enters_anew(self) -> bool:
        """Whether buildings and stations meet the network elsewhere."""
        return self.frontage_m is not None or self.max_access_m is not None

    @property
    def words(self) -> str:
        """What a person reads."""
        return say(f"variation_{self.code}")

    def concerns(self, rule: Rule) -> bool:
        """Whether figures of `rule` can change at all."""
        if self.rule or self.speed != 1.0 or self.waits_s is not None:
            return rule.basis == "time"
        return True

    def paces(self, paces: Mapping[str, Pace]) -> dict[str, Pace]:
        """Change all paces."""
        return {name: self._of_pace(pace) for name, pace in {**PACES, **paces}.items()}

    def _of_pace(self, pace: Pace) -> Pace:
        signal, crossing = self.waits_s or (pace.signal_s, pace.crossing_s)
        speed = pace.speed_m_per_min * self.speed
        return replace(pace, speed_m_per_min=speed, signal_s=signal, crossing_s=crossing)

    def of_rule(self, rule: Rule) -> Rule:
        """Change the rule; it keeps its name."""
        return replace(rule, **self.rule)  # type: ignore[arg-type]

    def of_study(self, params: StudyParams) -> StudyParams:
        """Change paces and the access rule of a study."""
        walk = params.walk
        frontage = walk.frontage_m if self.frontage_m is None else self.frontage_m
        access = walk.max_access_m if self.max_access_m is None else self.max_access_m
        changed = replace(
            walk, frontage_m=frontage, max_access_m=access, paces=self.paces(walk.paces)
        )
        return replace(params, walk=changed)


# An unsignalled crossing keeps the sixth of a signalled one that the standard pace gives it.
VARIATIONS = (
    Variation("speed_slower", speed=0.85),
    Variation("speed_faster", speed=1.15),
    Variation("wait_none", waits_s=(0.0, 0.0)),
    Variation("wait_minute", waits_s=(60.0, 10.0)),
    Variation("frontage_30_100", frontage_m=30.0, max_access_m=100.0),
    Variation("frontage_30_150", frontage_m=30.0, max_access_m=150.0),
    Variation("frontage_70_100", frontage_m=70.0, max_access_m=100.0),
    Variation("frontage_70_150", frontage_m=70.0, max_access_m=150.0),
    Variation("own_building", own_building=True),
    Variation("elderly", rule={"pace": "elderly"}),
    Variation("walk_500", rule={"basis": "walk_distance", "minutes": None, "metres": 500.0}),
    Variation("radius_500", rule={"basis": "radius", "minutes": None, "metres": 500.0}),
)
