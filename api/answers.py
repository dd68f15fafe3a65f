"""Answers as bytes: JSON without NaN, tables as records."""

from __future__ import annotations

import orjson
import pandas as pd
from fastapi.responses import Response

from geo.plain_json import plain


def json_response(content: object, status: int = 200, media: str = "application/json") -> Response:
    """Write plain values as JSON; what is not a number becomes null."""
    return Response(orjson.dumps(content), status, media_type=media)


def records(frame: pd.DataFrame) -> list[object]:
    """Turn a table into plain records; what is missing is null."""
    columns = [_plain(frame[name]) for name in frame.columns]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: pd.Series) -> list[object]:
    """Turn a column into plain values; orjson writes what is no number as null."""
    if column.dtype.kind in "fiub":
        return list(column.tolist())
    return [plain(one) for one in column.tolist()]
