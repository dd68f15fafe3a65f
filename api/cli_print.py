"""What a run prints when it is done: headline figures, coverage by sub-district, where the results are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from api.cli_findings import finding_lines
from api.cli_layout import aligned, minutes, percent
from geo.errors import Fault
from geo.messages import language, say
from geo.params import WEIGHTS
from geo.result import QualityReport, StudyResult
from geo.tables import header
from geo.words import word

_WEIGHT_NAMES = {
    "count": "page_weight_count",
    "footprint": "page_weight_footprint",
    "floor_area": "page_weight_floor_area",
    "residents": "page_weight_residents",
    "workers": "page_weight_workers",
}
_COUNTS = ("covered_count", "uncovered_count", "unknown_count", "outside_count")
_FAULTS_SHOWN = 30


def result_lines(result: StudyResult, folder: Path, files: Sequence[str]) -> list[str]:
    """Return what `run` prints at its end."""
    summary = result.summary
    lines = [""]
    if result.params.output.simulated:
        lines.append(say("map_simulated"))
    lines.append(
        say("cli_result_title", {"study": result.params.name, "as_of": result.params.as_of})
    )
    lines.append(
        say(
            "cli_result_counts",
            {
                name: _count(summary.get(f"{name}_count"))
                for name in ("buildings", "stations", "stations_open", "subdistricts")
            },
        )
    )
    rules = summary.get("rules")
    for rule in rules if isinstance(rules, (list, tuple)) else ():
        lines += ["", *_rule_lines(rule, _pass_mark(result, rule))]
    lines += _subdistrict_lines(result)
    lines += finding_lines(result)
    lines += ["", quality_line(result.quality), "", say("cli_results_at", {"folder": folder})]
    lines += [f"  {name}  {folder / file}" for name, file in _named(folder, files)]
    return lines


def quality_lines(quality: QualityReport) -> list[str]:
    """Return the quality report as `check` prints it: inputs, then findings, the gravest first."""
    lines: list[str] = []
    if quality.inputs:
        # the mapping of columns and the hashes stand in quality.html and the manifest
        wanted = ("input", "file", "rows", "rows_kept", "rows_rejected", "crs", "crs_note")
        names = [
            name
            for name in wanted
            if any(row.get(name) not in (None, "") for row in quality.inputs)
        ]
        rows = [[header(name, language()) for name in names]]
        rows += [[_cell(word(name, row.get(name))) for name in names] for row in quality.inputs]
        lines += [say("quality_inputs"), *aligned(rows), ""]
    for severity, code in (
        ("error", "quality_errors"),
        ("warning", "quality_warnings"),
        ("info", "quality_infos"),
    ):
        found = [one for one in quality.faults if one.severity == severity]
        if found:
            lines += [say(code), *_fault_lines(found), ""]
    return [*lines, quality_line(quality)]


def quality_line(quality: QualityReport) -> str:
    """Return one line with the number of findings."""
    severities = [one.severity for one in quality.faults]
    counts = {f"{name}s": severities.count(name) for name in ("error", "warning", "info")}
    return say("cli_quality_counts", counts)


def _fault_lines(faults: Sequence[Fault]) -> Iterable[str]:
    for one in faults[:_FAULTS_SHOWN]:
        yield "  - " + one.text().replace("\n", "\n    ")
    if len(faults) > _FAULTS_SHOWN:
        yield say("cli_more_findings", {"count": len(faults) - _FAULTS_SHOWN})


def _rule_lines(rule: Mapping[str, object], pass_mark: float | None) -> Iterable[str]:
    yield say("cli_rule", {"name": rule.get("name"), "limit": rule.get("limit_text")})
    shares = [
        say("cli_share", {"weight": say(_WEIGHT_NAMES[weight]), "share": percent(share)})
        for weight in WEIGHTS
        if (share := rule.get(f"coverage_{weight}_share")) is not None
    ]
    yield say("cli_shares", {"shares": say("page_comma").join(shares)})
    yield say("cli_floor", {"share": percent(rule.get("floor_count_share"))})
    yield say("cli_verdicts", {name: _count(rule.get(name)) for name in _COUNTS})
    if rule.get("minutes_p50") is not None:
        yield say(
            "cli_minutes",
            {"p50": minutes(rule.get("minutes_p50")), "p90": minutes(rule.get("minutes_p90"))},
        )
    if pass_mark is not None:
        passes = rule.get("passes")
        code = "cli_not_judged" if passes is None else "cli_passed" if passes else "cli_failed"
        yield say(code, {"mark": percent(pass_mark)})


def _pass_mark(result: StudyResult, rule: Mapping[str, object]) -> float | None:
    marks = [one.pass_mark for one in result.params.rules if one.name == rule.get("name")]
    return marks[0] if marks else None


def _subdistrict_lines(result: StudyResult) -> Iterable[str]:
    """Say the first rule in full, then all rules side by side."""
    table = pd.DataFrame(result.tables.get("subdistricts", pd.DataFrame()))
    rules = [
        rule for rule in result.params.rules if len(table) and (table["rule"] == rule.name).any()
    ]
    if not rules:
        return
    yield ""
    yield say("cli_by_subdistrict", {"rule": rules[0].name})
    yield from (
        f"  {line}" for line in aligned(_first_rule_rows(table[table["rule"] == rules[0].name]))
    )
    if len(rules) > 1:
        weight = _weights_there(table)[-1]
        yield ""
        yield say("cli_rules_compared", {"weight": say(_WEIGHT_NAMES[weight])})
        names = [rule.name for rule in rules]
        yield from (f"  {line}" for line in aligned(_compared_rows(table, names, weight)))


def _weights_there(table: pd.DataFrame) -> list[str]:
    return [
        weight
        for weight in ("count", "residents")
        if (name := f"coverage_{weight}_share") in table and table[name].notna().any()
    ]


def _first_rule_rows(part: pd.DataFrame) -> list[list[str]]:
    counts = [name for name in _COLUMN_TITLES if name in part]
    weights = _weights_there(part)
    rows = [
        [
            say("cli_column_subdistrict"),
            *[say(_COLUMN_TITLES[name]) for name in counts],
            *[say("page_coverage_of", {"weight": say(_WEIGHT_NAMES[one])}) for one in weights],
        ]
    ]
    for row in part.to_dict("records"):
        figures = [_count(row[name]) for name in counts]
        shares = [percent(row[f"coverage_{weight}_share"]) for weight in weights]
        rows.append([str(row["name"]), *figures, *shares])
    return rows


def _compared_rows(table: pd.DataFrame, rules: Sequence[str], weight: str) -> list[list[str]]:
    column = f"coverage_{weight}_share"
    wide = table.pivot(index=["subdistrict_id", "name"], columns="rule", values=column)
    rows = [[say("cli_column_subdistrict"), *rules]]
    for row in wide.reset_index().to_dict("records"):
        rows.append([str(row["name"]), *[percent(row[rule]) for rule in rules]])
    return rows


_COLUMN_TITLES = {
    "buildings_count": "cli_column_buildings",
    "stations_count": "cli_column_stations",
    "covered_count": "cli_column_covered",
    "uncovered_count": "cli_column_uncovered",
    "unknown_count": "cli_column_unknown",
    "outside_count": "cli_column_outside",
}


def _named(folder: Path, files: Sequence[str]) -> Iterable[tuple[str, str]]:
    titles = {
        "map.html": "cli_file_map",
        "tables.xlsx": "cli_file_workbook",
        "layers.gpkg": "cli_file_layers",
        "quality.html": "cli_file_quality",
    }
    for file, code in titles.items():
        if file in files or (folder / file).exists():
            yield say(code), file


def _count(value: object) -> str:
    return "—" if value is None or pd.isna(value) else f"{int(str(value).split('.')[0]):,}"  # type: ignore[call-overload]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
