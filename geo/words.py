"""Enumerated values as words a person reads, by column; used by workbook, quality report and terminal."""

from __future__ import annotations

from geo.messages import catalogue, say

# column -> how the codes of its words begin
_PREFIXES = {
    "verdict": "verdict_",
    "reason": "why_",
    "cause": "cause_",
    "obstacle_kind": "obstacle_",
    "use": "page_use_",
    "tier": "page_tier_",
    "status": "page_status_",
    "access_scope": "page_scope_",
    "host_kind": "host_kind_",
    "basis": "basis_",
    "tiers": "page_tier_",
    "weight": "page_weight_",
    "pace": "pace_",
    "host_match": "host_match_",
    "located_by": "located_by_",
    "unit_kind": "unit_kind_",
    "level": "unit_kind_",
    "gap": "gap_",
    "kind": "gap_kind_",
    "state": "served_",
    "relation": "relation_",
    "variation": "variation_",
    "lowest_variation": "variation_",
    "highest_variation": "variation_",
    "verdict_before": "verdict_",
    "verdict_after": "verdict_",
    "direction": "direction_",
    "verdict_flat": "verdict_",
    "verdict_height": "verdict_",
    "input": "input_",
    "crs_note": "crs_note_",
    "method": "method_",
    "origin": "candidate_from_",
    "model": "site_model_",
    "proof": "proof_",
    "curve": "curve_",
}


def has_words(column: str) -> bool:
    """Whether the values of a column are words of ours."""
    return column in _PREFIXES


def word(column: str, value: object) -> object:
    """Return the word for a value of a column; values without one stay as they are."""
    code = f"{_PREFIXES.get(column, '')}{value}"
    return say(code) if column in _PREFIXES and code in catalogue() else value
