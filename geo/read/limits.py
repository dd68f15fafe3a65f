"""How large a file may be, said before it is read: files that unpack without end must not fill memory or disk."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from geo.errors import Fault, InputError, fault

MOST_TEXT_MB = 400
MOST_WORKBOOK_MB = 400
MOST_CELLS = 5_000_000
# Layers compress ten- to twentyfold; what unpacks a hundredfold is not a layer.
MOST_UNPACKED_MB, FREE_UNPACKED_MB, MOST_RATIO = 8_000, 200, 100
_MB = 1 << 20
_CHUNK = 1 << 20
_CELL = re.compile(rb'<c [^<>]*?\br="([A-Z]{1,3})([0-9]{1,12})"|<row [^<>]*?\br="([0-9]{1,12})"')
_OVERLAP = 400  # a tag cut by the end of a chunk is seen whole with the next
BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,  # a compression nobody uses
    RuntimeError,  # encrypted
    UnicodeDecodeError,
)


def require_text_size(path: Path, section: str) -> None:
    """Refuse a text table that memory cannot hold.

    Raises
    ------
    InputError
        Naming its size and the limit.
    """
    size = path.stat().st_size / _MB
    if size > MOST_TEXT_MB:
        _refuse("text_too_large", path, section, size=f"{size:,.0f}", most=MOST_TEXT_MB)


def require_unpackable(archive: zipfile.ZipFile, path: Path, section: str) -> None:
    """Refuse a zip that unpacks to more than a layer ever does.

    Raises
    ------
    InputError
        Naming the size it would unpack to.
    """
    size = sum(entry.file_size for entry in archive.infolist()) / _MB
    packed = max(path.stat().st_size / _MB, 1e-6)
    if size > MOST_UNPACKED_MB or (size > FREE_UNPACKED_MB and size / packed > MOST_RATIO):
        _refuse("zip_too_large", path, section, size=f"{size:,.0f}")


def require_workbook_size(path: Path, section: str) -> None:
    """Refuse a workbook whose sheets memory cannot hold; a file that is no zip passes.

    Raises
    ------
    InputError
        Naming the size it would unpack to, or the block of cells it spans.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist()) / _MB
            if size > MOST_WORKBOOK_MB:
                _refuse(
                    "workbook_too_large", path, section, size=f"{size:,.0f}", most=MOST_WORKBOOK_MB
                )
            for entry in archive.infolist():
                if entry.filename.startswith("xl/worksheets/") and entry.filename.endswith(".xml"):
                    rows, columns = _span(archive, entry)
                    if rows * columns > MOST_CELLS:
                        figures = {"rows": f"{rows:,}", "columns": f"{columns:,}"}
                        _refuse("sheet_too_large", path, section, **figures, most=f"{MOST_CELLS:,}")
    except BROKEN_ZIP as error:
        raise unreadable(path, section, error) from error


def _span(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Measure the block from the first to the last cell, which the reader holds as a whole."""
    rows, columns = [0, 0], [0, 0]
    before = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            for letters, number, row in _CELL.findall(before + chunk):
                rows = _wider(rows, int(number or row))
                if letters:
                    columns = _wider(columns, _column(letters))
            before = chunk[-_OVERLAP:]
    return rows[1] - rows[0] + 1, columns[1] - columns[0] + 1


def _wider(span: list[int], value: int) -> list[int]:
    return [min(span[0] or value, value), max(span[1], value)]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def unreadable(path: Path, section: str, error: BaseException) -> InputError:
    """Say that a file cannot be read, in the words of what read it."""
    found = (str(error).splitlines() or [""])[0] or type(error).__name__
    return InputError(fault("file_unreadable", section=section, file=path.name, found=found))


def _refuse(code: str, path: Path, section: str, **figures: object) -> None:
    raise InputError(Fault(code, {"section": section, "file": path.name, **figures}))
