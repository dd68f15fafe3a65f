"""Answers as bytes: JSON without NaN, tables as records."""

from __future__ import annotations

import json

import pandas as pd
from fastapi.responses import Response

from geo.plain_json import plain


def json_response(content: object, status: int = 200, media: str = "application/json") -> Response:
    """Write plain values as JSON; whoever hands in a NaN made a mistake."""
    raw = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(raw.encode("utf-8"), status, media_type=media)


def records(frame: pd.DataFrame) -> list[object]:
    """Turn a table into plain records; what is missing is null."""
    return [plain(one) for one in frame.to_dict("records")]
