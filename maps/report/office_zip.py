"""Word and slide files packed so that their bytes repeat: no clock, no order of chance, charts' workbooks alike."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

_MOMENT = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def repacked(document: bytes, stamp: str, without: tuple[str, ...] = ()) -> bytes:
    """Pack an Office file anew.

    Parameters
    ----------
    stamp
        Moment written as made and changed, ``YYYY-MM-DDThh:mm:ssZ``.
    without
        Parts to leave out; nothing may refer to them.
    """
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(document)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name in without:
                continue
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp.encode("ascii"), content)
            elif name.endswith(".xlsx"):
                content = repacked(content, stamp)
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # or it would name the system it was made on
            entry.external_attr = 0o644 << 16
            target.writestr(entry, content)
    return out.getvalue()


def fit(text: str) -> str:
    """Return text without the characters that no XML file may hold; names come from other people's files."""
    return _UNFIT.sub("", text)
