"""What old tools leave unsaid or cut in a Shapefile's DBF: its encoding, and names of ten bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ANSI_CODE_PAGES = (0x00, 0x03, 0x57)  # "the code page of this machine": says nothing to another
_SUFFIXES = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_HEADER, _FIELD, _NAME, _END = 32, 32, 11, 0x0D


def states_no_encoding(path: Path) -> bool:
    """Whether neither language driver nor .cpg tells the encoding: old Chinese tools then mean GBK."""
    parts = _parts(path)
    if ".cpg" in parts or ".dbf" not in parts:
        return False
    with parts[".dbf"].open("rb") as stream:
        head = stream.read(_HEADER)
    return len(head) == _HEADER and head[29] in _ANSI_CODE_PAGES


@contextmanager
def with_whole_names(path: Path) -> Iterator[Path]:
    """Yield a copy whose UTF-8 field names end with a whole character.

    GDAL cuts names after ten bytes, through the middle of a Chinese character, and then cannot read them back.
    """
    with tempfile.TemporaryDirectory(prefix="servicecircle-") as folder:
        for suffix, part in _parts(path).items():
            shutil.copyfile(part, Path(folder) / f"layer{suffix}")
        table = Path(folder) / "layer.dbf"
        with table.open("r+b") as stream:
            at = stream.seek(_HEADER)
            while (entry := stream.read(_FIELD)) and entry[0] != _END and len(entry) == _FIELD:
                name = entry[:_NAME].split(b"\0")[0]
                whole = name.decode("utf-8", errors="ignore").encode("utf-8")
                stream.seek(at)
                stream.write(whole.ljust(_NAME, b"\0"))
                at += _FIELD
                stream.seek(at)
        yield Path(folder) / "layer.shp"


def _parts(path: Path) -> dict[str, Path]:
    """Return the files of one Shapefile by their lower-case suffix."""
    same = [part for part in path.parent.iterdir() if part.stem == path.stem and part.is_file()]
    same = [part for part in same if part.suffix.lower() in _SUFFIXES]
    return {part.suffix.lower(): part for part in sorted(same, reverse=True)}
