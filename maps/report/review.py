"""The 审图号: printed below the one picture whose SHA-256 the study names, and below no other."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from geo.messages import say

if TYPE_CHECKING:
    from geo.result import StudyResult


def reviewed_caption(result: StudyResult, png: bytes, caption: str) -> str:
    """Return a caption, with the number of the review where it is this very picture that was reviewed."""
    output = result.params.output
    if not output.map_review_no or "scenario_of" in result.manifest:
        return caption
    if hashlib.sha256(png).hexdigest() != output.map_review_of.strip().lower():
        return caption
    number = say("report_review_no", {"number": output.map_review_no})
    return f"{caption}　{number}" if caption else number
