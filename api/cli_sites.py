"""``servicecircle sites``: where new stations should go, from a finished result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli_click import Command, Option, common_options
from geo.errors import InputError, NotFoundError, fault
from geo.messages import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.choosing.candidates import CandidateChoice, Candidates
    from geo.choosing.proposals import Proposal
    from geo.params import Rule
    from geo.result import StudyResult

MODELS = ("mclp", "lscp", "p_median", "p_center", "backup")
USES = ("residential", "office", "commercial", "industrial", "public", "other")
WORKBOOK, PICTURE, MAP = "sites.xlsx", "gain_curve.png", "map.html"
_SOURCES = ("layer", "buildings", "network")
_ASKED = (
    "rule", "model", "count", "budget", "target", "force", "forbid", "answers", "time_limit", "weight", "gap",
)  # fmt: skip
_REPEATED: dict[str, Any] = {"cls": Option, "multiple": True}


@click.command(cls=Command, help="cli_help_sites")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--model", cls=Option, type=click.Choice(MODELS), default="mclp", help="cli_sites_model"
)
@click.option("--count", cls=Option, type=click.IntRange(0), metavar="N", help="cli_sites_count")
@click.option(
    "--budget", cls=Option, type=click.FloatRange(0), metavar="X", help="cli_sites_budget"
)
@click.option(
    "--target", cls=Option, type=click.FloatRange(0, 1), metavar="SHARE", help="cli_sites_target"
)
@click.option("--floor", "floors", metavar="[NAME=]SHARE", help="cli_sites_floor", **_REPEATED)
@click.option("--force", metavar="ID", help="cli_sites_force", **_REPEATED)
@click.option("--forbid", metavar="ID", help="cli_sites_forbid", **_REPEATED)
@click.option(
    "--answers",
    cls=Option,
    type=click.IntRange(1, 20),
    default=1,
    metavar="N",
    help="cli_sites_answers",
)
@click.option(
    "--time-limit",
    cls=Option,
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="SECONDS",
    help="cli_sites_time_limit",
)
@click.option(
    "--gap",
    cls=Option,
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="cli_sites_gap",
)
@click.option("--weight", cls=Option, metavar="NAME", help="cli_sites_weight")
@click.option("--rule", cls=Option, metavar="NAME", help="cli_sites_rule")
@click.option(
    "--candidates", "sources", metavar="FILE|WORD", help="cli_sites_candidates", **_REPEATED
)
@click.option("--crs", cls=Option, metavar="CRS", help="cli_sites_crs")
@click.option("--use", "uses", type=click.Choice(USES), help="cli_sites_use", **_REPEATED)
@click.option("--owner", "owners", metavar="NAME", help="cli_sites_owner", **_REPEATED)
@click.option(
    "--min-area",
    cls=Option,
    type=click.FloatRange(0),
    default=0.0,
    metavar="M2",
    help="cli_sites_area",
)
@click.option(
    "--grid",
    cls=Option,
    type=click.FloatRange(20),
    default=300.0,
    metavar="METRES",
    help="cli_sites_grid",
)
@click.option("--tier", cls=Option, metavar="NAME", help="cli_sites_tier")
@common_options
def sites(folder: Path, **options: Any) -> None:
    """Choose sites and write them into the result folder."""
    from api.cli_progress import CliProgress
    from geo.choosing.candidates import candidates_of
    from geo.choosing.proposals import proposal_tables, propose
    from geo.choosing.request import SitesRequest, rule_named
    from geo.reassess import reassess
    from geo.store import add_tables, read_result

    asked = {name: options[name] for name in _ASKED}
    request = SitesRequest(**asked, floor=floor_of(options["floors"]))
    result = read_result(folder)
    rule = rule_named(result.params.rules, request.rule)
    kept = reassess(result)
    with CliProgress() as progress:
        candidates = candidates_of(kept, choice_of(result, rule, options))
        proposal = propose(kept, candidates, request, progress)
        progress("stage_write", 0, 1)
        tables = proposal_tables(proposal)
        add_tables(folder, tables, products(result, tables))
        progress("stage_write", 1, 1)
    lines = [*proposal_lines(proposal), "", say("cli_results_at", {"folder": folder})]
    lines += [f"  {folder / name}" for name in (MAP, WORKBOOK, PICTURE)]
    click.echo("\n".join(lines))


def floor_of(words: Sequence[str]) -> float | dict[str, float]:
    """Read ``0.8`` or ``NAME=0.8``, perhaps several.

    Raises
    ------
    InputError
        For anything else.
    """
    shares: dict[str, float] = {}
    for one in words:
        name, _, text = one.rpartition("=")
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            raise InputError(fault("sites_bad_floor", found=one))
        shares[name.strip()] = share
    if set(shares) <= {""}:
        return shares.get("", 0.0)
    if "" in shares:
        raise InputError(fault("sites_bad_floor", found="、".join(words)))
    return shares


def choice_of(result: StudyResult, rule: Rule, options: Mapping[str, Any]) -> CandidateChoice:
    """Turn the options into a choice of candidates: without any, the study's layer, buildings and the grid.

    Raises
    ------
    InputError
        When a source is neither a file nor a word we know.
    NotFoundError
        When the study's layer is asked for and there is none.
    """
    from geo.choosing.candidates import DEFAULT_USES, CandidateChoice

    sources = list(options["sources"]) or list(_SOURCES)
    files = [one for one in sources if one not in _SOURCES]
    if len(files) > 1 or (files and "layer" in options["sources"]):
        raise InputError(fault("sites_bad_candidates", found="、".join(sources)))
    if "layer" in options["sources"] and "candidates" not in result.inputs:
        raise NotFoundError(fault("sites_no_layer"))
    layer = _layer(files[0], options["crs"]) if files else None
    if layer is None and "layer" not in sources:
        layer = _nothing(result)
    counted = not rule.tiers or "community" in rule.tiers
    return CandidateChoice(
        layer=layer,
        uses=(options["uses"] or DEFAULT_USES) if "buildings" in sources else (),
        owners=options["owners"],
        least_area_m2=options["min_area"],
        grid_m=options["grid"] if "network" in sources else None,
        tier=options["tier"] or ("community" if counted else rule.tiers[0]),
    )


def _layer(path: str, crs: str | None) -> Any:
    from geo.params import Source
    from geo.read.layers import read_layer

    place = Path(path)
    if not place.is_file():
        raise InputError(fault("sites_bad_candidates", found=path))
    return read_layer(Source("candidates", path=place.resolve(), crs=crs)).frame


def _nothing(result: StudyResult) -> Any:
    """Return a layer of no places: the study's own is not asked for."""
    return result.inputs["subdistricts"].iloc[:0]


