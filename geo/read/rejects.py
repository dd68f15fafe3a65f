"""Rows and values set aside while a file is read, each with sheet, row and a sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.messages import say
from geo.read.raw import RawTable
from geo.tables import reject_rows

Mask = npt.NDArray[np.bool_]


@dataclass
class Rejects:
    """Collects what is set aside; a row is set aside once, for the first reason found.

    Attributes
    ----------
    good
        Rows still in.
    """

    raw: RawTable
    section: str
    good: Mask = field(init=False)
    records: list[dict[str, object]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.good = np.ones(len(self.raw), bool)

    def rows(
        self, mask: Mask, code: str, *, column: str | pd.Series = "", value: object = ""
    ) -> None:
        """Set the rows of `mask` aside; `column` and `value` are one per row, or one for all."""
        mask = mask & self.good
        self._record(mask, code, column, value)
        self.good &= ~mask

    def values(self, mask: Mask, code: str, *, column: str | pd.Series, value: object) -> None:
        """Set only the values aside: the rows stay, with the value missing."""
        self._record(mask & self.good, code, column, value, suffix=say("reject_value_only"))

    def _record(
        self, mask: Mask, code: str, column: str | pd.Series, value: object, *, suffix: str = ""
    ) -> None:
        for i in np.flatnonzero(mask):
            shown = value.iloc[i] if isinstance(value, pd.Series) else value
            shown = "" if _is_missing(shown) else str(shown)
            header = str(column.iloc[i]) if isinstance(column, pd.Series) else column
            reason = say(code, {"value": shown, "column": header}) + suffix
            self.records.append(
                {
                    "input": self.section,
                    "sheet": self.raw.sheet[i] or "",
                    "row": int(self.raw.row[i]),
                    "column": header,
                    "value": shown,
                    "reason": reason,
                }
            )
            if not suffix:
                self.reasons[reason] += 1

    def table(self) -> pd.DataFrame:
        """Return the table of rejects in the order of the file."""
        frame = reject_rows(self.records)
        order = {id_: n for n, id_ in enumerate(dict.fromkeys(self.raw.sheet))}
        by = pd.DataFrame({"s": frame["sheet"].map(order), "r": frame["row"]})
        return frame.loc[by.sort_values(["s", "r"], kind="stable").index].reset_index(drop=True)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
