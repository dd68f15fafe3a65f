"""Layers of GIS and CAD files through GDAL, GeoParquet through geopandas; as they stand, nothing repaired."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, GeometryError

from geo.errors import Fault, InputError, fault
from geo.read.archive import unpacked
from geo.read.raw import RawTable, digest
from geo.read.shapefile import stated_encoding, with_whole_names, without_wrong_cpg
from geo.tables import nearest_name

FORMATS = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "geopackage",
    ".gdb": "filegdb",
    ".shp": "shapefile",
    ".kml": "kml",
    ".kmz": "kml",
    ".dxf": "dxf",
    ".tab": "mapinfo",
    ".mif": "mapinfo",
    ".fgb": "flatgeobuf",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
}
_GDAL_ERRORS = (
    DataSourceError,
    DataLayerError,
    CRSError,
    FeatureError,
    GeometryError,
    UnicodeDecodeError,
    pa.ArrowException,
)
_QGIS_STYLES = "layer_styles"


def read_vector(path: Path, layer: str | None, section: str, *, tables: bool = False) -> RawTable:
    """Read one layer.

    Parameters
    ----------
    path
        File, geodatabase folder, or zip of either.
    layer
        Layer to take (of a DXF: the CAD layer); None takes the only one.
    tables
        Whether layers without geometry may be taken.

    Raises
    ------
    InputError
        The file cannot be read, the layer is not there, or there are several and none was named.
    """
    with unpacked(path, section) as unzipped, without_wrong_cpg(unzipped) as inner:
        kind = FORMATS.get(inner.suffix.lower(), inner.suffix.lower().lstrip("."))
        with _readable(path, section):
            if kind == "geoparquet":
                frame, crs, sheet, faults = _geoparquet(inner)
            else:
                frame, crs, sheet, faults = _gdal(inner, layer, kind, path.name, section, tables)
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    geometry = _flat_geometry(frame)
    if kind == "dxf" and layer is not None:
        keep = _cad_layer(frame, layer, path.name, section)
        frame, rows = frame[keep].reset_index(drop=True), rows[keep]
        geometry = geometry[keep] if geometry is not None else None
    columns = [name for name in frame.columns if name != _geometry_name(frame)]
    return RawTable(
        frame=pd.DataFrame(frame[columns]),
        geometry=geometry,
        sheet=np.full(len(rows), layer or sheet, dtype=object),
        row=rows,
        file=path.name,
        format=kind,
        crs=crs,
        sha256=digest(path),
        faults=faults,
    )


@contextmanager
def _readable(path: Path, section: str) -> Iterator[None]:
    """Turn what GDAL and Arrow raise about a broken file into one sentence."""
    try:
        yield
    except _GDAL_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            fault("file_unreadable", section=section, file=path.name, found=reason)
        ) from error


def _geoparquet(path: Path) -> tuple[pd.DataFrame, str | None, str, tuple[Fault, ...]]:
    try:
        frame = gpd.read_parquet(path)
    except ValueError as error:  # a Parquet table without geo metadata
        if "geo" not in str(error).lower():
            raise
        return pd.read_parquet(path), None, "", ()
    crs = frame.crs.to_string() if frame.crs is not None else None
    return frame, crs, "", ()


def _gdal(
    path: Path, layer: str | None, kind: str, file: str, section: str, tables: bool
) -> tuple[pd.DataFrame, str | None, str, tuple[Fault, ...]]:
    chosen = None if kind == "dxf" else _choose_layer(path, layer, file, section, tables)
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            crs, frame = _read_layer(path, chosen, kind)
        except UnicodeDecodeError:
            if kind != "shapefile":
                raise
            with with_whole_names(path) as whole:
                crs, frame = _read_layer(whole, None, kind)
    texts = [str(one.message) for one in remarks]
    # feature ids of GeoJSON are not used: that some occur twice is no news
    said = [text for text in dict.fromkeys(texts) if "Several features with id" not in text][:3]
    faults = [fault("driver_remark", "warning", file=file, found=text) for text in said]
    return frame, crs, chosen or "", tuple(faults)


def _read_layer(path: Path, layer: str | None, kind: str) -> tuple[str | None, pd.DataFrame]:
    crs = pyogrio.read_info(path, layer=layer)["crs"]
    encoding = stated_encoding(path) if kind == "shapefile" else None
    options = {"ENCODING": encoding} if encoding else {}
    try:
        frame = pyogrio.read_dataframe(
            path, layer=layer, use_arrow=True, on_invalid="ignore", **options
        )
        frame = _distinct(frame)
        _check_text(frame)
    except pa.ArrowException:
        # text that is not UTF-8 in a file that states no character set (MapInfo "Neutral")
        frame = pyogrio.read_dataframe(
            path, layer=layer, use_arrow=False, on_invalid="ignore", encoding="GB18030"
        )
    return crs, _distinct(frame)


def _distinct(frame: pd.DataFrame) -> pd.DataFrame:
    """Number the columns that a damaged table has under one name."""
    if frame.columns.is_unique:
        return frame
    names = pd.Series(frame.columns.astype(str))
    nth = names.groupby(names).cumcount() + 1
    names = names.where(nth == 1, names + "_" + nth.astype(str))
    shape = _geometry_name(frame)
    renamed = frame.set_axis(names.to_list(), axis="columns")
    return renamed if shape is None else gpd.GeoDataFrame(renamed, geometry=shape, crs=frame.crs)


def _check_text(frame: pd.DataFrame) -> None:
    """Look at every text now: Arrow would find what is not UTF-8 only where it is used."""
    for name in frame.columns:
        if pd.api.types.is_string_dtype(frame[name].dtype):
            pa.array(frame[name]).validate(full=True)


def _choose_layer(
    path: Path, wanted: str | None, file: str, section: str, tables: bool
) -> str | None:
    listed = [(str(name), shape) for name, shape in pyogrio.list_layers(path)]
    names = [name for name, _ in listed if name != _QGIS_STYLES]
    if wanted is not None:
        if len(names) == 1 and path.suffix.lower() not in (".gpkg", ".gdb", ".kml", ".kmz"):
            return names[0]  # single-layer formats name the layer after the file
        if wanted not in names:
            _raise_layer("layer_missing", names, file, section, wanted)
        return wanted
    with_shape = [name for name, shape in listed if shape is not None and name in names]
    usable = with_shape or (names if tables else [])
    if not usable:
        raise InputError(fault("layer_none", section=section, file=file))
    if len(usable) > 1:
        _raise_layer("layer_several", usable, file, section, "")
    return usable[0]


def _raise_layer(code: str, names: Sequence[str], file: str, section: str, wanted: str) -> None:
    raise InputError(
        fault(
            code,
            section=section,
            file=file,
            layer=wanted,
            nearest=nearest_name(wanted, names) or "—",
            present="、".join(names),
            first=names[0] if names else "",
        )
    )


def _cad_layer(frame: pd.DataFrame, layer: str, file: str, section: str) -> npt.NDArray[np.bool_]:
    found = frame["Layer"].astype(object)
    keep = (found == layer).to_numpy(bool)
    if not keep.any():
        _raise_layer(
            "layer_missing", sorted(map(str, found.dropna().unique())), file, section, layer
        )
    return keep


def _geometry_name(frame: pd.DataFrame) -> str | None:
    return str(frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else None


def _flat_geometry(frame: pd.DataFrame) -> npt.NDArray[np.object_] | None:
    """Take the shapes in two dimensions: heights in CAD and KML files mean nothing here."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    return np.asarray(shapely.force_2d(frame.geometry.to_numpy()), dtype=object)
