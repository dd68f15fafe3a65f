"""Damaged and hostile files: a result or one clear error, never a traceback, a hang or a gigabyte."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from geo.errors import ServiceCircleError
from geo.params import Source
from tests.fuzz_files import (
    KINDS,
    damaged,
    damaged_parts,
    whole_files,
    workbook_with,
    zip_bomb,
)

resource = pytest.importorskip("resource")  # not on Windows
SECONDS, MEGABYTES = 10.0, 1024
PATIENCE = 60.0  # of the clock, before a reader is taken to hang
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)


def read(kind: str, path: Path) -> None:
    """Read a file as the study would read one of its kind."""
    from geo.network.osm import raw_from_osm
    from geo.read.buildings import read_buildings
    from geo.read.osm import OsmExtract
    from geo.read.stations import read_stations
    from geo.study_file import read_study_file

    if kind == "toml":
        read_study_file(path)
    elif kind == "pbf":
        raw_from_osm(OsmExtract(path), "EPSG:4547")
    elif kind in ("csv", "xlsx", "xls"):
        read_stations(Source("stations", path=path, crs="gcj02"))
    else:
        read_buildings(Source("buildings", path=path))


def peak_megabytes() -> float:
    """Most memory this process has had since it began; what the system counts for it starts from its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text("ascii").splitlines() if "VmHWM" in one)
        return float(line.split()[1]) / 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def trial(kind: str, path: Path) -> str:
    """Return what goes wrong with a file in a way that it must not; empty when all is well."""
    begun = time.process_time()  # other work on the machine does not count
    try:
        read(kind, path)
    except ServiceCircleError as error:
        if not str(error).strip():
            return "an error without a word"
    except BaseException:  # noqa: BLE001 - whatever gets out is what this looks for
        return traceback.format_exc(limit=-4)
    took = time.process_time() - begun
    if took > SECONDS:
        return f"took {took:.1f} s"
    peak = peak_megabytes()
    return f"{peak:.0f} MB" if peak > MEGABYTES else ""


def serve(pipe: Connection) -> None:
    """Try file after file in a process of its own, which may hang or die."""
    while True:
        kind, path = pipe.recv()
        pipe.send(trial(kind, Path(path)))


