"""The ``[[rule]]`` tables of a study file: standards to judge by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from geo.errors import Fault, fault
from geo.opening import read_slice
from geo.params import BASES, DEFAULT_RULES, WEIGHTS, Basis, Pace, Rule
from geo.study_keys import Section, listed, shown
from geo.tables import nearest_name


def default_rules(tiers: Sequence[str]) -> tuple[Rule, ...]:
    """Return the default rules for the tiers of a city."""
    return tuple(replace(rule, tiers=tuple(tiers)) for rule in DEFAULT_RULES)


def read_rules(
    value: object,
    paces: Mapping[str, Pace],
    tiers: Sequence[str],
    faults: list[Fault],
    usual: tuple[Rule, ...] | None = None,
) -> tuple[Rule, ...]:
    """Read the ``[[rule]]`` tables; without any, the usual rules.

    Parameters
    ----------
    paces
        Paces a rule may name.
    tiers
        Tiers a rule may name (a city profile's); a rule that names none counts them all.
    usual
        The rules of the city profile; None takes the defaults.
    """
    usual = default_rules(tiers) if usual is None else usual
    if value is None:
        return usual
    if not isinstance(value, list):
        faults.append(fault("study_not_array", section="rule"))
        return usual
    rules: list[Rule] = []
    for number, table in enumerate(value, 1):
        name = table.get("name") if isinstance(table, Mapping) else None
        where = (
            f"[[rule]] {shown(name)}" if isinstance(name, str) and name else f"[[rule]] #{number}"
        )
        section = Section(where, table, faults)
        rule = _rule(section, paces, tiers)
        if rule.name and rule.name in [one.name for one in rules]:
            section.add("study_name_twice", key="name", found=rule.name)
        rules.append(rule)
    return tuple(rules) or usual


def _rule(section: Section, paces: Mapping[str, Pace], known: Sequence[str]) -> Rule:
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
        _tiers(section, known),
        _weight(section),
        section.number("pass_mark", None, least=0, most=1),
        _opening(section),
    )
    section.finish()
    return rule


def _tiers(section: Section, known: Sequence[str]) -> tuple[str, ...]:
    tiers = section.texts("tiers", tuple(known))
    for tier in tiers:
        if tier not in known:
            section.add(
                "study_not_allowed",
                key="tiers",
                found=shown(tier),
                allowed=listed(known),
                nearest=nearest_name(tier, known) or "—",
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
    if opening != "any" and read_slice(opening) is None:
        section.add("study_opening_form", key="open", found=shown(opening))
        return "any"
    return opening
