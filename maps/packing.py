"""Geometry and attributes as small typed arrays: delta, zigzag, varint, gzip, base64."""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from maps.plane import FloatArray, IntArray, Plane

Geometries = Sequence[object] | npt.NDArray[np.object_]

MAGIC = b"SCM1"
_ALIGN = 8
_RAW = {"u1": "<u1", "u2": "<u2", "u4": "<u4", "i4": "<i4", "f4": "<f4"}


def zigzag(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Fold signed integers into unsigned ones, small ones staying small (0, -1, 1, -2 become 0 to 3)."""
    values = np.asarray(values, dtype=np.int64)
    return ((values << 1) ^ (values >> 63)).astype(np.uint64)


def varint(values: npt.NDArray[np.uint64]) -> bytes:
    """Write unsigned integers with seven bits a byte, low bits first, high bit = more to come.

    Raises
    ------
    ValueError
        For a value of more than 32 bits, which the page could not read.
    """
    values = np.asarray(values, dtype=np.uint64)
    if not len(values):
        return b""
    if int(values.max()) >= 2**32:
        raise ValueError(f"value {int(values.max())} does not fit 32 bits")
    size = np.ones(len(values), dtype=np.int64)
    for k in range(1, 5):
        size += values >= (1 << (7 * k))
    end = np.cumsum(size)
    start = end - size
    out = np.zeros(int(end[-1]), dtype=np.uint8)
    for k in range(int(size.max())):
        there = size > k
        more = np.where(size[there] > k + 1, 0x80, 0).astype(np.uint8)
        out[start[there] + k] = ((values[there] >> np.uint64(7 * k)) & 0x7F).astype(np.uint8) | more
    return out.tobytes()


@dataclass
class Packer:
    """Collect named arrays and texts, then write them as one base64 text.

    The container is ``SCM1``, the length of the directory (u4), the directory as JSON, then
    the sections, each on a multiple of eight bytes, all gzipped without a time stamp.
    """

    _sections: list[tuple[str, str, int, bytes]] = field(default_factory=list)
    _texts: dict[str, object] = field(default_factory=dict)

    def add(self, name: str, values: npt.NDArray[np.generic], kind: str) -> None:
        """Add an array as `kind`: ``u1 u2 u4 i4 f4``, ``uv`` (varint) or ``sv`` (zigzag varint)."""
        if kind == "uv":
            body = varint(np.asarray(values).astype(np.uint64))
        elif kind == "sv":
            body = varint(zigzag(np.asarray(values).astype(np.int64)))
        else:
            body = np.ascontiguousarray(values, dtype=_RAW[kind]).tobytes()
        self._sections.append((name, kind, len(values), body))

    def add_text(self, name: str, value: object) -> None:
        """Add anything JSON can say."""
        self._texts[name] = value

    def text(self, name: str) -> object:
        """Return what `add_text` was given."""
        return self._texts[name]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts that `add_text` was given."""
        value = self._texts[name]
        return [str(one) for one in value] if isinstance(value, list) else []

    def to_bytes(self) -> bytes:
        """Return the container before compression."""
        directory: list[list[object]] = []
        bodies: list[bytes] = []
        position = 0
        for name, kind, count, body in self._sections:
            directory.append([name, kind, count, position, len(body)])
            bodies.append(_padded(body))
            position += len(bodies[-1])
        head = json.dumps(
            {"sections": directory, "texts": self._texts},
            ensure_ascii=False,
            separators=(",", ":"),
            allow_nan=False,
        ).encode("utf-8")
        front = _padded(MAGIC + struct.pack("<I", len(head)) + head)
        return front + b"".join(bodies)

    def to_base64(self) -> str:
        """Return the container as gzip in base64, the same on every run."""
        packed = bytearray(gzip.compress(self.to_bytes(), compresslevel=7, mtime=0))
        packed[9] = 255  # the operating system is nobody's business
        return base64.b64encode(packed).decode("ascii")


def add_polygons(packer: Packer, name: str, geometry: Geometries, plane: Plane) -> None:
    """Pack polygons and multipolygons, holes included, one feature an entry (None stays empty).

    Strategy: exteriors clockwise and holes against them, so the page can fill many features as
    one path and still see the holes; vertices in steps of the plane; the closing vertex and those
    that fall on the one before are left out, unless a ring would lose its area; differences run on
    from ring to ring.
    """
    shapes = shapely.orient_polygons(np.asarray(geometry, dtype=object), exterior_cw=True)
    parts, feature = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    parts, feature = parts[areal], feature[areal]
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    steps = plane.quantise(xy)
    closing = np.append(ring[1:] != ring[:-1], True) if len(ring) else np.zeros(0, dtype=bool)
    double = _repeats(steps, ring)
    left = np.bincount(ring[~closing & ~double], minlength=len(rings))
    keep = ~closing & ~(double & (left[ring] >= 3))
    packer.add(f"{name}.rings", np.bincount(feature[part], minlength=len(shapes)), "uv")
    packer.add(f"{name}.sizes", np.bincount(ring[keep], minlength=len(rings)), "uv")
    packer.add(f"{name}.xy", _differences(steps[keep]), "sv")


def add_lines(packer: Packer, name: str, geometry: Geometries, plane: Plane) -> None:
    """Pack line strings (and the parts of multi-line strings), one feature an entry."""
    shapes = np.asarray(geometry, dtype=object)
    parts, feature = shapely.get_parts(shapes, return_index=True)
    linear = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    parts, feature = parts[linear], feature[linear]
    xy, line = shapely.get_coordinates(parts, return_index=True)
    steps = plane.quantise(xy)
    keep = ~_repeats(steps, line)
    packer.add(f"{name}.rings", np.bincount(feature, minlength=len(shapes)), "uv")
    packer.add(f"{name}.sizes", np.bincount(line[keep], minlength=len(parts)), "uv")
    packer.add(f"{name}.xy", _differences(steps[keep]), "sv")


def add_points(packer: Packer, name: str, xy: FloatArray, plane: Plane) -> None:
    """Pack points, shape (n, 2)."""
    packer.add(f"{name}.xy", _differences(plane.quantise(xy)), "sv")


def add_codes(packer: Packer, name: str, values: Sequence[str]) -> None:
    """Pack texts that repeat: a table of the different ones and one index an entry."""
    table, index = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    packer.add_text(name, table.tolist())
    packer.add(name, index, "uv")


def unpack(text: str) -> tuple[Mapping[str, IntArray], Mapping[str, object]]:
    """Read a packed text back: arrays by name and texts by name. What the page does, in Python.

    Raises
    ------
    ValueError
        When the text is no such container.
    """
    raw = gzip.decompress(base64.b64decode(text))
    if raw[:4] != MAGIC:
        raise ValueError("not a packed map layer")
    (length,) = struct.unpack_from("<I", raw, 4)
    head = json.loads(raw[8 : 8 + length].decode("utf-8"))
    start = _rounded(8 + length)
    arrays: dict[str, IntArray] = {}
    for name, kind, _count, position, size in head["sections"]:
        body = raw[start + position : start + position + size]
        if kind in _RAW:
            arrays[name] = np.frombuffer(body, dtype=_RAW[kind])
        else:
            values = _read_varint(body)
            arrays[name] = (values >> 1) ^ -(values & 1) if kind == "sv" else values
    return arrays, head["texts"]


def _read_varint(body: bytes) -> IntArray:
    octets = np.frombuffer(body, dtype=np.uint8).astype(np.int64)
    last = octets < 0x80
    group = np.cumsum(np.append(False, last[:-1])) if len(octets) else octets
    first = np.flatnonzero(np.append(True, last[:-1])) if len(octets) else octets
    place = np.arange(len(octets)) - first[group]
    return np.bincount(
        group, weights=((octets & 0x7F) << (7 * place)).astype(np.float64), minlength=len(first)
    ).astype(np.int64)


def _repeats(steps: IntArray, group: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    same = np.zeros(len(steps), dtype=bool)
    same[1:] = (group[1:] == group[:-1]) & (steps[1:] == steps[:-1]).all(axis=1)
    return same


def _differences(steps: IntArray) -> IntArray:
    return np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()


def _rounded(length: int) -> int:
    return -(-length // _ALIGN) * _ALIGN


def _padded(body: bytes) -> bytes:
    return body + b"\0" * (_rounded(len(body)) - len(body))
