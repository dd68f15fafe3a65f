"""The ``[[rule]]`` tables of a study file: standards to judge by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from geo.errors import Fault, fault
from geo.params import BASES, DEFAULT_RULES, DEFAULT_TIERS, WEIGHTS, Basis, Pace, Rule
from geo.study_keys import Section, listed, shown
from geo.tables import nearest_name

_DAYS = "weekday|weekend|holiday|daily|mon|tue|wed|thu|fri|sat|sun"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
_OPEN = re.compile(rf"any|(?:{_DAYS}) (?:{_CLOCK})-(?:{_CLOCK})")


def read_rules(
    value: object, paces: Mapping[str, Pace], city: str | None, faults: list[Fault]
) -> tuple[Rule, ...]:
    """Read the ``[[rule]]`` tables; without any, the default rules.

    Parameters
    ----------
    paces
        Paces a rule may name.
    city
        City profile; with one, tiers may have names of their own.
    """
    if value is None:
        return DEFAULT_RULES
    if not isinstance(value, list):
        faults.append(fault("study_not_array", section="rule"))
        return DEFAULT_RULES
    rules: list[Rule] = []
    for number, table in enumerate(value, 1):
        name = table.get("name") if isinstance(table, Mapping) else None
        where = (
            f"[[rule]] {shown(name)}" if isinstance(name, str) and name else f"[[rule]] #{number}"
        )
        section = Section(where, table, faults)
        rule = _rule(section, paces, city)
        if rule.name and rule.name in [one.name for one in rules]:
            section.add("study_name_twice", key="name", found=rule.name)
        rules.append(rule)
    return tuple(rules) or DEFAULT_RULES


def _rule(section: Section, paces: Mapping[str, Pace], city: str | None) -> Rule:
    name = section.text("name", required=True) or ""
    basis = cast(Basis, section.choice("basis", BASES, "time"))
    minutes = section.number("minutes", None, above=0, most=600)
    metres = section.number("metres", None, above=0, most=100_000)
    wanted, other = ("minutes", "metres") if basis == "time" else ("metres", "minutes")
    if section.has(other):
        section.add("study_rule_limit_unused", basis=basis, key=other, wanted=wanted)
    elif not section.has(wanted):
        section.add("study_rule_limit_missing", basis=basis, key=wanted)
    rule = Rule(
        name,
        basis,
        minutes if basis == "time" else None,
        None if basis == "time" else metres,
        section.choice("pace", tuple(paces), "standard"),
        _tiers(section, city),
        _weight(section),
        section.number("pass_mark", None, least=0, most=1),
        _opening(section),
    )
    section.finish()
    return rule


def _tiers(section: Section, city: str | None) -> tuple[str, ...]:
    tiers = section.texts("tiers", DEFAULT_TIERS)
    if city is None:  # a city profile may name tiers of its own
        for tier in tiers:
            if tier not in DEFAULT_TIERS:
                section.add(
                    "study_not_allowed",
                    key="tiers",
                    found=shown(tier),
                    allowed=listed(DEFAULT_TIERS),
                    nearest=nearest_name(tier, DEFAULT_TIERS) or "—",
                )
    return tiers


def _weight(section: Section) -> str:
    weight = section.text("weight") or "residents"
    near = nearest_name(weight, WEIGHTS)
    # Any column of the buildings may be a weight, so only a slip of the pen is refused here.
    if weight not in WEIGHTS and near and _bare(weight) == _bare(near):
        section.add(
            "study_not_allowed",
            key="weight",
            found=shown(weight),
            allowed=listed(WEIGHTS),
            nearest=near,
        )
    return weight


def _bare(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").rstrip("s")


def _opening(section: Section) -> str:
    opening = section.text("open") or "any"
    if not _OPEN.fullmatch(opening):
        section.add("study_opening_form", key="open", found=shown(opening))
        return "any"
    return opening
