"""``layers.gpkg``: one layer a table and rule, Chinese field aliases, colours for QGIS."""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.table_titles import table_title
from geo.tables import columns, header
from geo.words import word

# fill, outline
_VERDICT_COLOURS = {
    "covered": ("134,194,156,255", "63,138,96,255"),
    "uncovered": ("90,45,130,255", "58,26,88,255"),
    "unknown": ("189,193,199,255", "138,144,153,255"),
    "outside": ("240,240,241,255", "154,160,168,255"),
}
_SCHEMA = "http://www.geopackage.org/spec/#extension_schema"
_TABLES = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
  mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
  min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP);
INSERT INTO gpkg_contents (table_name, data_type, identifier)
  VALUES ('layer_styles', 'attributes', 'layer_styles');
"""


def write_geopackage(tables: Mapping[str, pd.DataFrame], path: Path) -> list[str]:
    """Write every table with geometry, split by rule; return the names of the layers."""
    aliases: list[tuple[str, str, str]] = []
    verdict_layers: list[str] = []
    names: list[str] = []
    for name, title, frame in _layers(tables):
        layer = _free_name(name, names)
        with warnings.catch_warnings():
            # studies in a local grid have no CRS, on purpose
            warnings.filterwarnings("ignore", message="'crs' was not provided")
            pyogrio.write_dataframe(
                _writable(frame),
                path,
                layer=layer,
                driver="GPKG",
                append=bool(names),
                promote_to_multi=True,
                layer_options={"IDENTIFIER": f"{title} [{layer}]", "DESCRIPTION": title},
            )
        names.append(layer)
        aliases += [(layer, *alias) for alias in _aliases(frame)]
        if "verdict" in frame.columns:
            verdict_layers.append(layer)
    if names:
        with closing(sqlite3.connect(path)) as database, database:
            _describe(database, aliases, verdict_layers)
    return names


def _layers(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, gpd.GeoDataFrame]]:
    for name, frame in tables.items():
        if not has_geometry(frame) or not len(frame):
            continue
        if "rule" not in frame.columns:
            yield name, table_title(name), frame
            continue
        for rule, part in frame.groupby("rule", sort=False, observed=True):
            yield f"{name}_{rule}", f"{table_title(name)}（{rule}）", part


def has_geometry(frame: pd.DataFrame) -> bool:
    """Whether a frame has a geometry column in use."""
    return isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None


def _free_name(name: str, taken: list[str]) -> str:
    base = re.sub(r"\W+", "_", name).strip("_")
    wanted, number = base, 2
    while wanted.lower() in [one.lower() for one in taken]:
        wanted, number = f"{base}_{number}", number + 1
    return wanted


def _writable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make a copy with columns a GeoPackage can hold: lists joined, dates as text."""
    changed = frame.copy()
    for name in changed.columns.drop(changed.active_geometry_name):
        column = changed[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            changed[name] = column.astype(object)
        elif column.dtype == object:
            kind = pd.api.types.infer_dtype(column, skipna=True)
            if kind == "boolean":
                changed[name] = column.astype("boolean")
            elif kind not in ("string", "empty", "floating", "integer"):
                changed[name] = column.map(joined, na_action="ignore")
    return changed


def joined(value: object) -> object:
    """Write a list as one text; other values as text, missing ones stay missing."""
    if isinstance(value, (list, tuple, set)) or hasattr(value, "tolist"):
        return "、".join(str(one) for one in value)  # type: ignore[attr-defined]
    return None if value is None else str(value)


def _aliases(frame: gpd.GeoDataFrame) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name in frame.columns.drop(frame.active_geometry_name):
        known = columns().get(str(name))
        label = header(str(name))
        if known is not None and known.kind == "share":
            label = f"{known.zh}（0–1）"  # stored so; only the workbook shows it as a percentage
        if label != name and label not in seen:  # the schema wants aliases unique in a table
            seen.add(label)
            yield str(name), label


def _describe(
    database: sqlite3.Connection, aliases: list[tuple[str, str, str]], verdict_layers: list[str]
) -> None:
    database.executescript(_TABLES)
    database.executemany(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
        [("gpkg_data_columns", _SCHEMA), ("gpkg_data_column_constraints", _SCHEMA)],
    )
    database.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
        [(layer, column, label, label) for layer, column, label in aliases],
    )
    database.executemany(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, useAsDefault) VALUES ('', '', ?, 'geom', ?, ?, 1)",
        [(layer, "verdict", _verdict_qml()) for layer in verdict_layers],
    )


def _verdict_qml() -> str:
    categories, symbols = [], []
    for number, (verdict, (fill, line)) in enumerate(_VERDICT_COLOURS.items()):
        label = quoteattr(str(word("verdict", verdict)))
        categories.append(
            f'<category value="{verdict}" symbol="{number}" label={label} render="true"/>'
        )
        symbols.append(
            f'<symbol name="{number}" type="fill" alpha="1" clip_to_extent="1" force_rhr="0">'
            '<layer class="SimpleFill" enabled="1" locked="0" pass="0">'
            f'<prop k="color" v="{fill}"/><prop k="outline_color" v="{line}"/>'
            '<prop k="outline_style" v="solid"/><prop k="outline_width" v="0.1"/>'
            '<prop k="outline_width_unit" v="MM"/><prop k="style" v="solid"/></layer></symbol>'
        )
    return (
        '<qgis version="3.22" styleCategories="Symbology"><renderer-v2 type="categorizedSymbol"'
        ' attr="verdict" forceraster="0" symbollevels="0" enableorderby="0"><categories>'
        + "".join(categories)
        + "</categories><symbols>"
        + "".join(symbols)
        + "</symbols></renderer-v2></qgis>"
    )
