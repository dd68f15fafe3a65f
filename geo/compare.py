"""Two results side by side (较前一结果): every figure before and after, what moved it, and the buildings that flip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.attribution import CAUSES, Figures, changed_causes, staged
from geo.messages import language
from geo.progress import Progress, silent
from geo.result import StudyResult
from geo.rounding import minutes_up, share_down
from geo.tables import columns

UNIT_KINDS = {"subdistricts": "subdistrict", "communities": "community", "zones": "zone"}
COUNTS = ("buildings_count", "covered_count", "uncovered_count", "unknown_count", "outside_count")
SAME = 1e-6  # coordinates brought into degrees and back move shares less
_KEY = ["unit_kind", "unit_id", "rule", "figure"]
FLIP_COLUMNS = (
    "building_id", "name", "subdistrict_id", "rule", "direction", "verdict_before", "verdict_after", "minutes_before",
    "minutes_after", "metres_before", "metres_after", "residents",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What changed between two results.

    Attributes
    ----------
    change
        One row a (unit, rule, figure) of either result: ``unit_kind, unit_id, name, rule, figure, before, after,
        change``, then a column for each of `CAUSES` (``by_…``) that sum to the change.
    flips
        One row a (building of both results, rule) whose verdict changes; columns `FLIP_COLUMNS`.
    causes
        Which of `CAUSES` differ at all.
    buildings_new_count, buildings_gone_count
        Buildings that only the later, only the earlier result has.
    rules_new, rules_gone
        Rules that only the later, only the earlier result has.
    """

    change: pd.DataFrame
    flips: pd.DataFrame
    causes: tuple[str, ...]
    buildings_new_count: int
    buildings_gone_count: int
    rules_new: tuple[str, ...]
    rules_gone: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by the names of the result folder."""
        return {"change": self.change, "change_buildings": self.flips}


def compare(before: StudyResult, after: StudyResult, progress: Progress = silent) -> Comparison:
    """Compare two results.

    Raises
    ------
    InputError
        When the two were worked out in different grids.
    NotFoundError
        When one lacks its network or inputs.
    """
    one, two = _figures_of(before), _figures_of(after)
    index = one.index.union(two.index, sort=False)
    first, last = one.reindex(index), two.reindex(index)
    causes = changed_causes(before, after)
    # mixed studies have no isochrones: what is read off them cannot be told apart
    parts = staged(before, after, _long_series, first, last, progress)
    table = index.to_frame(index=False)
    table.insert(2, "name", _names(before, after, table))
    table["before"] = first.to_numpy()
    table["after"] = last.to_numpy()
    table["change"] = table["after"] - table["before"]
    for cause in CAUSES:
        table[f"by_{cause}"] = parts[cause].to_numpy()
    ids = [set(one.buildings["building_id"].astype(str)) for one in (before, after)]
    rules = [tuple(rule.name for rule in one.params.rules) for one in (before, after)]
    return Comparison(
        table,
        _flips(before, after),
        causes,
        len(ids[1] - ids[0]),
        len(ids[0] - ids[1]),
        tuple(one for one in rules[1] if one not in rules[0]),
        tuple(one for one in rules[0] if one not in rules[1]),
    )


def is_figure(column: str) -> bool:
    """Whether a column of a unit table is a figure to compare."""
    return (
        column in COUNTS
        or column in ("stations_count", "minutes_mean", "minutes_p50", "minutes_p90")
        or column.endswith("_share")
    )


def most_changed(change: pd.DataFrame, rule: str, figure: str, most: int) -> pd.DataFrame:
    """Return the sub-districts whose figure changed most under a rule, the largest change first."""
    chosen = change[
        (change["unit_kind"] == "subdistrict")
        & (change["rule"] == rule)
        & (change["figure"] == figure)
        & (change["change"].abs() > SAME)
    ]
    order = chosen["change"].abs().rename("size").to_frame().assign(id=chosen["unit_id"])
    order = order.sort_values(["size", "id"], ascending=[False, True])
    worst: pd.DataFrame = chosen.loc[order.index[:most]]
    return worst


def measured_figure(result: StudyResult, rule: str) -> str:
    """Return the coverage share that a rule is measured by; buildings where its weight is not known."""
    weights = {one.name: one.weight for one in result.params.rules}
    figure = f"coverage_{weights.get(rule, 'count')}_share"
    known = result.subdistricts
    return figure if figure in known and known[figure].notna().any() else "coverage_count_share"


def _figures_of(result: StudyResult) -> pd.Series:
    """Return all figures of a result, one value a key."""
    rules = result.summary.get("rules")
    study = pd.DataFrame(rules if isinstance(rules, list) else [])
    return _long_series(
        {"study": study, **{name: result.tables[name] for name in _tables(result.tables)}}
    )


def _tables(names: Iterable[str]) -> list[str]:
    return [one for one in UNIT_KINDS if one in names]


def _long_series(tables: Figures) -> pd.Series:
    """Lay tables of figures out as one value a (unit kind, unit, rule, figure)."""
    study = pd.DataFrame(tables["study"])
    parts = [_long(study.assign(unit_id="study", rule=study["name"]), "study")]
    for name in _tables(tables):
        kind = UNIT_KINDS[name]
        frame = pd.DataFrame(tables[name])
        parts.append(_long(frame.assign(unit_id=frame[f"{kind}_id"].astype(str)), kind))
    long = pd.concat(parts, ignore_index=True)
    return long.drop_duplicates(_KEY).set_index(_KEY)["value"]


def _long(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    figures = [name for name in frame.columns if is_figure(str(name))]
    kept = frame[["unit_id", "rule", *figures]].copy()
    for name in figures:
        kept[name] = pd.to_numeric(kept[name], errors="coerce").astype(np.float64)
    long = kept.melt(["unit_id", "rule"], var_name="figure", value_name="value")
    return long.assign(unit_kind=kind)


def _names(before: StudyResult, after: StudyResult, table: pd.DataFrame) -> list[str]:
    """Name every unit as the later result does, else as the earlier one did."""
    names = {("study", "study"): after.params.name}
    for result in (before, after):
        for section in _tables(result.tables):
            kind = UNIT_KINDS[section]
            units = result.tables[section].drop_duplicates(f"{kind}_id")
            for one, name in zip(units[f"{kind}_id"], units["name"], strict=True):
                names[kind, str(one)] = str(name)
    pairs = zip(table["unit_kind"], table["unit_id"], strict=True)
    return [names.get((str(kind), str(one)), "") for kind, one in pairs]


def _flips(before: StudyResult, after: StudyResult) -> pd.DataFrame:
    """List the buildings of both results whose verdict changes, rule by rule."""
    columns = ["building_id", "rule", "verdict", "minutes", "metres"]
    one = pd.DataFrame(before.buildings[columns])
    two = pd.DataFrame(after.buildings[[*columns, "name", "subdistrict_id", "residents"]])
    both = two.merge(
        one, on=["building_id", "rule"], suffixes=("_after", "_before"), validate="one_to_one"
    )
    flips = both[both["verdict_before"] != both["verdict_after"]].reset_index(drop=True)
    gained = flips["verdict_after"] == "covered"
    lost = flips["verdict_before"] == "covered"
    direction = np.select([gained, lost], ["gained", "lost"], default="other")
    return flips.assign(direction=direction.astype(object))[list(FLIP_COLUMNS)]


def printed(change: pd.DataFrame) -> pd.DataFrame:
    """Return the table as a person reads it: shares in points, rounded down, so that the parts still add up."""
    table = change.copy()
    share = table["figure"].str.endswith("_share").to_numpy(dtype=bool)
    minutes = table["figure"].str.startswith("minutes_").to_numpy(dtype=bool)
    steps = [table["before"].to_numpy(dtype=np.float64)]
    for cause in CAUSES:
        steps.append(steps[-1] + table[f"by_{cause}"].to_numpy(dtype=np.float64))
    shown = [_shown(one, share, minutes) for one in steps]
    for place, cause in enumerate(CAUSES):
        table[f"by_{cause}"] = np.round(shown[place + 1] - shown[place], 6)
    before, after = shown[0], _shown(table["after"].to_numpy(dtype=np.float64), share, minutes)
    table["before"], table["after"], table["change"] = before, after, np.round(after - before, 6)
    column = columns()
    units = {name: column[name].unit if name in column else "" for name in table["figure"].unique()}
    labels = {name: _label(name) for name in units}
    place = table.columns.tolist().index("figure")
    table.insert(place + 1, "figure_unit", table["figure"].map(units))
    table["figure"] = table["figure"].map(labels)
    return table.drop(columns="unit_id")


def _shown(
    values: npt.NDArray[np.float64], share: npt.NDArray[np.bool_], minutes: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    # the hair that steps of a sum may fall short of the value they lead to is far below what is printed
    settled = np.round(values, 9)
    points = np.where(share, np.round(share_down(settled) * 100.0, 1), settled)
    return np.asarray(np.where(minutes, minutes_up(settled), points), dtype=np.float64)


def _label(name: str) -> str:
    column = columns().get(name)
    if column is None:
        return name
    return column.zh if language() == "zh" else column.en
