"""The one way from a source to a `ReadResult`: open, match columns, type, place, set bad rows aside."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.crs import place, resolve_crs
from geo.errors import Fault, InputError, fault
from geo.params import Source
from geo.read.corrected import with_corrections
from geo.read.fields import take_fields
from geo.read.headers import Match, known_headers, match_columns, recognised
from geo.read.points import COORDINATES, points_of, split_pairs
from geo.read.raw import RawTable, require_file
from geo.read.rejects import Rejects
from geo.read.schema import Schema
from geo.read.shapes import (
    check_places,
    check_shapes,
    close_cad_outlines,
    report_closed,
    shape_names,
)
from geo.read.sheets import TEXT_FORMATS, WORKBOOK_FORMATS, read_sheets
from geo.read.vector import read_vector
from geo.tables import ReadResult, empty_rejects

TABLE_FORMATS = ("csv", "excel")
_TOO_MANY = 0.5  # share of rows set aside above which a file is not what it is taken for


def open_source(source: Source, schema: Schema) -> RawTable:
    """Open the file of a source, whatever its format.

    Raises
    ------
    InputError
        The file is missing, broken or of a kind nobody reads.
    """
    if source.path is None:
        raise InputError(fault("source_without_file", section=schema.section))
    require_file(source.path, schema.section)
    suffix = source.path.suffix.lower()
    if suffix in TEXT_FORMATS or suffix in WORKBOOK_FORMATS:
        known = known_headers(schema, source.columns)
        raw = read_sheets(source.path, source.layer, schema.section, known)
        return with_corrections(raw, source.corrected, schema.section, known)
    return read_vector(source.path, source.layer, schema.section, tables=not schema.needs_geometry)


def read_table(
    source: Source,
    schema: Schema,
    raw: RawTable | None = None,
    *,
    also_rejected: pd.DataFrame | None = None,
) -> ReadResult:
    """Read one input.

    Parameters
    ----------
    raw
        Rows that were opened elsewhere (OpenStreetMap); None opens the file.
    also_rejected
        Objects set aside there; they count as rows of the file, not against it.

    Raises
    ------
    InputError
        The file as a whole cannot be used: empty, wrong geometry, unknown columns, more than half of its rows set
        aside.
    CrsError
        Its coordinates cannot be understood.
    """
    raw = raw if raw is not None else open_source(source, schema)
    if len(raw) == 0:
        unfilled = schema.section == "stations" and raw.format in TABLE_FORMATS
        code = "register_empty" if unfilled else "layer_empty"
        raise InputError(fault(code, section=schema.section, file=raw.file))
    if raw.geometry is not None and schema.takes_coordinates:
        schema = schema.without(*(one.name for one in COORDINATES))  # shapes say it better
    match = match_columns(
        _filled_columns(raw, source),
        schema,
        source.columns,
        file=raw.file,
        cut_names=raw.geometry is not None,  # names stay cut in what was made from a Shapefile
        apart=_never_together(raw) if raw.format in TABLE_FORMATS else None,
    )
    original = raw if raw.format in TABLE_FORMATS else None
    named = recognised(match, schema, raw.file) if raw.format in TABLE_FORMATS else []
    if schema.takes_coordinates and raw.geometry is None:
        raw = split_pairs(raw, match)
    lost = also_rejected if also_rejected is not None else empty_rejects()
    rejects = Rejects(raw, schema.section)
    table, faults = take_fields(raw, schema, match, rejects)
    geometry, note, found = _geometry(source, schema, raw, table, match, rejects)
    _refuse_if_most_are_bad(raw, rejects, schema.section)
    table = table.drop(columns=["lon", "lat", "location"], errors="ignore")
    table["source_sheet"], table["source_row"] = pd.Series(raw.sheet, dtype=object), raw.row
    frame = gpd.GeoDataFrame(table, geometry=geometry)
    return ReadResult(
        frame=frame[rejects.good].reset_index(drop=True),
        rejects=pd.concat([rejects.table(), lost], ignore_index=True)
        if len(lost)
        else rejects.table(),
        faults=(*raw.faults, *named, *match.faults, *faults, *found),
        rows=len(raw) + len(lost),
        sha256=raw.sha256,
        crs_note=note,
        mapping=dict(match.theirs),
        original=original,
    )


def _never_together(raw: RawTable) -> Callable[[str, str], bool]:
    """Tell of two columns whether no row fills both, as where sheets call one thing by two names."""
    filled = raw.frame.notna()

    def apart(one: str, other: str) -> bool:
        return not bool((filled[one] & filled[other]).any())

    return apart


def _filled_columns(raw: RawTable, source: Source) -> list[str]:
    """List their columns; one without any value (KML is full of them) only counts when it was declared."""
    declared = set(source.columns.values())
    filled = raw.frame.notna().any()
    return [str(name) for name in raw.frame.columns if filled[name] or name in declared]


def _geometry(
    source: Source,
    schema: Schema,
    raw: RawTable,
    table: pd.DataFrame,
    match: Match,
    rejects: Rejects,
) -> tuple[gpd.GeoSeries, str, list[Fault]]:
    if raw.geometry is None and schema.takes_coordinates:
        points, note, _ = points_of(
            table,
            match,
            source.crs,
            rejects,
            schema.section,
            placed_later=schema.placed_later,
        )
        return points, note, []
    if raw.geometry is None:
        if schema.needs_geometry:
            wanted = shape_names(schema.shapes)
            raise InputError(
                fault("geometry_needed", section=schema.section, file=raw.file, wanted=wanted)
            )
        return gpd.GeoSeries(np.full(len(raw), None, dtype=object)), "", []
    known = resolve_crs(
        source.crs, raw.crs, file=raw.file, section=schema.section, format=raw.format
    )
    shapes, closed = raw.geometry, 0
    if raw.format == "dxf" and "polygon" in schema.shapes and "line" not in schema.shapes:
        shapes, closed = close_cad_outlines(shapes)
    check_shapes(shapes, schema, rejects)
    check_places(shapes, known, rejects)
    usable = shapes.copy()
    usable[~rejects.good] = None
    return place(usable, known), known.note, [*known.faults, *report_closed(closed, raw.file)]


def _refuse_if_most_are_bad(raw: RawTable, rejects: Rejects, section: str) -> None:
    lost = int((~rejects.good).sum())
    if lost <= _TOO_MANY * len(raw):
        return
    reason, count = max(rejects.reasons.items(), key=lambda item: (item[1], item[0]))
    raise InputError(
        fault(
            "too_many_rejected",
            section=section,
            file=raw.file,
            rows=len(raw),
            rejected=lost,
            reason=reason,
            count=count,
        )
    )
