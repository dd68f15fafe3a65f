"""What the readers of sub-districts, communities and zones share: people, names, codes."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from geo.errors import Fault, fault
from geo.read.schema import Field
from geo.read.values import TEXT
from geo.tables import ReadResult

PEOPLE = (
    Field(
        "residents",
        "number",
        ("常住人口", "常住人口数", "人口", "人口数", "总人口", "居住人口", "population", "pop"),
        least=0.0,
    ),
    Field(
        "workers",
        "number",
        ("从业人口", "从业人员", "就业人口", "就业人数", "就业岗位", "岗位数", "jobs"),
        least=0.0,
    ),
    Field("households", "number", ("户数", "总户数", "居民户数", "家庭户数"), least=0.0),
)
NAME = Field("name", "text", ("名称", "name:zh", "名字", "mc"))


def with_serial_ids(read: ReadResult, column: str, prefix: str) -> ReadResult:
    """Number the rows without an id (no such column, or its digits are lost); a nameless row bears its id."""
    frame = read.frame.copy()
    missing = frame[column].isna()
    if column in read.mapping and not missing.any():
        frame["name"] = frame["name"].fillna(frame[column])
        return replace(read, frame=frame)
    width = max(3, len(str(len(frame))))
    made = pd.Series([f"{prefix}{n:0{width}d}" for n in range(1, len(frame) + 1)], dtype=TEXT)
    frame[column] = frame[column].astype(TEXT).fillna(made)
    frame["name"] = frame["name"].fillna(frame[column])
    code = "ids_made_some" if column in read.mapping else "ids_made"
    first, count = str(made[missing].iloc[0]), int(missing.sum())
    note = fault(code, "info", column=column, first=first, count=count)
    return replace(read, frame=frame, faults=(*read.faults, note))


def with_long_codes(read: ReadResult, columns: tuple[str, ...]) -> ReadResult:
    """Write nine-digit sub-district codes with their three zeros, as twelve-digit files do."""
    frame, faults = read.frame.copy(), list[Fault]()
    for column in columns:
        short = frame[column].str.fullmatch(r"\d{9}").fillna(False).to_numpy(bool)
        if short.any():
            frame[column] = frame[column].where(~short, frame[column] + "000")
            faults.append(
                fault(
                    "codes_padded",
                    "info",
                    column=read.mapping.get(column, column),
                    count=int(short.sum()),
                )
            )
    return replace(read, frame=frame, faults=(*read.faults, *faults))
