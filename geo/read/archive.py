"""Layers inside a zip: unpacked under the names their makers meant (GBK or UTF-8), one layer to a zip."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from geo.errors import InputError, fault
from geo.read.limits import BROKEN_ZIP, require_unpackable, unreadable

_LAYERS = (".shp", ".gpkg", ".geojson", ".json", ".kml", ".tab", ".mif", ".dxf", ".parquet")


@contextmanager
def unpacked(path: Path, section: str) -> Iterator[Path]:
    """Yield the layer file inside a zip, unpacked for the time of the block; other files as they are.

    Raises
    ------
    InputError
        The zip is broken, or holds no layer or more than one.
    """
    if path.suffix.lower() != ".zip":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="servicecircle-") as folder:
        try:
            # Chinese Windows writes names in GBK without saying so
            with zipfile.ZipFile(path, metadata_encoding="gb18030") as archive:
                require_unpackable(archive, path, section)
                inner = _only_layer(archive, path, section)
                target = _extract(archive, inner, Path(folder))
        except BROKEN_ZIP as error:
            raise unreadable(path, section, error) from error
        yield target


def _only_layer(archive: zipfile.ZipFile, path: Path, section: str) -> PurePosixPath:
    found: set[PurePosixPath] = set()
    for name in archive.namelist():
        member = PurePosixPath(name)
        geodatabase = [p for p in (member, *member.parents) if p.suffix.lower() == ".gdb"]
        if "__MACOSX" in member.parts:
            continue
        if geodatabase:
            found.add(geodatabase[-1])
        elif member.suffix.lower() in _LAYERS:
            found.add(member)
    if len(found) != 1:
        code = "zip_several" if found else "zip_empty"
        present = "、".join(sorted(str(one) for one in found))
        raise InputError(fault(code, section=section, file=path.name, present=present))
    return found.pop()


def _extract(archive: zipfile.ZipFile, inner: PurePosixPath, folder: Path) -> Path:
    """Write the layer's files as ``layer.*``: plain names that no driver stumbles over."""
    target = folder / f"layer{inner.suffix.lower()}"
    is_folder = inner.suffix.lower() == ".gdb"
    for entry in archive.infolist():
        member = PurePosixPath(entry.filename)
        if entry.is_dir():
            continue
        if is_folder and inner in member.parents:
            # only the bare name: a path inside the zip cannot lead outside the folder
            place = target / member.name
        elif not is_folder and member.parent == inner.parent and member.stem == inner.stem:
            place = folder / f"layer{member.suffix.lower()}"
        else:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as stream, place.open("wb") as out:
            while block := stream.read(1 << 20):
                out.write(block)
    return target
