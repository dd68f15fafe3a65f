"""Choosing sites on a sparse demand x site table, each answer with the proof of how good it is."""

from geo.siting.problem import SitingProblem, SitingRules, too_close
from geo.siting.solution import SitingAnswer, SitingSolution

__all__ = ["SitingAnswer", "SitingProblem", "SitingRules", "SitingSolution", "too_close"]
