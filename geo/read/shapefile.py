"""What old tools leave unsaid or cut in a Shapefile's DBF: its encoding, and names of ten bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Language drivers (LDID) that name a code page; others mean "the code page of this machine" and say nothing to another.
_LANGUAGE_DRIVERS = {
    0x13: "CP932",
    0x7B: "CP932",
    0x4D: "GB18030",
    0x7A: "GB18030",
    0x4E: "CP949",
    0x79: "CP949",
    0x4F: "CP950",
    0x78: "CP950",
}
_ANSI_CODE_PAGES = (0x00, 0x03, 0x57)
_UNLABELLED = "GB18030"  # what old Chinese tools write without saying so
_SUFFIXES = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_HEADER, _FIELD, _NAME, _END = 32, 32, 11, 0x0D


def stated_encoding(path: Path) -> str | None:
    """Return the encoding of a Shapefile's texts: by language driver, then by .cpg, else GB18030.

    Returns
    -------
    str or None
        None leaves it to GDAL: the .cpg says it, or a driver of Western code pages.
    """
    parts = _parts(path)
    if ".dbf" not in parts:
        return None
    with parts[".dbf"].open("rb") as stream:
        head = stream.read(_HEADER)
    if len(head) < _HEADER:
        return None
    if head[29] in _LANGUAGE_DRIVERS:
        return _LANGUAGE_DRIVERS[head[29]]
    if ".cpg" in parts or head[29] not in _ANSI_CODE_PAGES:
        return None
    return _UNLABELLED


@contextmanager
def without_wrong_cpg(path: Path) -> Iterator[Path]:
    """Yield the Shapefile, or a copy without its .cpg where the language driver says something else.

    GDAL believes the .cpg, for the names of the fields even against the encoding it is told.
    """
    parts = _parts(path) if path.suffix.lower() == ".shp" else {}
    cpg = parts.pop(".cpg", None)
    stated = stated_encoding(path) if parts else None
    if cpg is None or stated is None or ".dbf" not in parts or _same(cpg, stated):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="servicecircle-") as folder:
        for suffix, part in parts.items():
            shutil.copyfile(part, Path(folder) / f"{path.stem}{suffix}")
        yield Path(folder) / f"{path.stem}.shp"


def _same(cpg: Path, encoding: str) -> bool:
    word = cpg.read_bytes()[:40].decode("ascii", errors="ignore").strip().upper()
    number = "936" if encoding == "GB18030" else encoding.removeprefix("CP")
    return number in word or (encoding == "GB18030" and word.startswith("GB"))


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