class Reader:
    """A process that reads files; a new one when it hangs or dies."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def stop(self) -> None:
        self.process.kill()
        self.process.join()

    def __call__(self, kind: str, path: Path) -> str:
        """Return what went wrong, empty for nothing."""
        self.pipe.send((kind, str(path)))
        try:
            if self.pipe.poll(PATIENCE):
                said: str = self.pipe.recv()
                if said.endswith("MB"):  # the next file starts from little memory again
                    self.stop()
                    self.start()
                return said
            said = "hangs"
        except EOFError:
            said = "died"
        self.stop()
        self.start()
        return said


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One process for all trials."""
    one = Reader()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Sound files, one of every kind."""
    return whole_files(tmp_path_factory.mktemp("whole"))


def attempt(reader: Reader, kind: str, whole: dict[str, Path], seed: int) -> str:
    """Damage one file, read it, put it back."""
    draw = Random(f"{kind} {seed}")
    path = whole[kind]
    content = path.read_bytes()
    inside = kind == "xlsx" and draw.random() < 0.7
    path.write_bytes((damaged_parts if inside else damaged)(content, draw))
    try:
        wrong = reader("shp" if kind == "dbf" else kind, whole["shp"] if kind == "dbf" else path)
    finally:
        path.write_bytes(content)
    return f"{kind} {seed}: {wrong}" if wrong else ""


def failures(reader: Reader, whole: dict[str, Path], count: int, first: int = 0) -> list[str]:
    """Try so many files in all, the kinds in turn."""
    tried = [
        attempt(reader, KINDS[number % len(KINDS)], whole, first + number)
        for number in range(count)
    ]
    return [one for one in tried if one]


def test_sound_files_are_read(reader: Reader, whole: dict[str, Path]) -> None:
    for kind in KINDS:
        assert reader(kind, whole["shp" if kind == "dbf" else kind]) == "", kind


def test_damaged_files_give_a_result_or_one_clear_error(
    reader: Reader, whole: dict[str, Path]
) -> None:
    wrong = failures(reader, whole, 200)
    assert wrong == [], "\n".join(wrong)


@pytest.mark.slow
def test_two_thousand_damaged_files(reader: Reader, whole: dict[str, Path]) -> None:
    wrong = failures(reader, whole, 2000, first=10_000)
    assert wrong == [], "\n".join(wrong)


def hostile(name: str, folder: Path) -> tuple[str, Path, str]:
    """Write a hostile file; returns its kind, its place, and what must be said of it."""
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>名称</t></is></c></row>'
    if name == "zip bomb":
        path, kind, said = folder / "bomb.zip", "zip", "解压后"
        path.write_bytes(zip_bomb(3000, "layer.geojson"))
    elif name == "workbook bomb":
        path, kind, said = folder / "bomb.xlsx", "xlsx", "解压后"
        path.write_bytes(workbook_with(SHEET.format("<sheetData/>"), padding_mb=1500))
    elif name == "last cell":
        path, kind, said = folder / "last.xlsx", "xlsx", "行"
        cell = row.format(1) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        path.write_bytes(workbook_with(SHEET.format(f"<sheetData>{cell}</sheetData>")))
    elif name == "billion rows":
        path, kind, said = folder / "rows.xlsx", "xlsx", ""
        cells = row.format(1) + '<row r="1000000000"><c r="A1000000000"><v>1</v></c></row>'
        body = f'<dimension ref="A1:XFD1000000000"/><sheetData>{cells}</sheetData>'
        path.write_bytes(workbook_with(SHEET.format(body)))
    else:
        path, kind, said = folder / "merged.xlsx", "xlsx", ""
        merged = '<mergeCells count="1"><mergeCell ref="A1:A1048576"/></mergeCells>'
        body = f'<dimension ref="A1:A1048576"/><sheetData>{row.format(1)}</sheetData>{merged}'
        path.write_bytes(workbook_with(SHEET.format(body)))
    return kind, path, said


@pytest.mark.parametrize(
    "name", ["zip bomb", "workbook bomb", "last cell", "billion rows", "merged to the end"]
)
def test_hostile_files_are_refused_in_good_time(reader: Reader, tmp_path: Path, name: str) -> None:
    kind, path, said = hostile(name, tmp_path)
    assert reader(kind, path) == ""
    if said:
        with pytest.raises(ServiceCircleError, match=said):
            read(kind, path)


@pytest.mark.parametrize("said", ["an error without a word", "ZeroDivisionError", "hangs", "died"])
def test_the_trial_can_fail(said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def bad(*_: object) -> None:
        if said.startswith("an"):
            raise ServiceCircleError
        raise ZeroDivisionError(said)

    monkeypatch.setattr("tests.test_fuzz.read", bad)
    assert said in trial("csv", tmp_path / "x.csv")


def test_two_columns_of_one_name_are_kept_apart(whole: dict[str, Path]) -> None:
    from geo.read.vector import read_vector

    table = whole["dbf"]
    content = table.read_bytes()
    first, second = (content[32 * n : 32 * n + 11] for n in (1, 2))
    table.write_bytes(content.replace(second, first, 1))
    try:
        names = list(read_vector(whole["shp"], None, "buildings").frame.columns)
    finally:
        table.write_bytes(content)
    assert len(set(names)) == len(names) == 3


def test_a_name_longer_than_any_file_is_missing(whole: dict[str, Path], tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    text = whole["toml"].read_text(encoding="utf-8")
    study.write_text(text.replace("buildings.geojson", "建" * 300), encoding="utf-8")
    with pytest.raises(ServiceCircleError, match="文件不存在"):
        read("toml", study)
