"""Our walk filter: which ways of OpenStreetMap (and of layers made from it) are walked, how, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.messages import say
from geo.network.edges import Bools, Delay, EdgeKind, enterable_mask

Effect = Literal[
    "drop",
    "private",
    "bridge",
    "tunnel",
    "indoors_off_ground",
    "area",
    "forward_only",
    "backward_only",
    "kind_crossing",
    "kind_lift",
    "kind_steps",
    "kind_foot",
    "delay_signal",
    "delay_none",
]


@dataclass(frozen=True)
class Tag:
    """A condition on one tag.

    Attributes
    ----------
    key
        OSM key.
    values
        Values that meet the condition; empty for any value.
    but
        Values that never meet it.
    """

    key: str
    values: tuple[str, ...] = ()
    but: tuple[str, ...] = ("no",)

    def __str__(self) -> str:
        if self.values:
            return f"{self.key}={'/'.join(self.values)}"
        exceptions = "/".join(self.but)
        return f"{self.key}=* (not {exceptions})" if exceptions else f"{self.key}=*"


@dataclass(frozen=True)
class Rule:
    """One row of the walk filter.

    Attributes
    ----------
    code
        Why: key of the catalogue (with ``way_`` before it) and ``reason`` in the table of dropped ways.
    effect
        What follows for the way.
    when
        Conditions that must all be met.
    unless
        Conditions of which any one lifts the rule.
    """

    code: str
    effect: Effect
    when: tuple[Tag, ...]
    unless: tuple[Tag, ...] = ()


HIGHWAY = Tag("highway", but=())
WALKERS_MAY = Tag("foot", ("yes", "designated", "permissive", "official"))
WALKERS_MAY_ENTER = Tag(
    "foot", ("yes", "designated", "permissive", "official", "destination", "customers")
)
SIDEWALK = (
    Tag("sidewalk", ("both", "left", "right", "yes")),
    Tag("sidewalk:both", ("yes",)),
    Tag("sidewalk:left", ("yes",)),
    Tag("sidewalk:right", ("yes",)),
)
_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")
CARRIAGEWAYS = (
    *_CLASSES,
    *(f"{one}_link" for one in _CLASSES),
    "unclassified",
    "residential",
    "service",
    "road",
    "busway",
    "bus_guideway",
)
STREETS = ("living_street", "track")
FOOTWAYS = (
    "footway",
    "path",
    "pedestrian",
    "corridor",
    "platform",
    "cycleway",
    "bridleway",
    "sidewalk",
    "pier",
    "ladder",
)
# What stands on the ground though it is tagged as a tunnel: an arcade, a gallery, a brook under the road.
NO_TUNNEL = ("no", "building_passage", "covered", "arcade", "culvert", "avalanche_protector")
TUNNEL = Tag("tunnel", but=NO_TUNNEL)
SIGNALS = ("traffic_signals", "pelican", "toucan", "puffin", "pegasus")
UNDER_GROUND = tuple(str(-one) for one in range(1, 10))
OFF_GROUND = UNDER_GROUND + tuple(str(one) for one in range(1, 10))

# Within one effect the first rule that applies gives the reason.
RULES: tuple[Rule, ...] = (
    Rule("subway", "drop", (Tag("railway", ("subway",)),), (HIGHWAY,)),
    Rule("funicular", "drop", (Tag("railway", ("funicular",)),), (HIGHWAY,)),
    Rule("rail", "drop", (Tag("railway", but=("no", "platform")),), (HIGHWAY,)),
    Rule("ferry", "drop", (Tag("route", ("ferry",)),), (HIGHWAY,)),
    Rule("aerialway", "drop", (Tag("aerialway"),), (HIGHWAY,)),
    Rule(
        "not_built",
        "drop",
        (
            Tag(
                "highway",
                (
                    "construction",
                    "proposed",
                    "planned",
                    "abandoned",
                    "disused",
                    "razed",
                    "demolished",
                    "dismantled",
                    "removed",
                ),
            ),
        ),
    ),
    Rule("not_built", "drop", (Tag("abandoned", ("yes",)),)),
    Rule("not_built", "drop", (Tag("disused", ("yes",)),)),
    Rule(
        "not_a_way",
        "drop",
        (
            Tag(
                "highway",
                ("no", "none", "rest_area", "services", "emergency_bay", "escape", "via_ferrata"),
            ),
        ),
    ),
    *(
        Rule("not_a_way", "drop", (Tag(key),), (HIGHWAY, Tag("man_made", ("pier",))))
        for key in ("waterway", "barrier", "power", "boundary", "natural")
    ),
    Rule("foot_no", "drop", (Tag("foot", ("no", "use_sidepath")),)),
    Rule("motorway", "drop", (Tag("highway", ("motorway", "motorway_link")),)),
    Rule("motorroad", "drop", (Tag("motorroad", ("yes",)),)),
    Rule("trunk", "drop", (Tag("highway", ("trunk", "trunk_link")),), (WALKERS_MAY, *SIDEWALK)),
    Rule("bus_road", "drop", (Tag("highway", ("busway", "bus_guideway")),), (WALKERS_MAY,)),
    Rule("raceway", "drop", (Tag("highway", ("raceway",)),), (WALKERS_MAY,)),
    Rule(
        "service_tunnel",
        "drop",
        (Tag("highway", ("service",)), TUNNEL),
        (WALKERS_MAY, *SIDEWALK),
    ),
    Rule(
        "service_tunnel",
        "drop",
        (Tag("highway", ("service",)), Tag("location", ("underground",))),
        (WALKERS_MAY, *SIDEWALK),
    ),
    Rule(
        "road_tunnel",
        "drop",
        (Tag("highway", CARRIAGEWAYS), TUNNEL),
        (WALKERS_MAY, *SIDEWALK),
    ),
    Rule(
        "cycleway",
        "drop",
        (Tag("highway", ("cycleway",)),),
        (WALKERS_MAY, Tag("segregated", ("yes", "no")), *SIDEWALK),
    ),
    Rule("bridleway", "drop", (Tag("highway", ("bridleway",)),), (WALKERS_MAY,)),
    Rule("access_no", "drop", (Tag("access", ("no", "military")),), (WALKERS_MAY_ENTER,)),
    Rule("private", "private", (Tag("access", ("private",)),), (WALKERS_MAY_ENTER,)),
    Rule("private", "private", (Tag("foot", ("private",)),)),
    Rule("bridge", "bridge", (Tag("bridge"),)),
    Rule("tunnel", "tunnel", (TUNNEL,)),
    Rule("tunnel", "tunnel", (Tag("location", ("underground",)),)),
    Rule(
        "indoors_off_ground",
        "indoors_off_ground",
        (Tag("highway", ("corridor",)), Tag("level", OFF_GROUND)),
    ),
    Rule(
        "indoors_off_ground",
        "indoors_off_ground",
        (Tag("indoor", ("yes",)), Tag("level", OFF_GROUND)),
    ),
    Rule("plaza", "area", (Tag("area", ("yes",)),)),
    Rule("plaza", "area", (Tag("highway", ("platform",)),), (Tag("area", ("no",)),)),
    Rule("plaza", "area", (Tag("railway", ("platform",)),), (Tag("area", ("no",)),)),
    Rule("plaza", "area", (Tag("public_transport", ("platform",)),), (Tag("area", ("no",)),)),
    Rule("plaza", "area", (Tag("man_made", ("pier",)),), (Tag("area", ("no",)),)),
    Rule("one_way", "forward_only", (Tag("conveying", ("forward",)),)),
    Rule("one_way", "forward_only", (Tag("conveying", ("yes",)), Tag("oneway", ("yes",)))),
    Rule("one_way", "forward_only", (Tag("oneway:foot", ("yes", "1")),)),
    Rule("one_way", "forward_only", (Tag("foot:backward", ("no",)),)),
    Rule("one_way", "backward_only", (Tag("conveying", ("backward",)),)),
    Rule("one_way", "backward_only", (Tag("conveying", ("yes",)), Tag("oneway", ("-1",)))),
    Rule("one_way", "backward_only", (Tag("oneway:foot", ("-1",)),)),
    Rule("one_way", "backward_only", (Tag("foot:forward", ("no",)),)),
    Rule("crossing", "kind_crossing", (Tag("footway", ("crossing",)),)),
    Rule("crossing", "kind_crossing", (Tag("path", ("crossing",)),)),
    Rule("crossing", "kind_crossing", (Tag("cycleway", ("crossing",)),)),
    Rule("crossing", "kind_crossing", (Tag("highway", ("crossing",)),)),
    Rule("lift", "kind_lift", (Tag("highway", ("elevator",)),)),
    Rule("steps", "kind_steps", (Tag("highway", ("steps",)),)),
    Rule("footway", "kind_foot", (Tag("highway", FOOTWAYS),)),
    Rule("footway", "kind_foot", (Tag("railway", ("platform",)),), (HIGHWAY,)),
    Rule("footway", "kind_foot", (Tag("public_transport", ("platform",)),), (HIGHWAY,)),
    Rule("footway", "kind_foot", (Tag("man_made", ("pier",)),), (HIGHWAY,)),
    Rule("signal", "delay_signal", (Tag("crossing", SIGNALS),)),
    Rule("signal", "delay_signal", (Tag("crossing:signals", ("yes",)),)),
    Rule("no_delay", "delay_none", (Tag("crossing", ("no",)),)),
)
# Ways without a highway tag that people walk on nevertheless.
OTHER_WALKED = (
    Tag("railway", ("platform",)),
    Tag("public_transport", ("platform",)),
    Tag("man_made", ("pier",)),
)
_KINDS: tuple[tuple[Effect, EdgeKind], ...] = (
    ("kind_foot", EdgeKind.FOOT),
    ("kind_steps", EdgeKind.STEPS),
    ("kind_lift", EdgeKind.LIFT),
    ("kind_crossing", EdgeKind.CROSSING),
)
TAG_KEYS: tuple[str, ...] = tuple(
    sorted({tag.key for rule in RULES for tag in (*rule.when, *rule.unless)} | {"name"})
)


class _Columns:
    """Tag columns in a form that answers conditions fast: each distinct value is looked at once."""

    def __init__(self, tags: pd.DataFrame) -> None:
        self._tags = tags
        self._coded: dict[str, tuple[npt.NDArray[np.int64], list[str]]] = {}

    def meets(self, tag: Tag) -> Bools:
        """Tell row by row whether the condition is met; a missing column meets none."""
        if tag.key not in self._tags.columns:
            return np.zeros(len(self._tags), dtype=bool)
        if tag.key not in self._coded:
            numbers, found = pd.factorize(self._tags[tag.key])
            self._coded[tag.key] = (numbers, [str(one) for one in found])
        codes, values = self._coded[tag.key]
        good = [
            (not tag.values or value in tag.values) and (bool(tag.values) or value not in tag.but)
            for value in values
        ]
        met: Bools = np.array([*good, False])[codes]  # code -1, a missing value, takes the last
        return met

    def applies(self, rule: Rule) -> Bools:
        """Tell row by row whether a rule applies."""
        applies = np.ones(len(self._tags), dtype=bool)
        for tag in rule.when:
            applies &= self.meets(tag)
        for tag in rule.unless:
            applies &= ~self.meets(tag)
        return applies

    def any_of(self, effect: Effect) -> Bools:
        """Tell row by row whether any rule of this effect applies."""
        found = np.zeros(len(self._tags), dtype=bool)
        for rule in RULES:
            if rule.effect == effect:
                found |= self.applies(rule)
        return found


def decide(tags: pd.DataFrame) -> pd.DataFrame:
    """Judge ways by their tags.

    Parameters
    ----------
    tags
        One row a way, one column a key (missing columns and empty cells: no such tag).

    Returns
    -------
    DataFrame
        Same index: ``reason`` (code, empty where the way is walked), ``kind``, ``delay``, ``bridge``, ``tunnel``,
        ``enterable``, ``forward_open``, ``backward_open``, ``private``, ``area`` (crossable if closed).
    """
    columns = _Columns(tags)
    reason = np.full(len(tags), "", dtype=object)
    for rule in RULES:
        if rule.effect == "drop":
            reason[(reason == "") & columns.applies(rule)] = rule.code
    kind = np.full(len(tags), int(EdgeKind.ROAD), dtype=np.uint8)
    for effect, value in _KINDS:
        kind[columns.any_of(effect)] = int(value)
    bridge, tunnel = columns.any_of("bridge"), columns.any_of("tunnel")
    off_ground = columns.any_of("indoors_off_ground")
    return pd.DataFrame(
        {
            "reason": reason,
            "kind": kind,
            "delay": _delay(kind, columns.any_of("delay_signal"), columns.any_of("delay_none")),
            "bridge": bridge,
            "tunnel": tunnel,
            "enterable": enterable_mask(kind, bridge, tunnel) & ~off_ground,
            "forward_open": ~columns.any_of("backward_only"),
            "backward_open": ~columns.any_of("forward_only"),
            "private": columns.any_of("private"),
            "area": columns.any_of("area"),
        },
        index=tags.index,
    )


def _delay(
    kind: npt.NDArray[np.uint8], signalled: Bools, undelayed: Bools
) -> npt.NDArray[np.uint8]:
    """Return the delay of each way: of crossings with or without signal, and of lifts."""
    delay = np.full(len(kind), int(Delay.NONE), dtype=np.uint8)
    crossing = (kind == EdgeKind.CROSSING) & ~undelayed
    delay[crossing] = int(Delay.CROSSING)
    delay[crossing & signalled] = int(Delay.SIGNAL)
    delay[kind == EdgeKind.LIFT] = int(Delay.LIFT)
    return delay


def decide_one(tags: Mapping[str, str]) -> dict[str, object]:
    """Judge one way, as `decide` does."""
    row = decide(pd.DataFrame([dict(tags)])).iloc[0]
    return {str(key): value for key, value in row.items()}


def is_carriageway(highway: Iterable[object]) -> Bools:
    """Tell which ``highway`` values are roads for vehicles, walked or not."""
    return np.isin(np.asarray(list(highway), dtype=object), [*CARRIAGEWAYS, *STREETS])


def node_delay(tags: Mapping[str, str]) -> Delay:
    """Judge a node of a road: a crossing, a crossing with signals, a lift, or nothing to wait for."""
    highway, crossing = tags.get("highway"), tags.get("crossing")
    if highway == "elevator":
        return Delay.LIFT
    if crossing == "no" or (highway != "crossing" and crossing is None):
        return Delay.NONE
    if highway not in ("crossing", "traffic_signals"):
        return Delay.NONE
    signalled = crossing in SIGNALS or tags.get("crossing:signals") == "yes"
    return Delay.SIGNAL if signalled or highway == "traffic_signals" else Delay.CROSSING


_DECISIONS: dict[Effect, str] = {
    "drop": "not walked",
    "private": "walked, out only",
    "bridge": "walked, entered at its ends",
    "tunnel": "walked, entered at its ends",
    "indoors_off_ground": "walked, entered at its ends",
    "area": "if closed: edge and straight ways across",
    "forward_only": "walked forwards only",
    "backward_only": "walked backwards only",
    "kind_crossing": "crossing way with its delay",
    "kind_lift": "lift with its wait",
    "kind_steps": "stairs",
    "kind_foot": "foot path",
    "delay_signal": "the crossing has signals",
    "delay_none": "the crossing has no delay",
}


def as_markdown() -> str:
    """Write the walk filter as the table of ``docs/walk-filter.md``."""
    lines = [
        "# Walk filter",
        "",
        "Made from `geo/network/walkfilter.py`, where the rules are data; a test keeps both equal. Among the rules",
        "that leave a way out the first one that applies gives the reason; a way that none of them names is walked",
        "in both directions, as a street. Counts and lengths of what is left out stand in the quality report, by code.",
        "",
        "| code | tags | unless | decision | why | 说明 |",
        "|---|---|---|---|---|---|",
    ]
    for rule in RULES:
        when = " and ".join(f"`{tag}`" for tag in rule.when)
        unless = ", ".join(f"`{tag}`" for tag in rule.unless) or "–"
        why, zh = say(f"way_{rule.code}", lang="en"), say(f"way_{rule.code}", lang="zh")
        lines.append(
            f"| {rule.code} | {when} | {unless} | {_DECISIONS[rule.effect]} | {why} | {zh} |"
        )
    others = ", ".join(f"`{tag}`" for tag in OTHER_WALKED)
    lines += [
        "",
        "Nodes: `highway=crossing` (and `highway=traffic_signals` with `crossing=*`) on a road delays who crosses the",
        "road there on a foot path, once; `highway=elevator` makes everybody wait once. Without a `highway` tag these",
        f"are walked too: {others}.",
        "",
    ]
    return "\n".join(lines)
