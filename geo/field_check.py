"""Measured minutes read back from a field sheet: how far, and how surely, the prediction is off."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from geo.errors import Fault, InputError, fault
from geo.read.headers import plain_header
from geo.read.raw import require_file
from geo.read.sheets import WORKBOOK_FORMATS, read_sheets

SECTION = "field_check"
# Headers of the sheet that is printed; found again whatever the language of the run.
BUILDING, STATION, PREDICTED, MEASURED = "建筑编号", "站点编号", "预测分钟", "实测分钟"
LIMIT, RULE = "时限分钟", "评价标准"
WALKS_SHEET = "实地核对"
_ENOUGH = 5
_SURE = 0.95
_TANGIBLE_MIN = 0.5
_LONGEST_MIN = 240.0
_CLOCK = re.compile(r"^(\d{1,3}):(\d{1,2})(?::00)?$")
_NUMBER = r"(\d+(?:\.\d+)?)"
_WORDS = re.compile(rf"^(?:{_NUMBER}(?:分钟|分|min|'|′))?(?:{_NUMBER}(?:秒|s|\"|″))?$")
_BARE = re.compile(rf"^{_NUMBER}()$")
Floats = npt.NDArray[np.float64]


def read_field_sheet(path: Path) -> tuple[dict[str, object], list[Fault]]:
    """Read a filled-in field sheet.

    Returns
    -------
    figures, faults
        ``file, rule, count, bias_min`` (mean of measured less predicted) with its interval of 95 % ``bias_low_min,
        bias_high_min``, ``spread_min`` (standard deviation), ``largest_min``, ``within_one_share``,
        ``changed_count`` (walks that the limit parts otherwise when measured), ``factor`` (measured over predicted)
        and ``rows``; plain JSON values. None stands for what one walk cannot tell.

    Raises
    ------
    InputError
        When the file is no field sheet, or nothing was filled in.
    """
    require_file(path, SECTION)
    if path.suffix.lower() not in WORKBOOK_FORMATS:
        raise InputError(fault("field_sheet_format", file=path.name))
    wanted = {
        name: plain_header(name) for name in (BUILDING, STATION, PREDICTED, MEASURED, LIMIT, RULE)
    }
    raw = read_sheets(path, WALKS_SHEET, SECTION, frozenset(wanted.values()))
    theirs = {plain_header(str(name)): name for name in raw.frame.columns}
    missing = [name for name, plain in wanted.items() if plain not in theirs]
    if missing:
        raise InputError(fault("field_sheet_columns", file=path.name, columns="、".join(missing)))
    table = pd.DataFrame({name: raw.frame[theirs[plain]] for name, plain in wanted.items()})
    table["row"] = raw.row
    said = table[MEASURED].notna()
    measured = table[MEASURED].map(minutes_of, na_action="ignore").astype(float)
    predicted = table[PREDICTED].map(minutes_of, na_action="ignore").astype(float)
    limit = table[LIMIT].map(minutes_of, na_action="ignore").astype(float)
    good = measured.notna() & predicted.notna() & limit.notna()
    faults = []
    for row, value in table.loc[said & ~good, ["row", MEASURED]].itertuples(index=False):
        faults.append(
            fault("field_minutes_bad", "warning", file=path.name, row=int(row), value=value)
        )
    if not good.any():
        raise InputError(*[*faults, fault("field_sheet_blank", file=path.name)])
    rows = table[good].assign(
        predicted_min=predicted[good], measured_min=measured[good], limit_min=limit[good]
    )
    figures = {"file": path.name, "rule": str(rows[RULE].iloc[0]), **compared(rows)}
    return figures, [*faults, *_remarks(figures, int((~said).sum()))]


def minutes_of(text: object) -> float:
    """Read minutes as people write them; nan for what they cannot be.

    >>> [minutes_of(one) for one in ("8.5", "8分30秒", "8:30", "０８:30:00", "8′", "90秒", "很久")]
    [8.5, 8.5, 8.5, 8.5, 8.0, 1.5, nan]
    """
    plain = unicodedata.normalize("NFKC", str(text)).replace(" ", "")
    found = _CLOCK.match(plain) or _BARE.match(plain) or _WORDS.match(plain)
    if found is None:
        return float("nan")
    minutes = float(found[1] or 0.0) + float(found[2] or 0.0) / 60.0
    return minutes if 0.0 < minutes <= _LONGEST_MIN else float("nan")


def compared(rows: pd.DataFrame) -> dict[str, object]:
    """Compare ``measured_min`` with ``predicted_min`` (and ``limit_min``), row by row and together."""
    predicted, measured = (
        rows["predicted_min"].to_numpy(float),
        rows["measured_min"].to_numpy(float),
    )
    limit = rows["limit_min"].to_numpy(float)
    difference: Floats = measured - predicted
    count, bias = len(difference), float(difference.mean())
    several = count > 1
    spread = float(difference.std(ddof=1)) if several else None
    half = None
    if spread is not None:
        half = float(student.ppf((1.0 + _SURE) / 2.0, count - 1)) * spread / count**0.5
    return {
        "count": count,
        "bias_min": round(bias, 2),
        "bias_low_min": None if half is None else round(bias - half, 2),
        "bias_high_min": None if half is None else round(bias + half, 2),
        "spread_min": None if spread is None else round(spread, 2),
        "largest_min": round(float(np.abs(difference).max()), 2),
        "within_one_share": round(float((np.abs(difference) <= 1.0).mean()), 4),
        "changed_count": int(((predicted <= limit) != (measured <= limit)).sum()),
        "factor": round(float(measured.sum() / predicted.sum()), 3),
        "rows": [
            {
                "building_id": str(building),
                "station_id": str(station),
                "predicted_min": round(float(p), 2),
                "measured_min": round(float(m), 2),
                "difference_min": round(float(d), 2),
            }
            for building, station, p, m, d in zip(
                rows[BUILDING], rows[STATION], predicted, measured, difference, strict=True
            )
        ],
    }


def _remarks(figures: dict[str, object], blank: int) -> list[Fault]:
    params = {name: value for name, value in figures.items() if name != "rows"}
    faults = []
    if blank:
        faults.append(fault("field_rows_blank", "info", file=figures["file"], count=blank))
    count, low, high = figures["count"], figures["bias_low_min"], figures["bias_high_min"]
    if not isinstance(count, int) or count < _ENOUGH or not isinstance(low, float):
        return [*faults, Fault("field_too_few", {**params, "enough": _ENOUGH}, "info")]
    if not isinstance(high, float) or low <= 0.0 <= high or abs(low + high) / 2.0 < _TANGIBLE_MIN:
        return [*faults, Fault("field_agrees", params, "info")]
    return [*faults, Fault("field_bias", params, "warning")]