def products(result: StudyResult, tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Make what shows the tables: workbook, picture, and the map anew.

    The map is handed the result with its new tables; it draws the layer ``sites`` where it finds one.
    """
    from maps.briefing import build_map
    from maps.gain_curve import gain_curve_png
    from maps.workbook import workbook_bytes

    whole = replace(result, tables={**result.tables, **tables})
    return {
        WORKBOOK: workbook_bytes(replace(result, tables=dict(tables))),
        PICTURE: gain_curve_png(whole),
        MAP: build_map(whole).encode("utf-8"),
    }


def proposal_lines(proposal: Proposal) -> Iterable[str]:
    """Say the plan, each of its sites, what could not be met, and the other answers."""
    from geo.choosing.sentences import objective_sentence, plan_sentence, step_sentence

    if proposal.kept.result.params.output.simulated:
        yield say("map_simulated")
    yield _counts(proposal.candidates)
    yield ""
    yield plan_sentence(proposal)
    more = objective_sentence(proposal)
    if more is not None:
        yield more
    for number in range(len(proposal.steps)):
        yield f"  {number + 1}. {step_sentence(proposal, number)}"
    yield from (one.text() for one in proposal.solution.faults)
    yield from _other_answers(proposal)


def _counts(candidates: Candidates) -> str:
    reasons = candidates.table["reason"].value_counts().sort_index()
    out = [
        f"{say(f'candidate_{reason}').rstrip('。.')} {count}"
        for reason, count in reasons.items()
        if reason != "admitted"
    ]
    left = say("cli_sites_left_out", {"reasons": say("page_comma").join(out)}) if out else ""
    figures = {"considered": f"{len(candidates.table):,}", "admitted": f"{candidates.count:,}"}
    return say("cli_sites_candidate_counts", {**figures, "left": left})


def _other_answers(proposal: Proposal) -> Iterable[str]:
    from api.cli_layout import percent

    others = proposal.solution.answers[1:]
    if not others:
        return
    yield say("cli_sites_others")
    names = proposal.candidates.sites["name"].astype(str)
    for number, answer in enumerate(others, 2):
        covered = proposal.effects.covered_by(answer.chosen.tolist())
        figures = {
            "number": number,
            "share": percent(proposal.effects.share(covered)),
            "names": say("page_comma").join(names.iloc[answer.ranked]),
        }
        yield "  " + say("cli_sites_other", figures)
