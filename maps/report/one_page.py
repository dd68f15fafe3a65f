"""一街一图一表: one A4 page a sub-district with its map, key figures and its part of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image

from geo.ledger import Ledger
from geo.messages import say
from geo.progress import Progress, silent
from maps.captions import captions
from maps.picture import Atlas, View
from maps.report.book import Book, head
from maps.report.ledger_part import blind_grid, gap_grid, with_ledger
from maps.report.model import Block, Cell, Grid, Paragraph, Picture, Report
from maps.report.review import reviewed_caption

if TYPE_CHECKING:
    from geo.result import StudyResult

_WIDTH_MM, _HEIGHT_MM, _DPI = 182.0, 118.0, 140
_COLOURS = 160  # of a picture; a quarter of the size, and no difference is seen


def one_page_reports(
    result: StudyResult,
    ledger: Ledger | None = None,
    *,
    pictures: bool = True,
    progress: Progress = silent,
) -> list[Report]:
    """Write one page for every sub-district, in the order of their codes."""
    book = Book(with_ledger(result, ledger))
    rows = book.rows("subdistricts", rule=book.rule.name).sort_values("subdistrict_id")
    atlas = Atlas(result) if pictures else None
    lines = captions(result)
    standing = lines["lines"]
    reports = []
    for number, row in enumerate(rows.to_dict("records")):
        progress("stage_one_page", number, len(rows))
        facts = (
            (str(lines["as_of"]), str(lines["issuer"]))
            if lines["issuer"]
            else (str(lines["as_of"]),)
        )
        reports.append(
            Report(
                title=str(row["name"]),
                subtitle=say("one_page_subtitle", {"rule": book.rule.name}),
                facts=facts,
                standing=tuple(standing) if isinstance(standing, list) else (),
                label=str(lines["simulated"]),
                blocks=tuple(_blocks(book, dict(row), rows, atlas)),
            )
        )
    progress("stage_one_page", len(rows), len(rows))
    return reports


def _blocks(
    book: Book, row: dict[object, object], rows: pd.DataFrame, atlas: Atlas | None
) -> Iterator[Block]:
    yield Grid("", *_figures(book, row, rows))
    code = str(row["subdistrict_id"])
    if atlas is not None:
        view = View(
            book.rule.name, subdistrict_id=code, width_mm=_WIDTH_MM, height_mm=_HEIGHT_MM, dpi=_DPI
        )
        drawn = smaller(atlas.draw(view))
        yield Picture(drawn, reviewed_caption(book.result, drawn, ""))
    items = book.rows("ledger", subdistrict_id=code)
    blind, gaps = blind_grid(book, items), gap_grid(book, items)
    if blind is None:
        yield Paragraph(say("one_page_no_blind"))
    else:
        yield blind
    if gaps is not None:
        yield gaps


def _figures(
    book: Book, row: dict[object, object], rows: pd.DataFrame
) -> tuple[tuple[str, ...], tuple[tuple[Cell | str, ...], ...], tuple[bool, ...]]:
    """Key figures as one row: coverage and its rank, buildings, people, minutes, stations, ledger."""
    share = f"coverage_{book.rule.weight}_share"
    wanted = (share, "coverage_count_share", "uncovered_count", "minutes_p90", "stations_count")
    names = [one for one in dict.fromkeys(wanted) if one in row]
    keys = ("subdistrict_id", "rule")
    heads = [head(one) for one in names]
    cells: list[Cell | str] = [book.of_row("subdistricts", one, row, keys) for one in names]
    if share in row and pd.notna(row[share]):  # type: ignore[call-overload]
        known = pd.to_numeric(rows[share], errors="coerce")
        rank = int((known > float(str(row[share]))).sum()) + 1
        heads.insert(1, say("one_page_rank"))
        cells.insert(1, say("one_page_rank_of", {"rank": rank, "all": int(known.notna().sum())}))
    items = book.rows("ledger", subdistrict_id=str(row["subdistrict_id"]))
    standing = items[items["closed_on"].isna()] if len(items) else items
    for kind in ("blind", "gap"):
        heads.append(say(f"one_page_{kind}"))
        cells.append(str(int((standing["item_kind"] == kind).sum()) if len(standing) else 0))
    heads.append(say("one_page_late"))
    cells.append(str(int(standing["overdue"].astype(bool).sum()) if len(standing) else 0))
    return tuple(heads), (tuple(cells),), (True,) * len(heads)


def smaller(png: bytes) -> bytes:
    """Return a picture with a palette: sixty of them go into one file."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    with_palette = picture.quantize(
        _COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    palette = with_palette.getpalette() or []
    paper = int(with_palette.getpixel((0, 0)) or 0)  # type: ignore[arg-type]
    palette[3 * paper : 3 * paper + 3] = picture.getpixel((0, 0)) or (255, 255, 255)  # type: ignore[assignment]
    with_palette.putpalette(palette)
    out = BytesIO()
    with_palette.save(out, "PNG")
    return out.getvalue()


def file_names(titles: Sequence[str], ending: str) -> list[str]:
    r"""Return a name for a file of every title, fit for NTFS: no ``<>:"/\|?*``, no device names, no two alike."""
    names: list[str] = []
    taken: set[str] = set()
    width = len(str(len(titles)))
    for number, title in enumerate(titles, 1):
        kept = "".join("_" if one in '<>:"/\\|?*' or ord(one) < 32 else one for one in title)
        base = f"{number:0{max(width, 2)}d}_{kept.strip(' .')[:60]}".rstrip(" .")
        name, serial = base, 2
        while name.casefold() in taken:
            name, serial = f"{base}_{serial}", serial + 1
        taken.add(name.casefold())
        names.append(f"{name}.{ending}")
    return names
