"""Files of a study as they come: known by their names, one by one or in zips, with limits; nothing else is kept."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from api.problems import TooMuchError
from geo.errors import Fault, InputError, fault, raise_if_any
from geo.read.limits import BROKEN_ZIP, require_unpackable, unreadable
from geo.study_file import INPUTS

# Names by which a file is known, as planners call what is in it.
WORDS = {
    "subdistricts": ("街道", "镇街", "街道界线"),
    "communities": ("社区", "社区界线"),
    "buildings": ("建筑", "楼栋", "建筑轮廓"),
    "stations": ("阵地", "站点", "阵地登记表"),
    "network": ("路网", "道路", "roads"),
    "entrances": ("出入口",),
    "barriers": ("阻隔",),
    "compounds": ("院落", "封闭小区"),
    "corrections": ("路网修正",),
    "candidates": ("备选点位",),
    "links": ("连通项目",),
    "elevation": ("高程",),
    "exclude": ("不显示范围",),
}
ZONES = ("片区", "园区", "商圈", "网格", "zones")
REQUIRED = ("subdistricts", "buildings", "stations", "network")
_OSM = (".osm.pbf", ".pbf", ".osm")
_TABLES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".txt", ".tsv")
# no .tab: it may name files elsewhere
_MAIN = (
    *_OSM, *_TABLES, ".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz", ".dxf", ".mif", ".fgb", ".parquet",
    ".geoparquet", ".tif", ".tiff", ".zip",
)  # fmt: skip
_PARTS = {".shp": (".dbf", ".shx", ".prj", ".cpg"), ".mif": (".mid",)}
_BESIDE = tuple(one for parts in _PARTS.values() for one in parts)
_BUNDLE = ".zip"


@dataclass
class Received:
    """What came of an upload.

    Attributes
    ----------
    files
        Section -> name of its file; ``zones:NAME`` for reporting polygons.
    ignored
        Names that nobody knows.
    size
        Bytes written.
    """

    files: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    size: int = 0


class Intake:
    """Takes files into a folder.

    Parameters
    ----------
    folder
        Their place.
    most_bytes, most_files
        Of all together, unpacked.
    """

    def __init__(self, folder: Path, most_bytes: int, most_files: int) -> None:
        self._folder, self._most_bytes, self._most_files = folder, most_bytes, most_files
        self._written: set[str] = set()
        self.received = Received()

    def take(self, name: str, stream: IO[bytes]) -> None:
        """Take one file, or a zip of several; of its name only the last part counts.

        Raises
        ------
        InputError
            When a zip is broken, or two files are the same section.
        TooMuchError
            When it is more than may be.
        """
        bare = bare_name(name)
        if section_of(bare) is None and bare.lower().endswith(_BUNDLE):
            self._unpack(bare, stream)
        else:
            self._keep(bare, stream)

    def _unpack(self, name: str, stream: IO[bytes]) -> None:
        path = self._folder / ".bundle.zip"
        try:
            self._copy(stream, path)
            # Chinese Windows writes names in GBK without saying so
            with zipfile.ZipFile(path, metadata_encoding="gb18030") as archive:
                require_unpackable(archive, path, "studies")
                entries = [one for one in archive.infolist() if _counts(one)]
                size = sum(one.file_size for one in entries)
                if len(entries) > self._most_files or size + self.received.size > self._most_bytes:
                    self._too_much()
                for one in entries:
                    with archive.open(one) as inner:
                        self._keep(bare_name(one.filename), inner)
        except BROKEN_ZIP as error:
            raise unreadable(Path(name), "studies", error) from error
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, bare: str, stream: IO[bytes]) -> None:
        section = section_of(bare)
        if section is None:
            self.received.ignored.append(bare[:100])
            return
        stem, suffix = split_name(bare)
        # a name of our own making: what somebody sent leads nowhere
        name = f"{stem}{suffix}"
        if name in self._written:
            raise InputError(fault("upload_twice", name=name))
        if len(self._written) >= self._most_files:
            self._too_much()
        self._written.add(name)
        if suffix not in _BESIDE:
            if section in self.received.files:
                other = self.received.files[section]
                raise InputError(fault("upload_two_of", first=other, second=name))
            self.received.files[section] = name
        self.received.size += self._copy(stream, self._folder / name)

    def _copy(self, stream: IO[bytes], path: Path) -> int:
        size = 0
        with path.open("wb") as out:
            while block := stream.read(1 << 20):
                size += len(block)
                if self.received.size + size > self._most_bytes:
                    self._too_much()
                out.write(block)
        return size

    def _too_much(self) -> None:
        megabytes = f"{self._most_bytes / (1 << 20):,.0f}"
        raise TooMuchError(fault("upload_too_much", megabytes=megabytes, files=self._most_files))


def bare_name(name: str) -> str:
    """Return the last part of a name, whatever separates its parts."""
    return PurePosixPath(name.replace("\\", "/")).name


def split_name(bare: str) -> tuple[str, str]:
    """Split a bare name into stem and ending; ``.osm.pbf`` is one ending."""
    lower = bare.lower()
    for suffix in (*_OSM, *_MAIN, *_BESIDE):
        if lower.endswith(suffix):
            return bare[: -len(suffix)], suffix
    return bare, ""


def section_of(bare: str) -> str | None:
    """Return the section that a file is by its name, None for a name nobody knows."""
    stem, suffix = split_name(bare)
    if not suffix or not stem or any(ord(sign) < ord(" ") for sign in stem):
        return None
    for section in INPUTS:
        if stem == section or stem in WORDS.get(section, ()):
            return section
    if stem.startswith(ZONES) and not set(stem) & set('<>:"/\\|?*'):
        return f"zones:{stem}"
    return None


def known_files(folder: Path) -> Received:
    """Find the files of a study in a folder of this machine, by the same names.

    Raises
    ------
    InputError
        When two files are the same section.
    """
    found = Received()
    for path in sorted(folder.iterdir()):
        section = section_of(path.name) if path.is_file() else None
        if section is None or split_name(path.name)[1] in _BESIDE:
            continue
        if section in found.files:
            raise InputError(fault("upload_two_of", first=found.files[section], second=path.name))
        found.files[section] = path.name
    return found


def require_all(received: Received) -> None:
    """Refuse an upload that lacks what a study cannot do without.

    Raises
    ------
    InputError
        Naming every file that is missing.
    """
    raise_if_any(_missing(received))


def sources(received: Received) -> dict[str, object]:
    """Return the input sections of the study file."""
    table: dict[str, object] = {}
    zones = []
    for section, name in sorted(received.files.items()):
        key = "osm" if name.lower().endswith(_OSM) else "path"
        kind, _, zone = section.partition(":")
        if kind == "zones":
            zones.append({"name": zone, key: name})
        else:
            table[section] = {key: name}
    if zones:
        table["zones"] = zones
    return table


def _missing(received: Received) -> Iterator[Fault]:
    files = received.files
    ignored = "、".join(received.ignored[:10]) or "—"
    for section in REQUIRED:
        if section not in files:
            words = "、".join(WORDS[section][:2])
            yield fault("upload_missing", section=section, words=words, ignored=ignored)


def _counts(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and "__MACOSX" not in PurePosixPath(entry.filename).parts


def remove(folder: Path) -> None:
    """Remove what an upload that was refused has left."""
    shutil.rmtree(folder, ignore_errors=True)
